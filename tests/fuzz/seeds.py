"""What is broken: small inputs of every kind, each of which is right as it stands."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import Any

import yaml

from tests.benchmarks import inputs
from tests.conftest import ROOT, SAMPLES
from tests.fuzz.values import ACCOUNT
from tests.property.strategies import Maker

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GRANTS = {
    "Grants": [
        {
            "KeyId": KEY,
            "GrantId": "g",
            "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/r",
            "Operations": ["Decrypt", "Encrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "b"}},
        }
    ]
}
REPLICATION = {
    "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
    "Rules": [
        {
            "ID": "r",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::d"},
        }
    ],
}
_WHY_DENIED = ROOT / "docs" / "why-denied"
DENIED: tuple[Any, Any, str] = (
    json.loads((_WHY_DENIED / "call" / "details.json").read_text(encoding="utf-8")),
    json.loads((_WHY_DENIED / "event.json").read_text(encoding="utf-8")),
    (_WHY_DENIED / "message.txt").read_text(encoding="utf-8"),
)
"""Authorization details, an event of CloudTrail and an error message of denied calls."""
_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ENVIRONMENT = {
    "version": 1,
    "principals": {
        f"arn:aws:iam::{ACCOUNT}:role/r": {
            "identity_based": [_ALL],
            "tags": {"team": "blue"},
        }
    },
    "resources": {
        "arn:aws:s3:::b": {"account": ACCOUNT, "region": "us-east-1", "tags": {"a": "b"}},
        KEY: {"account": ACCOUNT, "grants": GRANTS["Grants"], "aliases": ["alias/a"]},
    },
    "organization": {"management_account": "999999999999", "service_control": [], "resource_control": []},
}


def policy(random: Random) -> Any:
    """Return a policy document, or what it may stand in."""
    case = Maker(random).case()
    found = [each for each in _documents(case.policies) if isinstance(each, dict)]
    document = random.choice(found) if found else inputs.bucket_policy(900)
    wrapped = random.random()
    if wrapped < 0.1:
        return {"Policy": document}
    return REPLICATION if wrapped < 0.15 else document


def _documents(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [tree] if "Statement" in tree else [found for each in tree.values() for found in _documents(each)]
    return [found for each in tree for found in _documents(each)] if isinstance(tree, (list, tuple)) else []


def suite(random: Random) -> Any:
    """Return a suite."""
    found = inputs.suite(random.choice((1, 3)))
    if random.random() < 0.3:
        found["environment"] = "environment.json"
    return found


@cache
def _samples() -> tuple[Any, ...]:
    return tuple(yaml.safe_load((ROOT / "samples" / name / "spec.yaml").read_text()) for name in SAMPLES)


def spec(random: Random) -> Any:
    """Return a spec: a sample, or a small one."""
    return random.choice((*_samples(), inputs.spec(2, 1)))
