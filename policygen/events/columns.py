"""Rows of Athena's table of CloudTrail and of event data stores: column names in lower case, structures as text.

Fact: T12
Source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-limitations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAMES = {
    name.lower(): name
    for name in """
    eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage
    requestParameters responseElements additionalEventData requestID eventID readOnly resources eventType apiVersion
    managementEvent recipientAccountId serviceEventDetails sharedEventID vpcEndpointId vpcEndpointAccountId
    eventCategory addendum sessionCredentialFromConsole edgeDeviceDetails tlsDetails eventContext
    type principalId arn accountId accessKeyId userName sessionContext invokedBy identityProvider credentialId
    onBehalfOf inScopeOf attributes mfaAuthenticated creationDate sessionIssuer webIdFederationData federatedProvider
    sourceIdentity ec2RoleDelivery ec2IssuedInVpc assumedRoot userId identityStoreArn sourceArn sourceAccount issuerType
    credentialsIssuedTo tlsVersion cipherSuite clientProvidedHostHeader requestContext tagContext resourceTags
    principalTags tags
    """.split()
}
"""CloudTrail's names by their lower case, which is all that tables keep."""

_AS_THEY_ARE = (
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestContext",
    "principalTags",
    "tags",
)
"""Structures whose names are the services' and the users' own."""

_STRUCTURES = frozenset(
    {*_AS_THEY_ARE, "userIdentity", "resources", "tlsDetails", "eventContext", "serviceEventDetails"}
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?( UTC)?\Z")
_TIMES = ("eventTime", "creationDate")
_FIELD = re.compile(r"(?:^|, )([^\s=,{}\[\]]+)=")
_DEEPEST = 20
_EMPTY = ("", "null", "NULL", "{}", "-")


def is_row(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a row of such a table."""
    lowered = {str(name).lower() for name in value}
    by_table = "eventname" in value or isinstance(value.get("userIdentity"), str)
    return by_table and {"eventname", "eventsource"} <= lowered


def record_of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as CloudTrail's own JSON."""
    return {name: value for name, value in _renamed(row, _DEEPEST).items() if value is not None}


def _renamed(row: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        name = _NAMES.get(str(key).lower(), str(key))
        found[name] = _value(name, value, depth)
    return found


def _value(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, str):
        if value in _EMPTY:
            return None
        if name in _TIMES:
            return _moment(value)
        value = _structure(value, ours=name not in _AS_THEY_ARE) if name in _STRUCTURES else value
    if name in _AS_THEY_ARE or not depth:
        return value
    if isinstance(value, Mapping):
        return {key: each for key, each in _renamed(value, depth - 1).items() if each is not None}
    if isinstance(value, list):
        listed = [_renamed(each, depth - 1) if isinstance(each, Mapping) else each for each in value]
        if name == "resources":
            return [_with_arn(each) for each in listed]
        return listed
    return value


def _with_arn(resource: Any) -> Any:
    """Return a resource with its ARN under CloudTrail's name of it."""
    if isinstance(resource, dict) and "arn" in resource:
        return {**resource, "ARN": resource["arn"]}
    return resource


def _moment(text: str) -> str:
    found = _TIME.match(text)
    return f"{found[1]}T{found[2]}Z" if found else text


def _structure(text: str, *, ours: bool) -> Any:
    """Return a structure from its text: JSON, or Athena's own way of writing one; the text itself where it is none.

    Args:
        text: The text.
        ours: Whether its fields have CloudTrail's names: others are parts of values then.
    """
    stripped = text.strip()
    if stripped[:1] not in ("{", "["):
        return text
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):
        return _read(stripped, _DEEPEST, ours=ours)


def _read(text: str, depth: int, *, ours: bool) -> Any:
    """Read ``{type=Role, arn=arn:aws:…}`` and ``[{…}, {…}]``."""
    if not depth or len(text) < 2 or text[0] + text[-1] not in ("{}", "[]"):
        return None if text in _EMPTY else text
    inner = text[1:-1]
    if text[0] == "[":
        return [_read(each, depth - 1, ours=ours) for each in _split(inner)]
    return {name: _inner(value, depth, ours=ours) for name, value in _fields(inner, ours=ours)}


def _inner(text: str, depth: int, *, ours: bool) -> Any:
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return _read(text, depth - 1, ours=ours)
    return None if text in _EMPTY else text


def _fields(text: str, *, ours: bool) -> Iterator[tuple[str, str]]:
    """Yield the fields of a structure: a comma begins a new one only where a name and an equals sign follow it."""
    parts: list[tuple[str, str]] = []
    for piece in _split(text):
        named = _FIELD.match(piece)
        if named is not None and ours and named[1].lower() not in _NAMES:
            named = None
        if named is None and parts:
            name, value = parts.pop()
            parts.append((name, f"{value}, {piece}"))
        elif named is not None:
            parts.append((named[1], piece[named.end() :]))
    yield from parts


def _split(text: str) -> list[str]:
    """Return the parts between commas that stand in no inner structure."""
    parts: list[str] = []
    depth = start = 0
    for at, sign in enumerate(text):
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == "," and depth == 0 and text[at : at + 2] == ", ":
            parts.append(text[start:at])
            start = at + 2
    parts.append(text[start:])
    return [each for each in parts if each]
