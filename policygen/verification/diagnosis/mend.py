"""Statements as they should be, where no generated statement says it: somebody's own, changed in one element.

Fact: R16, S32, F18
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from typing import Any

from policygen.verification.statements import Written, conditions_of, listed, principals_of, with_condition

_CALLER = "aws:PrincipalArn"
_SPARING = ("ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike")
"""Operators under which a Deny spares the principals that it lists."""


def sparing(statement: Written, caller: str) -> dict[str, Any]:
    """Return a Deny that spares ``caller``, a role's ARN: ArnNotEquals on aws:PrincipalArn.

    A Deny with NotPrincipal becomes one for everybody that spares the same principals: NotPrincipal would have to name
    the role's session as well (R16).
    """
    spared = [caller]
    found = dict(statement)
    if "NotPrincipal" in found:
        spared = [*principals_of(found.pop("NotPrincipal")), caller]
        found = {name: found[name] for name in ("Sid", "Effect") if name in found} | {"Principal": "*"} | found
    operator, key, values = _listing(statement)
    distinct = _distinct([*listed(values), *spared])
    return with_condition(found, operator, key, distinct[0] if len(distinct) == 1 else distinct)


def sparing_services(statement: Written) -> dict[str, Any]:
    """Return a Deny of a trust policy that spares AWS services."""
    return with_condition(statement, "Bool", "aws:PrincipalIsAWSService", "false")


def _listing(statement: Written) -> tuple[str, str, Any]:
    """Return operator, key and values with which a Deny already spares principals, or those to spare them with."""
    found = [each for each in conditions_of(statement) if each[0] in _SPARING and each[1].lower() == _CALLER.lower()]
    return min(found, key=lambda each: _SPARING.index(each[0]), default=("ArnNotEquals", _CALLER, None))


def widened(statement: Written, wanted: Written) -> Written:
    """Return an Allow of a boundary or SCP that lets through what ``wanted`` grants as well."""
    if listed(statement.get("Resource")) == ["*"] and not statement.get("Condition") and "Action" in statement:
        return dict(statement) | {"Action": _distinct([*listed(statement["Action"]), *listed(wanted.get("Action"))])}
    return {name: value for name, value in wanted.items() if name != "Principal"}


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))
