"""What is attached to principals and resources of an environment, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.document.given import Document
from policygen.errors import ArgumentError, Problem, check_argument, check_list
from policygen.evaluation.policies import Grant, check_public_access_settings
from policygen.evaluation.services.s3 import S3_POLICIES


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

    def __post_init__(self) -> None:
        """Check what is looked at before the documents are.

        Raises:
            ArgumentError: PG-A001 for tags that are not valid.
        """
        _check_tags(self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolicies:
    """What is attached to one account of the organization, and to the units above it.

    Attributes:
        service_control: SCPs by level, below those that all accounts have in common; the account's own last.
        resource_control: RCPs by level, in the same order.
        path: Where the account stands in the organization, as ``aws:PrincipalOrgPaths`` carries it, or None.
        block_public_access: The account's own settings of S3 Block Public Access; absent ones are off.
        s3_policy: What the organization's S3 policy sets for the account: ``all`` or ``none``; None where it has none.
    """

    service_control: tuple[tuple[Document, ...], ...] = ()
    resource_control: tuple[tuple[Document, ...], ...] = ()
    path: str | None = None
    block_public_access: Mapping[str, bool] = field(default_factory=dict)
    s3_policy: str | None = None

    def __post_init__(self) -> None:
        """Check what is looked at before the documents are.

        Raises:
            ArgumentError: PG-A001 for what is no levels or path, or another text than ``all`` and ``none``.
            RequestError: PG-R008 for settings of Block Public Access that are not valid.
        """
        check_levels(self.service_control, self.resource_control)
        check_public_access_settings(self.block_public_access)
        check_argument("path", self.path, (str, type(None)), "give a text such as `o-a1b2c3d4e5/r-ab12/`, or None")
        if self.s3_policy not in (None, *S3_POLICIES):
            message = f"`{self.s3_policy}` is not what an S3 policy of an organization sets"
            raise ArgumentError(Problem(code="PG-A001", message=message, hint=f"use {' or '.join(S3_POLICIES)}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPolicies:
    """A VPC endpoint.

    Attributes:
        policy: Its policy; None for the default one, which allows everything.
        type: ``gateway`` or ``interface``; None for the usual one of the service that is called.
    """

    policy: Document | None = None
    type: str | None = None


def check_levels(service_control: Any, resource_control: Any) -> None:
    """Refuse what is no levels of an organization's policies.

    Raises:
        ArgumentError: PG-A001.
    """
    for name, levels in (("service_control", service_control), ("resource_control", resource_control)):
        check_list(name, levels, "give a tuple of levels, root first, each a tuple of documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicies:
    """What is attached to one resource.

    Attributes:
        account: 12-digit id of its owner, or None when its ARN says it.
        region: Its Region, or None.
        resource_based: Its policies.
        block_public_access: A bucket's own settings of Block Public Access; its account's come beside them.
        tags: Its tags.
        tag_keys: The condition keys that carry its tags, up to the slash.
        abac: For a bucket, whether attribute-based access control is on: else no condition sees its tags.
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
    abac: bool = False
    grants: tuple[Grant, ...] = ()
    aliases: tuple[str, ...] = ()
    multi_region: str | None = None
    default_encryption: tuple[str, str | None] | None = None

    def __post_init__(self) -> None:
        """Check what is looked at before the documents are.

        Raises:
            ArgumentError: PG-A001 for an account, Region, tags or aliases that are not valid.
            RequestError: PG-R008 for settings of Block Public Access that are not valid.
        """
        _check_tags(self.tags)
        check_public_access_settings(self.block_public_access)
        for name in ("account", "region", "multi_region"):
            check_argument(name, getattr(self, name), (str, type(None)), "give text in quotes, or None")
        for name in ("tag_keys", "aliases"):
            check_list(name, getattr(self, name), "give a tuple of texts")
            for each in getattr(self, name):
                check_argument(f"an entry of {name}", each, str, "give a tuple of texts")


def _check_tags(tags: Any) -> None:
    hint = 'give a tuple of pairs: `(("team", "data"),)`'
    check_argument("tags", tags, tuple, hint)
    for pair in tags:
        check_argument("a tag", pair, tuple, hint)
        for text in pair if len(pair) == 2 else (None,):
            check_argument("key or value of a tag", text, str, hint)
