"""Where documents go, for people: the console page or the AWS CLI's call, and how what they belong to is created.

Calls are run in the folder of the documents. A profile is named after its account, as the spec names it.

Fact: K27, M5, R7, R12, R15, R47, R83, S13, S14, S48
Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from policygen.generator.settings import BUCKET_DOCUMENTS
from policygen.spec.kinds import BucketKey, KeyType, ObjectOwnership, Sse, Versioning
from policygen.spec.model import Bucket, Key, Replication, Role, Spec
from policygen.spec.paths import DocumentKind, bucket_path, job_path, role_path

_OWNERSHIP = {
    ObjectOwnership.BUCKET_OWNER_ENFORCED: "ACLs disabled",
    ObjectOwnership.BUCKET_OWNER_PREFERRED: "ACLs enabled, Bucket owner preferred",
    ObjectOwnership.OBJECT_WRITER: "ACLs enabled, Object writer",
}
_TYPES = {Sse.SSE_S3: "SSE-S3", Sse.SSE_KMS: "SSE-KMS", Sse.DSSE_KMS: "DSSE-KMS"}


def _call(spec: Spec, account: str, region: str, *words: str) -> str:
    """Return a call of the AWS CLI, as Markdown, with the profile and the Region it is for."""
    names = [name for name, each in spec.accounts if each == account and re.fullmatch(r"[\w.-]+", name, re.ASCII)]
    call = shlex.join(("aws", *words, "--region", region, "--profile", *(names or [account])[:1]))
    return f"`` {call} ``" if "`" in call else f"`{call}`"


# --- buckets ----------------------------------------------------------------------------------------------------------


def where_of_bucket(spec: Spec, bucket: Bucket, kind: DocumentKind) -> str:
    """Return where a document of a bucket goes: the policy is pasted, settings are chosen or put."""
    how = BUCKET_DOCUMENTS[kind]
    console = f"S3 console, account {bucket.account}: Buckets > {bucket.name} > {how.page}"
    if kind is DocumentKind.BUCKET_POLICY:
        return console
    options = ("--bucket", bucket.name, how.option, f"file://{bucket_path(bucket, kind)}")
    call = _call(spec, bucket.account, bucket.region, "s3api", f"put-{how.subject}", *options)
    if kind is DocumentKind.REPLICATION_CONFIGURATION:
        return f"no console page takes it: {call}"
    return f"{console}: {_choice(bucket, kind)}; or {call}"


def _choice(bucket: Bucket, kind: DocumentKind) -> str:
    """Return what to choose on the console's page of a setting."""
    if kind is DocumentKind.VERSIONING:
        return "Enable" if bucket.versioning is Versioning.ENABLED else "Suspend"
    if kind is DocumentKind.PUBLIC_ACCESS_BLOCK:
        return "Block all public access" if bucket.block_public_access else "nothing is blocked"
    if kind is DocumentKind.OWNERSHIP_CONTROLS:
        return _OWNERSHIP[bucket.object_ownership]
    if kind is DocumentKind.ABAC:
        return "Enable"
    encryption, key = bucket.encryption, bucket.encryption.customer_key
    named = "" if encryption.sse is Sse.SSE_S3 else f" with {key.arn(bucket.region) if key else 'aws/s3'}"
    bucket_key = "off" if encryption.bucket_key is BucketKey.OFF else "on"
    blocked = ", ".join(bucket.blocked_encryption_types).upper() or "nothing"
    return f"{_TYPES[encryption.sse]}{named}, Bucket Key {bucket_key}, blocked encryption types: {blocked}"


