"""Where things stand in a text, found without reading all of it; random values against the tree."""

import json

from hypothesis import given
from hypothesis import strategies as st

from policygen.reading.opened import open_text, pointer_to
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping, Sequence

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def _nodes(node):
    yield node
    below = (
        [each for _, each in node] if isinstance(node, Mapping) else node.items if isinstance(node, Sequence) else ()
    )
    for each in below:
        yield from _nodes(each)


@given(st.dictionaries(st.text(max_size=4), _VALUES, max_size=4), st.sampled_from([None, 1, 4]))
def test_every_pointer_is_found_where_the_tree_has_it(value, indent):
    """Line and column are those of the parser that keeps them all."""
    text = json.dumps(value, indent=indent)
    opened = open_text(text, "x")
    for node in _nodes(parse_json(text, "x")):
        assert opened.place(node.place.pointer) == node.place


def test_a_pointer_that_is_not_there_is_at_its_nearest_parent():
    """As far as it goes."""
    opened = open_text('{"a": [1, {"b": 2}]}', "x")
    assert opened.place("/a/1/c").column == opened.place("/a/1").column
    assert opened.place("/a/7").column == opened.place("/a").column


def test_a_value_is_found_by_what_it_is_not_by_what_it_equals():
    """Two that are alike are told apart."""
    first, second = {"x": 1}, {"x": 1}
    root = {"a": [first], "b/c": {"d": second}}
    assert (pointer_to(root, first), pointer_to(root, second)) == ("/a/0", "/b~1c/d")
    assert pointer_to(root, {"x": 1}) is None
