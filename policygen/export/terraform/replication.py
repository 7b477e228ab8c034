"""Roles with their policies, replication configurations.

Fact: R1, R7, R15, R60, E22
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policygen.export import inventory
from policygen.export.terraform.context import Context, Resource
from policygen.export.terraform.templates import literal
from policygen.spec.model import Replication, Role
from policygen.spec.paths import DocumentKind, configuration_path, role_path


def role_resources(context: Context) -> Iterator[Resource]:
    """Yield the roles and the one inline policy of each."""
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        yield _role(context, role)
        yield _role_policy(context, role)


def _role(context: Context, role: Role) -> Resource:
    body = {
        "provider": context.provider(role.account),
        "name": role.name,
        "path": literal(role.path),
        "assume_role_policy": context.document(role_path(role, DocumentKind.TRUST_POLICY)),
    }
    if role.permissions_boundary is not None:
        body["permissions_boundary"] = literal(role.permissions_boundary)
    return Resource(account=role.account, kind="aws_iam_role", name=context.roles[role.arn], body=body)


def _role_policy(context: Context, role: Role) -> Resource:
    body = {
        "provider": context.provider(role.account),
        "name": role.name,
        "role": f"${{{context.role_address(role)}.id}}",
        "policy": context.document(role_path(role)),
    }
    return Resource(account=role.account, kind="aws_iam_role_policy", name=context.roles[role.arn], body=body)


def replication_resources(context: Context, others: Sequence[Resource]) -> Iterator[Resource]:
    """Yield the replication configurations.

    Args:
        context: What is shared.
        others: The resources so far: those that a configuration waits for are among them.
    """
    for replication in context.spec.replication:
        source = replication.source
        configuration = context.bundle[configuration_path(replication)].value
        body = {
            "provider": context.provider(source.account, source.region),
            "bucket": context.bucket_reference(source),
            "role": f"${{{context.role_address(replication.role)}.arn}}",
            "rule": context.blocks(configuration["Rules"]),
            "depends_on": _waits_for(context, replication, others),
        }
        kind = "aws_s3_bucket_replication_configuration"
        yield Resource(account=source.account, kind=kind, name=context.buckets[source.entry], body=body)


def _waits_for(context: Context, replication: Replication, others: Sequence[Resource]) -> list[str]:
    """Versioning of both sides must be on (R1); the role's rights are there before the first object is replicated."""
    entries = (replication.source.entry, *(rule.destination.entry for rule in replication.rules))
    versioned = {f"aws_s3_bucket_versioning.{context.buckets[entry]}" for entry in entries}
    role = context.role_address(replication.role)
    return [
        each.address
        for each in others
        if each.address in versioned
        or each.address == f"aws_iam_role_policy.{context.roles[replication.role.arn]}"
        or role in each.body.get("depends_on", ())
    ]
