"""Everything that is known before the templates are written."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.export.cloudformation.model import Home, Part, Schedule
from policygen.export.cloudformation.order import schedule
from policygen.export.cloudformation.parts import parts_of
from policygen.export.cloudformation.references import Directory
from policygen.generator.bundle import Bundle
from policygen.spec.model import Bucket, Key, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A spec, its documents, the parts of its templates and their order.

    Attributes:
        spec: The spec.
        bundle: Its documents.
        directory: Where each thing of the spec is made.
        parts: The parts of all templates.
        order: In which order they are made.
    """

    spec: Spec
    bundle: Bundle
    directory: Directory
    parts: tuple[Part, ...]
    order: Schedule

    @property
    def homes(self) -> tuple[Home, ...]:
        """The templates, in the order of their first deployment."""
        return tuple(dict.fromkeys(step.home for step in self.order.steps))

    def own_parts(self, home: Home) -> tuple[Part, ...]:
        """Return the parts of one template."""
        return tuple(part for part in self.parts if part.id.home == home)

    def own_buckets(self, home: Home) -> tuple[Bucket, ...]:
        """Return the buckets of one template."""
        return tuple(bucket for bucket in self.spec.buckets if self.directory.bucket_part(bucket).home == home)

    def own_keys(self, home: Home) -> tuple[Key, ...]:
        """Return the keys that one template makes, as primary, replica or single-Region keys."""
        return tuple(key for key in self.spec.keys if self.directory.makes(key, home))

    def taken_keys(self, home: Home) -> tuple[tuple[Key, int], ...]:
        """Return the keys whose ids a template takes as parameters, each with the first stage that needs it."""
        found: dict[str, int] = {}
        for part in self.own_parts(home):
            for name in part.uses.keys:
                stage = self.order.stages[part.id]
                found[name] = min(stage, found.get(name, stage))
        return tuple((key, found[key.name]) for key in self.spec.keys if key.name in found)


def plan_templates(spec: Spec, bundle: Bundle) -> Plan:
    """Return the plan of a spec's templates."""
    directory = Directory(spec)
    parts = parts_of(spec, bundle, directory)
    return Plan(spec=spec, bundle=bundle, directory=directory, parts=parts, order=schedule(parts))
