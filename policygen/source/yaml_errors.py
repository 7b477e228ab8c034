"""What is wrong with a text that is not YAML, in words that help: where, what was expected, and how it would be right.

PyYAML says what its parser missed, not what the writer forgot. The parser's message and marks name the situation; the
lines around them say the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from policygen.errors import Place, Problem

_MOST_PROBLEMS = 20
_NOT_PRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INVISIBLE = re.compile(r"^ *[\u00a0\u200b-\u200d\u2060\u3000\ufeff]", re.MULTILINE)
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NO_BLANK = re.compile(r"\s*(?:- +)*(?P<name>[A-Za-z_][\w.-]*):(?=[^\s/:])")
_NAMED = re.compile(r"\s*(?:- +)*(?P<name>[^\s#:'\"{\[][^#:]*):(?:\s|$)")

Found = tuple[int, int, str, str | None]
"""Line and column, from 0, what is wrong, and what to do."""


def lines_of(text: str) -> list[str]:
    """Return the lines of a YAML text, as its parser counts them."""
    return _BREAKS.split(text)


def control_characters(text: str, source: str, lines: Sequence[str]) -> list[Problem]:
    """Return a problem for each character that no YAML text may hold.

    Source: https://yaml.org/spec/1.1/#id868524
    """
    if not _NOT_PRINTABLE.search(text) and not _INVISIBLE.search(text):
        return []
    found = []
    for number, match in islice(_unwanted(lines), _MOST_PROBLEMS):
        char = match[0][-1]
        place = Place(source=source, line=number + 1, column=match.end(), lines=lines)
        message = f"not YAML: the control character U+{ord(char):04X} cannot stand here"
        hint = f'take it away, or write it in double quotes as an escape: `"\\x{ord(char):02x}"`'
        if _INVISIBLE.match(match[0]):
            message = f"not YAML: the invisible character U+{ord(char):04X} cannot indent a line"
            hint = "indent with spaces: two for each level"
        found.append(Problem(code="PG-F005", message=message, place=place, hint=hint))
    return found


def _unwanted(lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield what cannot stand in a line, with the line's number from 0."""
    for number, line in enumerate(lines):
        yield from ((number, match) for match in _NOT_PRINTABLE.finditer(line))
        if match := _INVISIBLE.match(line):
            yield number, match


def syntax_problem(error: Any, source: str, lines: Sequence[str]) -> Problem:
    """Return the problem of a text that PyYAML's parser refuses."""
    situation = _Situation(error, lines)
    line, column, message, hint = next(_explained(situation))
    place = Place(source=source, line=line + 1, column=column + 1, lines=lines)
    return Problem(code="PG-F005", message=f"not YAML: {message}", place=place, hint=hint)


@dataclass(frozen=True, slots=True)
class _Situation:
    """What the parser says, and the lines that it says it of."""

    error: Any
    lines: Sequence[str]

    def says(self, *words: str) -> bool:
        """Tell whether the parser says one of some words, of what it found or of what it was reading then."""
        parts = (str(getattr(self.error, name, None) or "") for name in ("problem", "reason", "context"))
        said = " ".join(parts)
        return any(each in said for each in words)

    @property
    def at(self) -> tuple[int, int]:
        """Line and column where it stopped, from 0."""
        return self._mark("problem_mark", "context_mark")

    @property
    def begun(self) -> tuple[int, int]:
        """Line and column where that began which it was reading."""
        return self._mark("context_mark", "problem_mark")

    def _mark(self, *names: str) -> tuple[int, int]:
        marks = (getattr(self.error, name, None) for name in names)
        found = next((mark for mark in marks if mark is not None), None)
        return (found.line, found.column) if found is not None else (0, 0)

    def text(self, line: int) -> str:
        """Return a line; nothing behind the last."""
        return self.lines[line] if line < len(self.lines) else ""

    def rest(self) -> str:
        """Return the text from where the parser stopped to the end of that line."""
        line, column = self.at
        return self.text(line)[column:]

    def word(self) -> str:
        """Return the first word of the rest, for messages."""
        words = self.rest().split()
        return f"`{words[0][:40]}`" if words else "the end of the line"

    def before(self) -> Iterator[int]:
        """Yield the lines with something in them, from the one where the parser stopped upward."""
        for line in range(min(self.at[0], len(self.lines) - 1), -1, -1):
            if self.text(line).strip() and not self.text(line).lstrip().startswith("#"):
                yield line


