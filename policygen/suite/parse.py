"""Reading suites and environment files: every problem at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map
from typing import Any

from policygen.errors import SuiteError
from policygen.fields.read import Codes, Entry, Reader
from policygen.fields.table import Field
from policygen.source.json_quick import quick_tree
from policygen.source.yaml_text import parse_text
from policygen.suite.fields import ENVIRONMENT, SUITE
from policygen.suite.model import Expectation, PoliciesAsWritten, RequestFields, Suite, TestCase

_CODES = Codes(unknown="PG-T001", kind="PG-T002", missing="PG-T003", choice="PG-T004", form="PG-T004")

_EXAMPLES = {"principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:GetObject"}


def parse_suite(text: str, source: str) -> Suite:
    """Return the suite in a YAML or JSON text.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is neither YAML nor JSON.
        SuiteError: PG-T001 to PG-T006, every problem of the text.
    """
    reader, entry = _read(text, source, SUITE)
    if entry.given("spec") and entry.given("environment"):
        hint = "take one of them away: a spec makes an environment of its own"
        reader.problem("PG-T006", "a suite has a `spec` or an `environment`, not both", entry.at("environment"), hint)
    tests = build_tests(entry.items("tests"), reader, entry)
    if reader.problems:
        raise SuiteError(*reader.problems)
    return Suite(source=source, spec=entry["spec"], environment=entry["environment"], tests=tests)


def parse_environment(text: str, source: str) -> Entry:
    """Return an environment in a YAML or JSON text, as written; its fields are those of the table.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is neither YAML nor JSON.
        SuiteError: PG-T001 to PG-T004, every problem of the text.
    """
    reader, entry = _read(text, source, ENVIRONMENT)
    if reader.problems:
        raise SuiteError(*reader.problems)
    return entry


def quick_environment(text: str, source: str) -> Entry | None:
    """Return an environment in a JSON text without lines and columns; None where something is wrong with it.

    What :func:`parse_environment` returns otherwise, ten times as fast: it says what is wrong.
    """
    root = quick_tree(text, source)
    if root is None:
        return None
    reader = Reader(_CODES, typed=True)
    entry = reader.block(root, ENVIRONMENT)
    return None if reader.problems else entry


def _read(text: str, source: str, table: Field) -> tuple[Reader, Entry]:
    """Read a text; documents in a JSON text keep numbers and Booleans."""
    is_json = source.endswith(".json") or text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
    reader = Reader(_CODES, typed=is_json)
    return reader, reader.block(parse_text(text, source), table)


def build_tests(entries: Iterable[Entry], reader: Reader, suite: Entry | None = None) -> tuple[TestCase, ...]:
    """Return the tests of a list, a suite's or those of a spec's ``expect:``; problems are noted in ``reader``.

    Args:
        entries: The tests as they were read.
        reader: Who read them.
        suite: The suite whose policies, settings and defaults stand under them.
    """
    policies, settings, defaults = PoliciesAsWritten(), {}, RequestFields()
    if suite is not None:
        policies, settings = _policies(suite["policies"]), suite["settings"].stated()
        defaults = _request(suite["defaults"]["request"])
    found: dict[str, TestCase] = {}
    for each in (*([suite] if suite is not None else []), *entries):
        _check_sessions(each["policies"], reader)
    lost = suite is not None and (suite.broken("defaults") or suite["defaults"].broken("request"))
    for index, entry in enumerate(entries):
        test = _test(entry, index, policies, settings, _request(entry["request"]).under(defaults))
        for name, values in (("principal", test.request.principals), ("action", test.request.actions)):
            unusable = name in entry["request"].places and not entry["request"].given(name)
            if not (values or lost or entry.broken("request") or unusable):
                hint = f"write `request: {{{name}: {_EXAMPLES[name]}, …}}`, or state it in `defaults`"
                reader.problem(reader.codes.missing, f"the request has no `{name}`", test.place, hint)
        first = found.setdefault(test.id, test)
        if first is not test:
            hint = f"it stands first in line {first.place.line}"
            reader.problem("PG-T005", f"the id `{test.id}` is given twice", test.place, hint)
    return tuple(found.values())


def _check_sessions(policies: Entry, reader: Reader) -> None:
    """Refuse documents beside lists of documents: they would be one session and several at once."""
    forms = {isinstance(each.data, tuple) for each in policies.items("session") or ()}
    if len(forms) > 1:
        hint = "write documents, or a list of documents for each session: `[[…], […]]`"
        message = "`session` holds documents and lists of documents"
        reader.problem(reader.codes.kind, message, policies.at("session"), hint)


def _test(
    entry: Entry, index: int, policies: PoliciesAsWritten, settings: Map[str, Any], request: RequestFields
) -> TestCase:
    expect = entry["expect"]
    return TestCase(
        id=entry["id"] or f"#{index}",
        name=entry["name"],
        place=entry.place,
        source=entry["source"],
        why=entry["why"],
        policies=policies.replaced_by(_policies(entry["policies"])) if entry.given("policies") else policies,
        settings={**settings, **entry["settings"].stated()},
        request=request,
        expect=Expectation(**expect.stated()),
    )


def _policies(entry: Entry) -> PoliciesAsWritten:
    return PoliciesAsWritten(**entry.stated())


def _request(entry: Entry) -> RequestFields:
    return RequestFields(
        principals=tuple(_principal(each) for each in entry.items("principal")) if entry.given("principal") else (),
        actions=entry["action"] or (),
        resources=entry["resource"] or (),
        resource_account=entry["resource_account"],
        context={name: list(each) if isinstance(each, tuple) else each for name, each in entry["context"].items()},
        places=entry.places,
    )


def _principal(entry: Entry) -> str | dict[str, Any]:
    """Return a principal as a request takes it: its text where that is all there is."""
    stated = entry.stated()
    return stated["arn"] if list(stated) == ["arn"] else stated
