"""A text that is not JSON: what stands there, and how it would be right."""

import pytest

import policygen as pg

BEHIND_COMMA = "take the comma away: JSON has none behind the last one"
COMMA = 'a comma is missing before it, or a quote inside a text, which is written `\\"`'
LINE = 'a text ends in its line: close it with `"`, or write it as `\\n` or `\\t`'
TEMPLATE = "give the policy as it is deployed"
INVISIBLE = "take it away: it may come from a web page or an editor"
DOUBLE = "JSON's texts stand in double quotes"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('{"a": 1,}', "expected a name in double quotes, found `}` right behind a comma", BEHIND_COMMA),
        ('{"a": [1, ]}', "expected a value, found `]` right behind a comma", BEHIND_COMMA),
        ('{"a": 1,, "b": 2}', "found `,`", "take the comma away: there is nothing before it"),
        ('{"a": 1 "b": 2}', 'expected `,` or `}`, found `"`', COMMA),
        ('{"a": "say "so""}', "expected `,` or `}`, found `s`", COMMA),
        ('{"a" = 1}', "expected `:`, found `=`", "write `:` between name and value"),
        ("{// why\n}", "found `//`, a comment", "JSON has no comments: take it away"),
        ('{"a": 1 # why\n}', "found `#`, a comment", "JSON has no comments: take it away"),
        (
            "{\u201ca\u201d: 1}",
            "found U+201C (LEFT DOUBLE QUOTATION MARK), a typographic quote",
            'write straight quotes: `"`',
        ),
        ("{'a': 1}", "found `'`, a single quote", DOUBLE),
        ('{"a":\u2028 1}', "found the invisible character U+2028 (LINE SEPARATOR)", INVISIBLE),
        ('{\u200b"a": 1}', "found the invisible character U+200B (ZERO WIDTH SPACE)", INVISIBLE),
        ('{"a": True}', "found `True`, a word that JSON does not know", "JSON has `true`, `false` and `null`"),
        ('{"a": !Sub x}', "found `!Sub`, a function of a YAML template", TEMPLATE),
        ('{"a": ${arn}}', "found `${`, an expression of a template", TEMPLATE),
        (
            "Version: 1",
            "found `Version:`, a word without quotes",
            'texts and names stand in double quotes: write `"name": "value"`',
        ),
        ("<html>", "found `<h`, a tag of XML or HTML", "save the JSON document itself, not the page around it"),
        ('{"a": 012}', "found `1`", "a number does not begin with 0: an account id is a text, in double quotes"),
        ("{}{}", "expected one JSON value and nothing after it, found `{`", "one file holds one document"),
        ("", "found the end of the text", "the file is empty"),
        ('{"a": 1', "found the end of the text", "the text breaks off: close what was opened"),
        ('{"a": "x\ty"}', "a tab inside a text", LINE),
        ('{"a": "x\ny"}', "a line break inside a text", LINE),
        ('{"a": "\\q"}', "a backslash that begins no escape", "write the backslash twice: `\\\\`"),
        ('{"a": "\\u00', "an escape that is cut short", "`\\u` has four hexadecimal digits: `\\u00e9`"),
        ('{"a": "x', "a text that is never closed", 'write `"` at its end'),
        ('{"a": ?}', "expected a value, found `?`", None),
    ],
)
def test_what_is_no_json(text, message, hint):
    """The message ends in what stands there; the hint says what to do."""
    with pytest.raises(pg.DocumentError) as error:
        pg.parse_policy(text, "p.json")
    (problem,) = error.value.problems
    assert problem.message.endswith(message)
    assert problem.hint == hint
