"""What templates are made of, before they are templates: parts, each with what must be there before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.export.inventory import Target

NO_VALUE = {"Ref": "AWS::NoValue"}
"""What takes a property or a list item away."""


def template_path(target: Target) -> str:
    """Return where the template for one account and Region is written, below the output folder."""
    return f"{target.account}/cloudformation/{target.region}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartId:
    """A part: its template, the logical id of its resource, and the property when it is not the whole resource."""

    target: Target
    name: str
    property: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What expressions refer to: parts of any template that must be there first, and keys whose ids are parameters."""

    needs: frozenset[PartId] = frozenset()
    keys: frozenset[str] = frozenset()

    def __or__(self, other: Uses) -> Uses:
        """Return what either refers to."""
        return Uses(needs=self.needs | other.needs, keys=self.keys | other.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A resource, or a property of one that is set later than the resource itself.

    Attributes:
        id: Which part it is.
        value: The resource as CloudFormation takes it; for a property its value.
        uses: What must be there first, and the parameters.
        earlier: Parts that an earlier stage must have made: those of the same template that may wait for this part.
        after: Names of resources of the same template that come first although ``value`` does not refer to them.
        condition: Name of the condition under which the resource is made, or None.
        output: Name and value of the template's output, or None.
    """

    id: PartId
    value: dict[str, Any]
    uses: Uses = Uses()
    earlier: frozenset[PartId] = frozenset()
    after: tuple[str, ...] = ()
    condition: str | None = None
    output: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployment: of a template, at one of its stages."""

    target: Target
    stage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The deployments from first to last, one for each stage of a template; ``stages`` are those of parts, from 1."""

    deployments: tuple[Deployment, ...]
    stages: Mapping[PartId, int] = field(hash=False)

    def last_stage(self, target: Target) -> int:
        """Return how many stages a template has."""
        return max(each.stage for each in self.deployments if each.target == target)
