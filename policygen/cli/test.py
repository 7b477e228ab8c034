"""``policygen test``: run suites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policygen.cli.covered import CoverageOptions, coverage_options
from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import FINDINGS, Output, check_standard_input, output_options
from policygen.cli.silenced import with_ignored
from policygen.cli.streams import say
from policygen.errors import ArgumentError, SuiteError

if TYPE_CHECKING:
    from policygen.errors import Problem
    from policygen.scenario import Selection, SuiteResult

_LONG = 200
"""From how many tests on progress is shown: some tenths of a second."""


def _selection(_context: click.Context, _option: click.Parameter, value: str | None) -> Selection | None:
    if value is None:
        return None
    from policygen.scenario import parse_selection

    try:
        return parse_selection(value)
    except ArgumentError as error:
        raise _wrong(error) from None


def _wrong(error: ArgumentError) -> click.BadParameter:
    """Return the error of a selection as wrong usage."""
    (problem,) = error.problems
    return click.BadParameter(f"{problem.message}\n  hint: {problem.hint}", param_hint="-k")


@click.command("test", cls=Command, epilog="Example: policygen test policies/ -k 'tls and not put' -v")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "-k",
    "selection",
    metavar="EXPR",
    callback=_selection,
    help="Run the tests whose id or name holds this text; `and`, `or`, `not` and brackets join several.",
)
@click.option("--verbose", "-v", is_flag=True, help="A line for each test, when it is judged.")
@click.option("--fail-fast", "-x", is_flag=True, help="Stop after the first test that does not pass.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes that the tests look at.")
@click.option("--list", "listing", is_flag=True, help="List the tests, and run none; with -v what they expect.")
@click.option("--strict", is_flag=True, help="A warning about a request is an error.")
@coverage_options
@output_options(*FINDINGS)
def command(paths: tuple[str, ...], watch: bool, listing: bool, output: Output, **given: Any) -> int:
    """Run test suites: files, and folders in which *.policytest.yaml, .yml and .json are searched.

    What is odd about a request (an action that does not exist, a principal that the environment does not hold …) is a
    warning on standard error: a test that expects a denial may be right by mistake.

    --coverage tells of each policy which statements decided a test, and of each value of an action, resource, principal
    and condition whether it held in a test to which the statement applied, and alone kept it from applying to another.
    Of a suite with `spec:` the requests that `verify` derives from the spec count as well. --fail-under looks at the
    lower of both percentages.

    Exit status: 0 every test passed, 1 one failed or could not be judged, or the coverage is below --fail-under, 2 no
    test is selected, 3 a suite could not be read; the others are judged all the same. With --watch, Ctrl-C leaves with
    the status of the last run.
    """
    check_standard_input(paths)
    given["asked"].check(paths)
    _check(paths, given, output, watch=watch, listing=listing)
    if listing:
        return _list(paths, output, **given)
    if watch:
        from policygen.cli.watch import watch as again

        return again(lambda: _run(paths, output, **given))
    try:
        return _run(paths, output, **given)
    except ArgumentError as error:
        raise _wrong(error) from None


def _check(paths: tuple[str, ...], given: dict[str, Any], output: Output, *, watch: bool, listing: bool) -> None:
    """Refuse options of which one says nothing beside the other.

    Raises:
        click.UsageError: There are two of them.
    """
    beside = {
        ("--list", "--watch"): listing and watch,
        ("--list", "--fail-fast"): listing and given["fail_fast"],
        ("--list", "--strict"): listing and given["strict"],
        ("--list", "--coverage"): listing and given["asked"].asked,
        ("--list", f"--format {output.format}"): listing and output.format not in ("text", "json"),
        ("--verbose", "--quiet"): given["verbose"] and output.quiet,
        ("--verbose", f"--format {output.format}"): given["verbose"] and not output.is_text,
        ("--watch", f"--format {output.format}"): watch and not output.is_text,
        ("--watch", "standard input"): watch and "-" in paths,
    }
    for (first, second), together in beside.items():
        if together:
            message = f"{first} and {second} do not go together: give one of them"
            raise click.UsageError(message)


def _run(paths: tuple[str, ...], output: Output, *, verbose: bool, asked: CoverageOptions, **given: Any) -> int:
    """Run the tests, and write what comes out."""
    from policygen.ignoring import Silencer

    silencer = Silencer.here()
    outcome, problems = _judged(paths, output, verbose=verbose, silenced=silencer.silences, **given)
    if not outcome.results and problems:
        raise SuiteError(*problems)
    for path in paths:
        silencer.look_at(path)
    idle = list(silencer.idle("warning"))
    covered = asked.of(paths, outcome)
    if output.lists_findings:
        from policygen.report.outcomes import of_suites

        output.findings(of_suites(outcome, problems).with_remarks(idle, len(silencer.ignored)))
    elif output.is_text:
        _print(outcome, output, ignored=len(silencer.ignored), verbose=verbose)
    else:
        value = outcome.to_dict() | ({"coverage": covered.to_dict()} if covered is not None else {})
        output.json(with_ignored(value, silencer))
    if covered is not None:
        asked.write(covered, output)
    output.warn(idle)
    if not outcome.passed:
        output.next("mend the statement that a failure names, or what its test expects")
    for problem in problems:
        say(str(problem))
    if problems:
        return EXIT_INPUT
    if outcome.passed and asked.fails(covered):
        output.next("write tests of what is missing above")
    return EXIT_OK if outcome.passed and not asked.fails(covered) else EXIT_NO


def _judged(
    paths: tuple[str, ...], output: Output, *, verbose: bool, **given: Any
) -> tuple[SuiteResult, tuple[Problem, ...]]:
    """Run the tests; each is shown when it is judged if ``verbose``, else how far they are."""
    from policygen.api.environments import environment_of_spec, load_environment
    from policygen.report import tests as report
    from policygen.scenario import run_suites

    options = given | {"environment_at": load_environment}
    if verbose:
        console = output.console()
        return run_suites(
            paths,
            environment_of_spec,
            judged=lambda result, _done, _all: report.print_result(result, console),
            **options,
        )
    with output.progress("testing", long=_LONG) as show:
        judged = None if show is None else lambda _result, done, total: show(done, total)
        return run_suites(paths, environment_of_spec, judged=judged, **options)


def _print(outcome: SuiteResult, output: Output, *, ignored: int, verbose: bool) -> None:
    from policygen.report import tests as report

    if verbose:
        report.print_summary(outcome, output.console(), ignored=ignored)
    else:
        report.print_results(outcome, output.console(), quiet=output.quiet, ignored=ignored)
    for line in report.warning_lines(outcome):
        output.note(line)


def _list(paths: tuple[str, ...], output: Output, *, selection: Selection | None, verbose: bool, **_given: Any) -> int:
    """List the tests that would be run."""
    from policygen.report import tests as report
    from policygen.scenario import choose, load_suites

    suites, problems = load_suites(paths)
    if not suites and problems:
        raise SuiteError(*problems)
    try:
        chosen = choose(suites, selection)
    except ArgumentError as error:
        raise _wrong(error) from None
    tests = [test for _, tests in chosen for test in tests]
    if output.is_text:
        output.write(report.listed(chosen, expected=verbose))
        everything = sum(len(suite.tests) for suite in suites)
        output.note(f"{len(tests)} of {everything} tests" if selection else f"{everything} tests")
    else:
        output.json(report.listed_as_json(chosen))
    for problem in problems:
        say(str(problem))
    return EXIT_INPUT if problems else EXIT_OK
