"""Statements that let outsiders in, added to every policy of every sample: each is found, with a request.

``python -m tests.verification.outsiders``: prints those that are not found, then one line with the figures. Exit status
1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import policygen as pg
from policygen.document import parse_policy
from policygen.proofs import compare
from policygen.spec.paths import DocumentKind, kind_of
from tests.verification.judged import Judged

SAMPLES = Path(__file__).parents[2] / "samples"
FOREIGN = "444455556660"
ROLE = {"AWS": f"arn:aws:iam::{FOREIGN}:role/Stranger"}
_OF = {DocumentKind.BUCKET_POLICY: "bucket", DocumentKind.KEY_POLICY: "key", DocumentKind.TRUST_POLICY: "role"}
_ACTIONS = {"bucket": "s3:GetObject", "key": "kms:Decrypt", "role": "sts:AssumeRole"}


def principals(own: str) -> dict[str, dict[str, Any]]:
    """Return who is let in, as elements of a statement, by name."""
    everybody = {"Principal": "*"}
    return {
        "another account": {"Principal": {"AWS": f"arn:aws:iam::{FOREIGN}:root"}},
        "another account by its id": {"Principal": {"AWS": FOREIGN}},
        "a role of another account": {"Principal": ROLE},
        "a user of another account": {"Principal": {"AWS": f"arn:aws:iam::{FOREIGN}:user/eve"}},
        "a session of another account": {"Principal": {"AWS": f"arn:aws:sts::{FOREIGN}:assumed-role/Stranger/s"}},
        "another role of the account": {"Principal": {"AWS": f"arn:aws:iam::{own}:role/SomebodyElse"}},
        "a user of the account": {"Principal": {"AWS": f"arn:aws:iam::{own}:user/joe"}},
        "a service": {"Principal": {"Service": "ec2.amazonaws.com"}},
        "everybody": everybody,
        "another organization": everybody | _when("StringEquals", "aws:PrincipalOrgID", "o-zzzzzzzzzz"),
        "an address": everybody | _when("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        "an endpoint": everybody | _when("StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef1"),
        "roles by ARN": everybody | _when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{FOREIGN}:role/*"),
    }


def _when(operator: str, key: str, value: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def further(of: str, arn: str, own: str) -> dict[str, dict[str, Any]]:
    """Return whole statements for one kind of resource, by name; what is None is left out."""
    if of == "role":
        provider = f"arn:aws:iam::{own}:"
        return {
            "an OIDC provider": {
                "Principal": {"Federated": f"{provider}oidc-provider/token.actions.githubusercontent.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
            },
            "a SAML provider": {
                "Principal": {"Federated": f"{provider}saml-provider/Okta"},
                "Action": "sts:AssumeRoleWithSAML",
            },
        }
    if of == "key":
        return {
            "a grant": {"Principal": ROLE, "Action": "kms:CreateGrant"},
            "a description": {"Principal": ROLE, "Action": "kms:DescribeKey"},
            "all but one action": {"Principal": ROLE, "Action": None, "NotAction": "kms:Decrypt"},
            "the caller's account": {"Principal": {"AWS": "*"}} | _when("StringEquals", "kms:CallerAccount", FOREIGN),
        }
    return {
        "one object": {"Principal": ROLE, "Resource": f"{arn}/a/b/c.txt"},
        "all but one action": {"Principal": ROLE, "Action": None, "NotAction": "s3:PutObject"},
        "all but the account": {"NotPrincipal": {"AWS": f"arn:aws:iam::{own}:root"}},
        "all but one folder": {"Principal": ROLE, "Resource": None, "NotResource": f"{arn}/x/*"},
        "an ACL": {"Principal": ROLE, "Action": "s3:PutObjectAcl"},
        "the list": {"Principal": ROLE, "Action": "s3:ListBucket", "Resource": arn},
        "the Region": {"Principal": ROLE, "Action": "s3:GetBucketLocation", "Resource": arn},
    }


def statements(of: str, arn: str, own: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each added statement with its name."""
    where = {"bucket": {"Resource": f"{arn}/*"}, "key": {"Resource": "*"}, "role": {}}[of]
    plain = {"Effect": "Allow", "Action": _ACTIONS[of], **where}
    for name, elements in (principals(own) | further(of, arn, own)).items():
        yield name, {each: value for each, value in (plain | elements).items() if value is not None}


def added(judged: Judged) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and text of each policy with a statement more."""
    arns = {each.entry: each.arn for each in judged.spec.buckets}
    for path, text in judged.texts.items():
        kind = kind_of(path)
        of = _OF.get(kind) if kind is not None else None
        if of is not None:
            policy = json.loads(text)
            for name, statement in statements(of, arns.get(path.split("/")[2], ""), path.split("/")[0]):
                yield path, name, json.dumps(policy | {"Statement": [*policy["Statement"], statement]})


def is_found(judged: Judged, path: str, text: str) -> bool:
    """Tell whether verification fails with an excess of the last statement of a policy and a request that shows it."""
    number = len(json.loads(text)["Statement"]) - 1
    report = judged.verify({path: text})
    found = [each for each in report.failures if (each.document, each.statement) == (path, f"#{number}")]
    return any(each.kind.value == "excess" and each.request is not None for each in found)


def changes_nothing(judged: Judged, path: str, text: str) -> bool:
    """Tell whether a statement more is proved to let nobody in: a guard denies what it allows."""
    kind, attached = judged.attached(path)
    old, new = parse_policy(judged.texts[path], path), parse_policy(text, path)
    return compare(old, new, {kind}, attached=attached).verdict == "same"


def main() -> int:
    """Add every statement; 0 when all are found, or proved to let nobody in."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    tried = idle = 0
    missed = []
    for spec in sorted(SAMPLES.glob("*/spec.yaml")):
        judged = Judged(pg.load_spec(spec))
        for path, name, text in added(judged):
            tried += 1
            if is_found(judged, path, text):
                continue
            same = changes_nothing(judged, path, text)
            idle += same
            missed += [] if same else [f"{spec.parent.name} {path}: {name}"]
    found = tried - idle - len(missed)
    print(*missed, f"{tried} statements, {found} found, {idle} let nobody in", sep="\n")  # noqa: T201
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
