"""The plans of one policy set: made when a request first needs one, and made faster as it is asked more often."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from policygen.engine import limits
from policygen.engine.actions import ActionIndex
from policygen.engine.alike import kind_key
from policygen.engine.conditions import holds
from policygen.engine.generated import generated_run
from policygen.engine.plans import Candidate, Clause, candidates, clauses, grants_of
from policygen.engine.resources import compile_quick
from policygen.engine.runs import Run, closure_run, is_narrow, numbers_of
from policygen.engine.sights import EVERYTHING, Look, Looks, Sight, sight_of
from policygen.evaluation.authorize import judge
from policygen.evaluation.combine import combine
from policygen.evaluation.layers import Hit, Layer, Layers, answered, consulted
from policygen.evaluation.policies import Grant, Policies, PolicySource
from policygen.evaluation.results.verdict import Verdict
from policygen.evaluation.services import s3, sts
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.arns import compile_resource
from policygen.request.callers import Caller
from policygen.request.context import ContextValue, remember
from policygen.request.model import Request

Spend = Callable[[], None]
"""Called for everything that is kept."""


class Completion:
    """What a source of policies fills in for the requests of one plan.

    What is filled in depends on caller, call and holder of the resource alone (see :class:`PolicySource`), so a request
    of the same caller is completed like the one before.

    Attributes:
        keys: The context keys, in lower case, that may be filled in or changed.
        known: What is known about the resource.
    """

    __slots__ = ("_by_caller", "_source", "keys", "known")

    def __init__(self, source: PolicySource, request: Request, completed: Request) -> None:
        """Compare ``request`` with what the source makes of it, as if it stated nothing."""
        self._source = source
        self._by_caller: dict[Caller, Request] = {}
        self.keys: frozenset[str] = frozenset()
        self.known: tuple[ContextValue, ...] = ()
        if completed is not request or request.principal.tags:
            bare = Request(
                principal=replace(request.principal, tags=()),
                action=request.action,
                resource=request.resource,
                resource_account=request.resource_account,
            )
            filled = source.completed(bare)
            before, after = bare.context, filled.context
            self.keys = frozenset(name for name in after if before.get(name) != after[name])
            self.known = filled.known

    def completed(self, request: Request) -> Request:
        """Return the request as the source completes it."""
        if request._known:
            return self._source.completed(request)
        model = self._by_caller.get(request._caller)
        if model is None:
            bare = request.with_context(dict.fromkeys(value.name for value in request.stated))
            model = remember(self._by_caller, request._caller, self._source.completed(bare), limits.MOST_HOLDERS)
        return request.completed_like(model)


class Planner:
    """Makes plans for the requests of one policy set."""

    def __init__(self, policies: Policies, spend: Spend, looks: Looks) -> None:
        """Plan for ``policies``; ``spend`` is called for what is kept, ``looks`` says what statements look at."""
        self.policies = policies
        self.spend = spend
        self.looks = looks
        self._statements: list[tuple[int, CompiledStatement]] = []
        self._index: ActionIndex | None = None
        self._concerned: dict[str, tuple[tuple[int, CompiledStatement], ...]] = {}
        self._plans: dict[object, Plan] = {}
        self._sights: dict[object, Sight] = {}

    def plan(self, request: Request, completion: Completion) -> Plan:
        """Return the plan for a completed request, and requests that are completed as it was."""
        call = request._call
        layers = consulted(self.policies, request)
        every = layers.all()
        concerned = self._concerned.get(call.action.lowered)
        if concerned is None:
            concerned = self._concerned[call.action.lowered] = self._concerning(call.action.lowered, every)
            self.spend()
        found = candidates(every, self.policies, request, concerned)
        names = tuple([part for each in found for part in (id(each.statement), int(each.names))])
        there = tuple([each.consulted for each in every])
        key = (call.key, kind_key(request.principal), names, there, completion.keys, completion.known)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = Plan(self, call.action.lowered, layers, found, completion)
            self.spend()
        return plan

    def _concerning(self, action: str, layers: tuple[Layer, ...]) -> tuple[tuple[int, CompiledStatement], ...]:
        """Return the statements that concern an action in lower case, each with the place of its policy type.

        Which policies are of a type, and in which place it stands, is the same for all requests of a policy set.
        """
        if self._index is None:
            self._statements = [(place, each) for place, layer in enumerate(layers) for each in layer.statements()]
            self._index = ActionIndex([each for _, each in self._statements])
        return tuple([self._statements[number] for number in self._index.concerned(action)])

    def looked_at(self, found: tuple[Candidate, ...]) -> tuple[Look, ...]:
        """Return what the statements of a plan look at."""
        return tuple([self.looks.of(each.statement) for each in found])

    def sight(self, looks: tuple[Look, ...], grants: tuple[Grant, ...], filled_in: frozenset[str]) -> Sight:
        """Return what plans of the same statements look at."""
        key = (tuple(map(id, looks)), grants, filled_in)
        sight = self._sights.get(key)
        if sight is None:
            sight = self._sights[key] = sight_of(looks, grants, filled_in)
            self.spend()
        return sight


class Plan:
    """What is left to be asked for requests of one caller, action and owner.

    It runs as closures, and after :data:`limits.HOT` requests as generated source.

    Attributes:
        run: Returns the verdict on a request.
    """

    __slots__ = (
        "_action",
        "_completion",
        "_found",
        "_grants",
        "_layers",
        "_left",
        "_looks",
        "_planner",
        "_verdicts",
        "run",
    )

    def __init__(
        self, planner: Planner, action: str, layers: Layers, found: tuple[Candidate, ...], completion: Completion
    ) -> None:
        """Plan for an action; ``found`` are the statements that can apply, of the policy types ``layers``."""
        self._planner = planner
        self._action = action
        self._layers = layers
        self._completion = completion
        self._verdicts: dict[Any, Verdict] = {}
        self._found = found
        self._grants = grants_of(planner.policies, action)
        self._looks: tuple[Look, ...] | None = None
        self._left = limits.HOT
        self.run: Run = self._first

    def _completed(self, request: Request) -> Request:
        return self._completion.completed(request) if self._completion.keys else request

    def _first(self, request: Request) -> Verdict:
        """Compile the run when the first request comes: who asks once does not need it."""
        self.run = self._compiled()
        return self.run(request)

    def once(self, request: Request) -> Verdict:
        """Return the verdict on a request whose like will not come again: nothing is compiled, or remembered."""
        policies = self._planner.policies
        if sts.further_actions(request):
            return judge(policies, self._completed(request))
        completed = s3.with_default_encryption(self._completed(request), policies.settings)
        asked = zip(self._found, self._looked_at(), strict=True)
        return self._verdict([each for each, look in asked if _applies(each, look, completed)], completed)

    def _looked_at(self) -> tuple[Look, ...]:
        if self._looks is None:
            self._looks = self._planner.looked_at(self._found)
        return self._looks

    def _compiled(self) -> Run:
        asked = clauses(self._found, self._grants, self._planner.looks.tests.of_statement)
        prepare = self._preparation(asked_keys(asked, self._found), has_grants=bool(self._grants))
        run = closure_run(asked, self._verdicts, self._learn, compile_resource)

        def counted(request: Request) -> Verdict:
            self._left -= 1
            if self._left == 0:
                self.run = prepare(self._hot(asked))
            return run(request)

        return prepare(counted)

    def _hot(self, asked: list[Clause]) -> Run:
        self._planner.spend()
        if is_narrow(asked):
            return generated_run(asked, self._verdicts, self._learn)
        return closure_run(asked, self._verdicts, self._learn, compile_quick)

    def _preparation(self, keys: frozenset[str], *, has_grants: bool) -> Callable[[Run], Run]:
        """Return what wraps a run where requests are completed first, or where a call needs further permissions.

        A request is completed where a condition asks for a key that may be filled in; for grants always: they name a
        role with its path, which a session's ARN does not tell.
        """
        action, completion = self._action, self._completion
        settings = self._planner.policies.settings
        completes = bool(completion.keys) and (has_grants or not keys.isdisjoint(completion.keys))
        if not completes and not self._encrypts() and not action.startswith("sts:"):
            return lambda run: run

        def wrapped(run: Run) -> Run:
            def prepared(request: Request) -> Verdict:
                if sts.further_actions(request):
                    return judge(self._planner.policies, self._completed(request))
                completed = completion.completed(request) if completes else request
                return run(s3.with_default_encryption(completed, settings))

            return prepared

        return wrapped

    def sight(self, request: Request) -> Sight:
        """Return what of requests like this one the verdict hangs on."""
        if self._encrypts() or sts.further_actions(request):
            return EVERYTHING
        return self._planner.sight(self._looked_at(), self._grants, self._completion.keys)

    def _encrypts(self) -> bool:
        settings = self._planner.policies.settings
        visible = settings.default_encryption_visible and settings.default_encryption is not None
        return visible and self._action == "s3:putobject"

    def _learn(self, found: Any, request: Request) -> Verdict:
        """Ask the interpreter for the verdict when exactly the statements in ``found`` apply, and remember it."""
        completed = s3.with_default_encryption(self._completed(request), self._planner.policies.settings)
        applying = [self._found[number] for number in numbers_of(found) if number < len(self._found)]
        verdict = self._verdict(applying, completed)
        self._planner.spend()
        return remember(self._verdicts, found, verdict, limits.MOST_OUTCOMES)

    def _verdict(self, applying: Iterable[Candidate], request: Request) -> Verdict:
        """Return the interpreter's verdict on a completed request to which exactly these statements apply."""
        hits: dict[int, list[Hit]] = {}
        for layer, statement, names, _ in applying:
            hits.setdefault(id(layer), []).append(Hit(layer.policy_type, statement, names))
        policies = self._planner.policies
        return combine(policies, request, answered(self._layers, policies, request, hits))


def _applies(candidate: Candidate, look: Look, request: Request) -> bool:
    """Tell whether a statement applies to a request, asked once: nothing is made that would only pay for many."""
    resources = candidate.statement.resources
    if resources is None:
        matches = candidate.implies_resource
    elif look.element is not None:
        matches = look.element.find(request._resource) is not resources.negated
    else:
        matches = resources.matches(request._resource, request) if look.resource_itself else not resources.negated
    if not matches:
        return False
    for test in look.asked:  # noqa: SIM110  # twice as fast as `all`
        if not holds(test, request):
            return False
    return True


def asked_keys(asked: list[Clause], found: tuple[Candidate, ...]) -> frozenset[str]:
    """Return every context key that the statements behind clauses look at, in lower case."""
    numbers = [clause.number for clause in asked if clause.number < len(found)]
    return frozenset().union(*(found[number].statement.variable_keys() for number in numbers))
