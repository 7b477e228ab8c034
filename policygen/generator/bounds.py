"""Bounds for somebody's own templates: steps, memory, and the size of numbers and repeated texts.

jinja2's sandbox keeps a template from the program's inside, not from running forever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sized
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from policygen.errors import SourceError
from policygen.source.files import read_text

_MOST_STEPS = 1_000_000
_MOST_MEMORY = 512 * 1024 * 1024
_LARGEST = 1_000_000
"""Characters of a text, or items of a list, that one product makes; bits of a number."""


class TooMuchError(Exception):
    """A template that goes beyond its bounds."""


@contextmanager
def bounded(source: str) -> Iterator[None]:
    """Raise TooMuchError, or MemoryError, in a template that takes too many steps or too much memory.

    Args:
        source: The file's name that the template's code bears.
    """
    steps = 0

    def step(_frame: FrameType, _event: str, _argument: object) -> Any:
        nonlocal steps
        steps += 1
        if steps > _MOST_STEPS:
            raise TooMuchError
        return step

    before = sys.gettrace()
    sys.settrace(lambda frame, _event, _argument: step if frame.f_code.co_filename == source else None)
    try:
        with _memory():
            yield
    finally:
        sys.settrace(before)


@contextmanager
def _memory() -> Iterator[None]:
    """Limit what may be added to the process's memory; where the system cannot, nothing is limited."""
    try:
        import resource

        used = int(read_text("/proc/self/statm").split()[0]) * resource.getpagesize()
        before, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = used + _MOST_MEMORY
        if before in range(wanted):  # there is a lower limit already; -1 is none
            wanted = before
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    except (ImportError, SourceError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        with suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (before, most))


def check_product(operator: str, left: Any, right: Any) -> None:
    """Refuse a product or power that is too large, before it is worked out.

    Raises:
        TooMuchError: It is.
    """
    if isinstance(left, int) and isinstance(right, int):
        size = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
    else:
        repeated, times = (left, right) if isinstance(right, int) else (right, left)
        size = len(repeated) * times if isinstance(repeated, Sized) and isinstance(times, int) else 0
    if size > _LARGEST:
        raise TooMuchError
