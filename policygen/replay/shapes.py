"""Records told apart by what makes their requests: each distinct shape is read once, whatever varies freely left out.

Sessions, keys of objects and addresses differ from record to record and change nothing but themselves: a shape has a
token in the place of each, and a record is its shape with these texts. Where a token would be more than a text that is
handed on, nothing is left out.
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from policygen.events import FIELDS, FIELDS_OF_KEYS, PARTS, Event, caller_named, event_of
from policygen.request import Request

SESSION, OBJECT = "session-of-shape-7c1f", "object-of-shape-7c1f"
ADDRESS, TIME = "198.51.100.253", "1999-12-31T23:59:58Z"
"""Tokens, for the name of a session, an object's key, an address of the network, the time of a call."""

MOST_SHAPES = 200_000
"""Shapes, and callers, that are remembered; when there are more, all are forgotten and read anew."""

MOST_REQUESTS = 3
"""Requests of an event that are decided in columns; events of more are judged one by one."""

_SESSION = re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/[\w+=,.@-]+/([\w+=,.@-]+)\Z", re.ASCII)
_OBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 /_.=-]*\Z")
_ADDRESS = re.compile(r"(?:\d{1,2}\.){3}\d{1,2}\Z|(?:1\d\d\.){3}1\d\d\Z", re.ASCII)
_MOMENT = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ\Z", re.ASCII)
_KEPT_SESSIONS = ("s3-replication",)
"""Names of sessions that say what is done."""

_START = "aws:tokenissuetime"
_ON_ITS_OWN = ("userIdentity", "requestParameters", "resources", "sourceIPAddress", "eventTime", *PARTS)
_MARSHAL = 2
"""The version of marshal's format that writes equal values alike."""


class Caller(NamedTuple):
    """A caller as recorded.

    Attributes:
        number: A number for all callers that differ in nothing but the names of their sessions.
        identity: ``userIdentity``, with a token for the session's name.
        arn: The session's ARN; empty where nothing was left out.
    """

    number: int
    identity: Any
    arn: str


class Shape(NamedTuple):
    """What is equal for many records.

    Attributes:
        event: The event, with tokens for what was left out.
        named: The parts that name the caller; None where the record does not.
        exact: Whether nothing may be left out of records of this shape.
        alone: Whether it is judged as it is, and not in columns.
    """

    event: Event
    named: Mapping[str, str] | None
    exact: bool = False
    alone: bool = False


class Rows(NamedTuple):
    """Records as the numbers of their shapes, with what was left out; empty texts where it is in the shape.

    Attributes:
        shapes: The number of each record's shape.
        callers: The ARNs of sessions.
        objects: The keys of objects.
        addresses: The addresses of callers.
        times: The times of calls.
    """

    shapes: list[int]
    callers: list[str]
    objects: list[str]
    addresses: list[str]
    times: list[str]


class Shapes:
    """The shapes that were met.

    Attributes:
        shapes: The shapes by number.
    """

    def __init__(self, keys: frozenset[str]) -> None:
        """Know none yet.

        Args:
            keys: The condition keys, in lower case, that policies look at.
        """
        self._keys = keys
        wanted = [name for name, of in FIELDS_OF_KEYS.items() if not keys.isdisjoint(of)]
        self._fields = tuple(each for each in (*FIELDS, *wanted) if each not in _ON_ITS_OWN)
        self._parts = tuple((each, PARTS[each]) for each in wanted if each in PARTS)
        self._has_address = "sourceIPAddress" in wanted
        self._has_time = "eventTime" in wanted
        self._forget()

    def _forget(self) -> None:
        self.shapes: list[Shape] = []
        self._numbers: dict[Any, int] = {}
        self._callers: dict[Any, Caller] = {}
        self._alike: dict[Any, int] = {}

    def keep_small(self) -> bool:
        """Forget everything when there is too much of it; tell whether that was done."""
        if len(self._numbers) < MOST_SHAPES and len(self._callers) < MOST_SHAPES:
            return False
        self._forget()
        return True

    def rows(self, records: Iterable[Mapping[str, Any]]) -> Rows:
        """Return records as rows."""
        found = Rows([], [], [], [], [])
        add_shape, add_caller, add_object = found.shapes.append, found.callers.append, found.objects.append
        add_address, add_time = found.addresses.append, found.times.append
        shapes, numbers = self.shapes, self._numbers
        for fields in records:
            caller = self._caller(fields.get("userIdentity"))
            parameters, resources, key = _without_object(fields)
            address = self._address(fields) if self._has_address else ""
            time = self._time(fields) if self._has_time else ""
            known = self._key(fields, caller.number, parameters, resources, address, time)
            number = numbers.get(known)
            if number is None:
                changes = {"userIdentity": caller.identity, "requestParameters": parameters, "resources": resources}
                changes |= ({"sourceIPAddress": ADDRESS} if address else {}) | ({"eventTime": TIME} if time else {})
                number = self._new(known, {**fields, **changes})
            if shapes[number].exact:
                number, caller, key, address, time = self._exact(fields), _NOBODY, "", "", ""
            add_shape(number)
            add_caller(caller.arn)
            add_object(key)
            add_address(address)
            add_time(time)
        return found

    def _key(
        self, fields: Mapping[str, Any], caller: object, parameters: Any, resources: Any, address: str, time: str
    ) -> Any:
        get = fields.get
        found = [caller, parameters, resources, *map(get, self._fields)]
        if self._has_address:
            found.append(True if address else get("sourceIPAddress"))
        if self._has_time:
            found.append(True if time else get("eventTime"))
        for name, parts in self._parts:
            inner = get(name)
            found.append([inner.get(each) for each in parts] if type(inner) is dict else inner)
        return _bytes_of(found)

    def _exact(self, fields: Mapping[str, Any]) -> int:
        """Return the number of a shape of which nothing is left out."""
        identity = fields.get("userIdentity")
        known = (
            "exact",
            self._key(fields, _bytes_of(identity), fields.get("requestParameters"), fields.get("resources"), "", ""),
        )
        number = self._numbers.get(known)
        if number is None:
            number = self._numbers[known] = len(self.shapes)
            self.shapes.append(_shape(fields, self._keys)._replace(exact=False))
        return number

    def _new(self, known: Any, fields: Mapping[str, Any]) -> int:
        number = self._numbers[known] = len(self.shapes)
        shape = _shape(fields, self._keys)
        self.shapes.append(shape._replace(exact=shape.alone or not _only_handed_on(shape)))
        return number

    def _caller(self, identity: Any) -> Caller:
        key = _bytes_of(identity)
        found = self._callers.get(key)
        if found is None:
            identity, arn = _without_session(_without_keys(identity, with_start=_START in self._keys))
            alike = _bytes_of((identity, bool(arn)))
            number = self._alike.setdefault(alike, len(self._alike))
            found = self._callers[key] = Caller(number, identity, arn)
        return found

    def _address(self, fields: Mapping[str, Any]) -> str:
        stated = fields.get("sourceIPAddress")
        if type(stated) is str and _ADDRESS.match(stated) and stated != fields.get("userAgent"):
            return stated
        return ""

    def _time(self, fields: Mapping[str, Any]) -> str:
        stated = fields.get("eventTime")
        if type(stated) is str and _MOMENT.match(stated) and "aws:epochtime" not in self._keys:
            return stated
        return ""


