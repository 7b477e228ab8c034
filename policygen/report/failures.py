"""Why an expectation was not met, for whoever reads the first line only and for whoever reads on.

The first line says what was expected, what came, and by which statement: test runners show it in their summaries. Then
come the statements that should have decided, each with what keeps it from applying, and the explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from policygen.document.model import Effect
from policygen.evaluation import Decision, EvalDecision
from policygen.evaluation.results.traces import MOST_VALUES, NOT_APPLICABLE, StatementTrace, describe

_MOST_NAMES = 5


def not_met(
    expected: str, decision: Decision, *, denial: bool = False, by: Sequence[str] = (), combinations: str = ""
) -> Iterator[str]:
    """Yield the lines that say why a decision is not what was expected.

    Args:
        expected: What was expected, in one line.
        decision: What came.
        denial: Whether a denial was expected: the Deny that came nearest to it is shown where nothing denies.
        by: Sids, or ``#index``, of statements that were expected to decide.
        combinations: How many of several requests failed, in words; empty for one.
    """
    yield f"expected {expected}, got {decided(decision)}{combinations}"
    yield from _expected_statements(decision, denial=denial, by=by)
    yield str(decision.explain())


def decided(decision: Decision) -> str:
    """Return a decision in one line: by which statements, or which one came nearest, and what the request lacks."""
    names = [f"`{each.label}` of {each.policy}" for each in decision.matched_statements]
    more = f" and {len(names) - MOST_VALUES} more" if len(names) > MOST_VALUES else ""
    nearest = decision.explain().nearest
    said = f" by {', '.join(names[:MOST_VALUES])}{more}" if names else ""
    said += f", nearest `{nearest.label}` of {nearest.policy}" if nearest is not None else ""
    missing = ", ".join(decision.missing_context)
    return decision.decision.value + said + (f", missing {missing}" if missing else "")


def _expected_statements(decision: Decision, *, denial: bool, by: Sequence[str]) -> Iterator[str]:
    """Yield the statements that should have decided, each with every element that keeps it from applying."""
    layers = decision.explain().layers
    traces = [each for layer in layers if layer.outcome != NOT_APPLICABLE for each in layer.statements]
    for name in by:
        named = [each for each in traces if name in (each.label, f"#{each.index}")]
        if not named:
            yield _unknown(name, traces)
        for each in named:
            yield from _kept_from_applying(each)
    if denial and not by and decision.decision is not EvalDecision.EXPLICIT_DENY:
        denies = [each for each in traces if each.effect is Effect.DENY and not each.applies]
        for each in sorted(denies, key=lambda each: each.distance)[:1]:
            yield from _kept_from_applying(each)


def _kept_from_applying(statement: StatementTrace) -> Iterator[str]:
    if not statement.applies:
        yield f"  `{statement.label}` of {statement.policy} does not apply"
        yield from (f"    {describe(element)}" for element in statement.failed)


def _unknown(name: str, traces: Sequence[StatementTrace]) -> str:
    """Return the sentence about a name that no statement has."""
    known = list(dict.fromkeys(each.label for each in traces))
    near = get_close_matches(name, known, n=1)
    if near:
        return f"  no statement here is called `{name}`; did you mean `{near[0]}`?"
    listed = ", ".join(f"`{each}`" for each in known[:_MOST_NAMES]) + (" …" if len(known) > _MOST_NAMES else "")
    return f"  no statement here is called `{name}`; there {'are ' + listed if known else 'is none'}"
