"""One table, one format: what the loader, the JSON Schema and the page say of a field cannot differ."""

import json
import re
from dataclasses import replace
from enum import Enum
from pathlib import Path

import jsonschema
import pytest
import yaml

from policygen.errors import Place, PolicygenError
from policygen.fields.read import Codes, Reader
from policygen.fields.table import Computed, Field, Kind, word
from policygen.source.nodes import Mapping, Scalar
from policygen.source.yaml_text import parse_text
from policygen.spec import load
from policygen.spec.fields import SPEC
from policygen.suite.fields import ENVIRONMENT, SUITE
from tests.pages.schema import schema_of
from tests.pages.tables import tables

ROOT = Path(__file__).parents[2]
WHOLE = (Path(__file__).parent / "whole.yaml").read_text(encoding="utf-8")
FORMATS = {"spec": SPEC, "suite": SUITE, "environment": ENVIRONMENT}
CODES = Codes(unknown="UNKNOWN", kind="KIND", missing="MISSING", choice="CHOICE", form="FORM")
PLACE = Place(source="text")
POLICY = '{"Version": "2012-10-17", "Statement": []}'


def children(field):
    """Return what stands below a field, in a fixed order."""
    return (*field.fields, *((field.item,) if field.item else ()))


def walk(field, path=()):
    """Yield every field with the positions that lead to it."""
    yield path, field
    for position, child in enumerate(children(field)):
        yield from walk(child, (*path, position))


def changed(field, path, **new):
    """Return a copy of a table in which one field is another."""
    if not path:
        return replace(field, **new)
    parts = list(children(field))
    parts[path[0]] = changed(parts[path[0]], path[1:], **new)
    count = len(field.fields)
    return replace(field, fields=tuple(parts[:count]), item=parts[count] if field.item else None)


def name_of(table, path):
    """Return the names on the way to a field."""
    found = []
    for position in path:
        table = children(table)[position]
        found.append(table.name or "item")
    return ".".join(found)


def other(field):
    """Return another default than the field's."""
    choices = [each for each in (field.item or field).choices if each not in (field.default, *_tuple(field.default))]
    if field.kind is Kind.BOOL:
        return not field.default
    if field.kind is Kind.LIST:
        item = ("changed",) if field.item.kind is Kind.LIST else "changed"
        return tuple(choices[:1]) if field.item.choices else (item,)
    if field.kind is Kind.EITHER:
        return ("eu-west-1",)
    return choices[0] if choices else f"{field.default}x/"


def _tuple(value):
    return value if isinstance(value, tuple) else ()


def _has_default(field):
    held = field.item.kind if field.item else None
    plain = held not in (Kind.BLOCK, Kind.OBJECT)
    return field.default is not None and not isinstance(field.default, Computed) and plain


DEFAULTS = {name_of(SPEC, path): path for path, field in walk(SPEC) if _has_default(field) and not field.required}
DEFAULTS = {name: path for name, path in DEFAULTS.items() if not name.startswith("expect.")}
CHOICES = {
    f"{title}: {name_of(table, path)} {word(choice)}": (table, path, choice)
    for title, table in FORMATS.items()
    for path, field in walk(table)
    for choice in field.choices
}


def read_whole():
    """Return what the whole spec is read as: its representation, or its problems."""
    try:
        return repr(load.load_spec_text(WHOLE, "spec.yaml", lambda _: POLICY))
    except PolicygenError as error:
        return str(error)


def page(table):
    """Return the tables of a format as the page shows them."""
    return "\n".join(tables("The whole", table))


def test_the_whole_is_good():
    """The spec that the tests of defaults read has no problem, and there is something to test."""
    assert read_whole().startswith("Spec(")
    assert len(DEFAULTS) > 40
    assert len(CHOICES) > 80


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_stands_in_the_table_alone(name, monkeypatch):
    """Another default in the table is another default of the loader, of the JSON Schema and on the page."""
    path = DEFAULTS[name]
    field = dict(walk(SPEC))[path]
    default = other(field)
    table = changed(SPEC, path, default=default)
    before = read_whole()
    monkeypatch.setattr(load, "SPEC", table)
    assert read_whole() != before
    assert schema_of(field)["default"] != schema_of(replace(field, default=default))["default"]
    assert schema_of(table) != schema_of(SPEC)
    assert page(table) != page(SPEC)


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_stands_in_the_table_alone(name):
    """A choice that the table has is read, taken by the JSON Schema and shown; one that it has no more is not."""
    table, path, choice = CHOICES[name]
    field = dict(walk(table))[path]
    rest = tuple(each for each in field.choices if each is not choice)
    without = replace(field, choices=rest, default=None)
    text = word(choice)
    reader = Reader(CODES)
    assert reader.value(field, Scalar(text=text, place=PLACE)).data is choice
    assert reader.problems == []
    assert reader.value(without, Scalar(text=text, place=PLACE)) is None
    assert [problem.code for problem in reader.problems] == ["CHOICE"]
    jsonschema.validate(text, schema_of(field))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(text, schema_of(without))
    assert page(changed(table, path, choices=rest)) != page(table)


def test_choices_of_the_spec_come_from_enums():
    """Where a choice's words are an enum's, the loader gives its members."""
    found = [choice for path, field in walk(SPEC) for choice in field.choices]
    words = {choice.value for choice in found if isinstance(choice, Enum)}
    assert {"multi-region", "aws:kms", "header-required", "robust", "sse-kms", "batch-replication"} <= words


