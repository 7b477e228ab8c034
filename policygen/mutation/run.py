"""All mutants of the policies that tests are about, judged on every core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple, Protocol

from policygen.document.write import to_json
from policygen.mutation.judge import Judge, Outcome, Verdict
from policygen.mutation.mutants import Mutant, mutants
from policygen.mutation.result import Mutation, Survivor
from policygen.processes import worked
from policygen.scenario.questions import Asked
from policygen.version import VERSION

_FEW = 150
"""Mutants for which it is not worth starting processes: they are judged before those are there."""

_AT_ONCE = 12
"""Mutants that a process gets at once."""

Progress = Callable[[int, int], None]


class Task(NamedTuple):
    """A mutant of the policy of a number."""

    number: int
    mutant: Mutant

    @property
    def id(self) -> str:
        """What tells it from the others of its run."""
        return sha256(f"{self.number}\n{self.mutant.text}".encode(errors="surrogatepass")).hexdigest()


class Keeper(Protocol):
    """Keeps what was judged, for a run that is taken up again."""

    def known(self) -> Mapping[str, Verdict]:
        """Return what was judged before, by the mutants' ids."""

    def keep(self, name: str, verdict: Verdict) -> None:
        """Keep the verdict on one mutant."""


def fingerprint(asked: Asked) -> str:
    """Return what tells whether the same is asked of the same policies, by the same version of policygen."""
    digest = sha256(VERSION.encode())
    for question in {id(each): each for _, several in asked.policies for each in several}.values():
        digest.update(repr((question.asker, question.request.to_dict(), question.expect)).encode(errors="replace"))
        texts = (to_json(each.document.written) for each in question.policies.policies())
        digest.update("\n".join(texts).encode(errors="surrogatepass"))
    for tested, _ in asked.policies:
        digest.update(to_json(tested.document.written).encode(errors="surrogatepass"))
    return digest.hexdigest()


def tried(asked: Asked, most: int | None = None) -> tuple[list[Task], int]:
    """Return the mutants that are judged, and how many there are in all: of too many, some all over the policies."""
    found = [
        Task(number, each) for number, (tested, _) in enumerate(asked.policies) for each in mutants(tested.document)
    ]
    if most is None or len(found) <= most:
        return found, len(found)
    return [found[place * len(found) // most] for place in range(most)], len(found)


def mutate(
    asked: Asked,
    *,
    most: int | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    keeper: Keeper | None = None,
) -> Mutation:
    """Return how good tests are at noticing changes of the policies that they are about.

    Args:
        asked: What the tests ask.
        most: The most mutants that are judged; None for all of them.
        processes: How many processes judge them.
        progress: Called with (done, all) as the work goes on.
        keeper: Keeps what was judged, and knows what was judged before.
    """
    asked, failing = _passing(asked)
    tasks, in_all = tried(asked, most)
    verdicts = dict(keeper.known()) if keeper is not None else {}
    left = [each for each in tasks if each.id not in verdicts]
    for done, (task, verdict) in enumerate(_judged(asked, left, processes), len(tasks) - len(left) + 1):
        verdicts[task.id] = verdict
        if keeper is not None:
            keeper.keep(task.id, verdict)
        if progress is not None:
            progress(done, len(tasks))
    outcomes = [verdicts[each.id] for each in tasks]
    counts = {each: sum(one.outcome is each for one in outcomes) for each in Outcome}
    return Mutation(
        mutants=len(tasks),
        killed=counts[Outcome.KILLED],
        equivalent=counts[Outcome.EQUIVALENT],
        survived=tuple(_survivors(asked, zip(tasks, outcomes, strict=True))),
        left_out=in_all - len(tasks),
        failing=failing,
    )


def _passing(asked: Asked) -> tuple[Asked, tuple[str, ...]]:
    """Return what is asked without the tests that fail as it stands, and the names of those."""
    several = {id(each): each for _, questions in asked.policies for each in questions}
    failing = {number: each.asker for number, each in several.items() if not each.is_met()}
    policies = tuple(
        (tested, tuple(each for each in questions if id(each) not in failing)) for tested, questions in asked.policies
    )
    return replace(asked, policies=policies), tuple(dict.fromkeys(failing.values()))


def _survivors(asked: Asked, judged: Iterable[tuple[Task, Verdict]]) -> Iterator[Survivor]:
    names = asked.names()
    for task, verdict in judged:
        if verdict.outcome is Outcome.SURVIVED:
            document = asked.policies[task.number][0].document
            yield Survivor(
                policy=names[task.number],
                statement=task.mutant.statement,
                operator=task.mutant.operator,
                diff=task.mutant.diff(document),
                request=verdict.request,
                reason=verdict.reason,
            )


def _judged(asked: Asked, tasks: Sequence[Task], processes: int) -> Iterator[tuple[Task, Verdict]]:
    """Yield each task with its verdict, in whatever order they are done."""
    alone = processes < 2 or len(tasks) < _FEW
    at_once = 1 if alone else _AT_ONCE  # who is interrupted keeps what is done
    parts = [tasks[start : start + at_once] for start in range(0, len(tasks), at_once)]
    for number, verdicts in worked(_judge, asked, parts, 1 if alone else processes):
        yield from zip(parts[number], verdicts, strict=True)


def _judge(asked: Asked) -> Callable[[Sequence[Task]], list[Verdict]]:
    judge = Judge(asked)
    return lambda tasks: [judge.verdict(*each) for each in tasks]
