"""What lets a request through where several policies decide: which of them must allow it, and whose Deny counts.

The evaluator is asked with policies of every kind that allow, and with some of them silent. So no rule about accounts,
boundaries, sessions, levels, keys or public access stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache
from itertools import combinations
from typing import NamedTuple

from policygen.aws.arns import parse_arn
from policygen.document.parse import parse_policy
from policygen.evaluation.combine import combine
from policygen.evaluation.layers import RESOURCE_IMPLIED, Hit, Layer, Layers, consult, consulted
from policygen.evaluation.policies import Grant, NamedPolicy, Policies, Settings, compiled
from policygen.evaluation.public_access import is_public_policy
from policygen.evaluation.results.verdict import EvalDecision, PolicyType
from policygen.evaluation.services import kms, organizations, s3, sts
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.principals import PrincipalMatch
from policygen.proofs.kinds import World
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

Slot = tuple[PolicyType, int | None]
"""A policy type, and of SCPs and RCPs the level."""

GIVING = (PolicyType.IDENTITY_BASED, PolicyType.RESOURCE_BASED)
"""Policy types that give rights, as grants do; all others limit them."""

_CAPACITIES = (PrincipalMatch.DIRECT, PrincipalMatch.PARENT, PrincipalMatch.ACCOUNT)


class Need(NamedTuple):
    """An Allow that is needed: of a policy type, and level; of the resource's policy, naming the caller so."""

    slot: Slot
    names: PrincipalMatch = PrincipalMatch.DIRECT


class Gates(NamedTuple):
    """What lets some requests through.

    Attributes:
        ways: Sets of Allows; each of the sets is enough, and none holds another one. None at all: always denied.
        denying: The policies whose Deny denies.
    """

    ways: tuple[frozenset[Need], ...]
    denying: frozenset[Slot]


def needs_of(layer: Layer) -> Iterator[Need]:
    """Yield the Allows that a policy type can give."""
    slot = (layer.policy_type, layer.level)
    capacities = _CAPACITIES if layer.policy_type is PolicyType.RESOURCE_BASED else _CAPACITIES[:1]
    return (Need(slot, each) for each in capacities)


GRANTED = Need((PolicyType.GRANT, None))
"""That a grant on the key allows it."""


@cache
def _saying(effect: str) -> NamedPolicy:
    statement = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"}
    return compiled(parse_policy({"Statement": statement}), effect)


class Shape(NamedTuple):
    """What of policies tells which gates there are: which types are there, how many levels, and settings.

    Attributes:
        boundary: Whether there is a permissions boundary.
        session: How many sessions have policies of their own; None where no session policy was passed.
        endpoint: Whether the request goes through a VPC endpoint.
        service_control: How many levels of SCPs there are; None for no organization.
        resource_control: How many levels of RCPs.
        restricted: Whether RestrictPublicBuckets is on and the resource's policy is public.
        abac: Whether attribute-based access control is on for the bucket.
        management_account: The organization's management account.
    """

    boundary: bool
    session: int | None
    endpoint: bool
    service_control: int | None
    resource_control: int | None
    restricted: bool
    abac: bool
    management_account: str | None

    @classmethod
    def of(cls, policies: Policies) -> Shape:
        """Return the shape of policies."""
        settings, levels = policies.settings, (policies.service_control, policies.resource_control)
        restricts = settings.block_public_access.get("RestrictPublicBuckets", False)
        service, resource = (None if each is None else len(each) for each in levels)
        return cls(
            boundary=policies.permissions_boundary is not None,
            session=None if policies.session is None else len(policies.session),
            endpoint=policies.vpc_endpoint is not None,
            service_control=service,
            resource_control=resource,
            restricted=restricts and any(is_public_policy(each.document) for each in policies.resource_based),
            abac=settings.abac,
            management_account=settings.management_account,
        )

    def policies(self) -> Policies:
        """Return policies of this shape that deny everything; save a public one, which allows it."""
        denies = _saying("Deny")
        service, resource = (
            None if each is None else ((denies,),) * each for each in (self.service_control, self.resource_control)
        )
        return Policies(
            identity_based=(denies,),
            resource_based=(_saying("Allow") if self.restricted else denies,),
            permissions_boundary=denies if self.boundary else None,
            session=None if self.session is None else ((denies,),) * self.session,
            service_control=service,
            resource_control=resource,
            vpc_endpoint=denies if self.endpoint else None,
            settings=Settings(
                block_public_access={"RestrictPublicBuckets": self.restricted},
                management_account=self.management_account,
                abac=self.abac,
            ),
        )


