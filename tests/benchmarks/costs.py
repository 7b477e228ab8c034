"""What an engine costs beside time a decision: first requests, cold start, memory; and how costs grow with policies."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any

import policygen as pg
from tests.benchmarks.contenders import REQUEST, WHOLE, made, warm, whole
from tests.benchmarks.measure import nanoseconds, per_call
from tests.benchmarks.workloads import ACCOUNT, FULL_ACCESS, VERSION, Fields, Workload, by_plan, with_arns

Step = Callable[[], None]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
FIRST, LAST = 5, 260
"""The requests of a plan that are its first ones: the plan is not in its last stage yet."""


def first_requests(workload: Workload, rounds: int) -> dict[str, float]:
    """Return microseconds a request for requests 5 to 260 of each plan of a fresh engine, whose plans take turns."""
    found: dict[str, list[float]] = {WHOLE: [], REQUEST: []}
    earlier, timed = first_fields(workload)
    for _ in range(rounds):
        for name, took in zip(found, first_pass(workload, earlier, timed), strict=True):
            found[name].append(took)
    return {name: median(each) / 1e3 for name, each in found.items()}


def first_fields(workload: Workload) -> tuple[list[Fields], list[Fields]]:
    """Return the arguments of requests 1 to 4 of each plan, and those of requests 5 to 260."""
    fields = list(workload.fields(20_000))
    plans = [numbers[:LAST] for numbers in by_plan(fields).values() if len(numbers) >= LAST]
    turns = [[fields[number] for number in turn] for turn in zip(*plans, strict=True)]
    return list(chain(*turns[: FIRST - 1])), list(chain(*turns[FIRST - 1 :]))


def first_pass(workload: Workload, earlier: list[Fields], timed: list[Fields]) -> tuple[float, float]:
    """Return nanoseconds a request for some requests after others: request and decision, and the request alone."""
    decide = whole(pg.compile(workload.target()).authorize)
    for each in earlier:
        decide(each)
    return nanoseconds(per_call(decide, timed)), nanoseconds(per_call(made, timed))


def cold_start(workload: Workload, times: int) -> dict[str, float]:
    """Return microseconds from a policy set to its first decision, and from parsed documents to it.

    A process of its own measures them, in forks that know nothing of the workload's patterns (see ``cold.py``).
    """
    tests, package = Path(__file__).resolve().parents[2], Path(pg.__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.cold", workload.name, str(times)],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tests, package)))},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compile_all(workload: Workload, number: int) -> dict[str, float]:
    """Return milliseconds that the first decisions of a workload take, and mebibytes that its warm plans take."""
    fields = list(workload.fields(number))
    target = workload.target()
    gc.collect()
    tracemalloc.start()
    engine = pg.compile(target)
    warm(engine.authorize, fields)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    requests = [made(each) for each in fields]
    fresh = pg.compile(workload.target())
    start = process_time_ns()
    for request in requests:
        fresh.authorize(request)
    first = (process_time_ns() - start) / 1e6
    return {"first pass ms": first, "MiB when warm": size / 2**20}


def result_of(statements: list[dict[str, Any]], fields: list[Fields], rounds: int) -> float:
    """Return nanoseconds a decision of a warm engine under some statements."""
    engine = pg.compile(pg.PolicySet(identity_based={"Version": VERSION, "Statement": statements}))
    warm(engine.authorize, fields)
    run = per_call(engine.authorize, [made(each) for each in fields])
    return min(nanoseconds(run) for _ in range(rounds))


def _by_prefix(number: int) -> tuple[list[dict[str, Any]], list[Fields]]:
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::bucket/team-{n}/*"}
        for n in range(number)
    ]
    fields = [
        {"principal": ROLE, "action": "s3:GetObject", "resource": f"arn:aws:s3:::bucket/team-{n * 7919 % number}/x{n}"}
        for n in range(500)
    ]
    return statements, fields


def statements_curve(sizes: list[int], rounds: int, step: Step) -> dict[str, float]:
    """Return nanoseconds a decision by the number of statements on one action, each with a prefix of its own."""
    found = {}
    for size in sizes:
        statements, fields = _by_prefix(size)
        found[str(size)] = result_of(statements, fields, rounds)
        step()
    return found


def arns_curve(sizes: list[int], rounds: int, step: Step) -> dict[str, float]:
    """Return nanoseconds a decision by the number of ARN patterns in one statement."""
    found = {}
    for size in sizes:
        workload = with_arns(size)
        (attached,) = workload.roles.values()
        statements = attached.identity_based[0]["Statement"]
        found[str(size)] = result_of(statements, list(workload.fields(500)), rounds)
        step()
    return found


def keys_curve(sizes: list[int], rounds: int, step: Step) -> dict[str, float]:
    """Return nanoseconds a decision by the number of context keys, every other of which a condition asks for."""
    found = {}
    for size in sizes:
        conditions = {f"custom:key-{n}": ["a", "b"] for n in range(0, size, 2)}
        statement = {**FULL_ACCESS["Statement"][0], "Condition": {"StringEquals": conditions}}
        context = {f"custom:key-{n}": "a" for n in range(size)}
        fields = [
            {"principal": ROLE, "action": "s3:GetObject", "resource": f"arn:aws:s3:::b/{n}", "context": context}
            for n in range(500)
        ]
        found[str(size)] = result_of([statement], fields, rounds)
        step()
    return found


def hostile_glob() -> float:
    """Return microseconds of a first decision: a pattern of twelve stars, a resource of ten thousand characters."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/" + "a*" * 12 + "b"}
    policies = pg.PolicySet(identity_based={"Version": VERSION, "Statement": statement})
    request = pg.Request(principal=ROLE, action="s3:GetObject", resource="arn:aws:s3:::b/" + "a" * 10_000)
    engine = pg.compile(policies)
    return max(nanoseconds(per_call(engine.authorize, [request])) for _ in range(300)) / 1e3
