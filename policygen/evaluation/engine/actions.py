"""Which statements of a policy set an action concerns: found in an index, without asking every statement.

Actions without a wildcard are looked up; patterns with one are kept by service and tried once for each new action.
"""

from __future__ import annotations

from policygen.evaluation.policies import NamedPolicy, PolicySet
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.actions import compile_action

_EVERY = "*"


class ActionIndex:
    """The statements of a policy set by the actions that they cover.

    Built when it is first asked: a policy set that is never asked costs nothing.
    """

    __slots__ = ("_exact", "_policies", "_wild")

    def __init__(self, policies: PolicySet) -> None:
        """Index ``policies``."""
        self._policies = policies
        self._exact: dict[str, list[CompiledStatement]] | None = None
        self._wild: dict[str, list[tuple[str, CompiledStatement]]] = {}

    def concerned(self, action: str) -> PolicySet:
        """Return the policies with those statements alone that cover ``action``, which is in lower case.

        A statement that is left out cannot apply to a request for this action, so both sets decide it alike.
        """
        if self._exact is None:
            self._exact = self._build()
        found = {id(each) for each in self._exact.get(action, ())}
        service = action.partition(":")[0]
        for pattern, statement in (*self._wild.get(service, ()), *self._wild.get(_EVERY, ())):
            if id(statement) not in found and _covers(pattern, statement, action):
                found.add(id(statement))
        return with_statements(self._policies, found)

    def _build(self) -> dict[str, list[CompiledStatement]]:
        exact: dict[str, list[CompiledStatement]] = {}
        wild: dict[str, list[tuple[str, CompiledStatement]]] = {}
        for policy in self._policies.policies():
            for statement in policy.statements:
                if statement.actions is None:
                    continue
                if statement.actions.negated:
                    wild.setdefault(_EVERY, []).append(("", statement))
                    continue
                for written in statement.actions.written:
                    pattern = written.lower()
                    if "*" not in pattern and "?" not in pattern:
                        exact.setdefault(pattern, []).append(statement)
                    else:
                        service = pattern.partition(":")[0]
                        every = "*" in service or "?" in service
                        wild.setdefault(_EVERY if every else service, []).append((pattern, statement))
        self._wild = wild
        return exact


def _covers(pattern: str, statement: CompiledStatement, action: str) -> bool:
    """Tell whether a pattern with wildcards covers an action; for NotAction (no pattern) the statement is asked."""
    if pattern == _EVERY:
        return True
    if not pattern:
        return statement.actions is not None and not statement.actions.lists(action)
    if pattern.find("*") == len(pattern) - 1 and "?" not in pattern:
        return action.startswith(pattern[:-1])
    return compile_action(pattern)(action)


def with_statements(policies: PolicySet, kept: set[int]) -> PolicySet:
    """Return policies that have of their statements those alone whose identity is in ``kept``; all else is the same."""

    def one(policy: NamedPolicy) -> NamedPolicy:
        statements = tuple([each for each in policy.statements if id(each) in kept])
        if len(statements) == len(policy.statements):
            return policy
        return NamedPolicy(name=policy.name, document=policy.document, statements=statements)

    return policies.mapped(one)
