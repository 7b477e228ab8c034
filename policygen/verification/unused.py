"""What the documents hold and no derived request needs: conditions, and permissions of the roles of S3.

A condition of an Allow is needed when, without it, some request that must be denied is allowed, judged by that
document alone (in another account the caller's own policies are not ours to rely on, E36). A condition of a Deny is
needed when, without it, some request that must be allowed is denied.

Each action, resource and condition value of an Allow for a replication role or a job's role must let through some
request that the spec calls for: what lets through none is one thing too many, whether or not a request that must be
denied happens to meet it. An action with a wildcard is measured by the actions of AWS's reference that it matches.

Fact: R20, R21, R22, R23, R24, R25, R26, R40, R41, R42, R90, E36, E162
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from policygen.aws.arns import root_arn
from policygen.document import PolicyDocument
from policygen.document.model import Effect, Statement
from policygen.errors import Severity
from policygen.evaluation.services.sts import is_trust_request
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.actions import compile_action
from policygen.matching.principals import PrincipalMatch
from policygen.request import Request
from policygen.spec.model import Spec
from policygen.spec.paths import DocumentKind, account_of, kind_of, role_of
from policygen.verification.checks import Check, configuration_check
from policygen.verification.concern import concern_of
from policygen.verification.documents import Documents
from policygen.verification.requests import DerivedRequest
from policygen.verification.requests.given import Given
from policygen.verification.requests.others import assumed_roles
from policygen.verification.similarity import most_similar
from policygen.verification.statements import Written, condition_element, conditions_of, statements_of, with_condition

Applies = Callable[[Request], bool]
"""Tells whether a statement applies to a request, its Principal included."""


def granting_policies(
    spec: Spec, documents: Documents, requests: Sequence[DerivedRequest]
) -> Iterator[tuple[str, PolicyDocument, Sequence[DerivedRequest]]]:
    """Yield path, policy and the requests that ask it: a permissions boundary grants nothing, and is left out."""
    concerned = concern_of(spec, requests)
    for path, document in documents.policies.items():
        if kind_of(path) is not DocumentKind.PERMISSIONS_BOUNDARY:
            yield path, document, concerned(path)


def statement_alone(document: PolicyDocument, statement: Statement) -> Applies:
    """Return what a statement of a document applies to."""
    return applies_alone(compile_statements(replace(document, statements=(statement,)), document.source)[0])


def applies_alone(compiled: CompiledStatement) -> Applies:
    """Return what a compiled statement applies to."""
    statement = compiled.statement

    def applies(request: Request) -> bool:
        if not compiled.applies(request, implies_resource=is_trust_request(request)):
            return False
        if statement.principal is None and statement.not_principal is None:
            return True
        names = compiled.names(request.principal)
        if names is PrincipalMatch.ACCOUNT and statement.effect is Effect.ALLOW:
            # within one account such a statement only delegates (E13): it grants nothing by itself
            return request.principal.account != request.resource_account
        return names is not PrincipalMatch.NONE

    return applies


def condition_checks(
    spec: Spec,
    documents: Documents,
    generated: Documents,
    requests: Sequence[DerivedRequest],
    shadowed: Sequence[DerivedRequest] = (),
) -> Iterator[Check]:
    """Yield a check for each condition; a condition that no request needs fails.

    One that the generated statement does not have is somebody's own, on top of what is asked: a warning.

    Args:
        spec: The spec.
        documents: The documents.
        generated: What the spec generates.
        requests: What must be allowed and denied.
        shadowed: What a statement must not allow, though another one does: the spec gives it in another place.
    """
    given = Given(spec)
    # the statement for a whole account leaves it to that account which role of it gets in
    elsewhere = (*shadowed, *(each for each in requests if given.to_account_of(each.request)))
    beside = {path: each for path, _, each in granting_policies(spec, documents, elsewhere)}
    for path, document, asked in granting_policies(spec, documents, requests):
        written, wanted = statements_of(document), statements_of(generated.policies.get(path))
        compiled = compile_statements(document, path)
        for statement in document.statements:
            others = [
                applies_alone(each)
                for each in compiled
                if each.statement.index != statement.index and each.statement.effect is statement.effect
            ]
            ours = {key.lower() for _, key, _ in conditions_of(most_similar(written[statement.index], wanted))}
            for number, entry in enumerate(statement.condition):
                element = condition_element(entry.operator, entry.key)
                yield configuration_check(
                    f"{path}/{statement.label}/{element}",
                    f"`{entry.operator}` `{entry.key}` of `{statement.label}` is needed",
                    _is_needed(document, statement, number, asked, others)
                    or (statement.effect is Effect.ALLOW and _is_needed(document, statement, number, beside[path], ())),
                    severity=Severity.ERROR if entry.key.lower() in ours else Severity.WARNING,
                    detail="no request of this spec is decided by it",
                    document=path,
                    statement=statement.label,
                    element=element,
                    facts=("E36",),
                )


def _is_needed(
    document: PolicyDocument,
    statement: Statement,
    number: int,
    asked: Sequence[DerivedRequest],
    others: Sequence[Applies],
) -> bool:
    without = statement.condition[:number] + statement.condition[number + 1 :]
    bare, full = statement_alone(document, replace(statement, condition=without)), statement_alone(document, statement)
    allows = statement.effect is Effect.ALLOW
    undecided = (each.request for each in asked if each.must_allow is not allows)
    return any(
        bare(request) and not full(request) and not any(applies(request) for applies in others) for request in undecided
    )


_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """What one statement gives and no request needs: the element, what of it, and what of it is needed."""

    element: str
    values: tuple[str, ...]
    needed: tuple[str, ...] = ()


def permission_checks(spec: Spec, documents: Documents, requests: Sequence[DerivedRequest]) -> Iterator[Check]:
    """Yield a check for each Allow that names a role of S3, or stands in one's own policies."""
    given, is_for_role = Given(spec), _roles_alone(spec)
    for path, document, asked in granting_policies(spec, documents, requests):
        needed, written = [each.request for each in asked if each.must_allow], statements_of(document)
        for statement in document.statements:
            if statement.effect is Effect.ALLOW and is_for_role(path, statement):
                # a role that is a reader, a writer or a user as well has those rights where it is named
                entries = statement.principal.entries if statement.principal is not None else ()
                beside = given.actions_of(entry.value for entry in entries)
                yield _check(path, document, statement, written[statement.index], needed, beside)


