"""Which actions a call asks for: AWS's names of operations, where they are no names of actions.

The exceptions stand in one data file, ``calls.json``, each row with AWS's page; what has no row there has the name of
an action of the catalogue.

Fact: E164, T4, T5
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from policygen.catalog.operations import ACTION_OF_OPERATION
from policygen.catalog.reference import Action, load_catalog
from policygen.events.causes import Cause

_VERSION = re.compile(r"\d{8}(v\d+)?\Z")
"""What AWS Lambda and others put behind the name of an operation: ``CreateFunction20150331v2``."""


class Parameter(NamedTuple):
    """A request parameter, as the data file names it.

    Attributes:
        name: Its name, or the path to it, in lower case.
        how: How it is read: a reader's name, or what its value begins with; empty for the value itself.
    """

    name: str
    how: str

    @classmethod
    def of(cls, written: str) -> Parameter:
        """Return a parameter that is written with how it is read behind ``|``."""
        name, _, how = written.partition("|")
        return cls(name.lower(), how)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One action that a call asks for.

    Attributes:
        action: The action.
        resource: Template of the resource: ``{name}`` stands for a request parameter; None: as the catalogue says.
        when: The request parameter with which it is asked for; None: always.
        unless: The request parameter without which it is asked for; None: always.
        encryption_context: The request parameter with its KMS encryption context, where calls have several.
    """

    action: str
    resource: str | None = None
    when: Parameter | None = None
    unless: Parameter | None = None
    encryption_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A role that a call passes to a service: the request parameter that names it, and the service."""

    parameter: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is known of one operation.

    Attributes:
        asks: What it asks for; empty where no row and no action of the catalogue tells.
        cause: Why nothing is known; None where something is.
        passes: The roles that it passes.
    """

    asks: tuple[Ask, ...] = ()
    cause: Cause | None = None
    passes: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    services: dict[str, str]
    operations: dict[tuple[str, str, str | None], tuple[Ask, ...]]
    parameters: dict[tuple[str, str], tuple[str, ...]]
    keys: dict[str, tuple[tuple[str, str], ...]]
    passes: dict[str, tuple[Passed, ...]]


@cache
def _table() -> _Table:
    text = files("policygen.events").joinpath("calls.json").read_text(encoding="utf-8")
    rows: dict[str, list[dict[str, Any]]] = json.loads(text)
    keys: dict[str, list[tuple[str, str]]] = {}
    passes: dict[str, list[Passed]] = {}
    for row in rows["keys"]:
        keys.setdefault(row["service"], []).append((row["key"], row["parameter"]))
    for row in rows["passes"]:
        passed = Passed(parameter=row["parameter"], service=row["service"])
        passes.setdefault(row["operation"].lower(), []).append(passed)
    return _Table(
        services={row["event_source"]: row["service"] for row in rows["services"]},
        operations={
            (row["service"], name.lower(), row.get("session")): tuple(_ask(each) for each in row["asks"])
            for row in rows["operations"]
            for name in row["operations"].split()
        },
        parameters={
            (row["service"], row["placeholder"].lower()): tuple(row["parameter"].split()) for row in rows["parameters"]
        },
        keys={service: tuple(found) for service, found in keys.items()},
        passes={operation: tuple(found) for operation, found in passes.items()},
    )


def _ask(row: dict[str, str]) -> Ask:
    return Ask(
        action=row["action"],
        resource=row.get("resource"),
        when=Parameter.of(row["when"]) if "when" in row else None,
        unless=Parameter.of(row["unless"]) if "unless" in row else None,
        encryption_context=row.get("encryption_context"),
    )


@lru_cache(maxsize=4096)
def service_of(event_source: str) -> str | None:
    """Return the prefix of the actions of a service, by the name under which CloudTrail records it; None: unknown.

    >>> service_of("monitoring.amazonaws.com")
    'cloudwatch'
    """
    found = _table().services.get(event_source) or event_source.partition(".")[0].lower()
    return found if found in load_catalog().services else None


@lru_cache(maxsize=8192)
def operation_of(service: str, name: str, session: str | None) -> Operation:
    """Return what is known of an operation.

    Args:
        service: Prefix of the service's actions.
        name: The operation as recorded.
        session: The name of S3's own session that calls; None for anybody else.
    """
    bare = _VERSION.sub("", name)
    rows, key = _table().operations, bare.lower()
    for each in ((service, key, session), (service, key, None), (service, "*", None)):
        if each in rows:
            return _known(service, bare, rows[each])
    action = known_action(ACTION_OF_OPERATION.get(f"{service}:{key}") or f"{service}:{bare}")
    return _known(service, bare, () if action is None else (Ask(action=action.name),))


def _known(service: str, name: str, asks: tuple[Ask, ...]) -> Operation:
    return Operation(
        asks=asks,
        cause=None if asks else Cause.UNKNOWN_OPERATION,
        passes=_table().passes.get(f"{service}:{name}".lower(), ()),
    )


@lru_cache(maxsize=8192)
def known_action(name: str) -> Action | None:
    """Return an action of the catalogue; None when it has none of this name."""
    return load_catalog().action(name)


_TOO_WIDE = ("resourceid", "name", "id", "token")
"""What may be anything: only a row says which request parameter stands for it."""


def parameters_of(service: str, kind: str, placeholder: str) -> tuple[str, ...]:
    """Return the request parameters that may stand for what varies in the ARN of a resource type."""
    rows, name = _table().parameters, placeholder.lower()
    found = rows.get((service, f"{kind.lower()}.{name}")) or rows.get((service, name))
    return found or (() if name in _TOO_WIDE else (placeholder,))


def keys_of(service: str) -> tuple[tuple[str, str], ...]:
    """Return the condition keys whose values are request parameters of a service, each with the parameter."""
    return _table().keys.get(service, ())
