"""Roles with their policies, replication configurations.

Fact: R1, R7, R15, R60, E22
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policygen.export import inventory
from policygen.export.terraform.context import Context, Resource
from policygen.export.terraform.templates import literal
from policygen.spec.model import Replication, Role

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def role_resources(context: Context) -> Iterator[Resource]:
    """Yield the roles and the one inline policy of each."""
    for role in inventory.roles(context.spec).values():
        folder = f"{role.account}/iam/{role.name}"
        trust = context.text(f"{folder}/trust-policy.json")
        permissions = context.text(f"{folder}/permissions-policy.json")
        if trust is not None:
            yield _role(context, role, trust)
        if permissions is not None:
            yield _role_policy(context, role, permissions)


def _role(context: Context, role: Role, trust: str) -> Resource:
    body = {
        "provider": context.provider(role.account),
        "name": role.name,
        "path": literal(role.path),
        "assume_role_policy": context.fill(trust),
    }
    if role.permissions_boundary is not None:
        body["permissions_boundary"] = literal(role.permissions_boundary)
    return Resource(account=role.account, kind="aws_iam_role", name=context.roles[role.arn], body=body)


def _role_policy(context: Context, role: Role, permissions: str) -> Resource:
    body = {
        "provider": context.provider(role.account),
        "name": role.name,
        "role": f"${{{context.role_address(role)}.id}}",
        "policy": context.fill(permissions),
    }
    return Resource(account=role.account, kind="aws_iam_role_policy", name=context.roles[role.arn], body=body)


def replication_resources(context: Context, others: Sequence[Resource]) -> Iterator[Resource]:
    """Yield the replication configurations that the bundle holds.

    Args:
        context: What is shared.
        others: The resources so far: those that a configuration waits for are among them.
    """
    for replication in context.spec.replication:
        source = replication.source
        path = f"{source.account}/s3/{source.entry}/replication-configuration.json"
        if path not in context.bundle:
            continue
        configuration = context.bundle[path].value
        body = {
            "provider": context.provider(source.account, source.region),
            "bucket": context.bucket_reference(source),
            "role": f"${{{context.role_address(replication.role)}.arn}}",
            "rule": [_block(context, rule) for rule in configuration["Rules"]],
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


def _block(context: Context, value: Any) -> Any:
    """Return a part of the configuration in Terraform's names: ``ReplicaKmsKeyID`` is ``replica_kms_key_id``."""
    if isinstance(value, Mapping):
        found = {_CAPITAL.sub("_", name).lower(): _block(context, child) for name, child in value.items()}
        if "tags" in found:  # of a filter's And: a map here, a list in the API
            found["tags"] = {tag["key"]: tag["value"] for tag in found["tags"]}
        return found
    if isinstance(value, list | tuple):
        return [_block(context, child) for child in value]
    return context.fill(value) if isinstance(value, str) else value
