"""What a query finds, as plain values for scripts: the AWS CLI's ``--output text``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any


def plain_text(value: Any) -> str:
    r"""Return a value as lines, as the AWS CLI's ``--output text`` does.

    Single values of a list or an object stand in one line with tabs between them, an object's by their names in the
    order of the alphabet. What holds others takes lines of its own, below an object with its name in capitals before
    them. No value is ``None``, and true and false are ``True`` and ``False``.

    Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#text-output

    >>> plain_text(["a", "b"])
    'a\tb\n'
    """
    return "".join("\t".join(line) + "\n" for line in _lines(value, []))


def _lines(value: Any, before: list[str], columns: Collection[str] = ()) -> Iterator[list[str]]:
    """Yield the lines of a value, each with what stands before it; an object of a list has the columns of all."""
    if isinstance(value, dict):
        names = columns or [name for name in value if not _holds(value[name])]
        single = [str(value.get(name, "")) for name in sorted(names)]
        yield from [[*before, *single]] if single else []
        for name in sorted(value):
            if _holds(value[name]):
                yield from _lines(value[name], [name.upper()])
    elif isinstance(value, list):
        single = [str(each) for each in value if not _holds(each)]
        yield from [[*before, *single]] if single else []
        objects = [each for each in value if isinstance(each, dict)]
        shared = {name for each in objects for name in each if not any(_holds(one.get(name)) for one in objects)}
        for each in value:
            if _holds(each):
                yield from _lines(each, before, shared)
    else:
        yield [*before, str(value)]


def _holds(value: Any) -> bool:
    """Tell whether a value holds others."""
    return isinstance(value, dict | list)
