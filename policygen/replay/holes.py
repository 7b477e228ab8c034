"""What varies from record to record and is handed on as it is: taken out of a record, a token in its place.

A text is left out only where nothing but policies looks into it: the name of a session, the key of an object, an id
that somebody's program made up (ten characters or more, with a digit), an address, a moment. What such a text begins
with (``i-``, ``mrk-``) stays. A token that turns up anywhere but in the caller's ARN, a resource or the value of a
condition key makes :func:`is_handed_on` false, and nothing is left out of records of that shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from policygen.events import EventRequest

TOKENS = ("hole-1-of-shape-7c1f", "hole-2-of-shape-7c1f", "hole-3-of-shape-7c1f")
"""Tokens for three texts in parameters and resources."""

NAME = "name-of-shape-7c1f"
"""The token for the names of a role and its session."""

ADDRESS, TIME = "198.51.100.253", "1999-12-31T23:59:58Z"
"""Tokens for an address and a moment."""

ALL_TOKENS = (*TOKENS, ADDRESS, TIME)

Holes = tuple[str, str, str]

_TOKEN = re.compile("|".join(map(re.escape, ALL_TOKENS)))
_NAME = re.compile(f"{_TOKEN.pattern}|{NAME}")
_SESSION = re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)\Z", re.ASCII)
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/([\w+=,.@/-]+)\Z", re.ASCII)
_OBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 /_.=-]*\Z")
_OPAQUE = re.compile(
    r"(?:.*[/:\]])?+(?:[a-z]{1,12}-)?+"
    r"((?=[^0-9]*[0-9])(?=[0-9]*[A-Za-z_+=-])[A-Za-z0-9][A-Za-z0-9_+=-]{7,})\Z",
    re.DOTALL,
)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]?\Z")
_OF_S3 = re.compile(r"arn:aws[a-z-]*:s3:::[a-z0-9.-]+/")
_ADDRESS = re.compile(r"(?:\d{1,2}\.){3}\d{1,2}\Z|(?:1\d\d\.){3}1\d\d\Z", re.ASCII)
_MOMENT = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ\Z", re.ASCII)
_KEPT_SESSIONS = ("s3-replication",)
"""Names of sessions that say what is done."""

_LEAST, _LONGEST = 10, 1024
_MOST = len(TOKENS)
_DEEPEST = 5


def without_address(fields: Mapping[str, Any]) -> str:
    """Return the address of a record, which may be left out; empty where it may not."""
    stated = fields.get("sourceIPAddress")
    if type(stated) is str and _ADDRESS.match(stated) and stated != fields.get("userAgent"):
        return stated
    return ""


def without_time(fields: Mapping[str, Any], keys: frozenset[str]) -> str:
    """Return the time of a record, which may be left out; empty where it may not: seconds are worked out from it."""
    stated = fields.get("eventTime")
    if type(stated) is str and _MOMENT.match(stated) and "aws:epochtime" not in keys:
        return stated
    return ""


def without_names(identity: Any) -> Any:
    """Return ``userIdentity`` with a token in the place of a role's and its session's names; None where they count."""
    if type(identity) is not dict or identity.get("type") != "AssumedRole":
        return None
    arn, unique = identity.get("arn"), identity.get("principalId")
    session: Any = identity.get("sessionContext")
    issuer = session.get("sessionIssuer") if type(session) is dict else None
    if type(arn) is not str or type(unique) is not str or type(issuer) is not dict:
        return None
    found, role = _SESSION.match(arn), issuer.get("arn")
    if found is None or found[2] in _KEPT_SESSIONS or ":" not in unique:
        return None
    if type(role) is not str:
        return None
    named = _ROLE.match(role)
    if named is None or named[1].startswith("aws-service-role/"):
        return None
    issuer = {**issuer, "arn": role[: named.start(1)] + NAME, "principalId": NAME, "userName": NAME}
    return {
        **identity,
        "arn": f"{arn[: found.start(1)]}{NAME}/{NAME}",
        "principalId": f"{NAME}:{NAME}",
        "sessionContext": {**session, "sessionIssuer": issuer},
    }


def without_object(fields: Mapping[str, Any]) -> tuple[Any, Any, str] | None:
    """Return the parameters and resources of a call to S3 that names an object, with a token for its key, and the key.

    None where the call names more than an object, or the key may not be left out.
    """
    parameters, resources = fields.get("requestParameters"), fields.get("resources")
    if type(parameters) is not dict or fields.get("eventSource") != "s3.amazonaws.com" or len(parameters) > 3:
        return None
    key, bucket, host = parameters.get("key"), parameters.get("bucketName"), parameters.get("Host", "")
    if type(key) is not str or type(bucket) is not str or type(host) is not str or not _OBJECT.match(key):
        return None
    if len(parameters) != 2 + ("Host" in parameters) or _NAME.search(f"{bucket} {host} {key}"):
        return None
    if type(resources) is list:
        end = f":::{bucket}/{key}"
        resources = [
            {**each, "ARN": arn[: -len(key)] + TOKENS[0]}
            if type(each) is dict and type(arn := each.get("ARN")) is str and arn.endswith(end)
            else each
            for each in resources
        ]
    return {**parameters, "key": TOKENS[0]}, resources, key


def opened(fields: Mapping[str, Any]) -> tuple[Any, Any, Holes] | None:
    """Return a record's parameters and resources with tokens, and what was left out; None where a token is there."""
    parameters, resources = fields.get("requestParameters"), fields.get("resources")
    opener = _Opener()
    if type(parameters) is dict:
        if fields.get("eventSource") == "s3.amazonaws.com":
            parameters = opener.object_of(parameters)
        parameters = opener.value(parameters, _DEEPEST)
    if type(resources) is list:
        resources = [opener.resource(each) for each in resources]
    return None if opener.met_token else (parameters, resources, opener.holes())


