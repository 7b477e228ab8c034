"""The policies that AWS would consult for one request, as data: by type, with grants and settings.

Documents are parsed and compiled when they are read (:mod:`policygen.evaluation.reading`). Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from policygen.document.given import Document
from policygen.document.model import PolicyDocument
from policygen.errors import Place, Problem, RequestError, check_argument
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.request.context import remember
from policygen.request.model import Request
from policygen.request.principal import Principal

_P = TypeVar("_P", bound="Policies")

_MOST_ACTIONS = 1024
"""Actions for which a policy remembers its statements."""


class Concerning:
    """The statements of a policy that concern an action. Never changes.

    Attributes:
        statements: These statements.
    """

    __slots__ = ("_looked_at", "statements")

    def __init__(self, statements: tuple[CompiledStatement, ...]) -> None:
        """Hold the statements."""
        self.statements = statements
        self._looked_at: frozenset[str] | None = None

    @property
    def looked_at(self) -> frozenset[str]:
        """The context keys, in lower case, at which they look; worked out when they are first asked for."""
        if self._looked_at is None:
            self._looked_at = frozenset().union(*(each.variable_keys() for each in self.statements))
        return self._looked_at


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPolicy:
    """A policy of a set: its name in results, its document, and its compiled statements."""

    name: str
    document: PolicyDocument
    statements: tuple[CompiledStatement, ...]
    _by_action: dict[str, Concerning] | None = field(default=None, init=False, repr=False, compare=False)

    def concerning(self, action: str) -> Concerning:
        """Return the statements whose Action or NotAction matches an action in lower case; looked for once."""
        kept = self._by_action
        if kept is None:  # an engine makes many policies that are never asked
            kept = {}
            object.__setattr__(self, "_by_action", kept)
        found = kept.get(action)
        if found is None:
            found = Concerning(tuple([each for each in self.statements if each.concerns(action)]))
            remember(kept, action, found, _MOST_ACTIONS)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the document; statements are compiled anew."""
        return compiled, (self.document, self.name)


