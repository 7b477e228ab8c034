"""Conditions as tests of the request context, specialised by operator.

Every specialised form answers as :meth:`CompiledCondition.holds` does; what has no special form is asked there, and the
answer is remembered for the values that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from policygen.matching.conditions.evaluate import CompiledCondition
from policygen.matching.conditions.operators import Comparison, ValueType
from policygen.matching.variables import static_tokens
from policygen.matching.wildcards import ANY
from policygen.request.model import ContextValue

Context = Mapping[str, ContextValue]
Values = tuple[str, ...]

MOST_REMEMBERED = 512
"""Combinations of values that one condition remembers its answer for; when they are full, all are forgotten."""


class Memo(dict[Any, Any]):
    """Answers by what they rest on, worked out when they are first asked for; never more than ``MOST_REMEMBERED``."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        """Remember what ``work_out`` returns."""
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: Any) -> Any:
        """Work the answer out, and remember it."""
        answer = self._work_out(key)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[key] = answer
        return answer


class ValueTest(NamedTuple):
    """A condition that rests on the values of one key.

    Attributes:
        key: The key, in lower case.
        missing: Whether it holds when the context has no such key.
        answers: Whether it holds, by the key's values.
        exact: For a comparison of texts: the values (alone in a tuple) that match; None for other conditions.
        starts: For a comparison of texts: the beginnings that match.
        negated: For a comparison of texts: whether the outcome is turned round.
    """

    key: str
    missing: bool
    answers: Memo
    exact: frozenset[Values] | None = None
    starts: tuple[str, ...] = ()
    negated: bool = False

    def holds(self, context: Context) -> bool:
        """Tell whether the condition holds."""
        found = context.get(self.key)
        if found is None:
            return self.missing
        values = found[1]
        if self.exact is None or len(values) != 1:
            return bool(self.answers[values])
        return (values in self.exact or values[0].startswith(self.starts)) is not self.negated


class ContextTest(NamedTuple):
    """A condition with policy variables: it rests on several keys.

    Attributes:
        keys: The keys, in lower case.
        answers: Whether it holds, by what the context has under these keys.
    """

    keys: tuple[str, ...]
    answers: Memo

    def holds(self, context: Context) -> bool:
        """Tell whether the condition holds."""
        return bool(self.answers[tuple(map(context.get, self.keys))])


Test = ValueTest | ContextTest


def compile_test(condition: CompiledCondition) -> Test:
    """Return the condition as a test."""
    if any(each.has_variables for each in condition.templates):
        keys = tuple(sorted(condition.context_keys()))
        return ContextTest(keys=keys, answers=Memo(lambda found: condition.holds(context_of(keys, found))))
    key = condition.key
    test = ValueTest(
        key=key,
        missing=condition.holds({}),
        answers=Memo(lambda values: condition.holds({key: ContextValue(key, values)})),
    )
    base = condition.operator.base
    compares_text = base.value_type is ValueType.STRING and base.comparison is not Comparison.EQUAL_IGNORING_CASE
    if not compares_text or condition.operator.set_operator is not None or not condition.templates:
        return test
    return _of_texts(condition, test)


def context_of(keys: tuple[str, ...], found: tuple[ContextValue | None, ...]) -> dict[str, ContextValue]:
    """Return a context that has what was found under ``keys``."""
    return {key: value for key, value in zip(keys, found, strict=True) if value is not None}


def _of_texts(condition: CompiledCondition, test: ValueTest) -> ValueTest:
    """Look literal texts up and compare beginnings; with any other pattern among them the test stays as it is."""
    exact: set[Values] = set()
    starts: list[str] = []
    for template in condition.templates:
        tokens = static_tokens(template)
        if tokens == (ANY,):
            starts.append("")
        elif not tokens or (len(tokens) == 1 and isinstance(tokens[0], str)):
            exact.add((str(tokens[0]) if tokens else "",))
        elif len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is ANY:
            starts.append(tokens[0])
        else:
            return test
    return test._replace(exact=frozenset(exact), starts=tuple(starts), negated=condition.operator.base.negated)
