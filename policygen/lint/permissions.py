"""Checks of what a statement grants: roles that can be passed, parts that another part covers already.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygen.lint.actions import covers as covers_action
from policygen.lint.check import Check, Hit, at, check, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy, Statement
from policygen.lint.policy_types import IDENTITY_TYPES
from policygen.matching.overlap import covers
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_PASS_ROLE = "iam:passrole"
_CREATE_SLR = "iam:createservicelinkedrole"
_NAMED_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/.*[A-Za-z0-9]", re.DOTALL)
_MOST_COMPARED = 300
"""Lists longer than this are not compared pair by pair."""

_SUGGESTION = FindingType.SUGGESTION


def _named_by(statement: Statement, action: str) -> str | None:
    """Return how a statement covers an action: by ``action``, by a ``star``, by ``not``; None when it does not."""
    if statement.effect != "Allow" or not covers_action(statement, action):
        return None
    if statement.not_actions:
        return "not"
    return "action" if any(each.text.lower() == action for each in statement.actions) else "star"


def _has_wide_resource(statement: Statement) -> bool:
    """Whether Resource has a wildcard and does not at least name the beginning or end of a role's name."""
    return any(
        ("*" in each.text or "?" in each.text) and not _NAMED_ROLE.match(each.text) for each in statement.resources
    )


def _passing(policy: Policy, by: str, *, negated: bool) -> Iterator[Hit]:
    for statement in policy.statements:
        if _named_by(statement, _PASS_ROLE) != by or statement.tests("iam:passedtoservice"):
            continue
        if negated and statement.not_resources:
            yield at(statement.not_resources[0], "every role that is not listed can be passed, to every service")
        elif not negated and _has_wide_resource(statement):
            details = "every role can be passed, to every service: name roles, or add iam:PassedToService"
            yield at(statement.resources[0], details)


def _linking(policy: Policy, by: str, *, negated: bool) -> Iterator[Hit]:
    for statement in policy.statements:
        if _named_by(statement, _CREATE_SLR) != by or statement.tests("iam:awsservicename"):
            continue
        if negated and statement.not_resources:
            yield at(statement.not_resources[0], "service-linked roles of every service not listed can be created")
        elif not negated and any(each.text == "*" for each in statement.resources):
            yield at(statement.resources[0], "service-linked roles of every service can be created")


def _check_of(code: str, finding_type: FindingType, by: str, *, negated: bool) -> Check:
    passing = code.startswith("PASS_ROLE")
    how = {"action": "named", "star": "covered by a wildcard", "not": "covered by NotAction"}[by]
    where = "NotResource" if negated else "a wide Resource"
    action = "iam:PassRole" if passing else "iam:CreateServiceLinkedRole"

    def find(policy: Policy) -> Iterator[Hit]:
        yield from (_passing if passing else _linking)(policy, by, negated=negated)

    find.__doc__ = f"{action}, {how}, with {where}."
    return check(code, finding_type, facts="E117", types=IDENTITY_TYPES)(find)


_FORMS = (
    ("NOT_RESOURCE", "action", True),
    ("STAR_IN_ACTION_AND_NOT_RESOURCE", "star", True),
    ("NOT_ACTION_AND_NOT_RESOURCE", "not", True),
    ("STAR_IN_RESOURCE", "action", False),
    ("STAR_IN_ACTION_AND_RESOURCE", "star", False),
    ("STAR_IN_RESOURCE_AND_NOT_ACTION", "not", False),
)
_FAMILIES = (("PASS_ROLE_WITH", FindingType.SECURITY_WARNING), ("CREATE_SLR_WITH", FindingType.WARNING))
_WIDE = tuple(
    _check_of(f"{family}_{form}", finding_type, by, negated=negated)
    for family, finding_type in _FAMILIES
    for form, by, negated in _FORMS
)


def _covered(elements: tuple[Scalar, ...], *, lower: bool) -> Iterator[tuple[Scalar, Scalar]]:
    """Yield each text that another of the same list covers, with that other one."""
    if len(elements) > _MOST_COMPARED:
        return
    texts = [each.text.lower() if lower else each.text for each in elements]
    wide = [index for index, text in enumerate(texts) if "*" in text or "?" in text]
    for index, text in enumerate(texts):
        if "${" in text or len(text) > 2048:
            continue
        earlier = texts.index(text)
        if earlier < index:
            yield elements[index], elements[earlier]
            continue
        for other in wide:
            if texts[other] != text and "${" not in texts[other] and covers(texts[other], text):
                yield elements[index], elements[other]
                break


@statement_check("REDUNDANT_ACTION", _SUGGESTION, facts="E162")
def redundant_action(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An action that another one of the same list covers."""
    for elements in (statement.actions, statement.not_actions):
        for covered, other in _covered(elements, lower=True):
            yield at(covered, f"{shown(covered.text)} is covered by {shown(other.text)}")


@statement_check("REDUNDANT_RESOURCE", _SUGGESTION, facts="E165")
def redundant_resource(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A resource that another one of the same list covers."""
    for elements in (statement.resources, statement.not_resources):
        for covered, other in _covered(elements, lower=False):
            yield at(covered, f"{shown(covered.text)} is covered by {shown(other.text)}")


@check("REDUNDANT_STATEMENT", _SUGGESTION, facts="E4")
def redundant_statement(policy: Policy) -> Iterator[Hit]:
    """A statement that says the same as an earlier one."""
    seen: set[object] = set()
    for statement in policy.statements:
        said = frozenset((key.text, _meaning(key.text, node)) for key, node in statement.node if key.text != "Sid")
        if said in seen:
            yield at(statement.node, "an earlier statement says the same")
        seen.add(said)


def _meaning(name: str, node: Node) -> object:
    """Return what an element says as something that can be compared: lists as sets, a single text as a list of one."""
    if isinstance(node, Mapping):
        return frozenset((key.text, _meaning(name, value)) for key, value in node)
    nodes = node.items if isinstance(node, Sequence) else (node,)
    lower = name in ("Action", "NotAction")
    return frozenset(
        (each.text.lower() if lower else each.text) if isinstance(each, Scalar) else _meaning(name, each)
        for each in nodes
    )


CHECKS: tuple[Check, ...] = (*_WIDE, redundant_action, redundant_resource, redundant_statement)
"""The checks of this module."""