@pytest.mark.parametrize("title", FORMATS)
def test_schemas_are_schemas(title):
    """Each shipped JSON Schema is one of draft-07."""
    text = (ROOT / f"policygen/spec/{title}.schema.json").read_text(encoding="utf-8")
    jsonschema.Draft7Validator.check_schema(json.loads(text))


def test_the_schema_takes_the_suites_of_the_samples():
    """The JSON Schema takes each suite of the samples, and refuses an unknown field and a wrong decision."""
    validator = jsonschema.Draft7Validator(schema_of(SUITE))
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("samples/*/*.policytest.yaml")]
    assert len(texts) > 5
    for text in texts:
        assert validator.is_valid(yaml.load(text, yaml.SafeLoader))
        assert not validator.is_valid(yaml.load(text.replace("tests:", "tets:"), yaml.SafeLoader))
        assert not validator.is_valid(
            yaml.load(re.sub("expect: [a-zA-Z]+$", "expect: never", text, flags=re.MULTILINE), yaml.SafeLoader)
        )


def test_the_schema_takes_an_environment():
    """The JSON Schema takes the environment of the page, and refuses a kind of key that there is not."""
    text = (ROOT / "docs/suites.md").read_text(encoding="utf-8").split("```yaml\n")[2].partition("```")[0]
    validator = jsonschema.Draft7Validator(schema_of(ENVIRONMENT))
    assert validator.is_valid(yaml.load(text, yaml.SafeLoader))
    assert not validator.is_valid(yaml.load(text.replace("primary}", "both}"), yaml.SafeLoader))


# --- reading ----------------------------------------------------------------------------------------------------------


def problems(text, table=SUITE):
    """Return the problems of a text as `line:column code message`."""
    reader = Reader(CODES)
    reader.block(parse_text(text, "t"), table)
    return [f"{each.place.line}:{each.place.column} {each.code} {each.message}" for each in reader.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 1\ntests: [~]\n", ["2:9 MISSING `expect` is missing"]),
        ("version: 1\ntests: []\npolicies: {identity_based: [~]}\n", ["3:29 KIND `identity_based` needs a value"]),
        ("version: 1\ntests:\n", ["2:7 KIND `tests` needs a value"]),
        ("version: 1\ntests: []\nspec: ~\nsettings: {block_public_access: ~}\n", []),
        ("version: 1\ntests: []\nspec: [a]\n", ["3:7 KIND `spec` needs text"]),
        ("version: 1\ntests: []\npolicies: {service_control: [a]}\n", ["3:30 KIND `level` needs a list"]),
        (
            "version: 1\ntests: []\npolicies: {vpc_endpoint: [a]}\n",
            ["3:26 KIND `vpc_endpoint` needs a policy document or the path of one"],
        ),
        (
            "version: 1\ntests: []\npolicies: {vpc_endpoint: {nmae: a, document: b}}\n",
            ["3:27 UNKNOWN unknown field `nmae`"],
        ),
        ("version: 1\ntests: []\npolicies: {grants: [a]}\n", ["3:21 KIND `grant` needs a mapping"]),
        (
            "version: 1\ntests: []\ndefaults: {request: {context: {a: {b: c}}}}\n",
            ["3:35 KIND `a` needs text or a list"],
        ),
        ("version: 1\ntests: []\ndefaults: {request: {context: {a: [[b]]}}}\n", ["3:36 KIND `a` needs text"]),
        (
            "version: 1\ntests: []\nsettings: {block_public_access: {BlockPublicAcls: yes}}\n",
            ["3:51 KIND `BlockPublicAcls` needs `true` or `false`, not `yes`"],
        ),
    ],
)
def test_what_is_refused(text, expected):
    """What is of another kind than the table says is refused where it stands; null is nothing, except in a list."""
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "manifest_bucket: source",
            "manifest_bucket: source, object_statuses: []",
            ["17:79 MISSING `object_statuses` needs at least one item"],
        ),
        ("source: {name", "so/urce: {name", ["10:3 FORM `so/urce` is not a valid name of an entry"]),
        ("{us-west-1: {}}", "{us-wset-1: {}}", ["7:75 FORM `us-wset-1` is not a valid Region"]),
        ("{us-west-1: {}}", "us-west-1", ["7:74 KIND `replica_regions` needs a list or a mapping of names"]),
        ("every: 1d", "every: 0d", ["39:60 FORM `0d` is not a valid interval"]),
        ("{name: s3-back}", "{name: s3-back, path: back}", ["21:33 FORM `back` is not a valid path"]),
        ("name: source-bucket", "name: 10.0.0.1", ["10:18 FORM `10.0.0.1` is not a valid bucket name"]),
        ("name: source-bucket", "name: a..b", ["10:18 FORM `a..b` is not a valid bucket name"]),
        ("id: all, destination: source", "id: é, destination: source", ["22:18 FORM `é` is not a valid rule id"]),
    ],
)
def test_forms(old, new, expected):
    """A text that has not the form that its row says is refused where it stands."""
    assert old in WHOLE
    assert problems(WHOLE.replace(old, new), SPEC) == expected


@pytest.mark.parametrize("title", FORMATS)
def test_a_required_field_has_an_example(title):
    """What is said of a field that is missing shows how it is written."""
    lacking = []
    for path, field in walk(FORMATS[title]):
        reader = Reader(CODES)
        if field.required and field.name:
            table = Field(name="block", kind=Kind.BLOCK, fields=(field,))
            reader.block(Mapping(entries=(), place=PLACE), table)
            (problem,) = reader.problems
            lacking += [name_of(FORMATS[title], path)] if problem.hint in (None, f"write `{field.name}: …`") else []
    assert lacking == []
