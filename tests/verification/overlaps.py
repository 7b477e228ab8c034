"""Random specs in which few principals stand in many places: what each generates must verify, and be proved.

``python -m tests.verification.overlaps --specs 100 --seed 1``: prints what is wrong with a spec's own documents, and
last one line with the figures. Exit status 1 when something is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import policygen as pg
from policygen.spec.load import load_spec_text

PROD, BACKUP, OTHER = "111122223333", "444455556666", "777788889999"
PRINCIPALS = (
    "role/A",
    "role/team/B",
    "user/bob",
    "root",
    "role/rep",
    "role/job",
    f"arn:aws:iam::{BACKUP}:role/C",
    f"arn:aws:iam::{OTHER}:user/eve",
    OTHER,
    BACKUP,
    "role/KeyAdmin",
)
SERVICES = ("logging.s3.amazonaws.com", "cloudtrail.amazonaws.com")
PREFIXES = ("", "a/", "a/b/", "c/")


def spec_of(random: Random) -> dict[str, Any]:
    """Return a random spec as JSON values."""
    yes = lambda: random.random() < 0.5  # noqa: E731

    def some(most: int = 3) -> list[str]:
        return random.sample(PRINCIPALS, random.randint(0, most))

    def grantees() -> list[Any]:
        found: list[Any] = [
            {"principal": each, "prefix": prefix} if (prefix := random.choice(PREFIXES)) else each for each in some()
        ]
        if random.random() < 0.3:
            found.append({"principal": random.choice(SERVICES), "source_account": "prod"})
        return found

    def key(**more: Any) -> dict[str, Any]:
        return more | {"users": some(), "administrators": ["role/KeyAdmin", *some(1)][: 2 if yes() else 1]}

    def bucket(name: str, account: str, region: str, key_name: str) -> dict[str, Any]:
        encryption = {"sse": "aws:kms", "key": key_name, "bucket_key": random.choice([True, False, "mixed"])}
        guards = {"organization": yes(), "vpc_endpoints": ["vpce-0123456789abcdef0"] if random.random() < 0.3 else []}
        if random.random() < 0.3:
            guards["except"] = random.sample(PRINCIPALS[:3], 1)
        return {
            "name": f"{name}-b",
            "account": account,
            "region": region,
            "encryption": encryption | {"enforce": random.choice(["none", "none", "header-required", "key-required"])},
            "readers": grantees(),
            "writers": grantees(),
            "guards": guards,
        }

    keys = {
        "data": key(type="multi-region", account="prod", primary_region="us-east-1", replica_regions=["us-west-1"]),
        "far": key(type="single-region", account="backup", region="us-west-1"),
    }
    keys["data"]["enable_iam_policies"] = yes()
    destination = random.choice(["replica", "far"])
    rules = [{"id": "w", "destination": "replica", "replica_key": "data", "prefix": "p/", "replicate_tags": yes()}]
    rules.append({"id": "f", "destination": destination, "prefix": "f/", "priority": 2, "delete_markers": yes()})
    rules[1]["replica_key"] = "far" if destination == "far" else "data"
    replication = {"source": "source", "role": {"name": "rep"}, "rules": rules, "profile": random.choice(PROFILES)}
    if yes():
        role = {"name": random.choice(["job", "rep"])}
        where = random.choice(["source", "replica"])
        batch = {"role": role, "manifest_bucket": where, "report_bucket": where, "report_prefix": "reports/"}
        replication |= {"existing_objects": "batch-replication", "batch": batch}
    return {
        "version": 1,
        "accounts": {"prod": PROD, "backup": BACKUP},
        "organization": {"id": "o-a1b2c3d4e5"},
        "deployer": "role/KeyAdmin",
        "keys": keys,
        "buckets": {
            "source": bucket("source", "prod", "us-east-1", "data"),
            "replica": bucket("replica", "prod", "us-west-1", "data"),
            "far": bucket("far", "backup", "us-west-1", "far"),
        },
        "replication": {"n": replication},
    }


PROFILES = ("minimal", "robust")


def faults(random: Random) -> Iterator[str]:
    """Yield what is wrong with the documents of a random spec; one word where the spec is refused."""
    try:
        spec = load_spec_text(json.dumps(spec_of(random)), "spec.json")
        report = pg.verify(spec)
    except pg.PolicygenError as error:
        yield f"refused: {error.problems[0]}"
        return
    # a role of S3 as reader or user in another account is said to get nothing: that is no fault of the documents
    yield from (f"{each.id}: {each.detail}" for each in report.failures)
    yield from (f"{each.id}: unknown" for each in report.checks if each.unknown)


def main() -> int:
    """Judge the specs; 0 when every one that is taken holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = refused = taken = number = 0
    while taken < options.specs:
        found = list(faults(Random(options.seed * 1_000_003 + number)))
        number += 1
        if found and found[0].startswith("refused"):
            refused += 1
            print(found[0]) if refused < 4 else None  # noqa: T201
            continue
        taken += 1
        wrong += bool(found)
        print(*(f"spec {number - 1}: {each}" for each in found), sep="\n", end="\n" if found else "")  # noqa: T201
    print(f"{taken} specs, {wrong} wrong, {refused} refused")  # noqa: T201
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
