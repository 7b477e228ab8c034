"""Rows of any form as columns by which they are told apart, tokens in the place of what is left out.

Patterns are of DuckDB, whose regular expressions are RE2's.
"""

from __future__ import annotations

import re

import pyarrow as pa

from policygen.aws.s3 import ALIAS_END
from policygen.replay.columns import taken
from policygen.replay.forms import Form
from policygen.replay.holes import ALL_TOKENS, NAME, TOKENS
from policygen.replay.sql import NOTHING, asked, name_of, text

_IDS = tuple(f"id_{number}" for number in range(1, len(TOKENS)))

HOLES = ("object", *_IDS, "address_itself", "time_itself")
"""Columns with what was left out, in the order of the tokens; empty where nothing was."""

BETWEEN = "\x1f"
"""Stands between the parameters, the resources and the context of a record, in one text."""

ENCODED = "Encoded authorization failure message"
"""What stands in a message before a text that no two calls have in common, and that AWS alone can read."""

_KEY = "[A-Za-z0-9][A-Za-z0-9 /_.=-]*"
_ID = '["/:\\]](?:[a-z]{1,12}-)?([A-Za-z0-9][A-Za-z0-9_+=.-]{7,})"[,}\\]]'
_REGION = "[a-z]+(?:-[a-z]+)*-[0-9][a-z]?"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_MOMENT = r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"

_WITHOUT_OBJECTS = """
WITH told AS (
    SELECT {caller} AS caller, concat({parameters}, chr(31), {resources}, chr(31), {more}) AS given_as_is, {cells}
        {source} AS source, {agent} AS agent, {address} AS address, {time} AS time,
        {example} AS example, {first} AS first_time, {last} AS last_time, {count} AS count,
        regexp_replace({message}, {encoded}, {without}) AS message
    FROM rows
),
closed AS (SELECT *, regexp_matches(given_as_is, {tokens}) AS is_closed FROM told),
objects AS (
    SELECT *, CASE
        WHEN is_closed THEN ''
        WHEN source = 's3.amazonaws.com' AND regexp_matches(given_as_is, '"key": ?"')
            THEN regexp_extract(given_as_is, {key}, 1)
        ELSE regexp_extract(given_as_is, {object}, 1)
    END AS object
    FROM closed
)
SELECT * EXCLUDE (source, agent, address, time),
    CASE WHEN object = '' THEN given_as_is ELSE replace(replace(replace(given_as_is,
        concat('/', object, '"'), {behind_slash}),
        concat('"key":"', object, '"'), {as_key}),
        concat('"key": "', object, '"'), {as_key})
    END AS given,
    CASE WHEN regexp_full_match(address, {is_address}) AND address IS DISTINCT FROM agent THEN address ELSE '' END
        AS address_itself,
    CASE WHEN regexp_full_match(time, {is_moment}) THEN time ELSE '' END AS time_itself
FROM objects
"""
"""The key of an object is left out of the parameters, and of the ARN of it, alike: both are compared."""

_WITHOUT_IDS = """
WITH found AS (
    SELECT given, list_filter(
        list_distinct(regexp_extract_all(given, {id}, 1)),
        lambda each: regexp_matches(each, '[0-9]') AND regexp_matches(each, '[A-Za-z_+=-]')
            AND NOT regexp_full_match(each, {region}) AND NOT contains(each, 'amazonaws.com')
            AND NOT suffix(each, {alias})
            AND NOT contains(given, concat(each, '":')) AND NOT contains(replace(given, concat(each, '"'), ''), each)
    ) AS ids
    FROM texts
)
SELECT {ids}, {given} AS given FROM found
"""
"""An id is left out where it stands at the ends of texts alone: what stands elsewhere, too, may be compared."""


def _without_ids() -> str:
    given = "given"
    for number, token in enumerate(TOKENS[1:], 1):
        ends = f"coalesce(ids[{number}] || '\"', chr(30))"
        given = f"replace({given}, {ends}, {text(f'{token}{chr(34)}')})"
    ids = ", ".join(f"coalesce(ids[{number}], '') AS {name}" for number, name in enumerate(_IDS, 1))
    return _WITHOUT_IDS.format(ids=ids, given=given, id=text(_ID), region=text(_REGION), alias=text(ALIAS_END))


def laid_out(table: pa.Table, form: Form) -> pa.Table:
    """Return rows with all by which they are told apart, tokens in the place of what is left out.

    Columns: ``caller``; ``given`` with parameters, resources and context, and as it is in ``given_as_is``; the form's
    other cells by name; those of :data:`HOLES`; ``is_closed`` where a token stands already; ``example``,
    ``first_time``, ``last_time``, ``count`` and ``message``, without what AWS alone can read of it.
    """
    cells = {name: each for name, each in form.cells.items() if name not in form.given}
    found = asked(
        _WITHOUT_OBJECTS.format(
            caller=form.caller,
            parameters=form.cells[form.parameters],
            resources=form.cells[form.resources],
            more=form.cells[form.more],
            cells="".join(f"{each} AS {name_of(name)}, " for name, each in cells.items()),
            source=form.source,
            agent=form.agent,
            address=NOTHING if form.address is None else form.bare(cells[form.address]),
            time=NOTHING if form.time is None else form.bare(cells[form.time]),
            example=form.example,
            first=form.first,
            last=form.last,
            count=form.count,
            message=form.message,
            **_PATTERNS,
        ),
        rows=table,
    )
    given = found["given"].combine_chunks().dictionary_encode()  # far fewer than rows, without the keys of objects
    fewer = asked(_IDS_LEFT_OUT, texts=pa.table({"given": given.dictionary}))
    found = found.drop_columns(["given"])
    for name in fewer.column_names:
        found = found.append_column(name, taken(fewer[name].combine_chunks(), given.indices))
    return found


_IDS_LEFT_OUT = _without_ids()
_PATTERNS = {
    "encoded": text(f"{ENCODED}: [^ ]+"),
    "without": text(ENCODED),
    "tokens": text("|".join(re.escape(each) for each in (*ALL_TOKENS, NAME))),
    "object": text(f':s3:::[a-z0-9.-]+/({_KEY})"'),
    "key": text(f'"key": ?"({_KEY})"'),
    "behind_slash": text(f'/{TOKENS[0]}"'),
    "as_key": text(f'"key":"{TOKENS[0]}"'),
    "is_address": text(_ADDRESS),
    "is_moment": text(_MOMENT),
}
