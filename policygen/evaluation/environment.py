"""An environment: what AWS would consult, found by name.

A request finds its policies by its principal and its resource: an object belongs to its bucket, a role as a resource
has its trust policy. What the environment knows beside policies (accounts, tags, aliases) goes into the request's
context where the request does not state it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from policygen.aws.arns import Arn, bucket_arn, parse_arn
from policygen.document.given import Document
from policygen.errors import DocumentError, Problem, check_argument
from policygen.evaluation.attached import (
    AccountPolicies,
    EndpointPolicies,
    PrincipalPolicies,
    ResourcePolicies,
    check_levels,
)
from policygen.evaluation.authorize import authorize
from policygen.evaluation.names import Names, account_and_name
from policygen.evaluation.policies import Holder, NamedPolicy, Policies, Settings
from policygen.evaluation.reading import PolicyReader
from policygen.evaluation.results.decision import Decision
from policygen.evaluation.services import s3
from policygen.request.derived import WITHOUT_RESOURCE_ACCOUNT
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES, Principal, PrincipalKind

_Levels = tuple[tuple[Document, ...], ...]
_Read = tuple[tuple[NamedPolicy, ...], ...]

_TAG_KEYS_OF_IAM = ("aws:ResourceTag", "iam:ResourceTag")
"""Condition keys that carry the tags of IAM users and roles (G42, E241)."""

_TAG_KEYS_OF_BUCKETS = ("aws:ResourceTag", "s3:BucketTag")
"""Condition keys that carry the tags of a bucket whose attribute-based access control is on (S49)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Principals, resources and the organization around them.

    Attributes:
        principals: By ARN of the user or role.
        resources: By ARN (a bucket's, a key's …).
        management_account: The organization's management account, or None.
        service_control: SCPs by level, root first; empty for no organization.
        resource_control: RCPs by level, root first.
        accounts: SCPs and RCPs of single accounts, below those levels, by the account's id; with their settings of
            Block Public Access.
        members: The accounts of the organization; None for every account of which it holds a principal or a resource.
        organization_id: The organization's id, ``o-…``, or None.
        vpc_endpoints: VPC endpoints by id: ``aws:SourceVpce`` of a request finds the policy of its endpoint.
        default_encryption_visible: See :class:`policygen.evaluation.policies.Settings`.
    """

    principals: Mapping[str, PrincipalPolicies]
    resources: Mapping[str, ResourcePolicies]
    management_account: str | None = None
    service_control: tuple[tuple[Document, ...], ...] = ()
    resource_control: tuple[tuple[Document, ...], ...] = ()
    accounts: Mapping[str, AccountPolicies] = field(default_factory=dict)
    members: frozenset[str] | None = None
    organization_id: str | None = None
    vpc_endpoints: Mapping[str, EndpointPolicies] = field(default_factory=dict)
    default_encryption_visible: bool = False
    _names: Names = field(init=False, repr=False, compare=False)
    _compiled: dict[tuple[str | None, ...], Policies] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _read_before: dict[object, tuple[Any, list[Problem]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _entities: dict[str, ResourcePolicies] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Freeze the look-ups; policies are compiled when they are first needed, once for each pair.

        Raises:
            ArgumentError: PG-A001 for what is no mapping of ARNs to policies, or no levels.
        """
        _check_entries("principals", self.principals, PrincipalPolicies)
        _check_entries("resources", self.resources, ResourcePolicies)
        _check_entries("accounts", self.accounts, AccountPolicies)
        _check_entries("vpc_endpoints", self.vpc_endpoints, EndpointPolicies)
        check_levels(self.service_control, self.resource_control)
        object.__setattr__(self, "principals", MappingProxyType(dict(self.principals)))
        object.__setattr__(self, "resources", MappingProxyType(dict(self.resources)))
        object.__setattr__(self, "_names", Names.of(self.principals, self.resources))

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request`` with the policies that its principal and resource have here.

        A principal or resource that the environment does not hold has no policies. Whoever asks many requests asks an
        engine: ``pg.compile(environment)``.

        Raises:
            DocumentError: When a document that is needed cannot be parsed.
        """
        return authorize(self, request)

    def completed(self, request: Request) -> Request:
        """Return the request with what the environment knows about its principal and resource filled in.

        Tags that are stated with the principal are a session's; those of its role or user come beside them (G5).
        """
        caller = self._with_tags(self.caller(request.principal))
        name, resource = self._find(request)
        account = _owner(name, resource) or request.resource_account
        known = _known(name, resource) if name is not None and resource is not None else {}
        known |= self._of_organization(caller, request, account)
        if caller is request.principal and account == request.resource_account and not known:
            return request
        return Request(
            principal=caller,
            action=request.action,
            resource=request.resource,
            resource_account=account,
            context={value.name: list(value.values) for value in request.stated},
            known={value.name: list(value.values) for value in request.known} | known,
        )

    def _of_organization(self, caller: Principal, request: Request, owner: str | None) -> dict[str, object]:
        """Return the context keys of caller and resource that follow from the organization.

        Fact: G3, G4, G40, G41, E235
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        if self.organization_id is None:
            return {}
        action = request.action.lower()
        sides = {"Principal": caller.account if caller.kind in IDENTITIES else None, "Resource": owner}
        if action.startswith("ebs:") or action in WITHOUT_RESOURCE_ACCOUNT:
            del sides["Resource"]
        found: dict[str, object] = {}
        for side, account in sides.items():
            if account is not None and self._is_member(account):
                found[f"aws:{side}OrgID"] = self.organization_id
                path = self.accounts[account].path if account in self.accounts else None
                found |= {f"aws:{side}OrgPaths": [path]} if path else {}
        return found

    def caller(self, principal: Principal) -> Principal:
        """Return a role session with the role that the environment holds: its ARN does not tell the role's path.

        Names of roles are unique in an account, whatever their paths (E245).
        """
        if principal.session_name is None or principal.role_arn is None or principal.role_arn in self.principals:
            return principal
        held = self._names.roles.get(account_and_name(principal.role_arn))
        return principal if held is None else replace(principal, role_arn=held)

    def _with_tags(self, caller: Principal) -> Principal:
        attached = self.principals.get(identity_of(caller) or "")
        if attached is None or not attached.tags:
            return caller
        stated = {key.lower() for key, _ in caller.tags}
        more = tuple(tag for tag in attached.tags if tag[0].lower() not in stated)
        return replace(caller, tags=caller.tags + more) if more else caller

    def identity(self, principal: Principal) -> str | None:
        """Return the ARN of the user or role whose policies the environment holds for a caller; None when none."""
        identity = identity_of(principal)
        return identity if identity in self.principals else None

    def knows_endpoints(self) -> bool:
        """Tell whether the environment holds VPC endpoints."""
        return bool(self.vpc_endpoints)

    def holder(self, request: Request) -> Holder:
        """Return what of the resource tells which policies count for requests like this one."""
        if request.arn is None or request.arn.service not in self._names.services:
            return Holder.NOTHING
        by_bucket = request.arn.service == "s3" and not self._names.holds_objects
        return Holder.BUCKET if by_bucket else Holder.RESOURCE

    def holders(self) -> Collection[str]:
        """Return the ARNs under which policies of resources stand: of resources, and of users and roles."""
        return (*self.resources, *self.principals)

    def lacks(self, request: Request) -> tuple[str, ...]:
        """Return principal and resource of a request that stand in an account that is covered, and are not held."""
        found = []
        caller = self.caller(request.principal)
        identity = identity_of(caller)
        if identity is not None and identity not in self.principals and self._covers(caller.account):
            found.append(identity)
        if request.arn is not None and self._find(request)[0] is None and self._covers(request.resource_account):
            found.append(_holders(request.resource, request.arn)[-1])
        return tuple(found)

    def documents(self) -> Iterator[Document]:
        """Yield every document that may have a Principal element."""
        for resource in self.resources.values():
            yield from resource.resource_based
        yield from (each.trust_policy for each in self.principals.values() if each.trust_policy is not None)
        levels = (self.resource_control, *(each.resource_control for each in self.accounts.values()))
        yield from (document for each in levels for level in each for document in level)

    def held(self, request: Request) -> str | None:
        """Return the ARN under which the policies of a request's resource stand here; None when none do."""
        return self._find(request)[0]

    def _find(self, request: Request) -> tuple[str | None, ResourcePolicies | None]:
        """Return the ARN and the entry that hold the resource's policies; Nones when the environment has none."""
        if request.arn is None:
            return None, None
        for name in _holders(request.resource, request.arn):
            if name in self.resources:
                return name, self.resources[name]
        if request.resource not in self.principals:
            return None, None
        return request.resource, self._entity(request.resource, request.arn)

    def _entity(self, name: str, arn: Arn) -> ResourcePolicies:
        """Return a user or role as a resource, whose policy is its trust policy."""
        found = self._entities.get(name)
        if found is None:
            entity = self.principals[name]
            trust = () if entity.trust_policy is None else (entity.trust_policy,)
            found = self._entities[name] = ResourcePolicies(
                account=arn.account, resource_based=trust, tags=entity.tags, tag_keys=_TAG_KEYS_OF_IAM
            )
        return found

    def policies_for(self, request: Request) -> Policies:
        """Return the policies that count for a completed request; each document is compiled once.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        owner = self.identity(request.principal)  # those that it does not hold are all alike
        name, resource = self._find(request)
        member = self._is_member(request.principal.account)
        owned = self._is_member(request.resource_account)
        accounts = (request.principal.account if member else None, request.resource_account if owned else None)
        # accounts without levels of their own are all alike
        caller, holder = ((each if each in self.accounts else each and "") for each in accounts)
        owning = request.resource_account if request.resource_account in self.accounts else None
        endpoint = _endpoint_of(request) if self.vpc_endpoints else None
        endpoint = endpoint if endpoint in self.vpc_endpoints else None
        key = (owner, name, caller, holder, owning, endpoint)
        found = self._compiled.get(key)
        if found is None:
            resource = resource or ResourcePolicies()
            settings = self._settings(name or "", resource, owning)
            found = Policies(settings=settings, **self._read(owner, name, resource, caller, holder))
            if endpoint is not None:
                found = _through(found, self.vpc_endpoints[endpoint], endpoint)
            self._compiled[key] = found
        return found

    def _settings(self, name: str, resource: ResourcePolicies, owning: str | None) -> Settings:
        account = self.accounts.get(owning or "") or AccountPolicies()
        blocked, above = s3.effective_public_access(
            resource.block_public_access, account.block_public_access, account.s3_policy
        )
        return Settings(
            block_public_access=blocked,
            public_access_restricted_above=above,
            management_account=self.management_account,
            default_encryption_visible=self.default_encryption_visible,
            default_encryption=resource.default_encryption,
            abac=resource.abac,
            hides_tags=_hides_tags(name, resource),
        )

    def _read(
        self, owner: str | None, name: str | None, resource: ResourcePolicies, caller: str | None, holder: str | None
    ) -> dict[str, Any]:
        """Return the policies of a principal and a resource, and those of their accounts: none outside, "" for any.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        principal, nothing = self.principals.get(owner or "") or PrincipalPolicies(), AccountPolicies()
        own, owners = self.accounts.get(caller or "", nothing), self.accounts.get(holder or "", nothing)
        scps, rcps = (self.service_control, own.service_control), (self.resource_control, owners.resource_control)
        identity, boundary = principal.identity_based, principal.permissions_boundary
        parts: tuple[tuple[str, str | None, Callable[[PolicyReader], Any]], ...] = (
            ("identity_based", owner, lambda read: read.several(identity, "identity-based policy")),
            ("permissions_boundary", owner, lambda read: read.one(boundary, "permissions boundary")),
            ("resource_based", name, lambda read: read.several(resource.resource_based, "resource-based policy")),
            ("service_control", caller, lambda read: None if caller is None else _levels(read, *scps, "SCP")),
            ("resource_control", holder, lambda read: None if holder is None else _levels(read, *rcps, "RCP")),
            ("grants", name, lambda read: read.grants(resource.grants)),
        )
        found = {part: self._once((part, whose), read) for part, whose, read in parts}
        if problems := [problem for _, of_part in found.values() for problem in of_part]:
            raise DocumentError(*problems)
        return {part: policies for part, (policies, _) in found.items()}

    def _once(self, part: tuple[str, str | None], read: Callable[[PolicyReader], Any]) -> tuple[Any, list[Problem]]:
        """Return what was read of a principal, a resource or an account, which meets many others; and its problems."""
        if part not in self._read_before:
            reader = PolicyReader()
            self._read_before[part] = read(reader), reader.problems
        return self._read_before[part]

    def _is_member(self, account: str | None) -> bool:
        """Without a list of its accounts the organization is taken to have all that the environment covers."""
        return self._covers(account) if self.members is None else account in self.members

    def _covers(self, account: str | None) -> bool:
        """Tell whether the environment holds a principal or a resource of an account."""
        return account is not None and account in self._names.accounts

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was given; policies are compiled anew."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        given |= {"principals": dict(self.principals), "resources": dict(self.resources)}
        return partial(Environment, **given), ()


