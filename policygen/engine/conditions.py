"""Conditions as tests of what a request has under a key, specialised by comparison.

Every specialised form answers as :meth:`CompiledCondition.holds` does; what has no special form is asked there, and the
answer is remembered for the values that it rests on. Values come as a request keeps them: one text, or a tuple of any
other number of texts (none when the key is absent).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from policygen.engine import limits
from policygen.matching.conditions.evaluate import CompiledCondition
from policygen.matching.variables import static_tokens
from policygen.matching.wildcards import ANY
from policygen.request.condition_keys import DerivedFrom, find_condition_key
from policygen.request.context import SPELLINGS, ContextValue, Raw, remember, values_of
from policygen.request.model import Request

Check = Callable[[Request], bool]
"""Tells whether a condition holds."""

ABSENT: Raw = ()
"""What a key has that the request lacks: a key without values is judged alike (E192, E195)."""


class Key(NamedTuple):
    """A context key as plans read it.

    Attributes:
        name: The spelling under which requests keep it.
        is_derived: Whether it may follow from the rest of a request that does not state it.
        is_of_caller: Whether it then follows from the caller alone, whatever the call.
    """

    name: str
    is_derived: bool
    is_of_caller: bool

    @classmethod
    def of(cls, lowered: str) -> Key:
        """Return the key of a name in lower case."""
        row = find_condition_key(lowered)
        origin = row.derived_from if row is not None else None
        of_caller = row is not None and origin is DerivedFrom.CALLER and row.any_service
        return cls(SPELLINGS.of(lowered), origin is not None, of_caller)

    @property
    def follows_from_the_context(self) -> bool:
        """Whether it follows from the names of other keys, if not stated."""
        row = find_condition_key(self.name)
        return row is not None and row.derived_from is DerivedFrom.ENCRYPTION_CONTEXT

    def read(self, request: Request) -> Raw:
        """Return what a request has under the key."""
        found = request._values.get(self.name)
        if found is None and self.is_derived:
            found = request.derived(self.name)
        return ABSENT if found is None else found


class Memo(dict[Any, Any]):
    """Answers by what they rest on, worked out when they are first asked for, up to ``limits.MOST_REMEMBERED``."""

    __slots__ = ("_work_out",)

    __hash__ = object.__hash__  # type: ignore[assignment]  # each memo is itself: tests that have one can be keys

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        """Remember what ``work_out`` returns."""
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: Any) -> Any:
        """Work the answer out, and remember it."""
        return remember(self, key, self._work_out(key), limits.MOST_REMEMBERED)


class ValueTest(NamedTuple):
    """A condition that rests on the values of one key.

    Attributes:
        key: The key.
        answers: Whether it holds, by the key's values.
        exact: For a comparison of texts: the values that match; None for other conditions.
        starts: For a comparison of texts: the beginnings that match.
        negated: For a comparison of texts: whether the outcome is turned round.
    """

    key: Key
    answers: Memo
    exact: frozenset[str] | None = None
    starts: tuple[str, ...] = ()
    negated: bool = False


class ContextTest(NamedTuple):
    """A condition with policy variables: it rests on several keys.

    Attributes:
        keys: The keys.
        answers: Whether it holds, by what the request has under these keys.
    """

    keys: tuple[Key, ...]
    answers: Memo


Test = ValueTest | ContextTest


def compile_test(condition: CompiledCondition) -> Test:
    """Return the condition as a test."""
    if any(each.has_variables for each in condition.templates):
        names = tuple(sorted(condition.context_keys()))
        keys = tuple(map(Key.of, names))
        return ContextTest(keys=keys, answers=Memo(lambda found: condition.holds(context_of(names, found))))
    name = condition.key
    test = ValueTest(key=Key.of(name), answers=Memo(lambda found: condition.holds(context_of((name,), (found,)))))
    if condition.operator.set_operator is not None or not condition.operator.base.comparison.is_of_text:
        return test
    return _of_texts(condition, test) if condition.templates else test


def context_of(names: tuple[str, ...], found: tuple[Raw, ...]) -> dict[str, ContextValue]:
    """Return a context that has what was found under ``names``."""
    return {name: ContextValue(name, values_of(each)) for name, each in zip(names, found, strict=True)}


def _of_texts(condition: CompiledCondition, test: ValueTest) -> ValueTest:
    """Look literal texts up and compare beginnings; with any other pattern among them the test stays as it is."""
    exact: set[str] = set()
    starts: list[str] = []
    for template in condition.templates:
        tokens = static_tokens(template)
        if tokens == (ANY,):
            starts.append("")
        elif not tokens or (len(tokens) == 1 and isinstance(tokens[0], str)):
            exact.add(str(tokens[0]) if tokens else "")
        elif len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is ANY:
            starts.append(tokens[0])
        else:
            return test
    return test._replace(exact=frozenset(exact), starts=tuple(starts), negated=condition.operator.base.negated)


def holds(test: Test, request: Request) -> bool:
    """Tell whether a condition holds for one request; :func:`check_of` pays where many are asked."""
    if isinstance(test, ContextTest):
        return bool(test.answers[tuple([key.read(request) for key in test.keys])])
    return bool(test.answers[test.key.read(request)])


def check_of(test: Test) -> Check:
    """Return a test as a function of a request."""
    if isinstance(test, ContextTest):
        keys, by_found = test.keys, test.answers
        return lambda request: bool(by_found[tuple([key.read(request) for key in keys])])
    key, answers, exact, starts, negated = test
    if exact is None:
        if key.is_derived:
            return lambda request: bool(answers[key.read(request)])
        name = key.name
        return lambda request: bool(answers[request._values.get(name, ABSENT)])
    return _text_check(key, answers, exact, starts, negated)


def _text_check(key: Key, answers: Memo, exact: frozenset[str], starts: tuple[str, ...], negated: bool) -> Check:
    name, is_derived, _ = key

    def compared(request: Request) -> bool:
        found = key.read(request) if is_derived else request._values.get(name, ABSENT)
        if type(found) is not str:
            return bool(answers[found])
        return (found in exact or found.startswith(starts)) is not negated

    return compared


class ValueTable(dict[Raw, int]):
    """For the values of one key, the bits that are left when the statements whose conditions fail are taken out.

    Comparisons with literal texts tell apart no other values than those: such a table does not grow. Any other table
    never holds more than ``limits.MOST_REMEMBERED`` values.
    """

    __slots__ = ("_every", "_literal", "_other", "_tests")

    def __init__(self, tests: Mapping[ValueTest, int], every: int) -> None:
        """Answer for ``tests`` of one key, each with the bits of its statements, among the bits in ``every``."""
        super().__init__()
        self._tests = tests
        self._every = every
        self._literal = all(test.exact is not None and not test.starts for test in tests)
        self._other = every & ~sum_of(bits for test, bits in tests.items() if not test.negated)
        if self._literal:
            for test in tests:
                self.update((values, self._left(values)) for values in test.exact or ())

    def __missing__(self, values: Raw) -> int:
        """Return the bits that are left for values that are not in the table."""
        if self._literal:
            return self._other if type(values) is str else self._left(values)
        return remember(self, values, self._left(values), limits.MOST_REMEMBERED)

    def _left(self, values: Raw) -> int:
        return self._every & ~sum_of(bits for test, bits in self._tests.items() if not test.answers[values])


def sum_of(bits: Iterable[int]) -> int:
    """Return all bits together."""
    return reduce(or_, bits, 0)


class Tests:
    """The tests of conditions. Equal conditions have one test, and share what it remembers."""

    __slots__ = ("_of_condition", "_of_statement")

    def __init__(self) -> None:
        """Make tests when they are asked for."""
        self._of_condition: dict[object, Test] = {}
        self._of_statement: dict[int, tuple[tuple[CompiledCondition, ...], tuple[Test, ...]]] = {}

    def of_statement(self, conditions: tuple[CompiledCondition, ...]) -> tuple[Test, ...]:
        """Return the conditions of a statement as tests, the cheapest first."""
        found = self._of_statement.get(id(conditions))
        if found is None:
            found = (conditions, tuple(sorted(map(self.of_condition, conditions), key=price)))
            self._of_statement[id(conditions)] = found
        return found[1]

    def of_condition(self, condition: CompiledCondition) -> Test:
        """Return a condition as a test."""
        parts = tuple([template.parts for template in condition.templates])
        key = (str(condition.operator), condition.key, condition.entry.values, parts)
        found = self._of_condition.get(key)
        if found is None:
            found = self._of_condition[key] = compile_test(condition)
        return found


def price(test: Test) -> int:
    """Return a number to sort tests by: the cheapest first."""
    if isinstance(test, ContextTest):
        return 2
    return 0 if test.exact is not None else 1
