"""Every request that a spec asks to allow or to deny, derived from the spec alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policygen.spec.model import Spec
from policygen.verification.requests.batch import Job, job_requests
from policygen.verification.requests.buckets import bucket_requests, guard_requests
from policygen.verification.requests.context import called_context
from policygen.verification.requests.given import Given
from policygen.verification.requests.grants import Grant, grants_of
from policygen.verification.requests.keys import key_requests
from policygen.verification.requests.model import DerivedRequest, distinct
from policygen.verification.requests.replication import (
    configuration_requests,
    denied_of_other_rules,
    denied_on_route,
    replication_requests,
    unasked_on_route,
)
from policygen.verification.requests.routes import routes_of


def derive_requests(spec: Spec) -> tuple[DerivedRequest, ...]:
    """Return every request that a spec asks to allow or to deny: each once, with an id of its own."""
    return derive(spec)[0]


def derive(spec: Spec) -> tuple[tuple[DerivedRequest, ...], tuple[Grant, ...]]:
    """Return every request that a spec asks to allow and to deny, and all that it gives."""
    found = tuple(_as_called(spec, each) for each in distinct(_derived(spec)))
    grants = grants_of(spec, found)
    given = Given(spec, grants)
    return tuple(each for each in found if not given.shadows(each)), grants


def _as_called(spec: Spec, asked: DerivedRequest) -> DerivedRequest:
    """Return a request with what AWS says of the resource that is called, whatever else is wrong with it."""
    request = asked.request
    return replace(
        asked, request=request.with_context(called_context(spec, request.resource, request.resource_account))
    )


def _derived(spec: Spec) -> Iterator[DerivedRequest]:
    work = [(route, tuple(replication_requests(route))) for route in routes_of(spec)]
    idle = routes_of(spec, applied=False)
    work += [(route, tuple(configuration_requests(route))) for route in idle if not route.replication.applied_rules]
    uses = [(route, frozenset((it.request.action, it.request.resource) for it in allowed)) for route, allowed in work]
    elsewhere: set[tuple[object, ...]] = set()
    for route, allowed in work:
        yield from allowed
        yield from denied_on_route(route, allowed, elsewhere)
        beside = [each for each in uses if each[0].meets(route)]
        yield from unasked_on_route(route, allowed, beside)
        yield from denied_of_other_rules(route, allowed, beside)
    for route in idle:
        yield from unasked_on_route(route, ())
    for replication in spec.replication:
        if replication.batch is not None:
            yield from job_requests(Job(spec=spec, replication=replication, batch=replication.batch))
    for bucket in spec.buckets:
        yield from bucket_requests(spec, bucket)
        yield from guard_requests(spec, bucket)
    for key in spec.keys:
        yield from key_requests(spec, key)
