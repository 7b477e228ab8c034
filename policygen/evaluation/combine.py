"""Combining the policy types into one decision.

The order is AWS's: an explicit deny anywhere; then the policy types that only limit (RCPs, SCPs, VPC endpoint
policy); then the ways in which a right can come: from the resource's policy, from the caller's policies, from a
KMS grant, by being the owner's root user.

Fact: E2, E3, E6, E9, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E23, E25, E30, E31, E36, E37, E38, E41,
    E52, E53, E54, E61, E67, E72, E73, E79, E80, E81, E82, E83, E84, E87, E92, E99, E100
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from typing import NamedTuple

from policygen.document.model import Effect
from policygen.evaluation.layers import Hit, Layer, Layers
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import EvalDecision, MatchedStatement, PolicyType, Verdict
from policygen.evaluation.services import kms, s3, sts
from policygen.matching.principals import WITHOUT_POLICIES, PrincipalMatch
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

_NAMES = {
    PolicyType.IDENTITY_BASED: "identity-based policy",
    PolicyType.RESOURCE_BASED: "resource-based policy",
    PolicyType.PERMISSIONS_BOUNDARY: "permissions boundary",
    PolicyType.SESSION: "session policy",
    PolicyType.SERVICE_CONTROL: "service control policy",
    PolicyType.RESOURCE_CONTROL: "resource control policy",
    PolicyType.VPC_ENDPOINT: "VPC endpoint policy",
    PolicyType.GRANT: "grant",
}


def policy_type_name(policy_type: PolicyType, request: Request) -> str:
    """Return what AWS calls a policy of this type in its messages (E115); a role's own policy is its trust policy."""
    if policy_type is PolicyType.RESOURCE_BASED and sts.is_trust_request(request):
        return "role trust policy"
    if policy_type is PolicyType.RESOURCE_BASED and kms.is_key_request(request):
        return "key policy"
    return _NAMES[policy_type]


def combine(policies: Policies, request: Request, layers: Layers) -> Verdict:
    """Return the decision on ``request``."""
    if sts.needs_no_permission(request):
        return _allowed((), f"{request.action} needs no permission")
    denies = tuple([hit for layer in layers.all() for hit in layer.denies])
    if denies:
        return _explicit_deny(denies, request)
    return _closed_gate(policies, request, layers) or _Rights(policies, request, layers).verdict()


def _allowed(matched: tuple[MatchedStatement, ...], because: str) -> Verdict:
    return Verdict(decision=EvalDecision.ALLOWED, matched=matched, because=because)


def _denied(because: str, *blocked_by: PolicyType, remedy: str | None = None) -> Verdict:
    return Verdict(decision=EvalDecision.IMPLICIT_DENY, because=because, blocked_by=blocked_by, remedy=remedy)


def _explicit_deny(denies: tuple[Hit, ...], request: Request) -> Verdict:
    first = denies[0]
    kind = policy_type_name(first.policy_type, request)
    article = "an" if kind[0] in "aeiou" else "a"
    because = f"explicit deny in {article} {kind}: `{first.statement.statement.label}` of {first.statement.policy}"
    return Verdict(decision=EvalDecision.EXPLICIT_DENY, matched=tuple(hit.matched() for hit in denies), because=because)


def _no_policy_allows(policy_type: PolicyType, request: Request) -> str:
    return f"no {policy_type_name(policy_type, request)} allows {request.action}"


def _closed_gate(policies: Policies, request: Request, layers: Layers) -> Verdict | None:
    """Return the denial by a rule or policy type that limits everything; None when all are open (E23, E52, E69)."""
    never = sts.why_not_callable(request) or kms.why_not_callable(request)
    if never is not None:
        return _denied(
            never, remedy=f"call {request.action} with other credentials: no policy can allow it to this caller"
        )
    instead = s3.called_instead(request, policies.settings)
    if instead is not None:
        return _denied("ABAC is on for the bucket: S3 then changes its tags by other calls", remedy=f"call {instead}")
    partition = request.arn.partition if request.arn else ""
    own = request.principal.partition
    if own and partition and own != partition:
        because = f"a principal of partition `{own}` has no access to resources of partition `{partition}`"
        return _denied(because, remedy=f"call it as a principal of partition `{partition}`")
    for layer in layers.service_control:
        if layer.limits:
            return _denied(
                f"no service control policy of level {layer.level} allows {request.action}", PolicyType.SERVICE_CONTROL
            )
    if layers.vpc_endpoint.limits:
        return _denied(_no_policy_allows(PolicyType.VPC_ENDPOINT, request), PolicyType.VPC_ENDPOINT)
    return None


