"""The kinds of policies that are compared, and the policies beside one: what lets its answer decide a request."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from policygen.aws.arns import role_arn
from policygen.document.given import Document
from policygen.document.model import Effect, PolicyDocument, PrincipalElement, PrincipalEntry, Statement
from policygen.evaluation.policy_set import PolicySet
from policygen.evaluation.results.decision import Decision
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.services.organizations import RCP_SERVICES
from policygen.matching.principals import WITHOUT_POLICIES, PrincipalMatch, names_everyone
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES, Principal, PrincipalKind, parse_principal


class Kind(Enum):
    """What a document is compared as."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    RESOURCE = "resource"
    KEY = "key"
    TRUST = "trust"
    ENDPOINT = "vpc-endpoint"
    WHOLE = "whole"
    """All policies of a request together."""

    @property
    def is_of_resource(self) -> bool:
        """Whether it stands on a resource and names who may use it."""
        return self in (Kind.RESOURCE, Kind.KEY, Kind.TRUST)

    @property
    def names_principals(self) -> bool:
        """Whether its statements have a Principal element."""
        return self.is_of_resource or self in (Kind.RCP, Kind.ENDPOINT)

    @property
    def callers(self) -> tuple[PrincipalKind, ...]:
        """The kinds of callers whose requests it decides."""
        users = (PrincipalKind.USER, PrincipalKind.ROLE_SESSION)
        return {
            Kind.IDENTITY: users,
            Kind.BOUNDARY: users,
            Kind.SESSION: (PrincipalKind.ROLE_SESSION,),
            Kind.SCP: (*users, PrincipalKind.ROOT),
        }.get(self, tuple(PrincipalKind))


OF_RESOURCE = frozenset(each for each in Kind if each.is_of_resource)
"""What a resource-based policy may be: which of them, its looks tell."""


def kind_of(document: PolicyDocument, kinds: Collection[Kind] = ()) -> Kind:
    """Return what a document looks like, of the kinds that it may be: one, :data:`OF_RESOURCE`, or any (none given).

    One that names principals stands on a resource. One that only denies is an SCP, or an RCP where it names everybody,
    every resource and services that RCPs support. A key is told by its actions, or by ``*`` for all actions and
    resources, a role by its actions.
    """
    if len(kinds) == 1:
        return next(iter(kinds))
    statements = document.statements
    denies = bool(statements) and all(each.effect is Effect.DENY for each in statements)
    elements = [element for each in statements for element in (each.principal, each.not_principal) if element]
    if not elements and not kinds:
        return Kind.SCP if denies else Kind.IDENTITY
    actions = [action for each in statements for action in (*(each.action or ()), *(each.not_action or ()))]
    services = {each.partition(":")[0].lower() for each in actions} - {"*"}
    anything = all(set(each.resource or ()) == {"*"} for each in statements)
    if not kinds and denies and anything and all(map(names_everyone, elements)) and services <= RCP_SERVICES:
        return Kind.RCP
    if services == {"sts"}:
        return Kind.TRUST
    return Kind.KEY if services == {"kms"} or (anything and not services) else Kind.RESOURCE


EVERYBODY = PrincipalElement(entries=(PrincipalEntry(kind="*", value="*"),))
"""The Principal that names everybody."""


def with_everything(document: PolicyDocument, kind: Kind) -> PolicyDocument:
    """Return a document with an Allow of everything at its end.

    A policy that only denies gives no access by itself, so it is compared beside one that allows everything: what
    stands beside an SCP of this kind is FullAWSAccess (E53).
    """
    statement = Statement(
        index=len(document.statements),
        effect=Effect.ALLOW,
        sid="everything",
        principal=EVERYBODY if kind.names_principals else None,
        action=("sts:*",) if kind is Kind.TRUST else ("*",),
        resource=None if kind is Kind.TRUST else ("*",),
    )
    return replace(document, statements=(*document.statements, statement))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who asks, on whose resource.

    Attributes:
        caller: The caller.
        owner: The account of the resource's owner.
        own: Whether policies of the caller's own allow it everything.
    """

    caller: Principal
    owner: str
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What a policy is attached to, where that is known: it decides about nothing else.

    Attributes:
        owner: The account of the resource, or of the role.
        resources: ARNs, or patterns of them, of what a policy of a resource stands on.
        caller: Who has an identity-based policy.
    """

    owner: str
    resources: tuple[str, ...] = ()
    caller: Principal | None = None


_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _document(**changes: Any) -> Document:
    return {"Version": "2012-10-17", "Statement": _EVERYTHING | changes}


def surrounded(kind: Kind, document: Document, world: World) -> PolicySet:
    """Return the policies of a request that ``document`` decides: all others allow what they can."""
    own = [_document()] if world.own and world.caller.kind in IDENTITIES else []
    session = own if world.caller.kind is PrincipalKind.FEDERATED_USER else None
    if kind.is_of_resource:
        return PolicySet(identity_based=own, resource_based=document, session=session)
    counterpart = _document(Principal={"AWS": world.caller.account} if world.caller.account else "*")
    if kind is Kind.IDENTITY:
        return PolicySet(identity_based=[document], resource_based=counterpart)
    if kind is Kind.BOUNDARY:
        return PolicySet(identity_based=own, resource_based=counterpart, permissions_boundary=document)
    if kind is Kind.SESSION:
        return PolicySet(identity_based=own, resource_based=counterpart, session=[document])
    if kind is Kind.SCP:
        return PolicySet(identity_based=own, resource_based=counterpart, service_control=[[document]])
    admitted = _document(Principal="*")
    if kind is Kind.ENDPOINT:
        return PolicySet(identity_based=own, resource_based=admitted, session=session, vpc_endpoint=document)
    return PolicySet(identity_based=own, resource_based=admitted, session=session, resource_control=[[document]])


