"""What is not told of a call, where the policies come to something else than AWS without it."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.denials.model import Told
from policygen.evaluation import Decision
from policygen.evaluation.results.traces import ElementTrace, StatementTrace


def open_keys(decision: Decision, told: Told) -> dict[str, str]:
    """Return the condition keys that AWS knew of the call and nobody told, each with the reason why it is not told.

    They are those of the statements that name caller, action and resource: their conditions may come out otherwise.
    """
    explanation = decision.explain()
    found: dict[str, str] = {}
    for layer in explanation.layers:
        for statement in layer.statements:
            for element in _asked(statement):
                key = element.key or ""
                why = None if key.lower() in decision.request.context else told.why_open(key)
                if why is not None:
                    found.setdefault(key, why)
    return found


def _asked(statement: StatementTrace) -> Iterator[ElementTrace]:
    """Yield the conditions of a statement that the call meets but for them."""
    if all(each.matched for each in statement.elements if each.key is None):
        yield from (each for each in statement.elements if each.key is not None)
