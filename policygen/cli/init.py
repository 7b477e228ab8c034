"""``policygen init``: a starter spec that verifies as it is, or one of the samples."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from policygen.cli.main import EXIT_OK, Command
from policygen.cli.options import Output, output_options
from policygen.errors import Place, Problem, SourceError

LIST = "list"


@click.command("init", cls=Command, epilog="Example: policygen init demo && policygen verify demo/spec.yaml")
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--sample", metavar="NAME", help="Write this sample instead; `list` names them all.")
@output_options()
def command(folder: str, sample: str | None, output: Output) -> int:
    """Write a commented starter spec or a sample's, its suite and the spec's JSON Schema; never overwrites.

    Exit status: 0 done, 3 a file exists already or cannot be written.
    """
    from policygen.source.files import claimed, write_files

    if sample == LIST:
        titles = {name: _title(each) for name, each in _samples().items()}
        width = max(map(len, titles))
        if output.is_text:
            output.write("".join(f"{name:{width}}  {title}\n" for name, title in titles.items()))
        else:
            output.json(titles)
        return EXIT_OK
    target = Path(folder)
    contents = starter_files() if sample is None else _sample_files(sample)
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
        command_ = "plan" if "\nmigration:" in contents["spec.yaml"] else "verify"
        output.note(f"next: policygen {command_} {target / 'spec.yaml'}")
    else:
        output.json(written)
    return EXIT_OK


def starter_files() -> dict[str, str]:
    """Return the texts of the starter files by name."""
    folder = files("policygen.cli").joinpath("starter")
    found = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in ("spec.yaml", "spec.policytest.yaml")}
    return found | _schema()


def _schema() -> dict[str, str]:
    schema = files("policygen.spec").joinpath("spec.schema.json")
    return {"spec.schema.json": schema.read_text(encoding="utf-8")}


def _samples() -> dict[str, Traversable]:
    """Return the folders of the samples by name."""
    from policygen.source.packaged import packaged

    folders = {each.name: each for each in packaged("samples").iterdir() if each.is_dir()}
    return dict(sorted(folders.items()))


def _title(sample: Traversable) -> str:
    return sample.joinpath("README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def _sample_files(name: str) -> dict[str, str]:
    """Return the texts of a sample's files by path; its page stays where its links lead somewhere.

    Raises:
        click.BadParameter: There is no such sample.
    """
    samples = _samples()
    if name not in samples:
        from difflib import get_close_matches

        near = get_close_matches(name, samples, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(samples)}"
        message = f"there is no sample `{name}`: {hint}"
        raise click.BadParameter(message, param_hint="--sample")
    return dict(_texts(samples[name], "")) | _schema()


def _texts(folder: Traversable, before: str) -> Iterator[tuple[str, str]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            yield from _texts(each, f"{before}{each.name}/")
        elif each.name != "README.md":
            yield f"{before}{each.name}", each.read_text(encoding="utf-8")