def _check_entries(name: str, entries: Any, kind: type) -> None:
    hint = f"give a mapping of ARNs to {kind.__name__}"
    check_argument(name, entries, Mapping, hint)
    for arn, entry in entries.items():
        check_argument(f"a name in {name}", arn, str, hint)
        check_argument(f"{name}[{arn!r}]", entry, kind, hint)


def identity_of(principal: Principal) -> str | None:
    """Return the ARN of the user or role whose identity-based policies count for a caller; None when none do."""
    if principal.kind is PrincipalKind.USER:
        return principal.arn
    return principal.role_arn or principal.user_arn


def _holders(resource: str, arn: Arn) -> tuple[str, ...]:
    """Return the ARNs under which a resource's policies may stand: its own, and its bucket's."""
    if arn.service == "s3" and not arn.region and "/" in arn.resource:
        return (resource, bucket_arn(arn.partition, arn.resource.partition("/")[0]))
    return (resource,)


def _endpoint_of(request: Request) -> str | None:
    """Return the VPC endpoint that a request says it came through."""
    stated = request.context.get("aws:sourcevpce")
    return stated.values[0] if stated is not None and stated.values else None


def _levels(read: PolicyReader, common: _Levels, below: _Levels, kind: str) -> _Read | None:
    """Return the policies of the levels that all accounts have in common, then of those of one account."""
    found, more = read.levels(common, kind), read.levels(below or None, kind)
    return found if more is None else (*(found or ()), *more)


