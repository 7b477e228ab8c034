"""What stands where a text is not JSON, in words that help: its name, and how it would be right."""

import re
from unicodedata import category, name

_EXAMPLE = 'write `"name": "value"`'
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b\u2032\u2033\uff02"
_SIGNS: tuple[tuple[str, str, str], ...] = (
    (r"//|/\*|#", "a comment", "JSON has no comments: take it away"),
    (r"!\w+", "a function of a YAML template", "give the policy as it is deployed"),
    (r"\$\{|\{\{|\{%|<%|%\{", "an expression of a template", "give the policy as it is deployed"),
    (r"'", "a single quote", "JSON's texts stand in double quotes"),
    (
        r"(True|False|None|undefined|NaN|-?Infinity)\b",
        "a word that JSON does not know",
        "JSON has `true`, `false` and `null`",
    ),
    (r"</?[A-Za-z!?]", "a tag of XML or HTML", "save the JSON document itself, not the page around it"),
    (r"[A-Za-z_][\w.:-]*", "a word without quotes", f"texts and names stand in double quotes: {_EXAMPLE}"),
)
"""What begins with these signs, and what to do about it; the first that fits."""


_HINTS = {",": "take the comma away: there is nothing before it", "=": "write `:` between name and value"}
_IN_TEXTS = {
    "Invalid control": (
        "a {} inside a text",
        'a text ends in its line: close it with `"`, or write it as `\\n` or `\\t`',
    ),
    "Unterminated": ("a text that is never closed", 'write `"` at its end'),
    "Invalid \\escape": ("a backslash that begins no escape", "write the backslash twice: `\\\\`"),
    "Invalid \\u": ("an escape that is cut short", "`\\u` has four hexadecimal digits: `\\u00e9`"),
}
"""What the scanner of texts says, by its beginning: what is wrong, and what to do."""


def explained_text(reason: str, char: str) -> tuple[str, str | None]:
    """Return what is wrong inside a text, from what the scanner says and where it stops, and what to do."""
    what = {"\n": "line break", "\r": "line break", "\t": "tab"}.get(char) or f"control character {_named(char or ' ')}"
    found = next((each for beginning, each in _IN_TEXTS.items() if reason.startswith(beginning)), None)
    return (found[0].format(what), found[1]) if found else (reason.lower(), None)


def explained(text: str, offset: int, expected: str) -> tuple[str, str | None]:
    """Return what a text has at an offset instead of what JSON would have there, and what to do.

    >>> explained('{"a": 1,}', 8, "a name in double quotes")[0]
    '`}` right behind a comma'
    """
    if offset >= len(text):
        empty = "the file is empty" if not text.strip() else "the text breaks off: close what was opened"
        return "the end of the text", empty
    char = text[offset]
    if char in _QUOTES:
        return f"{_named(char)}, a typographic quote", 'write straight quotes: `"`'
    if (not char.isascii() and (not char.isprintable() or char.isspace())) or category(char) in ("Cc", "Cf"):
        return f"the invisible character {_named(char)}", "take it away: it may come from a web page or an editor"
    if char in "}]" and text[:offset].rstrip(" \t\r\n").endswith(","):
        return f"`{char}` right behind a comma", "take the comma away: JSON has none behind the last one"
    before = text[offset - 1 : offset]
    if char in _HINTS or (before == "0" and char.isdigit()):
        return f"`{char}`", _HINTS.get(
            char, "a number does not begin with 0: an account id is a text, in double quotes"
        )
    if expected.startswith("`,`") and not before.isalnum() and (char in '"{[' or char.isalnum()):
        return f"`{char}`", 'a comma is missing before it, or a quote inside a text, which is written `\\"`'
    if expected.startswith("one JSON value"):
        return f"`{char}`", "one file holds one document"
    for signs, what, hint in _SIGNS:
        match = re.compile(signs).match(text, offset)
        if match:
            return f"`{match[0][:40]}`, {what}", hint
    return f"`{char}`", None


def _named(char: str) -> str:
    found = name(char, "")
    return f"U+{ord(char):04X}" + (f" ({found})" if found else "")
