"""Who decides a workload: the engine, the engine without result objects, the interpreter, the plain walk, the floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import policygen as pg
from policygen.evaluation.results.verdict import EvalDecision
from tests.benchmarks.measure import Pass, per_call, sample_for
from tests.benchmarks.naive import Walk
from tests.benchmarks.workloads import Fields, Workload

ENGINE, BARE, INTERPRETER = "engine", "engine, bare boolean", "interpreter"
WALK, WALK_EACH_TIME, FLOOR = "plain walk, patterns kept", "plain walk", "floor"


class BareEngine(pg.Engine):
    """The engine with a boolean in place of a decision."""

    __slots__ = ()

    def allows(self, request: pg.Request) -> bool:
        """Tell whether a request is allowed."""
        try:
            plan = self._callers[request.caller_key][request.call_key]
        except KeyError:
            plan = self._plan(request)
        return plan.run(request).decision is EvalDecision.ALLOWED


def passes(workload: Workload, number: int, seconds: float) -> tuple[dict[str, Pass], list[Fields]]:
    """Return a pass for each contender over ``number`` requests, and the arguments of these requests.

    Slow contenders get as many of them as they can decide in about ``seconds``. The engines are warm: every plan has
    been asked often enough to have reached its last stage, as far as the workload asks it that often.
    """
    fields = list(workload.fields(number))
    requests = [pg.Request(**each) for each in fields]
    target = workload.target()
    engine, bare = pg.Engine(target), BareEngine(target)
    warm(engine.authorize, requests)
    warm(bare.allows, requests)
    interpret = target.interpret if isinstance(target, pg.Environment) else target.authorize
    walk, walk_each_time = Walk(workload, remember=True), Walk(workload, remember=False)
    found = {
        FLOOR: floor(requests),
        ENGINE: per_call(engine.authorize, requests),
        BARE: per_call(bare.allows, requests),
        INTERPRETER: per_call(interpret, sample_for(interpret, requests, seconds)),
        WALK: per_call(walk.decide, sample_for(walk.decide, fields, seconds)),
        WALK_EACH_TIME: per_call(walk_each_time.decide, sample_for(walk_each_time.decide, fields, seconds)),
    }
    return found, fields


def warm(authorize: Any, requests: Sequence[pg.Request]) -> None:
    """Ask until the plans of a workload are as fast as they get."""
    by_plan: dict[tuple[str, str], list[pg.Request]] = {}
    for request in requests:
        authorize(request)
        by_plan.setdefault((request.principal.role_arn or "", request.call_key), []).append(request)
    for alike in by_plan.values():
        for number in range(300):
            authorize(alike[number % len(alike)])


def floor(requests: Sequence[pg.Request]) -> Pass:
    """Return the pass that nothing can be faster than: two dict look-ups, a call, a check of the context's keys."""
    known = frozenset(key for request in requests for key in request.context)

    def decide(_resource: str, context: dict[str, Any]) -> bool:
        return known.issuperset(context)

    table: dict[str, dict[str, Any]] = {}
    raw = []
    for request in requests:
        table.setdefault(request.principal.arn, {})[request.action] = decide
        raw.append((request.principal.arn, request.action, request.resource, dict(request.context)))

    def run() -> int:
        for principal, action, resource, context in raw:
            table[principal][action](resource, context)
        return len(raw)

    return run
