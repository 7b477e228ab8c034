"""A replay as one page of HTML that needs nothing from outside, no script among it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policygen.report.page import page
from policygen.report.replay import TITLES, between, by_principal, statement_beside
from policygen.report.timeline import Axis, axis_of

if TYPE_CHECKING:
    from policygen.errors import Problem
    from policygen.replay.result import Change, Replayed

_MOST_DRAWN = 25
_MOST_LISTED = 500
"""Changes of a part of the page: a browser still opens it at once, and nobody reads further."""
_MOST_PROBLEMS = 50
_MOST_PATHS = 8
_NARROWEST = 0.5
"""Per cent of a bar's width that is still seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was replayed against what, as it was given.

    Attributes:
        events: Files and folders of events.
        policies: Files and folders of the policies.
        against: Those that they are compared with; empty for what AWS did.
        attached: Policies that are attached first.
        to: Where they are attached.
    """

    events: Sequence[str]
    policies: Sequence[str]
    against: Sequence[str] = ()
    attached: Sequence[str] = ()
    to: str | None = None


def replay_html(found: Replayed, asked: Asked, problems: Iterable[Problem] = ()) -> str:
    """Return the page: what was asked, the shares, what changes and when, what is not known, whether AWS agrees.

    Args:
        found: What the replay found.
        asked: What was asked.
        problems: What could not be read of the policies; what of the events could not be is ``found.problems``.
    """
    axis = axis_of([found.first, found.last, *(time for each in _changed(found) for time in (each.first, each.last))])
    unread = [str(each) for each in (*problems, *found.problems)]
    agreement = found.agreement
    return page(
        "replay.html.j2",
        styles=["report.css", "replay.css"],
        found=found,
        word=_word(found),
        asked=asked,
        most_paths=_MOST_PATHS,
        unread=unread[:_MOST_PROBLEMS],
        unread_left=len(unread[_MOST_PROBLEMS:]),
        shares=_shares(_counts(found)),
        marks=axis.marks() if axis is not None else [],
        breaks=_part("breaks", found.breaks, axis),
        opens=_part("opens", found.opens, axis),
        unknown=[(each, _width(each.count, found.undecided)) for each in found.unknown],
        agreement=_shares([("agree", agreement.same), ("disagree", agreement.compared - agreement.same)]),
        disagrees=_part("disagrees", agreement.disagreements, None),
        share=share,
    )


def _changed(found: Replayed) -> Sequence[Change]:
    return (*found.breaks, *found.opens)


def _counts(found: Replayed) -> list[tuple[str, int]]:
    breaks, opens = sum(each.count for each in found.breaks), sum(each.count for each in found.opens)
    return [("unchanged", found.unchanged), ("break", breaks), ("open", opens), ("not known", found.undecided)]


def _word(found: Replayed) -> tuple[str, str]:
    """Return the verdict: how it looks, and its words."""
    breaks = sum(each.count for each in found.breaks)
    if breaks:
        return "bad", f"✗ {breaks:,} of {found.events:,} call{'' if found.events == 1 else 's'} would break"
    if not found.events:
        return "open", "? No call was replayed"
    if found.undecided == found.events:
        return "open", "? Of no call it is known whether it changes"
    return "ok", "✓ No call that can be judged breaks" if found.undecided else "✓ Nothing breaks"


def share(part: int, whole: int) -> str:
    """Return a share in per cent; what is little or nearly all is never written as nothing or all.

    >>> share(1, 3), share(0, 3), share(3, 3), share(1, 10**6), share(10**6 - 1, 10**6)
    ('33.3 %', '0 %', '100 %', '<0.1 %', '>99.9 %')
    """
    if part in (0, whole):
        return "100 %" if part else "0 %"
    exact = 100 * part / whole
    return "<0.1 %" if exact < 0.1 else ">99.9 %" if exact > 99.9 else f"{exact:.1f} %"


def _width(part: int, whole: int) -> float:
    return round(max(100 * part / whole, _NARROWEST), 2) if part else 0.0


def _shares(counts: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return the parts of a bar: each that is not empty is seen, however small its share is."""
    whole = sum(count for _, count in counts)
    widths = [_width(count, whole) for _, count in counts]
    found, start = [], 0.0
    for (name, count), width in zip(counts, widths, strict=True):
        drawn = 100 * width / sum(widths) if width else 0.0
        told = {"name": name, "class": name.replace(" ", "-"), "count": count, "share": share(count, whole)}
        found.append(told | {"start": round(start, 2), "width": round(drawn, 2)})
        start += drawn
    return found


def _part(name: str, changes: Sequence[Change], axis: Axis | None) -> dict[str, Any]:
    """Return a list of changes: those that are drawn, those that are listed by principal, and how many there are."""
    numbers = {id(each): number for number, each in enumerate(changes[:_MOST_LISTED], 1)}
    return {
        "name": name,
        "title": TITLES[name],
        "all": len(changes),
        "calls": sum(each.count for each in changes),
        "drawn": list(_drawn(changes[:_MOST_DRAWN], axis)) if axis is not None else [],
        "listed": len(numbers),
        "principals": [
            (principal, [(numbers[id(each)], each, statement_beside(each)) for each in theirs])
            for principal, theirs in by_principal(changes[:_MOST_LISTED])
        ],
    }


def _drawn(changes: Sequence[Change], axis: Axis) -> Iterator[dict[str, Any]]:
    """Yield the lines of a picture; the more calls, the thicker."""
    for number, each in enumerate(changes, 1):
        line = axis.line(each.first, each.last)
        if line is not None:
            thick = round(3 + 6 * (each.count / changes[0].count) ** 0.5, 1)
            yield {"number": number, "change": each, "when": between(each), "ends": line, "thick": thick}
