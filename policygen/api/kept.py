"""What a run of ``mutate`` judged, in a file, for the run that goes on with it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policygen.errors import Place, PolicygenError, Problem, SourceError
from policygen.mutation.judge import Outcome, Verdict
from policygen.request import Request
from policygen.source.files import read_text, write_files

_MOST_BYTES = 256 * 1024 * 1024
_PAUSE = 2.0
"""Seconds between two times that the file is written, so that writing takes hardly any of the run's time."""


class KeptFile:
    """Keeps verdicts in a file; with ``with`` the last ones are written whatever ends the run."""

    def __init__(self, path: str | Path, asked: str) -> None:
        """Read what the file holds.

        Args:
            path: The file; it need not be there yet.
            asked: What tells whether the same is asked again: else what was judged says nothing.

        Raises:
            SourceError: The file cannot be read; PG-F012 for one that holds something else.
        """
        self._path, self._asked = Path(path), asked
        self._judged: dict[str, Any] = {}
        self._written = time.monotonic()
        self.is_other = False
        """Whether the file was of other tests or policies, and nothing in it counts."""
        if self._path.exists():
            before = self._read()
            self.is_other = before["asked"] != asked
            self._judged = {} if self.is_other else before["judged"]

    def _read(self) -> dict[str, Any]:
        text = read_text(self._path, max_bytes=_MOST_BYTES)
        try:
            found = json.loads(text)
            if isinstance(found, dict) and isinstance(found.get("judged"), dict) and "asked" in found:
                return found
        except ValueError:
            pass
        message = "is there already and says something else"
        hint = "give a new file, or one that `mutate --resume` wrote"
        raise SourceError(Problem(code="PG-F012", message=message, place=Place(source=str(self._path)), hint=hint))

    def known(self) -> Mapping[str, Verdict]:
        """Return what was judged before, by the mutants' ids; what cannot be read is judged again."""
        found = {}
        for name, each in self._judged.items():
            try:
                request = Request(**each["request"]) if each["request"] else None
                found[name] = Verdict(outcome=Outcome(each["outcome"]), request=request, reason=each["reason"])
            except (KeyError, TypeError, ValueError, PolicygenError):
                continue
        return found

    def keep(self, name: str, verdict: Verdict) -> None:
        """Keep the verdict on one mutant."""
        request = verdict.request.to_dict() if verdict.request is not None else None
        self._judged[name] = {"outcome": verdict.outcome.value, "request": request, "reason": verdict.reason}
        if time.monotonic() - self._written > _PAUSE:
            self.write()

    def write(self) -> None:
        """Write the file.

        Raises:
            SourceError: PG-F004 when it cannot be written.
        """
        text = json.dumps({"asked": self._asked, "judged": self._judged}, indent=1)
        write_files(self._path.parent, {self._path.name: text + "\n"})
        self._written = time.monotonic()

    def __enter__(self) -> KeptFile:
        """Return the file."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Write what is not written yet."""
        self.write()
