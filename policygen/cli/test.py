"""``policygen test``: run suites."""

from __future__ import annotations

import click

from policygen.cli.covered import CoverageOptions, coverage_options
from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import FINDINGS, Output, check_standard_input, output_options
from policygen.cli.streams import say
from policygen.errors import SuiteError


@click.command("test", cls=Command, epilog="Example: policygen test policies/ --format junit > results.xml")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--strict", is_flag=True, help="A warning about a request is an error.")
@output_options(*FINDINGS)
def command(paths: tuple[str, ...], strict: bool, output: Output) -> int:
    """Run test suites: files, and folders in which *.policytest.yaml, .yml and .json are searched.

    What is odd about a request (an action that does not exist, a principal that the environment does not hold …) is a
    warning on standard error: a test that expects a denial may be right by mistake.

    --coverage tells of each policy which statements decided a test, and of each value of an action, resource, principal
    and condition whether it held in a test to which the statement applied, and alone kept it from applying to another.
    Of a suite with `spec:` the requests that `verify` derives from the spec count as well. --fail-under looks at the
    lower of both percentages.

    Exit status: 0 every test passed, 1 one failed or could not be judged, or the coverage is below --fail-under, 3 a
    suite could not be read; the others are judged all the same.
    """
    from policygen.api.environments import environment_of_spec, load_environment
    from policygen.cli.silenced import with_ignored
    from policygen.ignoring import Silencer
    from policygen.report import tests as report
    from policygen.scenario import run_suites

    check_standard_input(paths)
    silencer = Silencer.here()
    options = {"environment_at": load_environment, "strict": strict, "silenced": silencer.silences}
    outcome, problems = run_suites(paths, environment_of_spec, **options)
    if not outcome.results and problems:
        raise SuiteError(*problems)
    for path in paths:
        silencer.look_at(path)
    idle, ignored = list(silencer.idle("warning")), len(silencer.ignored)
    if output.lists_findings:
        from policygen.report.outcomes import of_suites

        output.findings(of_suites(outcome, problems).with_remarks(idle, ignored))
    elif output.is_text:
        report.print_results(outcome, output.console(), quiet=output.quiet, ignored=ignored)
        for line in report.warning_lines(outcome):
            output.note(line)
    else:
        output.json(with_ignored(outcome.to_dict(), silencer))
    output.warn(idle)
    if not outcome.passed:
        output.next("mend the statement that a failure names, or what its test expects")
    for problem in problems:
        say(str(problem))
    if problems:
        return EXIT_INPUT
    return EXIT_OK if outcome.passed and not asked.fails(covered) else EXIT_NO
