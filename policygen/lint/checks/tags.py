"""Checks of conditions on the resource's tags for actions whose requests do not carry them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, at_key, condition_check
from policygen.lint.findings import SECURITY_WARNING, SUGGESTION
from policygen.lint.policy import Condition


def _wants_tag(condition: Condition, effect: str) -> bool:
    """Whether a condition of a statement with this effect wants a tag of the resource to be there."""
    wanted = condition.operator is not None and not condition.negated and condition.operator_name.text.lower() != "null"
    return wanted and condition.statement.effect == effect and condition.name.startswith("aws:resourcetag/")


def _without_tag(condition: Condition, effect: str, outcome: str) -> Iterator[Hit]:
    """Yield a hit for each action, written out, whose requests never carry the tag."""
    for element in condition.statement.actions if _wants_tag(condition, effect) else ():
        action = condition.policy.catalog.action(element.text)
        if action is not None and not action.carries(condition.name):
            details = f"requests for {shown(element.text)} never carry {shown(condition.key.text)}"
            yield at(element, f"{details}: {outcome}")


def _many_without_tag(condition: Condition, effect: str, outcome: str) -> Iterator[Hit]:
    if _wants_tag(condition, effect) and condition.statement.not_actions:
        details = "many of the actions that NotAction leaves never carry this tag"
        yield at_key(condition.key, f"{details}: they are not {outcome}")


@condition_check("DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", SECURITY_WARNING, facts="G42")
def deny_with_unsupported_tag(condition: Condition) -> Iterator[Hit]:
    """Deny that depends on a tag of the resource, for an action whose requests never carry it."""
    yield from _without_tag(condition, "Deny", "nothing is denied")


@condition_check("ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", SUGGESTION, facts="G42")
def allow_with_unsupported_tag(condition: Condition) -> Iterator[Hit]:
    """Allow that depends on a tag of the resource, for an action whose requests never carry it."""
    yield from _without_tag(condition, "Allow", "it is not allowed")


@condition_check("DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", SECURITY_WARNING, facts="G42")
def deny_notaction_with_unsupported_tag(condition: Condition) -> Iterator[Hit]:
    """Deny with NotAction that depends on a tag of the resource: most services do not send it."""
    yield from _many_without_tag(condition, "Deny", "denied")


@condition_check("ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", SUGGESTION, facts="G42")
def allow_notaction_with_unsupported_tag(condition: Condition) -> Iterator[Hit]:
    """Allow with NotAction that depends on a tag of the resource: most services do not send it."""
    yield from _many_without_tag(condition, "Allow", "allowed")
