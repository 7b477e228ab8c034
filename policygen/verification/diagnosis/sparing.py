"""A Deny, a boundary of somebody's own that stops what must work: the same with the least that lets it through.

Fact: R16, S32, F18
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from typing import Any

from policygen.matching.actions import compile_action
from policygen.request import PrincipalKind, Request
from policygen.verification.statements import Written, conditions_of, listed, principals_of, with_condition

_CALLER = "aws:PrincipalArn"
_SPARING = ("ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike")
"""Operators under which a Deny spares the principals that it lists."""

_NEGATED = ("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike")
_OF_THE_CALL = ("s3:", "kms:", "aws:requestedregion", "aws:principalorgid")
"""Keys that tell what a call is about, or the organization: not which of its principals calls."""


def spared(statement: Written, request: Request, *, by_value: bool = True) -> dict[str, Any] | None:
    """Return a Deny of somebody's own that lets a request through, and as little else as can be; None where none can.

    A Deny of all values but some of a key that does not tell who calls gets the value that the call carries. One
    in a policy of the caller's own no longer names the action, and is empty where it names no other. Otherwise the
    caller is spared: a service by aws:PrincipalIsAWSService, a role or user by its ARN.

    Args:
        statement: The Deny.
        request: The request.
        by_value: Whether the values that the request carries are those that AWS sends.
    """
    found = _with_its_value(statement, request) if by_value else None
    if found is not None:
        return found
    if "Principal" not in statement and "NotPrincipal" not in statement and "Action" in statement:
        actions = [each for each in listed(statement["Action"]) if not compile_action(each)(request.action.lower())]
        return dict(statement) | {"Action": actions} if actions else {}
    caller = request.principal
    if caller.kind is PrincipalKind.SERVICE:
        return with_condition(statement, "Bool", "aws:PrincipalIsAWSService", "false")
    arn = caller.role_arn or (caller.arn if caller.kind is PrincipalKind.USER else None)
    return None if arn is None else _sparing_caller(statement, arn)


def _with_its_value(statement: Written, request: Request) -> dict[str, Any] | None:
    context: Any = request.to_dict()["context"]
    carried = {key.lower(): [value] if isinstance(value, str) else value for key, value in context.items()}
    for operator, key, values in conditions_of(statement):
        found = carried.get(key.lower(), ())
        if operator.removesuffix("IfExists") in _NEGATED and key.lower().startswith(_OF_THE_CALL) and len(found) == 1:
            # the id of a key alone never is what a call carries: its ARN takes its place
            kept = [each for each in listed(values) if not found[0].endswith(f"/{each}")]
            distinct = _distinct([*kept, *found])
            return with_condition(statement, operator, key, distinct[0] if len(distinct) == 1 else distinct)
    return None


def _sparing_caller(statement: Written, caller: str) -> dict[str, Any]:
    """Return a Deny that spares ``caller``, a role's ARN: ArnNotEquals on aws:PrincipalArn.

    A Deny with NotPrincipal becomes one for everybody that spares the same principals: NotPrincipal would have to name
    the role's session as well (R16).
    """
    spared = [caller]
    found = dict(statement)
    if "NotPrincipal" in found:
        spared = [*principals_of(found.pop("NotPrincipal")), caller]
        found = {name: found[name] for name in ("Sid", "Effect") if name in found} | {"Principal": "*"} | found
    # the operator, key and values with which the Deny already spares principals, or those to spare them with
    sparing = [each for each in conditions_of(statement) if each[0] in _SPARING and each[1].lower() == _CALLER.lower()]
    operator, key, values = min(
        sparing, key=lambda each: _SPARING.index(each[0]), default=("ArnNotEquals", _CALLER, None)
    )
    distinct = _distinct([*listed(values), *spared])
    return with_condition(found, operator, key, distinct[0] if len(distinct) == 1 else distinct)


def widened(statement: Written, wanted: Written) -> dict[str, Any] | None:
    """Return an Allow of a boundary that lets through what ``wanted`` grants as well; None where that is another one's.

    Only a list of actions for every resource is made longer.
    """
    if statement.get("Effect") != "Allow" or statement.get("Condition") or listed(statement.get("Resource")) != ["*"]:
        return None
    actions = listed(statement.get("Action"))
    return dict(statement) | {"Action": _distinct([*actions, *listed(wanted.get("Action"))])} if actions else None


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))
