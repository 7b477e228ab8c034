"""From a spec to its documents: decide, render, parse back; the bundle with its manifest once every quota is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from policygen.document.parse import parse_policy
from policygen.document.write import in_canonical_order
from policygen.errors import DocumentError, GenerationError, Problem
from policygen.generator.batch import batch_job, job_statements
from policygen.generator.bucket_policy import bucket_policy
from policygen.generator.bundle import Bundle, GeneratedDocument
from policygen.generator.key_policy import key_policy
from policygen.generator.manifest import check_quotas, manifest
from policygen.generator.render import Renderer
from policygen.generator.replication_configuration import replication_configuration
from policygen.generator.replication_role import (
    JOB_TRUST,
    replication_permissions_policy,
    replication_trust_policy,
)
from policygen.generator.settings import BUCKET_DOCUMENTS, settings_of
from policygen.generator.statements import Json, policy
from policygen.generator.template_files import TemplateSource
from policygen.spec.kinds import KeyType
from policygen.spec.model import Batch, Bucket, Replication, Role, Spec
from policygen.spec.paths import (
    DocumentKind,
    bucket_path,
    configuration_path,
    file_name_of,
    job_path,
    key_path,
    role_path,
)


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
        where = _console(bucket, "Permissions > Bucket policy > Edit")
        policy = _policy(renderer, "bucket-policy", bucket_policy(spec, bucket), bucket_path(bucket), where)
        if policy.value["Statement"]:  # S3 takes no policy without a statement
            yield policy
        if bucket.entry in replications:
            yield _configuration(replications[bucket.entry], renderer)
        yield from _settings(bucket)
    for key in spec.keys:
        for region in key.regions if key.type is not KeyType.AWS_MANAGED else ():
            where = (
                f"KMS console, account {key.account}, Region {region}: Customer managed keys > "
                f"{key.id_or_placeholder} > Key policy > Switch to policy view > Edit"
            )
            yield _policy(renderer, "key-policy", key_policy(spec, key, region), key_path(key, region), where)
    for replication in spec.replication:
        permissions = replication_permissions_policy(replication)
        trust = replication_trust_policy(replication)
        yield from _role(renderer, replication.role, trust, "permissions-policy", permissions)
        if replication.batch is not None:
            yield from _batch(replication, replication.batch, renderer)


def _policy(renderer: Renderer, template: str, policy: Json, path: str, where: str) -> GeneratedDocument:
    value = renderer.render(f"{template}.json.j2", policy=policy)
    try:
        parsed = parse_policy(json.dumps(value), path)
    except DocumentError as error:
        problems = (
            Problem(code="PG-G004", message=f"the template makes no policy: {each.message}", place=each.place)
            for each in error.problems
        )
        raise GenerationError(*problems) from None
    return GeneratedDocument(path=path, value=in_canonical_order(value), policy=parsed, where=where)


def _console(bucket: Bucket, page: str) -> str:
    return f"S3 console, account {bucket.account}: Buckets > {bucket.name} > {page}"


def _configuration(replication: Replication, renderer: Renderer) -> GeneratedDocument:
    path, bucket = configuration_path(replication), replication.source.name
    configuration = replication_configuration(replication)
    value = renderer.render("replication-configuration.json.j2", configuration=configuration)
    call = f"put-bucket-replication --bucket {bucket} --replication-configuration file://{file_name_of(path)}"
    return GeneratedDocument(path=path, value=value, where=f"no console page takes it: aws s3api {call}")


def _settings(bucket: Bucket) -> Iterator[GeneratedDocument]:
    for kind, value in settings_of(bucket):
        how = BUCKET_DOCUMENTS[kind]
        call = f"aws s3api put-{how.subject} --bucket {bucket.name} {how.option} file://{kind.file_name}"
        where = f"{_console(bucket, how.page)}; or {call}"
        yield GeneratedDocument(path=bucket_path(bucket, kind), value=value, where=where)


def _role(renderer: Renderer, role: Role, trust: Json, template: str, permissions: Json) -> Iterator[GeneratedDocument]:
    console = f"IAM console, account {role.account}: Roles > {role.name}"
    path, where = role_path(role, DocumentKind.TRUST_POLICY), f"{console} > Trust relationships > Edit trust policy"
    yield _policy(renderer, "trust-policy", trust, path, where)
    where = f"{console} > Permissions > Add permissions > Create inline policy > JSON"
    yield _policy(renderer, template, permissions, role_path(role), where)


def _batch(replication: Replication, batch: Batch, renderer: Renderer) -> Iterator[GeneratedDocument]:
    """The job's role, which S3 Batch Operations assumes (R10), where it is one of its own, and the job itself."""
    if not replication.one_role:
        permissions = policy(job_statements(replication, batch))
        yield from _role(renderer, batch.role, policy([JOB_TRUST]), "batch-permissions-policy", permissions)
    path, region = job_path(replication), replication.source.region
    value = renderer.render("batch-job.json.j2", job=batch_job(replication, batch))
    call = f"aws s3control create-job --region {region} --cli-input-json file://{file_name_of(path)}"
    yield GeneratedDocument(path=path, value=value, where=f"no console page takes it: {call}")
