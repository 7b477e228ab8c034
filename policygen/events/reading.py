"""Files of events, record by record: however large a file is, one record and a piece of text are in memory.

What cannot be read is named, and the rest goes on: a broken line, a file that ends too early.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from policygen.errors import Place, Problem, SourceError
from policygen.events.forms import LISTS, record_of, records_of
from policygen.events.record import Record
from policygen.source.files import opened_bytes

Problems = Callable[[Problem], None]

_PIECE = 256 * 1024
MOST_CHARACTERS = 16 * 1024 * 1024
"""The largest single record that is read: 16 Mi characters. CloudTrail's are of 256 KiB, or 1 MiB, at most."""

_GZIP = b"\x1f\x8b"
_LIST = re.compile(rf'\s*(?:\{{(?:\s*"[^"]*"\s*:\s*(?:"[^"]*"|null)\s*,)*\s*"(?:{"|".join(LISTS)})"\s*:\s*)?\[')
_LIST_END = re.compile(r'\]\s*(?:,\s*"[^"]*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[-+.\w]+)\s*)*+(\}?)\s*')
"""The end of a list, and of the object around it: other members may follow, such as a token for the next page."""

_NEXT = re.compile(r'\{\s*"(?:eventVersion|EventId|eventTime|metadata|awsRegion|userIdentity)"')
_NEXT_LINE = re.compile(r"\n\{")
_LONGEST_START, _LONGEST_LITERAL = 64, 9
"""How many characters the beginning of a record takes at most, and ``-Infinity``."""

_MOST_TOLD = 20
"""Problems of a file that are told one by one; of the others how many there are."""

_LONGEST_END = 4096
"""How many characters the end of a list takes at most, with members behind it."""

_MOST_HELD = 10
"""Problems that are held back until a record is found: what has none is no file of CloudTrail, and that is all."""

_LEFT_OUT = "it is left out, the others are read"
_CUT_OFF = "what there is of it is read; fetch the file anew"
_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()
_DOCS = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html"


def records_in(path: str | Path, problems: Problems) -> Iterator[Record]:
    """Yield the records of a file, in order; ``-`` is standard input.

    Args:
        path: A file of CloudTrail, plain or compressed with gzip; JSON lines; one event; an answer of
            ``lookup-events``; rows of Athena or of an event data store as JSON or CSV; records of Security Lake as
            JSON.
        problems: Is told what cannot be read: PG-F001 the file, PG-E001 no record in it, PG-E002 a damaged compressed
            file, PG-E003 a record, PG-E004 something too large.
    """
    name = str(path)
    try:
        with opened_bytes(path) as stream:
            yield from records_in_text(_decoded(_unpacked(stream, name, problems)), name, problems)
    except SourceError as error:
        for problem in error.problems:
            problems(problem)


def records_in_text(pieces: Iterable[str], name: str, problems: Problems) -> Iterator[Record]:
    """Yield the records of a text that comes in pieces, as :func:`records_in` does."""
    for number, fields in enumerate(_records(iter(pieces), name, problems), 1):
        yield Record(source=name, number=number, fields=fields)


def _problem(code: str, message: str, name: str, *, line: int | None = None, hint: str | None = None) -> Problem:
    place = Place(source=name, line=line, column=None if line is None else 1)
    return Problem(code=code, message=message, place=place, hint=hint, doc_url=_DOCS)


def _nothing(name: str) -> Problem:
    hint = "give files of CloudTrail, an answer of `aws cloudtrail lookup-events`, or rows of Athena with all columns"
    return _problem("PG-E001", "no record of CloudTrail was found", name, hint=hint)


