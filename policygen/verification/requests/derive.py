"""Every request that a spec asks to allow or to deny, derived from the spec alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policygen.spec.model import Spec
from policygen.verification.requests.batch import job_requests, jobs_of
from policygen.verification.requests.buckets import bucket_requests
from policygen.verification.requests.context import called_context
from policygen.verification.requests.guards import guard_requests
from policygen.verification.requests.keys import key_requests
from policygen.verification.requests.model import DerivedRequest, distinct
from policygen.verification.requests.replication import replication_requests
from policygen.verification.requests.replication_denied import denied_on_route, unasked_on_route
from policygen.verification.requests.routes import routes_of


def derive_requests(spec: Spec) -> tuple[DerivedRequest, ...]:
    """Return every request that a spec asks to allow or to deny: each once, with an id of its own."""
    return tuple(_as_called(spec, each) for each in distinct(_derived(spec)))


def _as_called(spec: Spec, asked: DerivedRequest) -> DerivedRequest:
    """Return a request with what AWS says of the resource that is called, whatever else is wrong with it."""
    request = asked.request
    return replace(
        asked, request=request.with_context(called_context(spec, request.resource, request.resource_account))
    )


def _derived(spec: Spec) -> Iterator[DerivedRequest]:
    for route in routes_of(spec):
        allowed = tuple(replication_requests(route))
        yield from allowed
        yield from denied_on_route(route, allowed)
        yield from unasked_on_route(route, allowed)
    for job in jobs_of(spec):
        yield from job_requests(job)
    for bucket in spec.buckets:
        yield from bucket_requests(spec, bucket)
        yield from guard_requests(spec, bucket)
    for key in spec.keys:
        yield from key_requests(spec, key)