def compiled(document: PolicyDocument, name: str) -> NamedPolicy:
    """Return a document as a policy of a set.

    Raises:
        DocumentError: PG-D007, PG-D009, as :func:`policygen.evaluation.statements.compile_statements`.
    """
    return NamedPolicy(name=name, document=document, statements=compile_statements(document, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A KMS grant, as ListGrants prints it.

    Attributes:
        grantee: GranteePrincipal or GranteeServicePrincipal.
        operations: Operation names without ``kms:``.
        retiring: RetiringPrincipal or RetiringServicePrincipal, or None.
        key: ARN of the key; None for the key of the request.
        name: Name or id, for results.
        encryption_context_equals: The pairs that the request's encryption context must be, or None.
        encryption_context_subset: The pairs that it must contain, or None.
        source_arn: The ``aws:SourceArn`` that the request must carry, or None.

    Fact: K21, K22, K28, E88, E89, E90
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """

    grantee: str
    operations: tuple[str, ...]
    key: str | None = None
    name: str = "grant"
    encryption_context_equals: tuple[tuple[str, str], ...] | None = None
    encryption_context_subset: tuple[tuple[str, str], ...] | None = None
    source_arn: str | None = None
    retiring: str | None = None


BLOCK_PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The four settings of S3 Block Public Access (E105)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What decides beside the policies.

    Attributes:
        block_public_access: The bucket's effective Block Public Access settings; absent ones are off.
        public_access_restricted_above: Whose setting it is that RestrictPublicBuckets is on, where it is not the
            bucket's own: ``account`` or ``organization``.
        management_account: The organization's management account, which SCPs and RCPs never affect (E50, E62).
        vpc_endpoint_type: ``gateway`` or ``interface``; None for the service's usual one (S3 and DynamoDB: gateway).
        default_encryption_visible: Whether the bucket's default encryption is in the request context when an upload
            has no encryption header (S6: AWS's pages disagree; off reads them as headers only).
        default_encryption: The bucket's default: value of ``x-amz-server-side-encryption``, and key ARN or None.
        abac: Whether attribute-based access control is on for the bucket.
        hides_tags: Whether no condition sees the bucket's tags, for its attribute-based access control is off.
    """

    block_public_access: Mapping[str, bool] = field(default_factory=dict)
    public_access_restricted_above: str | None = None
    management_account: str | None = None
    vpc_endpoint_type: str | None = None
    default_encryption_visible: bool = False
    default_encryption: tuple[str, str | None] | None = None
    abac: bool = False
    hides_tags: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            RequestError: PG-R008 for a setting that is not valid.
        """
        check_public_access_settings(self.block_public_access)
        if not isinstance(self.management_account, (str, type(None))):
            raise _bad_setting("`management_account` is a text", "a 12-digit account id")
        if not isinstance(self.default_encryption_visible, bool):
            raise _bad_setting("`default_encryption_visible` is true or false", "true or false")
        if self.vpc_endpoint_type not in (None, "gateway", "interface"):
            raise _bad_setting(f"`{self.vpc_endpoint_type}` is not a VPC endpoint type", "`gateway` or `interface`")


def check_public_access_settings(value: object) -> None:
    """Refuse what is no settings of S3 Block Public Access.

    Raises:
        RequestError: PG-R008.
    """
    if not isinstance(value, Mapping):
        raise _bad_setting("block_public_access is a mapping", ", ".join(BLOCK_PUBLIC_ACCESS))
    for name, each in value.items():
        if not isinstance(each, bool):
            raise _bad_setting(f"`{name}` is true or false, not `{each}`", "true or false")
        if name not in BLOCK_PUBLIC_ACCESS:
            raise _bad_setting(f"`{name}` is not a Block Public Access setting", ", ".join(BLOCK_PUBLIC_ACCESS))


def _bad_setting(message: str, choices: str) -> RequestError:
    place = Place(source="settings")
    return RequestError(Problem(code="PG-R008", message=message, place=place, hint=f"use {choices}"))


def read_settings(value: Settings | Mapping[str, Any] | None) -> Settings:
    """Return settings as an object.

    Raises:
        RequestError: PG-R008 for a setting that is not valid.
    """
    if value is None:
        return Settings()
    if isinstance(value, Settings):
        return value
    check_argument("settings", value, Mapping, "give a mapping of settings, or a Settings")
    known = ("block_public_access", "management_account", "vpc_endpoint_type", "default_encryption_visible")
    for name in value:
        if name not in known:
            raise _bad_setting(f"`{name}` is not a setting", ", ".join(known))
    return Settings(**value)


class Holder(Enum):
    """What of a resource tells which policies count for it."""

    NOTHING = "nothing: they are the same for every resource"
    BUCKET = "the bucket that it is, or lies in"
    RESOURCE = "the resource itself"


@runtime_checkable
class PolicySource(Protocol):
    """Where the policies of a request come from: stated for every request, or found by its principal and resource.

    Whatever decides asks this and nothing else: a policy set and an environment mean the same to it. A source that
    knows nothing beside its policies leaves all but ``policies_for`` and ``documents`` as it stands.
    """

    __slots__ = ()

    def policies_for(self, request: Request) -> Policies:
        """Return the policies that count for a completed request.

        Raises:
            DocumentError: When a document that is needed cannot be parsed.
        """

    def documents(self) -> Iterator[Document]:
        """Yield every document that may have a Principal element."""

    def completed(self, request: Request) -> Request:
        """Return the request with what is known about its principal and resource filled in.

        What is filled in depends on caller, call and holder of the resource alone, never on the context.
        """
        return request

    def caller(self, principal: Principal) -> Principal:
        """Return a caller as it is known here: a session with its role's path."""
        return principal

    def identity(self, _principal: Principal) -> str | None:
        """Return the ARN of the user or role whose policies a caller has here; None when it has none."""
        return None

    def holder(self, _request: Request) -> Holder:
        """Return what of the resource tells which policies count for requests like this one."""
        return Holder.NOTHING

    def holders(self) -> Collection[str]:
        """Return the ARNs under which policies of resources stand, where :meth:`holder` says that resources tell."""
        return ()

    def knows_endpoints(self) -> bool:
        """Tell whether policies of VPC endpoints are found by what requests carry."""
        return False

    def lacks(self, _request: Request) -> tuple[str, ...]:
        """Return principal and resource of a request that should be known here, and are not."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies(PolicySource):
    """The policies of one request, by type.

    As a source they are themselves for every request, and know nothing more about it.

    Attributes:
        identity_based: Identity-based policies: inline, managed and the groups' (E8).
        resource_based: The resource's policies: bucket policy, key policy, trust policy …
        permissions_boundary: The boundary, or None.
        session: Session policies by session, that of the role first (a session of a session has one more, N12); None
            when none was passed, which differs from an empty list (E30, E31).
        service_control: SCPs by level, root first; None for no organization.
        resource_control: RCPs by level, root first; RCPFullAWSAccess is implied at every level (E61).
        vpc_endpoint: The endpoint's policy; None when the request does not go through one.
        grants: Grants on the key.
        settings: What decides beside the policies.
    """

    identity_based: tuple[NamedPolicy, ...] = ()
    resource_based: tuple[NamedPolicy, ...] = ()
    permissions_boundary: NamedPolicy | None = None
    session: tuple[tuple[NamedPolicy, ...], ...] | None = None
    service_control: tuple[tuple[NamedPolicy, ...], ...] | None = None
    resource_control: tuple[tuple[NamedPolicy, ...], ...] | None = None
    vpc_endpoint: NamedPolicy | None = None
    grants: tuple[Grant, ...] = ()
    settings: Settings = field(default_factory=Settings)

    def with_settings(self, **changes: Any) -> Self:
        """Return the same policies under other settings."""
        return self.changed(settings=replace(self.settings, **changes))

    def replaced_by(self, other: Policies, names: Iterable[str]) -> Self:
        """Return these policies with the types in ``names`` taken from ``other``."""
        return self.changed(**{name: getattr(other, name) for name in names})

    def changed(self, **changes: Any) -> Self:
        """Return the same policies with others in the place of those of some types, which are compiled already."""
        return _of_parts(type(self), self._parts() | changes)

    def _parts(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(Policies)}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the parts."""
        return _of_parts, (type(self), self._parts())

    def mapped(self, change: Callable[[NamedPolicy], NamedPolicy]) -> Policies:
        """Return the same policies with ``change`` made to each of them."""

        def changed(part: Any) -> Any:
            if isinstance(part, NamedPolicy):
                return change(part)
            return tuple([changed(each) for each in part]) if isinstance(part, tuple) else part

        return _of_parts(Policies, {name: changed(part) for name, part in self._parts().items()})

    def policies(self) -> tuple[NamedPolicy, ...]:
        """Return every policy of the set, in AWS's order of policy types."""
        sessions = (policy for session in self.session or () for policy in session)
        levels = (*(self.service_control or ()), *(self.resource_control or ()))
        single = tuple(each for each in (self.permissions_boundary, self.vpc_endpoint) if each is not None)
        return (
            *self.identity_based,
            *self.resource_based,
            *sessions,
            *single,
            *(policy for level in levels for policy in level),
        )

    def policies_for(self, _request: Request) -> Policies:
        """Return the policies themselves: they count for every request."""
        return self

    def documents(self) -> Iterator[PolicyDocument]:
        """Yield every document."""
        return (policy.document for policy in self.policies())


def _of_parts(kind: type[_P], parts: Mapping[str, Any]) -> _P:
    """Return policies of parts that are read: a policy set is made of documents otherwise."""
    found = object.__new__(kind)
    for name, value in parts.items():
        object.__setattr__(found, name, value)
    return found