class Ways(NamedTuple):
    """The ways in which a right can come, once nothing denies and no gate is closed.

    Attributes:
        same_account: Whether the caller's own policies are enough: it is of the account of the resource.
        by_policy_only: Whether the resource's policy must allow within its account, too: keys, and roles to be assumed.
        restricted: Whether RestrictPublicBuckets keeps the resource's policy from counting.
        direct: The Allows of the resource's policy that name this very caller.
        parent: Those that name its role, or the user who federated it.
        account: Those that name its account.
    """

    same_account: bool
    by_policy_only: bool
    restricted: bool
    direct: tuple[Hit, ...]
    parent: tuple[Hit, ...]
    account: tuple[Hit, ...]


def ways_of(policies: Policies, request: Request, layers: Layers) -> Ways:
    """Return the ways in which a right to a request can come."""
    caller = request.principal
    of_owner = caller.account is not None and caller.account == request.resource_account
    restricted = s3.public_access_is_restricted(request, policies.resource_based, policies.settings)
    allows = () if restricted else layers.resource.allows
    return Ways(
        same_account=of_owner or sts.needs_no_resource_policy(request),
        by_policy_only=kms.is_key_request(request) or sts.is_trust_request(request),
        restricted=restricted,
        direct=_naming(PrincipalMatch.DIRECT, allows),
        parent=_naming(PrincipalMatch.PARENT, allows),
        account=_naming(PrincipalMatch.ACCOUNT, allows),
    )


def _naming(names: PrincipalMatch, allows: tuple[Hit, ...]) -> tuple[Hit, ...]:
    return tuple([hit for hit in allows if hit.names is names]) if allows else ()


