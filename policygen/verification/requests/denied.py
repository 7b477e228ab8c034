"""A request that must be allowed, with exactly one thing wrong: another caller, no TLS, another context.

Only what the spec asks for is refused: without a prefix there is no other prefix, and with a Bucket Key the
encryption context is the whole bucket, so the prefix cannot be expressed in it (R51).

Fact: R45, R48, R51, R52, S30, S31
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from policygen.aws.arns import via_service
from policygen.aws.partitions import known_regions
from policygen.spec.model import Bucket, Grantee, Spec
from policygen.verification.requests.context import CONTEXT, SOURCE_ACCOUNT, SOURCE_ARN, TLS, TLS_VERSION, VIA
from policygen.verification.requests.model import DerivedRequest, without_service
from policygen.verification.requests.others import (
    other_bucket_arn,
    other_key_arn,
    role_without_policies_arn,
    stranger_arn,
)

_OUTSIDE = "policygen-outside/example.txt"


def denied_to_role(
    spec: Spec, asked: DerivedRequest, bucket: Bucket, prefixes: tuple[str, ...]
) -> Iterator[DerivedRequest]:
    """Yield what must be denied beside a request of a role of S3 on a bucket or its key.

    Args:
        spec: The spec.
        asked: What must be allowed.
        bucket: The bucket, or the one for which S3 calls KMS.
        prefixes: The prefixes of the objects that the role works on; an empty one for all of them.
    """
    if asked.request.service == "kms":
        other = other_key_arn(asked.request.resource)
        yield asked.refused("other-key", "on another key", "Resource", resource=other)
        yield from other_kms_context(asked, bucket, prefixes)
    else:
        yield other_bucket(asked, bucket)
        yield from other_prefixes(asked, bucket, prefixes)
        yield from other_transport(asked, bucket)
    yield from other_principals(spec, asked)


def other_principals(spec: Spec, asked: DerivedRequest) -> Iterator[DerivedRequest]:
    """Yield a request by a role of the resource's account without policies, and by a stranger who may do everything."""
    role = role_without_policies_arn(spec.partition, asked.request.resource_account or "")
    yield asked.refused("other-principal", "by another role of the account", "Principal", principal=role)
    yield asked.refused("stranger", "by a user of another account", "Principal", principal=stranger_arn(spec))


def other_sources(asked: DerivedRequest, grantee: Grantee) -> Iterator[DerivedRequest]:
    """Yield a service's request for another source than the spec names, for none, and by another service."""
    if not grantee.is_service:
        return
    service = "ec2.amazonaws.com" if grantee.principal != "ec2.amazonaws.com" else "lambda.amazonaws.com"
    yield asked.refused("other-service", "by another service", "Principal", principal=service)
    other = {SOURCE_ACCOUNT: "000000000000", SOURCE_ARN: "arn:aws:s3:::policygen-other"}
    stated = {SOURCE_ACCOUNT: grantee.source_account, SOURCE_ARN: grantee.source_arn}
    for key, what in ((SOURCE_ACCOUNT, "account"), (SOURCE_ARN, "resource")):
        if stated[key]:
            wrong = f"Condition/{key}"
            yield asked.refused(f"other-source-{what}", f"for another {what}", wrong, context={key: other[key]})
            yield asked.refused(f"no-source-{what}", f"for no {what}", wrong, context={key: None})


def other_bucket(asked: DerivedRequest, bucket: Bucket) -> DerivedRequest:
    """Return a request on another bucket, or on the object of the same key there."""
    other = asked.request.resource.replace(bucket.arn, other_bucket_arn(bucket), 1)
    return asked.refused("other-bucket", "on another bucket", "Resource", resource=other)


def other_prefixes(asked: DerivedRequest, bucket: Bucket, prefixes: tuple[str, ...]) -> Iterator[DerivedRequest]:
    """Yield a request on objects that no prefix covers."""
    for key in _other_object_keys(prefixes):
        resource = bucket.object_arn(key)
        yield asked.refused("other-prefix", f"outside the prefix (`{key}`)", "Resource", resource=resource)


def _other_object_keys(prefixes: tuple[str, ...]) -> Iterator[str]:
    """Yield keys that no prefix covers: one elsewhere, and one that a forgotten slash would let through."""
    if "" in prefixes:
        return
    beside = [f"{prefix.removesuffix('/')}-other/x" for prefix in prefixes if prefix.endswith("/")]
    for key in (_OUTSIDE, *beside):
        if not any(key.startswith(prefix) for prefix in prefixes):
            yield key


def other_actions(asked: DerivedRequest, actions: Iterable[str], **resources: str) -> Iterator[DerivedRequest]:
    """Yield other actions that nobody asked for, on the same resource unless ``resources`` names another one."""
    for action in actions:
        name = without_service(action)
        resource = resources.get(name, asked.request.resource)
        yield asked.refused(f"unasked-{name}", f"{action} instead", "Action", action=action, resource=resource)


def other_transport(asked: DerivedRequest, bucket: Bucket) -> Iterator[DerivedRequest]:
    """Yield a request to a bucket without TLS, and with too old a version of it, as far as the spec forbids them."""
    if bucket.tls_only:
        changes: dict[str, Any] = {TLS: "false"}
        yield asked.refused("no-tls", "without TLS", f"Condition/{TLS}", context=changes)
    if bucket.minimum_tls_version is not None:
        major, _, minor = bucket.minimum_tls_version.partition(".")
        changes = {TLS_VERSION: f"{major}.{max(int(minor or 0) - 1, 0)}"}
        yield asked.refused("old-tls", "with an old TLS version", f"Condition/{TLS_VERSION}", context=changes)


def other_kms_context(asked: DerivedRequest, bucket: Bucket, prefixes: tuple[str, ...]) -> Iterator[DerivedRequest]:
    """Yield a KMS call without ViaService, through another Region or service, with another encryption context."""
    via = f"Condition/{VIA}"
    yield asked.refused("no-via-service", "called directly", via, context={VIA: None})
    # a partition with one Region gets a made-up one
    region = next((each for each in known_regions(bucket.partition) if each != bucket.region), "xx-north-9")
    yield asked.refused("other-region", f"through S3 in {region}", via, context={VIA: via_service("s3", region)})
    service = via_service("dynamodb", bucket.region)
    yield asked.refused("other-service", "through another service", via, context={VIA: service})
    context = f"Condition/{CONTEXT}"
    yield asked.refused("no-context", "without the encryption context", context, context={CONTEXT: None})
    whole = asked.request.context[CONTEXT.lower()].values == (bucket.arn,)
    elsewhere = other_bucket_arn(bucket) + ("" if whole else "/example.txt")
    yield asked.refused("other-context", "for another bucket", context, context={CONTEXT: elsewhere})
    for key in () if whole else _other_object_keys(prefixes):
        what = f"for an object outside the prefix (`{key}`)"
        yield asked.refused("other-prefix-context", what, context, context={CONTEXT: bucket.object_arn(key)})


def kms_context_of(asked: DerivedRequest) -> dict[str, Any]:
    """Return what KMS is told on a call: the service that makes it, and the encryption context."""
    return {name: list(asked.request.context[name.lower()].values) for name in (VIA, CONTEXT)}
