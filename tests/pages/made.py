"""Every page and data file that is made from the code: the documentation's, the JSON Schemas, the facts' pages."""

from collections.abc import Iterator
from pathlib import Path

from policygen.spec.codes import CODES
from policygen.spec.fields import SPEC
from policygen.suite.fields import ENVIRONMENT, SUITE, TEST
from tests.pages.causes import causes_page
from tests.pages.checks import checks_page
from tests.pages.commands import commands_page
from tests.pages.facts import fact_examples_text, fact_pages_text
from tests.pages.growth import growth_table
from tests.pages.plan import plan_page
from tests.pages.problems import problems_page
from tests.pages.schema import schema_text
from tests.pages.shapes import shapes_table
from tests.pages.tables import tables, with_tables
from tests.pages.ways import sample_plan, ways_table

ROOT = Path(__file__).parents[2]


def made() -> dict[str, str]:
    """Return what each made file must hold, by its path in the project."""
    blocks = {
        "spec": tables("The whole", SPEC, {TEST: "suites.md#tests"}),
        "problems": _problems(),
        "suite": tables("A suite", SUITE),
        "environment": tables("An environment file", ENVIRONMENT),
        "ways": ways_table(sample_plan()),
        "shapes": shapes_table(),
        "growth": growth_table(),
    }
    pages = (
        "docs/accounts.md",
        "docs/replay-at-scale.md",
        "docs/spec.md",
        "docs/suites.md",
        "samples/migrate-single-region-key/README.md",
    )
    return {
        "docs/causes.md": causes_page(),
        "docs/checks.md": checks_page(),
        "docs/cli.md": commands_page(),
        "docs/plan.md": plan_page(),
        "docs/problems.md": problems_page(),
        **{page: with_tables((ROOT / page).read_text(encoding="utf-8"), blocks) for page in pages},
        "policygen/explained/facts.json": fact_examples_text(),
        "policygen/spec/spec.schema.json": schema_text(SPEC),
        "policygen/spec/suite.schema.json": schema_text(SUITE),
        "policygen/spec/environment.schema.json": schema_text(ENVIRONMENT),
        "templates/fact-pages.json": fact_pages_text(),
    }


def _problems() -> Iterator[str]:
    yield from ("## Problems", "", "| code | what it means |", "| --- | --- |")
    yield from (f"| {code} | {meaning} |" for code, meaning in CODES.items())
    yield ""
