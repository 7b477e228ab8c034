"""The policies that AWS would consult for a request, by type.

A :class:`PolicySet` is what a test suite, an environment or a Python caller states; documents are parsed and
compiled once, when the set is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from policygen.document.given import Document
from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.errors import DocumentError, Place, PolicygenError, Problem, RequestError, check_argument, check_list
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.request.model import Request, check_request

if TYPE_CHECKING:
    from policygen.evaluation.decision import Decision

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPolicy:
    """A policy of a set: its name in results, its document, and its compiled statements."""

    name: str
    document: PolicyDocument
    statements: tuple[CompiledStatement, ...]


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
        management_account: The organization's management account, which SCPs and RCPs never affect (E50, E62).
        vpc_endpoint_type: ``gateway`` or ``interface``; None for the service's usual one (S3 and DynamoDB: gateway).
        default_encryption_visible: Whether the bucket's default encryption is in the request context when an upload
            has no encryption header (S6: AWS's pages disagree; off reads them as headers only).
        default_encryption: The bucket's default: value of ``x-amz-server-side-encryption``, and key ARN or None.
    """

    block_public_access: Mapping[str, bool] = field(default_factory=dict)
    management_account: str | None = None
    vpc_endpoint_type: str | None = None
    default_encryption_visible: bool = False
    default_encryption: tuple[str, str | None] | None = None

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            RequestError: PG-R008 for a setting that is none.
        """
        if not isinstance(self.block_public_access, Mapping):
            raise _bad_setting("block_public_access is a mapping", ", ".join(BLOCK_PUBLIC_ACCESS))
        for name, value in self.block_public_access.items():
            if not isinstance(value, bool):
                raise _bad_setting(f"`{name}` is true or false, not `{value}`", "true or false")
            if name not in BLOCK_PUBLIC_ACCESS:
                raise _bad_setting(f"`{name}` is no Block Public Access setting", ", ".join(BLOCK_PUBLIC_ACCESS))
        if self.vpc_endpoint_type not in (None, "gateway", "interface"):
            raise _bad_setting(f"`{self.vpc_endpoint_type}` is no VPC endpoint type", "`gateway` or `interface`")


def _bad_setting(message: str, choices: str) -> RequestError:
    place = Place(source="settings")
    return RequestError(Problem(code="PG-R008", message=message, place=place, hint=f"use {choices}"))


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class PolicySet:
    """The policies of one request, by type.

    Attributes:
        identity_based: Identity-based policies: inline, managed and the groups' (E8).
        resource_based: The resource's policies: bucket policy, key policy, trust policy …
        permissions_boundary: The boundary, or None.
        session: Session policies; None when none was passed, which differs from an empty list (E30, E31).
        service_control: SCPs by level, root first; None for no organization.
        resource_control: RCPs by level, root first; RCPFullAWSAccess is implied at every level (E61).
        vpc_endpoint: The endpoint's policy; None when the request does not go through one.
        grants: Grants on the key.
        settings: What decides beside the policies.
    """

    identity_based: tuple[NamedPolicy, ...]
    resource_based: tuple[NamedPolicy, ...]
    permissions_boundary: NamedPolicy | None
    session: tuple[NamedPolicy, ...] | None
    service_control: tuple[tuple[NamedPolicy, ...], ...] | None
    resource_control: tuple[tuple[NamedPolicy, ...], ...] | None
    vpc_endpoint: NamedPolicy | None
    grants: tuple[Grant, ...]
    settings: Settings

    def __init__(
        self,
        *,
        identity_based: Iterable[Document] | Document = (),
        resource_based: Iterable[Document] | Document | None = None,
        permissions_boundary: Document | None = None,
        session: Iterable[Document] | Document | None = None,
        service_control: Sequence[Iterable[Document]] | None = None,
        resource_control: Sequence[Iterable[Document]] | None = None,
        vpc_endpoint: Document | None = None,
        grants: Iterable[Mapping[str, Any] | Grant] = (),
        settings: Settings | Mapping[str, Any] | None = None,
    ) -> None:
        """Parse and compile every document; ``{"name": …, "document": …}`` names it in results.

        Raises:
            DocumentError: With every problem of every document (PG-D001 to PG-D008), and of files that cannot be read.
            RequestError: PG-R008 for settings that are none.
            ArgumentError: PG-A001 for what is no grants, levels or settings.
        """
        read = _Reader()
        values = {
            "identity_based": read.several(identity_based, "identity-based policy"),
            "resource_based": read.several(() if resource_based is None else resource_based, "resource-based policy"),
            "permissions_boundary": read.one(permissions_boundary, "permissions boundary"),
            "session": None if session is None else read.several(session, "session policy"),
            "service_control": read.levels(service_control, "SCP"),
            "resource_control": read.levels(resource_control, "RCP"),
            "vpc_endpoint": read.one(vpc_endpoint, "VPC endpoint policy"),
            "grants": read.grants(grants),
            "settings": _settings(settings),
        }
        if read.problems:
            raise DocumentError(*read.problems)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``."""
        from policygen.evaluation.authorize import authorize

        check_request(request)
        return authorize(self, request)

    def with_settings(self, **changes: Any) -> PolicySet:
        """Return the same policies under other settings."""
        return self._changed(settings=replace(self.settings, **changes))

    def replaced_by(self, other: PolicySet, names: Iterable[str]) -> PolicySet:
        """Return these policies with the types in ``names`` taken from ``other``."""
        return self._changed(**{name: getattr(other, name) for name in names})

    def _changed(self, **changes: Any) -> PolicySet:
        copy = object.__new__(PolicySet)
        for name in self.__slots__:
            object.__setattr__(copy, name, changes.get(name, getattr(self, name)))
        return copy

    def mapped(self, change: Callable[[NamedPolicy], NamedPolicy]) -> PolicySet:
        """Return the same set with ``change`` made to each of its policies."""

        def several(policies: tuple[NamedPolicy, ...]) -> tuple[NamedPolicy, ...]:
            return tuple([change(policy) for policy in policies])

        def levels(given: tuple[tuple[NamedPolicy, ...], ...] | None) -> tuple[tuple[NamedPolicy, ...], ...] | None:
            return None if given is None else tuple([several(level) for level in given])

        boundary, endpoint = self.permissions_boundary, self.vpc_endpoint
        copy = object.__new__(PolicySet)
        fix = object.__setattr__
        fix(copy, "identity_based", several(self.identity_based))
        fix(copy, "resource_based", several(self.resource_based))
        fix(copy, "permissions_boundary", None if boundary is None else change(boundary))
        fix(copy, "session", None if self.session is None else several(self.session))
        fix(copy, "service_control", levels(self.service_control))
        fix(copy, "resource_control", levels(self.resource_control))
        fix(copy, "vpc_endpoint", None if endpoint is None else change(endpoint))
        fix(copy, "grants", self.grants)
        fix(copy, "settings", self.settings)
        return copy

    def policies(self) -> tuple[NamedPolicy, ...]:
        """Return every policy of the set, in AWS's order of policy types."""
        levels = (*(self.service_control or ()), *(self.resource_control or ()))
        single = tuple(each for each in (self.permissions_boundary, self.vpc_endpoint) if each is not None)
        return (
            *self.identity_based,
            *self.resource_based,
            *(self.session or ()),
            *single,
            *(policy for level in levels for policy in level),
        )


