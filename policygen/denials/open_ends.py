"""What is not told of a call, where the policies come to something else than AWS without it."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.denials.model import Told
from policygen.evaluation import Decision
from policygen.evaluation.results.traces import ElementReason, StatementTrace
from policygen.matching.variables import compile_template


def open_keys(decision: Decision, told: Told) -> dict[str, str]:
    """Return the condition keys that AWS knew of the call and nobody told, each with the reason why it is not told.

    They are those of the statements that name caller, action and resource: their conditions, and the variables in their
    resources, may come out otherwise.
    """
    found: dict[str, str] = {}
    for layer in decision.explain().layers:
        for key in (key for statement in layer.statements for key in _asked(statement)):
            why = None if key.lower() in decision.request.context else told.why_open(key)
            if why is not None:
                found.setdefault(key, why)
    return found


def _asked(statement: StatementTrace) -> Iterator[str]:
    """Yield the keys that a statement asks for, where nothing else keeps it from applying."""
    others = [each for each in statement.elements if each.key is None and not each.matched]
    if any(each.reason != ElementReason.VARIABLE_UNRESOLVED.value for each in others):
        return
    yield from (each.key for each in statement.elements if each.key is not None)
    for text in (text for each in others for text in each.wanted):
        yield from sorted(compile_template(text, variables=True).variable_keys())
