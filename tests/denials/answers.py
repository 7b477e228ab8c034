"""Synthetic answers of AWS about a call, made from our own decisions: the two operations' JSON, a folder a call."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from policygen import PolicySet, Request
from policygen.denials.aws_form import as_aws_tells, listed_of
from policygen.denials.comparing import compared
from policygen.denials.model import Judged, Side, Told
from policygen.document.write import thaw
from policygen.errors import Place
from policygen.evaluation.edits import principal_entry
from policygen.evaluation.policies import Grant
from policygen.evaluation.services.kms import grant_condition
from policygen.request.principal import parse_principal


class Everything:
    """An environment that holds whoever calls and whatever is called, with the policies of a set."""

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies

    def completed(self, request: Request) -> Request:
        """Nothing is known beside what is stated."""
        return request

    def policies_for(self, _request: Request) -> PolicySet:
        """The set, whatever is asked."""
        return self.policies

    def identity(self, _principal: object) -> str:
        """Some ARN: whoever calls is held."""
        return "held"

    def held(self, _request: Request) -> str:
        """Some ARN: whatever is called is held."""
        return "held"


def judged(policies: PolicySet, request: Request) -> Judged:
    """Our own answer about one request, to be told as AWS's."""
    told = Told(place=Place(source="synthetic"), group="synthetic", request=request, aws=Side(effect=None))
    return compared(told, Everything(policies))


def details(policies: PolicySet, request: Request) -> dict[str, Any]:
    """Our answer in AWS's form."""
    [found] = as_aws_tells([judged(policies, request)])
    return found


def texts(policies: PolicySet, request: Request) -> dict[str, Any]:
    """The text of every policy of the answer, by URI; that of a grant as AWS might write it."""
    grants = {each.name: each for each in policies.grants}
    return {
        each.uri: grant_text(grants[each.uri]) if each.source else thaw(each.document.written)
        for each in listed_of(judged(policies, request))
    }


def grant_text(grant: Grant) -> dict[str, Any]:
    """A grant as a policy: a statement for each operation, and one for whoever may retire it."""
    asked = [(name, grant.grantee) for name in grant.operations]
    asked += [("RetireGrant", grant.retiring)] if grant.retiring else []
    return {"Version": "2012-10-17", "Statement": [_statement(grant, *each) for each in asked]}


def _statement(grant: Grant, operation: str, who: str) -> dict[str, Any]:
    kind, name = principal_entry(parse_principal(who)) or ("AWS", who)
    found = {"Effect": "Allow", "Principal": {kind: who or name}, "Action": f"kms:{operation}"}
    condition = grant_condition(grant, f"kms:{operation}")
    return found | {"Resource": grant.key or "*"} | ({"Condition": condition} if condition else {})


def write(folder: Path, answer: dict[str, Any], documents: dict[str, Any], unnamed: Iterable[str] = ()) -> None:
    """Write the details, and each policy under its percent-encoded URI; ``unnamed`` go by numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "details.json").write_text(json.dumps(answer))
    for number, (uri, document) in enumerate(documents.items()):
        name = f"answer-{number}.json" if uri in set(unnamed) else quote(uri, safe="") + ".json"
        (folder / name).write_text(json.dumps({"policyDocument": document}))
