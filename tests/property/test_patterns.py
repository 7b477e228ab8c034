"""Pattern matchers agree with regular expressions (which only these tests use for whole patterns)."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from policygen.document.model import ConditionEntry
from policygen.matching.actions import compile_action
from policygen.matching.arns import compile_arn, compile_resource
from policygen.matching.conditions import compile_condition
from policygen.matching.wildcards import compile_glob, text_of, tokens_of
from policygen.request.context import ContextValue

SOME = settings(max_examples=500)
PATTERNS = st.text(alphabet="ab:/*?.\n", max_size=9)
TEXTS = st.text(alphabet="ab:/*?.\n", max_size=12)
FIELDS = st.lists(st.text(alphabet="ab*?", max_size=3), min_size=6, max_size=8).map(":".join)
ARNS = st.lists(st.text(alphabet="ab*?", max_size=3), min_size=6, max_size=9).map(":".join)


def regex_of(pattern, one="."):
    """A pattern as a regular expression; ``one`` is what a question mark matches."""
    signs = {"*": f"{one}*", "?": one}
    return "".join(signs.get(char, re.escape(char)) for char in pattern)


def regex_matches(pattern, text):
    """Whether the regular expression covers the whole text."""
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(PATTERNS, TEXTS)
@example("a*a", "a")
@example("*?*", "")
@example("a?*b", "ab")
@example("**", "\n")
@SOME
def test_glob_equals_regex(pattern, text):
    """``*`` is any run of characters and ``?`` exactly one, whatever the characters are."""
    assert compile_glob(tokens_of(pattern))(text) is regex_matches(regex_of(pattern), text)


@given(PATTERNS)
@SOME
def test_tokens_keep_the_pattern(pattern):
    """A pattern's tokens read as the pattern, runs of stars made one."""
    assert text_of(tokens_of(pattern)) == re.sub(r"\*+", "*", pattern)


@given(PATTERNS, TEXTS)
@SOME
def test_action_ignores_case(pattern, text):
    """An action pattern matches in any case."""
    expected = compile_action(pattern)(text)
    assert compile_action(pattern.upper())(text) is expected is compile_action(pattern.lower())(text)


def resource_regex(pattern):
    """Field by field; a star that ends one of the first five fields may run on."""
    *head, last = pattern.split(":", 5)
    fields = [regex_of(field[:-1], "[^:]") + ".*" if field.endswith("*") else regex_of(field, "[^:]") for field in head]
    return ":".join([*fields, regex_of(last)])


@given(FIELDS, ARNS)
@example("a:b*:c:d:e:f", "a:b:x:c:d:e:f")
@example("a:*b:c:d:e:f", "a:x:b:c:d:e:f")
@example("*:a:b:c:d:e", "x:y:a:b:c:d:e")
@SOME
def test_resource_equals_regex(pattern, text):
    """A resource pattern is matched field by field, a star at a field's end excepted."""
    assert compile_resource(tokens_of(pattern))(text) is regex_matches(resource_regex(pattern), text)


@given(FIELDS, ARNS)
@SOME
def test_arn_condition_equals_regex(pattern, text):
    """An ARN condition is matched field by field, without exception; the sixth field holds all further colons."""
    *head, last = pattern.split(":", 5)
    twin = ":".join([*(regex_of(field, "[^:]") for field in head), regex_of(last)])
    assert compile_arn(tokens_of(pattern))(text) is regex_matches(twin, text)


@given(st.text(alphabet="ab*?${}", max_size=6))
@SOME
def test_escapes_make_any_text_literal(text):
    """A text with its special characters escaped matches itself and nothing else that differs in one character."""
    escaped = "".join(f"${{{char}}}" if char in "*?$" else char for char in text)
    entry = ConditionEntry(operator="StringLike", key="k", values=(escaped,))
    condition = compile_condition(entry, variables=True)
    assert condition is not None
    assert condition.holds({"k": ContextValue("k", (text,))})
    assert not condition.holds({"k": ContextValue("k", (text + "x",))})