def creation_of_bucket(spec: Spec, bucket: Bucket) -> str:
    """Return how a bucket is created, with what is no document: Object Lock, Requester Pays."""
    more = (
        [] if bucket.region == "us-east-1" else ["--create-bucket-configuration", f"LocationConstraint={bucket.region}"]
    )
    more += ["--bucket-namespace", "account-regional"] if bucket.is_account_regional else []
    more += ["--object-lock-enabled-for-bucket"] if bucket.object_lock else []
    call = _call(spec, bucket.account, bucket.region, "s3api", "create-bucket", "--bucket", bucket.name, *more)
    with_more = ", in the account regional namespace" if bucket.is_account_regional else ""
    with_more += ", Object Lock enabled" if bucket.object_lock else ""
    found = f"the bucket `{bucket.name}`: S3 console, Region {bucket.region}: Create bucket{with_more}; or {call}"
    if bucket.requester_pays:
        pays = ("--bucket", bucket.name, "--request-payment-configuration", "Payer=Requester")
        found += f"; then {_call(spec, bucket.account, bucket.region, 's3api', 'put-bucket-request-payment', *pays)}"
    return found


# --- keys -------------------------------------------------------------------------------------------------------------


def where_of_key(key: Key, region: str) -> str:
    """Return where the key policy of a key goes in one Region."""
    page = f"Customer managed keys > {key.id_or_placeholder} > Key policy > Switch to policy view > Edit"
    return f"KMS console, account {key.account}, Region {region}: {page}"


def creation_of_key(spec: Spec, key: Key, region: str) -> str:
    """Return how a key is created in one Region; nothing for a key whose id the spec states: it exists."""
    if key.id is not None:
        return ""
    name, related = f"the key `{key.name}` in {region}", key.id_or_placeholder
    words: tuple[str, ...]
    if region == key.region:
        multi = key.type is KeyType.MULTI_REGION
        words = ("kms", "create-key", *(["--multi-region"] if multi else []), "--description", key.name)
        console = f"Create key > Symmetric, Encrypt and decrypt{', Multi-Region key' if multi else ''}"
        found = f"{name}: KMS console, Region {region}: {console}; or {_call(spec, key.account, region, *words)}"
        found += f"; its id takes the place of `{related}`"
    else:
        words = ("kms", "replicate-key", "--key-id", related, "--replica-region", region)
        page = f"Customer managed keys > {related} > Regionality > Create new replica keys"
        call = _call(spec, key.account, key.region, *words)
        found = f"{name}: KMS console, Region {key.region}: {page}; or {call}"
    if key.alias is not None:
        alias = ("kms", "create-alias", "--alias-name", key.alias, "--target-key-id", related)
        found += f"; its alias: {_call(spec, key.account, region, *alias)}"
    return found


# --- roles and jobs ---------------------------------------------------------------------------------------------------


def where_of_role(role: Role, kind: DocumentKind) -> str:
    """Return where a policy of a role goes."""
    console = f"IAM console, account {role.account}: Roles > {role.name}"
    if kind is DocumentKind.TRUST_POLICY:
        return f"{console} > Trust relationships > Edit trust policy"
    return f"{console} > Permissions > Add permissions > Create inline policy > JSON"


def creation_of_role(spec: Spec, role: Role, region: str) -> str:
    """Return how a role is created; no console page takes a path (R15)."""
    trust = f"file://{role_path(role, DocumentKind.TRUST_POLICY)}"
    words: list[Any] = ["--role-name", role.name, "--path", role.path, "--assume-role-policy-document", trust]
    if role.permissions_boundary is not None:
        words += ["--permissions-boundary", role.permissions_boundary]
    call = _call(spec, role.account, region, "iam", "create-role", *words)
    boundary = ", with its permissions boundary" if role.permissions_boundary else ""
    console = f"IAM console: Roles > Create role > Custom trust policy{boundary}; or " if role.path == "/" else ""
    return f"the role `{role.name}`: {console}{call}"


def where_of_job(spec: Spec, replication: Replication) -> str:
    """Return the call that creates a batch job."""
    source, file = replication.source, f"file://{job_path(replication)}"
    call = _call(spec, source.account, source.region, "s3control", "create-job", "--cli-input-json", file)
    return f"no console page takes it: {call}"
