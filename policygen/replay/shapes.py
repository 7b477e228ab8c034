"""Records told apart by what makes their requests: each distinct shape is read once, whatever varies freely left out.

Names of sessions, keys of objects, generated ids and addresses differ from record to record and change nothing but
themselves: a shape has a token in the place of each (:mod:`policygen.replay.holes`), and a record is its shape with
these texts. Where a token would be more than a text that is handed on, nothing is left out.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from policygen.events import FIELDS, FIELDS_OF_KEYS, PARTS, Event, caller_named, event_of
from policygen.replay.holes import (
    ADDRESS,
    TIME,
    Holes,
    has_token,
    is_handed_on,
    opened,
    without_address,
    without_names,
    without_object,
    without_time,
)

MOST_SHAPES = 200_000
"""Shapes, and callers, that are remembered; when there are more, all are forgotten and read anew."""

MOST_REQUESTS = 3
"""Requests of an event that are decided in columns; events of more are judged one by one."""

_START = "aws:tokenissuetime"
_MOST_EXACT = 50_000
_ON_ITS_OWN = ("userIdentity", "requestParameters", "resources", "sourceIPAddress", "eventTime", *PARTS)
_MARSHAL = 2
"""The version of marshal's format that writes equal values alike."""


class Caller(NamedTuple):
    """A caller as recorded.

    Attributes:
        number: A number for all callers that differ in nothing but the names of roles and sessions.
        identity: ``userIdentity``, with tokens for the names of role and session.
        place: Where the parts that name it stand among the callers; -1 where nothing was left out.
        has_token: Whether what is a token stands in it as somebody's own text.
    """

    number: int
    identity: Any
    place: int
    has_token: bool = False


class Shape(NamedTuple):
    """What is equal for many records.

    Attributes:
        event: The event, with tokens for what was left out.
        named: The parts that name the caller; None where the record does not.
        exact: Whether nothing may be left out of records of this shape.
        alone: Whether it is judged as it is, and not in columns.
        has_holes: Whether tokens are tokens; in shapes of which nothing is left out they are texts like others.
    """

    event: Event
    named: Mapping[str, str] | None
    exact: bool = False
    alone: bool = False
    has_holes: bool = True


class Rows(NamedTuple):
    """Records as the numbers of their shapes, with the places of their callers and what was left out beside."""

    shapes: list[int]
    callers: list[int]
    holes: tuple[list[str], ...]


class Shapes:
    """The shapes that were met.

    Attributes:
        shapes: The shapes by number.
        callers: The parts that name callers, by place.
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
        self.callers: list[Mapping[str, str]] = []
        self._numbers: dict[Any, int] = {}
        self._callers: dict[Any, Caller] = {}
        self._alike: dict[Any, int] = {}
        self._exactly: dict[Any, tuple[int, Holes]] = {}

    def keep_small(self) -> bool:
        """Forget everything when there is too much of it; tell whether that was done."""
        if len(self._exactly) > _MOST_EXACT:
            self._exactly = {}
        if len(self._numbers) < MOST_SHAPES and len(self._callers) < MOST_SHAPES:
            return False
        self._forget()
        return True

    def rows(self, records: Iterable[Mapping[str, Any]]) -> Rows:
        """Return records as rows."""
        found = Rows([], [], ([], [], [], [], []))
        add, add_caller = found.shapes.append, found.callers.append
        add_1, add_2, add_3, add_address, add_time = (each.append for each in found.holes)
        for fields in records:
            caller = self._caller(fields.get("userIdentity"))
            address = without_address(fields) if self._has_address else ""
            time = without_time(fields, self._keys) if self._has_time else ""
            number, holes = self._of_object(fields, caller, address, time) or self._of_call(
                fields, caller, address, time
            )
            if self.shapes[number].exact:
                number, holes, caller, address, time = self._exact(fields), _NO_HOLES, _NOBODY, "", ""
            add(number)
            add_caller(caller.place)
            add_1(holes[0])
            add_2(holes[1])
            add_3(holes[2])
            add_address(address)
            add_time(time)
        return found

    def _of_object(
        self, fields: Mapping[str, Any], caller: Caller, address: str, time: str
    ) -> tuple[int, Holes] | None:
        """Return the same as :meth:`_of_call` for a call that names an object and nothing else; most calls do."""
        found = None if caller.has_token else without_object(fields)
        if found is None:
            return None
        parameters, resources, name = found
        key = self._key(fields, caller.number, parameters, resources, address, time)
        number = self._numbers.get(key)
        if number is None:
            number = self._new(key, fields, caller, parameters, resources, address, time)
        return number, (name, "", "")

    def _of_call(self, fields: Mapping[str, Any], caller: Caller, address: str, time: str) -> tuple[int, Holes]:
        """Return the number of a record's shape, and what was left out of parameters and resources."""
        parameters, resources = fields.get("requestParameters"), fields.get("resources")
        key = self._key(fields, caller.number, parameters, resources, address, time)
        known = self._exactly.get(key)
        if known is None:
            known = self._exactly[key] = self._with_holes(fields, caller, address, time)
        return known

    def _with_holes(self, fields: Mapping[str, Any], caller: Caller, address: str, time: str) -> tuple[int, Holes]:
        """Return the number of a record's shape, and what was left out of parameters and resources."""
        found = None if caller.has_token else opened(fields)
        if found is None:
            return self._exact(fields), _NO_HOLES
        parameters, resources, holes = found
        key = self._key(fields, caller.number, parameters, resources, address, time)
        number = self._numbers.get(key)
        if number is None:
            number = self._new(key, fields, caller, parameters, resources, address, time)
        return number, holes

    def _new(
        self,
        key: Any,
        fields: Mapping[str, Any],
        caller: Caller,
        parameters: Any,
        resources: Any,
        address: str,
        time: str,
    ) -> int:
        number = self._numbers[key] = len(self.shapes)
        left = {"userIdentity": caller.identity, "requestParameters": parameters, "resources": resources}
        left |= ({"sourceIPAddress": ADDRESS} if address else {}) | ({"eventTime": TIME} if time else {})
        shape = _shape({**fields, **left}, self._keys)
        handed_on = all(is_handed_on(each) for each in shape.event.requests)
        self.shapes.append(shape._replace(exact=shape.alone or not handed_on))
        return number

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
        identity = _bytes_of(fields.get("userIdentity"))
        key = "exact", self._key(fields, identity, fields.get("requestParameters"), fields.get("resources"), "", "")
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.shapes)
            self.shapes.append(_shape(fields, self._keys)._replace(has_holes=False))
        return number

    def _caller(self, identity: Any) -> Caller:
        key = _bytes_of(identity)
        found = self._callers.get(key)
        if found is None:
            place, shaped, own = -1, without_names(identity), has_token(identity)
            named = None if shaped is None else caller_named({"userIdentity": identity})
            if named is not None:
                place, identity = len(self.callers), shaped
                self.callers.append(named)
            identity = _without_keys(identity, with_start=_START in self._keys)
            alike = _bytes_of((identity, place < 0))
            number = self._alike.setdefault(alike, len(self._alike))
            found = self._callers[key] = Caller(number, identity, place, own)
        return found


_NOBODY = Caller(-1, None, -1)
_NO_HOLES: Holes = ("", "", "")


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


def _shape(fields: Mapping[str, Any], keys: frozenset[str]) -> Shape:
    event = event_of(fields, keys)
    named = caller_named(fields)
    return Shape(event, named, alone=len(event.requests) > MOST_REQUESTS)
