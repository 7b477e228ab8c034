"""Reading a policy document: from JSON text, or from plain values.

A document is refused only when evaluation could not judge it: text that is no JSON, names given twice, an
element of the wrong type, an Effect that is neither Allow nor Deny. What AWS would refuse to *save* is
``validate``'s business. Line and column are looked up only when there is something to report.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from policygen.document.given import Document, names_a_file, opened
from policygen.document.model import (
    ConditionEntry,
    Effect,
    PolicyDocument,
    PrincipalElement,
    PrincipalEntry,
    Statement,
)
from policygen.document.write import JsonValue, freeze, too_deep
from policygen.errors import DocumentError, Place, Problem, SourceError
from policygen.source.json_text import locate, parse_json
from policygen.source.nodes import child_pointer

_GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"


def parse_policy(value: Document, source: str = "policy") -> PolicyDocument:
    """Return the policy document in ``value``.

    Args:
        value: JSON text, the document as plain values, a document that is parsed already (returned as it is), the path
            of a file, or a generated document.
        source: The name that problems and results use, for a document in memory; a file's is its path.

    Raises:
        SourceError: The file cannot be read.
        DocumentError: With every problem found: PG-D001 not JSON, PG-D002 a name given twice, PG-D003 nested too
            deep, PG-D004 an element of the wrong type, PG-D005 a missing element, PG-D006 an Effect that is neither
            ``Allow`` nor ``Deny``. A function of a template, such as ``Fn::Sub``, is read; judging it is refused.
    """
    given: object = value
    if not isinstance(given, (str, Mapping, PolicyDocument)):
        given, source = opened(given, source)
    if isinstance(given, PolicyDocument):
        return given
    text = given.removeprefix("\ufeff") if isinstance(given, str) else None
    written = _read(text, source) if text is not None else _plain(given, source)
    reader = _Reader(source)
    document = reader.document(written)
    if reader.problems or document is None:
        raise DocumentError(*_located(reader.problems, text, source))
    unresolved = tuple(_located(document.unresolved, text, source))
    return replace(document, unresolved=unresolved) if unresolved else document


def _located(problems: Sequence[Problem], text: str | None, source: str) -> Iterable[Problem]:
    """Return problems with their lines and columns, for which the text is read once more."""
    if text is None or not problems:
        return problems
    places = locate(text, source, [each.place.pointer for each in problems])
    return [each.at(place) for each, place in zip(problems, places, strict=True)]


def _read(text: str, source: str) -> JsonValue:
    repeated = False

    def pairs(found: list[tuple[str, Any]]) -> Mapping[str, Any]:
        nonlocal repeated
        members = dict(found)
        repeated = repeated or len(members) != len(found)
        return MappingProxyType(members)

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=_no_constant)
    except RecursionError:
        raise too_deep(source) from None
    except ValueError:
        raise _not_json(text, source) from None
    if repeated:
        raise _not_json(text, source)
    return freeze(value, source)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _not_json(text: str, source: str) -> DocumentError:
    codes = {"PG-F007": "PG-D002", "PG-F008": "PG-D003"}
    if names_a_file(text):
        message = f"`{text}` is the name of a file, not a policy"
        hint = f"to read a file, give its path: `pathlib.Path({text!r})`"
        return DocumentError(Problem(code="PG-D001", message=message, place=Place(source=source), hint=hint))
    problems: tuple[Problem, ...] = (Problem(code="PG-D001", message="not JSON", place=Place(source=source)),)
    try:
        parse_json(text, source)
    except SourceError as error:
        problems = tuple(replace(each, code=codes.get(each.code, "PG-D001")) for each in error.problems)
    return DocumentError(*problems)


def _plain(value: object, source: str) -> JsonValue:
    if not isinstance(value, Mapping):
        message = "a policy document is JSON text or a JSON object"
        hint = "give JSON text, plain values, a pathlib.Path, or a generated document"
        place = Place(source=source)
        raise DocumentError(Problem(code="PG-D004", message=message, place=place, hint=hint, doc_url=_GRAMMAR))
    return freeze(value, source)


def unresolved_function(name: str, place: Place) -> Problem | None:
    """Return the problem of a template's function that stands for a value; None where ``name`` is none of theirs."""
    if name != "Ref" and not name.startswith("Fn::"):
        return None
    message = f"`{name}` is a template's function, whose value is not known here"
    hint = "give the policy as it is deployed"
    return Problem(code="PG-D009", message=message, place=place, hint=hint, doc_url=_GRAMMAR)


