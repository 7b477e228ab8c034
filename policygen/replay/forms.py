"""Tables of events, told by their columns: CloudTrail's own, Athena's, Security Lake's, and requests.

A form says where its rows tell what a record of CloudTrail does, as expressions of SQL: so rows are told apart in
columns, and a record is made once of all that are alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from policygen.errors import Place, Problem
from policygen.events import PARTS, PATHS_OF_OCSF, record_of_ocsf, record_of_row
from policygen.replay.sql import NOTHING, name_of, text

NEEDED = (
    "eventSource",
    "eventName",
    "userIdentity",
    "requestParameters",
    "resources",
    "awsRegion",
    "errorCode",
    "vpcEndpointId",
)
"""Columns of a table without which records would seem to say what they do not."""

OF_REQUESTS = ("principal", "action", "resource")
"""Columns of a file of requests."""

BESIDE = ("example", "first_time", "last_time", "count")
"""Columns that say of how many calls a row tells, of which one first, and when."""

OWN = "own"
"""The kind of the form in which CloudTrail writes records."""

_OF_OCSF = frozenset({"api", "actor", "metadata", "cloud"})
_CALLER, _PARAMETERS, _RESOURCES, _CONTEXT, _ADDRESS, _TIME = (
    "userIdentity",
    "requestParameters",
    "resources",
    "eventContext",
    "sourceIPAddress",
    "eventTime",
)

Cells = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Where rows of a table tell what records of CloudTrail do: every expression is of SQL, and makes a text.

    Attributes:
        kind: A name for the form.
        caller: All that names the caller.
        cells: What else records are told apart by, under the form's own names.
        parameters: The cell of the request parameters.
        resources: The cell of the resources.
        more: The cell of what a record is enriched with: the ARNs in it are compared with those of the resources.
        address: The cell of the source address; None where it is not looked at.
        time: The cell of the time; None where it is not looked at.
        source: The service as recorded.
        agent: The user agent.
        example: The event's id.
        first: When the first call was that a row tells of.
        last: When the last was.
        count: Of how many calls it tells; null for one.
        message: AWS's message of an error.
        as_cell: Writes a text as cells do.
        bare: Makes of the expression for such a cell that for its text.
        record: Makes CloudTrail's own record of cells; without the caller.
        identity: Makes ``userIdentity`` of the text of a caller.
    """

    kind: str
    caller: str
    cells: Mapping[str, str]
    parameters: str
    resources: str
    more: str
    address: str | None
    time: str | None
    source: str
    agent: str
    example: str
    first: str
    last: str
    count: str
    message: str
    as_cell: Callable[[str], str]
    bare: Callable[[str], str]
    record: Callable[[Cells], Mapping[str, Any]]
    identity: Callable[[str | None], Any]

    @property
    def given(self) -> tuple[str, str, str]:
        """The cells that are looked through together for what is left out."""
        return self.parameters, self.resources, self.more


def is_of_requests(names: Sequence[str]) -> bool:
    """Tell whether columns are those of requests."""
    return set(OF_REQUESTS) <= set(names)


def unusable(names: Sequence[str], path: str) -> Problem | None:
    """Return why columns are no records of CloudTrail; None where they are, or requests, or of Security Lake."""
    lowered = {each.lower() for each in names}
    if is_of_requests(names) or lowered >= _OF_OCSF:
        return None
    missing = [each for each in NEEDED if each.lower() not in lowered]
    if not missing:
        return None
    if not {"eventname", "eventsource"} & lowered:
        message, hint = "has no columns of CloudTrail", "give Athena's table, Security Lake's, or requests"
    else:
        message = f"has no column {', '.join(f'`{each.lower()}`' for each in missing)}"
        hint = "without it a record would seem to say what it does not: select it too"
    return Problem(code="PG-E007", message=message, place=Place(source=path), hint=hint)


def columns_needed(names: Sequence[str], fields: Iterable[str]) -> list[str]:
    """Return the columns of a table that are looked at.

    Args:
        names: The table's columns.
        fields: The fields of CloudTrail's records that are looked at.
    """
    if is_of_requests(names):
        return list(names)
    if {each.lower() for each in names} >= _OF_OCSF:
        wanted = {path.partition(".")[0] for path, _ in PATHS_OF_OCSF} | {"resources", "unmapped", "time"}
    else:
        wanted = {each.lower() for each in (*fields, "eventID", "errorMessage", "eventTime", *BESIDE)}
    return [each for each in names if each.lower() in wanted]


# CloudTrail's own fields, each as JSON


