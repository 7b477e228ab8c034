"""The principal of a request: reading the forms in which AWS names callers.

How a policy's Principal element matches one of them is :mod:`policygen.matching.principals`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from policygen.aws.arns import Arn, is_account_id, is_service_linked_role, parse_arn, role_arn, root_arn
from policygen.errors import Place, Problem, RequestError

_PRINCIPALS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)\Z")
_WEB_IDENTITY_DOMAINS = ("www.amazon.com", "graph.facebook.com", "accounts.google.com")
_FORMS = (
    "an ARN of a user, role, assumed-role session, federated user or account root, a service principal such as "
    "`s3.amazonaws.com`, an identity provider's ARN, or `anonymous`"
)


class PrincipalKind(Enum):
    """Kinds of callers; the values name them in messages."""

    USER = "IAM user"
    ROOT = "root user"
    ROLE_SESSION = "role session"
    FEDERATED_USER = "federated user"
    SERVICE = "service principal"
    IDENTITY_PROVIDER = "identity provider"
    ORIGIN_ACCESS_IDENTITY = "CloudFront origin access identity"
    ANONYMOUS = "anonymous"


IDENTITIES = (PrincipalKind.USER, PrincipalKind.ROOT, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
"""Callers in an AWS account that sign their requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who makes a request.

    Attributes:
        kind: The kind of caller.
        arn: The ARN as given; the service's name for a service principal; ``anonymous`` for nobody.
        partition: Partition of the ARN; empty for a service principal or an anonymous caller.
        account: 12-digit account id; None for a service principal, an origin access identity or an anonymous caller.
        role_arn: For a role session, the role's ARN, path included.
        session_name: For a role session, its name; None when it is not known (a role ARN was given).
        user_arn: For a federated user, the IAM user who called GetFederationToken; None when not known.
        unique_id: The unique id (``AIDA…``, ``AROA…``); None when not known.
        tags: Principal and session tags, in order.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    kind: PrincipalKind
    arn: str
    partition: str = ""
    account: str | None = None
    role_arn: str | None = None
    session_name: str | None = None
    user_arn: str | None = None
    unique_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The last part of the ARN: user name, session name, service name."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def principal_arn(self) -> str | None:
        """The value of ``aws:PrincipalArn``: the role's ARN for a role session, None for unsigned callers.

        Fact: E148, G1
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        if self.kind is PrincipalKind.ROLE_SESSION:
            return self.role_arn
        if self.kind in (PrincipalKind.USER, PrincipalKind.ROOT, PrincipalKind.FEDERATED_USER):
            return self.arn
        return None

    @property
    def session_arn(self) -> str | None:
        """The ARN of the session itself; None when there is none or its name is not known."""
        if self.kind is PrincipalKind.FEDERATED_USER:
            return self.arn
        if self.kind is PrincipalKind.ROLE_SESSION and self.session_name is not None and self.role_arn:
            role_name = self.role_arn.rsplit("/", 1)[-1]
            return f"arn:{self.partition}:sts::{self.account}:assumed-role/{role_name}/{self.session_name}"
        return None

    @property
    def is_service_linked_role(self) -> bool:
        """Whether the caller is a service-linked role.

        Fact: E49
        Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
        """
        return is_service_linked_role(self.role_arn or "")


def parse_principal(value: str | Mapping[str, Any] | Principal) -> Principal:
    """Return the principal that ``value`` names.

    Args:
        value: An ARN or name, or a mapping ``{arn, role, user, unique_id, tags}`` (all but ``arn`` optional).

    Raises:
        RequestError: PG-R001 when it names no principal, PG-R002 when the mapping has unknown or contradicting
            entries; every problem at once.
    """
    if isinstance(value, Principal):
        return value
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping):
        return _from_mapping(value)
    raise RequestError(_problem("PG-R001", f"`{value}` is not a valid principal", hint=f"give {_FORMS}"))


def _problem(code: str, message: str, pointer: str = "/principal", hint: str | None = None) -> Problem:
    place = Place(source="request", pointer=pointer)
    return Problem(code=code, message=message, place=place, hint=hint, doc_url=_PRINCIPALS)


def _from_text(text: str) -> Principal:
    if text == "anonymous":
        return Principal(kind=PrincipalKind.ANONYMOUS, arn=text)
    if text in _WEB_IDENTITY_DOMAINS:
        return Principal(kind=PrincipalKind.IDENTITY_PROVIDER, arn=text)
    arn = parse_arn(text)
    if arn is None:
        if _SERVICE.match(text):
            return Principal(kind=PrincipalKind.SERVICE, arn=text)
        hint = f"write `{root_arn('aws', text)}` for the root user of an account" if is_account_id(text) else None
        raise RequestError(_problem("PG-R001", f"`{text}` is not a valid principal", hint=hint or f"give {_FORMS}"))
    principal = _from_arn(text, arn)
    if principal is None:
        hint = "a user group cannot be a principal" if arn.resource.startswith("group/") else f"give {_FORMS}"
        raise RequestError(_problem("PG-R001", f"`{text}` is not a valid principal", hint=hint))
    return principal


def _from_arn(text: str, arn: Arn) -> Principal | None:
    kind, _, rest = arn.resource.partition("/")
    if (arn.service, arn.account, kind) == ("iam", "cloudfront", "user") and rest:
        return Principal(kind=PrincipalKind.ORIGIN_ACCESS_IDENTITY, arn=text, partition=arn.partition)
    if not is_account_id(arn.account) or arn.region:
        return None

    def found(kind: PrincipalKind, **more: Any) -> Principal:
        return Principal(kind=kind, arn=text, partition=arn.partition, account=arn.account, **more)

    if arn.service == "iam" and arn.resource == "root":
        return found(PrincipalKind.ROOT)
    if not rest or rest.endswith("/") or "*" in rest:
        return None
    if arn.service == "iam" and kind == "user":
        return found(PrincipalKind.USER)
    if arn.service == "iam" and kind == "role":
        return found(PrincipalKind.ROLE_SESSION, role_arn=text)
    if arn.service == "iam" and kind in ("oidc-provider", "saml-provider"):
        return found(PrincipalKind.IDENTITY_PROVIDER)
    if arn.service == "sts" and kind == "federated-user":
        return found(PrincipalKind.FEDERATED_USER)
    role_name, slash, session = rest.rpartition("/")
    if arn.service == "sts" and kind == "assumed-role" and slash and "/" not in role_name:
        role = role_arn(arn.partition, arn.account, "/", role_name)
        return found(PrincipalKind.ROLE_SESSION, role_arn=role, session_name=session)
    return None


_FIELDS = ("arn", "role", "user", "unique_id", "tags")
"""The parts of a principal that is given as a mapping."""


def _from_mapping(value: Mapping[str, Any]) -> Principal:
    known = f"it has {', '.join(_FIELDS)}"
    problems = [
        _problem("PG-R002", f"`{name}` is not a part of a principal", f"/principal/{name}", known)
        for name in value
        if name not in _FIELDS
    ]
    if not isinstance(value.get("arn"), str):
        problems.append(_problem("PG-R001", "a principal's mapping needs `arn`"))
        raise RequestError(*problems)
    try:
        principal = _from_text(value["arn"])
    except RequestError as error:
        raise RequestError(*problems, *error.problems) from None
    principal, more = _completed(principal, value)
    if problems or more:
        raise RequestError(*problems, *more)
    return principal


def _completed(principal: Principal, value: Mapping[str, Any]) -> tuple[Principal, list[Problem]]:
    problems: list[Problem] = []
    more: dict[str, Any] = {}
    role, user = value.get("role"), value.get("user")
    if role is not None:
        given = parse_arn(str(role))
        names_role = given is not None and given.service == "iam" and given.resource.startswith("role/")
        own_name = (principal.role_arn or "").rsplit("/", 1)[-1]
        if principal.kind is not PrincipalKind.ROLE_SESSION or not names_role or given is None:
            message = f"`{role}` is not a role of the session `{principal.arn}`"
            problems.append(_problem("PG-R002", message, "/principal/role"))
        elif given.account != principal.account or given.resource.rsplit("/", 1)[-1] != own_name:
            message = f"`{role}` is not the role of the session `{principal.arn}`"
            problems.append(_problem("PG-R002", message, "/principal/role"))
        else:
            more["role_arn"] = str(role)
    if user is not None:
        given = parse_arn(str(user))
        names_user = given is not None and given.service == "iam" and given.resource.startswith("user/")
        if principal.kind is not PrincipalKind.FEDERATED_USER or not names_user:
            message = f"`{user}` is not an IAM user who could have federated `{principal.arn}`"
            problems.append(_problem("PG-R002", message, "/principal/user"))
        else:
            more["user_arn"] = str(user)
    tags = value.get("tags") or {}
    if not isinstance(tags, Mapping) or not all(isinstance(each, str) for pair in tags.items() for each in pair):
        problems.append(_problem("PG-R002", "tags are a mapping of text to text", "/principal/tags"))
        tags = {}
    unique_id = value.get("unique_id")
    if unique_id is not None and not isinstance(unique_id, str):
        problems.append(_problem("PG-R002", "a unique id is text", "/principal/unique_id"))
        unique_id = None
    return replace(principal, **more, unique_id=unique_id, tags=tuple(tags.items())), problems