_KNOWN: dict[tuple[Shape, object], Gates] = {}
_MOST_KNOWN = 100_000


def gates_of(shape: Shape, alike: object, request: Callable[[], Request]) -> Gates:
    """Return what lets some requests through, whatever the statements of policies of a shape say.

    Args:
        shape: The shape.
        alike: What the requests have in common, as :func:`like` says it.
        request: Makes one of them.
    """
    key = shape, alike
    if key not in _KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _gates(shape.policies(), request())
    return _KNOWN[key]


def _gates(policies: Policies, request: Request) -> Gates:
    layers = consulted(policies, request)
    asked = [need for layer in layers.all() if layer.consulted for need in needs_of(layer)]
    asked += [GRANTED] if request.service == "kms" else []
    opened = _Opened(layers)

    def allowed(some: Collection[Need]) -> bool:
        return combine(policies, request, opened.by(some)).decision is EvalDecision.ALLOWED

    denying = consult(policies.mapped(lambda _: _saying("Deny")), request)
    if combine(policies, request, denying).decision is EvalDecision.ALLOWED:  # it needs no permission
        return Gates((frozenset(),), frozenset())
    found = frozenset((layer.policy_type, layer.level) for layer in denying.all() if layer.denies)
    return Gates(tuple(_least(allowed, asked)), found)


def _least(allowed: Callable[[Collection[Need]], bool], needs: list[Need]) -> Iterator[frozenset[Need]]:
    """Yield the least sets of Allows that are enough; more of them never harm."""
    if not allowed(needs):
        return
    always = [each for each in needs if not allowed([other for other in needs if other is not each])]
    others = [each for each in needs if each not in always]
    found: list[frozenset[Need]] = []
    for size in range(len(others) + 1):
        for some in combinations(others, size):
            one = frozenset((*always, *some))
            if not any(each <= one for each in found) and allowed(one):
                found.append(one)
                yield one