def own(names: Iterable[str], fields: Sequence[str]) -> Form:
    """Return the form of records as :mod:`policygen.replay.own` lays them out.

    Args:
        names: The columns that there are.
        fields: The fields that are looked at.
    """
    held = frozenset(names)
    cells = {each: name_of(each) for each in fields if each != _CALLER}
    beside = {each: name_of(each) if each in held else NOTHING for each in BESIDE}
    return Form(
        kind=OWN,
        caller=name_of(_CALLER),
        cells=cells,
        parameters=_PARAMETERS,
        resources=_RESOURCES,
        more=_CONTEXT,
        address=_ADDRESS if _ADDRESS in cells else None,
        time=_TIME if _TIME in cells else None,
        source=_bare(name_of("eventSource")),
        agent=_bare(name_of("userAgent")) if "userAgent" in cells else NOTHING,
        message=f"TRY({name_of('errorMessage')} ->> '$')",
        example=beside["example"],
        first=beside["first_time"],
        last=f"coalesce({beside['last_time']}, {beside['first_time']})",
        count=beside["count"],
        as_cell=json.dumps,
        bare=_bare,
        record=_of_json,
        identity=_value,
    )


def _of_json(cells: Cells) -> dict[str, Any]:
    return {name: _value(each) for name, each in cells.items() if each is not None}


def _value(cell: str | None) -> Any:
    try:
        return None if cell is None else json.loads(cell)
    except (ValueError, RecursionError):
        return None


def _bare(cell: str) -> str:
    """Return the expression for a text without its quotes."""
    return f"CASE WHEN {cell} LIKE '\"%' THEN {cell}[2:-2] ELSE {cell} END"


def _parts(cell: str, names: Iterable[str]) -> str:
    """Return the expression for an object's members of these names alone; tables may have them in lower case."""
    spelled = (
        (each, *(f"json_extract({cell}, {text(f'$.{name}')})" for name in (each, each.lower()))) for each in names
    )
    members = ", ".join(f"{text(name)}, coalesce({as_is}, {lower})" for name, as_is, lower in spelled)
    return f"coalesce(CAST(TRY(CASE WHEN {cell} IS NOT NULL THEN json_object({members}) END) AS VARCHAR), {cell})"


# tables


def form_of(schema: pa.Schema, fields: Sequence[str]) -> Form:
    """Return the form of a table of Athena, or of Security Lake.

    Args:
        schema: The table's columns.
        fields: The fields of CloudTrail's records that are looked at.
    """
    if {each.lower() for each in schema.names} >= _OF_OCSF:
        return _of_ocsf(schema, fields)
    return _of_athena(schema, fields)


def _of_athena(schema: pa.Schema, fields: Sequence[str]) -> Form:
    held = {each.name.lower(): each for each in schema}

    def told(name: str) -> str:
        field = held.get(name.lower())
        found = NOTHING if field is None else _told(name_of(field.name), field.type)
        return f"regexp_replace({found}, {_OF_SQL}, {_OF_TRAIL})" if name in (_TIME, *_TIMES) else found

    cells = {each: told(each) for each in fields if each != _CALLER}
    for name in (each for each in PARTS if each in cells):
        if not pa.types.is_nested(held[name.lower()].type if name.lower() in held else pa.null()):
            cells[name] = _parts(cells[name], PARTS[name])
    as_json = {each for each in cells if each in PARTS or _is_structure(held.get(each.lower()))}
    caller_as_json = _is_structure(held.get(_CALLER.lower()))

    def identity(cell: str | None) -> Any:
        value = _value(cell) if caller_as_json else cell
        return record_of_row({_CALLER: value}).get(_CALLER)

    return Form(
        kind="athena",
        caller=told(_CALLER),
        cells=cells,
        parameters=_PARAMETERS,
        resources=_RESOURCES,
        more=_CONTEXT,
        address=_ADDRESS if _ADDRESS in cells else None,
        time=_TIME if _TIME in cells else None,
        source=told("eventSource"),
        agent=told("userAgent"),
        message=told("errorMessage"),
        example=f"coalesce({told('example')}, {told('eventID')})",
        first=f"coalesce({told('first_time')}, {told(_TIME)})",
        last=f"coalesce({told('last_time')}, {told(_TIME)})",
        count=told("count"),
        as_cell=str,
        bare=str,
        record=lambda found: record_of_row({name: _structure(each, name in as_json) for name, each in found.items()}),
        identity=identity,
    )


_TIMES = ("first_time", "last_time")
_OF_SQL = text(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.]\d+)?(?: UTC)?$")
_OF_TRAIL = text(r"\1T\2Z")
"""A moment as SQL writes it, and as CloudTrail does."""


def _structure(cell: str | None, is_json: bool) -> Any:
    value = _value(cell) if is_json else cell
    return cell if value is None else value


def _is_structure(field: pa.Field | None) -> bool:
    return field is not None and pa.types.is_nested(field.type)