class _Rights:
    """Asks one way after the other."""

    def __init__(self, policies: Policies, request: Request, layers: Layers) -> None:
        self.request = request
        self.layers = layers
        self.caller = request.principal
        self.restricted_above = policies.settings.public_access_restricted_above
        self.ways = ways_of(policies, request, layers)
        self.limiting = self.found_limiting()

    def verdict(self) -> Verdict:
        if self.layers.grants:
            return self.by_grant()
        if self.caller.kind in WITHOUT_POLICIES:
            return self.by_resource_policy_alone()
        if self.ways.same_account:
            return self.in_one_account()
        return self.across_accounts()

    def by_grant(self) -> Verdict:
        """A grant allows without any policy, in another account too (E87, E88, E92).

        Unspecified: whether a boundary or session policy without an Allow limits a grant (E93, E269); here it does not.
        """
        return _allowed(matched_grants(self.layers), f"a grant on the key allows {self.request.action}")

    def by_resource_policy_alone(self) -> Verdict:
        """Callers without an account, or whose policies do not count: the resource's policy must name them."""
        if s3.needs_owner_account(self.request):
            return self.denied_outside_owner()
        if self.ways.direct:
            return _allowed(_matched(self.ways.direct), self.named_by_resource_policy())
        return self.denied_by_resource_policy()

    def denied_outside_owner(self) -> Verdict:
        because = f"{self.request.action} works in the bucket owner's account only"
        return _denied(because, remedy=self.call_as_owner())

    def call_as_owner(self) -> str:
        return f"call it as a principal of account {self.request.resource_account}"

    def denied_by_resource_policy(self) -> Verdict:
        if self.ways.restricted and self.layers.resource.allows:
            because = "RestrictPublicBuckets: the bucket policy is public, so it serves the owner's account only"
            public = ", ".join(f"`{label}`" for label in s3.public_statements(self.layers.resource.policies))
            above = f" of the {self.restricted_above}" if self.restricted_above else ""
            off = f"turn the setting{above} off"
            return _denied(because, remedy=f"limit what is public to fixed values ({public}), or {off}")
        return _denied(_no_policy_allows(PolicyType.RESOURCE_BASED, self.request), PolicyType.RESOURCE_BASED)

    def named_by_resource_policy(self) -> str:
        return f"the {policy_type_name(PolicyType.RESOURCE_BASED, self.request)} allows it to the caller"

    def in_one_account(self) -> Verdict:
        if self.ways.direct:
            granting = self.ways.direct + self.open_parent() + self.open_identity()
            return _allowed(_matched(granting), self.named_by_resource_policy())
        if self.caller.kind is PrincipalKind.ROOT:
            if self.ways.by_policy_only:
                return self.denied_by_resource_policy()
            return _allowed((), "the root user has access to the resources of its account")  # but keys, roles: E1, E79
        granting = self.open_parent() + self.open_identity()
        if granting:
            return _allowed(_matched(granting), self.why_allowed(granting))
        return self.why_denied_in_one_account()

    def open_parent(self) -> tuple[Hit, ...]:
        """Grants to the caller's role or federating user: boundary and session policy limit them (E16, E20)."""
        return () if self.limiting else self.ways.parent

    def open_identity(self) -> tuple[Hit, ...]:
        """What the caller's own policies allow, as far as nothing limits it; with the delegation it rests on."""
        if not self.layers.identity.allows or self.limiting:
            return ()
        if self.ways.by_policy_only:
            return (*self.layers.identity.allows, *self.ways.account) if self.ways.account else ()
        return self.layers.identity.allows

    def found_limiting(self) -> tuple[Layer, ...]:
        """Return the boundary and session policies that allow nothing here.

        A federated user without a session policy has no rights of its own (E31).
        """
        found = [layer for layer in (self.layers.boundary, *self.layers.session) if layer.limits]
        if self.caller.kind is PrincipalKind.FEDERATED_USER:
            found += [layer for layer in self.layers.session if not layer.given]
        return tuple(found)

    def why_allowed(self, granting: tuple[Hit, ...]) -> str:
        types = dict.fromkeys(policy_type_name(hit.policy_type, self.request) for hit in granting)
        verb = "allows" if len(types) == 1 else "allow"
        return f"the {' and the '.join(types)} {verb} {self.request.action}"

    def why_denied_in_one_account(self) -> Verdict:
        if self.limiting and (self.ways.parent or self.layers.identity.allows):
            return self.denied_by_limit(self.limiting[0])
        if self.ways.by_policy_only and self.layers.identity.allows:
            because = f"{_no_policy_allows(PolicyType.RESOURCE_BASED, self.request)} to the caller or its account"
            return _denied(because, PolicyType.RESOURCE_BASED)
        if self.ways.by_policy_only and not self.ways.account:
            return _denied(
                _no_policy_allows(PolicyType.RESOURCE_BASED, self.request),
                PolicyType.RESOURCE_BASED,
                PolicyType.IDENTITY_BASED,
            )
        blocked = (PolicyType.IDENTITY_BASED, PolicyType.RESOURCE_BASED)
        return _denied(_no_policy_allows(PolicyType.IDENTITY_BASED, self.request), *blocked)

    def denied_by_limit(self, layer: Layer) -> Verdict:
        if not layer.given:
            because = "a federated user without a session policy has no permissions of its own"
        else:
            of_level = "" if layer.level is None else f" of level {layer.level}"
            kind = policy_type_name(layer.policy_type, self.request)
            because = f"the {kind}{of_level} does not allow {self.request.action}"
        return _denied(because, layer.policy_type)

    def across_accounts(self) -> Verdict:
        """Both accounts must allow: the resource's policy, and the caller's own policies (E36 to E40, E73, E83)."""
        granting = self.ways.direct + self.ways.parent + self.ways.account
        if kms.is_key_request(self.request) and self.request.action.lower() not in kms.CROSS_ACCOUNT:
            because = f"{self.request.action} does not work on a key of another account"
            return _denied(because, remedy=self.call_as_owner())
        if s3.needs_owner_account(self.request):
            return self.denied_outside_owner()
        if not granting:
            return self.denied_by_resource_policy()
        if self.caller.kind is PrincipalKind.ROOT:
            return _allowed(_matched(granting), self.named_by_resource_policy())
        if not self.layers.identity.allows:
            because = _no_policy_allows(PolicyType.IDENTITY_BASED, self.request)
            return _denied(f"{because} in the caller's account", PolicyType.IDENTITY_BASED)
        if self.limiting:
            return self.denied_by_limit(self.limiting[0])
        hits = (*granting, *self.layers.identity.allows)
        return _allowed(_matched(hits), self.why_allowed(hits))


def matched_grants(layers: Layers) -> tuple[MatchedStatement, ...]:
    """Return the grants that allow the request, as statements."""
    return tuple(
        MatchedStatement(policy_type=PolicyType.GRANT, policy=grant.name, sid=None, index=index, effect=Effect.ALLOW)
        for index, grant in layers.grants
    )


def _matched(hits: tuple[Hit, ...]) -> tuple[MatchedStatement, ...]:
    return tuple([hit.matched() for hit in hits])