class _Opened:
    """Policy types of which some allow, and nothing else of them applies."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._known: dict[tuple[Slot, frozenset[PrincipalMatch]], Layer] = {}

    def by(self, some: Collection[Need]) -> Layers:
        """Return the policy types with the Allows of some needs."""
        layers = self._layers
        capacities: dict[Slot, set[PrincipalMatch]] = {}
        for slot, names in some:
            capacities.setdefault(slot, set()).add(names)

        def opened(layer: Layer) -> Layer:
            names = capacities.get((layer.policy_type, layer.level))
            return layer if names is None else self._allowing(layer, frozenset(names))

        return Layers(
            identity=opened(layers.identity),
            resource=opened(layers.resource),
            boundary=opened(layers.boundary),
            session=tuple(map(opened, layers.session)),
            service_control=tuple(map(opened, layers.service_control)),
            resource_control=layers.resource_control,
            vpc_endpoint=opened(layers.vpc_endpoint),
            grants=((0, Grant(grantee="", operations=())),) if GRANTED in some else (),
        )

    def _allowing(self, layer: Layer, names: frozenset[PrincipalMatch]) -> Layer:
        key = (layer.policy_type, layer.level), names
        if key not in self._known:
            statement = _saying("Allow").statements[0]
            hits = tuple(Hit(policy_type=layer.policy_type, statement=statement, names=each) for each in names)
            self._known[key] = layer._replace(allows=hits)
        return self._known[key]


def call_like(action: str) -> str:
    """Return what an action has in common with those that are judged as it is, in the words of one of them."""
    service = action.partition(":")[0]
    for alike in (kms.WITHOUT_KEY, kms.ALIAS_ACTIONS, kms.CROSS_ACCOUNT - {"kms:retiregrant"}, s3.OF_BUCKET_POLICIES):
        if action in alike:
            return min(alike)
    if action in (*s3.TAGGED_UNDER_ABAC, *sts.WITH_RULES_OF_THEIR_OWN, "kms:retiregrant"):
        return action
    if service in ("iam", "kms", "s3", "sts"):
        return service
    rules = (organizations.RCP_SERVICES, organizations.OUTSIDE_SCP, RESOURCE_IMPLIED)
    return " ".join(str(service in each) for each in rules)


def caller_like(world: World, managing: Collection[str | None]) -> tuple[object, ...]:
    """Return what a caller and owner have in common with those that are judged as they are."""
    caller = world.caller
    name = caller.arn if caller.kind is PrincipalKind.IDENTITY_PROVIDER else ""
    same = caller.account is not None and caller.account == world.owner
    managed = [each in managing for each in (caller.account, world.owner)]
    return caller.partition, caller.kind, caller.is_service_linked_role, name, same, *managed


_KINDS_OF_RESOURCES = {
    "iam:role/aws-service-role/": "sts",
    "iam:role/": "sts",
    "kms:alias/aws/": "kms",
    "kms:alias/": "kms",
}
"""Resources to which rules of their own apply when they are asked of a service."""


TOLD_APART = tuple(
    f"arn:*:{service}:*:*:{rest}*" for service, _, rest in (k.partition(":") for k in _KINDS_OF_RESOURCES)
)
"""Patterns of these resources."""


def resource_like(resource: str) -> tuple[str, str]:
    """Return what a resource has in common with those that are judged as it is: its partition, and its kind."""
    arn = parse_arn(resource)
    if arn is None:
        return "", resource
    kind = f"{arn.service}:{arn.resource}"
    return arn.partition, next((each for each in _KINDS_OF_RESOURCES if kind.startswith(each)), "")


def like(caller: tuple[object, ...], call: str, resource: tuple[str, str]) -> object:
    """Return what requests have in common that are judged alike, from what their parts have."""
    home, *rest = caller
    partition, kind = resource
    known = kind if _KINDS_OF_RESOURCES.get(kind, call) == call.partition(":")[0] or kind == "*" else ""
    return not home or not partition or home == partition, *rest, call, known


def policies_of(policies: Policies) -> dict[Slot, tuple[NamedPolicy, ...]]:
    """Return the policies of every policy type, and level, that is there."""
    single = (policies.permissions_boundary, policies.vpc_endpoint)
    boundary, endpoint = (None if each is None else (each,) for each in single)
    given: dict[Slot, tuple[NamedPolicy, ...] | None] = {
        (PolicyType.IDENTITY_BASED, None): policies.identity_based,
        (PolicyType.RESOURCE_BASED, None): policies.resource_based,
        (PolicyType.PERMISSIONS_BOUNDARY, None): boundary,
        (PolicyType.VPC_ENDPOINT, None): endpoint,
    }
    sessions = policies.session or ()
    given |= {(PolicyType.SESSION, at if len(sessions) > 1 else None): each for at, each in enumerate(sessions)}
    given |= {(PolicyType.SERVICE_CONTROL, at): level for at, level in enumerate(policies.service_control or ())}
    given |= {(PolicyType.RESOURCE_CONTROL, at): level for at, level in enumerate(policies.resource_control or ())}
    return {slot: found for slot, found in given.items() if found is not None}


def statements_of(policies: Policies) -> dict[Slot, tuple[CompiledStatement, ...]]:
    """Return the statements of every policy type, and level, that is there."""
    found = policies_of(policies).items()
    return {slot: tuple(each for policy in given for each in policy.statements) for slot, given in found}
