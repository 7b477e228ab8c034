"""Compares policygen with iam-simulate on many random cases, and says what every difference comes from.

``python -m tests.peers.compare --cases 10000 --seed 20261125 --node-modules DIR``, the ``node_modules`` folder of
``npm install @cloud-copilot/iam-simulate``. Each case on which they differ is cut down to what makes them differ and
counted in a class of :mod:`tests.peers.classes`. What fits no class is printed as a suite's own words: read AWS's pages
to see who is right. Exit status 1 when there is such a case, or when interpreter and engine differ.

``--record FILE`` keeps the figures for :mod:`tests.peers.page`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from policygen.engine import limits
from tests.differential.compare import engine, interpreter
from tests.peers.classes import CLASSES, class_of
from tests.peers.cuts import cuts
from tests.peers.differences import Difference
from tests.peers.told import REFUSED, Peer, draw, is_installed, version, without_keys
from tests.property.strategies import Case

_T = TypeVar("_T")

BATCH = 100
"""Cases that a process is given at a time."""
ASKED = 16
"""Cut cases that iam-simulate is asked at a time: the first that still differs is enough."""
MOST_SHOWN = 50


@dataclass(slots=True)
class Outcome:
    """What came of some cases.

    Attributes:
        agree: How many were decided alike.
        refused: How many more were drawn that iam-simulate refused.
        classes: How many differ, by the name of the class's predicate.
        examples: The first difference of each class, cut down.
        unclassified: How many differ and fit no class.
        shown: Some of them, as text.
    """

    agree: int = 0
    refused: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    unclassified: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add what came of other cases; their texts only as far as they are shown."""
        self.agree += other.agree
        self.refused += other.refused
        self.classes += other.classes
        self.examples = other.examples | self.examples
        self.unclassified += other.unclassified
        self.shown = (self.shown + other.shown)[:MOST_SHOWN]

    @property
    def differ(self) -> int:
        """How many were not decided alike."""
        return self.classes.total() + self.unclassified


def judged(seed: int, numbers: Sequence[int], peer: Peer) -> Outcome:
    """Return what comes of the cases with these numbers."""
    found = Outcome()
    for number, case, theirs in _told(seed, numbers, peer, found):
        ours, compiled = interpreter(case), engine(case)
        if ours != compiled:
            _show(found, f"case {number}: interpreter {ours}, engine {compiled}", case)
        elif ours == theirs:
            found.agree += 1
        else:
            _classify(found, number, cut_down(Difference(case=case, ours=ours, theirs=theirs), peer))
    return found


def _told(seed: int, numbers: Sequence[int], peer: Peer, found: Outcome) -> Iterator[tuple[int, Case, str]]:
    """Yield each case with its number and iam-simulate's decision; what it refuses is drawn anew."""
    waiting = {number: Random(f"{seed} {number}") for number in numbers}
    told = {}
    while waiting:
        cases = {number: draw(random) for number, random in waiting.items()}
        for (number, case), (theirs, left_out) in zip(cases.items(), peer.answers([*cases.values()]), strict=True):
            if theirs == REFUSED:
                found.refused += 1
            else:
                told[number] = without_keys(case, left_out), theirs
                del waiting[number]
    for number in numbers:
        yield number, *told[number]


def cut_down(found: Difference, peer: Peer) -> Difference:
    """Return the least that is left of a difference while both decisions stay as they are."""
    while True:
        alike = (each for each in cuts(found.case) if interpreter(each) == found.ours)
        for some in _batches(alike, ASKED):
            answers = peer.answers(some)
            smaller = next((each for each, (word, _) in zip(some, answers, strict=True) if word == found.theirs), None)
            if smaller is not None:
                found = Difference(case=smaller, ours=found.ours, theirs=found.theirs)
                break
        else:
            return found


def _classify(outcome: Outcome, number: int, found: Difference) -> None:
    fitting = class_of(found)
    if fitting is None:
        _show(outcome, f"case {number}: policygen {found.ours}, iam-simulate {found.theirs}", found.case)
        return
    name = fitting.fits.__name__
    outcome.classes[name] += 1
    example = {"policygen": found.ours, "iam-simulate": found.theirs, **_words(found.case)}
    outcome.examples.setdefault(name, example)