def _through(policies: Policies, endpoint: EndpointPolicies, name: str) -> Policies:
    """Return policies with that of the endpoint through which a request comes.

    Raises:
        DocumentError: It cannot be parsed.
    """
    read = PolicyReader()
    policy = read.one(endpoint.policy, f"policy of {name}")
    if read.problems:
        raise DocumentError(*read.problems)
    settings = replace(policies.settings, vpc_endpoint_type=endpoint.type)
    return replace(policies, vpc_endpoint=policy, settings=settings)


def _owner(name: str | None, resource: ResourcePolicies | None) -> str | None:
    """Return the account that owns what the environment holds: the stated one, else that of its ARN, if any."""
    if resource is not None and resource.account:
        return resource.account
    held = parse_arn(name or "")
    return held.account or None if held is not None else None


def _is_bucket(name: str) -> bool:
    arn = parse_arn(name)
    return arn is not None and arn.service == "s3" and not arn.region and "/" not in arn.resource


def _hides_tags(name: str, resource: ResourcePolicies) -> bool:
    """Tell whether no condition sees the tags of a resource: a bucket's, while ABAC is off, are for costs alone.

    Unspecified: whether requests for objects carry the tags of their bucket; here they do.

    Fact: S49
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
    """
    return _is_bucket(name) and not resource.abac


def _known(name: str, resource: ResourcePolicies) -> dict[str, object]:
    known: dict[str, object] = {}
    if resource.tags and not _hides_tags(name, resource):
        keys = _TAG_KEYS_OF_BUCKETS if _is_bucket(name) else resource.tag_keys
        known |= {f"{each}/{key}": value for each in keys for key, value in resource.tags}
    if resource.aliases:
        known["kms:ResourceAliases"] = list(resource.aliases)
    if resource.multi_region is not None:
        known["kms:MultiRegion"] = "true"
        known["kms:MultiRegionKeyType"] = resource.multi_region.upper()
    return known
