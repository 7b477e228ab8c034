"""JSON read without lines and columns: the same tree, and nothing where there is anything to say."""

import json

import pytest

import policygen as pg
from policygen.scenario import environments
from policygen.source.json_quick import quick_names, quick_tree
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping, Sequence, plain

TEXTS = (
    '{"a": {"b/c": [1, -2, true, false, null, "x", {"d~e": []}], "f": {}}, "g": "\\u00e9"}',
    "[]",
    '"text"',
    "null",
    "123456789012345678901234567890",
)


def parts(node):
    """Return everything of a tree but lines and columns."""
    if isinstance(node, Mapping):
        return node.place.pointer, [(key.text, key.place.pointer, parts(value)) for key, value in node]
    if isinstance(node, Sequence):
        return node.place.pointer, [parts(each) for each in node.items]
    return node.place.pointer, node.text, node.kind


@pytest.mark.parametrize("text", TEXTS[:3])
def test_the_tree_is_the_same(text):
    """Names, texts, kinds and pointers are those of the tree with lines; so are plain values, typed or not."""
    quick, placed = quick_tree(text, "x.json"), parse_json(text, "x.json")
    assert parts(quick) == parts(placed)
    assert plain(quick, typed=True) == plain(placed, typed=True) == json.loads(text)
    assert plain(quick) == plain(placed)


def test_members_are_found_by_name():
    """A member is returned with its pointer; one that is not there is None."""
    root = quick_tree(TEXTS[0], "x.json")
    assert root.get("a").get("b/c").place.pointer == "/a/b~1c"
    assert root.get("z") is None


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', "1.5", "1e3", "-0", "NaN", "[1,]", "", "[" * 150 + "]" * 150, "[" * 9999]
)
def test_what_must_be_read_with_care(text):
    """A name twice, fractions, what is no JSON, and what is nested too deep are left to who knows lines."""
    assert quick_tree(text, "x.json") is None
    assert quick_names(text) is None


def test_names_are_those_of_an_object():
    """The names of an object's members; a list has none."""
    assert quick_names('\ufeff{"version": 1, "resources": {}}') == {"version", "resources"}
    assert quick_names("[1]") is None


@pytest.fixture
def environment(tmp_path):
    """Write an environment file with one principal, of a document; return its path."""

    def write(statement, **more):
        principal = {"identity_based": [{"Version": "2012-10-17", "Statement": [statement]}], **more}
        values = {"version": 1, "principals": {"arn:aws:iam::111122223333:role/r": principal}}
        path = tmp_path / "environment.json"
        path.write_text(json.dumps(values, indent=1), encoding="utf-8")
        return path

    return write


ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def test_an_environment_is_the_same(environment, monkeypatch):
    """An environment file says the same whether its lines are looked for or not."""
    path = environment(ALLOW, tags={"a": "b"})
    quick = pg.load_environment(path)
    monkeypatch.setattr(environments, "quick_environment", lambda *_: None)
    placed = pg.load_environment(path)
    assert quick.principals == placed.principals
    assert quick.principals


@pytest.mark.parametrize(
    ("statement", "more", "line"), [({**ALLOW, "Effect": "Alow"}, {}, 6), (ALLOW, {"tgas": {"a": "b"}}, 17)]
)
def test_problems_have_their_lines(environment, statement, more, line):
    """What is wrong with a document, or with the file, is told with line and column as ever."""
    with pytest.raises(pg.PolicygenError) as caught:
        pg.load_environment(environment(statement, **more))
    assert [each.place.line for each in caught.value.problems] == [line]
