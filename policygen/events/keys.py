"""Condition keys that a record tells, and of those that it does not tell, why.

Each key that a record tells stands here with its reader: a value, nothing where the call did not carry the key, or the
cause where this record leaves it open. A key that has no reader is one that no record tells.

Fact: G1, G2, G12, G13, G14, G31, G32, G33, G34, G43, G50, G51, G53, G56, G61, N24, T10, T13
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from policygen.aws.arns import is_service_linked_role, via_service
from policygen.events.calls import keys_of
from policygen.events.causes import Cause, Told
from policygen.events.view import View, is_hidden, texts

_BY_SERVICES = ("AWS Internal",)
_MFA = ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated")
_CREATED = ("userIdentity", "sessionContext", "attributes", "creationDate")
_SOURCES = {
    "AWS::Lambda::Function": "lambda:SourceFunctionArn",
    "AWS::EC2::Instance": "ec2:SourceInstanceArn",
}
"""Keys that name what a session's credentials were handed to, by the type that the record says."""


def _address(view: View) -> Told:
    """Return the network address of the caller; None where the call came from a service."""
    stated = view.text("sourceIPAddress")
    if stated is None:
        return Cause.NOT_RECORDED
    return stated if _is_address(stated) else Cause.ADDRESS


@lru_cache(maxsize=65_536)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _source_ip(view: View) -> Told:
    if view.text("vpcEndpointId") or _is_forwarded(view) is True:
        return None
    return _address(view)


def _vpc_source_ip(view: View) -> Told:
    return _address(view) if view.text("vpcEndpointId") else None


def _of_endpoint(cause: Cause) -> Callable[[View], Told]:
    """Return a reader of what no record has of an endpoint; without one there is nothing to know."""
    return lambda view: cause if view.text("vpcEndpointId") else None


def _is_forwarded(view: View) -> bool | None:
    """Tell whether a service made the call with the caller's credentials; None where that cannot be told.

    A service principal and a service-linked role call for the service itself; an IAM user and a root user have no
    credentials that a service could use of its own accord; a role's may be the caller's or the service's own.
    """
    if view.service_that_calls is None:
        return False
    kind = view.text("userIdentity", "type")
    if kind in ("IAMUser", "Root", "FederatedUser"):
        return True
    issuer = view.text("userIdentity", "sessionContext", "sessionIssuer", "arn") or ""
    return False if kind != "AssumedRole" or is_service_linked_role(issuer) else None


def _via_service(view: View) -> Told:
    forwarded = _is_forwarded(view)
    return Cause.FORWARDING if forwarded is None else "true" if forwarded else "false"


def _called_via(view: View) -> Told:
    return None if _is_forwarded(view) is False else Cause.CALL_CHAIN


def _called_via_last(view: View) -> Told:
    forwarded = _is_forwarded(view)
    if not forwarded:
        return Cause.FORWARDING if forwarded is None else None
    return _service_name(view) or Cause.CALL_CHAIN


def _service_name(view: View) -> str | None:
    stated = view.service_that_calls
    return None if stated in (None, *_BY_SERVICES) else stated


def _kms_via_service(view: View) -> Told:
    if view.service_that_calls is None or view.text("userIdentity", "type") == "AWSService":
        return None
    name = _service_name(view)
    return via_service(name.partition(".")[0], view.region) if name else Cause.CALL_CHAIN


def _mfa_age(view: View) -> Told:
    return Cause.MFA_AGE if view.text(*_MFA) == "true" else None


def _time(view: View) -> Told:
    return view.text("eventTime") or Cause.NOT_RECORDED


def _epoch(view: View) -> Told:
    try:
        return str(int(datetime.fromisoformat(view.text("eventTime") or "").timestamp()))
    except ValueError:
        return Cause.NOT_RECORDED


def _user_agent(view: View) -> Told:
    """Return the user agent; S3 writes it in brackets, and a service is recorded by its name."""
    stated = view.text("userAgent")
    if stated is None:
        return Cause.NOT_RECORDED
    if stated in (*_BY_SERVICES, view.service_that_calls, view.text("sourceIPAddress")):
        return Cause.USER_AGENT
    in_brackets = stated.startswith("[") and stated.endswith("]")
    return stated[1:-1] if in_brackets and view.text("eventSource") == "s3.amazonaws.com" else stated


