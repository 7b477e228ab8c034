"""What is made from the tables of the formats: the JSON Schemas in the package, the reference pages in docs/.

``python -m tests.fields.remake`` after a field was added or changed.
"""

from collections.abc import Iterator
from pathlib import Path

from policygen.fields.page import tables, with_tables
from policygen.fields.schema import schema_text
from policygen.spec.codes import CODES
from policygen.spec.fields import SPEC
from policygen.suite.fields import ENVIRONMENT, SUITE, TEST

ROOT = Path(__file__).parents[2]


def _problems() -> Iterator[str]:
    yield from ("## Problems", "", "| code | what it means |", "| --- | --- |")
    yield from (f"| {code} | {meaning} |" for code, meaning in CODES.items())
    yield ""


def made() -> dict[Path, str]:
    """Return what each made file must hold."""
    blocks = {
        "spec": tables("The whole", SPEC, {TEST: "suites.md#tests"}),
        "problems": _problems(),
        "suite": tables("A suite", SUITE),
        "environment": tables("An environment file", ENVIRONMENT),
    }
    pages = (ROOT / "docs/spec.md", ROOT / "docs/suites.md")
    return {
        **{page: with_tables(page.read_text(encoding="utf-8"), blocks) for page in pages},
        ROOT / "policygen/spec/spec.schema.json": schema_text(SPEC),
        ROOT / "policygen/spec/suite.schema.json": schema_text(SUITE),
        ROOT / "policygen/spec/environment.schema.json": schema_text(ENVIRONMENT),
    }


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")
