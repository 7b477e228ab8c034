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
from policygen.request import Request
from policygen.spec.model import Bucket, Spec
from policygen.verification.buckets import upload_headers
from policygen.verification.environment import ADMINISTRATION, exempt_insiders, insider_arn
from policygen.verification.probes import Probe, Step
from policygen.verification.routes import ENDPOINT, base_context, inside_context

ORGANIZATION = "aws:PrincipalOrgID"
_OTHER_ENDPOINT = "vpce-0policygenother0"
_OTHER_ORGANIZATION = "o-policygenother"


def guard_probes(spec: Spec, bucket: Bucket) -> Iterator[Probe]:
    """Yield every probe of one bucket's guards."""
    guards = bucket.guards
    if not guards.organization and not guards.vpc_endpoints:
        return
    for name, action, resource in (
        ("bucket", "s3:ListBucket", bucket.arn),
        ("object", "s3:GetObject", bucket.object_arn("example.txt")),
    ):
        for number, endpoint in enumerate(guards.vpc_endpoints or (None,), 1):
            yield from _insider(spec, bucket, f"{name}-{number}", action, resource, endpoint)
    for number, principal in enumerate(exempt_insiders(spec, bucket), 1):
        yield _exempt(spec, bucket, principal, f"exempt-{number}", ADMINISTRATION, bucket.arn)
    yield from _exempt_outsiders(spec, bucket)


def _insider(
    spec: Spec, bucket: Bucket, name: str, action: str, resource: str, endpoint: str | None
) -> Iterator[Probe]:
    context = inside_context(spec, bucket) | ({ENDPOINT: endpoint} if endpoint else {})
    if bucket.minimum_tls_version is not None:
        context["s3:TlsVersion"] = bucket.minimum_tls_version
    request = Request(
        principal=insider_arn(bucket.partition, bucket.account),
        action=action,
        resource=resource,
        resource_account=bucket.account,
        context=context,
    )
    probe = Probe(
        id=f"{bucket.entry}/guard/{name}",
        title=f"{Step.GUARDED.value} ({action} on {bucket.name})",
        step=Step.GUARDED,
        must_allow=True,
        request=request,
        facts=("S32", "S33"),
    )
    yield probe
    if bucket.guards.vpc_endpoints:
        yield from _refused(probe, ENDPOINT, _OTHER_ENDPOINT, "vpc-endpoint", "through {} VPC endpoint")
    if bucket.guards.organization:
        yield from _refused(probe, ORGANIZATION, _OTHER_ORGANIZATION, "organization", "from {} organization")


def _refused(probe: Probe, key: str, other: str, name: str, what: str) -> Iterator[Probe]:
    wrong = f"Condition/{key}"
    yield probe.refused(f"other-{name}", what.format("another"), wrong, context={key: other})
    yield probe.refused(f"no-{name}", what.format("no"), wrong, context={key: None})


def _exempt(spec: Spec, bucket: Bucket, principal: str, name: str, action: str, resource: str) -> Probe:
    """A principal that the guards spare: through no endpoint and, where `except` names it, from no organization."""
    context: dict[str, Any] = {"aws:SecureTransport": "true"}
    if principal not in bucket.guards.exempt:
        context = base_context(spec)
    if bucket.minimum_tls_version is not None:
        context["s3:TlsVersion"] = bucket.minimum_tls_version
    if action == "s3:PutObject":
        context |= upload_headers(bucket)
    request = Request(
        principal=principal, action=action, resource=resource, resource_account=bucket.account, context=context
    )
    return Probe(
        id=f"{bucket.entry}/guard/{name}",
        title=f"{Step.EXEMPT.value}: {principal.rpartition(':')[2]} ({action} on {bucket.name})",
        step=Step.EXEMPT,
        must_allow=True,
        request=request,
        facts=("S32", "S33"),
    )


def _exempt_outsiders(spec: Spec, bucket: Bucket) -> Iterator[Probe]:
    """Exempt readers and writers of other accounts do what the bucket policy lets them."""
    for number, principal in enumerate(bucket.guards.exempt, 1):
        arn = parse_arn(principal)
        if arn is None or arn.account == bucket.account:
            continue
        listed = [(each, "s3:GetObject") for each in bucket.readers] + [
            (each, "s3:PutObject") for each in bucket.writers
        ]
        for grantee, action in listed:
            if grantee.principal == principal:
                resource = bucket.object_arn(f"{grantee.prefix}example.txt")
                yield _exempt(spec, bucket, principal, f"exempt-outsider-{number}", action, resource)
