"""Every request that a spec asks to allow or to deny, derived from the spec alone."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.spec.model import Spec
from policygen.verification.requests.batch import Job, job_requests
from policygen.verification.requests.buckets import bucket_requests, guard_requests
from policygen.verification.requests.given import Given
from policygen.verification.requests.keys import key_requests
from policygen.verification.requests.model import DerivedRequest, distinct
from policygen.verification.requests.replication import denied_on_route, replication_requests, unasked_on_route
from policygen.verification.requests.routes import routes_of


def derive_requests(spec: Spec) -> tuple[DerivedRequest, ...]:
    """Return every request that a spec asks to allow or to deny: each once, with an id of its own."""
    return derive(spec)[0]


def derive(spec: Spec) -> tuple[tuple[DerivedRequest, ...], tuple[DerivedRequest, ...]]:
    """Return what a spec asks to allow or to deny, and what one place of it asks to deny while another one gives it."""
    found, given = tuple(distinct(_derived(spec))), Given(spec)
    shadowed = tuple(each for each in found if given.shadows(each))
    apart = {id(each) for each in shadowed}
    return tuple(each for each in found if id(each) not in apart), shadowed


def _derived(spec: Spec) -> Iterator[DerivedRequest]:
    for route in routes_of(spec):
        allowed = tuple(replication_requests(route))
        yield from allowed
        yield from denied_on_route(route, allowed)
        yield from unasked_on_route(route, allowed)
    for replication in spec.replication:
        if replication.batch is not None:
            yield from job_requests(Job(spec=spec, replication=replication, batch=replication.batch))
    for bucket in spec.buckets:
        yield from bucket_requests(spec, bucket)
        yield from guard_requests(spec, bucket)
    for key in spec.keys:
        yield from key_requests(spec, key)