def _told(value: str, kind: pa.DataType) -> str:
    """Return the expression for a value as text: moments as CloudTrail writes them, structures as JSON."""
    if pa.types.is_timestamp(kind):
        return f"strftime(CAST({value} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%SZ')"
    if pa.types.is_nested(kind):
        return f"CAST(to_json({value}) AS VARCHAR)"
    return f"CAST({value} AS VARCHAR)"


_UNMAPPED = "unmapped"
_API, _USER_AGENT, _IP = "api.request.data", "http_request.user_agent", "src_endpoint.ip"


def _of_ocsf(schema: pa.Schema, fields: Sequence[str]) -> Form:
    def told(path: str) -> str:
        return _at(schema, path)

    wanted = frozenset(fields) - {_CALLER}
    cells = {path: told(path) for path, of in PATHS_OF_OCSF if of.partition(".")[0] in wanted}
    cells["resources"] = told("resources")
    cells[_UNMAPPED] = _unmapped(schema, wanted)
    in_milliseconds = f"TRY(make_timestamp(CAST({told('time')} AS BIGINT) * 1000))"
    time = f"coalesce({told('time_dt')}, strftime({in_milliseconds}, {_MOMENT}))"
    cells |= {"time_dt": time} if _TIME in wanted else {}
    callers = _unmapped(schema, {_CALLER})
    return Form(
        kind="ocsf",
        caller=f"concat({told('actor')}, chr(31), {callers})",
        cells=cells,
        parameters=_API,
        resources="resources",
        more=_UNMAPPED,
        address=_IP if _ADDRESS in wanted else None,
        time="time_dt" if _TIME in wanted else None,
        source=told("api.service.name"),
        agent=f"coalesce({told(_USER_AGENT)}, {_one_of_unmapped(schema, 'userAgent')})",
        message=told("api.response.message"),
        example=told("metadata.uid"),
        first=time,
        last=time,
        count=NOTHING,
        as_cell=str,
        bare=str,
        record=_record_of_ocsf,
        identity=_identity_of_ocsf,
    )


_MOMENT = text("%Y-%m-%dT%H:%M:%SZ")


def _at(schema: pa.Schema, path: str) -> str:
    """Return the expression for what stands at a path of names; null where the table has none."""
    first, *rest = path.split(".")
    if first not in schema.names:
        return NOTHING
    kind, found = schema.field(first).type, name_of(first)
    for each in rest:
        if not pa.types.is_struct(kind) or kind.get_field_index(each) < 0:
            return NOTHING
        kind, found = kind.field(each).type, f"struct_extract({found}, {text(each)})"
    return _told(found, kind)


def _unmapped(schema: pa.Schema, fields: Iterable[str]) -> str:
    """Return the expression for what OCSF has no place for, of the fields that are looked at; as pairs."""
    if _UNMAPPED not in schema.names:
        return NOTHING
    if not pa.types.is_map(schema.field(_UNMAPPED).type):
        return f"CAST(to_json({_UNMAPPED}) AS VARCHAR)"
    names = [
        f"{each}([.]({'|'.join(PARTS[each])}))?" if each in PARTS else f"{each}([.].*)?" for each in sorted(fields)
    ]
    pattern = text("|".join(names))
    kept = f"list_filter(map_entries({_UNMAPPED}), lambda each: regexp_full_match(each.key, {pattern}))"
    return f"CAST(to_json(list_transform({kept}, lambda each: [each.key, each.value])) AS VARCHAR)"


def _one_of_unmapped(schema: pa.Schema, name: str) -> str:
    is_map = _UNMAPPED in schema.names and pa.types.is_map(schema.field(_UNMAPPED).type)
    return f"map_extract({_UNMAPPED}, {text(name)})[1]" if is_map else NOTHING


def _pairs(cell: str | None) -> dict[str, Any]:
    value = _value(cell or None)
    if isinstance(value, list):
        return {str(name): each for name, each in value}
    return value if isinstance(value, dict) else {}


def _record_of_ocsf(cells: Cells) -> Mapping[str, Any]:
    nested: dict[str, Any] = {_UNMAPPED: _pairs(cells.get(_UNMAPPED)), "resources": _value(cells.get("resources"))}
    for path, cell in cells.items():
        if path in nested or cell is None:
            continue
        *outer, name = path.split(".")
        inner = nested
        for each in outer:
            inner = inner.setdefault(each, {})
        inner[name] = cell
    return record_of_ocsf(nested)


def _identity_of_ocsf(cell: str | None) -> Any:
    actor, _, unmapped = (cell or "").partition("\x1f")
    return record_of_ocsf({"actor": _value(actor or None), _UNMAPPED: _pairs(unmapped)}).get(_CALLER)
