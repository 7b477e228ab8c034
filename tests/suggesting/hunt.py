"""Hunts for wrong suggestions: random policies, random calls, and what AWS would have said of them.

``python -m tests.suggesting.hunt --cases 2000 --seed 1``: a role with random policies in an environment makes random
calls; records say that AWS denied those which the environment denies. From the records a policy is suggested, at a
random level, quota and number. What must hold:

- each call that was allowed is allowed by the suggested policies, alone and in the environment;
- where nothing is generalised, no action on a resource is allowed that was not used; where something is, nothing
  outside the patterns that are reported;
- under a quota the same access is given as without.

Prints every case that is wrong, then one line with the figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import policygen as pg
from policygen.events import Verdict, event_of, judge
from tests.events.samples import ACCOUNT, BUCKET, KEY, ROLE, SESSION, of_key, of_object, record

OBJECTS = f"arn:aws:s3:::{BUCKET}"
FOLDERS = ("a/", "a/b/", "a/b*/", "", "x?/${aws:username}/")
OPERATIONS = ("GetObject", "PutObject", "DeleteObject", "GetObjectTagging")
REGIONS = ("us-east-1", "eu-west-1")
LEVELS = ("action", "resource", "condition")
LISTED = [{"type": "AWS::S3::Bucket", "ARN": OBJECTS, "accountId": ACCOUNT}]


def call(random: Random) -> dict[str, Any]:
    """Return the record of a random call, as if AWS had allowed it."""
    more: dict[str, Any] = {"userIdentity": SESSION, "awsRegion": random.choice(REGIONS)}
    if random.random() < 0.5:
        more["vpcEndpointId"] = random.choice(("vpce-1", "vpce-2"))
    kind = random.random()
    if kind < 0.6:
        return of_object(random.choice(OPERATIONS), key=f"{random.choice(FOLDERS)}{random.randrange(6)}", **more)
    if kind < 0.75:
        asked = {"bucketName": BUCKET, "prefix": random.choice(FOLDERS)}
        return record("ListObjects", requestParameters=asked, resources=LISTED, **more)
    if kind < 0.85:
        return record("GetRole", "iam", requestParameters={"roleName": random.choice(("App", "Other"))}, **more)
    by_service = {"userIdentity": {**SESSION, "invokedBy": "s3.amazonaws.com"}, "sourceIPAddress": "s3.amazonaws.com"}
    return of_key(random.choice(("Decrypt", "Encrypt")), **{**more, **(by_service if random.random() < 0.5 else {})})


def statement(random: Random) -> dict[str, Any]:
    """Return a random statement of an identity-based policy or an SCP."""
    found: dict[str, Any] = {
        "Effect": random.choice(("Allow", "Allow", "Allow", "Deny")),
        "Action": random.choice(("*", "s3:*", "s3:Get*", "s3:PutObject", "kms:*", "iam:GetRole", "s3:ListBucket")),
        "Resource": random.choice(("*", f"{OBJECTS}/*", OBJECTS, f"{OBJECTS}/a/*", KEY, f"{ROLE}*")),
    }
    if random.random() < 0.3:
        key, value = random.choice(
            (("aws:RequestedRegion", "us-east-1"), ("aws:SourceVpce", "vpce-1"), ("s3:prefix", "a/"))
        )
        found["Condition"] = {random.choice(("StringEquals", "StringNotEqualsIfExists")): {key: value}}
    return found


def environment(random: Random) -> pg.Environment:
    """Return an environment in which the role has random policies, below a random SCP."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denies = [{**statement(random), "Effect": "Deny"} for _ in range(random.randrange(2))]
    own = [everything, *(statement(random) for _ in range(random.randrange(4)))]
    delegating = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    return pg.Environment(
        principals={
            ROLE: pg.PrincipalPolicies(identity_based=({"Statement": own},), trust_policy={"Statement": trust}),
            f"arn:aws:iam::{ACCOUNT}:role/Other": pg.PrincipalPolicies(trust_policy={"Statement": trust}),
        },
        resources={
            OBJECTS: pg.ResourcePolicies(account=ACCOUNT),
            KEY: pg.ResourcePolicies(account=ACCOUNT, resource_based=({"Statement": delegating},)),
        },
        service_control=(({"Statement": [everything, *denies]},),),
    )


