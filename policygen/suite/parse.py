"""Reading a suite: every problem at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map
from typing import Any

from policygen.errors import SuiteError
from policygen.source.nodes import Mapping, Node, Scalar, Sequence
from policygen.source.yaml_text import parse_text
from policygen.suite.model import Doc, Expectation, PoliciesAsWritten, RequestFields, Suite, TestCase
from policygen.suite.nodes import NodeReader

_SUITE = ("version", "spec", "environment", "policies", "settings", "defaults", "tests")
_TEST = ("id", "name", "source", "why", "policies", "settings", "request", "expect")
_POLICIES = (
    "identity_based",
    "resource_based",
    "permissions_boundary",
    "session",
    "service_control",
    "resource_control",
    "vpc_endpoint",
    "grants",
)
_SETTINGS = ("block_public_access", "management_account", "vpc_endpoint_type", "default_encryption_visible")
_REQUEST = ("principal", "action", "resource", "resource_account", "context")
_PRINCIPAL = ("arn", "role", "user", "unique_id", "tags")
_EXPECT = ("decision", "statements", "missing_context")
_DECISIONS = ("allowed", "denied", "explicitDeny", "implicitDeny")


def parse_suite(text: str, source: str) -> Suite:
    """Return the suite in a YAML or JSON text.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is neither YAML nor JSON.
        SuiteError: PG-T001 to PG-T006, every problem of the text.
    """
    node = parse_text(text, source)
    reader = NodeReader(typed=is_json(text, source))
    suite = _suite(reader, node, source)
    if reader.problems or suite is None:
        raise SuiteError(*reader.problems)
    return suite


def is_json(text: str, source: str) -> bool:
    """Tell whether a text is read as JSON, so that its documents keep numbers and Booleans."""
    return source.endswith(".json") or text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def parse_tests(node: Node, *, typed: bool = False) -> tuple[TestCase, ...]:
    """Return the tests of a list, as a spec's ``expect:`` holds them.

    Raises:
        SuiteError: PG-T001 to PG-T005, every problem.
    """
    reader = NodeReader(typed=typed)
    tests = _tests(reader, reader.items(node, "`expect`"), PoliciesAsWritten(), {}, RequestFields())
    if reader.problems:
        raise SuiteError(*reader.problems)
    return tests


def _suite(reader: NodeReader, node: Node, source: str) -> Suite | None:
    top = reader.mapping(node, "a suite", _SUITE)
    if top is None:
        return None
    _version(reader, top)
    spec = reader.text(top.get("spec"), "`spec`")
    environment = reader.text(top.get("environment"), "`environment`")
    if spec is not None and environment is not None:
        reader.problem("PG-T006", "a suite has a `spec` or an `environment`, not both", top.place)
    defaults = reader.mapping(top.get("defaults"), "`defaults`", ("request",))
    request = _request(reader, defaults.get("request")) if defaults else RequestFields()
    if top.get("tests") is None:
        reader.problem("PG-T003", "a suite needs `tests`", top.place)
    tests = _tests(
        reader,
        reader.items(top.get("tests"), "`tests`"),
        _policies(reader, top.get("policies")),
        _settings(reader, top.get("settings")),
        request,
    )
    return Suite(source=source, spec=spec, environment=environment, tests=tests)


def _version(reader: NodeReader, top: Mapping) -> None:
    version = top.get("version")
    if version is None:
        reader.problem("PG-T003", "`version` is missing", top.place, "write `version: 1`")
    elif reader.text(version, "`version`") != "1":
        reader.problem("PG-T004", "the version of the format is 1", version.place, "write `version: 1`")


def _tests(
    reader: NodeReader,
    nodes: Iterable[Node],
    policies: PoliciesAsWritten,
    settings: Map[str, Any],
    defaults: RequestFields,
) -> tuple[TestCase, ...]:
    found = []
    ids: dict[str, TestCase] = {}
    for index, node in enumerate(nodes):
        test = _test(reader, node, index, policies, settings, defaults)
        if test is None:
            continue
        first = ids.setdefault(test.id, test)
        if first is not test:
            hint = f"it stands first in line {first.place.line}"
            reader.problem("PG-T005", f"the id `{test.id}` is given twice", test.place, hint)
        found.append(test)
    return tuple(found)


def _test(
    reader: NodeReader,
    node: Node,
    index: int,
    policies: PoliciesAsWritten,
    settings: Map[str, Any],
    defaults: RequestFields,
) -> TestCase | None:
    test = reader.mapping(node, "a test", _TEST)
    if test is None:
        return None
    own = test.get("policies")
    request = _request(reader, test.get("request")).under(defaults)
    for name, values in (("principal", request.principals), ("action", request.actions)):
        if not values:
            reader.problem("PG-T003", f"the request has no `{name}`", test.place)
    return TestCase(
        id=reader.text(test.get("id"), "`id`") or f"#{index}",
        name=reader.text(test.get("name"), "`name`"),
        place=test.place,
        source=reader.text(test.get("source"), "`source`"),
        why=reader.text(test.get("why"), "`why`"),
        policies=policies.replaced_by(_policies(reader, own)) if own is not None else policies,
        settings={**settings, **_settings(reader, test.get("settings"))},
        request=request,
        expect=_expect(reader, test),
    )


def _policies(reader: NodeReader, node: Node | None) -> PoliciesAsWritten:
    block = reader.mapping(node, "`policies`", _POLICIES)
    if block is None:
        return PoliciesAsWritten()

    def several(name: str) -> tuple[Doc, ...] | None:
        child = block.get(name)
        return None if child is None else reader.docs(child, f"`{name}`")

    def one(name: str) -> Doc | None:
        child = block.get(name)
        return (
            None if child is None or (isinstance(child, Scalar) and child.is_null) else reader.doc(child, f"`{name}`")
        )

    def levels(name: str) -> tuple[tuple[Doc, ...], ...] | None:
        child = block.get(name)
        return None if child is None else reader.levels(child, f"`{name}`")

    grants = block.get("grants")
    session = block.get("session")
    return PoliciesAsWritten(
        identity_based=several("identity_based"),
        resource_based=several("resource_based"),
        permissions_boundary=one("permissions_boundary"),
        session=None if isinstance(session, Scalar) and session.is_null else several("session"),
        service_control=levels("service_control"),
        resource_control=levels("resource_control"),
        vpc_endpoint=one("vpc_endpoint"),
        grants=None if grants is None else read_grants(reader, grants),
    )


def read_grants(reader: NodeReader, node: Node) -> tuple[Map[str, Any], ...]:
    """Return grants as plain values; each is a mapping."""
    return tuple(reader.value(each) for each in reader.items(node, "`grants`") if reader.mapping(each, "a grant"))


def _settings(reader: NodeReader, node: Node | None) -> dict[str, Any]:
    block = reader.mapping(node, "`settings`", _SETTINGS)
    found: dict[str, Any] = {}
    for key, child in block or ():
        if key.text == "block_public_access":
            found[key.text] = read_block_public_access(reader, child)
        elif key.text == "default_encryption_visible":
            found[key.text] = reader.boolean(child, f"`{key.text}`")
        elif key.text in _SETTINGS:
            found[key.text] = reader.text(child, f"`{key.text}`")
    return {name: value for name, value in found.items() if value is not None}


_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def read_block_public_access(reader: NodeReader, node: Node | None) -> dict[str, bool]:
    """Return the settings of S3 Block Public Access that are given."""
    block = reader.mapping(node, "`block_public_access`", _BLOCKS)
    found = {key.text: reader.boolean(child, f"`{key.text}`") for key, child in block or () if key.text in _BLOCKS}
    return {name: value for name, value in found.items() if value is not None}


def _request(reader: NodeReader, node: Node | None) -> RequestFields:
    block = reader.mapping(node, "`request`", _REQUEST)
    if block is None:
        return RequestFields()
    return RequestFields(
        principals=_principals(reader, block.get("principal")),
        actions=reader.texts(block.get("action"), "`action`"),
        resources=reader.texts(block.get("resource"), "`resource`"),
        resource_account=reader.text(block.get("resource_account"), "`resource_account`"),
        context=_context(reader, block.get("context")),
        places={key.text: child.place for key, child in block},
    )


def _principals(reader: NodeReader, node: Node | None) -> tuple[Any, ...]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    found: list[Any] = []
    for each in nodes:
        if isinstance(each, Mapping):
            block = reader.mapping(each, "`principal`", _PRINCIPAL)
            parts = {key.text: child for key, child in block or ()}
            value: dict[str, Any] = {
                name: reader.text(child, f"`{name}`") for name, child in parts.items() if name != "tags"
            }
            if "tags" in parts:
                value["tags"] = dict(reader.pairs(parts["tags"], "`tags`"))
            found.append(value)
        else:
            found.append(reader.text(each, "`principal`"))
    return tuple(each for each in found if each is not None)


def _context(reader: NodeReader, node: Node | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, child in reader.mapping(node, "`context`") or ():
        what = f"the context key `{key.text}`"
        if isinstance(child, Sequence):
            found[key.text] = list(reader.texts(child, what))
        elif isinstance(child, Scalar) and child.is_null:
            found[key.text] = None
        else:
            found[key.text] = reader.text(child, what)
    return found


def _expect(reader: NodeReader, test: Mapping) -> Expectation:
    node = test.get("expect")
    if node is None:
        reader.problem("PG-T003", "a test needs `expect`", test.place, f"use {', '.join(_DECISIONS)}")
        return Expectation()
    if isinstance(node, Scalar):
        return Expectation(decision=_decision(reader, node))
    block = reader.mapping(node, "`expect`", _EXPECT)
    if block is None:
        return Expectation()
    decision = block.get("decision")
    statements, missing = block.get("statements"), block.get("missing_context")
    return Expectation(
        decision=_decision(reader, decision) if decision is not None else None,
        statements=reader.texts(statements, "`statements`") if statements is not None else None,
        missing_context=reader.texts(missing, "`missing_context`") if missing is not None else None,
    )


def _decision(reader: NodeReader, node: Node) -> str | None:
    text = reader.text(node, "`expect`")
    if text is not None and text not in _DECISIONS:
        near = next((each for each in _DECISIONS if each.lower() == text.lower()), None)
        hint = f"did you mean `{near}`?" if near else f"use {', '.join(_DECISIONS)}"
        reader.problem("PG-T004", f"`{text}` is no decision", node.place, hint)
        return None
    return text
