"""From a spec to its documents: plan, render, parse back; the bundle with its manifest once every quota is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from policygen.document.parse import parse_policy
from policygen.document.write import in_canonical_order
from policygen.errors import DocumentError, GenerationError, Problem
from policygen.generator import plans
from policygen.generator.bundle import Bundle, DocumentKind, GeneratedDocument
from policygen.generator.manifest import check_quotas, manifest
from policygen.generator.plan_batch import plan_batch_job, plan_batch_policy
from policygen.generator.render import Renderer
from policygen.generator.settings import settings_documents
from policygen.generator.template_files import TemplateSource
from policygen.spec.kinds import KeyType
from policygen.spec.model import Batch, Bucket, Key, Replication, Role, Spec


def generate_bundle(spec: Spec, templates: TemplateSource | None = None) -> Bundle:
    """Return every document of a spec, the manifest last; the same spec gives the same bytes.

    Raises:
        GenerationError: PG-G002 to PG-G006.
    """
    return bundle_of(generate_documents(spec, templates))


def generate_documents(spec: Spec, templates: TemplateSource | None = None) -> tuple[GeneratedDocument, ...]:
    """Return every document of a spec, whatever its size, in the order of the spec.

    Raises:
        GenerationError: PG-G002 to PG-G005.
    """
    return tuple(_documents(spec, Renderer(templates or TemplateSource())))


def bundle_of(documents: Sequence[GeneratedDocument]) -> Bundle:
    """Return the bundle of documents, the manifest last.

    Raises:
        GenerationError: PG-G006 for each document that is larger than its quota.
    """
    check_quotas(documents)
    return Bundle((*documents, manifest(documents)))


def _documents(spec: Spec, renderer: Renderer) -> Iterator[GeneratedDocument]:
    replications = {each.source.entry: each for each in spec.replication}
    for bucket in spec.buckets:
        policy = plans.plan_bucket_policy(spec, bucket)
        if policy.has_statements:
            yield _bucket_policy(bucket, renderer.render("bucket-policy.json.j2", policy=policy))
        if bucket.entry in replications:
            yield _configuration(replications[bucket.entry], renderer)
        yield from settings_documents(bucket)
    for key in spec.keys:
        for region in key.regions if key.type is not KeyType.AWS_MANAGED else ():
            plan = plans.plan_key_policy(spec, key, region)
            yield _key_policy(key, region, renderer.render("key-policy.json.j2", policy=plan))
    for replication in spec.replication:
        yield from _replication_role(replication, renderer)
        if replication.batch is not None:
            yield from _batch(replication, replication.batch, renderer)


def _policy(path: str, kind: DocumentKind, value: Any, where: str) -> GeneratedDocument:
    try:
        policy = parse_policy(json.dumps(value), path)
    except DocumentError as error:
        problems = (
            Problem(code="PG-G004", message=f"the template makes no policy: {each.message}", place=each.place)
            for each in error.problems
        )
        raise GenerationError(*problems) from None
    return GeneratedDocument(path=path, kind=kind, value=in_canonical_order(value), policy=policy, where=where)


def _bucket_policy(bucket: Bucket, value: Any) -> GeneratedDocument:
    path = f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json"
    where = f"S3 console, account {bucket.account}: Buckets > {bucket.name} > Permissions > Bucket policy > Edit"
    return _policy(path, DocumentKind.BUCKET_POLICY, value, where)


def _key_policy(key: Key, region: str, value: Any) -> GeneratedDocument:
    path = f"{key.account}/kms/{key.name}/{region}/key-policy.json"
    where = (
        f"KMS console, account {key.account}, Region {region}: Customer managed keys > {key.id_or_placeholder} > "
        "Key policy > Switch to policy view > Edit"
    )
    return _policy(path, DocumentKind.KEY_POLICY, value, where)


def _replication_role(replication: Replication, renderer: Renderer) -> Iterator[GeneratedDocument]:
    trust = renderer.render("trust-policy.json.j2", policy=plans.plan_trust_policy(replication))
    permissions = renderer.render("permissions-policy.json.j2", policy=plans.plan_permissions_policy(replication))
    yield from _role(replication.role, trust, permissions)


def _role(role: Role, trust: Any, permissions: Any) -> Iterator[GeneratedDocument]:
    folder = f"{role.account}/iam/{role.name}"
    console = f"IAM console, account {role.account}: Roles > {role.name}"
    yield _policy(
        f"{folder}/trust-policy.json",
        DocumentKind.TRUST_POLICY,
        trust,
        f"{console} > Trust relationships > Edit trust policy",
    )
    yield _policy(
        f"{folder}/permissions-policy.json",
        DocumentKind.PERMISSIONS_POLICY,
        permissions,
        f"{console} > Permissions > Add permissions > Create inline policy > JSON",
    )


def _batch(replication: Replication, batch: Batch, renderer: Renderer) -> Iterator[GeneratedDocument]:
    """The job's role, and the job itself."""
    trust = renderer.render("trust-policy.json.j2", policy=plans.plan_batch_trust_policy())
    permissions = renderer.render("batch-permissions-policy.json.j2", policy=plan_batch_policy(replication, batch))
    yield from _role(batch.role, trust, permissions)
    value = renderer.render("batch-job.json.j2", job=plan_batch_job(replication, batch))
    account, region = replication.source.account, replication.source.region
    call = f"aws s3control create-job --region {region} --cli-input-json file://batch-job.json"
    yield GeneratedDocument(
        path=f"{account}/s3control/{replication.name}/batch-job.json",
        kind=DocumentKind.BATCH_JOB,
        value=value,
        where=f"no console page takes it: {call}",
    )


def _configuration(replication: Replication, renderer: Renderer) -> GeneratedDocument:
    source = replication.source
    value = renderer.render("replication-configuration.json.j2", configuration=plans.plan_configuration(replication))
    call = (
        f"aws s3api put-bucket-replication --bucket {source.name} "
        "--replication-configuration file://replication-configuration.json"
    )
    return GeneratedDocument(
        path=f"{source.account}/s3/{source.entry}/replication-configuration.json",
        kind=DocumentKind.REPLICATION_CONFIGURATION,
        value=value,
        where=f"no console page takes it: {call}",
    )
