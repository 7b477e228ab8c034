"""What a plan comes to: a verdict for each proposal, and ways that reach the target."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from policygen.spec.migration_model import MigrationStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that a proposal breaks.

    Attributes:
        code: Its code in :data:`policygen.migration.rules.RULES`.
        step: Position, from 1, and kind of the step that breaks it; None when it is what no step does.
        reason: Why, in terms of the spec.
        doc_url: AWS's page.
    """

    code: str
    step: str | None
    reason: str
    doc_url: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalVerdict:
    """What a list of steps comes to.

    Attributes:
        name: The proposal's name.
        broken: The rules it breaks, in the order of its steps; the requirements it misses last.
        notes: What else to know and to do.
    """

    name: str
    broken: tuple[Broken, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def satisfies(self) -> bool:
        """Whether it reaches the target and AWS takes every step."""
        return not self.broken

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "satisfies": self.satisfies,
            "broken": [each.to_dict() for each in self.broken],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """Steps that reach the target, as the model has shown.

    Attributes:
        title: What kind of way it is, in a few words.
        steps: The steps; none of them can be left out.
        why: What speaks for it.
        needs: Permissions and what must be there before.
        cannot: What it does not do.
    """

    title: str
    steps: tuple[MigrationStep, ...]
    why: str
    needs: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values; the steps can be pasted into a spec as a proposal."""
        return {
            "steps": [step.to_dict() for step in self.steps],
            "why": self.why,
            "needs": list(self.needs),
            "cannot": list(self.cannot),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The answer of ``policygen plan``.

    Attributes:
        spec: The spec's file.
        target: What is required, in one sentence.
        proposals: A verdict for each proposal, in the spec's order.
        recommended: Ways to the target, each shown to satisfy it; empty when there is none.
    """

    spec: str
    target: str
    proposals: tuple[ProposalVerdict, ...] = ()
    recommended: tuple[Strategy, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether some proposal satisfies; without proposals, whether there is a way."""
        if self.proposals:
            return any(verdict.satisfies for verdict in self.proposals)
        return bool(self.recommended)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON-ready values."""
        return {
            "proposals": {verdict.name: verdict.to_dict() for verdict in self.proposals},
            "recommended": [way.to_dict() for way in self.recommended],
        }
