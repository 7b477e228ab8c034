"""Cold starts: ``python -m tests.benchmarks.cold WORKLOAD TIMES`` prints their microseconds as JSON.

Each is measured in a fork of its own, so that no pattern, caller or action of the workload has been seen before; Python
and the engine's code are warm. Whatever policygen remembers, the next fork has not seen.
"""

from __future__ import annotations

import gc
import json
import sys
from functools import partial
from statistics import median
from time import process_time_ns

import policygen as pg
from tests.benchmarks.measure import in_child
from tests.benchmarks.workloads import ACCOUNT, VERSION, WORKLOADS, Attached, Fields, Workload, holder_of, role_of

FROM_SET = "from policy set"
_QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/sender"


def other_workload() -> Workload:
    """Return a role and a queue, which no workload knows."""
    sending = {"Effect": "Allow", "Action": ["sqs:Receive*", "sqs:SendMessage"], "Resource": "arn:aws:sqs:*"}
    tagged = {"StringLike": {"aws:PrincipalTag/part": "a*"}}
    everything = {"Effect": "Allow", "Action": "sqs:*", "Resource": [f"{_QUEUE}*", _QUEUE], "Condition": tagged}
    forwarded = {"Bool": {"aws:ViaAWSService": "true"}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": _QUEUE, "Condition": forwarded}
    return Workload(
        name="other",
        about="a queue",
        roles={_ROLE: Attached(identity_based=[{"Version": VERSION, "Statement": [sending, everything]}])},
        resources={_QUEUE: {"Version": VERSION, "Statement": denied}},
        size=1,
        draw=lambda _: {"principal": _ROLE, "action": "sqs:SendMessage", "resource": _QUEUE, "context": {}},
    )


def warm_up() -> None:
    """Decide under other policies, until Python and the engine's code are as fast as they get."""
    other = other_workload()
    (fields,) = other.fields(1)
    for _ in range(20):
        for target in (other.target(), policy_set(other, fields)):
            pg.compile(target).authorize(pg.Request(**fields))


def policy_set(workload: Workload, fields: Fields) -> pg.PolicySet:
    """Return what counts for one request as a policy set."""
    attached = workload.roles[role_of(fields)]
    return pg.PolicySet(
        identity_based=attached.identity_based,
        permissions_boundary=attached.permissions_boundary,
        resource_based=workload.resources.get(holder_of(fields)),
        service_control=workload.service_control or None,
    )


def cold(workload: Workload, fields: Fields, *, from_set: bool) -> float:
    """Return the microseconds of an engine and its first decision."""
    target = policy_set(workload, fields) if from_set else workload.target()
    request = pg.Request(**fields)
    warm_up()  # again: the fork's pages are its own afterwards
    gc.collect()
    gc.disable()
    start = process_time_ns()
    pg.compile(target).authorize(request)
    return (process_time_ns() - start) / 1e3


def main() -> None:
    """Measure one workload, and print."""
    name, times = sys.argv[1:]
    workload = next(make for make in WORKLOADS if make.__name__ == name)()
    warm_up()
    gc.collect()
    gc.freeze()
    found: dict[str, list[float]] = {FROM_SET: [], "from documents": []}
    for fields in workload.fields(int(times)):
        for way, took in found.items():
            took.append(in_child(partial(cold, workload, fields, from_set=way == FROM_SET)))
    sys.stdout.write(json.dumps({way: median(took) for way, took in found.items()}) + "\n")


if __name__ == "__main__":
    main()
