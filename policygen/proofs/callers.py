"""Who may ask: one caller for every way in which the statements of some policies can tell callers apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from policygen.aws.arns import parse_arn, role_arn, root_arn
from policygen.document.model import PrincipalEntry
from policygen.errors import RequestError
from policygen.evaluation.statements import CompiledStatement
from policygen.proofs.automaton import JointAutomaton
from policygen.proofs.kinds import OTHER, OWN, Attachment, Kind, World, own_policies_count
from policygen.proofs.values import Pattern
from policygen.request.condition_keys import DerivedFrom, find_condition_key
from policygen.request.principal import Principal, parse_principal

ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_PARTITION = re.compile(r"arn:([^:*?]+):")
ELSE = "999900001111"
_NOT_OF_CALLER = ("aws:userid", "aws:username")
"""Keys that follow from more than the ARN of a caller: a value may be stated for each."""


def follows_from_world(key: str) -> bool:
    """Tell whether a condition key, in lower case, says nothing that caller and owner do not say."""
    row = find_condition_key(key)
    if row is None or row.is_family or key in _NOT_OF_CALLER:
        return False
    return row.derived_from in (DerivedFrom.CALLER, DerivedFrom.RESOURCE_OWNER)


def texts_of(statements: Iterable[CompiledStatement]) -> Iterator[str]:
    """Yield every text of statements that may hold an account or a partition."""
    for each in statements:
        yield from (entry.value for entry in entries_of(each))
        for condition in each.conditions:
            yield from condition.entry.values
        yield from _resources([each])


def _resources(statements: Iterable[CompiledStatement]) -> Iterator[str]:
    for each in statements:
        yield from (*(each.statement.resource or ()), *(each.statement.not_resource or ()))


def entries_of(statement: CompiledStatement) -> tuple[PrincipalEntry, ...]:
    """Return the values of Principal and NotPrincipal."""
    found = (statement.statement.principal, statement.statement.not_principal)
    return tuple(entry for element in found if element is not None for entry in element.entries)


def partitions(statements: Iterable[CompiledStatement]) -> tuple[str, ...]:
    """Return the partitions that statements name; ``aws`` when they name none."""
    found = dict.fromkeys(name for text in texts_of(statements) for name in _PARTITION.findall(text))
    return tuple(found) or ("aws",)


def worlds(
    kind: Kind,
    statements: tuple[CompiledStatement, ...],
    patterns: Iterable[Pattern],
    attached: Attachment | None = None,
) -> tuple[World, ...]:
    """Return the callers that ``statements`` tell apart, each with the owners and rights of its own that matter.

    Args:
        kind: What the policies are.
        statements: All of them.
        patterns: What they ask of ``aws:PrincipalArn``.
        attached: What the policies are attached to, where that is known.

    Raises:
        TooRichError: There are too many patterns of principals.
    """
    if attached is not None and attached.caller is not None:
        return (World(caller=attached.caller, owner=attached.owner),)
    named = list(dict.fromkeys(account for text in texts_of(statements) for account in ACCOUNT.findall(text)))
    principals = {entry.value for each in statements for entry in entries_of(each)}
    asked = frozenset().union(*(each.variable_keys() for each in statements))
    if not (kind.is_of_resource or kind is Kind.ENDPOINT or any(map(follows_from_world, asked))):
        named = [each for each in named if any(each in text for text in _resources(statements))]
    own = attached.owner if attached is not None else OWN
    accounts = list(dict.fromkeys([*named[:1], own, *named, ELSE]))
    callers = dict.fromkeys(
        caller
        for partition in partitions(statements)
        for caller in callers_of(partition, accounts, principals, list(patterns))
        if caller.kind in kind.callers
    )
    if attached is not None:
        return tuple(world for caller in callers for world in _of_caller(kind, caller, [attached.owner]))
    owners: list[str] = []
    if any(key.endswith(":resourceaccount") for key in asked):
        owners += [*named, OTHER]
    if kind.is_of_resource:
        arns = [parse_arn(text) for text in _resources(statements)]
        owners += [*(arn.account for arn in arns if arn and ACCOUNT.fullmatch(arn.account)), OTHER]
    return tuple(world for caller in callers for world in _of_caller(kind, caller, [caller.account or OWN, *owners]))


def _of_caller(kind: Kind, caller: Principal, owners: list[str]) -> Iterator[World]:
    rights = (True, False) if kind.is_of_resource and own_policies_count(caller) else (True,)
    for owner in dict.fromkeys(owners):
        yield from (World(caller=caller, owner=owner, own=each) for each in rights)


def callers_of(
    partition: str, accounts: list[str], principals: set[str], patterns: list[Pattern]
) -> Iterator[Principal]:
    """Yield callers of a partition, those that anybody may be first: they make the plainest witnesses.

    Args:
        partition: The partition.
        accounts: The accounts, in each of which there is one of each kind.
        principals: The names of others.
        patterns: What is asked of ``aws:PrincipalArn``.

    Raises:
        TooRichError: There are too many patterns.
    """
    literals = [each.literal for each in patterns if each.literal is not None]
    automaton = JointAutomaton(each.steps() for each in patterns if each.literal is None)
    for account in accounts:
        yield from _read(f"arn:{partition}:iam::{account}:user/somebody", *_session(partition, account, "some-role"))
    for account in accounts:
        yield from _read(root_arn(partition, account))
        if patterns:
            for kind in ("user", "role"):
                found = automaton.witnesses(f"arn:{partition}:iam::{account}:{kind}/", literals, without=":")
                yield from callers_named(found)
    yield from callers_named([*literals, *sorted(principals)])
    yield from _read("some-service.amazonaws.com", "anonymous")
    yield from _read(f"arn:{partition}:iam::{OWN}:saml-provider/some-provider", "www.amazon.com")
    for text in sorted(principals):
        if text.startswith(("AIDA", "AROA")):
            base = (
                f"arn:{partition}:iam::{OWN}:user/somebody"
                if text.startswith("AIDA")
                else _session(partition, OWN, "some-role")[0]["arn"]
            )
            yield from _read({"arn": base, "unique_id": text})
    yield from _federated(partition, principals)


def _federated(partition: str, principals: set[str]) -> Iterator[Principal]:
    """Yield the federated users of each user that is named, whom it names as well: one, and those of the policies."""
    named = [arn for text in sorted(principals) if (arn := parse_arn(text)) is not None]
    for user in (each for each in named if each.service == "iam" and each.resource.startswith("user/")):
        base = f"arn:{partition}:sts::{user.account}:federated-user/"
        known = [str(each) for each in named if str(each).startswith(base)]
        yield from _read(*({"arn": each, "user": str(user)} for each in (f"{base}somebody", *known)))


_SESSION = "session"


def any_session(caller: Principal) -> bool:
    """Tell whether a caller stands for all sessions of its role."""
    return caller.session_name == _SESSION


def _session(partition: str, account: str, role: str) -> list[dict[str, str]]:
    arn = role if ":" in role else role_arn(partition, account, "/", role)
    return [{"arn": f"arn:{partition}:sts::{account}:assumed-role/{arn.rpartition('/')[2]}/{_SESSION}", "role": arn}]


def callers_named(texts: Iterable[str]) -> Iterator[Principal]:
    """Yield the callers that ARNs name: a role is a session of it, a session also with the roles of its name."""
    arns = list(texts)
    for text in arns:
        arn = parse_arn(text)
        if arn is not None and arn.resource.startswith("role/"):
            yield from _read(*_session(arn.partition, arn.account, text))
        else:
            yield from _read(text)
        if arn is not None and arn.resource.startswith("assumed-role/"):
            name = arn.resource.split("/")[1]
            roles = [each for each in arns if f":{arn.account}:role/" in each and each.endswith(f"/{name}")]
            yield from _read(*({"arn": text, "role": each} for each in roles))


def _read(*values: Any) -> Iterator[Principal]:
    """Yield principals; what is none is nobody."""
    for value in values:
        try:
            yield parse_principal(value)
        except RequestError:
            continue
