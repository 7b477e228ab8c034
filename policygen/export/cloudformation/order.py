"""What is known before templates are written: in which order they are deployed, and at how many stages each.

A template is deployed as a whole where that is possible. Where two templates need each other, one of them is deployed
in stages: first what the other one needs of it, then, after the other one, the rest. Such pairs are common: a
destination's bucket policy names the replication role, the source's replication configuration names the destination.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policygen.errors import GenerationError, Place, Problem
from policygen.export.cloudformation.model import Deployment, Part, PartId, Schedule, template_path
from policygen.export.cloudformation.parts import parts_of
from policygen.export.cloudformation.references import Directory, Names
from policygen.export.inventory import Target
from policygen.generator.bundle import Bundle
from policygen.spec.model import Bucket, Key, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """A spec, its documents, where each thing of it is made, the parts of all templates and their order."""

    spec: Spec
    bundle: Bundle
    directory: Directory
    parts: tuple[Part, ...]
    order: Schedule

    @property
    def names(self) -> Names:
        """The logical ids."""
        return self.directory.names

    @property
    def targets(self) -> tuple[Target, ...]:
        """The templates, in the order of their first deployment."""
        return tuple(dict.fromkeys(each.target for each in self.order.deployments))

    def stage_of(self, deployment: Deployment) -> str:
        """Return the stage of a deployment; empty for a template without stages."""
        return str(deployment.stage) if self.order.last_stage(deployment.target) > 1 else ""

    def own_parts(self, target: Target) -> tuple[Part, ...]:
        """Return the parts of one template."""
        return tuple(part for part in self.parts if part.id.target == target)

    def own_buckets(self, target: Target) -> tuple[Bucket, ...]:
        """Return the buckets of one template."""
        return tuple(bucket for bucket in self.spec.buckets if self.directory.bucket_part(bucket).target == target)

    def own_keys(self, target: Target) -> tuple[Key, ...]:
        """Return the keys that one template makes, as primary, replica or single-Region keys."""
        return tuple(key for key in self.spec.keys if self.directory.makes(key, target))

    def taken_keys(self, target: Target) -> tuple[tuple[Key, int], ...]:
        """Return the keys whose ids a template takes as parameters, each with the first stage that needs it."""
        found: dict[str, int] = {}
        for part in self.own_parts(target):
            for name in part.uses.keys:
                stage = self.order.stages[part.id]
                found[name] = min(stage, found.get(name, stage))
        return tuple((key, found[key.name]) for key in self.spec.keys if key.name in found)


def template_set(spec: Spec, bundle: Bundle) -> TemplateSet:
    """Return the templates of a spec as far as they are known before they are written."""
    directory = Directory(spec)
    parts = tuple(parts_of(spec, bundle, directory))
    return TemplateSet(spec=spec, bundle=bundle, directory=directory, parts=parts, order=schedule(parts))


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
