"""Who decides a workload: the engine with and without making the request, the interpreter, the plain walk, the floor.

What is public is used alone, so that the same code measures every version of policygen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import policygen as pg
from tests.benchmarks.measure import Pass, per_call, sample_for
from tests.benchmarks.naive import Walk
from tests.benchmarks.workloads import Fields, Workload, by_plan

ENGINE, REQUEST, WHOLE = "engine, the decision alone", "making the request alone", "engine, request and decision"
INTERPRETER = "interpreter, decision alone"
WALK, WALK_EACH_TIME, FLOOR = "plain walk, patterns kept", "plain walk", "floor"

Authorize = Callable[[pg.Request], pg.Decision]
OFTEN = 300
"""Requests after which a plan has reached its last stage."""


def made(fields: Fields) -> pg.Request:
    """Return the request of plain arguments."""
    return pg.Request(**fields)


def whole(authorize: Authorize) -> Callable[[Fields], pg.Decision]:
    """Return the way from plain arguments to a decision."""
    request = pg.Request
    return lambda fields: authorize(request(**fields))


def interpreter(target: pg.PolicySet | pg.Environment) -> Authorize:
    """Return what interprets: an environment's ``authorize``, or ``interpret`` where that makes itself an engine."""
    found: Authorize = getattr(target, "interpret", target.authorize)
    return found


def engine_passes(workload: Workload, fields: Sequence[Fields]) -> dict[str, Pass]:
    """Return the passes of a warm engine: every plan has been asked until it is as fast as it gets."""
    requests = [made(each) for each in fields]
    authorize = pg.compile(workload.target()).authorize
    warm(authorize, fields)
    return {
        ENGINE: per_call(authorize, requests),
        REQUEST: per_call(made, fields),
        WHOLE: per_call(whole(authorize), fields),
    }


def passes(workload: Workload, fields: Sequence[Fields], seconds: float) -> dict[str, Pass]:
    """Return a pass for each contender over some requests.

    Slow contenders get as many of them as they can decide in about ``seconds``.
    """
    requests = [made(each) for each in fields]
    interpret = interpreter(workload.target())
    walk, walk_each_time = Walk(workload, remember=True), Walk(workload, remember=False)
    return {
        FLOOR: floor(fields),
        **engine_passes(workload, fields),
        INTERPRETER: per_call(interpret, sample_for(interpret, requests, seconds)),
        WALK: per_call(walk.decide, sample_for(walk.decide, fields, seconds)),
        WALK_EACH_TIME: per_call(walk_each_time.decide, sample_for(walk_each_time.decide, fields, seconds)),
    }


def warm(authorize: Authorize, fields: Sequence[Fields]) -> None:
    """Ask until every plan has reached its last stage; the requests are made for that alone."""
    for alike in by_plan(fields).values():
        requests = [made(fields[number]) for number in alike]
        for number in range(max(OFTEN, len(requests))):
            authorize(requests[number % len(requests)])


def floor(fields: Sequence[Fields]) -> Pass:
    """Return the pass that nothing can be faster than: two dict look-ups, a call, a check of the context's keys."""
    requests = [made(each) for each in fields]
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