_NOBODY = Caller(-1, None, "")


def _bytes_of(value: Any) -> Any:
    """Return what is equal for equal values, and differs for others."""
    try:
        return marshal.dumps(value, _MARSHAL)
    except ValueError:  # too deep, or no value of JSON
        try:
            return repr(value)
        except RecursionError:
            return object()


def _without_keys(identity: Any, *, with_start: bool) -> Any:
    """Return ``userIdentity`` without the access key, which no policy names, and the session's start if none does."""
    if type(identity) is not dict:
        return identity
    found = {name: value for name, value in identity.items() if name != "accessKeyId"}
    session: Any = found.get("sessionContext")
    attributes = session.get("attributes") if type(session) is dict else None
    if type(attributes) is dict and not with_start:
        left = {name: value for name, value in attributes.items() if name != "creationDate"}
        found["sessionContext"] = {**session, "attributes": left}
    return found


def _without_session(identity: Any) -> tuple[Any, str]:
    """Return ``userIdentity`` with a token for the name of a role's session, and the session's ARN."""
    if type(identity) is not dict or identity.get("type") != "AssumedRole":
        return identity, ""
    arn, unique = identity.get("arn"), identity.get("principalId")
    if type(arn) is not str:
        return identity, ""
    found = _SESSION.match(arn)
    if found is None or found[1] in _KEPT_SESSIONS or type(unique) is not str:
        return identity, ""
    head, colon, name = unique.partition(":")
    if not colon or name != found[1]:
        return identity, ""
    return {**identity, "arn": arn[: found.start(1)] + SESSION, "principalId": f"{head}:{SESSION}"}, arn


def _without_object(fields: Mapping[str, Any]) -> tuple[Any, Any, str]:
    """Return the parameters and resources of a call with a token for the key of an object in S3, and the key."""
    parameters, resources = fields.get("requestParameters"), fields.get("resources")
    if type(parameters) is not dict or fields.get("eventSource") != "s3.amazonaws.com":
        return parameters, resources, ""
    key, bucket = parameters.get("key"), parameters.get("bucketName")
    if type(key) is not str or type(bucket) is not str or not _OBJECT.match(key):
        return parameters, resources, ""
    if type(resources) is list:
        ends = f":::{bucket}/{key}"
        resources = [
            {**each, "ARN": each["ARN"][: -len(key)] + OBJECT}
            if type(each) is dict and type(arn := each.get("ARN")) is str and arn.endswith(ends)
            else each
            for each in resources
        ]
    return {**parameters, "key": OBJECT}, resources, key


def _shape(fields: Mapping[str, Any], keys: frozenset[str]) -> Shape:
    event = event_of(fields, keys)
    named = caller_named(fields)
    return Shape(event, named, alone=len(event.requests) > MOST_REQUESTS)


def _only_handed_on(shape: Shape) -> bool:
    """Tell whether every token stands where a text is handed on as it is, and nowhere else."""
    return all(_is_handed_on(each.request) for each in shape.event.requests)


def _is_handed_on(request: Request) -> bool:
    for each in request.stated:
        whole = " ".join(each.values)
        if SESSION in whole or OBJECT in whole:
            return False
        if any(token in whole and whole != token for token in (ADDRESS, TIME)):
            return False
    at, of_object = request.resource, request.resource.count(OBJECT)
    beside = any(token in at for token in (SESSION, ADDRESS, TIME))
    return not beside and (of_object == 0 or (of_object == 1 and at.endswith("/" + OBJECT)))
