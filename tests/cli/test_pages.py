"""Pages that are made from the code are up to date, and every problem code is declared."""

import re

import click
import pytest

from policygen.cli.main import COMMANDS, group
from policygen.verification import CAUSES
from tests.pages.made import ROOT, made
from tests.pages.problems import problem_codes

MADE = made()


@pytest.mark.parametrize("name", [name for name in MADE if name != "docs/cli.md"])
def test_what_is_made_is_up_to_date(name):
    """Pages, JSON Schemas and data files are what the code makes: ``python -m tests.pages``."""
    assert (ROOT / name).read_text(encoding="utf-8") == MADE[name]


def test_commands_page_is_whole():
    """docs/cli.md names every command and every option of it (its layout is click's own business)."""
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        section = page.partition(f"## policygen {name}\n")[2].partition("\n## ")[0]
        command = group.get_command(click.Context(group), name)
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("-")]
        assert options
        assert [option for option in options if option not in section] == []


def test_every_code_is_declared():
    """Every problem code in the code is declared, and every declared one is used."""
    used = set()
    for path in (ROOT / "policygen").rglob("*.py"):
        used |= set(
            re.findall(r'"(PG-[A-Z]\d{3})"(?!:)', path.read_text(encoding="utf-8"))
        )  # a declaration has a colon
    declared = set(problem_codes())
    assert used == declared


def test_causes_page():
    """docs/causes.md says every cause that the facts have, under an anchor of its own."""
    facts = re.findall(r'<a id="(f\d+)"></a>', (ROOT / "docs/facts.md").read_text(encoding="utf-8"))
    assert re.findall(r'<a id="(\w+)"></a>', MADE["docs/causes.md"]) == facts == [code.lower() for code in CAUSES]
