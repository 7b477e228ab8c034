"""What suites ask of the policies that they are about: their own tests, and what a spec asks for beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.environments import load_environment
from policygen.api.given import check_path
from policygen.api.specs import generated_documents, load_spec
from policygen.errors import PolicygenError, Problem, SuiteError

if TYPE_CHECKING:
    from policygen.covering import Coverage
    from policygen.mutation import Mutation
    from policygen.scenario.questions import Asked, Question, Run
    from policygen.suite import TestCase

Chosen = Callable[[Path, "TestCase"], bool]
"""Tells of a suite's file and one of its tests whether the test counts."""


def coverage(*paths: str | Path) -> Coverage:
    """Return what of the policies in suites their tests exercise: statements, and values of elements.

    Of a suite with ``spec:`` the policies are those that the spec generates, and the requests that :func:`verify`
    derives from the spec count as tests, too. Whether a test passes makes no difference.

    Args:
        paths: Files, and folders that are searched for ``*.policytest.yaml``, ``.yml`` and ``.json``.

    Raises:
        SuiteError: As :func:`run_suite`.
        PolicygenError: A spec, an environment or a policy cannot be used, or a test cannot be judged.
    """
    from policygen.covering import cover

    return cover(_asked_strictly(paths))


def mutate(
    *paths: str | Path,
    max_mutants: int | None = None,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Mutation:
    """Return which small changes of the policies in suites no test notices, and how many are noticed.

    Of a suite with ``spec:`` the policies are those that the spec generates, and the requests that :func:`verify`
    derives from the spec count as tests, too. Tests that fail as it stands are left out.

    Args:
        paths: As for :func:`coverage`.
        max_mutants: The most changes that are tried; None for all of them.
        processes: How many processes work. With more than one the calling script must be one that can be imported:
            what it does stands below ``if __name__ == "__main__":``.
        progress: Called with (done, all) as the work goes on.

    Raises:
        PolicygenError: As :func:`coverage`.
    """
    from policygen.mutation import mutate as judged

    return judged(_asked_strictly(paths), most=max_mutants, processes=processes, progress=progress)


def coverage_of(paths: Iterable[str | Path], chosen: Chosen) -> Coverage:
    """Return the coverage by the tests that ran, of the suites that can be read, and that can be judged."""
    from policygen.covering import cover

    return cover(asked_of(paths, chosen)[0])


def _asked_strictly(paths: Iterable[str | Path]) -> Asked:
    listed = list(paths)
    for path in listed:
        check_path(path)
    asked, problems = asked_of(listed)
    if problems or asked.problems:
        raise SuiteError(*problems, *asked.problems)
    return asked


def asked_of(paths: Iterable[str | Path], chosen: Chosen | None = None) -> tuple[Asked, tuple[Problem, ...]]:
    """Return what the suites ask that can be read, and the problems of the others.

    Args:
        paths: Files, and folders that are searched.
        chosen: Which tests count; None for all of them.
    """
    from policygen.scenario.files import find_suites
    from policygen.scenario.questions import asked_in

    problems: list[Problem] = []
    runs: list[Run] = []
    specs: dict[Path, _OfSpec] = {}
    for path in find_suites(paths, problems):
        try:
            runs.append(_run(path, specs, chosen))
        except PolicygenError as error:
            problems.extend(error.problems)
    return asked_in(runs), tuple(problems)


class _OfSpec:
    """What a spec generates, and the requests that it asks to allow and to deny: once for all suites that name it."""

    def __init__(self, path: Path) -> None:
        """Generate the documents of the spec in a file.

        Raises:
            PolicygenError: The spec cannot be used.
        """
        from policygen.verification import environment_of
        from policygen.verification import generated_environment as held_by

        self._spec = load_spec(path)
        documents = generated_documents(self._spec)
        self.whole = environment_of(self._spec, documents)
        self.held = held_by(self._spec, documents)
        self.is_asked = False

    def questions(self) -> Iterator[Question]:
        """Yield the requests that the spec asks to allow and to deny; what it denies and allows itself is left out."""
        from policygen.scenario.questions import Question
        from policygen.suite import Expectation
        from policygen.verification import derive_requests

        if self.is_asked:
            return
        self.is_asked = True
        for each in derive_requests(self._spec):
            request = self.whole.completed(each.request)
            expect = Expectation(decision="allowed" if each.must_allow else "denied")
            policies = self.whole.policies_for(request)
            found = Question(asker=each.id, source=self.whole, policies=policies, request=request, expect=expect)
            if found.is_met():  # a statement of the spec's own may allow what nothing else of it asks for
                yield found


def _run(path: Path, specs: dict[Path, _OfSpec], chosen: Chosen | None) -> Run:
    """Return a suite with what stands beside it.

    Raises:
        PolicygenError: The suite, its spec or its environment cannot be used.
    """
    from policygen.scenario import SuiteRun, load_suite

    suite = load_suite(path)
    if chosen is not None:
        suite = replace(suite, tests=tuple(each for each in suite.tests if chosen(path, each)))
    if suite.spec is None:
        run = SuiteRun(suite, environment_at=load_environment)
        return run, run.environment() if suite.environment is not None else None, ()
    where = path.parent / suite.spec
    if where not in specs:
        specs[where] = _OfSpec(where)
    of_spec = specs[where]
    return SuiteRun(suite, lambda _: of_spec.whole), of_spec.held, of_spec.questions()
