"""Texts on their way out: what acts on a terminal, a log or an encoding is shown as JSON escapes it."""

import json

import pytest

from policygen.source.shown import in_encoding, in_one_line, shown, without_commands

ACTING = ("\x00", "\x07", "\x08", "\r", "\x1b[31m", "\x7f", "\x9b", "\u200b", "\u202e", "\u2028", "\u2066", "\ufeff")
NO_CHARACTERS = ("\ufffe", "\uffff", "\ud800", "\udcff")


@pytest.mark.parametrize("text", [*ACTING, *NO_CHARACTERS, "\U000e0041"])
def test_what_acts_is_escaped(text):
    """Controls, marks of direction, invisible ones and what is no character: the same text for a reader of JSON."""
    escaped = shown(f"a{text}b")
    assert escaped.isprintable()
    assert escaped.isascii()
    assert json.loads(f'"{escaped}"') == f"a{text}b"


def test_what_people_read_stays():
    """Letters of any language, emoji with their joiners, tabs and lines stay as they are."""
    text = "ü\t€\n👩‍👩‍👧 日本 \N{SOFT HYPHEN}"
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("::error::x", r"\u003a:error::x"),
        ("a\n \t::set-output name=x::y", "a\n \t\\u003a:set-output name=x::y"),
        ("a ##[error]b ##vso[task.x]", r"a \u0023#[error]b \u0023#vso[task.x]"),
        ("arn:aws:s3:::b and a::b", "arn:aws:s3:::b and a::b"),
    ],
)
def test_no_line_is_a_command(text, safe):
    """Neither GitHub Actions nor Azure Pipelines finds a command in a line of a log."""
    assert without_commands(text) == safe


def test_markup_is_escaped_in_its_own_way():
    """A page that is printed into a log holds no command either, and shows the same."""
    assert without_commands("<p>\n ::error::x</p>##[x]", markup=True) == "<p>\n &#58;:error::x</p>&#35;#[x]"


def test_a_line_that_goes_on_is_no_beginning():
    """What is written behind something in its line begins no line."""
    assert without_commands("::x\n::y", within_line=True) == "::x\n\\u003a:y"


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", r"ü€ \u65e5\ud83d\ude00"), ("ascii", r"\u00fc\u20ac \u65e5\ud83d\ude00")]
)
def test_what_an_encoding_cannot_carry(encoding, text):
    """It is escaped, in units of UTF-16 as JSON has them; what it can carry stays."""
    assert in_encoding("ü€ 日😀", encoding) == text


def test_titles_are_one_line():
    """A name with line breaks is shown by its first line."""
    assert (in_one_line("a\nb"), in_one_line("a"), in_one_line("")) == ("a …", "a", "")
