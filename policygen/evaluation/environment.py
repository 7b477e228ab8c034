"""An environment: what AWS would consult, found by name.

A request finds its policies by its principal and its resource: an object belongs to its bucket, a role as a resource
has its trust policy. What the environment knows beside policies (accounts, tags, aliases) goes into the request's
context where the request does not state it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from policygen.aws.arns import Arn, bucket_arn, parse_arn
from policygen.document.given import Document
from policygen.errors import check_argument, check_list
from policygen.evaluation.decision import Decision
from policygen.evaluation.policies import Grant, PolicySet, Settings
from policygen.request.model import Request, check_request
from policygen.request.principal import Principal, PrincipalKind

if TYPE_CHECKING:
    from policygen.evaluation.engine.adaptive import Adaptive

_TAG_KEYS_OF_IAM = ("aws:ResourceTag", "iam:ResourceTag")
"""Condition keys that carry the tags of IAM users and roles (G42, E241)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalPolicies:
    """What is attached to one IAM user or role.

    Attributes:
        identity_based: Its identity-based policies, the groups' included.
        permissions_boundary: Its boundary, or None.
        trust_policy: A role's trust policy, or None.
        tags: Its tags.
    """

    identity_based: tuple[Document, ...] = ()
    permissions_boundary: Document | None = None
    trust_policy: Document | None = None
    tags: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check what is looked at before the documents are.

        Raises:
            ArgumentError: PG-A001 for tags that are none.
        """
        _check_tags(self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicies:
    """What is attached to one resource.

    Attributes:
        account: 12-digit id of its owner, or None when its ARN says it.
        region: Its Region, or None.
        resource_based: Its policies.
        block_public_access: A bucket's effective Block Public Access settings.
        tags: Its tags.
        tag_keys: The condition keys that carry its tags, up to the slash.
        grants: A key's grants.
        aliases: A key's aliases, ``alias/…``.
        multi_region: ``primary`` or ``replica`` for a multi-Region key, else None.
        default_encryption: A bucket's default: value of ``x-amz-server-side-encryption``, and key ARN or None.
    """

    account: str | None = None
    region: str | None = None
    resource_based: tuple[Document, ...] = ()
    block_public_access: Mapping[str, bool] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()
    tag_keys: tuple[str, ...] = ("aws:ResourceTag",)
    grants: tuple[Grant, ...] = ()
    aliases: tuple[str, ...] = ()
    multi_region: str | None = None
    default_encryption: tuple[str, str | None] | None = None

    def __post_init__(self) -> None:
        """Check what is looked at before the documents are.

        Raises:
            ArgumentError: PG-A001 for an account, Region, tags or aliases that are none.
        """
        _check_tags(self.tags)
        for name in ("account", "region", "multi_region"):
            check_argument(name, getattr(self, name), (str, type(None)), "give text in quotes, or None")
        for name in ("tag_keys", "aliases"):
            check_list(name, getattr(self, name), "give a tuple of texts")
            for each in getattr(self, name):
                check_argument(f"an entry of {name}", each, str, "give a tuple of texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Principals, resources and the organization around them.

    Attributes:
        principals: By ARN of the user or role.
        resources: By ARN (a bucket's, a key's …).
        management_account: The organization's management account, or None.
        service_control: SCPs by level, root first; empty for no organization.
        resource_control: RCPs by level, root first.
        default_encryption_visible: See :class:`policygen.evaluation.policies.Settings`.
        services: The services in the ARNs of principals and resources.
        holds_objects: Whether an object in S3 is among the resources, not buckets alone.
    """

    principals: Mapping[str, PrincipalPolicies]
    resources: Mapping[str, ResourcePolicies]
    management_account: str | None = None
    service_control: tuple[tuple[Document, ...], ...] = ()
    resource_control: tuple[tuple[Document, ...], ...] = ()
    default_encryption_visible: bool = False
    services: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    holds_objects: bool = field(default=False, init=False, repr=False, compare=False)
    _sets: dict[tuple[str | None, str | None, bool, bool], PolicySet] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _accounts: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _answers: list[Adaptive] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Freeze the look-ups; policy sets are compiled when they are first needed, once for each pair.

        Raises:
            ArgumentError: PG-A001 for what is no mapping of ARNs to policies.
        """
        _check_entries("principals", self.principals, PrincipalPolicies)
        _check_entries("resources", self.resources, ResourcePolicies)
        object.__setattr__(self, "principals", MappingProxyType(dict(self.principals)))
        object.__setattr__(self, "resources", MappingProxyType(dict(self.resources)))
        arns = [arn for name in (*self.principals, *self.resources) if (arn := parse_arn(name))]
        stated = frozenset(resource.account for resource in self.resources.values() if resource.account)
        object.__setattr__(self, "_accounts", stated | frozenset(arn.account for arn in arns if arn.account))
        object.__setattr__(self, "services", frozenset(arn.service for arn in arns))
        object.__setattr__(self, "holds_objects", any(arn.service == "s3" and "/" in arn.resource for arn in arns))

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request`` with the policies that its principal and resource have here.

        A principal or resource that the environment does not hold has no policies. The first requests are interpreted;
        an environment that is asked more gets an engine (see :mod:`policygen.evaluation.engine.adaptive`).

        Raises:
            DocumentError: When a document that is needed cannot be parsed.
        """
        check_request(request)
        if not self._answers:
            from policygen.evaluation.engine.adaptive import Adaptive

            self._answers.append(Adaptive(self))
        return self._answers[0].authorize(request)

    def interpret(self, request: Request) -> Decision:
        """Return AWS's decision on ``request`` as the interpreter alone finds it.

        Raises:
            DocumentError: When a document that is needed cannot be parsed.
        """
        placed = self.place(request)
        return self.policies_for(placed).authorize(placed)

    def place(self, request: Request) -> Request:
        """Return the request with what the environment knows about its principal and resource filled in.

        Tags that are stated with the principal are a session's; those of its role or user come beside them (G5).
        """
        if not self.keys_of(request):
            return request
        caller = self.with_path(request.principal)
        principal = self.principals.get(identity_of(caller) or "")
        if principal is not None and principal.tags:
            stated = {key.lower() for key, _ in caller.tags}
            more = tuple(tag for tag in principal.tags if tag[0].lower() not in stated)
            caller = replace(caller, tags=caller.tags + more)
        name, resource = self.find_resource(request)
        account = resource.account if resource and resource.account else self._owner_of(name)
        return Request(
            principal=caller,
            action=request.action,
            resource=request.resource,
            resource_account=account or request.resource_account,
            context={value.name: list(value.values) for value in request.stated},
            known={value.name: list(value.values) for value in request.known} | (_known(resource) if resource else {}),
        )

    def with_path(self, caller: Principal) -> Principal:
        """Return a role session with the role that the environment holds: its ARN does not tell the role's path.

        Names of roles are unique in an account, whatever their paths (E245).
        """
        if caller.session_name is None or caller.role_arn is None or caller.role_arn in self.principals:
            return caller
        head, name = caller.role_arn.split(":role/", 1)[0], caller.role_arn.rsplit("/", 1)[-1]
        held = (each for each in self.principals if each.startswith(f"{head}:role/") and each.endswith(f"/{name}"))
        return replace(caller, role_arn=next(held, caller.role_arn))

    def keys_of(self, request: Request) -> frozenset[str]:
        """Return the context keys, in lower case, that :meth:`place` may fill in or change for a request like this."""
        caller = self.with_path(request.principal)
        principal = self.principals.get(identity_of(caller) or "")
        name, resource = self.find_resource(request)
        account = resource.account if resource and resource.account else self._owner_of(name)
        keys = [f"aws:PrincipalTag/{key}" for key, _ in principal.tags] if principal else []
        if caller is not request.principal:
            keys.append("aws:PrincipalArn")
        if resource is not None:
            keys.extend(_known(resource))
        if account and account != request.resource_account:
            keys.extend(("aws:ResourceAccount", "s3:ResourceAccount"))
        return frozenset(key.lower() for key in keys)

    def _owner_of(self, name: str | None) -> str | None:
        arn = parse_arn(name) if name else None
        return arn.account if arn and arn.account else None

    def find_resource(self, request: Request) -> tuple[str | None, ResourcePolicies | None]:
        """Return the ARN and the entry that hold the resource's policies; Nones when the environment has none."""
        if request.arn is None:
            return None, None
        for name in _holders(request.resource, request.arn):
            if name in self.resources:
                return name, self.resources[name]
        entity = self.principals.get(request.resource)
        if entity is None:
            return None, None
        trust = () if entity.trust_policy is None else (entity.trust_policy,)
        return request.resource, ResourcePolicies(
            account=request.arn.account, resource_based=trust, tags=entity.tags, tag_keys=_TAG_KEYS_OF_IAM
        )

    def policies_for(self, request: Request) -> PolicySet:
        """Return the policies that count for a request; compiled once for each principal and resource.

        Raises:
            DocumentError: When a document cannot be parsed.
        """
        owner = identity_of(request.principal)
        owner = owner if owner in self.principals else None  # those that it does not hold are all alike
        name, resource = self.find_resource(request)
        member = self._is_member(request.principal.account)
        owned = self._is_member(request.resource_account)
        key = (owner, name, member, owned)
        found = self._sets.get(key)
        if found is None:
            found = self._policy_set(self.principals.get(owner or ""), resource, member=member, owned=owned)
            self._sets[key] = found
        return found

    def _policy_set(
        self, principal: PrincipalPolicies | None, resource: ResourcePolicies | None, *, member: bool, owned: bool
    ) -> PolicySet:
        principal = principal or PrincipalPolicies()
        resource = resource or ResourcePolicies()
        return PolicySet(
            identity_based=principal.identity_based,
            permissions_boundary=principal.permissions_boundary,
            resource_based=resource.resource_based,
            service_control=self.service_control if member else None,
            resource_control=self.resource_control if owned else None,
            grants=resource.grants,
            settings=Settings(
                block_public_access=resource.block_public_access,
                management_account=self.management_account,
                default_encryption_visible=self.default_encryption_visible,
                default_encryption=resource.default_encryption,
            ),
        )

    def _is_member(self, account: str | None) -> bool:
        """An account belongs to the organization when the environment holds a principal or a resource of it."""
        return account is not None and account in self._accounts


def _check_tags(tags: Any) -> None:
    hint = 'give a tuple of pairs: `(("team", "data"),)`'
    check_argument("tags", tags, tuple, hint)
    for pair in tags:
        check_argument("a tag", pair, tuple, hint)
        for text in pair if len(pair) == 2 else (None,):
            check_argument("key or value of a tag", text, str, hint)


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


def _known(resource: ResourcePolicies) -> dict[str, object]:
    known: dict[str, object] = {f"{name}/{key}": value for name in resource.tag_keys for key, value in resource.tags}
    if resource.aliases:
        known["kms:ResourceAliases"] = list(resource.aliases)
    if resource.multi_region is not None:
        known["kms:MultiRegion"] = "true"
        known["kms:MultiRegionKeyType"] = resource.multi_region.upper()
    return known