class _Reader:
    """Reads one document, collecting problems; values it cannot use become None."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.unresolved: list[Problem] = []

    def function(self, value: JsonValue, pointer: str) -> bool:
        """Tell whether a value is a function of a template, such as ``Fn::Sub``; evaluation refuses it later."""
        name = next(iter(value)) if isinstance(value, Mapping) and len(value) == 1 else ""
        problem = unresolved_function(name, Place(source=self.source, pointer=pointer))
        self.unresolved += [problem] if problem else []
        return problem is not None

    def problem(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        place = Place(source=self.source, pointer=pointer)
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint, doc_url=_GRAMMAR))

    def document(self, written: JsonValue) -> PolicyDocument | None:
        if not isinstance(written, Mapping):
            self.problem("PG-D004", "a policy document is a JSON object", "")
            return None
        statements = self.statements(written)
        return PolicyDocument(
            source=self.source,
            version=self.text(written, "Version", ""),
            id=self.text(written, "Id", ""),
            statements=statements,
            written=written,
            unresolved=tuple(self.unresolved),
        )

    def statements(self, written: Mapping[str, JsonValue]) -> tuple[Statement, ...]:
        if "Statement" not in written:
            self.problem("PG-D005", "the Statement element is missing", "")
            return ()
        value = written["Statement"]
        single = isinstance(value, Mapping)
        if not single and not isinstance(value, tuple):
            self.problem("PG-D004", "Statement is one statement or a list of statements", "/Statement")
            return ()
        found = []
        for index, entry in enumerate((value,) if single else value):  # type: ignore[arg-type]  # a tuple, as checked
            pointer = "/Statement" if single else f"/Statement/{index}"
            if isinstance(entry, Mapping):
                found.append(self.statement(entry, index, pointer))
            else:
                self.problem("PG-D004", "a statement is a JSON object", pointer)
        return tuple(each for each in found if each is not None)

    def statement(self, entry: Mapping[str, JsonValue], index: int, pointer: str) -> Statement | None:
        effect = self.effect(entry, pointer)
        parts = {
            "sid": self.text(entry, "Sid", pointer),
            "principal": self.principal(entry, "Principal", pointer),
            "not_principal": self.principal(entry, "NotPrincipal", pointer),
            "action": self.strings(entry, "Action", pointer),
            "not_action": self.strings(entry, "NotAction", pointer),
            "resource": self.strings(entry, "Resource", pointer),
            "not_resource": self.strings(entry, "NotResource", pointer),
            "condition": self.condition(entry, pointer),
        }
        return Statement(index=index, effect=effect, **parts) if effect else None  # type: ignore[arg-type]  # by name

    def effect(self, entry: Mapping[str, JsonValue], pointer: str) -> Effect | None:
        written = entry.get("Effect")
        if "Effect" not in entry:
            self.problem("PG-D005", "the Effect element is missing", pointer, "write `Allow` or `Deny`")
            return None
        effects = {effect.value: effect for effect in Effect}
        if isinstance(written, str) and written in effects:
            return effects[written]
        near = str(written).capitalize()
        hint = f"did you mean `{near}`? Effect is case-sensitive" if near in effects else "write `Allow` or `Deny`"
        self.problem("PG-D006", f"`{written}` is not an Effect", f"{pointer}/Effect", hint)
        return None

    def text(self, entry: Mapping[str, JsonValue], name: str, pointer: str) -> str | None:
        value = entry.get(name)
        if value is None or isinstance(value, str):
            return value
        self.problem("PG-D004", f"{name} is text in double quotes", child_pointer(pointer, name))
        return None

    def strings(self, entry: Mapping[str, JsonValue], name: str, pointer: str) -> tuple[str, ...] | None:
        return self.string_list(entry[name], name, child_pointer(pointer, name)) if name in entry else None

    def string_list(self, value: JsonValue, name: str, pointer: str) -> tuple[str, ...]:
        values = value if isinstance(value, tuple) else (value,)
        for index, each in enumerate(values):
            where = f"{pointer}/{index}" if isinstance(value, tuple) else pointer
            if not isinstance(each, str) and not self.function(each, where):
                self.problem("PG-D004", f"{name} is text or a list of texts", where)
        return tuple(each for each in values if isinstance(each, str))

    def principal(self, entry: Mapping[str, JsonValue], name: str, pointer: str) -> PrincipalElement | None:
        if name not in entry:
            return None
        value = entry[name]
        below = child_pointer(pointer, name)
        if isinstance(value, str):
            if value != "*":
                hint = 'write {"AWS": "…"}, {"Service": "…"} or "*"'
                self.problem("PG-D004", f"{name} is `*` or a JSON object", below, hint)
            return PrincipalElement(entries=(PrincipalEntry(kind="*", value=value),))
        if not isinstance(value, Mapping):
            self.problem("PG-D004", f"{name} is `*` or a JSON object", below)
            return None
        entries = [
            PrincipalEntry(kind=kind, value=text)
            for kind, values in value.items()
            for text in self.string_list(values, f"{name} {kind}", child_pointer(below, kind))
        ]
        return PrincipalElement(entries=tuple(entries))

    def condition(self, entry: Mapping[str, JsonValue], pointer: str) -> tuple[ConditionEntry, ...]:
        block = entry.get("Condition")
        if block is None:
            return ()
        below = f"{pointer}/Condition"
        if not isinstance(block, Mapping):
            self.problem("PG-D004", "Condition is a JSON object of operators", below)
            return ()
        found: list[ConditionEntry] = []
        for operator, keys in block.items():
            where = child_pointer(below, operator)
            if isinstance(keys, Mapping):
                found.extend(self.condition_entry(operator, key, values, where) for key, values in keys.items())
            else:
                self.problem("PG-D004", f"`{operator}` holds a JSON object of condition keys", where)
        return tuple(found)

    def condition_entry(self, operator: str, key: str, value: JsonValue, pointer: str) -> ConditionEntry:
        values = value if isinstance(value, tuple) else (value,)
        for each in values:
            composed = each is None or isinstance(each, (Mapping, tuple))
            if composed and not self.function(each, child_pointer(pointer, key)):
                message = "a condition value is text, a number, true, false, or a list of them"
                self.problem("PG-D004", message, child_pointer(pointer, key))
        texts = (str(each).lower() if isinstance(each, bool) else str(each) for each in values)
        return ConditionEntry(operator=operator, key=key, values=tuple(texts))
