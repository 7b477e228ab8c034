"""The options of ``policygen test`` about coverage, and what they print and write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policygen.cli.options import Output

if TYPE_CHECKING:
    from policygen.covering import Coverage
    from policygen.scenario import SuiteResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageOptions:
    """What is asked about coverage: the values of the options."""

    coverage: bool
    fail_under: float | None
    coverage_html: str | None

    @property
    def asked(self) -> bool:
        """Whether anything is asked."""
        return self.coverage or self.fail_under is not None or self.coverage_html is not None

    def check(self, paths: Iterable[str]) -> None:
        """Refuse what is read twice.

        Raises:
            click.UsageError: A suite on standard input.
        """
        if self.asked and "-" in paths:
            message = "for coverage a suite is read once more, and `-` cannot be: give a file"
            raise click.UsageError(message)

    def of(self, paths: Iterable[str], outcome: SuiteResult) -> Coverage | None:
        """Return the coverage by the tests of an outcome; None where nothing is asked."""
        if not self.asked:
            return None
        from policygen.api.suites import coverage_of

        ran = {(each.file, each.test.id) for each in outcome.results}
        return coverage_of(paths, lambda path, test: (str(path), test.id) in ran)

    def fails(self, found: Coverage | None) -> bool:
        """Tell whether the coverage is below the limit."""
        return found is not None and self.fail_under is not None and found.percent < self.fail_under

    def write(self, found: Coverage, output: Output) -> None:
        """Write the page where one is asked for, and the table: as a remark where the output is no text.

        Raises:
            SourceError: PG-F004 when the page cannot be written.
        """
        from policygen.report.coverage import html, lines_of, print_coverage

        if output.is_text:
            print_coverage(found, output.console(), quiet=output.quiet)
        elif output.format != "json":
            for line in lines_of(found):
                output.note(line)
        if self.coverage_html is not None:
            from policygen.source.files import write_files

            write_files(Path(self.coverage_html), {"index.html": html(found)})
            output.note(f"written: {Path(self.coverage_html) / 'index.html'}")


def coverage_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--coverage``, ``--fail-under`` and ``--coverage-html``; the command gets ``asked``, a CoverageOptions."""
    options = (
        click.option("--coverage-html", metavar="DIR", help="Write the policies with marks to DIR/index.html, too."),
        click.option(
            "--fail-under", type=click.FloatRange(0, 100), metavar="N", help="Exit 1 for a coverage below N per cent."
        ),
        click.option("--coverage", is_flag=True, help="Tell what of the policies the tests exercise."),
    )

    def command(**arguments: Any) -> Any:
        names = ("coverage", "fail_under", "coverage_html")
        asked = CoverageOptions(**{name: arguments.pop(name) for name in names})
        return function(asked=asked, **arguments)

    return reduce(lambda decorated, option: option(decorated), options, update_wrapper(command, function))
