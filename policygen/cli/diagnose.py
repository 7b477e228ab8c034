"""``policygen diagnose``: why replication fails, from what AWS answers, without a spec."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options, parameter_option
from policygen.cli.streams import say
from policygen.errors import Severity

if TYPE_CHECKING:
    from policygen.api.diagnosing import Case
    from policygen.inference import Diagnosed

_LONG = 400


@click.command("diagnose", cls=Command, epilog="Example: policygen diagnose fetched-from-aws/ --source my-bucket")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--source", metavar="BUCKET", help="Diagnose the replication of this source bucket alone.")
@click.option("--exact", is_flag=True, help="Ask as well whether more is allowed than is needed.")
@click.option("--spec-out", metavar="FILE", help="Write the spec that was inferred, with where each value comes from.")
@click.option("--mend", metavar="DIR", help="Write the documents as the printed mends make them into an empty folder.")
@parameter_option
@output_options()
def command(
    paths: tuple[str, ...],
    source: str | None,
    spec_out: str | None,
    mend: str | None,
    parameters: dict[str, str],
    *,
    exact: bool,
    output: Output,
) -> int:
    """Tell why replication fails, from AWS's answers on disk: no spec is needed.

    Give the files and folders that you have, whatever they are called: what `policygen fetch bucket` saved, answers of
    the AWS CLI or of boto3. What is meant is inferred from the replication configuration, the buckets' settings and the
    keys; policies are judged by it. What was not read is said to be assumed, with the call that reads it.

    The answer comes first, in one line. What is printed as a mend was tried: all of them together make it right.
    `--mend` writes the documents laid out as `generate -o` does, ready to be put. `--spec-out` writes the spec, for
    `policygen verify FILE --documents PATH` and for correction.

    Exit status: 0 it works (with `--exact`: and allows no more than is needed), 1 it does not, 3 an input could not be
    used, or holds no replication.
    """
    from policygen import inference
    from policygen.api.diagnosing import diagnosed

    check_standard_input(paths)
    _check_free(spec_out)
    with output.progress("judging requests", long=_LONG) as progress:
        cases, problems = diagnosed(paths, source=source, exact=exact, parameters=parameters, progress=progress)
    output.warn(each for each in problems if each.severity is Severity.WARNING)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    for each in errors:
        say(str(each))
    found = inference.Diagnosed(replications=tuple(each.replication for each in cases))
    if cases:
        _print(found, output)
        if spec_out is not None:
            _write_spec(cases, spec_out, output)
        if mend is not None:
            _write_mended(cases, mend, output)
    if errors or not cases:  # what could not be judged is among them
        return EXIT_INPUT
    if found.ok:
        return EXIT_OK
    if mend is None:
        given = [*paths, *(["--source", source] if source is not None else []), *(["--exact"] if exact else [])]
        output.next(_next(found, given))
    return EXIT_NO


def _next(found: Diagnosed, given: list[str]) -> str:
    """Return what to do about replication that fails: have the mends written, else read up the first cause."""
    reports = [each.report for each in found.replications]
    if any(report.mends for report in reports) and "-" not in given:
        return f"policygen diagnose {shlex.join(given)} --mend mended"
    codes = (check.code for report in reports for check in report.failures)
    return f"policygen explain {next(codes, 'PG-V002')}"


def _print(found: Diagnosed, output: Output) -> None:
    if output.is_text:
        from policygen.report.diagnosis import print_diagnosed

        print_diagnosed(found, output.console(), quiet=output.quiet)
    else:
        output.json(found.to_dict())


def _check_free(path: str | None) -> None:
    """Refuse to overwrite a file: a spec that was inferred may have been corrected since."""
    from policygen.source.files import is_there

    if path is not None and is_there(Path(path)):
        message = f"`{path}` is there already: give another name, or remove it"
        raise click.BadParameter(message, param_hint="--spec-out")


def _write_spec(cases: list[Case], path: str, output: Output) -> None:
    from policygen.inference import spec_text_with_sources
    from policygen.source.files import write_files
    from policygen.version import VERSION

    if len(cases) > 1:
        names = ", ".join(name for each in cases for name in each.replication.sources)
        message = f"there are several replications, which no one spec describes: pick one with --source ({names})"
        raise click.UsageError(message)
    target = Path(path)
    write_files(target.parent, {target.name: spec_text_with_sources(cases[0].inferred, VERSION)})
    output.note(f"{path}: {len(cases[0].replication.inferred)} values")


def _write_mended(cases: list[Case], folder: str, output: Output) -> None:
    """Write the documents of all replications; what two of them share is written as the one that changes it has it."""
    from policygen.source.files import check_empty, claimed, write_files

    files: dict[str, str | bytes] = {}
    for each in cases:
        for path, text in each.mended().items():
            if path not in files or text != each.texts.get(path):
                files[path] = text
    with claimed(Path(folder)):
        check_empty(Path(folder))
        write_files(Path(folder), files)
    mends = sum(len(each.judged.mends) for each in cases)
    output.note(f"{folder}: {len(files)} files, {mends} mend{'' if mends == 1 else 's'}")
