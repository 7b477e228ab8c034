"""Logical ids: alphanumeric, telling, and the same for one key in every template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policygen.export.cloudformation.model import Home
from policygen.generator.names import sid, unique
from policygen.spec.model import Role, Spec

STAGE = "Stage"
"""The parameter that tells how far a template is deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAt:
    """A role and the template that makes it: that of its account, in the Region of the source bucket."""

    role: Role
    home: Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Logical ids by name of key, by entry of bucket, and by ARN of role."""

    keys: dict[str, str]
    buckets: dict[str, str]
    roles: dict[str, str]

    def key_id(self, key: str) -> str:
        """Return the name of the parameter, and of the output, that is the id of a key."""
        return f"{self.keys[key]}Id"

    def make_key(self, key: str) -> str:
        """Return the name of the parameter that says whether a template makes a key whose id is known."""
        return f"Make{self.keys[key]}"

    def is_made(self, key: str) -> str:
        """Return the name of the condition that holds when the template makes a key whose id is known."""
        return f"{self.keys[key]}IsMade"


def names_of(spec: Spec) -> Names:
    """Return the logical ids of a spec's keys, buckets and roles."""
    roles = [each.role for each in roles_of(spec)]
    return Names(
        keys=_named((key.name for key in spec.keys), "Key"),
        buckets=_named((bucket.entry for bucket in spec.buckets), "Bucket"),
        roles=dict(zip((role.arn for role in roles), _ids((role.name for role in roles), "Role"), strict=True)),
    )


def _named(entries: Iterable[str], kind: str) -> dict[str, str]:
    listed = list(entries)
    return dict(zip(listed, _ids(listed, kind), strict=True))


def _ids(entries: Iterable[str], kind: str) -> list[str]:
    return [f"{each}{kind}" for each in unique(sid(entry) for entry in entries)]


def roles_of(spec: Spec) -> tuple[RoleAt, ...]:
    """Return the replication roles, and those of batch jobs, each once."""
    found: dict[str, RoleAt] = {}
    for replication in spec.replication:
        batch = [replication.batch.role] if replication.batch else []
        for role in (replication.role, *batch):
            home = Home(account=role.account, region=replication.source.region)
            found.setdefault(role.arn, RoleAt(role=role, home=home))
    return tuple(found.values())