def _secure(view: View) -> Told:
    told = view.text("tlsDetails", "tlsVersion") or view.text("additionalEventData", "CipherSuite")
    return "true" if told else Cause.TLS


def _tls_version(view: View) -> Told:
    stated = view.text("tlsDetails", "tlsVersion")
    return stated.removeprefix("TLSv") if stated else Cause.TLS


def _federated_provider(view: View) -> Told:
    stated = view.text("userIdentity", "sessionContext", "webIdFederationData", "federatedProvider")
    is_session = view.text("userIdentity", "type") == "AssumedRole"
    return stated or (Cause.SESSION if is_session else None)


def _in_scope_of(key: str) -> Callable[[View], Told]:
    def told(view: View) -> Told:
        scope = view.mapping("userIdentity", "inScopeOf")
        if _SOURCES.get(str(scope.get("issuerType"))) != key:
            return Cause.SESSION if view.text("userIdentity", "type") == "AssumedRole" and not scope else None
        return texts(scope.get("credentialsIssuedTo")) or Cause.SESSION

    return told


def _at(*path: str) -> Callable[[View], Told]:
    return lambda view: view.text(*path)


def _region(view: View) -> Told:
    return view.region or Cause.NOT_RECORDED


def _auth_type(view: View) -> Told:
    how = view.text("additionalEventData", "AuthenticationMethod")
    return {"AuthHeader": "REST-HEADER", "QueryString": "REST-QUERY-STRING"}.get(how or "", Cause.NOT_RECORDED)


def _signature_version(view: View) -> Told:
    how = view.text("additionalEventData", "SignatureVersion")
    return {"SigV4": "AWS4-HMAC-SHA256", "SigV2": "AWS"}.get(how or "", Cause.NOT_RECORDED)


def _request_alias(view: View) -> Told:
    if view.has_no_parameters:
        return Cause.NO_PARAMETERS
    stated = next(iter(texts(view.at("keyId"))), "")
    start = stated.find("alias/")
    return stated[start:] if start >= 0 else None


_CLAIMS = {"www.amazon.com": ("app_id", "user_id"), "graph.facebook.com": ("app_id", "id")}
"""The names of audience and subject where they are not ``aud`` and ``sub``."""


