"""In which order templates are deployed, and at how many stages each.

A template is deployed as a whole where that is possible. Where two templates need each other, one of them is deployed
in stages: first what the other one needs of it, then, after the other one, the rest. Such pairs are common: a
destination's bucket policy names the replication role, the source's replication configuration names the destination.
"""

from __future__ import annotations

from collections.abc import Iterable

from policygen.errors import GenerationError, Place, Problem
from policygen.export.cloudformation.model import Deployment, Part, PartId, Schedule, template_path
from policygen.export.inventory import Target


def schedule(parts: Iterable[Part]) -> Schedule:
    """Return the deployments that make all ``parts``, as few as a look one deployment ahead finds.

    Raises:
        GenerationError: PG-G007 for each part that can never be made, which only templates of one's own can ask for.
    """
    listed = tuple(parts)
    made: frozenset[PartId] = frozenset()
    deployments: list[Deployment] = []
    stages: dict[PartId, int] = {}
    while len(made) < len(listed):
        target = _next(listed, made)
        stage = 1 + sum(each.target == target for each in deployments)
        deployments.append(Deployment(target=target, stage=stage))
        fresh = _possible(listed, target, made)
        stages |= dict.fromkeys(fresh, stage)
        made |= fresh
    return Schedule(deployments=tuple(deployments), stages=stages)


def _possible(parts: tuple[Part, ...], target: Target, made: frozenset[PartId]) -> frozenset[PartId]:
    """Return the parts of one template that a deployment can make now."""
    found: frozenset[PartId] = frozenset()
    missing = [part for part in parts if part.id.target == target and part.id not in made]
    while True:
        there = made | found
        more = {part.id for part in missing if part.uses.needs <= there and part.earlier <= made} - found
        if not more:
            return found
        found |= more


def _finishes(parts: tuple[Part, ...], target: Target, made: frozenset[PartId]) -> bool:
    missing = {part.id for part in parts if part.id.target == target} - made
    return bool(missing) and missing == _possible(parts, target, made)


def _able(parts: tuple[Part, ...], made: frozenset[PartId]) -> list[Target]:
    """Return the templates that can be deployed further now: first those that are finished by it."""
    targets = dict.fromkeys(part.id.target for part in parts if part.id not in made)
    able = [target for target in targets if _possible(parts, target, made)]
    return sorted(able, key=lambda target: not _finishes(parts, target, made))


def _next(parts: tuple[Part, ...], made: frozenset[PartId]) -> Target:
    """Return a template that can be finished now; else the one after which the fewest deployments remain."""
    able = _able(parts, made)
    if not able:
        raise GenerationError(*(_never_made(part, made) for part in parts if part.id not in made))
    if _finishes(parts, able[0], made):
        return able[0]
    return min(able, key=lambda target: _remaining(parts, made | _possible(parts, target, made)))


def _never_made(part: Part, made: frozenset[PartId]) -> Problem:
    """Return the problem of a part that waits for itself: policygen's own documents have none."""
    waits = ", ".join(f"`{each.name}`" for each in sorted(part.uses.needs - made, key=lambda each: each.name))
    return Problem(
        code="PG-G007",
        message=f"CloudFormation cannot make `{part.id.name}`: it waits for {waits}, which waits for it",
        place=Place(source=template_path(part.id.target)),
        hint="a template of yours names in a policy what is made after it; in a key policy write `*` for the key",
    )


def _remaining(parts: tuple[Part, ...], made: frozenset[PartId]) -> int:
    """Return how many deployments remain when no more looks ahead are taken."""
    count = 0
    while able := _able(parts, made):
        made |= _possible(parts, able[0], made)
        count += 1
    return count
