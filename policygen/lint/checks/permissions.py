"""Checks of what a statement grants: roles that can be passed, parts that another part covers already.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, check, statement_check
from policygen.lint.findings import SECURITY_WARNING, SUGGESTION, WARNING, FindingType
from policygen.lint.policy import Policy, Statement, has_wildcard
from policygen.lint.policy_types import IDENTITY_TYPES
from policygen.matching.overlap import covers
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_NAMED_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/.*[A-Za-z0-9]", re.DOTALL)
"""A role to be passed may at least begin or end with a role's name."""

_MOST_COMPARED = 300
"""Lists longer than this are not compared pair by pair."""


_FORMS = (
    ("NOT_RESOURCE", "named", "NotResource"),
    ("STAR_IN_ACTION_AND_NOT_RESOURCE", "covered by a wildcard", "NotResource"),
    ("NOT_ACTION_AND_NOT_RESOURCE", "covered by NotAction", "NotResource"),
    ("STAR_IN_RESOURCE", "named", "a wide Resource"),
    ("STAR_IN_ACTION_AND_RESOURCE", "covered by a wildcard", "a wide Resource"),
    ("STAR_IN_RESOURCE_AND_NOT_ACTION", "covered by NotAction", "a wide Resource"),
)


def _covered(statement: Statement, action: str) -> str | None:
    """Return how a statement allows an action, in the words of the forms; None when it does not."""
    if not statement.allows or not statement.covers(action):
        return None
    if statement.not_actions:
        return "covered by NotAction"
    return "named" if any(each.text.lower() == action for each in statement.actions) else "covered by a wildcard"


def _register(
    code: str, finding_type: FindingType, action: str, key: str, is_wide: Callable[[str], bool], beside: str, wide: str
) -> None:
    """Register the checks of an action of IAM that gives a service a role, and the condition key that limits it.

    ``beside`` and ``wide`` say what NotResource, and a Resource that stands for every role, let happen.
    """

    def hits(how: str, where: str, statement: Statement) -> Iterator[Hit]:
        if _covered(statement, action.lower()) != how or statement.tests(key):
            return
        if where == "NotResource" and statement.not_resources:
            yield at(statement.not_resources[0], beside)
        elif where != "NotResource" and any(is_wide(each.text) for each in statement.resources):
            yield at(statement.resources[0], wide)

    for form, how, where in _FORMS:
        summary = f"{action}, {how}, with {where}"
        named = statement_check(f"{code}_{form}", finding_type, facts="E117", types=IDENTITY_TYPES, summary=summary)
        named(partial(hits, how, where))


_register(
    *("PASS_ROLE_WITH", SECURITY_WARNING, "iam:PassRole", "iam:passedtoservice"),
    lambda resource: has_wildcard(resource) and _NAMED_ROLE.match(resource) is None,
    beside="every role that is not listed can be passed, to every service",
    wide="every role can be passed, to every service: name roles, or add iam:PassedToService",
)
_register(
    *("CREATE_SLR_WITH", WARNING, "iam:CreateServiceLinkedRole", "iam:awsservicename"),
    lambda resource: resource == "*",
    beside="service-linked roles of every service not listed can be created",
    wide="service-linked roles of every service can be created",
)


def _repeated(elements: tuple[Scalar, ...], *, lower: bool = False) -> Iterator[Hit]:
    """Yield a hit for each text that another of the same list covers."""
    if len(elements) > _MOST_COMPARED:
        return
    texts = [each.text.lower() if lower else each.text for each in elements]
    wide = [index for index, text in enumerate(texts) if has_wildcard(text)]
    for index, text in enumerate(texts):
        if "${" in text or len(text) > 2048:
            continue
        other = texts.index(text)
        if other == index:
            pairs = ((each, texts[each]) for each in wide)
            other = next(
                (each for each, wider in pairs if wider != text and "${" not in wider and covers(wider, text)), index
            )
        if other != index:
            yield at(elements[index], f"{shown(elements[index].text)} is covered by {shown(elements[other].text)}")


@statement_check("REDUNDANT_ACTION", SUGGESTION, facts="E162")
def redundant_action(statement: Statement) -> Iterator[Hit]:
    """An action that another one of the same list covers."""
    yield from _repeated(statement.actions, lower=True)
    yield from _repeated(statement.not_actions, lower=True)


@statement_check("REDUNDANT_RESOURCE", SUGGESTION, facts="E165")
def redundant_resource(statement: Statement) -> Iterator[Hit]:
    """A resource that another one of the same list covers."""
    yield from _repeated(statement.resources)
    yield from _repeated(statement.not_resources)


@check("REDUNDANT_STATEMENT", SUGGESTION, facts="E4")
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
