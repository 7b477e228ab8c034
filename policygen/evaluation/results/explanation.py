"""Why a decision came out as it did: as values, as JSON, and as text that is read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from policygen.document.model import Effect
from policygen.evaluation.results.proposals import Proposal
from policygen.evaluation.results.traces import (
    MOST_VALUES,
    NOT_APPLICABLE,
    LayerTrace,
    StatementTrace,
    caveats,
    describe,
)
from policygen.evaluation.results.verdict import EvalDecision
from policygen.request.context import ContextValue
from policygen.request.model import Request

MOST_CAVEATS = 6
"""How many remarks on statements an explanation has of one policy type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherAction:
    """An action that a call needs beside its own.

    Attributes:
        action: The action.
        resource: What it is asked for on: an ARN, or words where the request does not name it.
        decision: The decision; None where the policies that decide are not known.
    """

    action: str
    resource: str
    decision: EvalDecision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a request was decided as it was.

    Attributes:
        decision: The decision.
        because: The reason in one sentence.
        request: The request that was judged.
        layers: Every policy type.
        filled_in: Context keys that were derived from the request.
        missing_context: Context keys that AWS always sends, that are missing, and that would change the decision.
        nearest: For an implicit deny, the statement that came nearest to allowing, or None.
        suggestions: What would change the answer, as sentences: the proposals first.
        proposals: Changes of the request that were tried, with what they give.
        further_actions: Actions that the call needs beside its own, with the decision on each.
        message: AWS's own sentence about the denied call, as its error carries it; None where none is known.
    """

    decision: EvalDecision
    because: str
    request: Request
    layers: tuple[LayerTrace, ...]
    filled_in: tuple[ContextValue, ...]
    missing_context: tuple[str, ...]
    nearest: StatementTrace | None
    suggestions: tuple[str, ...]
    proposals: tuple[Proposal, ...] = ()
    further_actions: tuple[FurtherAction, ...] = ()
    message: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as JSON-ready values: one entry a policy type (a list of levels for SCPs and RCPs)."""
        found: dict[str, object] = {"because": self.because}
        found |= {"message": self.message} if self.message else {}
        levels: dict[str, list[dict[str, object]]] = {}
        for layer in self.layers:
            name = layer.policy_type.value
            if layer.level is None:
                found[name] = layer.to_dict()
            else:
                found[name] = levels.setdefault(name, [])
                levels[name].append({"level": layer.level, **layer.to_dict()})
        found["filled_in"] = {value.name: _plain(value.values) for value in self.filled_in}
        found["nearest"] = self.nearest.to_dict() if self.nearest else None
        found["suggestions"] = list(self.suggestions)
        found["proposals"] = [each.to_dict() for each in self.proposals]
        if self.further_actions:
            found["further_actions"] = {
                each.action: each.decision.value if each.decision else None for each in self.further_actions
            }
        return found

    def __str__(self) -> str:
        """Return the explanation as people read it."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        word = "ALLOWED" if self.decision is EvalDecision.ALLOWED else f"DENIED ({self.decision.value})"
        yield f"{word}: {self.because}"
        yield f"  {self.request.principal.arn}"
        yield f"  {self.request.action} on {self.request.resource}"
        for layer in self.layers:
            if layer.outcome != NOT_APPLICABLE:
                level = "" if layer.level is None else f" level {layer.level}"
                yield f"  {layer.policy_type.value + level:<24} {layer.outcome:<13} {_summary(layer)}".rstrip()
                yield from (f"    {each}" for each in _caveats(layer))
        for each in self.further_actions:
            on = f" on {each.resource}" if each.resource != self.request.resource else ""
            unknown = (
                "its policies are not here" if each.resource.startswith("arn:") else "the request does not name it"
            )
            judged = each.decision.value if each.decision else f"not judged, for {unknown}"
            yield f"  needs {each.action}{on} too: {judged}"
        if self.nearest:
            yield f"  nearest: `{self.nearest.label}` of {self.nearest.policy}"
            yield from (f"    {describe(element)}" for element in self.nearest.failed)
        yield from (f"  to change it: {suggestion}" for suggestion in self.suggestions)
        if self.missing_context:
            yield f"  not stated, and would change it: {', '.join(self.missing_context)}"
        if self.message:
            yield f"  in AWS's words: {self.message}"


def _plain(values: tuple[str, ...]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _summary(layer: LayerTrace) -> str:
    labels = [each.label for each in _deciding(layer)]
    return ", ".join(labels[:MOST_VALUES]) + (" …" if len(labels) > MOST_VALUES else "")


def _deciding(layer: LayerTrace) -> list[StatementTrace]:
    """Return the statements that make a layer's outcome."""
    wanted = Effect.DENY if layer.outcome == EvalDecision.EXPLICIT_DENY.value else Effect.ALLOW
    return [each for each in layer.statements if each.applies and each.effect is wanted]


def _caveats(layer: LayerTrace) -> Iterator[str]:
    """Yield what one should know of the statements that decide, and of those that nearly would."""
    deciding = _deciding(layer)
    others = [each for each in layer.statements if not each.applies]
    found = (f"`{each.label}`: {caveat}" for each in (*deciding[:MOST_VALUES], *others) for caveat in caveats(each))
    return islice(found, MOST_CAVEATS)
