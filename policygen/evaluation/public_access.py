"""Is a bucket policy public, by the definition of S3 Block Public Access?

S3 starts from "public"; a policy is non-public only when every Allow is limited to fixed values: no wildcard, no
policy variable.

Fact: E107, E108, S40, S41, S42, S43, S44, S45, S47
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Network

from policygen.document.model import ConditionEntry, Effect, PolicyDocument, PrincipalEntry, Statement
from policygen.errors import DocumentError, Place, Problem, RequestError
from policygen.matching.conditions.operators import ConditionOperator, SetOperator, ValueType, parse_operator
from policygen.matching.conditions.values import IpNetwork, read_network

_FIXED_VALUE_KEYS = frozenset(
    """
    aws:principalaccount aws:principalarn aws:principalorgid aws:principalorgpaths aws:principalservicename
    aws:sourceaccount aws:sourcearn aws:sourceowner aws:sourcevpc aws:sourcevpce aws:userid s3:dataaccesspointaccount
    s3:dataaccesspointarn
    """.split()
)
_UNFIXED = re.compile(r"[*?]|\$\{")
_ROLE_SESSIONS = re.compile(r"(?P<id>[^*?${}:]+):\*\Z")
_ACCESS_POINTS = re.compile(r"arn:[^:*?$]+:s3:[^:*?$]*:[0-9]{12}:accesspoint/[^:/]+\Z")
_ACCESS_POINT_RESOURCE = re.compile(r"arn:[^:]*:s3:[^:]+:[^:]+:accesspoint/")
_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_BROADEST = {4: 8, 6: 32}


class NetworkOrigin(StrEnum):
    """Where an access point takes requests from, in the words of GetAccessPoint."""

    VPC = "VPC"
    INTERNET = "Internet"


def read_network_origin(text: str | None) -> NetworkOrigin | None:
    """Return an access point's network origin; None for None.

    Raises:
        RequestError: PG-R008 for a text that is no network origin.
    """
    known = {each.value.lower(): each for each in NetworkOrigin}
    if text is None or str(text).lower() in known:
        return known.get(str(text).lower())
    message = f"`{str(text)[:100]}` is not a network origin of an access point"
    place = Place(source="access point", pointer="/NetworkOrigin")
    raise RequestError(Problem(code="PG-R008", message=message, place=place, hint="`VPC` or `Internet`"))


def is_public_policy(
    document: PolicyDocument, *, access_point: bool = False, network_origin: NetworkOrigin | None = None
) -> bool:
    """Tell whether a policy is public: one Allow that is not limited to fixed values is enough.

    Args:
        document: A bucket policy, or an access point policy.
        access_point: Whether it is an access point's policy: there ``s3:DataAccessPointArn`` with a wildcard is public.
            A policy whose every Resource is the ARN of an access point is taken for one.
        network_origin: The access point's origin: one that takes requests from a VPC only is never public (E108).
    """
    if document.unresolved:
        raise DocumentError(*document.unresolved)
    if network_origin is NetworkOrigin.VPC:
        return False
    access_point = access_point or network_origin is not None or _names_access_points(document)
    return any(is_public_statement(each, access_point=access_point) for each in document.statements)


def _names_access_points(document: PolicyDocument) -> bool:
    resources = [each for statement in document.statements for each in statement.resource or ("*",)]
    return bool(resources) and all(_ACCESS_POINT_RESOURCE.match(each) for each in resources)


def is_public_statement(statement: Statement, *, access_point: bool = False) -> bool:
    """Tell whether one statement makes its policy public."""
    if statement.effect is Effect.DENY:
        return False
    if statement.principal is not None and all(_is_fixed_principal(each) for each in statement.principal.entries):
        return False
    return not any(_is_limiting(entry, access_point=access_point) for entry in statement.condition)


def _is_fixed_principal(entry: PrincipalEntry) -> bool:
    """A named account, user, role, service or provider; ``Federated`` names no fixed value (S45: removed in 2026)."""
    return entry.kind in ("AWS", "Service", "CanonicalUser") and not _UNFIXED.search(entry.value)


def _is_limiting(entry: ConditionEntry, *, access_point: bool) -> bool:
    operator = parse_operator(entry.operator)
    if operator is None or not entry.values or not _needs_the_key(operator):
        return False
    key = entry.key.lower()
    if key == "aws:sourceip":
        return operator.base.value_type is ValueType.IP_ADDRESS and all(_is_narrow(each) for each in entry.values)
    if key not in _FIXED_VALUE_KEYS or operator.base.value_type not in (ValueType.STRING, ValueType.ARN):
        return False
    return all(_is_fixed(key, value, access_point=access_point) for value in entry.values)


def _needs_the_key(operator: ConditionOperator) -> bool:
    """A negated operator, IfExists and ForAllValues let requests through that lack the key."""
    return (
        not operator.base.negated and not operator.if_exists and operator.set_operator is not SetOperator.FOR_ALL_VALUES
    )


def _is_fixed(key: str, value: str, *, access_point: bool) -> bool:
    if key == "aws:userid":
        return not _UNFIXED.search(value) and _ROLE_SESSIONS.match(value) is None
    if key == "s3:dataaccesspointarn" and not access_point and _ACCESS_POINTS.match(value):
        return "${" not in value
    return not _UNFIXED.search(value)


def _is_narrow(value: str) -> bool:
    network: IpNetwork | None = read_network(value)
    if network is None:
        return False
    if isinstance(network, IPv4Network) and any(network.subnet_of(private) for private in _PRIVATE):
        return True
    return network.prefixlen >= _BROADEST[network.version]
