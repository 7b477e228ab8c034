"""The plans of one policy set: made when a request first needs one, and made faster as it is asked more often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policygen.evaluation.authorize import interpret
from policygen.evaluation.combine import combine
from policygen.evaluation.decision import EvalDecision, MatchedStatement, Outcome, Reasons
from policygen.evaluation.engine.actions import ActionIndex
from policygen.evaluation.engine.conditions import Tests
from policygen.evaluation.engine.plans import Candidate, Clause, candidates, clauses, grants_of, naming_of
from policygen.evaluation.engine.resources import compile_quick
from policygen.evaluation.engine.runs import Run, closure_run, is_narrow, numbers_of
from policygen.evaluation.layers import consult
from policygen.evaluation.policies import NamedPolicy, PolicySet
from policygen.evaluation.services import s3, sts
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.arns import compile_resource
from policygen.request.model import Request, scope_of

Place = Callable[[Request], Request]
"""Fills in what an environment knows about a request."""

Spend = Callable[[], None]
"""Called for everything that is kept."""

FEW = 16
"""Statements in a policy set up to which all are interpreted, whatever action they concern."""

WARM = 4
"""Requests that a plan has interpreted before it is compiled, which takes about as long as interpreting four."""

HOT = 256
"""Requests after which a compiled plan is written as source."""

MOST_OUTCOMES = 1024
"""Combinations of statements whose outcome one plan remembers; when they are full, all are forgotten."""


class Planner:
    """Makes plans for the requests of one policy set."""

    def __init__(self, policies: PolicySet, spend: Spend, tests: Tests, place: Place | None = None) -> None:
        """Plan for ``policies``.

        Args:
            policies: The policies.
            spend: Called for everything that is kept.
            tests: Makes the tests of conditions.
            place: Fills in what an environment knows about a request; None outside of one.
        """
        self.policies = policies
        self.place = place
        self.spend = spend
        self.tests = tests
        self._is_small = sum(len(policy.statements) for policy in policies.policies()) <= FEW
        self._index = ActionIndex(policies)
        self._concerned: dict[str, PolicySet] = {}
        self._plans: dict[object, Plan] = {}

    def plan(self, request: Request, changed: frozenset[str] = frozenset()) -> Plan:
        """Return the plan for a request.

        Args:
            request: The request, placed.
            changed: Context keys that placing a request may change.
        """
        action = request.action.lower()
        policies = self.policies if self._is_small else self.concerned(action)
        caller = request.principal
        key = (
            action,
            request.resource_account,
            scope_of(action, request.arn),
            caller.kind,
            caller.account,
            caller.partition,
            caller.is_service_linked_role,
            naming_of(policies, request),
            changed,
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = Plan(self, policies, action, changed)
            self.spend()
        return plan

    def concerned(self, action: str) -> PolicySet:
        """Return the policies with the statements that concern an action in lower case."""
        found = self._concerned.get(action)
        if found is None:
            found = self._concerned[action] = self._index.concerned(action)
            self.spend()
        return found

    def reasons(self, request: Request) -> Reasons:
        """Return the interpreter's reasons for the decision on a request, as all policies together give them."""
        placed = request if self.place is None else self.place(request)
        return interpret(self.policies, placed).reasons(placed)


