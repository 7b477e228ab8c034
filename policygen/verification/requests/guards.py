"""What guards of a bucket must keep out, and whom they must spare.

An insider, a role of the bucket's account to which its account allows everything, stands for all whom only the guard
can stop. Replication and batch jobs are asked elsewhere: their requests come through no VPC endpoint.

Fact: S32, S33, R17, F18
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.spec.model import Bucket, Spec
from policygen.verification.requests.context import ENDPOINT, ORGANIZATION, upload_headers, wanted_context
from policygen.verification.requests.model import DerivedRequest, Purpose, derived, short
from policygen.verification.requests.others import ADMINISTRATION, exempt_insiders, insider_arn

_OTHER_ENDPOINT = "vpce-0policygenother0"
_OTHER_ORGANIZATION = "o-policygenother"


def guard_requests(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Yield every request of one bucket's guards."""
    guards = bucket.guards
    if not guards.organization and not guards.vpc_endpoints:
        return
    for name, action, resource in (
        ("bucket", "s3:ListBucket", bucket.arn),
        ("object", "s3:GetObject", bucket.object_arn("example.txt")),
    ):
        for number, endpoint in enumerate(guards.vpc_endpoints or (None,), 1):
            context = wanted_context(spec, bucket) | ({ENDPOINT: endpoint} if endpoint else {})
            yield from _insider(bucket, f"{name}-{number}", action, resource, context)
    for number, principal in enumerate(exempt_insiders(spec, bucket), 1):
        yield _exempt(spec, bucket, principal, f"exempt-{number}", ADMINISTRATION, bucket.arn)
    yield from _exempt_of_other_accounts(spec, bucket)


def _of_guard(bucket: Bucket, purpose: Purpose, name: str, **more: Any) -> DerivedRequest:
    return derived(purpose, id=f"{bucket.entry}/guard/{name}", account=bucket.account, facts=("S32", "S33"), **more)


def _insider(
    bucket: Bucket, name: str, action: str, resource: str, context: dict[str, Any]
) -> Iterator[DerivedRequest]:
    asked = _of_guard(
        bucket,
        Purpose.GUARDED,
        name,
        title=f"{Purpose.GUARDED.value} ({action} on {bucket.name})",
        principal=insider_arn(bucket.partition, bucket.account),
        action=action,
        resource=resource,
        context=context,
    )
    yield asked
    if bucket.guards.vpc_endpoints:
        yield from _refused(asked, ENDPOINT, _OTHER_ENDPOINT, "vpc-endpoint", "through {} VPC endpoint")
    if bucket.guards.organization:
        yield from _refused(asked, ORGANIZATION, _OTHER_ORGANIZATION, "organization", "from {} organization")


def _refused(asked: DerivedRequest, key: str, other: str, name: str, what: str) -> Iterator[DerivedRequest]:
    wrong = f"Condition/{key}"
    yield asked.refused(f"other-{name}", what.format("another"), wrong, context={key: other})
    yield asked.refused(f"no-{name}", what.format("no"), wrong, context={key: None})


def _exempt(spec: Spec, bucket: Bucket, principal: str, name: str, action: str, resource: str) -> DerivedRequest:
    """A principal that the guards spare: through no endpoint and, where `except` names it, from no organization."""
    context = wanted_context(spec, bucket, organization=principal not in bucket.guards.exempt, endpoint=False)
    return _of_guard(
        bucket,
        Purpose.EXEMPT,
        name,
        title=f"{Purpose.EXEMPT.value}: {short(principal)} ({action} on {bucket.name})",
        principal=principal,
        action=action,
        resource=resource,
        context=context | (upload_headers(bucket) if action == "s3:PutObject" else {}),
    )


def _exempt_of_other_accounts(spec: Spec, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Exempt readers and writers of other accounts do what the bucket policy lets them."""
    asked = [(each, "s3:GetObject") for each in bucket.readers] + [(each, "s3:PutObject") for each in bucket.writers]
    for number, principal in enumerate(bucket.guards.exempt, 1):
        arn = parse_arn(principal)
        for grantee, action in asked if arn is not None and arn.account != bucket.account else ():
            if grantee.principal == principal:
                resource = bucket.object_arn(f"{grantee.prefix}example.txt")
                yield _exempt(spec, bucket, principal, f"exempt-outsider-{number}", action, resource)
