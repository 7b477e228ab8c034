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
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from policygen.aws.arns import is_service_linked_role, via_service
from policygen.events.causes import Cause, Told
from policygen.events.view import View, mapping_in, text_in, texts

_BY_SERVICES = ("AWS Internal",)
_SOURCES = {
    "AWS::Lambda::Function": "lambda:SourceFunctionArn",
    "AWS::EC2::Instance": "ec2:SourceInstanceArn",
}
"""Keys that name what a session's credentials were handed to, by the type that the record says."""

Reader = Callable[[View], Told]
Readers = Mapping[str, Reader]


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
    if text_in(view.fields, "vpcEndpointId") or _is_forwarded(view) is True:
        return None
    return _address(view)


def _vpc_source_ip(view: View) -> Told:
    return _address(view) if text_in(view.fields, "vpcEndpointId") else None


def _of_endpoint(cause: Cause) -> Reader:
    """Return a reader of what no record has of an endpoint; without one there is nothing to know."""
    return lambda view: cause if text_in(view.fields, "vpcEndpointId") else None


def _is_forwarded(view: View) -> bool | None:
    """Tell whether a service made the call with the caller's credentials; None where that cannot be told.

    A service principal and a service-linked role call for the service itself; an IAM user and a root user have no
    credentials that a service could use of its own accord; a role's may be the caller's or the service's own.
    """
    if view.service_that_calls is None:
        return False
    if view.kind in ("IAMUser", "Root", "FederatedUser"):
        return True
    issuer = text_in(mapping_in(view.session, "sessionIssuer"), "arn") or ""
    return False if view.kind != "AssumedRole" or is_service_linked_role(issuer) else None


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
    if view.service_that_calls is None or view.kind == "AWSService":
        return None
    name = _service_name(view)
    return via_service(name.partition(".")[0], view.region) if name else Cause.CALL_CHAIN


def _mfa(view: View) -> Told:
    return text_in(mapping_in(view.session, "attributes"), "mfaAuthenticated")


def _mfa_age(view: View) -> Told:
    return Cause.MFA_AGE if _mfa(view) == "true" else None


def _issued(view: View) -> Told:
    return text_in(mapping_in(view.session, "attributes"), "creationDate")


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
    stated = text_in(mapping_in(view.session, "webIdFederationData"), "federatedProvider")
    return stated or (Cause.SESSION if view.kind == "AssumedRole" else None)


def _in_scope_of(key: str) -> Reader:
    def told(view: View) -> Told:
        scope = mapping_in(view.identity, "inScopeOf")
        if _SOURCES.get(str(scope.get("issuerType"))) != key:
            return Cause.SESSION if view.kind == "AssumedRole" and not scope else None
        return texts(scope.get("credentialsIssuedTo")) or Cause.SESSION

    return told


def _at(name: str) -> Reader:
    return lambda view: text_in(view.fields, name)


def _of_session(name: str) -> Reader:
    return lambda view: text_in(view.session, name)


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


def _through_endpoint(view: View) -> bool:
    return "vpcEndpointId" in view.fields or "vpcEndpointAccountId" in view.fields


def _by_service(view: View) -> bool:
    return view.service_that_calls is not None


def _in_session(view: View) -> bool:
    return bool(view.session) or view.kind == "AssumedRole" or "inScopeOf" in view.identity


CARRIED: Sequence[tuple[Callable[[View], bool] | None, Readers]] = (
    (None, {"aws:SourceIp": _source_ip}),
    (
        _through_endpoint,
        {
            "aws:VpcSourceIp": _vpc_source_ip,
            "aws:SourceVpce": _at("vpcEndpointId"),
            "aws:VpceAccount": _at("vpcEndpointAccountId"),
            "aws:SourceVpc": _of_endpoint(Cause.VPC),
            "aws:SourceVpcArn": _of_endpoint(Cause.VPC),
            "aws:VpceOrgID": _of_endpoint(Cause.ORGANIZATION),
            "aws:VpceOrgPaths": _of_endpoint(Cause.ORGANIZATION),
        },
    ),
    (None, {"aws:ViaAWSService": _via_service}),
    (
        _by_service,
        {
            "aws:CalledVia": _called_via,
            "aws:CalledViaFirst": _called_via,
            "aws:CalledViaLast": _called_via_last,
        },
    ),
    (
        _in_session,
        {
            "aws:MultiFactorAuthPresent": _mfa,
            "aws:MultiFactorAuthAge": _mfa_age,
            "aws:TokenIssueTime": _issued,
        },
    ),
    (
        None,
        {
            "aws:CurrentTime": _time,
            "aws:EpochTime": _epoch,
            "aws:RequestedRegion": _region,
            "aws:UserAgent": _user_agent,
            "aws:SecureTransport": _secure,
        },
    ),
    (
        _in_session,
        {
            "aws:SourceIdentity": _of_session("sourceIdentity"),
            "aws:FederatedProvider": _federated_provider,
            "aws:AssumedRoot": _of_session("assumedRoot"),
            "ec2:RoleDelivery": _of_session("ec2RoleDelivery"),
            "lambda:SourceFunctionArn": _in_scope_of("lambda:SourceFunctionArn"),
            "ec2:SourceInstanceArn": _in_scope_of("ec2:SourceInstanceArn"),
        },
    ),
)
"""Keys of every service that a record tells, and what tells the calls that carry any of them; None: all do."""

OF_SERVICES: Mapping[str, Readers] = {
    "s3": {"s3:TlsVersion": _tls_version, "s3:authType": _auth_type, "s3:signatureversion": _signature_version},
    "kms": {"kms:ViaService": _kms_via_service, "kms:RequestAlias": _request_alias},
}
"""Those of one service that are no request parameters."""

ONLY_CONDITIONS_LOOK = frozenset(
    """
    aws:sourceip aws:vpcsourceip aws:currenttime aws:epochtime aws:tokenissuetime aws:useragent aws:sourceidentity
    aws:multifactorauthpresent aws:multifactorauthage aws:federatedprovider aws:assumedroot ec2:roledelivery
    lambda:sourcefunctionarn ec2:sourceinstancearn aws:calledvia aws:calledviafirst aws:calledvialast
    aws:securetransport s3:tlsversion s3:authtype s3:signatureversion s3:prefix s3:delimiter s3:max-keys
    """.split()
)
"""Keys that no rule looks at beside the conditions of policies: without these conditions they change nothing."""