def has_token(identity: Any) -> bool:
    """Tell whether what is a token here stands in ``userIdentity`` as somebody's own text."""
    return _NAME.search(repr(identity)) is not None


class _Opener:
    """Puts tokens in the place of texts, the same for the same text."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._objects: dict[str, str] = {}
        self._given: set[str] = set()
        self.met_token = False
        """Whether what is a token here stands in the record as somebody's own text."""

    def holes(self) -> Holes:
        """Return what was left out."""
        found = [*self._found, "", "", ""]
        return found[0], found[1], found[2]

    def _token(self, text: str) -> str | None:
        token = self._found.get(text)
        if token is None and len(self._found) < _MOST:
            self.met_token |= _NAME.search(text) is not None
            token = self._found[text] = TOKENS[len(self._found)]
        return token

    def object_of(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of a call to S3 with a token for the key of its object."""
        key, bucket = parameters.get("key"), parameters.get("bucketName")
        if type(key) is not str or type(bucket) is not str or not _OBJECT.match(key):
            return parameters
        token = self._token(key)
        if token is None:
            return parameters
        self._objects[f":::{bucket}/{key}"] = key
        self._given.add(token)
        return {**parameters, "key": token}

    def value(self, value: Any, depth: int) -> Any:
        """Return a parameter with tokens."""
        if type(value) is str:
            return self.text(value) if _LEAST <= len(value) <= _LONGEST else value
        if type(value) is dict and depth:
            return {name: self.value(each, depth - 1) for name, each in value.items()}
        if type(value) is list and depth:
            return [self.value(each, depth - 1) for each in value]
        return value

    def text(self, text: str) -> str:
        """Return a text with a token in the place of an id, or of an object's key at its end."""
        if _NAME.search(text):
            self.met_token |= text not in self._given
            return text
        of_s3 = _OF_S3.match(text)
        if of_s3 is not None and _OBJECT.match(text, of_s3.end()):
            return text[: of_s3.end()] + (self._token(text[of_s3.end() :]) or text[of_s3.end() :])
        found = _OPAQUE.match(text)
        if found is None or _REGION.match(text):
            return text
        return text[: found.start(1)] + (self._token(found[1]) or found[1])

    def resource(self, resource: Any) -> Any:
        """Return an item of a record's resources with a token at the end of its ARN."""
        arn = resource.get("ARN") if type(resource) is dict else None
        if type(arn) is not str:
            return resource
        for end, key in self._objects.items():
            if arn.endswith(end):
                return {**resource, "ARN": arn[: -len(key)] + self._found[key]}
        at = max(arn.rfind("/"), arn.rfind(":")) + 1
        if ":s3:::" in arn or len(arn) - at < _LEAST:
            return resource
        return {**resource, "ARN": arn[:at] + self.text(arn[at:])}


def parted(text: str | None) -> tuple[str | None, int, str]:
    """Return what stands before the token in a text, its place among :data:`ALL_TOKENS`, and what stands behind.

    Without a token: the text, one more than the last place, and nothing.
    """
    found = None if text is None else _TOKEN.search(text)
    if text is None or found is None:
        return text, len(ALL_TOKENS), ""
    return text[: found.start()], ALL_TOKENS.index(found[0]), text[found.end() :]


def is_handed_on(asked: EventRequest) -> bool:
    """Tell whether every token of a request stands where a text is handed on as it is: one in a text at most."""
    request = asked.request
    if asked.lacks("resource") is not None and _TOKEN.search(request.resource):
        return False  # what the resource may be is made of the text
    if NAME in request.resource or any(NAME in value for each in request.stated for value in each.values):
        return False
    if len(_TOKEN.findall(request.resource)) > 1 or _TOKEN.search(request.action):
        return False
    for each in request.stated:
        found = [_TOKEN.findall(value) for value in each.values]
        if any(len(tokens) > 1 for tokens in found) or (len(found) > 1 and any(found)) or _TOKEN.search(each.name):
            return False
    return True
