"""Durations as people write them: ``15m``, ``24h``, ``1d``, ``1h30m``, ``daily``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
}
_SHORT = {word: unit for unit, words in _UNITS.items() for word in words}
_WORDS = {"hourly": "1h", "daily": "1d", "weekly": "1w"}
_PART = re.compile(r"([0-9]{1,6})\s*([a-z]+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A length of time.

    Attributes:
        text: As it was written; ``1d`` for ``daily``.
        seconds: Its length.
    """

    text: str
    seconds: int

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.text


def parse_duration(text: str) -> Duration | None:
    """Return the duration that ``text`` says; None when it says none.

    >>> parse_duration("1h30m").seconds
    5400
    """
    text = _WORDS.get(text.lower(), text)
    rest = text.lower().strip()
    seconds = 0
    while rest:
        match = _PART.match(rest)
        unit = _SHORT.get(match[2]) if match else None
        if match is None or unit is None:
            return None
        seconds += int(match[1]) * _SECONDS[unit]
        rest = rest[match.end() :]
    return Duration(text=text, seconds=seconds) if text.strip() else None
