"""The policies that decide about a call: AWS's own list of them, an environment where that has none, or not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policygen.denials.grants import as_grant
from policygen.denials.missing import not_attached, not_held, not_linked
from policygen.denials.model import WORDS, Listed, Told
from policygen.errors import DocumentError
from policygen.evaluation import Environment
from policygen.evaluation.layers import consulted
from policygen.evaluation.policies import NamedPolicy, Policies
from policygen.evaluation.reading import PolicyReader
from policygen.evaluation.results.checks import CheckEffect, CheckType
from policygen.events.judge import has_policies
from policygen.matching.wildcards import compile_glob, tokens_of
from policygen.reading.tree import own_policy
from policygen.request import Request

LEVELLED = (CheckType.RESOURCE_CONTROL, CheckType.SERVICE_CONTROL)
"""Checks of which there is one for each level of the organization."""

Place = tuple[CheckType, int]
"""A check: its type, and for SCPs and RCPs its level, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the policies of a call.

    Attributes:
        request: The request that is judged.
        policies: The policies; where they are not known, as if there were none.
        unknown: The checks whose policies are not known, and why.
        targets: For SCPs and RCPs, the ARN of what each level is attached to.
        listed: The policies of AWS's list that count, by name.
    """

    request: Request
    policies: Policies
    unknown: Mapping[Place, str]
    targets: Mapping[CheckType, tuple[str | None, ...]]
    listed: Mapping[str, Listed]


def known_of(told: Told, environment: Environment | None) -> Known:
    """Return what is known of the policies of a call.

    Those of AWS's list count where all texts of a type are known; else those of the environment, where it holds caller
    or resource; else the check is not known. What AWS lists is complete: a type of which it lists none has none.

    Raises:
        DocumentError: A policy cannot be judged.
    """
    completed = told.request if environment is None else environment.completed(told.request)
    held = Policies() if environment is None else environment.policies_for(completed)
    if told.policies is None:
        return _of_environment(told, environment, completed, held)
    found = _Listed(told, told.policies, _Held(environment, completed, held))
    policies = found.policies()
    if found.read.problems:
        raise DocumentError(*found.read.problems)
    listed = {each.uri: each for each in told.policies}
    return Known(request=told.request, policies=policies, unknown=found.unknown, targets=found.targets, listed=listed)


class _Held:
    """An environment, as far as it is asked about one request."""

    def __init__(self, environment: Environment | None, request: Request, policies: Policies) -> None:
        self.environment = environment
        self.request = request
        self.policies = policies

    def knows(self, kind: CheckType) -> bool:
        """Tell whether the environment says what policies of a type there are."""
        environment = self.environment
        if environment is None or kind is CheckType.SESSION:
            return False
        if kind in (CheckType.PRINCIPAL, CheckType.BOUNDARY):
            return environment.identity(self.request.principal) is not None
        if kind is CheckType.RESOURCE:
            return not has_policies(self.request) or environment.held(self.request) is not None
        endpoint = self.request.context.get("aws:sourcevpce")
        if kind is CheckType.VPC_ENDPOINT and endpoint is not None:
            return any(each in environment.vpc_endpoints for each in endpoint.values)
        return getattr(self.policies, _FIELDS[kind]) is not None


_FIELDS = {
    CheckType.RESOURCE_CONTROL: "resource_control",
    CheckType.SERVICE_CONTROL: "service_control",
    CheckType.VPC_ENDPOINT: "vpc_endpoint",
}


def _of_environment(told: Told, environment: Environment | None, request: Request, held: Policies) -> Known:
    """Return what an environment knows of a call of which AWS lists no policies.

    Of a type that AWS names, or that decides for every caller, it must say what there is.
    """
    asked = _Held(environment, request, held)
    named = [each.type for each in told.aws.checks]
    wanted = [CheckType.RESOURCE] if has_policies(request) else []
    if consulted(held, request).identity.not_consulted is None:
        wanted += [CheckType.PRINCIPAL, CheckType.BOUNDARY]
    if "aws:sourcevpce" in request.context:
        wanted.append(CheckType.VPC_ENDPOINT)
    missing = [kind for kind in dict.fromkeys((*wanted, *named)) if not asked.knows(kind)]
    unknown = {(kind, 0): not_held(kind, request, told.authorization_id) for kind in missing}
    return Known(request=request, policies=held, unknown=unknown, targets={}, listed={})


class _Listed:
    """The policies that AWS lists for one call, by check."""

    def __init__(self, told: Told, policies: Iterable[Listed], held: _Held) -> None:
        self.told = told
        self.held = held
        self.read = PolicyReader()
        self.unknown: dict[Place, str] = {}
        named = {match.policy for each in told.aws.checks for match in each.matched}
        self.of_type = {kind: self._counting(kind, policies, named) for kind in CheckType}
        self.targets = {kind: self._targets_of(kind) for kind in LEVELLED}

    def _counting(self, kind: CheckType, policies: Iterable[Listed], named: set[str]) -> list[Listed]:
        """Return the policies of a type that count for this call: of resources, those of its own."""
        found = [each for each in policies if each.type == WORDS[kind]]
        if kind is not CheckType.RESOURCE:
            return found
        resource = self.told.request.resource
        return [each for each in found if each.uri in named or _is_of(each, resource)]

    def _targets_of(self, kind: CheckType) -> tuple[str | None, ...]:
        """Return the levels of SCPs or RCPs: those of AWS's checks, or in their absence all that policies name."""
        checks = [each.target for each in self.told.aws.checks if each.type is kind]
        if self.told.whole:
            return tuple(checks)
        named = dict.fromkeys(arn for each in self.of_type[kind] for arn in each.attached_to)
        return tuple(sorted(named, key=_depth))

    def policies(self) -> Policies:
        parts: dict[str, Any] = {"settings": self.held.policies.settings}
        parts["service_control"] = self._levels(CheckType.SERVICE_CONTROL)
        parts["resource_control"] = self._levels(CheckType.RESOURCE_CONTROL)
        endpoint = self._one(CheckType.VPC_ENDPOINT, "vpc_endpoint")
        boundary = self._one(CheckType.BOUNDARY, "permissions_boundary")
        parts |= {"vpc_endpoint": endpoint, "permissions_boundary": boundary}
        parts["identity_based"] = self._several(CheckType.PRINCIPAL, self.held.policies.identity_based)
        parts["session"] = (session,) if (session := self._several(CheckType.SESSION, ())) else None
        return self._with_resource(Policies(**parts))

    def _with_resource(self, policies: Policies) -> Policies:
        """Add the policies of the resource; KMS grants among them, which AWS shows as policies."""
        listed = self.of_type[CheckType.RESOURCE]
        if not self._settled(CheckType.RESOURCE, 0, listed):
            return policies.replaced_by(self.held.policies, ("resource_based", "grants"))
        read = [(each, found) for each in listed if (found := self._read(each)) is not None]
        own = tuple(found for each, found in read if not each.is_grant)
        grants = (as_grant(found, each.source, self.told.request) for each, found in read if each.is_grant)
        return policies.changed(resource_based=own, grants=tuple(each for each in grants if each is not None))

    def _settled(self, kind: CheckType, level: int, listed: list[Listed]) -> bool:
        """Tell whether the list's policies are taken; what is lacking is noted where the environment has none."""
        lacking = [each for each in listed if self._document(each) is None]
        if not lacking:
            return True
        if self.held.knows(kind) and kind not in LEVELLED:
            return False
        self.unknown[kind, level] = not_linked(lacking)
        if kind is CheckType.RESOURCE and all(each.type is not kind for each in self.told.aws.checks):
            self.unknown[CheckType.PRINCIPAL, 0] = not_linked(lacking)  # it is asked there
        return True

    def _levels(self, kind: CheckType) -> tuple[tuple[NamedPolicy, ...], ...] | None:
        """Return SCPs or RCPs by level; those of the environment where texts are lacking and it has as many levels."""
        targets, listed = self.targets[kind], self.of_type[kind]
        by_level = [[each for each in listed if target is None or target in each.attached_to] for target in targets]
        held = getattr(self.held.policies, _FIELDS[kind]) or ()
        lacking = any(self._document(each) is None for level in by_level for each in level)
        lacking = lacking or any(not level for level in by_level)
        if lacking and len(held) == len(targets):
            found: tuple[tuple[NamedPolicy, ...], ...] = held
            return found
        for number, level in enumerate(by_level):
            self._settled(kind, number, level)
            if not level and kind is CheckType.SERVICE_CONTROL and not self._is_shut(kind, number):
                self.unknown[kind, number] = not_attached(targets[number])
        return tuple(self._level(kind, number, level) for number, level in enumerate(by_level)) or None

    def _is_shut(self, kind: CheckType, number: int) -> bool:
        """Tell whether AWS says that nothing of a level allows, as where none of its policies is left (E53)."""
        checks = [each for each in self.told.aws.checks if each.type is kind]
        return number < len(checks) and checks[number].effect in (CheckEffect.IMPLICIT_DENY, CheckEffect.NO_IMPACT)

    def _level(self, kind: CheckType, number: int, listed: Iterable[Listed]) -> tuple[NamedPolicy, ...]:
        """Return the policies of a level; one that is not known shuts out nobody."""
        found = self._all(listed)
        if kind is CheckType.SERVICE_CONTROL and (kind, number) in self.unknown:
            found += tuple(filter(None, [self.read.one(own_policy("p-FullAWSAccess"), "not known")]))
        return found

    def _one(self, kind: CheckType, field: str) -> NamedPolicy | None:
        if not self._settled(kind, 0, self.of_type[kind]):
            found: NamedPolicy | None = getattr(self.held.policies, field)
            return found
        return next(iter(self._all(self.of_type[kind])), None)

    def _several(self, kind: CheckType, held: tuple[NamedPolicy, ...]) -> tuple[NamedPolicy, ...]:
        return self._all(self.of_type[kind]) if self._settled(kind, 0, self.of_type[kind]) else held

    def _all(self, listed: Iterable[Listed]) -> tuple[NamedPolicy, ...]:
        return tuple(found for each in listed if (found := self._read(each)) is not None)

    def _read(self, listed: Listed) -> NamedPolicy | None:
        document = self._document(listed)
        return self.read.one(None if document is None else {"name": listed.uri, "document": document}, listed.uri)

    @staticmethod
    def _document(listed: Listed) -> Any:
        """Return the text of a policy; that of AWS's own policies of an organization is always the same."""
        return listed.document or own_policy(listed.uri.rpartition("/")[2])


def _is_of(listed: Listed, resource: str) -> bool:
    """Tell whether a resource's policy is that of a resource: its own, its bucket's, or one that a wildcard covers."""
    covers = compile_glob(tokens_of(resource))
    return not listed.attached_to or any(
        resource == arn or resource.startswith(f"{arn}/") or covers(arn) for arn in listed.attached_to
    )


def _depth(arn: str) -> int:
    """Return where an entity of the organization stands: root, units, accounts; units are all alike."""
    return next((depth for depth, kind in enumerate((":root/", ":ou/")) if kind in arn), 2)
