"""Who asks for what under whole sets of policies: callers and resources, put together where the same policies decide.

A policy set decides every request alike. An environment has policies for the principals and resources that it holds;
of those that it does not hold it is taken that they let in what they can: a caller has policies of its own that allow
everything (and has none, too), a resource has a policy that lets the caller's account in. What is taken is the same on
both sides, and is said with each difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.errors import DocumentError
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import Grant, NamedPolicy, Policies, PolicySource, compiled
from policygen.evaluation.reading import PolicyReader
from policygen.evaluation.statements import CompiledStatement
from policygen.proofs.callers import ACCOUNT, ELSE, callers_named, callers_of, entries_of, partitions, texts_of
from policygen.proofs.gates import policies_of, statements_of
from policygen.proofs.kinds import OTHER, OWN, World, own_policies_count, request_of
from policygen.proofs.known import Known
from policygen.proofs.universe import asked_of_callers
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES, Principal, PrincipalKind, parse_principal

Sources = tuple[PolicySource, PolicySource]
Holders = tuple[str | None, str | None]
"""The ARNs under which the two sides hold a resource."""

_LINKED = "arn:aws:iam::{account}:role/aws-service-role/some-service.amazonaws.com/some-linked-role"
"""A service-linked role, which no SCP limits."""

NOT_HELD: Holders = (None, None)


class Assumed(NamedTuple):
    """What is taken of a caller or resource that is not held.

    Attributes:
        own: That policies of the caller's own allow everything.
        admitted: That the resource's policy lets the caller's account in.
    """

    own: bool = False
    admitted: bool = False


@cache
def _everything(account: str | None = None) -> NamedPolicy:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statement |= {"Principal": {"AWS": account}} if account else {}
    return compiled(parse_policy({"Statement": statement}), "what is assumed")


def assuming(policies: Policies, caller: Principal, assumed: Assumed) -> Policies:
    """Return policies with those that are assumed."""
    if assumed.own:
        own = Policies(identity_based=(_everything(),), session=((_everything(),),))
        federated = caller.kind is PrincipalKind.FEDERATED_USER and policies.session is None
        policies = policies.replaced_by(own, ["identity_based", *(["session"] if federated else [])])
    if assumed.admitted and caller.account:
        counterpart = Policies(resource_based=(_everything(caller.account),))
        policies = policies.replaced_by(counterpart, ["resource_based"])
    return policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Callers and resources under the same policies.

    Attributes:
        sides: The policies of each side.
        known: What is known of them on each side.
        assumed: What is taken of them.
        worlds: The callers, each with the resources it asks for.
    """

    sides: tuple[Policies, Policies]
    known: tuple[Known, Known]
    assumed: Assumed
    worlds: dict[World, dict[Holders, str]] = field(default_factory=dict)

    @property
    def resources(self) -> tuple[str, ...]:
        """The ARNs of the resources that are held."""
        found = dict.fromkeys(each for one in self.worlds.values() for each in one.items())
        return tuple(name for held, name in found if held != NOT_HELD)


class _Found(NamedTuple):
    """What one side has for a caller and a resource."""

    policies: Policies
    known: Known
    owner: str | None


