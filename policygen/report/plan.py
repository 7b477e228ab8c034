"""A plan as text: a table of the proposals, what each breaks, and the ways step by step."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from policygen.migration import Plan, ProposalVerdict, Strategy
from policygen.report.printed import Part, Row, copied, paragraph, table

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_@-]*\Z")
_OK, _NOT_OK = ("ok", "bold green"), ("not ok", "bold red")
_NULLS = ("null", "Null", "NULL")


def print_plan(plan: Plan, console: Console, *, quiet: bool = False) -> None:
    """Print a plan: the verdicts first, then why not, then the ways, and the answer last (quiet: why not and it)."""
    if not quiet:
        paragraph(console, f"{plan.spec}: {plan.target}")
        if plan.proposals:
            _print_overview(plan, console)
    for verdict in plan.proposals:
        _print_broken(verdict, console)
    if not quiet:
        for verdict in plan.proposals:
            if verdict.satisfies:
                _print_list(console, f"{verdict.name}: to know and to do", verdict.notes)
        for number, way in enumerate(plan.recommended, 1):
            _print_way(way, number, console)
        console.print()
    paragraph(console, *_answer(plan))


def _print_overview(plan: Plan, console: Console) -> None:
    rows: list[Row] = []
    for verdict in plan.proposals:
        codes = dict.fromkeys(each.code for each in verdict.broken)
        word = ("yes", "green") if verdict.satisfies else ("no", "red")
        steps = dict.fromkeys(each.step.partition(" ")[0] for each in verdict.broken if each.step)
        rows.append((verdict.name, word, ", ".join(steps) or "-", ", ".join(codes) or "-"))
    console.print()
    table(console, ("proposal", "satisfies", "steps", "breaks"), rows)


def _print_broken(verdict: ProposalVerdict, console: Console) -> None:
    for broken in verdict.broken:
        where = f" step {broken.step}" if broken.step else ""
        paragraph(console, f"{verdict.name}{where}: {broken.code}", style="bold red")
        paragraph(console, f"  {broken.reason}")
        paragraph(console, f"  see: {broken.doc_url}")


def _print_list(console: Console, title: str, items: tuple[str, ...], indent: str = "") -> None:
    if items:
        if not indent:
            console.print()
        paragraph(console, f"{indent}{title}", style="" if indent else "bold")
        for item in items:
            paragraph(console, f"{indent}  - {item}")


def _print_way(way: Strategy, number: int, console: Console) -> None:
    console.print()
    paragraph(console, f"way {number}: {way.title}", style="bold green")
    paragraph(console, f"  {way.why}")
    for step in way.steps:
        copied(console, f"      - {step_text(step.to_dict())}")
    _print_list(console, "needs", way.needs, "  ")
    _print_list(console, "does not", way.cannot, "  ")


def step_text(step: dict[str, Any]) -> str:
    """Return a step as it stands in a spec, on one line.

    >>> step_text({"enable-versioning": {"bucket": "legacy"}})
    'enable-versioning: {bucket: legacy}'
    """
    return ", ".join(f"{kind}: {_flow(fields)}" for kind, fields in step.items())


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if _PLAIN.match(text) and text not in _NULLS else json.dumps(text, ensure_ascii=False)


def _answer(plan: Plan) -> tuple[Part, Part]:
    ways = len(plan.recommended)
    found = f"{ways} way{'s' if ways != 1 else ''} found" if ways else "no way found"
    if not plan.proposals:
        return _OK if plan.ok else _NOT_OK, f": no proposals, {found}"
    several = len(plan.proposals) != 1
    good = [verdict.name for verdict in plan.proposals if verdict.satisfies]
    if not good:
        none = f"none of {len(plan.proposals)} proposals satisfies" if several else "the proposal does not satisfy"
        return _NOT_OK, f": {none}, {found}"
    made = f"{len(plan.proposals)} proposals" if several else "1 proposal"
    return _OK, f": {' and '.join(good)} of {made}, {found}"
