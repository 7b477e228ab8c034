"""The policies in what was read: as values or texts, URL-encoded or not, with functions of templates or without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from policygen.document import PolicyDocument, freeze, parse_policy
from policygen.errors import DocumentError, Place, PolicygenError, Problem
from policygen.reading.records import Found, Record


def text_of(document: Any) -> Any:
    """Return a policy's JSON text, decoded where it is URL-encoded or a text in a text; plain values as they are."""
    for _ in range(3):
        if not isinstance(document, str):
            break
        stripped = document.strip()
        if stripped[:3].upper() == "%7B":
            document = unquote(stripped)
        elif stripped[:1] == '"':
            try:
                document = json.loads(stripped)
            except ValueError:
                break
        else:
            break
    return document


def value_of(document: Any) -> Any:
    """Return a policy as plain values; None for a text that is no JSON."""
    found = text_of(document)
    if not isinstance(found, str):
        return found
    try:
        return json.loads(found)
    except (ValueError, RecursionError):
        return None


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in plain values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts_of(each)


def statements_in(document: Any) -> list[dict[str, Any]]:
    """Return the statements of a policy that are objects; none for what is no policy."""
    policy = value_of(document)
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    return [each for each in (statements if isinstance(statements, list) else [statements]) if isinstance(each, dict)]


def names_principal(statement: dict[str, Any]) -> bool:
    """Tell whether a statement says whom it is about, as those of resources' and trust policies do."""
    return "Principal" in statement or "NotPrincipal" in statement


def names_principals(document: Any) -> bool:
    """Tell whether a policy is one of a resource, or a trust policy."""
    return any(names_principal(each) for each in statements_in(document))


def purpose_of(record: Record, found: Found) -> str:
    """Return what a policy of a role, user or group is for: ``trust``, ``boundary`` or ``identity``."""
    if found.field == "trust" or (record.kind == "policy" and names_principals(found.document)):
        return "trust"
    named = record.kind == "policy" and "boundary" in record.source.rpartition("/")[2]
    return "boundary" if named else "identity"


def services_in(document: Any) -> set[str]:
    """Return the services whose actions a policy names."""
    named = (each.get("Action") or each.get("NotAction") for each in statements_in(document))
    return {text.partition(":")[0].lower() for each in named for text in texts_of(each) if ":" in text}


def functions_in(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield the functions of a template that stand in plain values, each with its pointer, said as people write it."""
    if isinstance(value, dict):
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
                yield pointer, f"{name} {_shortly(argument)}"
                return
        for name, each in value.items():
            yield from functions_in(each, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from functions_in(each, f"{pointer}/{number}")


def _shortly(argument: Any) -> str:
    if isinstance(argument, str):
        return argument
    if isinstance(argument, list) and all(isinstance(each, str) for each in argument):
        return ".".join(argument)
    text = json.dumps(argument)
    return text if len(text) < 60 else text[:57] + "…"


def parsed(record: Record, found: Found) -> PolicyDocument:
    """Return the policy that was found in a record.

    What hangs on something that is not known before deployment is read, and refused when it is judged.

    Raises:
        DocumentError: It is no policy; the places are pointers into the file.
    """
    name = f"{record.source}#{found.address}" if found.address else record.source
    given = text_of(found.document)
    open_ends = [open_end(record, found, *each) for each in functions_in(given)] if isinstance(given, dict) else []
    try:
        document = parse_policy(given, name)
    except PolicygenError as error:
        if not open_ends:
            raise DocumentError(*(_in_file(record, found, each) for each in error.problems)) from None
        document = unknown_policy(name)
    return replace(document, unresolved=tuple(open_ends)) if open_ends else document


def not_known(record: Record, name: str) -> PolicyDocument:
    """Return what stands for a policy that is known only once a plan is applied: judging it is refused."""
    place = record.opened.place(record.pointer)
    message = f"the policy of `{record.address}` is known only once the plan is applied"
    problem = Problem(code="PG-I006", message=message, place=place, hint="apply the plan, and read the state")
    return unknown_policy(name, problem)


def unknown_policy(name: str, *problems: Problem) -> PolicyDocument:
    """Return what stands for a policy that is not known: judging it is refused, with these problems."""
    written = freeze({}, name)
    return PolicyDocument(source=name, version=None, id=None, statements=(), written=written, unresolved=problems)


def open_end(record: Record, found: Found, pointer: str, function: str) -> Problem:
    """Return the problem of a function in a policy whose value is not known."""
    place = record.opened.place(found.pointer + pointer)
    message = f"`{function}` is not known before the template is deployed, and the policy hangs on it"
    hint = "say it with `--parameter NAME=VALUE`: a parameter, AWS::AccountId, a resource's logical id with its name"
    return Problem(code="PG-I006", message=message, place=place, hint=hint)


def _in_file(record: Record, found: Found, problem: Problem) -> Problem:
    """Return a problem of a policy at its place in the file; all those of a text stand where the text does."""
    below = "" if isinstance(found.document, str) else problem.place.pointer
    return problem.at(Place(source=record.source, pointer=found.pointer + below))
