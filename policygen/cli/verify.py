"""``policygen verify``: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policygen.cli.main import EXIT_NO, EXIT_OK, Command
from policygen.cli.mended import write_mended
from policygen.cli.options import FINDINGS, Output, output_options, parameter_option

if TYPE_CHECKING:
    from policygen.errors import Problem
    from policygen.ignoring import Silencer
    from policygen.spec.model import Spec
    from policygen.verification import Report

_LONG = 400


@click.command("verify", cls=Command, epilog="Example: policygen verify spec.yaml --documents fetched-from-aws/")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--documents",
    metavar="PATH",
    help="Judge the files of this folder, laid out as `generate -o` writes them, or what answers of AWS, plans hold.",
)
@click.option("--mend", metavar="DIR", help="Write the documents as the printed mends make them into an empty folder.")
@click.option("--works", is_flag=True, help="Ask only whether what must work does, not what else is allowed.")
@click.option("--strict", is_flag=True, help="A warning about a request of `expect:` fails its check.")
@parameter_option
@output_options("html", "mermaid", "svg", *FINDINGS)
def command(
    spec: str, documents: str | None, mend: str | None, *, strict: bool, works: bool, output: Output, **asked: Any
) -> int:
    """Generate, derive every request that must be allowed or denied, and judge them all.

    Two answers come last: does what must work work, and is nothing else allowed.

    What is printed as a mend was tried: all of them together make it right. `--mend` copies every file of the folder
    that is judged, each in its wrapper, and changes what the mends change; the exit status is that of the documents as
    they were.

    In a CloudFormation template, account, Region and the names that deploying makes up are the spec's, as far as its
    buckets and roles tell; `--parameter` says the rest.

    `--format html` is one page that needs no network: the picture, what to mend, the documents, every check with its
    explanation. `--format mermaid` and `--format svg` are the picture alone, each edge with its verdict.

    Findings that `policygen.toml` accepts, with a reason, are counted and not shown: the answers stay what they are,
    and the exit status is that of the other findings.

    Exit status: 0 both hold (with `--works`: it works), 1 one does not, 3 an input could not be used.
    """
    from policygen.api.specs import load_spec
    from policygen.cli.silenced import accepted
    from policygen.ignoring import Silencer

    silencer = Silencer.here()
    loaded = load_spec(spec)
    warnings = [each for each in loaded.warnings if not silencer.silences(each)]
    output.warn(warnings)
    with output.progress("judging requests", long=_LONG) as progress:
        asked |= {"progress": progress, "strict": strict, "works": works}  # beside the parameters
        report, shown = _reported(loaded, documents, output, asked)
    report, ignored = accepted(report, silencer)
    idle = list(silencer.idle("cause", "problem", "warning")) if not works else []
    _note_warnings(report, output)
    if shown is not None:
        output.write(shown)
    else:
        _print(report, ignored, warnings, idle, silencer, output)
    output.warn(idle)
    if mend is not None:
        write_mended(loaded, documents, report, mend, output)
    if report.ok or report.ok_but_for(ignored):
        return EXIT_OK
    if mend is None:
        output.next(_next(report, spec, documents))
    return EXIT_NO


def _print(
    report: Report,
    ignored: frozenset[str],
    warnings: list[Problem],
    idle: list[Problem],
    silencer: Silencer,
    output: Output,
) -> None:
    """Print a report as text, as JSON, or as a list of findings with the warnings about spec and policygen.toml."""
    from policygen.cli.silenced import with_ignored

    count = len(silencer.ignored)
    if output.lists_findings:
        from policygen.report.outcomes import of_verification

        output.findings(of_verification(report, warnings, ignored).with_remarks(idle, count))
    elif output.is_text:
        from policygen.report.verification import print_report

        others = count - len(ignored)
        print_report(report, output.console(), quiet=output.quiet, ignored=ignored, warnings_ignored=others)
    else:
        for taken in report.taken:
            output.note(taken)
        output.json(with_ignored(report.to_dict(), silencer))


def _next(report: Report, spec: str, documents: str | None) -> str:
    """Return what to do about a report that is not ok: have the mends written, else read up the first thing found."""
    if report.mends and documents is not None:
        return f"policygen verify {spec} --documents {documents} --mend mended"
    return f"policygen explain {next((check.code for check in report.failures), 'PG-V002')}"


def _reported(spec: Spec, documents: str | None, output: Output, asked: dict[str, Any]) -> tuple[Report, str | None]:
    """Return the report, and what is written where that is a page or a picture."""
    from policygen.api import verifying

    if output.format == "html":
        return verifying.html_report(spec, documents, **asked)
    if output.format in ("mermaid", "svg"):
        from policygen.report.mermaid import mermaid
        from policygen.report.svg import svg

        report, picture = verifying.picture(spec, documents, **asked)
        return report, (svg if output.format == "svg" else mermaid)(picture)
    return verifying.verify(spec, documents, **asked), None


def _note_warnings(report: Report, output: Output) -> None:
    """Say what is odd about the requests of `expect:`."""
    for check in report.checks:
        for warning in check.warnings:
            output.note(f"{report.spec} {check.id} {check.title}: warning: {warning}")
