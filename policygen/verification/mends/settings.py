"""What a failed check asks to change in a replication configuration, or in the settings of a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policygen.document.write import thaw
from policygen.spec.paths import DocumentKind, kind_of
from policygen.verification.checks import Check
from policygen.verification.documents import Documents
from policygen.verification.mends.draft import Draft
from policygen.verification.statements import value_at

_MISSING = object()


def change_whole(draft: Draft, check: Check, wanted: Documents, *, whole: bool) -> bool:
    """Change a configuration or settings for a failed check; tell whether that changed anything.

    Args:
        draft: What is changed.
        check: The check.
        wanted: The documents as the spec makes them.
        whole: Whether all of it becomes what is wanted, and not only the element that fails.
    """
    path = check.document or ""
    of_configuration = kind_of(path) is DocumentKind.REPLICATION_CONFIGURATION
    asked: Any = wanted.configurations.get(path) if of_configuration else check.fix
    found, element = draft.whole(path), check.element or ""
    if asked is None:
        return False
    if found is None or whole:
        value: Any = asked
    elif of_configuration:
        value = _configuration(check, found, asked)
    else:
        value = _put(found, element, value_at(asked, element, _MISSING))
    return draft.set_whole(path, value, {check.id})


def _configuration(check: Check, found: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with its role, or one of its rules, as it should be."""
    value: dict[str, Any] = thaw(found)
    rules, fix = value.get("Rules"), check.fix
    if fix is None:
        return value
    if "Destination" not in fix or not isinstance(rules, list):
        return {**value, **(thaw(asked) if "Destination" in fix else thaw(fix))}
    labels = [str(each.get("ID") or f"#{place}") if isinstance(each, dict) else "" for place, each in enumerate(rules)]
    if check.statement not in labels:
        return value | {"Rules": [*rules, thaw(fix)]}
    number = labels.index(check.statement)
    rules[number] = _rule(rules[number], check.element, thaw(fix))
    return value


def _rule(rule: dict[str, Any], element: str | None, fix: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with one element as it should be; one of the old form becomes one of the new, under its name."""
    if element is None or "Filter" not in rule:
        return fix | ({"ID": rule["ID"]} if "ID" in rule else {})
    changed: dict[str, Any] = _put(rule, element, value_at(fix, element, _MISSING))
    return changed


def _put(value: Any, element: str, wanted: Any) -> Any:
    """Return a value with another one at an element such as ``Rules/0/Status``; without it where there is to be none.

    A part on the way that is not there, or is no object, is made.
    """
    first, _, rest = element.partition("/")
    if isinstance(value, list) and first.isdigit() and int(first) < len(value):
        changed = _put(value[int(first)], rest, wanted) if rest else wanted
        kept = [] if changed is _MISSING else [changed]
        return [*value[: int(first)], *kept, *value[int(first) + 1 :]]
    found = dict(value) if isinstance(value, Mapping) else {}
    changed = _put(found.get(first), rest, wanted) if rest else wanted
    if changed is _MISSING:
        found.pop(first, None)
        return found
    return found | {first: changed}
