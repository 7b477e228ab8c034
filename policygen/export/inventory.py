"""What every format has to know of a deployment: what it creates, what must exist before, names that tools take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.aws.s3 import members_of_2026
from policygen.generator import Bundle
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key, Replication, Role, Spec
from policygen.spec.paths import DocumentKind, bucket_path, configuration_path, key_path, role_path

AFTER_PLACEHOLDER = "A-Za-z0-9_.-"
"""Characters that a key's name can hold: where one follows, it is the placeholder of another key."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """The account and Region that something is deployed to."""

    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRole:
    """A role that is to be created, in its account and, as IAM has no Regions, the Region of the source bucket.

    ``name`` is its replication's name in the spec, with ``_batch`` for the role of the batch job.
    """

    name: str
    role: Role
    target: Target


def new_roles(spec: Spec) -> dict[str, NewRole]:
    """Return the roles that are to be created, by ARN."""
    found: dict[str, NewRole] = {}
    for each in spec.replication:
        for name, role in zip((each.name, f"{each.name}_batch"), each.roles, strict=False):
            target = Target(account=role.account, region=each.source.region)
            found.setdefault(role.arn, NewRole(name=name, role=role, target=target))
    return found


def new_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the customer managed keys that are to be created: those whose id the spec does not know."""
    return tuple(key for key in customer_keys(spec) if key.id is None)


def existing_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the customer managed keys that must exist: those whose id the spec states."""
    return tuple(key for key in customer_keys(spec) if key.id is not None)


def customer_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the customer managed keys; AWS managed keys have AWS's key policy (K26)."""
    return tuple(key for key in spec.keys if key.type is not KeyType.AWS_MANAGED)


def unknown_managed_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the AWS managed keys whose id is to be looked up by their alias."""
    return tuple(key for key in spec.keys if key.type is KeyType.AWS_MANAGED and key.id is None)


def alias_of_managed(key: Key) -> str:
    """Return the alias of an AWS managed key: S3's unless the spec names another."""
    return key.alias or "alias/aws/s3"


def has_jobs(spec: Spec) -> bool:
    """Tell whether there is a batch job to create."""
    return any(each.batch is not None for each in spec.replication)


def new_members(bundle: Bundle, replication: Replication) -> tuple[str, ...]:
    """Return the members of a replication configuration that CloudFormation and Terraform's provider do not know.

    S3 has them since November 2026: what holds one is put with the AWS CLI.

    Fact: N1, N2
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-replicationconfiguration.html
    """
    return members_of_2026(bundle[configuration_path(replication)].value)


def beyond_tools(bundle: Bundle, spec: Spec) -> tuple[Replication, ...]:
    """Return the replication entries whose configuration has such members."""
    return tuple(each for each in spec.replication if new_members(bundle, each))


def must_exist(spec: Spec, bundle: Bundle, target: Target | None = None) -> tuple[str, ...]:
    """Return the ARNs of principals and permissions boundaries that are named and not created here, sorted.

    KMS, S3 and IAM refuse a policy that names a principal which does not exist, IAM a boundary which does not.

    Args:
        spec: The spec.
        bundle: Its documents.
        target: Where given, what is deployed there counts alone, and comes in the order in which it is named.

    Fact: K29
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    created = new_roles(spec)
    named = [(where, arn) for where, arn in _named(spec, bundle) if _is_outside(arn, created)]
    if target is None:
        return tuple(sorted({arn for _, arn in named}))
    return tuple(dict.fromkeys(arn for where, arn in named if where == target))


def _named(spec: Spec, bundle: Bundle) -> Iterator[tuple[Target, str]]:
    """Yield every principal of a policy, and every permissions boundary, with where it is deployed."""
    places = [
        (Target(account=key.account, region=each), key_path(key, each)) for key in spec.keys for each in key.regions
    ]
    places += [(Target(account=each.account, region=each.region), bucket_path(each)) for each in spec.buckets]
    roles = new_roles(spec).values()
    places += [(each.target, role_path(each.role, DocumentKind.TRUST_POLICY)) for each in roles]
    policies = bundle.policies()
    for target, path in places:
        for statement in policies[path].statements if path in policies else ():
            for element in filter(None, (statement.principal, statement.not_principal)):
                yield from ((target, entry.value) for entry in element.entries if entry.kind == "AWS")
    yield from ((each.target, each.role.permissions_boundary) for each in roles if each.role.permissions_boundary)


def _is_outside(text: str, created: Mapping[str, NewRole]) -> bool:
    """Tell whether an ARN is that of something which must exist and is not created here.

    An account exists. A session of a role needs the role.

    Unspecified: AWS does not say whether the user of a federated user session must exist; it is not asked for.
    """
    arn = parse_arn(text)
    if arn is None or not arn.resource.startswith(("user/", "role/", "policy/", "assumed-role/")):
        return False
    return created_role(text, created) is None


def created_role(text: str, created: Mapping[str, NewRole]) -> NewRole | None:
    """Return the role that an ARN names, by itself or as that of a session of it; None when it is not created here.

    The ARN of a session has no path.
    """
    arn = parse_arn(text)
    if arn is None or arn.service != "sts" or not arn.resource.startswith("assumed-role/"):
        return created.get(text)
    owner = (arn.account, arn.resource.split("/")[1])
    return next((each for each in created.values() if (each.role.account, each.role.name) == owner), None)


def named_roles(document: Any, created: Mapping[str, NewRole]) -> tuple[Role, ...]:
    """Return the created roles that a document names: they must be there before it is saved."""
    found = {each.role.arn for text in _texts(document) if (each := created_role(text, created)) is not None}
    return tuple(each.role for arn, each in created.items() if arn in found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def names_unknown_key(text: str, key: Key) -> bool:
    """Tell whether a text holds the placeholder of a key."""
    pattern = f"{re.escape(key.id_or_placeholder)}(?![{AFTER_PLACEHOLDER}])"
    return key.id is None and re.search(pattern, text) is not None


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return an identifier for each name: letters, digits and underscores, beginning with a letter, no two alike.

    >>> identifiers(["cold-archive", "cold.archive", "2024"])
    {'cold-archive': 'cold_archive', 'cold.archive': 'cold_archive_2', '2024': 'n2024'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "n"
        first = plain if plain[0].isalpha() else f"n{plain}"
        number, each = 1, first
        while each.lower() in taken:
            number += 1
            each = f"{first}_{number}"
        taken.add(each.lower())
        found[name] = each
    return found
