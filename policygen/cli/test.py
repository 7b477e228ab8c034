"""``policygen test``: run suites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options
from policygen.cli.streams import say
from policygen.errors import ArgumentError, SuiteError

if TYPE_CHECKING:
    from policygen.errors import Problem
    from policygen.scenario import Selection, SuiteResult, TestResult

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
@output_options("junit", "github")
def command(paths: tuple[str, ...], watch: bool, listing: bool, output: Output, **given: Any) -> int:
    """Run test suites: files, and folders in which *.policytest.yaml, .yml and .json are searched.

    What is odd about a request (an action that does not exist, a principal that the environment does not hold …) is a
    warning on standard error: a test that expects a denial may be right by mistake.

    Exit status: 0 every test passed, 1 one failed or could not be judged, 2 no test is selected, 3 a suite could not be
    read; the others are judged all the same. With --watch, Ctrl-C leaves with the status of the last run.
    """
    check_standard_input(paths)
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


def _run(paths: tuple[str, ...], output: Output, *, verbose: bool, **given: Any) -> int:
    """Run the tests, and write what comes out."""
    from policygen.api.environments import environment_of_spec, load_environment
    from policygen.report import tests as report
    from policygen.scenario import run_suites

    console = output.console() if output.is_text else None

    def shown(result: TestResult, _done: int, _all: int) -> None:
        if console is not None:
            report.print_result(result, console)

    options = given | {"environment_at": load_environment}
    if verbose:
        outcome, problems = run_suites(paths, environment_of_spec, judged=shown, **options)
    else:
        with output.progress("testing", long=_LONG) as show:
            judged = None if show is None else lambda _result, done, total: show(done, total)
            outcome, problems = run_suites(paths, environment_of_spec, judged=judged, **options)
    if not outcome.results and problems:
        raise SuiteError(*problems)
    if console is not None and verbose:
        report.print_summary(outcome, console)
    elif console is not None:
        report.print_results(outcome, console, quiet=output.quiet)
    _write(outcome, output)
    return _status(outcome, problems)


def _write(outcome: SuiteResult, output: Output) -> None:
    """Write what comes out in the forms of programs; beside the text, the warnings."""
    from policygen.report import tests as report

    if output.format == "junit":
        output.write(report.junit(outcome))
    elif output.format == "github":
        output.write(report.github(outcome))
    elif output.is_text:
        for line in report.warning_lines(outcome):
            output.note(line)
    else:
        output.json(outcome.to_dict())


def _status(outcome: SuiteResult, problems: tuple[Problem, ...]) -> int:
    for problem in problems:
        say(str(problem))
    return EXIT_INPUT if problems else EXIT_OK if outcome.passed else EXIT_NO


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