def _settings(value: Settings | Mapping[str, Any] | None) -> Settings:
    if value is None:
        return Settings()
    if isinstance(value, Settings):
        return value
    check_argument("settings", value, Mapping, "give a mapping of settings, or a Settings")
    known = ("block_public_access", "management_account", "vpc_endpoint_type", "default_encryption_visible")
    for name in value:
        if name not in known:
            raise _bad_setting(f"`{name}` is no setting", ", ".join(known))
    return Settings(**value)


class _Reader:
    """Parses and compiles documents, collecting problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def several(self, values: Iterable[Document] | Document, kind: str) -> tuple[NamedPolicy, ...]:
        listed: Iterable[Any] = (values,)
        if isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping, PolicyDocument)):
            listed = values
        found = [self.one(value, f"{kind} #{index}") for index, value in enumerate(listed)]
        return tuple(policy for policy in found if policy is not None)

    def levels(
        self, levels: Sequence[Iterable[Document]] | None, kind: str
    ) -> tuple[tuple[NamedPolicy, ...], ...] | None:
        if levels is None:
            return None
        check_list(f"{kind}s", levels, "give a list of levels, root first, each a list of documents")
        if not levels:
            return None
        return tuple(self.several(level, f"{kind} of level {number}") for number, level in enumerate(levels))

    def one(self, value: Document | None, name: str) -> NamedPolicy | None:
        if value is None:
            return None
        return self._caught(lambda: _named(value, name))

    def grants(self, values: Iterable[Mapping[str, Any] | Grant]) -> tuple[Grant, ...]:
        check_list("grants", values, "give a list of grants, each as ListGrants prints it")
        return tuple(self.grant(grant, index) for index, grant in enumerate(values))

    def grant(self, value: Mapping[str, Any] | Grant, index: int) -> Grant:
        if isinstance(value, Grant):
            return value
        place = Place(source=f"grant #{index}")
        found = self._caught(lambda: parse_grant(value, place))
        return found if found is not None else Grant(grantee="", operations=())

    def _caught(self, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except PolicygenError as error:
            self.problems.extend(error.problems)
            return None


def _named(value: Document, name: str) -> NamedPolicy:
    if isinstance(value, Mapping) and "document" in value and "Statement" not in value:
        given = value.get("name")
        inner = value["document"]
        document = parse_policy(inner, str(given or name))
        return _compiled(document, str(given) if given else document.source)
    document = parse_policy(value, name)
    return _compiled(document, document.source)


def _compiled(document: PolicyDocument, name: str) -> NamedPolicy:
    return NamedPolicy(name=name, document=document, statements=compile_statements(document, name))


_PAIR_CONSTRAINTS = ("EncryptionContextEquals", "EncryptionContextSubset")
_GRANTS = "https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html"


def parse_grant(value: Mapping[str, Any], place: Place) -> Grant:
    """Return the grant in one entry of ListGrants' answer; entries that do not decide (dates, issuer) are passed over.

    Raises:
        DocumentError: PG-D008 when the grantee or the operations are missing or of the wrong type.
    """
    if not isinstance(value, Mapping):
        message = "a grant is a JSON object"
        raise DocumentError(Problem(code="PG-D008", message=message, place=place, doc_url=_GRANTS))
    grantee = value.get("GranteePrincipal") or value.get("GranteeServicePrincipal")
    retiring = value.get("RetiringPrincipal") or value.get("RetiringServicePrincipal")
    operations = value.get("Operations")
    constraints = value.get("Constraints") or {}
    message = None
    if not isinstance(grantee, str):
        message = "a grant needs GranteePrincipal, an ARN"
    elif not isinstance(retiring, (str, type(None))):
        message = "RetiringPrincipal of a grant is an ARN"
    elif not isinstance(operations, (list, tuple)) or not all(isinstance(each, str) for each in operations):
        message = "a grant needs Operations, a list of operation names"
    elif not isinstance(constraints, Mapping) or not all(
        isinstance(constraints.get(name), (Mapping, type(None))) for name in _PAIR_CONSTRAINTS
    ):
        message = "the Constraints of a grant are a JSON object, its encryption contexts too"
    elif not all(isinstance(each, (str, type(None))) for each in (value.get("KeyId"), constraints.get("SourceArn"))):
        message = "KeyId and SourceArn of a grant are ARNs"
    if message:
        raise DocumentError(Problem(code="PG-D008", message=message, place=place, doc_url=_GRANTS))
    return Grant(
        grantee=str(grantee),
        operations=tuple(operations or ()),
        key=value.get("KeyId"),
        name=str(value.get("Name") or value.get("GrantId") or "grant"),
        encryption_context_equals=_pairs(constraints.get("EncryptionContextEquals")),
        encryption_context_subset=_pairs(constraints.get("EncryptionContextSubset")),
        source_arn=constraints.get("SourceArn"),
        retiring=retiring,
    )


def _pairs(value: Mapping[str, str] | None) -> tuple[tuple[str, str], ...] | None:
    return None if value is None else tuple((str(name), str(text)) for name, text in value.items())