def _explained(now: _Situation) -> Iterator[Found]:
    """Yield what is wrong, the likeliest first; something is always yielded."""
    yield from _quotes(now)
    yield from _tabs(now)
    yield from _no_blank(now)
    yield from _brackets(now)
    yield from _signs(now)
    yield from _indentation(now)
    yield (*now.at, "the text cannot be read from here on", "write `name: value` on each line, and lists as `- item`")


def _quotes(now: _Situation) -> Iterator[Found]:
    if now.says("quoted scalar"):
        (line, column), quote = now.at, now.text(now.begun[0])[now.begun[1] : now.begun[1] + 1]
        if now.says("end of stream", "document indicator"):
            hint = f"close it in its line: `name: {quote}value{quote}`"
            yield (*now.begun, f"the quote {quote} is never closed", hint)
        elif now.says("escape", "hex"):
            column = max(now.text(line).rfind("\\", 0, column + 1), 0)
            sign = now.text(line)[column : column + 2]
            hint = r"write the backslash twice (`\\`), or the text in single quotes"
            yield line, column, f"`{sign}` is not an escape that double quotes know", hint
    opened = _open_quote(now.lines, *now.at)
    if opened is not None and now.says("expected key", "',' or", "expected ':'"):
        quote = now.text(opened[0])[opened[1]]
        message = f"the quote {quote} is not closed in its line: it ends at the next one"
        yield (*opened, message, f"close it in its line: `name: {quote}value{quote}`")


def _open_quote(lines: Sequence[str], line: int, column: int) -> tuple[int, int] | None:
    """Return where the quoted text begins that ends right before a place, if it begins in an earlier line."""
    end = lines[line][:column].rstrip()[-1:] if line < len(lines) else ""
    above = range(line - 1, max(line - 20, -1), -1) if end in ("'", '"') else ()
    return next(((number, lines[number].rindex(end)) for number in above if lines[number].count(end) % 2), None)


def _tabs(now: _Situation) -> Iterator[Found]:
    """Tabs never indent: not before the line's text, and not between a sign and it."""
    line, column = now.at
    for each in (line, now.begun[0], *range(line - 1, max(line - 3, -1), -1)):
        text = now.text(each)
        if "\t" in text[: _indent(text)] and text.strip():
            yield each, text.index("\t"), "a tab cannot indent a line", "indent with spaces: two for each level"
    if now.rest().startswith("\t") or now.says("tab"):
        place = max(now.text(line).find("\t", max(column - 1, 0)), 0)
        yield line, place, "a tab cannot stand here", "write spaces in its place"


def _no_blank(now: _Situation) -> Iterator[Found]:
    """`name:value` is one text: without a space the colon separates nothing."""
    if now.says("mapping values", "expected ':'", "expected key"):
        for line in islice(now.before(), 2):
            match = _NO_BLANK.match(now.text(line))
            if match:
                name, value = match["name"], now.text(line)[match.end() :].split(" #")[0].strip()
                message = f"a space is missing behind the colon of `{name}`"
                yield line, match.end() - 1, message, f"write `{name}: {value[:60]}`"


def _brackets(now: _Situation) -> Iterator[Found]:
    for expected, name, example in (
        ("',' or ']'", "list", "[a, b]"),
        ("',' or '}'", "mapping", "{name: value, other: value}"),
    ):
        if not now.says(expected):
            continue
        closing = example[-1]
        if now.at[0] == now.begun[0] and now.rest().strip():
            hint = f"write commas between the parts of a {name}: `{example}`"
            if now.rest()[0] in "]}":
                hint = f"the {name} ends with `{closing}`: `{example}`"
            yield (*now.at, f"expected `,` or `{closing}`, found {now.word()}", hint)
        hint = f"write `{closing}` at the end of the {name}: `{example}`"
        yield (*now.begun, f"the bracket `{example[0]}` is not closed", hint)
    if now.says("expected node content"):
        yield (*now.at, f"expected a value, found {now.word()}", "write a value there, or take the comma or sign away")


