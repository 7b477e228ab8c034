"""``policygen verify``: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, output_options

if TYPE_CHECKING:
    from policygen.verification import Report

_LONG = 400


@click.command("verify", cls=Command, epilog="Example: policygen verify spec.yaml --documents fetched-from-aws/")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--documents", metavar="DIR", help="Judge the files of this folder, laid out as `generate -o` writes them."
)
@click.option("--strict", is_flag=True, help="A warning about a request of `expect:` fails its check.")
@output_options("html", "mermaid", "svg")
def command(spec: str, documents: str | None, *, strict: bool, output: Output) -> int:
    """Generate, derive every request that must be allowed or denied, and judge them all.

    `--format html` is one page that needs no network: the picture, what to mend, the documents, every check with its
    explanation. `--format mermaid` and `--format svg` are the picture alone, each edge with its verdict.

    Exit status: 0 everything holds, 1 a check failed, 3 an input could not be used.
    """
    from policygen import api

    loaded = api.load_spec(spec)
    output.warn(loaded.warnings)
    if output.format == "html":
        with output.progress("judging requests", long=_LONG) as progress:
            report, page = api.html_report(loaded, documents, progress=progress, strict=strict)
        _note_warnings(report, output)
        output.write(page)
        return EXIT_OK if report.ok else EXIT_NO
    with output.progress("judging requests", long=_LONG) as progress:
        report = api.verify(loaded, documents, progress=progress, strict=strict)
    _note_warnings(report, output)
    if output.format in ("mermaid", "svg"):
        from policygen.report.mermaid import mermaid
        from policygen.report.picture import picture_of
        from policygen.report.svg import svg

        output.write((svg if output.format == "svg" else mermaid)(picture_of(loaded, report)))
    elif output.is_text:
        from policygen.report.verification import print_report

        print_report(report, output.console(), quiet=output.quiet)
    else:
        output.json(report.to_dict())
    return EXIT_OK if report.ok else EXIT_NO


def _note_warnings(report: Report, output: Output) -> None:
    """Say what is odd about the requests of `expect:`."""
    for check in report.checks:
        for warning in check.warnings:
            output.note(f"{report.spec} {check.id} {check.title}: warning: {warning}")
