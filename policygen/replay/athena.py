"""SQL for Athena that reduces a table of CloudTrail to what policies can tell apart, with counts.

The table is the one whose definition AWS documents. What the query finds is read like any rows of it: each stands for
``count`` events. Times, addresses and the like are told apart where a policy looks at them, and nowhere else.

Fact: T12
Source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from textwrap import indent

from policygen.aws.s3 import REPLICATION_SESSION
from policygen.events import FIELDS, FIELDS_OF_KEYS, PARTS
from policygen.events.event import DENIED_CODES
from policygen.replay.rows import ENCODED

_Members = Mapping[str, "str | _Members"]

_CREATED = "aws:tokenissuetime"
_NOT_IN_THE_TABLE = ("eventContext", "summary")

_IS_OF_A_ROLE = f"""\
useridentity.type = 'AssumedRole'
    AND regexp_like(useridentity.arn, ':assumed-role/[^/]+/[^/]+$')
    AND NOT useridentity.arn LIKE '%/{REPLICATION_SESSION}'"""
_ANY_SESSION = f"""\
CASE WHEN {_IS_OF_A_ROLE}
    THEN regexp_extract(useridentity.arn, '^.+:assumed-role/[^/]+/') || 'any'
    ELSE useridentity.arn
END"""
_WITHOUT_SESSION = f"""\
CASE WHEN {_IS_OF_A_ROLE}
    THEN split_part(useridentity.principalid, ':', 1)
    ELSE useridentity.principalid
END"""
"""A caller without the name of its session; the one in which S3 replicates means something (R14)."""

_FITS = 100

_COUNTS = (
    'count(*) AS "count"',
    "min(eventtime) AS first_time",
    "max(eventtime) AS last_time",
    "min_by(eventid, eventtime || eventid) AS example",
)


def reduction(keys: Set[str], *, sessions: bool, table: str, where: str | None = None) -> str:
    """Return a query whose rows stand for all events that policies cannot tell apart.

    Args:
        keys: The condition keys, in lower case, at which policies look.
        sessions: Whether policies tell sessions of one role apart.
        table: The table, as SQL names it.
        where: A condition on the table's columns, in SQL; None for all rows.
    """
    columns = [
        each if each == name else f"{each} AS {name}" for name, each in _columns(keys, sessions=sessions).items()
    ]
    numbers = ", ".join(str(number + 1) for number in range(len(columns)))
    lines = ["SELECT", indent(",\n".join((*columns, *_COUNTS)), "    "), f"FROM {table}"]
    lines += [f"WHERE {where}"] if where is not None else []
    return "\n".join((*lines, f"GROUP BY {numbers}", ""))


def _columns(keys: Set[str], *, sessions: bool) -> dict[str, str]:
    """Return the columns that are told apart, each with its expression."""
    wanted = [name for name, of in FIELDS_OF_KEYS.items() if not keys.isdisjoint(of)]
    found = {name.lower(): name.lower() for name in (*FIELDS, *wanted) if name not in _NOT_IN_THE_TABLE}
    found |= {name.lower(): _json(_parts(name.lower(), PARTS[name])) for name in wanted if name in PARTS}
    found |= {
        "useridentity": _json(_identity(keys, sessions=sessions)),
        "resources": _resources(),
        "errormessage": _message(),
    }
    if "tlsdetails" in found:
        found["tlsdetails"] = _json({"tlsversion": "tlsdetails.tlsversion"})
    return found


def _parts(column: str, names: Iterable[str]) -> _Members:
    """Return members of a column that holds JSON as text; its others differ from call to call."""
    return {name: f"json_extract_scalar({column}, '$.{name}')" for name in names}


def _message() -> str:
    """Return AWS's message where a call was denied: of other errors it decides nothing."""
    codes = indent(",\n".join(f"'{each}'" for each in sorted(DENIED_CODES)), "    ")
    message = f"regexp_replace(\n    errormessage,\n    '{ENCODED}: [^ ]+',\n    '{ENCODED}'\n)"
    return f"CASE WHEN lower(errorcode) IN (\n{codes}\n) THEN {message} END"


def _resources() -> str:
    names = ("arn", "accountid", "type")
    of_each = f"MAP(\n    ARRAY[{_quoted(names)}],\n    ARRAY[{', '.join(f'r.{name}' for name in names)}]\n)"
    return f"json_format(CAST(transform(resources, r -> {of_each}) AS JSON))"


def _identity(keys: Set[str], *, sessions: bool) -> _Members:
    """Return the members of ``useridentity`` that name a caller or are values of keys."""
    names = ("type", "principalid", "arn", "accountid", "invokedby", "username")
    session = "useridentity.sessioncontext"
    attributes = ("mfaauthenticated", *(("creationdate",) if _CREATED in keys else ()))
    found: dict[str, str | _Members] = {name: f"useridentity.{name}" for name in names}
    found |= {} if sessions else {"arn": _ANY_SESSION, "principalid": _WITHOUT_SESSION}
    found["sessioncontext"] = {
        "attributes": {name: f"{session}.attributes.{name}" for name in attributes},
        "sessionissuer": {"arn": f"{session}.sessionissuer.arn"},
        "webidfederationdata": {"federatedprovider": f"{session}.webidfederationdata.federatedprovider"},
        "ec2roledelivery": f"{session}.ec2roledelivery",
    }
    return found


def _json(members: _Members) -> str:
    """Return an expression for an object as JSON text, which is read alike from CSV and from Parquet."""
    return f"json_format({_object(members)})"


def _object(members: _Members) -> str:
    """Return an expression for an object: on one line where it fits."""
    values = [f"CAST({each} AS JSON)" if isinstance(each, str) else _object(each) for each in members.values()]
    short = f"CAST(MAP(ARRAY[{_quoted(members)}], ARRAY[{', '.join(values)}]) AS JSON)"
    if len(short) <= _FITS and "\n" not in short:
        return short
    listed = indent(",\n".join(values), "    ")
    inner = f"ARRAY[{_quoted(members)}],\nARRAY[\n{listed}\n]"
    return f"CAST(MAP(\n{indent(inner, '    ')}\n) AS JSON)"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
