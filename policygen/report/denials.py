"""Denied calls as text: the answer in one line, both sides check by check, and what would allow the call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from policygen.denials import Call, Denied, ShownCheck
from policygen.evaluation.results.checks import CheckEffect, CheckType
from policygen.report.printed import Part, Row, paragraph, table

if TYPE_CHECKING:
    from rich.console import Console

_NAMES = {
    CheckType.RESOURCE_CONTROL: "RCPs",
    CheckType.SERVICE_CONTROL: "SCPs",
    CheckType.VPC_ENDPOINT: "VPC endpoint",
    CheckType.RESOURCE: "resource",
    CheckType.PRINCIPAL: "principal",
    CheckType.BOUNDARY: "permissions boundary",
    CheckType.SESSION: "session",
}
_STYLES = {CheckEffect.ALLOW: "green", CheckEffect.IMPLICIT_DENY: "red", CheckEffect.EXPLICIT_DENY: "red"}
_REPORT = (
    "\npolicygen and AWS differ here, and one of them is wrong: please report it. Attach what `--format json` prints,\n"
    "AWS's authorization details and the policies, without what is secret in them. Nothing is sent by itself.\n"
)


def print_denied(found: Denied, console: Console, *, quiet: bool = False) -> None:
    """Print every call: its answer, the table of checks, what would allow it (quiet: the answers alone)."""
    for number, call in enumerate(found.calls):
        if number and not quiet:
            console.print()
        paragraph(console, _answer(call))
        if not quiet:
            _print_checks(call, console)
            for line in _below(call, alone=len(found.calls) == 1):
                paragraph(console, line)
    if not quiet and any(each.differences for each in found.calls):
        paragraph(console, _REPORT)
    if not quiet:
        paragraph(console, figures(found))


def figures(found: Denied) -> str:
    """Return in one line how many calls there are, and of how many the policies say what AWS said."""
    counts = Counter("agree" if call.agrees else "differ" if call.differences else "" for call in found.calls)
    calls = f"{len(found.calls)} call{'' if len(found.calls) == 1 else 's'}"
    if len(counts) > 1:
        said = [f"{count} {what or 'not known'}" for what, count in sorted(counts.items(), reverse=True)]
        return f"{calls}, AWS and the policies: {', '.join(said)}"
    said_of_all = "AWS and the policies {}" if any(counts) else "whether AWS and the policies agree is not known"
    return f"{calls}: {said_of_all.format(*counts)}"


def _answer(call: Call) -> str:
    """Return who was denied what on what, and by what."""
    denied = call.aws.effect is None or call.aws.effect.denies
    on = "" if call.resource == "*" else f" on {call.resource}"
    first = next((each for each in call.obstacles if each.effect is call.aws.effect), None)
    first = first or next(iter(call.obstacles), None)
    why = f": {first.words}" if first is not None and denied else ""
    return f"{call.principal} is {'denied' if denied else 'allowed'} {call.action}{on}{why}"


def _below(call: Call, *, alone: bool) -> Iterator[str]:
    """Yield what stands below the table: what is not known, where both differ, what else is in the way, the change.

    Of a call that is alone the last line says that both agree.
    """
    unknown: dict[str, list[str]] = {}
    for each in call.ours.checks:
        if each.why_unknown is not None:
            unknown.setdefault(each.why_unknown, []).append(_name(each))
    yield from (f"not known: {', '.join(names)}: {why}" for why, names in unknown.items())
    for name, why in call.depends_on.items():
        yield f"not known: it depends on {name}: {why}"
    yield from (f"DIFFERS: {each}" for each in call.differences)
    if call.agrees and not alone:
        yield "AWS and the policies agree"
    yield from (f"also in the way: {each.words}" for each in call.obstacles[1:])
    if call.change is not None:
        gives = "allowed" if call.change.gives is CheckEffect.ALLOW else "no longer denied explicitly"
        yield f"what would change it (tried): {call.change.words}: the call is then {gives}"
    yield from (f"what may help: {each}" for each in call.hints if call.change is None)


def _print_checks(call: Call, console: Console) -> None:
    rows: list[Row] = []
    for aws, ours in _rows(call):
        either = ours or aws
        if either is not None:
            rows.append((_name(either), _effect(aws), _effect(ours), _statements(aws, ours)))
    if call.aws.effect is not None or call.ours.effect is not None:
        rows += [None, ("in all", _word(call.aws.effect, "denied"), _word(call.ours.effect, "not known"), "")]
    console.print()
    table(console, ("check", "AWS", "the policies", "statements"), rows)


def _rows(call: Call) -> Iterator[tuple[ShownCheck | None, ShownCheck | None]]:
    """Yield the checks of both sides beside each other, in AWS's order."""
    for kind in CheckType:
        sides = ([each for each in side.checks if each.type is kind] for side in (call.aws, call.ours))
        yield from zip_longest(*sides)


def _name(check: ShownCheck) -> str:
    """Return what a check is called, with the end of the ARN that it is about."""
    of = f" of {check.target.rpartition('/')[2]}" if check.target else ""
    return _NAMES[check.type] + of


def _effect(check: ShownCheck | None) -> Part:
    return "-" if check is None else _word(check.effect, "not known")


def _word(effect: CheckEffect | None, otherwise: str) -> Part:
    if effect is None:
        return otherwise, "yellow"
    return effect.value, _STYLES.get(effect, "")


def _statements(aws: ShownCheck | None, ours: ShownCheck | None) -> str:
    """Return the statements that apply: those that were found here, else those that AWS names."""
    found = (ours.matched if ours is not None else ()) or (aws.matched if aws is not None else ())
    return "\n".join(f"{', '.join(each.statements)} of {_short(each.policy)}".removeprefix(" of ") for each in found)


def _short(policy: str) -> str:
    """Return a policy's name, without the rest of an ARN."""
    return policy.rpartition("/")[2] if policy.startswith("arn:") else policy