def _show(outcome: Outcome, told: str, case: Case) -> None:
    outcome.unclassified += 1
    if len(outcome.shown) < MOST_SHOWN:
        outcome.shown.append(f"{told}\n{json.dumps(_words(case), indent=2)}")


def _words(case: Case) -> dict[str, Any]:
    return {"policies": case.policies, "request": case.request}


def _batches(values: Iterable[_T], most: int) -> Iterator[tuple[_T, ...]]:
    """Yield the values, so many at a time."""
    values = iter(values)
    while batch := tuple(islice(values, most)):
        yield batch


class _Worker:
    """What a process keeps between batches."""

    peer: Peer
    seed: int


def _start(node_modules: Path, seed: int) -> None:
    limits.HOT = 2  # plans go through all their stages within a few requests
    _Worker.peer, _Worker.seed = Peer(node_modules), seed


def _judge(numbers: Sequence[int]) -> Outcome:
    return judged(_Worker.seed, numbers, _Worker.peer)


def compare(cases: int, seed: int, node_modules: Path, jobs: int) -> Outcome:
    """Return what comes of so many cases, judged by so many processes."""
    found, batches = Outcome(), list(_batches(range(cases), BATCH))
    with get_context("spawn").Pool(jobs, _start, (node_modules, seed)) as pool:
        for done, each in enumerate(pool.imap(_judge, batches), 1):
            found.add(each)
            _progress(min(done * BATCH, cases), cases, found.differ)
    return found


def _progress(done: int, cases: int, differ: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == cases else ""
        sys.stderr.write(f"\r{done:,} of {cases:,} cases, {differ:,} differ{end}")
        sys.stderr.flush()


def record(path: Path, run: dict[str, Any], examples: dict[str, Any]) -> None:
    """Put a run in the place of an earlier one with its seed, or after all others; the first run's examples stay."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"runs": [], "examples": {}}
    at = next((n for n, each in enumerate(kept["runs"]) if each["seed"] == run["seed"]), len(kept["runs"]))
    kept["runs"][at : at + 1] = [run]
    kept["examples"] = kept["examples"] | examples if at == 0 else examples | kept["examples"]
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; 0 when every difference fits a class."""
    parser = argparse.ArgumentParser(description="Compare policygen with iam-simulate.")
    parser.add_argument("--cases", type=int, default=10_000, help="how many random cases")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    parser.add_argument("--node-modules", type=Path, required=True, help="the folder that npm installed into")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes, each with a node process of its own")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep the figures in a file")
    options = parser.parse_args(arguments)
    if not is_installed(options.node_modules):
        parser.error(f"node and iam-simulate in {options.node_modules} are both needed")
    found = compare(options.cases, options.seed, options.node_modules, options.jobs)
    run = {
        "version": version(options.node_modules),
        "date": date.today().isoformat(),  # noqa: DTZ011  # the day on the wall
        "seed": options.seed,
        "cases": options.cases,
        "agree": found.agree,
        "refused": found.refused,
        "unclassified": found.unclassified,
        "classes": dict(found.classes.most_common()),
    }
    if options.record:
        record(options.record, run, found.examples)
    _report(found, run)
    return 1 if found.unclassified else 0


def _report(found: Outcome, run: dict[str, Any]) -> None:
    for text in found.shown:
        sys.stdout.write(text + "\n")
    names = {each.fits.__name__: each.name for each in CLASSES}
    for name, number in found.classes.most_common():
        sys.stdout.write(f"{number:>6,}  {names[name]}\n")
    sys.stdout.write(
        f"{run['cases']:,} cases from seed {run['seed']}: {found.agree:,} agree, {found.differ:,} differ, "
        f"{found.unclassified:,} of them in no class ({found.refused:,} more were refused by iam-simulate)\n"
    )


if __name__ == "__main__":
    sys.exit(main())
