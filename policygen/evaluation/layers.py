"""Every policy type asked once: which statements apply to the request, and how they name the caller.

Nothing is combined here. A policy type that AWS does not consult for this caller or resource says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policygen.document.model import Effect
from policygen.evaluation.decision import MatchedStatement, PolicyType
from policygen.evaluation.policies import Grant, NamedPolicy, PolicySet
from policygen.evaluation.services import kms, organizations, s3, sts
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.principals import PrincipalMatch
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

_IAM_PRINCIPALS = (PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
_GATEWAY_SERVICES = ("s3", "dynamodb")

Naming = Callable[[CompiledStatement], PrincipalMatch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One policy type (for SCPs and RCPs: one level of it) and what applies of it.

    Attributes:
        policy_type: The type.
        policies: Its policies.
        level: For SCPs and RCPs, the level from 0 (root); None otherwise.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Every policy type for one request; ``grants`` are the KMS grants that allow it."""

    identity: Layer
    resource: Layer
    boundary: Layer
    session: Layer
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
            self.session,
        )


def consult(policies: PolicySet, request: Request) -> Layers:
    """Ask every policy type; the request must have its default encryption settled."""
    return Layers(
        identity=_identity(policies, request),
        resource=_resource(policies, request),
        boundary=_boundary(policies, request),
        session=_session(policies, request),
        service_control=_service_control(policies, request),
        resource_control=_resource_control(policies, request),
        vpc_endpoint=_vpc_endpoint(policies, request),
        grants=tuple((index, grant) for index, grant in enumerate(policies.grants) if kms.grant_allows(grant, request)),
    )


def _ask(layer: Layer, request: Request, naming: Naming | None = None, *, is_trust_policy: bool = False) -> Layer:
    """Return ``layer`` with the statements that apply; ``naming`` says how they name the caller."""
    if not layer.consulted:
        return layer
    allows: list[Hit] = []
    denies: list[Hit] = []
    for statement in _statements(layer.policies):
        names = naming(statement) if naming else PrincipalMatch.DIRECT
        if names is PrincipalMatch.NONE or not statement.applies(request, is_trust_policy=is_trust_policy):
            continue
        hits = denies if statement.statement.effect is Effect.DENY else allows
        hits.append(Hit(policy_type=layer.policy_type, statement=statement, names=names))
    return Layer(
        policy_type=layer.policy_type,
        policies=layer.policies,
        level=layer.level,
        allows=tuple(allows),
        denies=tuple(denies),
    )


def _statements(policies: Iterable[NamedPolicy]) -> Iterable[CompiledStatement]:
    return (statement for policy in policies for statement in policy.statements)


def why_no_identity(request: Request) -> str | None:
    """Return why identity-based policies (and boundaries) take no part; None when they do.

    Fact: E35, E43, E45, E46
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
    """
    if request.principal.kind not in _IAM_PRINCIPALS:
        return f"a caller of this kind has none: {request.principal.kind.value}"
    if sts.is_federated_sign_in(request):
        return f"only the trust policy decides about {request.action}"
    return None


def _identity(policies: PolicySet, request: Request) -> Layer:
    layer = Layer(
        policy_type=PolicyType.IDENTITY_BASED,
        policies=policies.identity_based,
        not_consulted=why_no_identity(request),
    )
    return _ask(layer, request)


def _boundary(policies: PolicySet, request: Request) -> Layer:
    boundary = policies.permissions_boundary
    layer = Layer(
        policy_type=PolicyType.PERMISSIONS_BOUNDARY,
        policies=(boundary,) if boundary else (),
        given=boundary is not None,
        not_consulted=why_no_identity(request),
    )
    return _ask(layer, request)


def _session(policies: PolicySet, request: Request) -> Layer:
    kind = request.principal.kind
    why = None
    if kind not in (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER):
        why = f"a caller of this kind has none: {kind.value}"
    layer = Layer(
        policy_type=PolicyType.SESSION,
        policies=policies.session or (),
        given=policies.session is not None,
        not_consulted=why,
    )
    return _ask(layer, request)


def _resource(policies: PolicySet, request: Request) -> Layer:
    layer = Layer(
        policy_type=PolicyType.RESOURCE_BASED,
        policies=policies.resource_based,
        given=bool(policies.resource_based),
    )

    def naming(statement: CompiledStatement) -> PrincipalMatch:
        if names_through_boundary(statement, policies, request):
            return PrincipalMatch.DIRECT
        return statement.names(request)

    asked = _ask(layer, request, naming, is_trust_policy=sts.is_trust_request(request))
    if s3.root_keeps_bucket_policy(request):
        return Layer(policy_type=asked.policy_type, policies=asked.policies, given=asked.given, allows=asked.allows)
    return asked


def names_through_boundary(statement: CompiledStatement, policies: PolicySet, request: Request) -> bool:
    """Tell whether a Deny with NotPrincipal hits the caller because a permissions boundary is attached.

    Fact: E27
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    return (
        statement.denies
        and statement.statement.not_principal is not None
        and policies.permissions_boundary is not None
        and request.principal.kind in _IAM_PRINCIPALS
    )


def _service_control(policies: PolicySet, request: Request) -> tuple[Layer, ...]:
    why = organizations.why_no_scp(request, policies.settings)
    return tuple(
        _ask(
            Layer(policy_type=PolicyType.SERVICE_CONTROL, policies=level, level=number, not_consulted=why),
            request,
        )
        for number, level in enumerate(policies.service_control or ())
    )


def _resource_control(policies: PolicySet, request: Request) -> tuple[Layer, ...]:
    why = organizations.why_no_rcp(request, policies.settings)
    return tuple(
        _ask(
            Layer(policy_type=PolicyType.RESOURCE_CONTROL, policies=level, level=number, not_consulted=why),
            request,
            lambda statement: statement.names(request),
        )
        for number, level in enumerate(policies.resource_control or ())
    )


def _vpc_endpoint(policies: PolicySet, request: Request) -> Layer:
    endpoint = policies.vpc_endpoint
    layer = Layer(
        policy_type=PolicyType.VPC_ENDPOINT,
        policies=(endpoint,) if endpoint else (),
        given=endpoint is not None,
    )
    return _ask(layer, request, endpoint_naming(policies, request))


def endpoint_naming(policies: PolicySet, request: Request) -> Naming:
    """Return how an endpoint policy names the caller: in a gateway endpoint an account means its root user alone.

    Fact: E69, E70, E71
    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    usual = "gateway" if request.service in _GATEWAY_SERVICES else "interface"
    gateway = (policies.settings.vpc_endpoint_type or usual) == "gateway"

    def naming(statement: CompiledStatement) -> PrincipalMatch:
        names = statement.names(request)
        return PrincipalMatch.NONE if gateway and names is PrincipalMatch.ACCOUNT else names

    return naming
