"""Pages that are made from the code are up to date, and every problem code is declared."""

import re
from pathlib import Path

import click

from policygen.cli import reference
from policygen.cli.main import COMMANDS, group
from policygen.verification import CAUSES

ROOT = Path(__file__).parents[2]


def test_commands_page_is_whole():
    """docs/cli.md names every command and every option of it (its layout is click's own business)."""
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        section = page.partition(f"## policygen {name}\n")[2].partition("\n## ")[0]
        command = group.get_command(click.Context(group), name)
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("-")]
        assert options
        assert [option for option in options if option not in section] == []


def test_problems_page():
    """docs/problems.md lists every code."""
    assert (ROOT / "docs/problems.md").read_text(encoding="utf-8") == reference.problems_page()


def test_every_code_is_declared():
    """Every problem code in the code is declared, and every declared one is used."""
    used = set()
    for path in (ROOT / "policygen").rglob("*.py"):
        used |= set(
            re.findall(r'"(PG-[A-Z]\d{3})"(?!:)', path.read_text(encoding="utf-8"))
        )  # a declaration has a colon
    declared = set(reference.problem_codes())
    assert used == declared


def test_causes_page():
    """docs/causes.md says every cause, F1 to F27, under an anchor of its own, as the table says it."""
    page = (ROOT / "docs/causes.md").read_text(encoding="utf-8")
    assert page == reference.causes_page()
    anchors = [f"f{number}" for number in range(1, 28)]
    assert re.findall(r'<a id="(\w+)"></a>', page) == anchors == [code.lower() for code in CAUSES]


def test_plan_page():
    """The page of `plan` lists every rule, and is the one in docs/."""
    assert (ROOT / "docs/plan.md").read_text(encoding="utf-8") == reference.plan_page()
