"""What varies from record to record and is handed on as it is: taken out of records, a token in its place.

A text is left out only where nothing but policies looks into it: the name of a session, the key of an object, an id
that somebody's program made up (eight characters or more, with a digit and a letter), an address, a moment. What such
an id begins with (``i-``, ``mrk-``) stays. A token that turns up anywhere but in the caller's ARN, a resource or the
value of a condition key makes :func:`is_handed_on` false, and nothing is left out of records of that shape.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from policygen.aws.arns import is_service_linked_role
from policygen.aws.s3 import REPLICATION_SESSION
from policygen.events import EventRequest
from policygen.replay.forms import Form
from policygen.replay.sql import NOTHING, asked, name_of, text

TOKENS = ("hole-a-of-a-shape-qxzj", "hole-b-of-a-shape-qxzj", "hole-c-of-a-shape-qxzj")
"""Tokens for the key of an object and two ids, in parameters and resources; without a digit, so none is an id."""

NAME = "name-of-a-shape-qxzj"
"""The token for the names of a role and its session."""

ADDRESS, TIME = "198.51.100.253", "1999-12-31T23:59:58Z"
"""Tokens for an address and a moment."""

ALL_TOKENS = (*TOKENS, ADDRESS, TIME)

HOLES = ("object", "id_1", "id_2", "address_itself", "time_itself")
"""Columns with what was left out, in the order of :data:`ALL_TOKENS`; empty where nothing was."""

BETWEEN = "\x1f"
"""Stands between the parameters and the resources of a record, in one text."""

ENCODED = "Encoded authorization failure message"
"""What stands in a message before a text that no two calls have in common, and that AWS alone can read."""

_TOKEN = re.compile("|".join(map(re.escape, ALL_TOKENS)))
_NAME = re.compile(f"{_TOKEN.pattern}|{NAME}")
_SESSION = re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)\Z", re.ASCII)
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/([\w+=,.@/-]+)\Z", re.ASCII)

# Patterns of DuckDB, whose regular expressions are RE2's.
_TOKENS = "|".join(re.escape(each) for each in (*ALL_TOKENS, NAME))
_KEY = "[A-Za-z0-9][A-Za-z0-9 /_.=-]*"
_OBJECT = f':s3:::[a-z0-9.-]+/({_KEY})"'
_ID = '["/:\\]](?:[a-z]{1,12}-)?([A-Za-z0-9][A-Za-z0-9_+=-]{7,})"[,}\\]]'
_REGION = "[a-z]+(?:-[a-z]+)*-[0-9][a-z]?"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_MOMENT = r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"

_QUERY = """
WITH told AS (
    SELECT {caller} AS caller, concat({parameters}, chr(31), {resources}) AS given_as_is, {cells}
        {source} AS source, {agent} AS agent, {address} AS address, {time} AS time,
        {example} AS example, {first} AS first_time, {last} AS last_time, {count} AS count,
        regexp_replace({message}, {encoded}, {without}) AS message
    FROM rows
),
closed AS (SELECT *, regexp_matches(given_as_is, {tokens}) AS is_closed FROM told),
objects AS (
    SELECT *, CASE
        WHEN is_closed THEN ''
        WHEN source = 's3.amazonaws.com' AND contains(given_as_is, '"key":"')
            THEN regexp_extract(given_as_is, {key}, 1)
        ELSE regexp_extract(given_as_is, {object}, 1)
    END AS object
    FROM closed
),
ids AS (
    SELECT *, CASE WHEN is_closed OR object <> '' THEN [] ELSE list_filter(
        list_distinct(regexp_extract_all(given_as_is, {id}, 1)),
        lambda each: regexp_matches(each, '[0-9]') AND regexp_matches(each, '[A-Za-z_+=-]')
            AND NOT regexp_full_match(each, {region}) AND NOT contains(given_as_is, concat(each, '":'))
            AND NOT contains(replace(given_as_is, concat(each, '"'), ''), each)
    ) END AS ids
    FROM objects
),
named AS (SELECT *, coalesce(ids[1], '') AS id_1, coalesce(ids[2], '') AS id_2 FROM ids)
SELECT * EXCLUDE (source, agent, address, time, ids),
    CASE
        WHEN object <> '' THEN replace(replace(given_as_is,
            concat('/', object, '"'), {slash_1}), concat('"key":"', object, '"'), {key_1})
        WHEN id_2 <> '' THEN replace(replace(given_as_is,
            concat(id_1, '"'), {end_2}), concat(id_2, '"'), {end_3})
        WHEN id_1 <> '' THEN replace(given_as_is, concat(id_1, '"'), {end_2})
        ELSE given_as_is
    END AS given,
    CASE WHEN regexp_full_match(address, {is_address}) AND address IS DISTINCT FROM agent THEN address ELSE '' END
        AS address_itself,
    CASE WHEN regexp_full_match(time, {is_moment}) THEN time ELSE '' END AS time_itself
FROM named
"""


def laid_out(table: pa.Table, form: Form) -> pa.Table:
    """Return rows with all by which they are told apart, tokens in the place of what is left out.

    Columns: ``caller``; ``given`` with parameters and resources, and as it is in ``given_as_is``; the form's other
    cells by name; those of :data:`HOLES`; ``is_closed`` where a token stands already; ``example``, ``first_time``,
    ``last_time``, ``count`` and ``message``, without what AWS alone can read of it.
    """
    cells = {name: each for name, each in form.cells.items() if name not in (form.parameters, form.resources)}
    bare = {name: NOTHING if at is None else form.bare(cells[at]) for name, at in _on_their_own(form)}
    return asked(
        _QUERY.format(
            caller=form.caller,
            parameters=form.cells[form.parameters],
            resources=form.cells[form.resources],
            cells="".join(f"{each} AS {name_of(name)}, " for name, each in cells.items()),
            source=form.source,
            agent=form.agent,
            **bare,
            example=form.example,
            first=form.first,
            last=form.last,
            count=form.count,
            message=form.message,
            **_PATTERNS,
        ),
        rows=table,
    )


def _on_their_own(form: Form) -> tuple[tuple[str, str | None], ...]:
    return ("address", form.address), ("time", form.time)


_PATTERNS = {
    "encoded": text(f"{ENCODED}: [^ ]+"),
    "without": text(ENCODED),
    "tokens": text(_TOKENS),
    "object": text(_OBJECT),
    "key": text(f'"key":"({_KEY})"'),
    "id": text(_ID),
    "region": text(_REGION),
    "is_address": text(_ADDRESS),
    "is_moment": text(_MOMENT),
    "slash_1": text(f'/{TOKENS[0]}"'),
    "key_1": text(f'"key":"{TOKENS[0]}"'),
    "end_2": text(f'{TOKENS[1]}"'),
    "end_3": text(f'{TOKENS[2]}"'),
}


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
    if found is None or found[2] == REPLICATION_SESSION or ":" not in unique:
        return None
    if type(role) is not str:
        return None
    named = _ROLE.match(role)
    if named is None or is_service_linked_role(role):
        return None
    issuer = {**issuer, "arn": role[: named.start(1)] + NAME, "principalId": NAME, "userName": NAME}
    return {
        **identity,
        "arn": f"{arn[: found.start(1)]}{NAME}/{NAME}",
        "principalId": f"{NAME}:{NAME}",
        "sessionContext": {**session, "sessionIssuer": issuer},
    }


def has_token(value: Any) -> bool:
    """Tell whether what is a token here stands in a value as somebody's own text."""
    return _NAME.search(repr(value)) is not None


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
