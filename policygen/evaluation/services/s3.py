"""Amazon S3: the root user and the bucket policy, Block Public Access, default encryption in the context."""

from __future__ import annotations

from collections.abc import Mapping

from policygen.evaluation.policies import BLOCK_PUBLIC_ACCESS, NamedPolicy, Settings
from policygen.evaluation.public_access import is_public_policy, is_public_statement
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

OF_BUCKET_POLICIES = ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")
"""Actions on the bucket policy itself (E44, E110), in lower case."""

TAGGED_UNDER_ABAC = {"s3:putbuckettagging": "s3:TagResource", "s3:deletebuckettagging": "s3:UntagResource"}
_SSE = "s3:x-amz-server-side-encryption"
_SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
KEYS_OF_ENCRYPTION = (_SSE, _SSE_KEY)
"""Condition keys that carry the encryption of an upload, in lower case."""


def root_keeps_bucket_policy(request: Request) -> bool:
    """Tell whether the bucket policy's Denies do not count: the owner's root user on the bucket policy itself.

    Fact: E44
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    return (
        request.action.lower() in OF_BUCKET_POLICIES
        and request.principal.kind is PrincipalKind.ROOT
        and request.principal.account == request.resource_account
    )


def needs_owner_account(request: Request) -> bool:
    """Tell whether only principals of the bucket owner's account can do this: get, put or delete the bucket policy.

    Fact: E110
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    return request.action.lower() in OF_BUCKET_POLICIES


def called_instead(request: Request, settings: Settings) -> str | None:
    """Return the action by which tags are changed once ABAC is on for the bucket; None where the call is taken.

    Fact: S49
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
    """
    return TAGGED_UNDER_ABAC.get(request.action.lower()) if settings.abac else None


S3_POLICIES = ("all", "none")
"""What an organization's S3 policy sets, as one, for the four settings of an account (N4)."""


def effective_public_access(
    bucket: Mapping[str, bool], account: Mapping[str, bool], s3_policy: str | None
) -> tuple[Mapping[str, bool], str | None]:
    """Return the settings of Block Public Access that count for a bucket, and who above it restricts public buckets.

    The organization's S3 policy stands in the place of the account's settings; they and the bucket's add up.

    Unspecified: whether an S3 policy of ``none`` leaves the settings of single buckets; here it does.

    Fact: N4, E105
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3.html

    Args:
        bucket: The bucket's own settings; absent ones are off.
        account: The account's own.
        s3_policy: What the organization's S3 policy sets for the account, or None.
    """
    above = account if s3_policy is None else dict.fromkeys(BLOCK_PUBLIC_ACCESS, s3_policy == "all")
    added = {name: True for name, value in above.items() if value and not bucket.get(name)}
    whose = "account" if s3_policy is None else "organization"
    return {**bucket, **added}, whose if "RestrictPublicBuckets" in added else None


def public_access_is_restricted(request: Request, policies: tuple[NamedPolicy, ...], settings: Settings) -> bool:
    """Tell whether RestrictPublicBuckets makes the bucket policy's Allows void for this caller.

    A bucket with a public policy then serves only AWS service principals and the owner's account.

    Fact: E105, E106, S43
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if request.service != "s3" or not settings.block_public_access.get("RestrictPublicBuckets"):
        return False
    caller = request.principal
    of_owner = caller.account is not None and caller.account == request.resource_account
    if caller.kind is PrincipalKind.SERVICE or of_owner:
        return False
    return any(is_public_policy(policy.document) for policy in policies)


def public_statements(policies: tuple[NamedPolicy, ...]) -> tuple[str, ...]:
    """Return the statements that make a policy public: their Sids, or ``#index``."""
    statements = (statement for policy in policies for statement in policy.document.statements)
    return tuple(statement.label for statement in statements if is_public_statement(statement))


def with_default_encryption(request: Request, settings: Settings) -> Request:
    """Return the request as S3 would judge it if default encryption were visible to condition keys.

    Unspecified: AWS's pages disagree (S5, S6); the setting ``default_encryption_visible`` chooses. A request with an
    encryption header of its own is left alone (S8).

    Fact: S5, S6, S8
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    if not settings.default_encryption_visible or settings.default_encryption is None:
        return request
    if request.action.lower() != "s3:putobject" or _SSE in request.context or _SSE_KEY in request.context:
        return request
    sse, key = settings.default_encryption
    return request.with_context({_SSE: sse} | ({_SSE_KEY: key} if key else {}))
