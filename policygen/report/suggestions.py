"""What was suggested, as lines for people: how each policy came about, what was left out, what is unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from policygen.suggesting import Generalised, Level, NotAllowed, Suggested, Suggestions, Unused

_FEW = 5
"""How many things of a kind are named; the rest is counted, and stands in the JSON."""

_LEVELS = {
    Level.ACTION: "the actions, on every resource",
    Level.RESOURCE: "the actions, on the resources on which they were used",
    Level.CONDITION: "the actions, on the resources and under the conditions under which they were used",
}


def suggestion_lines(found: Suggestions) -> Iterator[str]:
    """Yield the report: what the policies say, for each user and role how its policy came about, what is left out."""
    yield f"level {found.level.value}: {_LEVELS[found.level]}"
    for each in found.suggested:
        if each.minimized is not None or each.problems:
            yield from _of_principal(each)
    without = [each for each in found.suggested if each.minimized is None and not each.problems]
    if without:
        yield f"without a policy, for nothing that needs one was used: {_some([each.principal for each in without])}"
        yield from (line for each in without for line in _of_unused(each))
    yield f"{_number(found.events, 'event')} read"
    for one in found.left_out:
        what = "" if one.name in ("denied", "failed", "caller") else f"{one.name} not told: "
        yield f"left out, {_number(one.count, 'call')}: {what}{one.cause}"
        yield f"  {_some([f'{name} ({count:,})' for name, count in one.operations.items()])}"
    if found.idle:
        yield f"without any event, {_number(len(found.idle), 'user or role', 'users and roles')}: {_some(found.idle)}"


def _of_principal(found: Suggested) -> Iterator[str]:
    yield f"{found.principal}: {_number(found.calls, 'call')}, {_number(found.requests, 'different request')}"
    yield from (f"  {_generalised(each)}" for each in found.generalised)
    if found.free:
        yield f"  needs no permission: {_some(found.free)}"
    yield from _of_policies(found)
    yield from _replayed(found)
    yield from _of_unused(found)


def _generalised(found: Generalised) -> str:
    what = "resources" if found.key is None else f"values of {found.key}"
    return f"{found.pattern} stands for {found.count:,} {what} ({_some(found.actions)})"


def _of_policies(found: Suggested) -> Iterator[str]:
    made = found.minimized
    if made is None:
        return
    quota = f" of {made.quota.limit:,} ({made.quota.name})" if made.quota else ""
    for name, size in made.after.items():
        statements = _number(len(made.policies[name].statements), "statement")
        yield f"  {name}: {statements}, {size:,} {made.unit}{quota}"
    yield f"  proved over all requests: it allows {_number(len(found.actions), 'action')} as above, and nothing else"


def _replayed(found: Suggested) -> Iterator[str]:
    if found.minimized is None:
        return
    refused = _number(len(found.not_allowed), "request")
    yield f"  replayed: {f'{refused} not allowed' if found.not_allowed else 'every request is allowed'} by it alone"
    yield from _named(found.not_allowed)
    if found.in_environment is None:
        return
    counts = Counter(each.verdict for each in found.in_environment)
    told = [f"{counts['denied']:,} denied"] if counts["denied"] else []
    told += [f"{counts['depends']:,} not known"] if counts["depends"] else []
    yield f"  replayed in the environment: {', '.join(told) or 'every request is allowed'}"
    yield from _named(each for each in found.in_environment if each.verdict == "denied")
    causes = Counter(each.why for each in found.in_environment if each.verdict == "depends")
    yield from (f"    depends on {why}: {_number(count, 'request')}" for why, count in causes.most_common(_FEW))


def _named(found: Collection[NotAllowed] | Iterator[NotAllowed]) -> Iterator[str]:
    listed = list(found)
    yield from (f"    {each.request.action} on {each.request.resource}: {each.why}" for each in listed[:_FEW])
    if len(listed) > _FEW:
        yield f"    and {len(listed) - _FEW:,} more"


def _of_unused(found: Suggested) -> Iterator[str]:
    yield from (f"  granted and never used: {_unused(each)}" for each in found.unused or ())


def _unused(found: Unused) -> str:
    where = f"statement {found.statement} of {found.policy}"
    if found.pattern is None:
        return where
    if found.pattern == "*":
        return f"most of `*` in {where}"
    if found.granted == 1:
        return f"{found.pattern} in {where}"
    if len(found.actions) == found.granted:
        return f"all {found.granted:,} actions of {found.pattern} in {where}"
    return (
        f"{len(found.actions):,} of the {found.granted:,} actions of {found.pattern} in {where}: {_some(found.actions)}"
    )


def _some(names: Collection[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _FEW:,} more" if len(listed) > _FEW else ""
    return ", ".join(listed[:_FEW]) + more


def _number(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