def wrong(seed: int) -> Iterator[str]:
    """Yield what is wrong in one case."""
    random = Random(seed)
    held = environment(random)
    records = [call(random) for _ in range(random.randrange(1, 40))]
    verdicts = [judge(held, event_of(each)).verdict for each in records]
    records = [
        {**each, "errorCode": "AccessDenied"} if verdict is Verdict.DENIED else each
        for each, verdict in zip(records, verdicts, strict=True)
    ]
    used = [each for each, verdict in zip(records, verdicts, strict=True) if verdict is not Verdict.DENIED]
    level, most = random.choice(LEVELS), random.choice((1, 2, 5, 100))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        alone = pg.suggest(path, level=level, most=most)
        fitted = pg.suggest(path, level=level, most=most, quota="role-inline")
        beside = pg.suggest(path, level=level, most=most, environment=held)
    if used:
        yield from _replayed(alone, beside, used)
        yield from _nothing_more(alone, used, level)
        if pg.diff(_together(alone), _together(fitted)).verdict != "same":
            yield "another access under a quota"
    elif alone.policies:
        yield "a policy, and nothing was used"


def _together(found: pg.Suggestions) -> dict[str, Any]:
    written = (json.loads(text)["Statement"] for text in found.texts.values())
    return {"Version": "2012-10-17", "Statement": [one for some in written for one in some]}


def _replayed(alone: pg.Suggestions, beside: pg.Suggestions, used: Iterable[dict[str, Any]]) -> Iterator[str]:
    for found in (alone, beside):
        yield from (f"{one.request}: {one.why}" for each in found.suggested for one in each.not_allowed)
    yield from (
        f"in the environment: {one.request}: {one.why}"
        for each in beside.suggested
        for one in each.in_environment or ()
        if one.verdict == "denied"
    )
    policies = pg.PolicySet(identity_based=list(alone.policies.values()), resource_based=_delegating())
    for each in used:
        for asked in event_of(each).requests:
            if not policies.authorize(asked.request).allowed:
                yield f"used and not allowed: {asked.request}"


def _delegating() -> dict[str, Any]:
    element = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    return {"Statement": {"Effect": "Allow", "Principal": element, "Action": "*", "Resource": "*"}}


def _nothing_more(found: pg.Suggestions, used: Sequence[dict[str, Any]], level: str) -> Iterator[str]:
    """Yield actions on resources that are allowed, were not used, and are within no pattern that is reported."""
    requests = [asked.request for each in used for asked in event_of(each).requests]
    pairs = {(each.action, each.resource) for each in requests}
    actions, resources = {each.action for each in requests}, {each.resource for each in requests}
    patterns = [
        (action, each.pattern.removesuffix("*").replace("${*}", "*").replace("${?}", "?").replace("${$}", "$"))
        for one in found.suggested
        for each in one.generalised
        if each.key is None
        for action in each.actions
    ]
    policies = pg.PolicySet(identity_based=list(found.policies.values()), resource_based=_delegating())
    shown = requests[0]
    for action in sorted(actions):
        for resource in sorted({*resources, *(f"{each}x" for each in resources)}):
            if (action, resource) in pairs or level == "action":
                continue
            if any(action == of and resource.startswith(start) for of, start in patterns):
                continue
            for each in requests:
                asked = pg.Request(
                    principal=shown.principal,
                    action=action,
                    resource=resource,
                    resource_account=ACCOUNT,
                    context={name: list(value.values) for name, value in each.context.items()},
                )
                if policies.authorize(asked).allowed:
                    yield f"allowed and not used: {asked}"
                    break


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; return 1 when one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    bad = 0
    for seed in range(asked.seed, asked.seed + asked.cases):
        found = list(wrong(seed))
        bad += bool(found)
        for each in found[:3]:
            sys.stdout.write(f"case {seed}: {each}\n")
    sys.stdout.write(f"{asked.cases:,} cases from {asked.seed}, {bad:,} wrong\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
