"""A plan's run as Python source, for plans that are asked often.

The source holds nothing of a policy but texts as ``repr`` writes them; patterns and remembered answers are handed in by
name. It is registered in :mod:`linecache`, so that tracebacks and debuggers show it.
"""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from policygen.engine import limits
from policygen.engine.conditions import ABSENT, ContextTest, Key, Test, ValueTable, ValueTest, sum_of
from policygen.engine.plans import Clause
from policygen.engine.resources import (
    REGION,
    Entry,
    Find,
    bare_resource,
    compile_index,
    compile_quick,
    is_beginning,
    is_exact,
    open_fields,
    without_fields,
)
from policygen.engine.runs import Learn, Run, bit, bits_by_test, index_of
from policygen.evaluation.results.verdict import Verdict
from policygen.matching.arns import compile_resource
from policygen.matching.wildcards import Tokens

_NUMBERS = count(1)


def generated_run(clauses: Sequence[Clause], verdicts: dict[Any, Verdict], learn: Learn) -> Run:
    """Return the run of a narrow plan, compiled from source of its own."""
    writer = _Writer()
    lines = [
        "def run(request):",
        "    resource = request._resource",
        "    get = request._values.get",
        *(f"    {line}" for line in writer.body(clauses)),
        "    try:",
        "        return verdicts[found]",
        "    except KeyError:",
        "        return learn(found, request)",
    ]
    text = "\n".join(lines) + "\n"
    name = f"<policygen plan {next(_NUMBERS)}>"
    namespace: dict[str, Any] = {**writer.names, "verdicts": verdicts, "learn": learn, "absent": ABSENT}
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


def _alike(clauses: Iterable[Clause]) -> dict[tuple[Tokens, ...], int]:
    """Return the bits of the statements with the same patterns."""
    groups: dict[tuple[Tokens, ...], int] = {}
    for clause in clauses:
        patterns = clause.patterns or ()
        groups[patterns] = groups.get(patterns, 0) | bit(clause)
    return groups


def _head(pattern: Tokens) -> str:
    """Return the literal text that a pattern begins with."""
    return pattern[0] if pattern and isinstance(pattern[0], str) else ""


def _by_open_fields(patterns: Iterable[Tokens]) -> dict[tuple[int, ...], list[Tokens]]:
    """Return patterns with an open Region or account by these fields; other patterns are left out."""
    found: dict[tuple[int, ...], list[Tokens]] = {}
    for each in patterns:
        fields = open_fields(each)
        if fields:
            found.setdefault(fields, []).append(each)
    return found


class _Table(NamedTuple):
    """Literal texts and beginnings with their bits; beginnings by their directory, the text up to the first slash."""

    exact: dict[str, int]
    directories: dict[str, tuple[tuple[str, int], ...]]
    loose: list[tuple[str, int]]

    def add(self, pattern: Tokens, bits: int) -> None:
        """Add a pattern."""
        text = str(pattern[0])
        directory = text[: text.find("/") + 1]
        if is_exact(pattern):
            self.exact[text] = self.exact.get(text, 0) | bits
        elif directory:
            self.directories[directory] = (*self.directories.get(directory, ()), (text, bits))
        else:
            self.loose.append((text, bits))

    def by_directory(self) -> tuple[dict[str, int], dict[str, tuple[tuple[str, int], ...]]]:
        """Return the bits of patterns that cover a whole directory, and the other beginnings in each directory."""
        whole: dict[str, int] = {}
        others: dict[str, tuple[tuple[str, int], ...]] = {}
        for directory, entries in self.directories.items():
            for text, bits in entries:
                if text == directory:
                    whole[directory] = whole.get(directory, 0) | bits
                else:
                    others[directory] = (*others.get(directory, ()), (text, bits))
        return whole, others

    def is_long(self) -> bool:
        """Tell whether something in the table is walked for too long."""
        return max(len(self.loose), *map(len, self.directories.values()), 0) > limits.MOST_TEXTS


def _tables_of(groups: dict[tuple[Tokens, ...], int]) -> dict[tuple[int, ...], _Table]:
    """Return tables of all literal texts and beginnings, by the fields that they leave open."""
    found: dict[tuple[int, ...], _Table] = {}
    for patterns, bits in groups.items():
        for each in patterns:
            if not _is_other(each):
                fields = open_fields(each)
                table = found.setdefault(fields, _Table({}, {}, []))
                table.add(without_fields(each, fields) if fields else each, bits)
    return found


