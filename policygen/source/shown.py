r"""Texts on their way out: what a terminal, a log of GitHub Actions or another encoding would take for something else.

Names, Sids and values come from files of others. Whatever of them would act on a terminal, hide or turn text around, or
is no character at all, is shown as JSON escapes it, ``\u001b``: JSON stays JSON, and people see what is there.
"""

from __future__ import annotations

import codecs
import re

AS_JSON = "policygen.as-json"
"""For ``errors=`` of str.encode and open: what the encoding cannot carry is escaped as in JSON."""

_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and line feed
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # marks of direction, invisible ones, other line ends
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_COMMAND = re.compile(r"(?m)^([^\S\n]*):(?=:)|#(?=#\[|#vso\[)")
"""How GitHub Actions and Azure Pipelines know commands in a log: ``::`` at the beginning, ``##[`` anywhere in a line.

Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""


def shown(text: str) -> str:
    """Return a text with every character escaped that people would not see as one."""
    return _ACTING.sub(lambda match: _escaped(match[0]), text)


def in_one_line(text: str) -> str:
    """Return a name or title: its first line, and `` …`` where there are more."""
    first, *more = text.splitlines() or [""]
    return f"{first} …" if more else first


def without_commands(text: str, *, within_line: bool = False, markup: bool = False) -> str:
    """Return a text none of whose lines a workflow takes for a command.

    Args:
        text: The text.
        within_line: Whether the text goes on in a line in which something stands already.
        markup: Whether the text is HTML or XML, and is escaped as these are.
    """
    mark = "." if within_line else ""
    escaped = (lambda each: f"&#{ord(each)};") if markup else _escaped
    return _COMMAND.sub(lambda match: (match[1] or "") + escaped(match[0][-1]), mark + text)[len(mark) :]


def in_encoding(text: str, encoding: str) -> str:
    """Return a text with every character escaped that an encoding cannot carry."""
    return text.encode(encoding, AS_JSON).decode(encoding)


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _handler(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


codecs.register_error(AS_JSON, _handler)
