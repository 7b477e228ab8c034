"""What an engine costs beside time a decision: cold start, compiling, memory; and how costs grow with the policies."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from statistics import median
from time import process_time_ns
from typing import Any

import policygen as pg
from policygen.engine import actions, resources
from policygen.matching import arns
from tests.benchmarks.contenders import warm
from tests.benchmarks.measure import nanoseconds, per_call
from tests.benchmarks.workloads import ACCOUNT, FULL_ACCESS, VERSION, Workload, with_arns

Step = Callable[[], None]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"


def forget_patterns() -> None:
    """Forget what was compiled for other policies."""
    for cached in (arns.compile_resource, arns.compile_arn, actions._matcher, resources.compile_quick):
        cached.cache_clear()


def cold_start(workload: Workload, times: int) -> dict[str, float]:
    """Return microseconds from a policy set to its first decision, and from parsed documents to it.

    The targets are made beforehand: what is cold are the engine and the patterns, not the interpreter of Python.
    """
    requests = workload.requests(times)
    found: dict[str, float] = {}
    for name, with_sets in (("from policy set", True), ("from documents", False)):
        targets = [workload.target() for _ in requests]
        took = []
        for target, request in zip(targets, requests, strict=True):
            if with_sets and isinstance(target, pg.Environment):
                target.policies_for(target.place(request))
            forget_patterns()
            start = process_time_ns()
            pg.compile(target).authorize(request)
            took.append((process_time_ns() - start) / 1e3)
        found[name] = median(took)
    return found


def compile_all(workload: Workload, number: int) -> dict[str, float]:
    """Return milliseconds and mebibytes that the plans of a workload take, and how many things are kept."""
    requests = workload.requests(number)
    target = workload.target()
    gc.collect()
    tracemalloc.start()
    engine = pg.compile(target)
    warm(engine.authorize, requests)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    fresh = pg.compile(workload.target())
    start = process_time_ns()
    for request in requests:
        fresh.authorize(request)
    first = (process_time_ns() - start) / 1e6
    return {"first pass ms": first, "MiB when warm": size / 2**20, "kept": float(engine._kept)}


def request_time(workload: Workload) -> float:
    """Return microseconds to make one request."""
    fields = list(workload.fields(2000))
    return median(nanoseconds(per_call(lambda each: pg.Request(**each), fields)) for _ in range(5)) / 1e3


def result_of(statements: list[dict[str, Any]], requests: list[pg.Request], rounds: int) -> float:
    """Return nanoseconds a decision of a warm engine under some statements."""
    engine = pg.compile(pg.PolicySet(identity_based={"Version": VERSION, "Statement": statements}))
    warm(engine.authorize, requests)
    run = per_call(engine.authorize, requests)
    return min(nanoseconds(run) for _ in range(rounds))


def _by_prefix(number: int) -> tuple[list[dict[str, Any]], list[pg.Request]]:
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::bucket/team-{n}/*"}
        for n in range(number)
    ]
    requests = [
        pg.Request(principal=ROLE, action="s3:GetObject", resource=f"arn:aws:s3:::bucket/team-{n * 7919 % number}/x{n}")
        for n in range(500)
    ]
    return statements, requests


def statements_curve(sizes: list[int], rounds: int, step: Step) -> dict[str, float]:
    """Return nanoseconds a decision by the number of statements on one action, each with a prefix of its own."""
    found = {}
    for size in sizes:
        statements, requests = _by_prefix(size)
        found[str(size)] = result_of(statements, requests, rounds)
        step()
    return found


def arns_curve(sizes: list[int], rounds: int, step: Step) -> dict[str, float]:
    """Return nanoseconds a decision by the number of ARN patterns in one statement."""
    found = {}
    for size in sizes:
        workload = with_arns(size)
        (attached,) = workload.roles.values()
        statements = attached.identity_based[0]["Statement"]
        found[str(size)] = result_of(statements, workload.requests(500), rounds)
        step()
    return found


def keys_curve(sizes: list[int], rounds: int, step: Step) -> dict[str, float]:
    """Return nanoseconds a decision by the number of context keys, every other of which a condition asks for."""
    found = {}
    for size in sizes:
        conditions = {f"custom:key-{n}": ["a", "b"] for n in range(0, size, 2)}
        statement = {**FULL_ACCESS["Statement"][0], "Condition": {"StringEquals": conditions}}
        context = {f"custom:key-{n}": "a" for n in range(size)}
        requests = [
            pg.Request(principal=ROLE, action="s3:GetObject", resource=f"arn:aws:s3:::b/{n}", context=context)
            for n in range(500)
        ]
        found[str(size)] = result_of([statement], requests, rounds)
        step()
    return found


def hostile_glob() -> float:
    """Return microseconds of a first decision: a pattern of twelve stars, a resource of ten thousand characters."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/" + "a*" * 12 + "b"}
    policies = pg.PolicySet(identity_based={"Version": VERSION, "Statement": statement})
    request = pg.Request(principal=ROLE, action="s3:GetObject", resource="arn:aws:s3:::b/" + "a" * 10_000)
    engine = pg.compile(policies)
    return max(nanoseconds(per_call(engine.authorize, [request])) for _ in range(300)) / 1e3