def _signs(now: _Situation) -> Iterator[Found]:
    """Signs with which no plain text begins, and other notations that are not closed or not known."""
    line, column = now.begun
    begun = now.text(line)[column:]
    if now.says("cannot start any token"):
        yield (*now.at, f"a text cannot begin with `{now.rest()[:1]}`", _in_quotes(now.rest()))
    elif now.says("alias", "anchor"):
        message = f"a text cannot begin with `{begun[:1]}`, which means an alias or an anchor"
        yield line, column, message, _in_quotes(begun)
    elif now.says(" tag"):
        yield line, column, "a text cannot begin with `!`, which means a tag", "write it in quotes"
    elif now.says("directive", "incompatible"):
        message = "a line cannot begin with `%`, which means a directive"
        yield line, column, message, "write it in quotes, or behind `#`"
    elif now.says("block scalar"):
        hint = "the text begins on the next line; to begin a plain text with `|` or `>`, write it in quotes"
        yield (*now.at, f"expected the end of the line behind `|` or `>`, found {now.word()}", hint)
    elif now.says("single document"):
        yield (*now.at, "a second document begins here", "keep one document in a file: take the line `---` away")


def _in_quotes(rest: str) -> str:
    text = re.split(r" #|[,\]}]", rest)[0].strip()
    return f'write it in quotes: `"{text[:40]}"`'


def _indentation(now: _Situation) -> Iterator[Found]:
    line, column = now.at
    own = now.text(line)
    if now.says("block sequence entries"):
        hint = "begin each item on a line of its own, below the name, or write `[a, b]`"
        yield line, column, "a list cannot begin here, behind a name", hint
    if now.says("expected ':'"):
        yield from _no_colon(now, *now.begun)
    if now.says("mapping values"):
        if re.search(r":\s", own[:column].replace("- ", "", 1)):
            value = own[:column].partition(": ")[2].strip()
            hint = f'write the value in quotes (`"{value[:30]}: …"`), or begin a new line'
            yield line, column, "a second colon in one line", hint
        above = next((each for each in now.before() if each < line), None)
        if above is not None:
            beside = _NAMED.match(now.text(above))
            if beside is None:
                yield from _no_colon(now, above, _indent(now.text(above)))
            else:
                message = f"the line is indented deeper than `{beside['name']}` above, which has a value already"
                hint = f"begin it in column {beside.start('name') + 1}, as line {above + 1} does"
                yield line, _indent(own), message, hint
    if now.says("expected key", "document start", "'-' indicator"):
        yield from _out_of_line(now)


def _no_colon(now: _Situation, line: int, column: int) -> Iterator[Found]:
    """A line of a mapping without a colon; perhaps it was to be an item of a list."""
    text = now.text(line).strip()[:60]
    if text.startswith("-"):
        yield line, column, "a space is missing behind `-`", f"write `- {text[1:]}`"
    name, _, value = text.replace("\uff1a", " ").partition(" ")
    hint = f"write `{name}: {value.strip() or '…'}`"
    yield line, column, f"a colon is missing behind `{name}`", hint if value else f"{hint}, or `- {name}` in a list"


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _out_of_line(now: _Situation) -> Iterator[Found]:
    """A line that begins in a column in which no block above began, or something behind a value that has ended."""
    line, column = now.at
    if now.text(line)[:column].strip():
        hint = "write the whole value in quotes, or what follows on a line of its own"
        if now.rest()[:1] in "]}":
            hint = "take it away: nothing is open that it could close"
        yield line, column, f"expected the end of the line, found {now.word()}", hint
        return
    above = next((each for each in now.before() if each < line), 0)
    if now.says("'-' indicator") and now.word() != "`-`":
        hint = f"write `- {now.rest().strip()[:40]}`, or begin it in the column of the name above the list"
        yield line, column, f"expected another item (`- …`), found {now.word()}", hint
    columns = {_indent(now.text(each)): each for each in (now.begun[0], above) if each != line}
    where = " or ".join(f"in column {begins + 1} as line {each + 1} does" for begins, each in columns.items())
    message = f"the line begins in column {column + 1}, where no line of its block does"
    yield line, column, message, f"begin it {where}" if where else "begin all lines of a block in one column"
