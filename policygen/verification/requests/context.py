"""What requests carry: transport, organization, VPC endpoint, encryption headers, and what S3 tells KMS.

Fact: R45, R47, S2, S3, S4, S30, S31, S32, S33
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

from __future__ import annotations

from typing import Any

from policygen.aws.arns import parse_arn, via_service
from policygen.spec.kinds import BucketKey, Enforce, Sse
from policygen.spec.model import Bucket, Grantee, Spec

SSE = "s3:x-amz-server-side-encryption"
SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"
CONTEXT = "kms:EncryptionContext:aws:s3:arn"
VIA = "kms:ViaService"
ENDPOINT = "aws:SourceVpce"
ORGANIZATION = "aws:PrincipalOrgID"
REGION = "aws:RequestedRegion"
RESOURCE_ORGANIZATION = "aws:ResourceOrgID"
RESOURCE_PATHS = "aws:ResourceOrgPaths"
TLS = "aws:SecureTransport"
TLS_VERSION = "s3:TlsVersion"
SOURCE_ACCOUNT = "aws:SourceAccount"
SOURCE_ARN = "aws:SourceArn"
PREFIX = "s3:prefix"
FOR_AWS = "kms:GrantIsForAWSResource"

ANY_RESOURCE = "policygen-any"
"""What stands in the ARN of a source that a service acts for in the place of ``*``."""


def base_context(spec: Spec) -> dict[str, Any]:
    """Return the context that every request of a principal of the spec's accounts carries."""
    return {TLS: "true"} | ({ORGANIZATION: spec.organization.id} if spec.organization is not None else {})


def source_context(grantee: Grantee) -> dict[str, Any]:
    """Return what tells for which resource a service acts; ``*`` in the pattern of an ARN stands for some text.

    S3 hides transport and address of a service's call (E109), and a service belongs to no organization.

    Fact: E109, G57, G58
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    found = {SOURCE_ACCOUNT: grantee.source_account} if grantee.source_account else {}
    return found | ({SOURCE_ARN: grantee.source_arn.replace("*", ANY_RESOURCE)} if grantee.source_arn else {})


def called_context(spec: Spec, resource: str, account: str | None) -> dict[str, Any]:
    """Return what AWS says of the resource that is called: its Region, and its account's organization.

    Unspecified: a role has no Region; S3 is taken to assume it where its source bucket is. The path of an account in
    its organization is not known: it stands right below the root here, whose id is made up.

    Fact: G40, G41, G53
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    arn = parse_arn(resource)
    bucket = resource.partition("/")[0]
    regions = {each.arn: each.region for each in spec.buckets}
    regions |= {each.role.arn: each.source.region for each in spec.replication}
    own = (arn.region if arn else "") or regions.get(resource) or regions.get(bucket)
    found: dict[str, Any] = {REGION: own or next(iter(regions.values()), "us-east-1")}
    if spec.organization is not None and account in dict(spec.accounts).values():
        found |= {RESOURCE_ORGANIZATION: spec.organization.id, RESOURCE_PATHS: [f"{spec.organization.id}/r-0000/"]}
    return found


def wanted_context(
    spec: Spec, bucket: Bucket, *, organization: bool = True, endpoint: bool = True, tls_version: bool = True
) -> dict[str, Any]:
    """Return the context of a request to a bucket as its policy wants it, encryption headers aside.

    Args:
        spec: The spec.
        bucket: The bucket.
        organization: Whether the caller belongs to the spec's organization.
        endpoint: Whether the request comes through the first of the bucket's VPC endpoints.
        tls_version: Whether it says the TLS version, where the bucket asks for one.
    """
    context = base_context(spec) if organization else {TLS: "true"}
    if endpoint and bucket.guards.vpc_endpoints:
        context[ENDPOINT] = bucket.guards.vpc_endpoints[0]
    if tls_version and bucket.minimum_tls_version is not None:
        context[TLS_VERSION] = bucket.minimum_tls_version
    return context


def key_arn_of(bucket: Bucket) -> str | None:
    """Return the ARN of the KMS key of a bucket's default encryption; None for SSE-S3 and the AWS managed key."""
    key = bucket.encryption.customer_key
    return key.arn(bucket.region) if key is not None else None


def encryption_headers(sse: Sse, key: str | None) -> dict[str, Any]:
    """Return the encryption headers that name a kind of encryption, and the ARN of a key where there is one."""
    return {SSE: sse.value} | ({SSE_KEY: key} if key else {})


def upload_headers(bucket: Bucket) -> dict[str, Any]:
    """Return the encryption headers of an upload as the bucket's policy wants them; none where it wants none."""
    encryption = bucket.encryption
    return {} if encryption.enforce is Enforce.NONE else encryption_headers(encryption.sse, key_arn_of(bucket))


def kms_context(bucket: Bucket, context: str) -> dict[str, Any]:
    """Return what KMS is told when S3 calls it for ``bucket`` on the caller's behalf."""
    return {VIA: via_service("s3", bucket.region), CONTEXT: context}


def encryption_contexts(bucket: Bucket, key: str) -> tuple[str, ...]:
    """Return the values of ``aws:s3:arn`` for the object ``key``, by the bucket's own Bucket Key setting."""
    setting, single = bucket.encryption.bucket_key, bucket.object_arn(key)
    if bucket.encryption.sse is Sse.DSSE_KMS or setting is BucketKey.OFF:
        return (single,)
    return (bucket.arn,) if setting is BucketKey.ON else (single, bucket.arn)
