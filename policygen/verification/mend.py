"""Statements as they should be, where no generated statement says it: somebody's own, changed in one element.

Fact: R16, S32, F18
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policygen.verification.counterparts import Written, listed

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
        spared = [*_principals(found.pop("NotPrincipal")), caller]
        found = {name: found[name] for name in ("Sid", "Effect") if name in found} | {"Principal": "*"} | found
    block = {operator: dict(keys) for operator, keys in (found.get("Condition") or {}).items()}
    operator, key = _listing(block)
    block.setdefault(operator, {})[key] = _one_or_list([*listed(block.get(operator, {}).get(key)), *spared])
    return found | {"Condition": block}


def sparing_services(statement: Written) -> dict[str, Any]:
    """Return a Deny of a trust policy that spares AWS services."""
    block = {operator: dict(keys) for operator, keys in (statement.get("Condition") or {}).items()}
    block.setdefault("Bool", {})["aws:PrincipalIsAWSService"] = "false"
    return dict(statement) | {"Condition": block}


def _principals(element: Any) -> list[str]:
    values = element.values() if isinstance(element, Mapping) else [element]
    return [each for value in values for each in listed(value)]


def _listing(block: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Return the operator and key with which a block already spares principals, or those to spare them with."""
    for operator in _SPARING:
        for key in block.get(operator, {}):
            if key.lower() == _CALLER.lower():
                return operator, key
    return "ArnNotEquals", _CALLER


def _one_or_list(values: list[str]) -> str | list[str]:
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else distinct


def widened(statement: Written, wanted: Written) -> Written:
    """Return an Allow of a boundary or SCP that lets through what ``wanted`` grants as well."""
    if listed(statement.get("Resource")) == ["*"] and not statement.get("Condition") and "Action" in statement:
        return dict(statement) | {"Action": _distinct([*listed(statement["Action"]), *listed(wanted.get("Action"))])}
    return {name: value for name, value in wanted.items() if name != "Principal"}


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def narrowed(statement: Written, element: str, values: Sequence[str]) -> Written | None:
    """Return a statement with ``values`` alone in one of its lists; None when nothing is left."""
    if not values:
        return None
    name, _, rest = element.partition("/")
    if name != "Condition":
        return dict(statement) | {name: list(values)}
    operator, _, key = rest.partition("/")
    block = {each: dict(keys) for each, keys in statement["Condition"].items()}
    block[operator][key] = list(values)
    return dict(statement) | {"Condition": block}