def _claims(view: View) -> Iterator[tuple[str, Told]]:
    """Yield the claims of the token of a web identity that the record has: audience and subject.

    Fact: T2
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    provider, subject = view.text("userIdentity", "identityProvider"), view.text("userIdentity", "userName")
    whole = view.text("userIdentity", "principalId") or ""
    if provider is None or subject is None or view.text("userIdentity", "type") != "WebIdentityUser":
        return
    host = provider.partition("oidc-provider/")[2] or provider
    named = _CLAIMS.get(host, ("aud", "sub"))
    yield f"{host}:{named[1]}", subject
    if whole.startswith(f"{provider}:") and whole.endswith(f":{subject}"):
        yield f"{host}:{named[0]}", whole[len(provider) + 1 : -len(subject) - 1]


READERS: Mapping[str, Callable[[View], Told]] = {
    "aws:SourceIp": _source_ip,
    "aws:VpcSourceIp": _vpc_source_ip,
    "aws:SourceVpce": _at("vpcEndpointId"),
    "aws:VpceAccount": _at("vpcEndpointAccountId"),
    "aws:SourceVpc": _of_endpoint(Cause.VPC),
    "aws:SourceVpcArn": _of_endpoint(Cause.VPC),
    "aws:VpceOrgID": _of_endpoint(Cause.ORGANIZATION),
    "aws:VpceOrgPaths": _of_endpoint(Cause.ORGANIZATION),
    "aws:ViaAWSService": _via_service,
    "aws:CalledVia": _called_via,
    "aws:CalledViaFirst": _called_via,
    "aws:CalledViaLast": _called_via_last,
    "aws:MultiFactorAuthPresent": _at(*_MFA),
    "aws:MultiFactorAuthAge": _mfa_age,
    "aws:TokenIssueTime": _at(*_CREATED),
    "aws:CurrentTime": _time,
    "aws:EpochTime": _epoch,
    "aws:RequestedRegion": _region,
    "aws:UserAgent": _user_agent,
    "aws:SecureTransport": _secure,
    "aws:SourceIdentity": _at("userIdentity", "sessionContext", "sourceIdentity"),
    "aws:FederatedProvider": _federated_provider,
    "aws:AssumedRoot": _at("userIdentity", "sessionContext", "assumedRoot"),
    "ec2:RoleDelivery": _at("userIdentity", "sessionContext", "ec2RoleDelivery"),
    "lambda:SourceFunctionArn": _in_scope_of("lambda:SourceFunctionArn"),
    "ec2:SourceInstanceArn": _in_scope_of("ec2:SourceInstanceArn"),
}
"""Keys of every service that a record tells."""

OF_SERVICES: Mapping[str, Mapping[str, Callable[[View], Told]]] = {
    "s3": {"s3:TlsVersion": _tls_version, "s3:authType": _auth_type, "s3:signatureversion": _signature_version},
    "kms": {"kms:ViaService": _kms_via_service, "kms:RequestAlias": _request_alias},
}
"""Those of one service that are no request parameters."""

_FAMILIES = ("aws:requesttag/", "aws:tagkeys")
_FAMILIES_OF_SERVICES = {
    "s3": ("s3:requestobjecttag/", "s3:requestobjecttagkeys"),
    "kms": ("kms:encryptioncontext:", "kms:encryptioncontextkeys"),
}
ONLY_CONDITIONS_LOOK = frozenset(
    """
    aws:sourceip aws:vpcsourceip aws:currenttime aws:epochtime aws:tokenissuetime aws:useragent aws:sourceidentity
    aws:securetransport s3:tlsversion s3:authtype s3:signatureversion s3:prefix s3:delimiter s3:max-keys
    """.split()
)
"""Keys that no rule looks at beside the conditions of policies: without these conditions they change nothing."""


def told(view: View, service: str, *, keys: frozenset[str] | None) -> Iterator[tuple[str, Told]]:
    """Yield the keys that have a reader, each with what this record tells.

    Args:
        view: The record.
        service: Prefix of the service's actions.
        keys: The keys in lower case that policies look at; None for all.
    """
    readers, by_name, by_path = _wanted(service, keys)
    for key, read in readers:
        yield key, read(view)
    if view.has_no_parameters:
        yield from ((key, Cause.NO_PARAMETERS) for key in (*by_name.values(), *by_path.values()))
    else:
        stated = view.direct
        yield from ((by_name[name], _parameter(stated[name])) for name in stated if name in by_name)
        yield from ((key, _parameter(view.at(path))) for path, key in by_path.items())
    if service == "sts":
        yield from _claims(view)


@lru_cache(maxsize=1024)
def _wanted(
    service: str, keys: frozenset[str] | None
) -> tuple[tuple[tuple[str, Callable[[View], Told]], ...], Mapping[str, str], Mapping[str, str]]:
    """Return the readers of the keys that make a difference, and such keys by the parameter that is their value."""

    def counts(key: str) -> bool:
        return keys is None or key.lower() in keys or key.lower() not in ONLY_CONDITIONS_LOOK

    readers = {**READERS, **OF_SERVICES.get(service, {})}
    parameters = {path.lower(): key for key, path in keys_of(service) if counts(key)}
    return (
        tuple((key, read) for key, read in readers.items() if counts(key)),
        {path: key for path, key in parameters.items() if "." not in path},
        {path: key for path, key in parameters.items() if "." in path},
    )


def _parameter(stated: object) -> Told:
    if stated is None:
        return None
    found = texts(stated)
    if any(map(is_hidden, found)):
        return Cause.HIDDEN
    return found[0] if len(found) == 1 else found


@lru_cache(maxsize=4096)
def has_reader(service: str, key: str) -> bool:
    """Tell whether records of a service tell a key, given in lower case, or that a call did not carry it."""
    names = (*READERS, *OF_SERVICES.get(service, ()), *(name for name, _ in keys_of(service)))
    families = (*_FAMILIES, *_FAMILIES_OF_SERVICES.get(service, ()))
    return key in {name.lower() for name in names} or key.startswith(families)
