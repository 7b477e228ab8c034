"""Checks of tag conditions on actions whose requests do not carry the tag.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.lint.check import Check, Hit, at, at_key, check, shown
from policygen.lint.findings import FindingType
from policygen.lint.policy import Condition, Policy, Statement
from policygen.source.nodes import Scalar

_RESOURCE_TAG = "aws:resourcetag/"


def _resource_tags(policy: Policy, effect: str) -> Iterator[tuple[Statement, Condition]]:
    """Yield the conditions of one effect that want a tag of the resource to be there."""
    for statement in policy.statements:
        if statement.effect != effect:
            continue
        for condition in statement.conditions:
            wanted = condition.operator is not None and not condition.negated and condition.value_type is not None
            if condition.name.startswith(_RESOURCE_TAG) and wanted and condition.operator_name.text.lower() != "null":
                yield statement, condition


def _without_tag(policy: Policy, statement: Statement, condition: Condition) -> Iterator[Scalar]:
    """Yield the actions, written out, whose requests never carry the tag."""
    for element in statement.actions:
        action = policy.catalog.action(element.text)
        if action is not None and not action.carries(condition.name):
            yield element


@check("DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", FindingType.SECURITY_WARNING, facts="G42")
def deny_with_unsupported_tag(policy: Policy) -> Iterator[Hit]:
    """Deny that depends on a tag of the resource, for an action whose requests never carry it."""
    for statement, condition in _resource_tags(policy, "Deny"):
        for action in _without_tag(policy, statement, condition):
            yield at(
                action, f"requests for {shown(action.text)} never carry {shown(condition.key.text)}: nothing is denied"
            )


@check("ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", FindingType.SUGGESTION, facts="G42")
def allow_with_unsupported_tag(policy: Policy) -> Iterator[Hit]:
    """Allow that depends on a tag of the resource, for an action whose requests never carry it."""
    for statement, condition in _resource_tags(policy, "Allow"):
        for action in _without_tag(policy, statement, condition):
            yield at(
                action, f"requests for {shown(action.text)} never carry {shown(condition.key.text)}: it is not allowed"
            )


@check("DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", FindingType.SECURITY_WARNING, facts="G42")
def deny_notaction_with_unsupported_tag(policy: Policy) -> Iterator[Hit]:
    """Deny with NotAction that depends on a tag of the resource: most services do not send it."""
    for statement, condition in _resource_tags(policy, "Deny"):
        if statement.not_actions:
            yield at_key(
                condition.key, "many of the actions that NotAction leaves never carry this tag: they are not denied"
            )


@check("ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", FindingType.SUGGESTION, facts="G42")
def allow_notaction_with_unsupported_tag(policy: Policy) -> Iterator[Hit]:
    """Allow with NotAction that depends on a tag of the resource: most services do not send it."""
    for statement, condition in _resource_tags(policy, "Allow"):
        if statement.not_actions:
            yield at_key(
                condition.key, "many of the actions that NotAction leaves never carry this tag: they are not allowed"
            )


CHECKS: tuple[Check, ...] = (
    deny_with_unsupported_tag,
    allow_with_unsupported_tag,
    deny_notaction_with_unsupported_tag,
    allow_notaction_with_unsupported_tag,
)
"""The checks of this module."""
