"""A denied call as a person would keep it: the details of AWS and the texts of the policies, in a folder."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from policygen.denials import Call, denied_calls
from tests.denials.answers import write

CALL = Path(__file__).resolve().parents[2] / "docs" / "why-denied" / "call"
DETAILS = json.loads((CALL / "details.json").read_text())
SCP, KEY_POLICY, READ, BOUNDARY = (each["uri"] for each in DETAILS["policies"])
KEY = DETAILS["evaluations"][1]["resource"]
ROLE = "arn:aws:iam::111122223333:role/app"


def _text(name: str) -> Any:
    return json.loads((CALL / name).read_text())["policyDocument"]


TEXTS = {
    READ: _text("arn%3Aaws%3Aiam%3A%3A111122223333%3Apolicy%2FReadReports.json"),
    BOUNDARY: _text("arn%3Aaws%3Aiam%3A%3A111122223333%3Apolicy%2FBoundary.json"),
    KEY_POLICY: _text("key-policy.json"),
}


def decrypt(**changes: Any) -> dict[str, Any]:
    """The details with the evaluation of kms:Decrypt alone; changed members take the place of its own."""
    return DETAILS | {"evaluations": [copy.deepcopy(DETAILS["evaluations"][1]) | changes]}


def with_effect(kind: str, effect: str, matched: Any = None) -> list[dict[str, Any]]:
    """The checks of kms:Decrypt, with another effect of those of a type."""
    checks = copy.deepcopy(DETAILS["evaluations"][1]["checks"])
    for each in checks:
        if each["checkType"] == kind:
            each["evaluatedEffect"] = effect
            each["matchedPolicies"] = each["matchedPolicies"] if matched is None else matched
    return checks


def judged(folder: Path, answer: dict[str, Any], texts: dict[str, Any] | None = None, environment: Any = None) -> Call:
    """The one call of a folder that is written with these files."""
    write(folder, answer, TEXTS if texts is None else texts)
    found = denied_calls([folder], environment)
    assert [str(each) for each in found.problems if "PG-Y003" not in each.code] == []
    [call] = found.calls
    return call


def effects(side: Any) -> dict[str, str | None]:
    """The effects of a side's checks by type, the last of several levels."""
    return {each.type.value: each.effect and each.effect.value for each in side.checks}
