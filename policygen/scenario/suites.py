"""Running the suites of files and folders: which tests, in which order, until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from policygen.errors import ArgumentError, PolicygenError, Problem
from policygen.scenario.files import find_suites, load_suite
from policygen.scenario.results import SuiteResult, TestResult
from policygen.scenario.run import EnvironmentOfSpec, SuiteRun
from policygen.scenario.selection import Selection
from policygen.suite import Suite, TestCase

Judged = Callable[[TestResult, int, int], None]
"""Called after each test: with its result, how many tests are done, and how many there are."""

Chosen = tuple[Suite, tuple[TestCase, ...]]
"""A suite, and the tests of it that are wanted."""

_MOST_NAMES = 3


def load_suites(paths: Iterable[str | Path]) -> tuple[tuple[Suite, ...], tuple[Problem, ...]]:
    """Return every suite that can be read, and the problems of the others.

    Args:
        paths: Files, and folders that are searched.
    """
    problems: list[Problem] = []
    found: list[Suite] = []
    for path in find_suites(paths, problems):
        try:
            found.append(load_suite(path))
        except PolicygenError as error:
            problems.extend(error.problems)
    return tuple(found), tuple(problems)


def choose(suites: Sequence[Suite], selection: Selection | None) -> tuple[Chosen, ...]:
    """Return suites with the tests that are wanted; None wants all.

    Raises:
        ArgumentError: PG-A002 where no test is wanted, with what was probably meant.
    """
    if selection is None:
        return tuple((suite, suite.tests) for suite in suites)
    chosen = tuple((suite, tuple(filter(selection.takes, suite.tests))) for suite in suites)
    if any(tests for _, tests in chosen):
        return chosen
    everything = [test for suite in suites for test in suite.tests]
    near = selection.nearest(everything)
    names = near or [test.title for test in everything[:_MOST_NAMES]]
    hint = ("did you mean " if near else "there are ") + ", ".join(f"`{each}`" for each in names)
    hint += "?" if near else " …" if len(everything) > _MOST_NAMES else ""
    message = f"no test of {len(everything)} is selected by `{selection.text}`"
    raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))


def run_suites(
    paths: Iterable[str | Path],
    environment_of_spec: EnvironmentOfSpec | None = None,
    *,
    selection: Selection | None = None,
    fail_fast: bool = False,
    judged: Judged | None = None,
    **options: Any,
) -> tuple[SuiteResult, tuple[Problem, ...]]:
    """Return the outcome of the tests of every suite that can be read, and the problems of the others.

    Args:
        paths: Files, and folders that are searched.
        environment_of_spec: As for :class:`SuiteRun`.
        selection: Which tests are wanted; None for all.
        fail_fast: Whether to stop after the first test that does not pass.
        judged: Called after each test.
        options: As for :class:`SuiteRun`.

    Raises:
        ArgumentError: PG-A002 where every suite can be read, and no test is wanted.
    """
    suites, problems = load_suites(paths)
    try:
        chosen = choose(suites, selection)
    except ArgumentError as error:
        if not problems:  # else the test that is wanted may stand in what cannot be read
            raise
        chosen, problems = (), (*problems, *error.problems)
    wanted = sum(len(tests) for _, tests in chosen)
    results: list[TestResult] = []
    for suite, tests in chosen:
        run = SuiteRun(suite, environment_of_spec, **options)
        for test in tests:
            if fail_fast and results and not results[-1].passed:
                break
            results.append(run.run(test))
            if judged is not None:
                judged(results[-1], len(results), wanted)
    everything = sum(len(suite.tests) for suite in suites)
    left = {"deselected": everything - wanted, "not_run": wanted - len(results)}
    return SuiteResult(results=tuple(results), **left), problems
