"""A plan's run as Python source, for plans that are asked often.

The source holds nothing of a policy but texts as ``repr`` writes them; patterns and remembered answers are handed in by
name. It is registered in :mod:`linecache`, so that tracebacks and debuggers show it.
"""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from policygen.evaluation.decision import Outcome
from policygen.evaluation.engine.conditions import ContextTest, Test, ValueTest
from policygen.evaluation.engine.plans import Clause
from policygen.evaluation.engine.resources import compile_quick, is_beginning, is_exact
from policygen.evaluation.engine.runs import Learn, Run, bit, index_of
from policygen.matching.wildcards import Tokens

_MOST_IN_LINE = 8
"""Patterns of resources that stand in the source one by one; more of them are an index."""

_NUMBERS = count(1)


def generated_run(clauses: Sequence[Clause], outcomes: dict[Any, Outcome], learn: Learn) -> Run:
    """Return the run of a narrow plan, compiled from source of its own."""
    writer = _Writer()
    lines = [
        "def run(request):",
        "    resource = request.resource",
        "    get = request.context.get",
        *(f"    {line}" for line in writer.body(clauses)),
        "    try:",
        "        return outcomes[found]",
        "    except KeyError:",
        "        return learn(found, request)",
    ]
    text = "\n".join(lines) + "\n"
    name = f"<policygen plan {next(_NUMBERS)}>"
    namespace: dict[str, Any] = {**writer.names, "outcomes": outcomes, "learn": learn}
    exec(compile(text, name, "exec"), namespace)
    run: Run = namespace.pop("run")
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    weakref.finalize(run, linecache.cache.pop, name, None)
    return run


def text_of(value: object) -> str:
    """Return a text as it stands in source.

    Raises:
        TypeError: The value is no ``str`` itself: what its ``repr`` returns could be anything.
    """
    if type(value) is not str:
        message = f"only texts stand in generated source, not {type(value).__name__}"
        raise TypeError(message)
    return repr(value)


def _tuple_of(values: Iterable[str]) -> str:
    return "(" + "".join(f"{text_of(value)}, " for value in values) + ")"


class _Writer:
    """Writes the body of one run, and keeps the objects that it refers to by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.fetched: dict[str, str] = {}

    def name(self, value: Any) -> str:
        name = f"x{len(self.names)}"
        self.names[name] = value
        return name

    def body(self, clauses: Sequence[Clause]) -> Iterator[str]:
        """Yield lines that set ``found`` to the bits of the statements that apply."""
        yield from self.fetch_shared(clauses)
        patterns = sum(len(each.patterns or ()) for each in clauses)
        with_index = patterns > _MOST_IN_LINE
        always = sum(bit(each) for each in clauses if not (each.patterns or each.own or each.tests))
        yield f"found = {always}"
        if with_index:
            yield f"matched = {self.name(index_of(clauses, bit, 0, compile_quick))}(resource)"
            free = sum(bit(each) for each in clauses if each.patterns and not each.tests)
            yield f"found |= matched & {free}"
        groups: dict[str, list[Clause]] = {}
        for clause in clauses:
            if clause.tests or clause.own or (clause.patterns and not with_index):
                groups.setdefault(self.resource(clause, with_index=with_index), []).append(clause)
        for condition, group in groups.items():
            yield from self.group(condition, group)

    def fetch_shared(self, clauses: Sequence[Clause]) -> Iterator[str]:
        """Yield lines that look up the keys on which several conditions rest."""
        keys = [test.key for clause in clauses for test in clause.tests if isinstance(test, ValueTest)]
        for key in dict.fromkeys(keys):
            if keys.count(key) > 1:
                self.fetched[key] = f"v{len(self.fetched)}"
                yield f"{self.fetched[key]} = get({text_of(key)})"

    def group(self, condition: str, group: list[Clause]) -> Iterator[str]:
        """Yield lines for the clauses whose resource is asked for in the same way."""
        indent = ""
        if condition:
            yield f"if {condition}:"
            indent = "    "
        free = sum(bit(each) for each in group if not each.tests)
        if free:
            yield f"{indent}found |= {free}"
        for clause in group:
            if clause.tests:
                yield f"{indent}if {' and '.join(map(self.test, clause.tests))}:"
                yield f"{indent}    found |= {bit(clause)}"

    def resource(self, clause: Clause, *, with_index: bool) -> str:
        """Return the question about the resource; empty when there is none."""
        if clause.own is not None:
            return f"{self.name(clause.own)}(request)"
        if clause.patterns is None:
            return ""
        if with_index:
            return f"matched & {bit(clause)}"
        return " or ".join(self.patterns(clause.patterns)) or "False"

    def patterns(self, patterns: tuple[Tokens, ...]) -> Iterator[str]:
        exact = [str(each[0]) for each in patterns if is_exact(each)]
        starts = [str(each[0]) for each in patterns if is_beginning(each)]
        if len(exact) == 1:
            yield f"resource == {text_of(exact[0])}"
        elif exact:
            yield f"resource in {self.name(frozenset(exact))}"
        if starts:
            yield f"resource.startswith({text_of(starts[0]) if len(starts) == 1 else _tuple_of(starts)})"
        for each in patterns:
            if not is_exact(each) and not is_beginning(each):
                yield f"{self.name(compile_quick(each))}(resource)"

    def test(self, test: Test) -> str:
        if isinstance(test, ContextTest):
            return f"{self.name(test.answers)}[{''.join(f'get({text_of(key)}), ' for key in test.keys)}]"
        value = self.fetched.get(test.key)
        found = value or f"(v := get({text_of(test.key)}))"
        holds = self.values(test, f"{value or 'v'}[1]")
        return f"({found} is None or {holds})" if test.missing else f"({found} is not None and {holds})"

    def values(self, test: ValueTest, values: str) -> str:
        """Return the question about the values of a key that is there."""
        answers = f"{self.name(test.answers)}[{values}]"
        if test.exact is None:
            return answers
        questions = []
        if len(test.exact) == 1:
            questions.append(f"{values} == {_tuple_of(*test.exact)}")
        elif test.exact:
            questions.append(f"{values} in {self.name(test.exact)}")
        if not test.starts and not test.negated:
            return f"({questions[0]} or (len({values}) != 1 and {answers}))"
        if test.starts:
            starts = text_of(test.starts[0]) if len(test.starts) == 1 else _tuple_of(test.starts)
            questions.append(f"{values}[0].startswith({starts})")
        holds = f"({' or '.join(questions)})"
        return f"({'not ' if test.negated else ''}{holds} if len({values}) == 1 else {answers})"
