"""What varies from record to record and is handed on as it is: taken out of records, a token in its place.

A text is left out only where nothing but policies looks into it: the name of a session, the key of an object, an id
that somebody's program made up (eight characters or more, with a digit and a letter), an address, a moment. What such
an id begins with (``i-``, ``mrk-``) stays. A token that turns up anywhere but in a resource or the value of a condition
key makes :func:`is_handed_on` or :func:`names_a_token` tell so, and nothing is left out of records of that shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from policygen.aws.arns import is_service_linked_role
from policygen.aws.s3 import REPLICATION_SESSION
from policygen.events import EventRequest

TOKENS = tuple(f"hole-{each}-of-a-shape-qxzj" for each in "abcde")
"""Tokens for the key of an object and ids, in parameters and resources; without a digit, so none is itself an id."""

NAME = "name-of-a-shape-qxzj"
"""The token for the names of a role and its session."""

ADDRESS, TIME = "198.51.100.253", "1999-12-31T23:59:58Z"
"""Tokens for an address and a moment."""

ALL_TOKENS = (*TOKENS, ADDRESS, TIME)

_TOKEN = re.compile("|".join(map(re.escape, ALL_TOKENS)))
_NAME = re.compile(f"{_TOKEN.pattern}|{NAME}")
_SESSION = re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)\Z", re.ASCII)
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/([\w+=,.@/-]+)\Z", re.ASCII)


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


def names_a_token(named: Mapping[str, str] | None) -> bool:
    """Tell whether a caller is named by what stands in the parameters: that is never filled in again."""
    return any(_TOKEN.search(each) for each in (named or {}).values())


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
