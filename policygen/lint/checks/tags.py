"""Checks of conditions on the resource's tags for actions whose requests do not carry them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from collections.abc import Iterator

from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, at_key, condition_check
from policygen.lint.findings import SECURITY_WARNING, SUGGESTION, FindingType
from policygen.lint.policy import Condition


def _wants_tag(condition: Condition, effect: str) -> bool:
    """Whether a condition of a statement with this effect wants a tag of the resource to be there."""
    wanted = condition.operator is not None and not condition.negated and condition.operator_name.text.lower() != "null"
    return wanted and condition.statement.effect == effect and condition.name.startswith("aws:resourcetag/")


def _register_actions(effect: str, finding_type: FindingType, outcome: str) -> None:
    def find(condition: Condition) -> Iterator[Hit]:
        """Yield a hit for each action, written out, whose requests never carry the tag."""
        for element in condition.statement.actions if _wants_tag(condition, effect) else ():
            action = condition.policy.catalog.action(element.text)
            if action is not None and not action.carries(condition.name):
                details = f"requests for {shown(element.text)} never carry {shown(condition.key.text)}"
                yield at(element, f"{details}: {outcome}")

    code = f"{effect.upper()}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
    summary = f"{effect} that depends on a tag of the resource, for an action whose requests never carry it"
    condition_check(code, finding_type, facts="G42", summary=summary)(find)


def _register_not_action(effect: str, finding_type: FindingType, outcome: str) -> None:
    def find(condition: Condition) -> Iterator[Hit]:
        if _wants_tag(condition, effect) and condition.statement.not_actions:
            details = "many of the actions that NotAction leaves never carry this tag"
            yield at_key(condition.key, f"{details}: they are not {outcome}")

    code = f"{effect.upper()}_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
    summary = f"{effect} with NotAction that depends on a tag of the resource: most services do not send it"
    condition_check(code, finding_type, facts="G42", summary=summary)(find)


_register_actions("Deny", SECURITY_WARNING, "nothing is denied")
_register_actions("Allow", SUGGESTION, "it is not allowed")
_register_not_action("Deny", SECURITY_WARNING, "denied")
_register_not_action("Allow", SUGGESTION, "allowed")