class Parties:
    """The callers and resources that two sources of policies tell apart.

    Attributes:
        resources: Every resource that is held, by who holds it.
        unknown: Why some cannot be compared.
    """

    def __init__(self, sources: Sources) -> None:
        """Find them.

        Raises:
            DocumentError: A document cannot be judged.
            TooRichError: There are too many patterns of principals.
        """
        self._sources = sources
        self.unknown: dict[str, None] = {}
        self._said: dict[int, tuple[PolicyDocument, object]] = {}
        environments = [each for each in sources if isinstance(each, Environment)]
        self._with_strangers = bool(environments)
        principals = tuple(dict.fromkeys(name for each in environments for name in each.principals))
        names = dict.fromkeys((*(name for each in environments for name in each.resources), *principals))
        self.resources = {self.holders(name): name for name in names}
        reader = PolicyReader()
        statements = [each for source in sources for each in _every_statement(source, reader)]
        if reader.problems:
            raise DocumentError(*dict.fromkeys(reader.problems))
        granted = [name for source in sources for each in _grants(source) for name in (each.grantee, each.retiring)]
        named = {entry.value for each in statements for entry in entries_of(each)} | {each for each in granted if each}
        owners = (each.account or "" for one in environments for each in one.resources.values())
        members = (account for one in environments for account in (*one.accounts, *sorted(one.members or ())))
        texts = (*names, *sorted(named), *owners, *members, *texts_of(statements))
        found = dict.fromkeys(account for text in texts for account in ACCOUNT.findall(text))
        self._accounts = tuple(found) or (OWN,)
        self._callers: dict[Principal, None] = dict.fromkeys(callers_named(principals))
        linked = [_LINKED.format(account=each) for each in self._accounts if any(map(_in_organization, sources))]
        for partition in partitions(statements):
            accounts = list(dict.fromkeys([*self._accounts, ELSE]))
            patterns = asked_of_callers(statements)
            # of a user that is named there are federated users: a session policy may be all that they have
            users = [f"arn:{partition}:iam::{each}:user/somebody" for each in accounts if not environments]
            self._callers |= dict.fromkeys(callers_of(partition, accounts, named.union(linked, users), patterns))

    def holders(self, resource: str) -> Holders:
        """Return under which ARNs both sides hold a resource."""
        if resource == "*" or not self._with_strangers:
            return NOT_HELD
        request = Request(principal="anonymous", action="x:x", resource=resource)
        old, new = (each.held(request) if isinstance(each, Environment) else None for each in self._sources)
        return old, new

    def groups(self) -> Iterator[Group]:
        """Yield the groups of which the two sides say something else, those first about which nothing is assumed."""
        found: dict[object, Group] = {}
        for caller, held, name in self._pairs():
            for world in self._worlds(caller, held, name):
                for assumed in self._assumptions(caller, held):
                    self._place(found, world, held, name, assumed)
        yield from sorted(found.values(), key=lambda each: each.assumed)

    def _pairs(self) -> Iterator[tuple[Principal, Holders, str]]:
        """Yield callers with resources; not those where neither the caller's nor the resource's policies differ."""
        nobody = parse_principal("anonymous")
        resources = [(*each, self._differ(nobody, each[1])) for each in self.resources.items()]
        for caller in dict.fromkeys(map(self._with_role, self._callers)):
            whole = self._differ(caller, "*")
            yield from ((caller, held, name) for held, name, differs in resources if differs or whole)
            yield caller, NOT_HELD, "*"

    def _with_role(self, caller: Principal) -> Principal:
        """Return a session with the role that is held: its ARN does not tell the role's path."""
        return next((known for source in self._sources if (known := source.caller(caller)) != caller), caller)

    def _differ(self, caller: Principal, name: str) -> bool:
        """Tell whether the two sides have something else for a caller and a resource."""
        old, new = self._found(World(caller=caller, owner=caller.account or self._accounts[0]), name)
        return old[1:] != new[1:] or self._said_by(old.policies) != self._said_by(new.policies)

    def _found(self, world: World, name: str) -> tuple[_Found, _Found]:
        """Return what both sides have for a caller and a resource."""
        request = request_of(world, "x:x", name, {})
        completed = [source.completed(request) for source in self._sources]
        old, new = (
            _Found(source.policies_for(each), Known.of(each), each.resource_account)
            for source, each in zip(self._sources, completed, strict=True)
        )
        return old, new

    def _worlds(self, caller: Principal, held: Holders, name: str) -> Iterator[World]:
        """Yield a caller with the owners of the resource."""
        usual = caller.account or self._accounts[0]
        owners = [usual, *self._accounts, OTHER]
        if held != NOT_HELD:
            both = self._found(World(caller=caller, owner=usual), name)
            owners = [each.owner or usual for each, where in zip(both, held, strict=True) if where is not None]
            if len(set(owners)) > 1:
                self.unknown[f"{name}: it has another owner"] = None
                return
        yield from (World(caller=caller, owner=owner) for owner in dict.fromkeys(owners))

    def _assumptions(self, caller: Principal, held: Holders) -> Iterator[Assumed]:
        if not self._with_strangers:
            yield Assumed()
            return
        admitted = held == NOT_HELD
        stranger = caller.kind in IDENTITIES and own_policies_count(caller)
        if not stranger or any(source.identity(source.caller(caller)) for source in self._sources):
            yield Assumed(admitted=admitted)
            return
        yield Assumed(own=True, admitted=admitted)
        if not admitted:
            yield Assumed()

    def _place(self, found: dict[object, Group], world: World, held: Holders, name: str, assumed: Assumed) -> None:
        both = self._found(world, name)
        old, new = (assuming(each.policies, world.caller, assumed) for each in both)
        known = both[0].known, both[1].known
        said = self._said_by(old), self._said_by(new)
        if said[0] == said[1] and known[0] == known[1]:
            return
        group = found.setdefault((said, known, assumed), Group(sides=(old, new), known=known, assumed=assumed))
        group.worlds.setdefault(world, {})[held] = name

    def _said_by(self, policies: Policies) -> object:
        """Return what policies say, whatever their names and order: equal for policies that decide alike."""
        settings = policies.settings
        rules = (
            tuple(sorted(settings.block_public_access.items())),
            settings.management_account,
            settings.vpc_endpoint_type,
            settings.default_encryption if settings.default_encryption_visible else None,
            settings.abac,
            settings.hides_tags,
        )
        slots = (
            (slot, frozenset(self._of_document(each.document) for each in found))
            for slot, found in policies_of(policies).items()
        )
        return (*slots, rules, frozenset(policies.grants))

    def _of_document(self, document: PolicyDocument) -> object:
        if id(document) not in self._said:
            bare = frozenset(replace(each, index=0, sid=None) for each in document.statements)
            self._said[id(document)] = document, (bare, document.has_variables)
        return self._said[id(document)][1]


def _in_organization(source: PolicySource) -> bool:
    """Tell whether a source has SCPs or RCPs."""
    if isinstance(source, Environment):
        return any((source.service_control, source.resource_control, source.accounts))
    return isinstance(source, Policies) and (source.service_control or source.resource_control) is not None


def _every_statement(source: PolicySource, reader: PolicyReader) -> list[CompiledStatement]:
    if isinstance(source, Policies):
        return [each for found in statements_of(source).values() for each in found]
    documents = (*source.documents(), *(_of_callers(source) if isinstance(source, Environment) else ()))
    return [each for policy in reader.several(documents, "policy") for each in policy.statements]


def _of_callers(environment: Environment) -> Iterator[Any]:
    """Yield the documents without principals in them: policies and boundaries of callers, SCPs."""
    for each in environment.principals.values():
        yield from each.identity_based
        yield from (each.permissions_boundary,) if each.permissions_boundary is not None else ()
    for levels in (environment.service_control, *(each.service_control for each in environment.accounts.values())):
        yield from (document for level in levels for document in level)


def _grants(source: PolicySource) -> Iterator[Grant]:
    if isinstance(source, Policies):
        yield from source.grants
    elif isinstance(source, Environment):
        yield from (grant for each in source.resources.values() for grant in each.grants)
