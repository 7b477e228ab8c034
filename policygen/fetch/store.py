"""The folder of answers: one file a call, for the user's own eyes, and the list of what was refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from policygen.source.files import is_there, left_over, read_whole, write_files

NOT_FETCHED = "not-fetched.json"
"""The file that lists the calls that were refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A call that brought no answer.

    Attributes:
        call: In the words of the AWS CLI.
        file: Where its answer would be.
        account: Whose profile asked; empty where there is no profile for it.
        region: Where.
        code: AWS's error code, ``NoAnswer`` where AWS could not be reached, ``NoProfile``.
    """

    call: str
    file: str
    account: str
    region: str
    code: str


class Answers:
    """The answers below a folder.

    Args:
        folder: The folder.
        refresh: Whether calls are made again whose answers are there.
    """

    def __init__(self, folder: Path, *, refresh: bool) -> None:
        self._folder = folder
        self._refresh = refresh

    def has(self, file: str) -> bool:
        """Tell whether an answer is there and may stay."""
        return not self._refresh and is_there(self._folder / file)

    def read(self, file: str) -> Any:
        """Return an answer; None where AWS said that there is none.

        Raises:
            SourceError: PG-F001 when it cannot be opened.
        """
        try:
            return json.loads(read_whole(self._folder / file))
        except ValueError:
            return None

    def write(self, file: str, text: str) -> None:
        """Keep an answer as it came.

        Raises:
            SourceError: PG-F004 when it cannot be written.
        """
        write_files(self._folder, {file: text}, private=True)

    def write_refused(self, refused: Iterable[Refused]) -> None:
        """Keep the list of what was refused, what earlier runs did not get and this one did not ask included.

        Raises:
            SourceError: PG-F001 and PG-F004 when it cannot be read or written.
        """
        listed = {each.file: asdict(each) for each in refused}
        earlier = self.read(NOT_FETCHED) if is_there(self._folder / NOT_FETCHED) else None
        for entry in earlier if isinstance(earlier, list) else ():
            file = entry.get("file") if isinstance(entry, dict) else None
            if isinstance(file, str) and not is_there(self._folder / file):
                listed.setdefault(file, entry)
        text = as_json(list(listed.values()))
        write_files(self._folder, {NOT_FETCHED: text}, remove=left_over(self._folder), private=True)


def as_json(value: Any) -> str:
    """Return an answer as the AWS CLI prints it."""
    return json.dumps(value, indent=4, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
