"""Is everything that the roles of S3 are given needed?

Each action, resource and condition value of an Allow for a replication role or a job's role must let through some
request that the spec calls for: what lets through none is one thing too many, whether or not a request that must be
denied happens to meet it. An action with a wildcard is measured by the actions of AWS's reference that it matches.

Fact: R20, R21, R22, R23, R24, R25, R26, R40, R41, R42, R90, E162
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from policygen.aws.arns import root_arn
from policygen.document import PolicyDocument
from policygen.document.model import Effect, Statement
from policygen.matching.actions import compile_action
from policygen.request import Request
from policygen.spec.model import Spec
from policygen.spec.paths import DocumentKind, account_of, kind_of, role_of
from policygen.verification.checks import Check, CheckKind
from policygen.verification.counterparts import Written, statements_of
from policygen.verification.documents import Documents
from policygen.verification.environment import roles_of
from policygen.verification.exercised import concerns, judged
from policygen.verification.mend import narrowed
from policygen.verification.probes import Probe

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """What one statement gives without need: the element, what of it, and what of it is needed."""

    element: str
    values: tuple[str, ...]
    needed: tuple[str, ...] = ()


def surplus_checks(spec: Spec, documents: Documents, probes: Sequence[Probe]) -> Iterator[Check]:
    """Yield a check for each Allow that names a role of S3, or stands in one's own policies.

    A permissions boundary grants nothing, and is left out.
    """
    for path, document in documents.policies.items():
        if kind_of(path) is DocumentKind.PERMISSIONS_BOUNDARY:
            continue
        asked = [probe.request for probe in probes if probe.must_allow and concerns(path, probe.request)]
        written = statements_of(document)
        for statement in document.statements:
            if statement.effect is Effect.ALLOW and _is_for_role(spec, path, statement):
                yield _check(path, document, statement, written[statement.index], asked)


def _is_for_role(spec: Spec, path: str, statement: Statement) -> bool:
    """Tell whether a statement is for roles of S3 alone: named, or meant by their account's root from another one."""
    roles = roles_of(spec)
    if statement.principal is not None:
        named = {entry.value for entry in statement.principal.entries}
        account = account_of(path)
        meant = {root_arn(role.partition, role.account) for role in roles if role.account != account}
        return bool(named) and named <= {role.arn for role in roles} | meant
    return role_of(path) in {(role.account, role.name) for role in roles} and statement.not_principal is None


def _check(path: str, document: PolicyDocument, statement: Statement, written: Written, asked: list[Request]) -> Check:
    found = next(_surplus(document, statement, asked), None)
    return Check(
        id=f"{path}/{statement.label}/needed",
        title=f"everything in `{statement.label}` is needed",
        kind=CheckKind.CONFIGURATION,
        passed=found is None,
        detail=_in_words(found) if found else None,
        document=path,
        statement=statement.label,
        element=found.element if found else None,
        fix=narrowed(written, found.element, found.needed) if found else None,
        facts=("R20", "R21", "R22", "R40"),
    )


def _in_words(found: Surplus) -> str:
    names = ", ".join(f"`{each}`" for each in found.values[:_MOST_NAMES])
    more = f" and {len(found.values) - _MOST_NAMES} more" if len(found.values) > _MOST_NAMES else ""
    rest = "" if found.needed else ": take the statement away"
    return f"no request of this spec needs {names}{more}{rest}"


def _surplus(document: PolicyDocument, statement: Statement, asked: list[Request]) -> Iterator[Surplus]:
    """Yield every element with something in it that no request needs."""
    applies = judged(document, statement)
    served = [request for request in asked if applies(request)]
    for name, element in (("not_action", "NotAction"), ("not_resource", "NotResource")):
        if getattr(statement, name) is not None:
            yield Surplus(element=element, values=getattr(statement, name))
    actions = tuple(_surplus_actions(statement, served))
    if actions:
        yield Surplus(element="Action", values=actions, needed=_needed_actions(statement, served))
    for element, values, only in _lists(statement):
        idle = tuple(value for value in values if not _serves(document, only(value), served))
        if idle:
            yield Surplus(element=element, values=idle, needed=tuple(each for each in values if each not in idle))


def _needed_actions(statement: Statement, served: list[Request]) -> tuple[str, ...]:
    """Return the actions of a statement that are needed: its own words, and names in the place of wildcards."""
    names = {request.action.lower(): request.action for request in served}
    plain = [each for each in statement.action or () if each.lower() in names]
    known = {each.lower() for each in plain}
    return (*plain, *(name for lower, name in names.items() if lower not in known))


def _surplus_actions(statement: Statement, served: list[Request]) -> Iterator[str]:
    needed = {request.action.lower() for request in served}
    for pattern in statement.action or ():
        if "*" not in pattern and "?" not in pattern:
            if pattern.lower() not in needed:
                yield pattern
        else:
            yield from (name for name in _matched(pattern) if name.lower() not in needed)


def _matched(pattern: str) -> tuple[str, ...]:
    """Return the actions of AWS's reference that a pattern matches; the pattern itself where it names no service."""
    from policygen.catalog import load_catalog

    service = load_catalog().service(pattern.partition(":")[0])
    if service is None:
        return (pattern,)
    matches = compile_action(pattern)
    return tuple(action.name for action in service.actions.values() if matches(action.name.lower())) or (pattern,)


def _lists(statement: Statement) -> Iterator[tuple[str, tuple[str, ...], Callable[[str], Statement]]]:
    """Yield each list of alternatives, and the statement with one of them alone."""
    if statement.resource is not None:
        yield "Resource", statement.resource, lambda value: replace(statement, resource=(value,))
    for number, entry in enumerate(statement.condition):
        if len(entry.values) > 1:

            def only(value: str, number: int = number) -> Statement:
                entries = list(statement.condition)
                entries[number] = replace(entries[number], values=(value,))
                return replace(statement, condition=tuple(entries))

            yield f"Condition/{entry.operator}/{entry.key}", entry.values, only


def _serves(document: PolicyDocument, statement: Statement, served: list[Request]) -> bool:
    applies = judged(document, statement)
    return any(applies(request) for request in served)
