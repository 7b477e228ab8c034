"""A plan's run: from a request to the statements that apply to it, as closures.

The statements that apply are bits of one integer; where a plan has many statements, a frozenset of numbers, because the
integers would grow with them. Both are joined with ``|``, and what they have in common is ``&``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from policygen.engine.conditions import Check, Test, check_of, price
from policygen.engine.limits import MOST_BITS
from policygen.engine.plans import Clause
from policygen.engine.resources import Compiler, Entry, Find, compile_index
from policygen.evaluation.results.verdict import Verdict
from policygen.request.model import Request

Run = Callable[[Request], Verdict]
Learn = Callable[[Any, Request], Verdict]
"""Returns the verdict for a combination of statements, and has it remembered."""


def is_narrow(clauses: Iterable[Clause]) -> bool:
    """Tell whether the statements of a plan are held as bits."""
    return all(clause.number < MOST_BITS for clause in clauses)


def bit(clause: Clause) -> int:
    """Return the bit of a clause in a narrow plan."""
    return 1 << clause.number


def numbers_of(found: Any) -> Iterable[int]:
    """Return the numbers of the statements in a combination, ascending."""
    if isinstance(found, int):
        return [number for number in range(found.bit_length()) if found >> number & 1]
    return sorted(found)


def index_of(
    clauses: Iterable[Clause], value: Callable[[Clause], Any], nothing: Any, compiler: Compiler
) -> Find | None:
    """Return an index over the patterns of all clauses; None when none of them has any."""
    entries = [Entry(tokens, value(clause)) for clause in clauses for tokens in clause.patterns or ()]
    return compile_index(entries, nothing, compiler) if entries else None


def closure_run(clauses: Sequence[Clause], verdicts: dict[Any, Verdict], learn: Learn, compiler: Compiler) -> Run:
    """Return the run of a plan; ``compiler`` makes the matchers of patterns with wildcards inside."""
    narrow = is_narrow(clauses)
    nothing: Any = 0 if narrow else frozenset()
    value: Callable[[Clause], Any] = bit if narrow else lambda clause: frozenset((clause.number,))
    always = reduce(or_, (value(each) for each in clauses if each.patterns is None and each.own is None), nothing)
    find = index_of(clauses, value, nothing, compiler)
    asked = [each for each in clauses if each.tests or each.own]
    if not asked:
        return _by_resource_alone(always, find, verdicts, learn)
    if narrow:
        return _narrow(always, find, asked, verdicts, learn)
    return _wide(always, find, asked, verdicts, learn)


def _by_resource_alone(always: Any, find: Find | None, verdicts: dict[Any, Verdict], learn: Learn) -> Run:
    if find is None:

        def constant(request: Request) -> Verdict:
            return verdicts[always] if always in verdicts else learn(always, request)

        return constant

    if not always:

        def found_alone(request: Request) -> Verdict:
            found = find(request._resource)
            try:
                return verdicts[found]
            except KeyError:
                return learn(found, request)

        return found_alone

    def run(request: Request) -> Verdict:
        found = always | find(request._resource)
        try:
            return verdicts[found]
        except KeyError:
            return learn(found, request)

    return run


def bits_by_test(clauses: Iterable[Clause]) -> dict[Test, int]:
    """Return the bits of the statements that each condition belongs to, the cheapest first."""
    found: dict[Test, int] = {}
    for clause in clauses:
        for test in clause.tests:
            found[test] = found.get(test, 0) | bit(clause)
    return dict(sorted(found.items(), key=lambda each: price(each[0])))


def _narrow(always: int, find: Find | None, asked: list[Clause], verdicts: dict[Any, Verdict], learn: Learn) -> Run:
    """Ask every condition once; where it fails, the statements that it belongs to are taken out again."""
    own = [(bit(each), each.own) for each in asked if each.own is not None]
    checks = [(bits, ~bits, check_of(test)) for test, bits in bits_by_test(asked).items()]

    def run(request: Request) -> Verdict:
        found = always if find is None else always | find(request._resource)
        for bits, matches in own:
            if matches(request):
                found |= bits
        for bits, others, check in checks:
            if found & bits and not check(request):
                found &= others
        try:
            return verdicts[found]
        except KeyError:
            return learn(found, request)

    return run


def _checks(clause: Clause) -> tuple[Check, ...]:
    return tuple(map(check_of, clause.tests))


def _hold(checks: tuple[Check, ...], request: Request) -> bool:
    for check in checks:  # noqa: SIM110  # `all` over a generator takes twice as long
        if not check(request):
            return False
    return True


def _wide(
    always: frozenset[int], find: Find | None, asked: list[Clause], verdicts: dict[Any, Verdict], learn: Learn
) -> Run:
    """Ask the clauses whose resource matches, found by their numbers."""
    own = [(each.number, each.own, _checks(each)) for each in asked if each.own is not None]
    tested = {each.number: _checks(each) for each in asked if each.own is None}
    conditional = frozenset(tested)

    def run(request: Request) -> Verdict:
        found = always if find is None else always | find(request._resource)
        failed = [number for number in found & conditional if not _hold(tested[number], request)]
        added = [number for number, matches, checks in own if matches(request) and _hold(checks, request)]
        if failed or added:
            found = found.difference(failed).union(added)
        try:
            return verdicts[found]
        except KeyError:
            return learn(found, request)

    return run
