"""What tests exercise of policies: a table with what is missing, and the policies with a mark on every value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from policygen.covering import Count, Coverage, PolicyCoverage, StatementCoverage, ValueCoverage
from policygen.document.write import thaw
from policygen.report.page import page
from policygen.report.printed import lines_of_table, paragraph, plain, table
from policygen.source.shown import in_one_line

if TYPE_CHECKING:
    from rich.console import Console

_HEADINGS = ("policy", "statements", "elements", "missing")
_FIGURES = (1, 2, 3)


def lines_of(found: Coverage, *, quiet: bool = False) -> Iterator[str]:
    """Yield the table, and below it what no test exercises of each policy (quiet: the last line alone)."""
    if not quiet:
        yield from map(plain, lines_of_table(_HEADINGS, _rows(found), right=_FIGURES))
        yield from _gaps(found)
    yield figures(found)


def print_coverage(found: Coverage, console: Console, *, quiet: bool = False) -> None:
    """Print the table and what is missing (quiet: the figures alone)."""
    if not quiet:
        table(console, _HEADINGS, _rows(found), right=_FIGURES)
        for line in _gaps(found):
            paragraph(console, line)
    paragraph(console, figures(found), style=f"bold {'green' if found.percent == 100 else 'yellow'}")


def _gaps(found: Coverage) -> Iterator[str]:
    for each in found.policies:
        gaps = [f"  {in_one_line(name)}: {lacks}" for name, lacks in each.gaps()]
        yield from (in_one_line(each.policy), *gaps) if gaps else ()


def figures(found: Coverage) -> str:
    """Return the figures of all policies in one line."""
    parts = ((found.statements, "statements"), (found.elements, "elements"))
    return (
        "coverage: "
        + ", ".join(f"{each.covered} of {each.total} {what}" for each, what in parts)
        + (f" ({found.percent:g} %)")
    )


def _rows(found: Coverage) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for each in found.policies:
        missing = str(len(each.missing)) if each.missing else "-"
        rows.append((in_one_line(each.policy), _of(each.statements), _of(each.elements), missing))
    return rows


def _of(count: Count) -> str:
    return f"{count.covered}/{count.total}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a policy's JSON: the text, how it is marked (``ok``, ``part``, ``none`` or nothing), and why."""

    text: str
    mark: str = ""
    note: str = ""


def html(found: Coverage) -> str:
    """Return one page that needs nothing from outside, no script among it: every policy with a mark on every value."""
    policies = [
        {"name": each.policy, "statements": each.statements, "elements": each.elements, "lines": list(_lines(each))}
        for each in found.policies
    ]
    return page(
        "coverage.html.j2",
        styles=["coverage.css"],
        figures=figures(found),
        complete=found.percent == 100,
        policies=policies,
    )


def _lines(policy: PolicyCoverage) -> Iterator[Line]:
    """Yield the lines of a policy's JSON, no comma behind a last member."""
    lines = list(_with_commas(policy))
    for line, following in pairwise((*lines, Line(""))):
        closes = following.text.strip()[:1] in ("}", "]")
        yield replace(line, text=line.text.removesuffix(",")) if closes else line


def _with_commas(policy: PolicyCoverage) -> Iterator[Line]:
    written: dict[str, Any] = thaw(policy.document.written)
    listed = written["Statement"] if isinstance(written["Statement"], list) else [written["Statement"]]
    yield Line("{")
    for name, value in written.items():
        if name == "Statement":
            yield Line('    "Statement": [')
            for number, (statement, seen) in enumerate(zip(listed, policy.of_statements, strict=True), 1):
                yield from _of_statement(statement, seen, last=number == len(listed))
            yield Line("    ]")
        else:
            yield from (Line(each) for each in _json(name, value, 4))
    yield Line("}")


def _of_statement(statement: Mapping[str, Any], seen: StatementCoverage, *, last: bool) -> Iterator[Line]:
    note = "it decides a test" if seen.decided else "it decides no test"
    yield Line("        {", "ok" if seen.decided else "none", note)
    for name, value in statement.items():
        values = [each for each in seen.values if each.element.split(" ")[0] == name]
        if name == "Condition":
            yield from _of_conditions(value, values)
        elif values:
            yield from _marked(_json(name, value, 12), values)
        else:
            yield from (Line(each) for each in _json(name, value, 12))
    yield Line("        }" if last else "        },")


def _of_conditions(block: Mapping[str, Any], values: list[ValueCoverage]) -> Iterator[Line]:
    yield Line('            "Condition": {')
    for operator, keys in block.items():
        yield Line(f"                {json.dumps(operator, ensure_ascii=False)}: {{")
        for key, value in keys.items():
            own = [each for each in values if each.element == f"Condition {operator} {key}"]
            yield from _marked(_json(key, value, 20), own)
        yield Line("                },")
    yield Line("            },")


def _json(name: str, value: Any, indent: int) -> list[str]:
    """Return the lines of a member of a JSON object."""
    text = f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value, indent=4, ensure_ascii=False)},"
    return [" " * indent + each for each in text.splitlines()]


def _marked(lines: list[str], values: list[ValueCoverage]) -> Iterator[Line]:
    """Yield lines with the marks of the values that stand in them, in their order."""
    left = list(values)
    for line in lines:
        text = line.strip().rstrip(",")
        end = next(
            (each for each in left if text.endswith((json.dumps(each.value, ensure_ascii=False), each.value))), None
        )
        if end is None:
            yield Line(line)
        else:
            left.remove(end)
            yield Line(line, "ok" if end.covered else "part" if end.held or end.failed else "none", _note(end))


def _note(value: ValueCoverage) -> str:
    if not value.covered:
        return value.lacks
    return "held, and alone failed" if value.failed else "held; nothing can make it fail"
