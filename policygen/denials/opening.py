"""From files and folders to the calls of which they tell: a folder a call, or a file that tells of it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from policygen.denials.details import Details
from policygen.denials.events import heard_of
from policygen.denials.linking import linked
from policygen.denials.messages import told_in
from policygen.denials.model import Told
from policygen.document import PolicyDocument
from policygen.errors import Place, PolicygenError, Problem, Severity, SourceError
from policygen.evaluation import Environment
from policygen.events import Record as EventRecord
from policygen.events import records_in as records_in_file
from policygen.events import records_in_text, records_of
from policygen.reading import Record
from policygen.reading.answers import records_in
from policygen.reading.documents import parsed
from policygen.reading.opened import open_text
from policygen.reading.records import policies_in
from policygen.reading.shapes import load_shapes
from policygen.source.files import files_below, is_folder, is_of_tools, read_text

_MOST_BYTES = 64 * 1024 * 1024
_OF_EVENTS = (".gz", ".jsonl", ".ndjson", ".csv")
_SUFFIXES = (".json", ".yaml", ".yml", ".txt", ".err", ".log", *_OF_EVENTS)
_READ = "authorization details, CloudTrail events and error messages are read: docs/why-denied.md"


@dataclass(slots=True)
class Opened:
    """What was read of denied calls.

    Attributes:
        told: The calls.
        problems: What could not be read or used; the rest was.
    """

    told: list[Told] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def open_calls(paths: Iterable[str | Path], environment: Environment | None = None) -> Opened:
    """Return the calls of which files and folders tell; ``-`` is standard input.

    Args:
        paths: Files and folders. The policies of a call lie in the folder of its authorization details, or below it.
        environment: Which requests of an event its policies deny is asked of it, where the event does not say.
    """
    opening = _Opening(environment)
    for path in paths:
        opening.path(path)
    opening.put_together()
    return opening.opened


def _is_lines(text: str) -> bool:
    """Tell whether a text is JSON lines of events: its first line is a whole object, and there are more."""
    first, _, rest = text.lstrip("\ufeff \t\r\n").partition("\n")
    return first.startswith("{") and first.rstrip().endswith("}") and rest.startswith("{") and '"eventName"' in first


class _Opening:
    """Opens one file after the other, then puts details and policies together."""

    def __init__(self, environment: Environment | None) -> None:
        self.opened = Opened()
        self._environment = environment
        self._shapes = load_shapes()
        self._details: list[Details] = []
        self._answers: dict[str, PolicyDocument] = {}
        self._order: dict[str, int] = {}

    def _problem(self, code: str, message: str, source: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        place = Place(source=source)
        self.opened.problems.append(Problem(code=code, message=message, place=place, hint=hint, severity=severity))

    def path(self, path: str | Path) -> None:
        """Open a file, or every file of a folder that may tell of a call."""
        try:
            if str(path) == "-" or not is_folder(path):
                self._file(path, wanted=True)
                return
        except SourceError as error:
            self.opened.problems.extend(error.problems)
            return
        known = self._count()
        for each in files_below(
            path, lambda name: name.endswith(_SUFFIXES), skipped=is_of_tools, problems=self.opened.problems
        ):
            self._file(each, wanted=False)
        if self._count() == known:
            self._problem("PG-Y001", "nothing in this folder tells of a denied call", str(path), _READ)

    def _count(self) -> int:
        return len(self.opened.told) + len(self.opened.problems) + len(self._details) + len(self._answers)

    def _file(self, path: str | Path, *, wanted: bool) -> None:
        name = str(path)
        self._order.setdefault(name, len(self._order))
        if name.endswith(_OF_EVENTS):
            self._events(records_in_file(path, self.opened.problems.append), name)
            return
        try:
            text = read_text(path, max_bytes=_MOST_BYTES)
            if not text.strip("\ufeff \t\r\n"):
                if wanted:
                    self._problem("PG-Y001", "there is nothing in it", name, _READ)
                return
            if self._is_message(text, name, wanted=wanted):
                return
            if _is_lines(text):
                self._events(records_in_text((text,), name, self.opened.problems.append), name)
                return
            opened = open_text(text, name)
            found = records_in(opened, self._shapes, {})
        except PolicygenError as error:
            self.opened.problems.extend(error.problems)
            return
        taken = [self._record(each) for each in found]
        if any(taken):
            return
        events = records_of(opened.value)
        if events:
            listed = (EventRecord(source=name, number=each, fields=fields) for each, fields in enumerate(events, 1))
            self._events(listed, name)
        elif wanted:
            self._problem("PG-Y001", "this tells of no denied call", name, _READ)

    def _events(self, records: Iterable[EventRecord], name: str) -> None:
        """Take in the denied calls among events of CloudTrail."""
        heard = heard_of(records, self._environment)
        self.opened.told += heard.told
        self.opened.problems += heard.problems
        if heard.events and not heard.told and not heard.problems:
            message = f"of {heard.events} {'event' if heard.events == 1 else 'events'} none is of a denied call"
            hint = "events of denied calls have an `errorCode` such as AccessDenied"
            self._problem("PG-Y001", message, name, hint, Severity.WARNING)

    def _is_message(self, text: str, name: str, *, wanted: bool) -> bool:
        """Read a text that is neither JSON nor YAML with a known shape: an error message."""
        if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
            return False
        told = told_in(text, name, self.opened.problems)
        self.opened.told += told
        if not told and wanted and "accessdenied" in text.replace(" ", "").lower():
            message = "this message does not say who was denied what on what"
            hint = "a longer one does: `User: … is not authorized to perform: … on resource: …`"
            self._problem("PG-Y001", message, name, hint)
            return True
        return bool(told) or name.endswith((".log", ".err"))

    def _record(self, record: Record) -> bool:
        """Take in one record; False for one that tells nothing of a denied call."""
        if record.kind == "authorization-details":
            self._details.append(Details(record))
        elif record.kind in ("authorization-policy", "policy"):
            found = next(policies_in(record), None)
            try:
                if found is not None:
                    document = parsed(record, found)
                    self._answers[record.source] = replace(document, source=record.source)
            except PolicygenError as error:
                self.opened.problems.extend(error.problems)
        elif record.kind == "error":
            text = str(record.value.get("message"))
            told = told_in(text, record.source, self.opened.problems)
            self.opened.told += told
            return bool(told)
        else:
            return False
        return True

    def put_together(self) -> None:
        """Give each of the details the policies that lie nearest to them, and read their calls, in the files' order."""
        nearest: dict[int, dict[str, PolicyDocument]] = {number: {} for number in range(len(self._details))}
        for source, document in self._answers.items():
            for number in self._owners(source):
                nearest[number][source] = document
        taken: set[str] = set()
        for number, details in enumerate(self._details):
            documents, left = linked(details.entries(), nearest[number])
            taken |= nearest[number].keys() - set(left)
            self.opened.told += details.told(documents)
            self.opened.problems += details.problems
        self.opened.told.sort(key=lambda each: self._order[each.place.source])
        self._not_linked(each for each in self._answers if each not in taken)
        self._not_read()

    def _owners(self, source: str) -> list[int]:
        """Return the details that a policy belongs to: those in its folder, else in the nearest one above, else all."""
        folders = {number: PurePath(each.record.source).parent for number, each in enumerate(self._details)}
        for folder in PurePath(source).parents:
            found = [number for number, each in folders.items() if each == folder]
            if found:
                return found
        return list(folders)

    def _not_linked(self, sources: Iterable[str]) -> None:
        for source in sources:
            if self._details:
                message = "this policy can be that of no entry, or of several, in the authorization details"
                hint = "name the file as its URI, percent-encoded, with `.json` behind it: it is left out"
            else:
                message = "this is a policy, and no authorization details are beside it"
                hint = "give a policy of your own with `--environment`"
            self._problem("PG-Y003", message, source, hint, Severity.WARNING)

    def _not_read(self) -> None:
        """Name the details of which a further page exists that was not given."""
        pages = [(each.record.source, each.context, each.next) for each in self._details]
        for source, context, following in pages:
            last = any(other == context and not beyond for _, other, beyond in pages)
            if following and not last:
                message = "these are not all evaluations of the call: `nextToken` leads to more"
                hint = "call it again with `--next-token`, and save the answer beside this one"
                self._problem("PG-Y004", message, source, hint, Severity.WARNING)