def _unpacked(stream: BinaryIO, name: str, tell: Problems) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked where it is compressed: all there are up to where it is damaged."""
    first = stream.read(_PIECE)
    pieces = chain((first,), iter(lambda: stream.read(_PIECE), b""))
    if not first.startswith(_GZIP):
        yield from pieces
        return
    member, started = zlib.decompressobj(wbits=31), False
    for piece in pieces:
        rest = piece
        while rest:
            started, before = True, member.copy()
            try:
                unpacked = member.decompress(rest, _PIECE)
            except zlib.error as error:
                yield from _salvaged(before, rest)
                tell(_problem("PG-E002", f"cannot be unpacked any further: {error}", name, hint=_CUT_OFF))
                return
            if unpacked:
                yield unpacked
            if member.eof:
                rest = member.unused_data.lstrip(b"\0")
                member, started = zlib.decompressobj(wbits=31), False
            else:
                rest = member.unconsumed_tail
    if started:
        yield member.flush()
        tell(_problem("PG-E002", "ends too early", name, hint=_CUT_OFF))


def _salvaged(member: Any, rest: bytes) -> Iterator[bytes]:
    """Yield what can be unpacked of a piece in which a compressed file is damaged."""
    with suppress(zlib.error):
        for at in range(len(rest)):  # byte by byte: what stands before the damaged one is whole
            yield member.decompress(rest[at : at + 1])


def _decoded(pieces: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _records(pieces: Iterator[str], name: str, tell: Problems) -> Iterator[Any]:
    """Yield the records of a text, by the form that its beginning has."""
    text = ""
    for piece in pieces:
        text += piece
        if len(text.lstrip()) >= 1024:
            break
    rest = chain((text,), pieces)
    start = text.lstrip()[:1]
    if start == "":
        tell(_nothing(name))
        return
    if start not in "{[" and not _NEXT_LINE.search(text):
        yield from _rows(rest, name, tell)
    elif _LIST.match(text):
        yield from _Values(rest, name, tell, start=_LIST.match(text)).records()
    else:
        yield from _Values(rest, name, tell, start=None).records()


class _Values:
    """JSON values one behind the other: in a list, or on lines of their own."""

    def __init__(self, pieces: Iterator[str], name: str, tell: Problems, start: re.Match[str] | None) -> None:
        self._pieces, self._name, self._tell = pieces, name, tell
        self._in_list = start is not None
        self._in_object = start is not None and start[0].lstrip().startswith("{")
        self._text, self._at, self._line, self._ended, self._number = "", 0, 1, False, 0
        self._held: list[Problem] | None = []
        self._told = 0
        self._more()
        if start is not None:
            self._pass(start.end())

    def records(self) -> Iterator[Any]:
        """Yield the records."""
        while self._to_next() or self._to_next_list():
            self._number += 1
            value, found = self._value()
            if found:
                yield from self._recognised(value)
            elif not self._skip():
                break
        if self._told > _MOST_TOLD:
            more = f"{self._told - _MOST_TOLD:,} more cannot be read"
            self._tell(_problem("PG-E003", more, self._name, hint=_LEFT_OUT))
        nothing_happened = self._in_list and not self._number
        if self._held is not None and not nothing_happened:
            self._tell(_nothing(self._name))

    def _recognised(self, value: Any) -> Iterator[Any]:
        records = records_of(value)
        if records or (isinstance(value, dict) and any(value.get(name) == [] for name in LISTS)):
            self._known()
            yield from records
        else:
            self._problem("PG-E003", "is no record of CloudTrail", _LEFT_OUT)

    def _known(self) -> None:
        """Tell what was held back: this is a file of CloudTrail."""
        for problem in self._held or ():
            self._tell(problem)
        self._held = None

    def _problem(self, code: str, what: str, hint: str | None = None) -> None:
        problem = _problem(code, f"record {self._number:,} {what}", self._name, line=self._line, hint=hint)
        self._told += self._held is None
        if self._held is None and self._told <= _MOST_TOLD:
            self._tell(problem)
        elif self._held is not None and len(self._held) < _MOST_HELD:
            self._held.append(problem)

    def _more(self) -> bool:
        """Take one more piece of text; false at the end."""
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return False
        self._text = self._text[self._at :] + piece
        self._at = 0
        return True

    def _pass(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _to_next(self) -> bool:
        """Go to where the next value begins; false where there is none."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._pass(found.end() if found else self._at)
            if self._at < len(self._text):
                return not (self._in_list and self._text[self._at] == "]")
            if not self._more():
                if self._in_list and self._number:
                    self._number += 1
                    self._problem("PG-E003", "is missing: the list of records has no end", _CUT_OFF)
                return False

    def _to_next_list(self) -> bool:
        """Go to the first value of what follows on a list: files may be put one behind the other; false at the end."""
        if not self._in_list or self._text[self._at : self._at + 1] != "]":
            return False
        while len(self._text) - self._at < _LONGEST_END and self._more():
            pass
        end = _LIST_END.match(self._text, self._at)
        self._pass(end.end() if end else self._at + 1)
        if self._at == len(self._text):
            if self._in_object and not (end and end[1]):
                self._number += 1
                self._problem("PG-E003", "is missing: the file has no end", _CUT_OFF)
            return False
        start = _LIST.match(self._text, self._at)
        if start is not None:
            self._pass(start.end())
            return self._to_next() or self._to_next_list()
        if self._text[self._at] == "{":
            self._in_list = False
            return self._to_next()
        if self._text[self._at] not in ",}":  # further members of the object
            self._number += 1
            self._problem("PG-E003", "is none: what stands behind the list of records is not read")
        return False

    def _value(self) -> tuple[Any, bool]:
        """Return the next value, and whether there is one: text is added until it is whole, or cannot become so."""
        wanted = _PIECE
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                length = len(self._text) - self._at
                if not _may_go_on(error, len(self._text)) or length > MOST_CHARACTERS or self._ended:
                    return None, False
                while len(self._text) - self._at < length + wanted and self._more():
                    pass
                wanted *= 2
            else:
                self._pass(end)
                return value, True

    def _skip(self) -> bool:
        """Name what cannot be read, and go on at what looks like the next record; false where there is none."""
        if len(self._text) - self._at > MOST_CHARACTERS:
            self._problem("PG-E004", f"is larger than {MOST_CHARACTERS:,} characters", "the file is read no further")
            return False
        self._problem("PG-E003", "cannot be read", _LEFT_OUT)
        start = self._at + 1
        while True:
            found = (_NEXT if self._in_list else _NEXT_LINE).search(self._text, start)
            if found is not None:
                self._pass(found.end() - 1 if not self._in_list else found.start())
                return True
            self._pass(max(start, len(self._text) - _LONGEST_START))
            if not self._more():
                return False
            start = 0


def _may_go_on(error: Exception, length: int) -> bool:
    """Tell whether a text that is no JSON may become so when more is added: it breaks off at its end."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= length - _LONGEST_LITERAL


def _rows(pieces: Iterable[str], name: str, tell: Problems) -> Iterator[Any]:
    """Yield the records of a table in CSV."""
    csv.field_size_limit(max(csv.field_size_limit(), MOST_CHARACTERS))
    reader = csv.DictReader(_lines(pieces), strict=True)
    any_row = False
    try:
        for row in reader:
            found = record_of({key: value for key, value in row.items() if isinstance(key, str)})
            if found is None:
                break
            any_row = True
            yield found
    except csv.Error as error:
        if any_row:
            hint = "the rows before it are read"
            tell(_problem("PG-E003", f"this row cannot be read: {error}", name, line=reader.line_num, hint=hint))
    if not any_row:
        tell(_nothing(name))


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    kept = ""
    for piece in pieces:
        *whole, kept = (kept + piece).split("\n")
        yield from (f"{line}\n" for line in whole)
    if kept:
        yield kept
