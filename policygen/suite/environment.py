"""Reading an environment file: principals, resources and the organization around them, as written."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any

from policygen.errors import SuiteError
from policygen.source.nodes import Node
from policygen.source.yaml_text import parse_text
from policygen.suite.model import Doc
from policygen.suite.nodes import NodeReader
from policygen.suite.parse import is_json, read_block_public_access, read_grants

_TOP = ("version", "organization", "principals", "resources")
_ORGANIZATION = ("management_account", "service_control", "resource_control")
_PRINCIPAL = ("identity_based", "permissions_boundary", "trust_policy", "tags")
_RESOURCE = (
    "account",
    "region",
    "resource_based",
    "block_public_access",
    "tags",
    "grants",
    "aliases",
    "multi_region",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrincipalEntry:
    """A principal of an environment file, as written."""

    identity_based: tuple[Doc, ...] = ()
    permissions_boundary: Doc | None = None
    trust_policy: Doc | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResourceEntry:
    """A resource of an environment file, as written."""

    account: str | None = None
    region: str | None = None
    resource_based: tuple[Doc, ...] = ()
    block_public_access: Map[str, bool] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()
    grants: tuple[Map[str, Any], ...] = ()
    aliases: tuple[str, ...] = ()
    multi_region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnvironmentAsWritten:
    """An environment file, as written."""

    source: str
    management_account: str | None = None
    service_control: tuple[tuple[Doc, ...], ...] = ()
    resource_control: tuple[tuple[Doc, ...], ...] = ()
    principals: Map[str, PrincipalEntry] = field(default_factory=dict)
    resources: Map[str, ResourceEntry] = field(default_factory=dict)


def parse_environment(text: str, source: str) -> EnvironmentAsWritten:
    """Return the environment in a YAML or JSON text.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is neither YAML nor JSON.
        SuiteError: PG-T001 to PG-T004, every problem of the text.
    """
    reader = NodeReader(typed=is_json(text, source))
    top = reader.mapping(parse_text(text, source), "an environment", _TOP)
    if top is None:
        raise SuiteError(*reader.problems)
    version = top.get("version")
    if version is None or reader.text(version, "`version`") != "1":
        place = version.place if version is not None else top.place
        reader.problem("PG-T004", "the version of the format is 1", place, "write `version: 1`")
    organization = reader.mapping(top.get("organization"), "`organization`", _ORGANIZATION)
    found = EnvironmentAsWritten(
        source=source,
        management_account=(
            reader.text(organization.get("management_account"), "`management_account`") if organization else None
        ),
        service_control=reader.levels(organization.get("service_control"), "`service_control`") if organization else (),
        resource_control=(
            reader.levels(organization.get("resource_control"), "`resource_control`") if organization else ()
        ),
        principals={
            key.text: _principal(reader, node)
            for key, node in reader.mapping(top.get("principals"), "`principals`") or ()
        },
        resources={
            key.text: _resource(reader, node) for key, node in reader.mapping(top.get("resources"), "`resources`") or ()
        },
    )
    if reader.problems:
        raise SuiteError(*reader.problems)
    return found


def _principal(reader: NodeReader, node: Node) -> PrincipalEntry:
    block = reader.mapping(node, "a principal", _PRINCIPAL)
    if block is None:
        return PrincipalEntry()
    boundary, trust = block.get("permissions_boundary"), block.get("trust_policy")
    return PrincipalEntry(
        identity_based=reader.docs(block.get("identity_based"), "`identity_based`"),
        permissions_boundary=reader.doc(boundary, "`permissions_boundary`") if boundary is not None else None,
        trust_policy=reader.doc(trust, "`trust_policy`") if trust is not None else None,
        tags=tuple(reader.pairs(block.get("tags"), "`tags`")),
    )


def _resource(reader: NodeReader, node: Node) -> ResourceEntry:
    block = reader.mapping(node, "a resource", _RESOURCE)
    if block is None:
        return ResourceEntry()
    multi_region = block.get("multi_region")
    kind = reader.text(multi_region, "`multi_region`")
    if multi_region is not None and kind not in (None, "primary", "replica"):
        reader.problem("PG-T004", f"`{kind}` is no kind of multi-Region key", multi_region.place, "primary or replica")
    grants = block.get("grants")
    return ResourceEntry(
        account=reader.text(block.get("account"), "`account`"),
        region=reader.text(block.get("region"), "`region`"),
        resource_based=reader.docs(block.get("resource_based"), "`resource_based`"),
        block_public_access=read_block_public_access(reader, block.get("block_public_access")),
        tags=tuple(reader.pairs(block.get("tags"), "`tags`")),
        grants=read_grants(reader, grants) if grants is not None else (),
        aliases=reader.texts(block.get("aliases"), "`aliases`"),
        multi_region=kind,
    )
