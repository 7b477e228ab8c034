"""Parsing and writing a document keeps what was written."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from policygen import parse_policy
from tests.property.strategies import Maker

SOME = settings(max_examples=200)
TEXTS = st.text(max_size=8)
SCALARS = TEXTS | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
ELEMENTS = {"Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"} | {
    "Resource",
    "NotResource",
    "Condition",
}
UNKNOWN = st.dictionaries(TEXTS.filter(lambda name: name not in ELEMENTS), JSON, max_size=2)


@st.composite
def odd_documents(draw):
    """A document with elements nobody knows, in any order, one string or a list where both are legal."""
    random = draw(st.randoms(use_true_random=False))
    maker = Maker(random)
    maker.request = maker.make_request()
    found = {"Statement": maker.document("resource").get("Statement", {"Effect": "Allow"})}
    found |= {"Version": draw(st.sampled_from(("2012-10-17", "2008-10-17", "anything"))), "Id": draw(TEXTS)}
    listed = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
    for statement in listed:
        statement.update(draw(UNKNOWN) | {"Sid": draw(TEXTS)})
    found |= draw(UNKNOWN)
    names = list(found)
    random.shuffle(names)
    return {name: found[name] for name in names}


def ordered(value):
    """A JSON value in which the order of names counts, and 1 differs from 1.0 and from true."""
    if isinstance(value, dict):
        return [[name, ordered(child)] for name, child in value.items()]
    if isinstance(value, list):
        return [ordered(child) for child in value]
    return [type(value).__name__, value]


@given(odd_documents(), st.booleans())
@SOME
def test_writing_gives_back_what_was_parsed(document, ascii_only):
    """The JSON of a parsed document is the JSON that was parsed: values, order, lists, unknown elements."""
    text = json.dumps(document, ensure_ascii=ascii_only)
    written = parse_policy(text).to_json()
    assert ordered(json.loads(written)) == ordered(json.loads(text))
    assert parse_policy(written).to_json() == written
    assert written.endswith("}\n")


@given(odd_documents())
@SOME
def test_text_and_values_read_alike(document):
    """JSON text and plain values give the same statements."""
    from_text, from_values = parse_policy(json.dumps(document)), parse_policy(document)
    assert from_text.statements == from_values.statements
    assert from_text.to_json() == from_values.to_json()


@given(odd_documents(), st.data())
@SOME
def test_any_cut_of_a_text_is_an_error_with_a_place(document, data):
    """A text that is cut off is refused with PG-D001 and a line: never a traceback."""
    import pytest

    from policygen import DocumentError

    text = json.dumps(document)
    cut = data.draw(st.integers(min_value=1, max_value=len(text) - 1))
    with pytest.raises(DocumentError) as caught:
        parse_policy(text[:cut])
    assert [problem.code for problem in caught.value.problems] == ["PG-D001"]
    assert caught.value.problems[0].place.line == 1
