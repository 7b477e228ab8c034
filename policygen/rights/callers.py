"""Who may be able to make a request in an environment: those it holds, and those whom a resource's policy lets in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from policygen.aws.arns import parse_arn
from policygen.document.model import Effect, PolicyDocument, Statement
from policygen.evaluation import Environment
from policygen.evaluation.policies import Grant
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.actions import compile_action
from policygen.matching.principals import WITHOUT_POLICIES, PrincipalMatch
from policygen.proofs.callers import (
    ACCOUNT,
    ELSE,
    callers_named,
    callers_of,
    entries_of,
    texts_of,
)
from policygen.proofs.compose import may_match
from policygen.proofs.universe import asked_of_callers
from policygen.request.principal import Principal, PrincipalKind

ANY = {
    PrincipalKind.SERVICE: "any service",
    PrincipalKind.IDENTITY_PROVIDER: "any identity provider",
}
"""What stands for callers of a kind that no policy names."""

ANY_ACCOUNT = "any other account"


class OfResource(NamedTuple):
    """What of a resource says who may use it.

    Attributes:
        statements: The statements of its policies that speak of a request.
        grants: Its grants.
    """

    statements: tuple[CompiledStatement, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """The names in them of callers and accounts."""
        entries = {entry.value for each in self.statements for entry in entries_of(each)}
        granted = {name for each in self.grants for name in (each.grantee, each.retiring) if name}
        return frozenset(entries | granted)

    def lets_in(self, caller: Principal) -> bool:
        """Tell whether they may let a caller in who has no policies; that its account is named only delegates."""
        allows = (each for each in self.statements if not each.denies)
        return bool(self.grants) or any(each.names(caller) > PrincipalMatch.ACCOUNT for each in allows)


class MayAllow:
    """Tells whether documents may allow an action on some resources: the others need no proof."""

    def __init__(self, action: str, resource: str) -> None:
        """Keep what is asked."""
        self._action, self._resource = action.lower(), resource
        self._actions: dict[str, bool] = {}
        self._resources: dict[str, bool] = {}
        self._documents: dict[int, bool] = {}

    def any_of(self, documents: Iterable[object]) -> bool:
        """Tell whether one of some documents may; of one that is not read nobody knows."""
        return any(self._of(each) if isinstance(each, PolicyDocument) else True for each in documents)

    def _of(self, document: PolicyDocument) -> bool:
        if id(document) not in self._documents:
            may = bool(document.unresolved) or any(map(self._allows, document.statements))
            self._documents[id(document)] = may
        return self._documents[id(document)]

    def _allows(self, statement: Statement) -> bool:
        if statement.effect is not Effect.ALLOW:
            return False
        if statement.action is not None and not any(map(self._acts, statement.action)):
            return False
        return statement.resource is None or any(map(self._names, statement.resource))

    def _acts(self, pattern: str) -> bool:
        if pattern not in self._actions:
            self._actions[pattern] = compile_action(pattern)(self._action)
        return self._actions[pattern]

    def _names(self, pattern: str) -> bool:
        if pattern not in self._resources:
            self._resources[pattern] = may_match(pattern, (self._resource,))
        return self._resources[pattern]


def held_callers(environment: Environment, named: Iterable[str]) -> dict[str, list[Principal]]:
    """Return the callers of every principal that is held: of a role some session, and the sessions that are named."""
    found = {name: list(callers_named([name])) for name in environment.principals}
    for session in callers_named(each for each in sorted(named) if ":assumed-role/" in each):
        caller = environment.caller(session)
        identity = environment.identity(caller)
        if identity is not None and caller not in found[identity]:
            found[identity].append(caller)
    return found


class Stranger(NamedTuple):
    """A caller that an environment does not hold.

    Attributes:
        caller: The caller.
        who: Whom it stands for.
        is_root: Whether it is the root user of an account of which the environment holds principals.
    """

    caller: Principal
    who: str
    is_root: bool = False


def strangers(environment: Environment, of_resource: OfResource, on: str | None, owner: str) -> Iterator[Stranger]:
    """Yield the callers that an environment does not hold and a resource's policy can tell apart.

    Of an account of which it holds principals it holds all, the root user and those that the policy names excepted.

    Args:
        environment: The environment.
        of_resource: What the resource's policy and grants say.
        on: The resource's ARN; None for any that are not held.
        owner: The account of its owner.
    """
    statements, named = of_resource.statements, of_resource.named
    arns = [arn for name in environment.principals if (arn := parse_arn(name)) is not None]
    covered = {(arn.partition, arn.account) for arn in arns}
    texts = (owner, *(account for _, account in sorted(covered)), *sorted(named), *texts_of(statements))
    accounts = [*dict.fromkeys(each for text in texts for each in ACCOUNT.findall(text)), ELSE]
    holding = parse_arn(on) if on is not None else None
    for partition in [holding.partition] if holding is not None else dict.fromkeys(arn.partition for arn in arns):
        for caller in callers_of(partition, accounts, set(named), asked_of_callers(statements)):
            if environment.identity(environment.caller(caller)) is None:
                yield from _stranger(caller, named, covered)


def _stranger(
    caller: Principal, named: frozenset[str], covered: Collection[tuple[str, str | None]]
) -> Iterator[Stranger]:
    is_covered = (caller.partition, caller.account) in covered
    own = next((each for each in (caller.arn, caller.role_arn, caller.unique_id) if each in named), None)
    if caller.kind is PrincipalKind.ROOT and is_covered:
        yield Stranger(caller, caller.arn, is_root=True)
    elif caller.kind in WITHOUT_POLICIES:
        yield Stranger(caller, ANY[caller.kind] if caller.kind in ANY and own is None else caller.arn)
    elif own is not None and caller.kind is not PrincipalKind.ROOT:
        yield Stranger(caller, own)
    elif not is_covered:
        yield Stranger(caller, ANY_ACCOUNT if caller.account == ELSE else caller.account or caller.arn)
