"""Pages of the documentation that are made from the code: the commands, and the problem codes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import click

from policygen.cli.main import COMMANDS, group
from policygen.lint.check import Check
from policygen.lint.findings import FindingType, learn_more
from policygen.lint.policy_types import POLICIES

ROOMS = ("source", "document", "request", "spec", "suite", "generator", "verification")
"""Rooms that declare problem codes, each in a module ``codes``."""

_STATUSES = """| exit status | means |
| --- | --- |
| 0 | everything holds |
| 1 | the question was answered "no": an expectation failed, a check found an error, a test could not be judged |
| 2 | wrong usage |
| 3 | an input could not be used, or an output not written; every problem is listed |
| 70 | a defect of policygen; `POLICYGEN_DEBUG=1` shows where |
| 130 | interrupted |"""


def commands_page() -> str:
    """Return the page of the commands as Markdown."""
    lines = ["# Commands", "", "Made from the commands' own help.", "", _STATUSES, ""]
    lines.append(
        "Results go to standard output; progress, warnings and errors to standard error. `-` is standard input."
    )
    lines.append("No colour and no progress when not on a terminal; `NO_COLOR` is honoured.")
    for name in COMMANDS:
        lines.extend(_command(name))
    return "\n".join(lines) + "\n"


def _command(name: str) -> Iterator[str]:
    context = click.Context(group, info_name="policygen", max_content_width=100, terminal_width=100)
    command = group.get_command(context, name)
    if command is not None:
        inner = click.Context(command, parent=context, info_name=name, max_content_width=100, terminal_width=100)
        yield from ("", f"## policygen {name}", "", "```", command.get_help(inner), "```")


def problem_codes() -> dict[str, str]:
    """Return every problem code with what it means."""
    found: dict[str, str] = {}
    for room in ROOMS:
        codes: dict[str, str] = import_module(f"policygen.{room}.codes").CODES
        found.update(codes)
    return found


def problems_page() -> str:
    """Return the page of the problem codes as Markdown."""
    lines = [
        "# Problem codes",
        "",
        "Every problem that policygen reports carries a code, the place (file, line, column, JSON pointer), what is",
        "wrong, and a hint where there is one. Codes are never reused. `validate` uses Access Analyzer's issue codes.",
        "",
        "| code | what it means |",
        "| --- | --- |",
    ]
    lines.extend(f"| {code} | {meaning} |" for code, meaning in sorted(problem_codes().items()))
    return "\n".join(lines) + "\n"


def checks_page() -> str:
    """Return the page of what ``validate`` finds as Markdown."""
    from policygen.lint.registry import CHECKS

    syntax = learn_more(FindingType.ERROR, "JSON_SYNTAX_ERROR")
    lines = [
        "# What `validate` finds",
        "",
        "Issue codes and finding types are those of AWS's IAM Access Analyzer where it has one. What only the",
        "catalogue says about a service other than S3, KMS, IAM and STS is a WARNING instead of an ERROR: AWS's own",
        "managed policies show that the catalogue does not know those services whole.",
        "",
        "| finding | code | what it finds | policy types | facts |",
        "| --- | --- | --- | --- | --- |",
        f"| ERROR | [JSON_SYNTAX_ERROR]({syntax}) | Text that is not JSON | all | |",
    ]
    lines.extend(_check_row(check) for check in CHECKS)
    return "\n".join(lines) + "\n"


def _check_row(check: Check) -> str:
    types = "all" if check.types == POLICIES else ", ".join(sorted(each.value for each in check.types))
    facts = ", ".join(f"[{fact}](facts.md#{fact.lower()})" for fact in check.facts)
    summary = check.summary.replace("|", "\\|")
    return f"| {check.finding_type.value} | [{check.code}]({check.url}) | {summary} | {types} | {facts} |"
