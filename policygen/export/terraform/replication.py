"""Roles with their policies, replication configurations.

Fact: R1, R7, R15, R60, E22
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from policygen.export import inventory
from policygen.export.terraform.context import Context, Resource
from policygen.export.terraform.templates import literal
from policygen.spec.model import Replication
from policygen.spec.paths import DocumentKind, configuration_path, role_path


def role_resources(context: Context) -> Iterator[Resource]:
    """Yield the roles and the one inline policy of each."""
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        label, trust = context.roles[role.arn], context.document(role_path(role, DocumentKind.TRUST_POLICY))
        about: dict[str, Any] = {"name": role.name, "path": literal(role.path), "assume_role_policy": trust}
        if role.permissions_boundary is not None:
            about["permissions_boundary"] = literal(role.permissions_boundary)
        yield context.resource("aws_iam_role", label, role.account, **about)
        reference, policy = f"${{{context.role_address(role)}.id}}", context.document(role_path(role))
        about = {"name": role.name, "role": reference, "policy": policy}
        yield context.resource("aws_iam_role_policy", label, role.account, **about)


def replication_resources(context: Context, others: Sequence[Resource]) -> Iterator[Resource]:
    """Yield the replication configurations; what they wait for is among the ``others``, the resources so far."""
    for replication in context.spec.replication:
        source = replication.source
        yield context.resource(
            "aws_s3_bucket_replication_configuration",
            context.buckets[source.entry],
            source.account,
            source.region,
            bucket=context.bucket_reference(source),
            role=f"${{{context.role_address(replication.role)}.arn}}",
            rule=context.blocks(context.bundle[configuration_path(replication)].value["Rules"]),
            depends_on=_waits_for(context, replication, others),
        )


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
