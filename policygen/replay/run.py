"""A replay over many files, on every core: portions go to processes, counts come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from policygen.errors import Problem
from policygen.evaluation.policies import PolicySource
from policygen.replay.parts import Part, worked_on
from policygen.replay.replayer import Replayer
from policygen.replay.sources import portions_of
from policygen.replay.tally import Tally

Progress = Callable[[int, int, int], None]
"""Is told bytes done, bytes in all, and events counted."""


class Policies(NamedTuple):
    """What is replayed against.

    Attributes:
        target: The policies.
        against: Those that they are compared with; None for what AWS did.
        in_force: Those that AWS's denials are compared with; None for the target itself.
    """

    target: PolicySource
    against: PolicySource | None = None
    in_force: PolicySource | None = None


class Done(NamedTuple):
    """What came of some parts."""

    parts: Sequence[Part]
    rows: list[dict[str, Any]]
    problems: Sequence[Problem]


class Keeper(Protocol):
    """Keeps what was counted, for a run that is taken up again."""

    def holds(self, part: Part) -> bool:
        """Tell whether a part was counted before."""

    def keep(self, done: Done, tally: Tally) -> None:
        """Keep what came of some parts, and all that is counted."""


def count(
    policies: Policies,
    parts: Sequence[Part],
    *,
    tally: Tally,
    processes: int = 1,
    progress: Progress | None = None,
    keeper: Keeper | None = None,
) -> list[Problem]:
    """Count what is said of all events, and return what could not be read.

    Args:
        policies: What is replayed against.
        parts: The files.
        tally: Where it is counted; what was counted in an earlier run is there already.
        processes: How many processes work.
        progress: Is told how far it is.
        keeper: Keeps what was counted, and knows what was counted before.

    Raises:
        DocumentError: A document of an environment that is needed cannot be parsed.
    """
    left = [each for each in parts if keeper is None or not keeper.holds(each)]
    total = sum(each.size for each in parts)
    done = total - sum(each.size for each in left)
    problems: list[Problem] = []
    for _, each in worked_on(_counter, policies, left, processes):
        tally.merge(each.rows)
        problems += each.problems
        done += sum(part.size for part in each.parts)
        if keeper is not None:
            keeper.keep(each, tally)
        if progress is not None:
            progress(done, total, tally.events)
    return problems


def _counter(policies: Policies) -> Callable[[Sequence[Part]], Done]:
    """Return what counts the events of parts."""
    replayer = Replayer(*policies)

    def done(parts: Sequence[Part]) -> Done:
        tally = Tally()
        problems: list[Problem] = []
        for each in replayer.all_answered(portions_of(parts, replayer.fields, problems.append)):
            tally.add(each)
        return Done(parts, tally.rows().to_pylist(), problems)

    return done
