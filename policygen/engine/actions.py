"""Which statements of a policy set an action concerns: found in an index, without asking every statement.

Actions without a wildcard are looked up; patterns with one are kept by service, and tried once for each new action.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from policygen.evaluation.policies import NamedPolicy, Policies
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.actions import compile_action

_EVERY = "*"
_MATCHING = Patterns(negated=False, written=(_EVERY,), plain=(_EVERY,), compiler=compile_action)


class _Wild(NamedTuple):
    """A pattern with wildcards, between the literal texts at its ends; for NotAction the pattern is empty."""

    head: str
    tail: str
    pattern: str
    statement: CompiledStatement


class _Covering(NamedTuple):
    """Statements by the actions of one service: those without a wildcard, and patterns."""

    exact: dict[str, list[CompiledStatement]]
    wild: list[_Wild]


class ActionIndex:
    """The statements of a policy set by the actions that they cover.

    Built when it is first asked, in two steps: a policy set that is never asked costs nothing, and the patterns of a
    service are read when one of its actions is asked for.
    """

    __slots__ = ("_covering", "_policies", "_written")

    def __init__(self, policies: Policies) -> None:
        """Index ``policies``."""
        self._policies = policies
        self._written: dict[str, list[tuple[str, CompiledStatement]]] | None = None
        self._covering: dict[str, _Covering] = {}

    def concerned(self, action: str) -> Policies:
        """Return the policies with those statements alone that cover ``action``, which is in lower case.

        A statement that is left out cannot apply to a request for this action, so both sets decide it alike. Those that
        stay no longer ask for the action.
        """
        found: set[int] = set()
        for service in (action.partition(":")[0], _EVERY):
            covering = self._of_service(service)
            found.update(id(each) for each in covering.exact.get(action, ()))
            for wild in covering.wild:
                if id(wild.statement) not in found and _covers(wild, action):
                    found.add(id(wild.statement))

        def of_action(policy: NamedPolicy) -> NamedPolicy:
            kept = [_without_action(each) for each in policy.statements if id(each) in found]
            return NamedPolicy(name=policy.name, document=policy.document, statements=tuple(kept))

        return self._policies.mapped(of_action)

    def _of_service(self, service: str) -> _Covering:
        found = self._covering.get(service)
        if found is not None:
            return found
        if self._written is None:
            self._written = self._by_service()
        found = _Covering({}, [])
        for name, group in self._written.items():
            if (_EVERY if "*" in name or "?" in name else name.lower()) == service:
                for written, statement in group:
                    _add(found, written.lower(), statement)
        if found.exact or found.wild:
            self._covering[service] = found
        return found

    def _by_service(self) -> dict[str, list[tuple[str, CompiledStatement]]]:
        """Return every pattern of every statement by its text before the colon, as written; NotAction under ``*``."""
        found: defaultdict[str, list[tuple[str, CompiledStatement]]] = defaultdict(list)
        for policy in self._policies.policies():
            for statement in policy.statements:
                actions = statement.actions
                if actions is None:
                    continue
                if actions.negated:
                    found[_EVERY].append(("", statement))
                else:
                    for written in actions.written:
                        found[written.partition(":")[0]].append((written, statement))
        return found


def _without_action(statement: CompiledStatement) -> CompiledStatement:
    """Return a statement that no longer asks for the action (``replace`` takes four times as long)."""
    return CompiledStatement(
        statement=statement.statement,
        policy=statement.policy,
        conditions=statement.conditions,
        actions=_MATCHING,
        resources=statement.resources,
        principal=statement.principal,
    )


def _add(covering: _Covering, pattern: str, statement: CompiledStatement) -> None:
    if pattern and "*" not in pattern and "?" not in pattern:
        covering.exact.setdefault(pattern, []).append(statement)
    else:
        covering.wild.append(_wild(pattern, statement))


def _wild(pattern: str, statement: CompiledStatement) -> _Wild:
    starts = [at for at in (pattern.find("*"), pattern.find("?")) if at >= 0]
    end = max(pattern.rfind("*"), pattern.rfind("?")) + 1
    return _Wild(pattern[: min(starts, default=0)], pattern[end:], pattern, statement)


def _covers(wild: _Wild, action: str) -> bool:
    """Tell whether a pattern with wildcards covers an action; for NotAction (no pattern) the statement is asked."""
    head, tail, pattern, statement = wild
    if not pattern:
        return statement.actions is not None and not statement.actions.lists(action)
    if not action.startswith(head) or not action.endswith(tail):
        return False
    if len(head) + len(tail) + 1 == len(pattern) and pattern[len(head)] == "*":
        return len(action) >= len(head) + len(tail)
    return compile_action(pattern)(action)
