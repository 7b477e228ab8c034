"""Every policy type asked once: which statements apply to the request, and how they name the caller.

Nothing is combined here. A policy type that AWS does not consult for this caller or resource says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from policygen.evaluation.policies import Grant, NamedPolicy, Policies
from policygen.evaluation.results.verdict import MatchedStatement, PolicyType
from policygen.evaluation.services import kms, organizations, s3, sts
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.principals import PrincipalMatch
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

_IAM_PRINCIPALS = (PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
_GATEWAY_SERVICES = ("s3", "dynamodb")

RESOURCE_IMPLIED = frozenset({"ecr", "ecr-public", "elasticfilesystem", "lambda"})
"""Services whose resource-based policies imply the resource that they are attached to (E281)."""

Naming = Callable[[CompiledStatement], PrincipalMatch]


class Hit(NamedTuple):
    """A statement that applies to the request, and how it names the caller (DIRECT where the type has no Principal)."""

    policy_type: PolicyType
    statement: CompiledStatement
    names: PrincipalMatch = PrincipalMatch.DIRECT

    def matched(self) -> MatchedStatement:
        """Return the statement as results show it."""
        written = self.statement.statement
        return MatchedStatement(
            policy_type=self.policy_type,
            policy=self.statement.policy,
            sid=written.sid,
            index=written.index,
            effect=written.effect,
        )


class Layer(NamedTuple):
    """One policy type (for SCPs and RCPs one level of it, for session policies one session) and what applies of it.

    Attributes:
        policy_type: The type.
        policies: Its policies.
        level: For SCPs and RCPs, the level from 0 (root); for a session of a session, its depth from 0; None otherwise.
        given: Whether the type is there at all: a boundary that is set, a session policy that was passed …
        not_consulted: Why AWS does not consult it here; None when it does.
        allows: The Allow statements that apply.
        denies: The Deny statements that apply.
    """

    policy_type: PolicyType
    policies: tuple[NamedPolicy, ...] = ()
    level: int | None = None
    given: bool = True
    not_consulted: str | None = None
    allows: tuple[Hit, ...] = ()
    denies: tuple[Hit, ...] = ()

    @property
    def consulted(self) -> bool:
        """Whether the type is there and takes part."""
        return self.given and self.not_consulted is None

    @property
    def limits(self) -> bool:
        """Whether it takes part and allows nothing: it closes every path that goes through it."""
        return self.consulted and not self.allows

    def statements(self) -> Iterator[CompiledStatement]:
        """Yield every statement of its policies."""
        return (statement for policy in self.policies for statement in policy.statements)


class Layers(NamedTuple):
    """Every policy type for one request; ``grants`` are the KMS grants that allow it."""

    identity: Layer
    resource: Layer
    boundary: Layer
    session: tuple[Layer, ...]
    service_control: tuple[Layer, ...]
    resource_control: tuple[Layer, ...]
    vpc_endpoint: Layer
    grants: tuple[tuple[int, Grant], ...]

    def all(self) -> tuple[Layer, ...]:
        """Return every layer in the order in which AWS describes its checks (E6)."""
        return (
            *self.resource_control,
            *self.service_control,
            self.vpc_endpoint,
            self.resource,
            self.identity,
            self.boundary,
            *self.session,
        )


def consulted(policies: Policies, request: Request) -> Layers:
    """Return every policy type, and whether AWS consults it; no statement is asked yet."""
    return _layers(policies, request, lambda layer: layer, grants=())


def _layers(
    policies: Policies, request: Request, ask: Callable[[Layer], Layer], *, grants: tuple[tuple[int, Grant], ...]
) -> Layers:
    why_no_identity = _why_no_identity(request)
    with_session = request.principal.kind in (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
    boundary, endpoint = policies.permissions_boundary, policies.vpc_endpoint
    why_no_scp = organizations.why_no_scp(request, policies.settings) if policies.service_control else None
    why_no_rcp = organizations.why_no_rcp(request, policies.settings) if policies.resource_control else None
    return Layers(
        identity=ask(_layer(PolicyType.IDENTITY_BASED, policies.identity_based, why_no_identity)),
        resource=ask(_layer(PolicyType.RESOURCE_BASED, policies.resource_based or None)),
        boundary=ask(_layer(PolicyType.PERMISSIONS_BOUNDARY, (boundary,) if boundary else None, why_no_identity)),
        session=_asked(ask, _sessions(policies.session, None if with_session else _has_none(request))),
        service_control=_asked(ask, _levels(PolicyType.SERVICE_CONTROL, policies.service_control, why_no_scp)),
        resource_control=_asked(ask, _levels(PolicyType.RESOURCE_CONTROL, policies.resource_control, why_no_rcp)),
        vpc_endpoint=ask(_layer(PolicyType.VPC_ENDPOINT, (endpoint,) if endpoint else None)),
        grants=grants,
    )


def _asked(ask: Callable[[Layer], Layer], layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    return tuple(map(ask, layers)) if layers else ()


def _layer(policy_type: PolicyType, policies: tuple[NamedPolicy, ...] | None, why_not: str | None = None) -> Layer:
    """Return a policy type that has one level; None stands for a type that is not there."""
    if policies is None and why_not is None:
        return _NOT_GIVEN[policy_type]
    given = policies is not None
    return Layer(policy_type=policy_type, policies=policies or (), given=given, not_consulted=why_not)


_NOT_GIVEN = {each: Layer(policy_type=each, given=False) for each in PolicyType}


def _sessions(sessions: tuple[tuple[NamedPolicy, ...], ...] | None, why_not: str | None) -> tuple[Layer, ...]:
    """Return the session policies of each session: a session of a session has what all of them allow.

    Fact: E30, N12
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
    """
    if sessions is None or len(sessions) == 1:
        return (_layer(PolicyType.SESSION, sessions[0] if sessions else None, why_not),)
    return _levels(PolicyType.SESSION, sessions, why_not)


def _levels(
    policy_type: PolicyType, levels: tuple[tuple[NamedPolicy, ...], ...] | None, why_not: str | None
) -> tuple[Layer, ...]:
    if not levels:
        return ()
    return tuple(
        [
            Layer(policy_type=policy_type, policies=level, level=number, not_consulted=why_not)
            for number, level in enumerate(levels)
        ]
    )


def _why_no_identity(request: Request) -> str | None:
    """Return why identity-based policies (and boundaries) take no part; None when they do.

    Fact: E35, E43, E45, E46
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
    """
    if request.principal.kind not in _IAM_PRINCIPALS:
        return _has_none(request)
    if sts.is_federated_sign_in(request):
        return f"only the trust policy decides about {request.action}"
    return None


def _has_none(request: Request) -> str:
    return f"a caller of this kind has none: {request.principal.kind.value}"


def consult(policies: Policies, request: Request) -> Layers:
    """Ask every policy type; the request must have its default encryption settled."""
    grants = _allowing(policies, request)
    return _layers(policies, request, lambda layer: _ask(layer, policies, request), grants=grants)


def answered(layers: Layers, policies: Policies, request: Request, hits: Mapping[int, Sequence[Hit]]) -> Layers:
    """Return policy types with the statements that apply.

    Args:
        layers: The policy types.
        policies: The policies that they are of.
        request: The request, its default encryption settled.
        hits: The statements that apply, in the order of the policies, by what ``id`` says of the policy type; of those
            alone that AWS consults.
    """

    def told(layer: Layer) -> Layer:
        found = hits.get(id(layer))
        return _with_hits(layer, found, request) if found else layer

    return Layers(
        identity=told(layers.identity),
        resource=told(layers.resource),
        boundary=told(layers.boundary),
        session=_asked(told, layers.session),
        service_control=_asked(told, layers.service_control),
        resource_control=_asked(told, layers.resource_control),
        vpc_endpoint=told(layers.vpc_endpoint),
        grants=_allowing(policies, request),
    )


def _allowing(policies: Policies, request: Request) -> tuple[tuple[int, Grant], ...]:
    return tuple([each for each in enumerate(policies.grants) if kms.grant_allows(each[1], request)])


def _ask(layer: Layer, policies: Policies, request: Request) -> Layer:
    """Return ``layer`` with the statements that apply."""
    if not layer.consulted or not layer.policies:
        return layer
    action = request.action.lower()
    concerning = [statement for policy in layer.policies for statement in policy.concerning(action).statements]
    if not concerning:
        return layer
    naming = naming_of(layer.policy_type, policies, request)
    implied = implies_resource(layer.policy_type, request)
    hits = []
    for statement in concerning:
        names = naming(statement)
        if names is not PrincipalMatch.NONE and statement.meets(request, implies_resource=implied):
            hits.append(Hit(layer.policy_type, statement, names))
    return _with_hits(layer, hits, request) if hits else layer


def _with_hits(layer: Layer, hits: Sequence[Hit], request: Request) -> Layer:
    denies = tuple([each for each in hits if each.statement.denies])
    allows = tuple([each for each in hits if not each.statement.denies])
    if denies and layer.policy_type is PolicyType.RESOURCE_BASED and s3.root_keeps_bucket_policy(request):
        denies = ()
    return layer._replace(allows=allows, denies=denies)


def has_principal(policy_type: PolicyType) -> bool:
    """Tell whether the statements of a policy type have a Principal element."""
    return policy_type in (PolicyType.RESOURCE_BASED, PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT)


def implies_resource(policy_type: PolicyType, request: Request) -> bool:
    """Tell whether a statement without Resource means the resource that its policy is attached to.

    It does in trust policies, and in the policies of services whose examples write none.

    Fact: E78, E281
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    """
    if policy_type is not PolicyType.RESOURCE_BASED:
        return False
    return request.service in RESOURCE_IMPLIED or sts.is_trust_request(request)


def naming_of(policy_type: PolicyType, policies: Policies, request: Request) -> Naming:
    """Return how the statements of a policy type name the caller; DIRECT where the type has no Principal element.

    In the policy of a gateway endpoint an account means its root user alone. A Deny with NotPrincipal in the resource's
    policy hits everybody who has a permissions boundary.

    Fact: E27, E69, E70, E71
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    if not has_principal(policy_type):
        return lambda _statement: PrincipalMatch.DIRECT
    caller = request.principal
    if policy_type is PolicyType.VPC_ENDPOINT and _is_gateway(policies, request):

        def in_gateway(statement: CompiledStatement) -> PrincipalMatch:
            names = statement.names(caller)
            return PrincipalMatch.NONE if names is PrincipalMatch.ACCOUNT else names

        return in_gateway
    if policy_type is PolicyType.RESOURCE_BASED and policies.permissions_boundary and caller.kind in _IAM_PRINCIPALS:

        def with_boundary(statement: CompiledStatement) -> PrincipalMatch:
            hit = statement.denies and statement.statement.not_principal is not None
            return PrincipalMatch.DIRECT if hit else statement.names(caller)

        return with_boundary
    return lambda statement: statement.names(caller)


def _is_gateway(policies: Policies, request: Request) -> bool:
    usual = "gateway" if request.service in _GATEWAY_SERVICES else "interface"
    return (policies.settings.vpc_endpoint_type or usual) == "gateway"