class Surroundings:
    """The policies of requests that one document decides: read once for all callers to whom the same ones apply."""

    def __init__(self, kind: Kind, document: Document) -> None:
        """Keep a document; ``kind`` is what it is."""
        self._kind, self._document = kind, document
        self._sets: dict[object, PolicySet] = {}

    def decision(self, world: World, request: Request) -> Decision:
        """Return the decision on a request that is made in a world."""
        caller = world.caller
        account = None if self._kind.is_of_resource or self._kind is Kind.RCP else caller.account
        same = (world.own and caller.kind in IDENTITIES, caller.kind is PrincipalKind.FEDERATED_USER, account)
        if same not in self._sets:
            self._sets[same] = surrounded(self._kind, self._document, world)
        return self._sets[same].authorize(request)


_CALLS = {
    Kind.KEY: ("kms:Decrypt", "arn:{partition}:kms:us-east-1:{owner}:key/1"),
    Kind.TRUST: ("sts:TagSession", "arn:{partition}:iam::{owner}:role/role"),
}
"""An ordinary call for each kind, which every caller that the kind can name may make: no root user assumes roles."""


OWN, OTHER, _NOBODY = "111122223333", "888800002222", "000000000000"
"""A caller's account, another owner's, and one that no caller has."""

_TYPICAL = {
    PrincipalKind.USER: f"arn:aws:iam::{OWN}:user/somebody",
    PrincipalKind.ROOT: f"arn:aws:iam::{OWN}:root",
    PrincipalKind.ROLE_SESSION: f"arn:aws:sts::{OWN}:assumed-role/some-role/session",
    PrincipalKind.SERVICE: "s3.amazonaws.com",
    PrincipalKind.ANONYMOUS: "anonymous",
}


@cache
def _typical_caller(kind: PrincipalKind) -> Principal:
    return parse_principal(_TYPICAL[kind])


def typical(world: World) -> World:
    """Return a world to which the rules beside the policies apply as they do to this one."""
    caller = world.caller
    if caller.kind in _TYPICAL and not caller.is_service_linked_role:
        caller = _typical_caller(caller.kind)
    same = world.caller.account is None or world.caller.account == world.owner
    return World(caller=caller, owner=caller.account or OWN if same else OTHER, own=world.own)


def granted(kind: Kind, world: World, names: PrincipalMatch) -> bool:
    """Tell whether an Allow that names the caller in a capacity lets an ordinary request through; NONE: no Allow.

    The evaluator is asked, so no rule about accounts, delegation and callers' own policies stands here.
    """
    return _granted(kind, typical(world), names)


@lru_cache(maxsize=4096)
def _granted(kind: Kind, world: World, names: PrincipalMatch) -> bool:
    if not kind.is_of_resource:
        return kind is Kind.RCP or names is not PrincipalMatch.NONE
    action, resource = _CALLS.get(kind, ("s3:GetObject", "arn:{partition}:s3:::bucket/key"))
    caller = world.caller
    if kind is Kind.TRUST and caller.kind is PrincipalKind.IDENTITY_PROVIDER:
        action = f"sts:AssumeRoleWith{'SAML' if ':saml-provider/' in caller.arn else 'WebIdentity'}"
    element = {
        PrincipalMatch.DIRECT: "*",
        PrincipalMatch.PARENT: {"AWS": caller.role_arn or caller.user_arn or _NOBODY},
        PrincipalMatch.ACCOUNT: {"AWS": caller.account or _NOBODY},
        PrincipalMatch.NONE: {"AWS": _NOBODY},
    }[names]
    document = _document(Principal=element)
    if kind is Kind.TRUST:
        document = {"Statement": {"Effect": "Allow", "Action": "sts:*", "Principal": element}}
    asked = resource.format(partition=caller.partition or "aws", owner=world.owner)
    return allows(kind, document, world, action, asked)


def decides(kind: Kind, world: World, action: str, resource: str) -> bool:
    """Tell whether a policy of a kind can decide a call at all: neither always allowed nor always denied beside it."""
    return _decides(kind, typical(world), action, resource)


@lru_cache(maxsize=16_384)
def _decides(kind: Kind, world: World, action: str, resource: str) -> bool:
    sign_in = action.lower().startswith("sts:assumerolewith")
    if sign_in != (world.caller.kind is PrincipalKind.IDENTITY_PROVIDER) and action.lower().startswith("sts:"):
        return False
    everybody = {"Principal": "*"} if kind.names_principals else {}
    allowing, denying = (_document(Effect=effect, **everybody) for effect in ("Allow", "Deny"))
    return allows(kind, allowing, world, action, resource) and not allows(kind, denying, world, action, resource)


def allows(
    kind: Kind, document: Document, world: World, action: str, resource: str, context: Iterable[tuple[str, Any]] = ()
) -> bool:
    """Tell whether the evaluator allows a request that ``document`` decides."""
    request = request_of(world, action, resource, dict(context))
    return surrounded(kind, document, world).authorize(request).decision is EvalDecision.ALLOWED


def request_of(world: World, action: str, resource: str, context: dict[str, Any]) -> Request:
    """Return a request in a world."""
    return Request(
        principal=world.caller, action=action, resource=resource, resource_account=world.owner, context=context
    )


def own_policies_count(caller: Principal) -> bool:
    """Tell whether it makes a difference what a caller's own policies allow."""
    return caller.kind not in WITHOUT_POLICIES and caller.kind is not PrincipalKind.ROOT


def role_of(world: World) -> str:
    """Return the role whose trust policy is compared."""
    return role_arn(world.caller.partition or "aws", world.owner, "/", "the-role")
