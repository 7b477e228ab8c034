"""What is attached to principals and resources of an environment, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policygen.evaluation.policies import Grant
from policygen.evaluation.reading import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalPolicies:
    """What is attached to one IAM user or role.

    Attributes:
        identity_based: Its identity-based policies, the groups' included.
        permissions_boundary: Its boundary, or None.
        trust_policy: A role's trust policy, or None.
        tags: Its tags.
    """

    identity_based: tuple[Document, ...] = ()
    permissions_boundary: Document | None = None
    trust_policy: Document | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicies:
    """What is attached to one resource.

    Attributes:
        account: 12-digit id of its owner, or None when its ARN says it.
        region: Its Region, or None.
        resource_based: Its policies.
        block_public_access: A bucket's effective Block Public Access settings.
        tags: Its tags.
        tag_keys: The condition keys that carry its tags, up to the slash.
        grants: A key's grants.
        aliases: A key's aliases, ``alias/…``.
        multi_region: ``primary`` or ``replica`` for a multi-Region key, else None.
        default_encryption: A bucket's default: value of ``x-amz-server-side-encryption``, and key ARN or None.
    """

    account: str | None = None
    region: str | None = None
    resource_based: tuple[Document, ...] = ()
    block_public_access: Mapping[str, bool] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()
    tag_keys: tuple[str, ...] = ("aws:ResourceTag",)
    grants: tuple[Grant, ...] = ()
    aliases: tuple[str, ...] = ()
    multi_region: str | None = None
    default_encryption: tuple[str, str | None] | None = None
