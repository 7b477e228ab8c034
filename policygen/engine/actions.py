"""Which statements an action concerns: found in an index, without asking every statement.

Actions without a wildcard are looked up; patterns with one are kept by service, and tried once for each new action.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from policygen.evaluation.statements import CompiledStatement
from policygen.matching.actions import compile_action

_EVERY = "*"


class _Wild(NamedTuple):
    """A pattern with wildcards; for NotAction it is empty.

    Attributes:
        head: The literal text that it begins with.
        tail: The literal text that it ends with.
        pattern: The pattern.
        least: How long an action must be when nothing but one ``*`` stands between these; -1 for others.
    """

    head: str
    tail: str
    pattern: str
    least: int


class _Covering(NamedTuple):
    """Statements by the actions of one service: those without a wildcard, and patterns, with their numbers."""

    exact: dict[str, list[int]]
    wild: list[tuple[_Wild, int]]


class ActionIndex:
    """Statements by the actions that they cover.

    Built when it is first asked, in two steps: statements that are never asked for cost nothing, and the patterns of a
    service are read when one of its actions is asked for.
    """

    __slots__ = ("_covering", "_statements", "_written")

    def __init__(self, statements: Sequence[CompiledStatement]) -> None:
        """Index ``statements``."""
        self._statements = statements
        self._written: dict[str, list[tuple[str, int]]] | None = None
        self._covering: dict[str, _Covering] = {}

    def concerned(self, action: str) -> tuple[int, ...]:
        """Return the numbers, ascending, of the statements that cover ``action``, which is in lower case.

        A statement that is left out cannot apply to a request for this action.
        """
        found: set[int] = set()
        for service in (action.partition(":")[0], _EVERY):
            covering = self._of_service(service)
            if covering is None:
                continue
            found.update(covering.exact.get(action, ()))
            for wild, number in covering.wild:
                if number not in found and _covers(wild, action, self._statements[number]):
                    found.add(number)
        return tuple(sorted(found))

    def _of_service(self, service: str) -> _Covering | None:
        found = self._covering.get(service)
        if found is None:
            if self._written is None:
                self._written = self._by_service()
            written = self._written.get(service)
            if written is None:
                return None
            found = self._covering[service] = _Covering({}, [])
            for pattern, number in written:
                _add(found, pattern.lower(), number)
        return found

    def _by_service(self) -> dict[str, list[tuple[str, int]]]:
        """Return every pattern of every statement by its service in lower case.

        Under ``*`` stand those whose service has a wildcard, and NotAction.
        """
        found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, statement in enumerate(self._statements):
            actions = statement.actions
            if actions is None:
                continue
            if actions.negated:
                found[_EVERY].append(("", number))
                continue
            for written in actions.written:
                name = written.partition(":")[0]
                found[_EVERY if "*" in name or "?" in name else name.lower()].append((written, number))
        return dict(found)


def _add(covering: _Covering, pattern: str, number: int) -> None:
    if pattern and "*" not in pattern and "?" not in pattern:
        covering.exact.setdefault(pattern, []).append(number)
    else:
        covering.wild.append((_wild(pattern), number))


@lru_cache(maxsize=4096)
def _wild(pattern: str) -> _Wild:
    starts = [at for at in (pattern.find("*"), pattern.find("?")) if at >= 0]
    end = max(pattern.rfind("*"), pattern.rfind("?")) + 1
    head, tail = pattern[: min(starts, default=0)], pattern[end:]
    return _Wild(head, tail, pattern, len(head) + len(tail) if pattern == f"{head}*{tail}" else -1)


def _covers(wild: _Wild, action: str, statement: CompiledStatement) -> bool:
    """Tell whether a pattern with wildcards covers an action; for NotAction (no pattern) the statement is asked."""
    head, tail, pattern, least = wild
    if not pattern:
        return statement.actions is not None and not statement.actions.lists(action)
    if not action.startswith(head) or not action.endswith(tail):
        return False
    return len(action) >= least if least >= 0 else compile_action(pattern)(action)