def _roles_alone(spec: Spec) -> Callable[[str, Statement], bool]:
    """Return what tells whether a statement is for roles of S3 alone: named, or meant by root from another account."""
    roles = assumed_roles(spec)
    arns, names = {role.arn for role in roles}, {(role.account, role.name) for role in roles}
    roots = {root_arn(role.partition, role.account): role.account for role in roles}

    def is_for_role(path: str, statement: Statement) -> bool:
        if statement.principal is None:
            return role_of(path) in names and statement.not_principal is None
        account, named = account_of(path), {entry.value for entry in statement.principal.entries}
        return bool(named) and all(each in arns or roots.get(each, account) != account for each in named)

    return is_for_role


def _check(
    path: str,
    document: PolicyDocument,
    statement: Statement,
    written: Written,
    asked: list[Request],
    beside: frozenset[str],
) -> Check:
    found = next(_unused(document, statement, asked, beside), None)
    return configuration_check(
        f"{path}/{statement.label}/needed",
        f"everything in `{statement.label}` is needed",
        found is None,
        detail=_in_words(found) if found else None,
        document=path,
        statement=statement.label,
        element=found.element if found else None,
        fix=_narrowed(written, found) if found else None,
        facts=("R20", "R21", "R22", "R40"),
    )


def _narrowed(statement: Written, found: Unused) -> Written | None:
    """Return a statement with what is needed alone; None when nothing is left."""
    name, _, rest = found.element.partition("/")
    if not found.needed:
        return None
    if name != "Condition":
        return dict(statement) | {name: list(found.needed)}
    operator, _, key = rest.partition("/")
    return with_condition(statement, operator, key, list(found.needed))


def _in_words(found: Unused) -> str:
    names = ", ".join(f"`{each}`" for each in found.values[:_MOST_NAMES])
    more = f" and {len(found.values) - _MOST_NAMES} more" if len(found.values) > _MOST_NAMES else ""
    rest = "" if found.needed else ": take the statement away"
    return f"no request of this spec needs {names}{more}{rest}"


def _unused(
    document: PolicyDocument, statement: Statement, asked: list[Request], beside: frozenset[str]
) -> Iterator[Unused]:
    """Yield every element with something in it that no request needs."""
    applies = statement_alone(document, statement)
    served = [request for request in asked if applies(request)]
    for name, element in (("not_action", "NotAction"), ("not_resource", "NotResource")):
        if getattr(statement, name) is not None:
            yield Unused(element=element, values=getattr(statement, name))
    actions = _unused_actions(statement, served, beside)
    if actions.values:
        yield actions
    for element, values, only in _lists(statement):
        unused = tuple(value for value in values if not any(map(statement_alone(document, only(value)), served)))
        if unused:
            yield Unused(element=element, values=unused, needed=tuple(each for each in values if each not in unused))


def _unused_actions(statement: Statement, served: list[Request], beside: frozenset[str]) -> Unused:
    """Return the actions that no request needs; needed are the statement's own words, and names behind wildcards."""
    names = {request.action.lower(): request.action for request in served}
    patterns = statement.action or ()
    plain = {pattern.lower(): pattern for pattern in patterns if pattern.lower() in names or pattern.lower() in beside}
    asked = (pattern for pattern in patterns if pattern.lower() not in beside)
    unused = (name for pattern in asked for name in _matched(pattern) if name.lower() not in names)
    return Unused(element="Action", values=tuple(unused), needed=tuple({**plain, **names, **plain}.values()))


def _matched(pattern: str) -> tuple[str, ...]:
    """Return the actions of AWS's reference that a pattern matches; the pattern itself where it names none."""
    from policygen.catalog import load_catalog

    wildcard = "*" in pattern or "?" in pattern
    service = load_catalog().service(pattern.partition(":")[0]) if wildcard else None
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

            yield condition_element(entry.operator, entry.key), entry.values, only
