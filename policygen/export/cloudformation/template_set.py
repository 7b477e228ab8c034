"""Everything that is known before the templates are written."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.export.cloudformation.model import Part, Schedule
from policygen.export.cloudformation.names import Names
from policygen.export.cloudformation.order import schedule
from policygen.export.cloudformation.parts import parts_of
from policygen.export.cloudformation.references import Directory
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
