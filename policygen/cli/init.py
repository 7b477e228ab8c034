"""``policygen init``: a starter spec that verifies as it is."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import click

from policygen.cli.main import EXIT_OK, Command
from policygen.cli.options import Output, output_options
from policygen.errors import Place, Problem, SourceError


@click.command("init", cls=Command, epilog="Example: policygen init demo && policygen verify demo/spec.yaml")
@click.argument("folder", metavar="[DIR]", default=".")
@output_options()
def command(folder: str, output: Output) -> int:
    """Write a commented starter spec, its suite and the spec's JSON Schema; never overwrites.

    Exit status: 0 done, 3 a file exists already or cannot be written.
    """
    from policygen.source.files import claimed, write_files

    target = Path(folder)
    contents = starter_files()
    with claimed(target):
        places = [Place(source=str(target / name)) for name in contents if os.path.lexists(target / name)]
        hint = "take another folder"
        problems = [Problem(code="PG-F013", message="exists already", place=place, hint=hint) for place in places]
        if problems:
            raise SourceError(*problems)
        write_files(target, contents)
    written = [str(target / name) for name in contents]
    if output.is_text:
        output.write("".join(f"{name}\n" for name in written))
        output.note(f"next: policygen verify {target / 'spec.yaml'}")
    else:
        output.json(written)
    return EXIT_OK


def starter_files() -> dict[str, str]:
    """Return the texts of the starter files by name."""
    folder = files("policygen.cli").joinpath("starter")
    schema = files("policygen.spec").joinpath("spec.schema.json")
    return {
        "spec.yaml": folder.joinpath("spec.yaml").read_text(encoding="utf-8"),
        "spec.policytest.yaml": folder.joinpath("spec.policytest.yaml").read_text(encoding="utf-8"),
        "spec.schema.json": schema.read_text(encoding="utf-8"),
    }
