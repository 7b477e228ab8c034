"""The table of samples/migrate-single-region-key: the ways that ``plan`` recommends, beside each other."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from policygen.migration import Plan, Strategy, plan_spec
from policygen.report.plan import step_text
from policygen.spec.load import load_spec_text

SAMPLE = Path(__file__).parents[2] / "samples/migrate-single-region-key/spec.yaml"
_FACTS = re.compile(r"\((?P<ids>[A-Z]\d+(?:(?:, | to )[A-Z]\d+)*)\)")
_ID = re.compile(r"[A-Z]\d+")


def sample_plan() -> Plan:
    """Return the plan of the sample."""
    return plan_spec(load_spec_text(SAMPLE.read_text(encoding="utf-8"), "spec.yaml"))


def ways_table(plan: Plan) -> Iterator[str]:
    """Yield the lines of the table: each step, need and limit once, with the ways that have it."""
    ways = plan.recommended
    yield f"| | {' | '.join(way.title for way in ways)} |"
    yield f"| --- |{' --- |' * len(ways)}"
    yield f"| **steps** | {' | '.join(str(len(way.steps)) for way in ways)} |"
    yield from _rows(ways, lambda way: [f"`{step_text(step.to_dict())}`" for step in way.steps])
    yield f"| **needs** |{' |' * len(ways)}"
    yield from _rows(ways, lambda way: map(_linked, way.needs))
    yield f"| **does not** |{' |' * len(ways)}"
    yield from _rows(ways, lambda way: map(_linked, way.cannot))
    yield ""


def _rows(ways: Iterable[Strategy], of: Callable[[Strategy], Iterable[str]]) -> Iterator[str]:
    held = [tuple(of(way)) for way in ways]
    for each in dict.fromkeys(text for texts in held for text in texts):
        yield f"| {each} | {' | '.join('yes' if each in texts else '-' for texts in held)} |"


def _linked(text: str) -> str:
    """Return a sentence with links to the facts in its brackets."""

    def link(each: re.Match[str]) -> str:
        return f"[{each[0]}](../../docs/facts.md#{each[0].lower()})"

    return _FACTS.sub(lambda brackets: _ID.sub(link, brackets[0]), text)