def _is_other(pattern: Tokens) -> bool:
    return not (is_exact(pattern) or is_beginning(pattern) or open_fields(pattern))


def _any_of(patterns: list[Tokens]) -> Find:
    return compile_index([Entry(each, 1) for each in patterns], 0, compile_resource)


class _Writer:
    """Writes the body of one run, and keeps the objects that it refers to by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.bare_lines: dict[str, tuple[str, ...]] = {}

    def name(self, value: Any) -> str:
        """Return the name of an object in the source."""
        name = f"x{len(self.names)}"
        self.names[name] = value
        return name

    def set_of(self, texts: list[str]) -> str:
        """Return a set of texts: as a constant of the source when it is small."""
        if len(texts) > limits.MOST_IN_SET:
            return self.name(frozenset(texts))
        return "{" + ", ".join(map(text_of, texts)) + "}"

    def body(self, clauses: Sequence[Clause]) -> Iterator[str]:
        """Yield lines that set ``found`` to the bits of the statements that apply.

        First come the statements whose resource matches; those whose conditions fail are taken out again.
        """
        with_resource = [each for each in clauses if each.patterns]
        free = [each for each in clauses if not each.patterns and not each.own]
        yield f"found = {sum(map(bit, free))}"
        for clause in clauses:
            if clause.own:
                yield f"if {self.name(clause.own)}(request): found |= {bit(clause)}"
        yield from self.resources(with_resource)
        tests = bits_by_test(clauses)
        if tests:
            indent = ""
            if not any(each.tests for each in free):
                yield f"if found & {sum_of(tests.values())}:"
                indent = "    "
            yield from (f"{indent}{line}" for line in self.conditions(tests, sum(map(bit, clauses))))

    def resources(self, clauses: list[Clause]) -> Iterator[str]:
        """Yield lines that compare the resource: with each element, or by tables where there are several elements."""
        groups = _alike(clauses)
        if len(groups) >= limits.FEWEST_IN_TABLES:
            yield from self.by_tables(clauses, groups)
            return
        lines = [f"if {' or '.join(self.patterns(some))}: found |= {bits}" for some, bits in groups.items()]
        yield from (line for lines in self.bare_lines.values() for line in lines)
        yield from lines

    def by_tables(self, clauses: list[Clause], groups: dict[tuple[Tokens, ...], int]) -> Iterator[str]:
        """Yield lines that look the resource up as a text and by its directory, or else in an index."""
        tables = _tables_of(groups)
        others = [(each, bits) for some, bits in groups.items() for each in some if _is_other(each)]
        if len(others) > limits.MOST_TEXTS or any(table.is_long() for table in tables.values()):
            yield f"found |= {self.name(index_of(clauses, bit, 0, compile_quick))}(resource)"
            return
        for fields, table in tables.items():
            if not fields:
                yield from self.by_table("resource", table)
                continue
            bare = self.bare(fields)
            open_ones = [Entry(each, n) for some, n in groups.items() for each in some if open_fields(each) == fields]
            yield from self.bare_lines[bare]
            yield f"if {bare}:"
            yield from (f"    {line}" for line in self.by_table(bare, table))
            yield f"else: found |= {self.name(compile_index(open_ones, 0, compile_resource))}(resource)"
        for each, bits in others:
            yield f"if {self.other(each)}: found |= {bits}"

    def by_table(self, resource: str, table: _Table) -> Iterator[str]:
        """Yield lines that look a resource up."""
        if table.exact:
            yield f"found |= {self.name(table.exact)}.get({resource}, 0)"
        if table.directories:
            yield f"directory = {resource}[:{resource}.find('/') + 1]"
            whole, others = table.by_directory()
            if whole:
                yield f"found |= {self.name(whole)}.get(directory, 0)"
            if others:
                yield f"for start, bits in {self.name(others)}.get(directory, ()):"
                yield f"    if {resource}.startswith(start): found |= bits"
        for start, bits in table.loose:
            yield f"if {resource}.startswith({text_of(start)}): found |= {bits}"

    def conditions(self, tests: dict[Test, int], every: int) -> Iterator[str]:
        """Yield lines that take statements out whose conditions fail: by a table of the key's values, or one by one."""
        by_key: dict[Key, dict[ValueTest, int]] = {}
        for test, bits in tests.items():
            if isinstance(test, ValueTest):
                by_key.setdefault(test.key, {})[test] = bits
        for key, of_key in by_key.items():
            yield from self.read("v", key)
            in_table = {test: bits for test, bits in of_key.items() if not test.starts}
            if len(in_table) < limits.FEWEST_IN_TABLE:
                in_table = {}
            else:
                yield f"found &= {self.name(ValueTable(in_table, every))}[v]"
            for test, bits in of_key.items():
                if test not in in_table:
                    yield f"if found & {bits} and {self.fails(test)}: found &= {every ^ bits}"
        for test, bits in tests.items():
            if isinstance(test, ContextTest):
                yield f"if found & {bits}:"
                for number, key in enumerate(test.keys):
                    yield from (f"    {line}" for line in self.read(f"v{number}", key))
                found = "".join(f"v{number}, " for number in range(len(test.keys)))
                yield f"    if not {self.name(test.answers)}[{found}]: found &= {every ^ bits}"

    def read(self, name: str, key: Key) -> Iterator[str]:
        """Yield lines that give ``name`` what the request has under a key."""
        spelled = text_of(key.name)
        if not key.is_derived:
            yield f"{name} = get({spelled}, absent)"
            return
        yield f"{name} = get({spelled})"
        yield f"if {name} is None:"
        if key.is_of_caller:
            yield f"    {name} = request._caller.context.get({spelled}, absent)"
            return
        yield f"    {name} = request.derived({spelled})"
        yield f"    if {name} is None: {name} = absent"

    def fails(self, test: ValueTest) -> str:
        """Return the question whether a condition fails; ``v`` has what the request has under its key."""
        answers = f"{self.name(test.answers)}[v]"
        if test.exact is None:
            return f"not {answers}"
        if len(test.exact) == 1 and not test.starts and not test.negated:
            return f"v != {text_of(*test.exact)} and (v.__class__ is str or not {answers})"
        questions = []
        if len(test.exact) == 1:
            questions.append(f"v == {text_of(*test.exact)}")
        elif test.exact:
            questions.append(f"v in {self.name(test.exact)}")
        if test.starts:
            starts = text_of(test.starts[0]) if len(test.starts) == 1 else _tuple_of(test.starts)
            questions.append(f"v.startswith({starts})")
        matches = " or ".join(questions)
        return f"({matches if test.negated else f'not ({matches})'} if v.__class__ is str else not {answers})"

    def patterns(self, patterns: tuple[Tokens, ...]) -> Iterator[str]:
        """Yield the questions whether the resource matches one of the patterns."""
        yield from self.texts("resource", [each for each in patterns if is_exact(each)])
        others = [each for each in patterns if not is_exact(each)]
        if len(others) > limits.MOST_TEXTS:
            yield f"{self.name(compile_index([Entry(each, 1) for each in others], 0, compile_quick))}(resource)"
            return
        yield from self.texts("resource", [each for each in others if is_beginning(each)])
        for fields, group in _by_open_fields(others).items():
            bare = self.bare(fields)
            asked = " or ".join(self.texts(bare, [without_fields(each, fields) for each in group]))
            yield f"({asked} if {bare} else {self.name(_any_of(group))}(resource))"
        yield from (self.other(each) for each in others if _is_other(each))

    def other(self, pattern: Tokens) -> str:
        """Return the question whether the resource matches a pattern with a wildcard inside."""
        match = f"{self.name(compile_quick(pattern))}(resource)"
        return f"resource.startswith({text_of(_head(pattern))}) and {match}" if _head(pattern) else match

    def bare(self, fields: tuple[int, ...]) -> str:
        """Return the name of the resource without the fields of Region or account."""
        name = f"bare{''.join(map(str, fields))}"
        if name not in self.bare_lines:
            self.bare_lines[name] = (
                (
                    "call = request._call",
                    "rest = resource[call.width:]",
                    f"{name} = '' if ':' in rest else call.without_region + rest",
                )
                if fields == (REGION,)
                else (f"{name} = {self.name(partial(bare_resource, fields))}(resource)",)
            )
        return name

    def texts(self, resource: str, patterns: list[Tokens]) -> Iterator[str]:
        """Yield the questions whether a resource is one of some texts, or begins with one of them."""
        exact = [str(each[0]) for each in patterns if is_exact(each)]
        starts = [str(each[0]) for each in patterns if not is_exact(each)]
        if len(exact) == 1:
            yield f"{resource} == {text_of(exact[0])}"
        elif exact:
            yield f"{resource} in {self.set_of(exact)}"
        if starts:
            yield f"{resource}.startswith({text_of(starts[0]) if len(starts) == 1 else _tuple_of(starts)})"