class Plan:
    """What is left to be asked for requests of one caller, action and owner.

    The first requests are interpreted, with the statements that concern the action alone: a plan that is seldom asked
    is not worth being made. Then it runs as closures, and after :data:`HOT` requests more as generated source.

    Attributes:
        run: Returns the outcome of a request.
    """

    __slots__ = ("_action", "_changed", "_found", "_left", "_outcomes", "_planner", "_policies", "run")

    def __init__(self, planner: Planner, policies: PolicySet, action: str, changed: frozenset[str]) -> None:
        """Plan for an action; ``policies`` are what is interpreted: the statements that concern it, or a few."""
        self._planner = planner
        self._policies = policies
        self._action = action
        self._changed = changed
        self._outcomes: dict[Any, Outcome] = {}
        self._found: tuple[Candidate, ...] = ()
        self._left = WARM
        self.run: Run = self._first

    def _first(self, request: Request) -> Outcome:
        self._left -= 1
        if self._left > 0:
            return self._interpreted(request)
        self._left = HOT
        self.run = self._compiled(request)
        return self.run(request)

    def _placed(self, request: Request) -> Request:
        place = self._planner.place
        return place(request) if self._changed and place is not None else request

    def _interpreted(self, request: Request) -> Outcome:
        placed = self._placed(request)
        policies = self._planner.policies if sts.further_actions(placed) else self._policies
        found = interpret(policies, placed)
        return self._outcome(found.decision, found.matched_statements)

    def _outcome(self, decision: EvalDecision, matched: tuple[MatchedStatement, ...]) -> Outcome:
        """Return an outcome for any request: its reasons are those of all policies."""
        planner = self._planner
        return Outcome(decision=decision, matched_statements=matched, reasons=planner.reasons, place=planner.place)

    def _compiled(self, request: Request) -> Run:
        planner = self._planner
        self._policies = planner.concerned(self._action)
        self._found = candidates(self._policies, self._placed(request))
        asked = clauses(self._found, grants_of(self._policies, self._action), planner.tests.of_statement)
        slow = self._prepared(asked_keys(asked, self._found))
        run = closure_run(asked, self._outcomes, self._learn, compile_resource)

        def counted(request: Request) -> Outcome:
            self._left -= 1
            if self._left == 0:
                self.run = slow(self._hot(asked))
            return run(request)

        return slow(counted)

    def _hot(self, asked: list[Clause]) -> Run:
        self._planner.spend()
        if is_narrow(asked):
            from policygen.evaluation.engine.source import generated_run

            return generated_run(asked, self._outcomes, self._learn)
        return closure_run(asked, self._outcomes, self._learn, compile_quick)

    def _prepared(self, keys: frozenset[str]) -> Callable[[Run], Run]:
        """Return what wraps a run where requests are completed first, or where a call needs further permissions."""
        planner, action = self._planner, self._action
        settings = planner.policies.settings
        place = None if keys.isdisjoint(self._changed) else planner.place
        encrypts = settings.default_encryption_visible and settings.default_encryption is not None
        encrypts = encrypts and action == "s3:putobject"
        if not place and not encrypts and not action.startswith("sts:"):
            return lambda run: run

        def wrapped(run: Run) -> Run:
            def prepared(request: Request) -> Outcome:
                if sts.further_actions(request):
                    return self._interpreted(request)
                placed = request if place is None else place(request)
                return run(s3.with_default_encryption(placed, settings))

            return prepared

        return wrapped

    def _learn(self, found: Any, request: Request) -> Outcome:
        """Ask the interpreter for the outcome when exactly the statements in ``found`` apply, and remember it."""
        applying: dict[int, list[CompiledStatement]] = {}
        for number in numbers_of(found):
            if number < len(self._found):
                candidate = self._found[number]
                applying.setdefault(id(candidate.policy), []).append(candidate.statement)

        def chosen(policy: NamedPolicy) -> NamedPolicy:
            if not policy.statements:
                return policy
            statements = tuple(applying.get(id(policy), ()))
            return NamedPolicy(name=policy.name, document=policy.document, statements=statements)

        policies = self._policies.mapped(chosen)
        placed = s3.with_default_encryption(self._placed(request), policies.settings)
        verdict = combine(policies, placed, consult(policies, placed))
        outcome = self._outcome(verdict.decision, verdict.matched)
        if len(self._outcomes) >= MOST_OUTCOMES:
            self._outcomes.clear()
        self._outcomes[found] = outcome
        self._planner.spend()
        return outcome


def asked_keys(asked: list[Clause], found: tuple[Candidate, ...]) -> frozenset[str]:
    """Return every context key that the statements behind clauses look at, in lower case."""
    numbers = [clause.number for clause in asked if clause.number < len(found)]
    return frozenset().union(*(found[number].statement.variable_keys() for number in numbers))
