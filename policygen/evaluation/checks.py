"""The checks that AWS tells of a denied call, worked out for any request: what each policy type comes to by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policygen.evaluation.combine import Ways, combine, matched_grants, ways_of
from policygen.evaluation.layers import Hit, Layer, Layers, consult
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.checks import CHECKS, Check, Checked, CheckEffect, CheckType
from policygen.evaluation.results.verdict import EvalDecision, MatchedStatement, PolicyType, Verdict
from policygen.evaluation.services import s3
from policygen.matching.principals import WITHOUT_POLICIES
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind


def checks_of(policies: Policies, request: Request, *, owner_apart: bool = False) -> Checked:
    """Return every check of a completed request, and the verdict on its own action, without further ones.

    Args:
        policies: The policies that count for it.
        request: The request, with what is known about its principal and resource.
        owner_apart: Whether the policies of the resource's owner have a check of their own even where the owner need
            not allow the request separately, as it must across accounts and for KMS keys.

    Unspecified: where the owner has no check, an Allow or Deny of the resource's policy stands in the principal's, and
    where no policy could allow a call, the check that denies it is that of the principal in one account, and of the
    resource across accounts. Session policies of a session of a session make one check.

    Fact: N15, E6
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    request = s3.with_default_encryption(request, policies.settings)
    layers = consult(policies, request)
    verdict = combine(policies, request, layers)
    asked = _Checks(request, layers, ways_of(policies, request, layers))
    found = tuple(asked.all(owner_apart=owner_apart or asked.has_own_check()))
    return Checked(verdict=verdict, checks=_fitting(found, verdict, same_account=asked.ways.same_account))


class _Checks:
    """Asks each policy type what it comes to."""

    def __init__(self, request: Request, layers: Layers, ways: Ways) -> None:
        self.request = request
        self.layers = layers
        self.ways = ways
        self.granted = matched_grants(layers)
        self.has_principal = layers.identity.not_consulted is None

    def has_own_check(self) -> bool:
        """Tell whether the owner of the resource has a check: it must allow too, or there is nobody else who could."""
        ways = self.ways
        there = self.request.arn is not None or bool(self.layers.resource.policies)
        return there and (ways.by_policy_only or not ways.same_account or not self.has_principal)

    def all(self, *, owner_apart: bool) -> Iterator[Check]:
        yield from map(_gate, (each for each in self.layers.resource_control if each.consulted))
        yield from map(_gate, (each for each in self.layers.service_control if each.consulted))
        if self.layers.vpc_endpoint.consulted:
            yield _gate(self.layers.vpc_endpoint)
        if owner_apart:
            yield self.of_owner()
        if self.has_principal:
            yield self.of_principal(owner_apart=owner_apart)
        if self.layers.boundary.consulted:
            yield self.of_limit(CheckType.BOUNDARY, (self.layers.boundary,))
        sessions = self.layers.session
        if any(each.consulted for each in sessions) or self.without_session_policy():
            yield self.of_limit(CheckType.SESSION, sessions)

    def without_session_policy(self) -> bool:
        """Tell whether the caller is a federated user without a session policy, who has no rights of its own (E31)."""
        federated = self.request.principal.kind is PrincipalKind.FEDERATED_USER
        return federated and not any(each.given for each in self.layers.session)

    def owner_allows(self) -> bool:
        """Tell whether the resource's policy, or a grant, gives the caller or its account the right."""
        ways = self.ways
        if self.granted or ways.direct or self.request.principal.kind in WITHOUT_POLICIES:
            return bool(self.granted or ways.direct)
        return bool(ways.parent or ways.account)

    def of_owner(self) -> Check:
        layer = self.layers.resource
        needed = self.ways.by_policy_only or not self.ways.same_account or not self.layers.identity.allows
        effect = _effect(layer.denies, self.owner_allows())
        if effect is CheckEffect.IMPLICIT_DENY and not needed:
            effect = CheckEffect.NO_IMPACT
        return Check(type=CheckType.RESOURCE, effect=effect, matched=(*_matched(layer), *self.granted))

    def of_principal(self, *, owner_apart: bool) -> Check:
        """The caller's own policies; with those of the resource where they stand on one footing."""
        own, resource = self.layers.identity, self.layers.resource
        given = bool(self.granted) or (self.ways.same_account and bool(self.ways.direct or self.ways.parent))
        if owner_apart:
            effect, matched = _effect(own.denies, bool(own.allows)), _matched(own)
            if effect is CheckEffect.IMPLICIT_DENY and given:
                effect = CheckEffect.NO_IMPACT
        else:
            effect = _effect((*own.denies, *resource.denies), bool(own.allows) or given)
            matched = (*_matched(own), *_matched(resource))
        return Check(type=CheckType.PRINCIPAL, effect=effect, matched=matched)

    def of_limit(self, kind: CheckType, layers: tuple[Layer, ...]) -> Check:
        """A boundary or session policies: they do not limit what the resource's policy gives to this very caller."""
        denies = [hit for layer in layers for hit in layer.denies]
        allows = all(layer.allows for layer in layers)
        effect = _effect(denies, allows)
        around = bool(self.granted) or (self.ways.same_account and bool(self.ways.direct))
        if effect is CheckEffect.IMPLICIT_DENY and around:
            effect = CheckEffect.NO_IMPACT
        return Check(type=kind, effect=effect, matched=tuple(hit for layer in layers for hit in _matched(layer)))


def _gate(layer: Layer) -> Check:
    """One level of what limits every call; RCPFullAWSAccess allows at every level (E61)."""
    allows = bool(layer.allows) or layer.policy_type is PolicyType.RESOURCE_CONTROL
    effect = _effect(layer.denies, allows)
    return Check(type=CHECKS[layer.policy_type], effect=effect, level=layer.level, matched=_matched(layer))


def _effect(denies: tuple[Hit, ...] | list[Hit], allows: bool) -> CheckEffect:
    if denies:
        return CheckEffect.EXPLICIT_DENY
    return CheckEffect.ALLOW if allows else CheckEffect.IMPLICIT_DENY


def _matched(layer: Layer) -> tuple[MatchedStatement, ...]:
    return tuple(hit.matched() for hit in (*layer.denies, *layer.allows))


def _fitting(checks: tuple[Check, ...], verdict: Verdict, *, same_account: bool) -> tuple[Check, ...]:
    """Return checks that come to the verdict, as AWS's do.

    Where the call is allowed, none denies: what needs no permission, or has another way, is allowed all the same. Where
    nothing allows it, at least one says so.
    """
    if verdict.decision is EvalDecision.ALLOWED:
        return tuple(replace(each, effect=CheckEffect.NO_IMPACT) if each.effect.denies else each for each in checks)
    if verdict.decision is EvalDecision.EXPLICIT_DENY or any(each.effect.denies for each in checks):
        return checks
    order = (CheckType.PRINCIPAL, CheckType.RESOURCE) if same_account else (CheckType.RESOURCE, CheckType.PRINCIPAL)
    there = {each.type for each in checks}
    chosen = next((each for each in order if each in there), None)
    if chosen is None:
        return (*checks, Check(type=CheckType.RESOURCE, effect=CheckEffect.IMPLICIT_DENY))
    denied = CheckEffect.IMPLICIT_DENY
    return tuple(replace(each, effect=denied) if each.type is chosen else each for each in checks)
