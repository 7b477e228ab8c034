"""``policygen mutate``: small changes of policies that no test notices."""

from __future__ import annotations

from contextlib import ExitStack

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options
from policygen.cli.streams import say
from policygen.errors import SuiteError
from policygen.processes import cores

_LONG = 50
"""Mutants of which it is seen that judging them takes its time."""


@click.command("mutate", cls=Command, epilog="Example: policygen mutate policies/ --fail-under 95")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="N", help="Exit 1 for a score below N per cent.")
@click.option(
    "--max-mutants", type=click.IntRange(1), metavar="N", help="Try at most N mutants, all over the policies."
)
@click.option("--resume", metavar="FILE", help="Keep in FILE what is judged, and go on from what it holds.")
@output_options()
def command(
    paths: tuple[str, ...], *, fail_under: float | None, max_mutants: int | None, resume: str | None, output: Output
) -> int:
    """Change the policies of test suites, one small change at a time, and tell which changes no test notices.

    PATHs are suites, and folders in which *.policytest.yaml, .yml and .json are searched. A change drops or widens an
    element, names another Region, account or principal, takes another operator, turns an effect round … Of a suite with
    `spec:` the policies are the generated ones, and the requests that `verify` derives count as tests, too.

    What no test notices is proved to change no decision, and only counted; or it is shown as a difference, with a
    request that tells the two policies apart: the test to write. Tests that fail already are left out, and named on
    standard error.

    Exit status: 0 done, 1 the score is below --fail-under, 3 a suite could not be read or a test not be judged; the
    others count all the same.
    """
    from policygen.api.kept import KeptFile
    from policygen.api.suites import asked_of
    from policygen.mutation import fingerprint, mutate
    from policygen.report.mutation import print_mutation

    check_standard_input(paths)
    asked, unreadable = asked_of(paths)
    problems = (*unreadable, *asked.problems)
    if not asked.policies and problems:
        raise SuiteError(*problems)
    with ExitStack() as stack:
        keeper = stack.enter_context(KeptFile(resume, fingerprint(asked))) if resume is not None else None
        if keeper is not None and keeper.is_other:
            output.note(f"{resume}: the tests or policies have changed since: everything is judged anew")
        progress = stack.enter_context(output.progress("judging mutants", long=_LONG))
        found = mutate(asked, most=max_mutants, processes=cores(), progress=progress, keeper=keeper)
    for each in found.failing:
        output.note(f"left out, for it fails as it stands: {each}")
    if output.is_text:
        print_mutation(found, output.console(), quiet=output.quiet)
    else:
        output.json(found.to_dict())
    for problem in problems:
        say(str(problem))
    if problems:
        return EXIT_INPUT
    if fail_under is None or found.score >= fail_under:
        return EXIT_OK
    output.next("write a test of a request above that no test notices")
    return EXIT_NO
