"""``policygen test``: run suites."""

from __future__ import annotations

import click

from policygen.cli.main import EXIT_NO, EXIT_OK
from policygen.cli.options import Output, check_standard_input, output_options


@click.command("test", epilog="Example: policygen test policies/ --format junit > results.xml")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@output_options("junit", "github")
def command(paths: tuple[str, ...], output: Output) -> int:
    """Run test suites: files, and folders in which *.policytest.yaml, .yml and .json are searched.

    Exit status: 0 every test passed, 1 one failed or could not be judged, 3 a suite could not be read.
    """
    from policygen import api
    from policygen.report import tests as report
    from policygen.scenario import find_suites, load_suite, run_suite

    check_standard_input(paths)
    suites = [load_suite(path) for path in find_suites(paths)]
    results = [result for suite in suites for result in run_suite(suite, api.environment_of_spec)]
    if output.format == "junit" and output.query is None:
        output.write(report.junit(results))
    elif output.format == "github" and output.query is None:
        output.write(report.github(results))
    elif output.is_text:
        report.print_results(results, output.console(), quiet=output.quiet)
    else:
        output.json(report.to_dict(results))
    return EXIT_OK if all(result.passed for result in results) else EXIT_NO
