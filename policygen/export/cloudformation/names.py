"""Logical ids: alphanumeric, telling, and the same for one key in every template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policygen.export.inventory import new_roles
from policygen.generator.names import sid, unique
from policygen.spec.model import Spec

STAGE = "Stage"
"""The parameter that tells how far a template is deployed."""


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
    roles = new_roles(spec)
    return Names(
        keys=_named({key.name: key.name for key in spec.keys}, "Key"),
        buckets=_named({bucket.entry: bucket.entry for bucket in spec.buckets}, "Bucket"),
        roles=_named({arn: each.role.name for arn, each in roles.items()}, "Role"),
    )


def _named(entries: Mapping[str, str], kind: str) -> dict[str, str]:
    ids = unique(sid(text) for text in entries.values())
    return {entry: f"{each}{kind}" for entry, each in zip(entries, ids, strict=True)}
