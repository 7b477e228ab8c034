"""What a run counted, in a file, for the run that goes on with it: every file of events counts once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from policygen.errors import Place, Problem, Severity, SourceError
from policygen.replay.parts import Part
from policygen.replay.run import Done
from policygen.replay.tally import Tally
from policygen.source.files import read_text, write_files

_MOST_BYTES = 256 * 1024 * 1024
_PAUSE = 2.0
"""Seconds between two times that the file is written, so that writing takes hardly any of the run's time."""


class KeptCounts:
    """Keeps counts in a file; with ``with`` the last ones are written whatever ends the run."""

    def __init__(self, path: str | Path, asked: str, tally: Tally) -> None:
        """Read what the file holds, and add its counts to ``tally``.

        Args:
            path: The file; it need not be there yet.
            asked: What tells whether the same is replayed against: else what was counted says nothing.
            tally: Where is counted.

        Raises:
            SourceError: The file cannot be read; PG-F012 for one that holds something else.
        """
        self._path, self._asked, self._tally = Path(path), asked, tally
        self._done: dict[str, str] = {}
        self.problems: list[Problem] = []
        """What could not be read in earlier runs."""
        self._written = time.monotonic()
        self.note: Problem | None = None
        """Says that the file was of other policies, and that nothing in it counts."""
        if self._path.exists():
            self._take(self._read())

    def _read(self) -> dict[str, Any]:
        text = read_text(self._path, max_bytes=_MOST_BYTES)
        try:
            found = json.loads(text)
            if isinstance(found, dict) and {"asked", "done", "rows", "problems"} <= set(found):
                return found
        except ValueError:
            pass
        message = "is there already and says something else"
        hint = "give a new file, or one that `replay --resume` wrote"
        raise SourceError(Problem(code="PG-F012", message=message, place=Place(source=str(self._path)), hint=hint))

    def _take(self, before: dict[str, Any]) -> None:
        if before["asked"] != self._asked:
            message = "the policies have changed since: everything is counted anew"
            place = Place(source=str(self._path))
            self.note = Problem(code="PG-E010", message=message, place=place, severity=Severity.WARNING)
        else:
            self._done = before["done"]
            self._tally.merge(before["rows"])
            self.problems = [_problem(each) for each in before["problems"]]

    def holds(self, part: Part) -> bool:
        """Tell whether a part was counted before.

        Raises:
            SourceError: PG-E008 for one that has changed since.
        """
        stamp = self._done.get(part.name)
        if stamp is None or part.path == "-":
            return False
        if stamp != part.stamp:
            message = f"has changed since it was counted into {self._path}"
            hint = "count everything anew: give another file to --resume"
            raise SourceError(Problem(code="PG-E008", message=message, place=Place(source=part.path), hint=hint))
        return True

    def keep(self, done: Done, tally: Tally) -> None:
        """Keep what came of some parts."""
        self._done |= {each.name: each.stamp for each in done.parts}
        self.problems += done.problems
        self._tally = tally
        if time.monotonic() - self._written > _PAUSE:
            self.write()

    def write(self) -> None:
        """Write the file, whole or not at all.

        Raises:
            SourceError: PG-F004 when it cannot be written.
        """
        found = {
            "asked": self._asked,
            "done": self._done,
            "rows": self._tally.rows().to_pylist(),
            "problems": [each.to_dict() for each in self.problems],
        }
        write_files(self._path.parent, {self._path.name: json.dumps(found, indent=1) + "\n"})
        self._written = time.monotonic()

    def __enter__(self) -> KeptCounts:
        """Return the counts."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Write what is not written yet."""
        self.write()


def _problem(found: dict[str, Any]) -> Problem:
    place = Place(source=found.get("source", ""), line=found.get("line"), column=found.get("column"))
    severity = Severity(found.get("severity", "error"))
    return Problem(
        code=found["code"],
        message=found["message"],
        place=place,
        hint=found.get("hint"),
        doc_url=found.get("doc_url"),
        severity=severity,
    )
