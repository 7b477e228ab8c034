"""The caller of a call: ``userIdentity`` as a principal.

Fact: T2, T3
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from functools import lru_cache

from policygen.aws.arns import parse_arn, root_arn
from policygen.errors import RequestError
from policygen.events.causes import Cause
from policygen.events.view import View, mapping_in, text_in
from policygen.request.principal import Principal, parse_principal

ANONYMOUS = "ANONYMOUS_PRINCIPAL"
"""The account that CloudTrail records for a call without credentials."""

_MOST_CALLERS = 16_384

Named = tuple[tuple[str, str], ...]
"""A principal's parts by name, as a request takes them: ``arn``, ``role``, ``user``, ``unique_id``."""


def caller_of(view: View) -> Named | Cause:
    """Return the parts that name the caller; the cause where the record does not name it."""
    kind = view.kind
    if kind in ("SAMLUser", "WebIdentityUser"):
        return _federated(view, kind)
    if kind == "AWSService":
        return _arn(view.service_that_calls)
    if kind == "AWSAccount":
        anonymous = text_in(view.identity, "accountId") in (ANONYMOUS, "anonymous")
        return (("arn", "anonymous"),) if anonymous else Cause.OTHER_ACCOUNT
    if kind == "IdentityCenterUser":
        return Cause.IDENTITY_CENTER
    arn = text_in(view.identity, "arn")
    if arn is None and kind == "Root" and view.account is not None:
        return (("arn", root_arn(view.partition, view.account)),)
    if arn is None:
        return Cause.NO_PRINCIPAL
    issuer = text_in(mapping_in(view.session, "sessionIssuer"), "arn")
    return _identity(arn, issuer, text_in(view.identity, "principalId"))


def _arn(found: str | None) -> Named | Cause:
    return Cause.NO_PRINCIPAL if found is None or " " in found else (("arn", found),)


@lru_cache(maxsize=_MOST_CALLERS)
def _identity(arn: str, issuer: str | None, unique: str | None) -> Named:
    """Return a caller with an ARN of its own: a session also has that of its role, whose path its own has not."""
    parts = [("arn", arn)]
    named = parse_arn(arn)
    if issuer is not None and named is not None and named.service == "sts":
        kind = named.resource.partition("/")[0]
        part = {"assumed-role": "role", "federated-user": "user"}.get(kind)
        if part is not None and f":{part}/" in issuer:
            parts.append((part, issuer))
    if unique is not None and named is not None and named.resource != "root":
        parts.append(("unique_id", unique.partition(":")[0]))
    return tuple(parts)


def _federated(view: View, kind: str) -> Named | Cause:
    """Return the identity provider that vouches for a sign-in."""
    stated = view.at("principalArn") if kind == "SAMLUser" else text_in(view.identity, "identityProvider")
    return _arn(stated if isinstance(stated, str) and stated else None)


@lru_cache(maxsize=_MOST_CALLERS)
def principal_of(named: Named) -> Principal | None:
    """Return the principal that parts name, one object for equal parts; None where they name none."""
    try:
        return parse_principal(dict(named))
    except RequestError:
        return None
