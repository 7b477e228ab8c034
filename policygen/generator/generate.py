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
from policygen.generator.settings import settings_of
from policygen.generator.statements import Json, policy
from policygen.generator.template_files import TemplateSource
from policygen.generator.where import (
    creation_of_bucket,
    creation_of_key,
    creation_of_role,
    where_of_bucket,
    where_of_job,
    where_of_key,
    where_of_role,
)
from policygen.spec.kinds import KeyType
from policygen.spec.model import Batch, Replication, Role, Spec
from policygen.spec.paths import (
    DocumentKind,
    bucket_path,
    configuration_path,
    job_path,
    key_path,
    role_path,
)


def generate_bundle(spec: Spec, templates: TemplateSource | None = None) -> Bundle:
    """Return every document of a spec, the manifest last; the same spec gives the same bytes.

    Raises:
        GenerationError: PG-G002 to PG-G004, PG-G006, PG-G009.
    """
    return bundle_of(generate_documents(spec, templates))


def generate_documents(spec: Spec, templates: TemplateSource | None = None) -> tuple[GeneratedDocument, ...]:
    """Return every document of a spec, whatever its size, in the order of the spec.

    Raises:
        GenerationError: PG-G002 to PG-G004, PG-G009.
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
        where = where_of_bucket(spec, bucket, DocumentKind.BUCKET_POLICY)
        about = {"path": bucket_path(bucket), "where": where}
        document = _policy(renderer, "bucket-policy", bucket_policy(spec, bucket), **about)
        if document.value["Statement"]:  # S3 takes no policy without a statement
            yield document
        if bucket.entry in replications:
            yield _configuration(spec, replications[bucket.entry], renderer)
        for number, (kind, value) in enumerate(settings_of(bucket)):
            create = "" if number else creation_of_bucket(spec, bucket)
            where = where_of_bucket(spec, bucket, kind)
            yield GeneratedDocument(path=bucket_path(bucket, kind), value=value, where=where, create=create)
    for key in spec.keys:
        for region in key.regions if key.type is not KeyType.AWS_MANAGED else ():
            about = {"path": key_path(key, region), "where": where_of_key(key, region)}
            about["create"] = creation_of_key(spec, key, region)
            yield _policy(renderer, "key-policy", key_policy(spec, key, region), **about)
    for replication in spec.replication:
        region, trust = replication.source.region, replication_trust_policy(replication)
        permissions = replication_permissions_policy(replication)
        create = creation_of_role(spec, replication.role, region)
        yield from _role(renderer, replication.role, trust, "permissions-policy", permissions, create)
        if replication.batch is not None:
            yield from _batch(spec, replication, replication.batch, renderer)


def _policy(renderer: Renderer, template: str, policy: Json, *, path: str, **more: str) -> GeneratedDocument:
    value = renderer.render(f"{template}.json.j2", policy=policy)
    try:
        parsed = parse_policy(json.dumps(value), path)
    except DocumentError as error:
        problems = (
            Problem(code="PG-G004", message=f"the template makes no policy: {each.message}", place=each.place)
            for each in error.problems
        )
        raise GenerationError(*problems) from None
    return GeneratedDocument(path=path, value=in_canonical_order(value), policy=parsed, **more)


def _configuration(spec: Spec, replication: Replication, renderer: Renderer) -> GeneratedDocument:
    configuration = replication_configuration(replication)
    value = renderer.render("replication-configuration.json.j2", configuration=configuration)
    where = where_of_bucket(spec, replication.source, DocumentKind.REPLICATION_CONFIGURATION, value)
    return GeneratedDocument(path=configuration_path(replication), value=value, where=where)


def _role(
    renderer: Renderer, role: Role, trust: Json, template: str, permissions: Json, create: str
) -> Iterator[GeneratedDocument]:
    for kind, name, said, more in (
        (DocumentKind.TRUST_POLICY, "trust-policy", trust, {"create": create}),
        (DocumentKind.PERMISSIONS_POLICY, template, permissions, {}),
    ):
        yield _policy(renderer, name, said, path=role_path(role, kind), where=where_of_role(role, kind), **more)


def _batch(spec: Spec, replication: Replication, batch: Batch, renderer: Renderer) -> Iterator[GeneratedDocument]:
    """The job's role, which S3 Batch Operations assumes (R10), where it is one of its own, and the job itself."""
    if not replication.one_role:
        permissions = policy(job_statements(replication, batch))
        create = creation_of_role(spec, batch.role, replication.source.region)
        yield from _role(renderer, batch.role, policy([JOB_TRUST]), "batch-permissions-policy", permissions, create)
    value = renderer.render("batch-job.json.j2", job=batch_job(replication, batch))
    yield GeneratedDocument(path=job_path(replication), value=value, where=where_of_job(spec, replication))
