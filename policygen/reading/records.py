"""What was read: one record a thing, and the policies in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.reading.opened import Opened, pointer_to

KINDS: dict[str, str] = {
    "role": "an IAM role",
    "user": "an IAM user",
    "group": "a group of IAM users",
    "inline-policy": "an inline policy of a role, user or group",
    "managed-policy": "a managed policy",
    "policy-version": "a version of a managed policy",
    "attached": "the managed policies of a role, user or group",
    "membership": "the groups of a user",
    "policy": "a policy of which nothing tells whose it is",
    "resource-policy": "the policy of a resource",
    "resource": "a resource without a policy",
    "bucket": "a bucket",
    "access-point": "an access point",
    "encryption": "a bucket's default encryption",
    "versioning": "a bucket's versioning",
    "replication": "a bucket's replication configuration",
    "ownership": "a bucket's Object Ownership",
    "public-access-block": "Block Public Access of a bucket, or of an account",
    "account-public-access-block": "Block Public Access of an account",
    "location": "a bucket's Region",
    "abac": "whether a bucket's tags count",
    "object-lock": "a bucket's Object Lock",
    "tags": "tags",
    "key": "a KMS key",
    "grant": "a grant on a key",
    "alias": "an alias of a key",
    "organization": "the organization",
    "root": "its root",
    "unit": "an organizational unit",
    "account": "an account",
    "parent": "the parent of an account or unit",
    "child": "an account or unit below another",
    "target-policy": "a policy of the organization that is attached to something",
    "policy-target": "something that a policy of the organization is attached to",
    "organization-policy": "an SCP, RCP or another policy of the organization",
    "vpc-endpoint": "a VPC endpoint",
    "authorization-details": "what AWS tells of a denied call",
    "authorization-policy": "a policy that AWS asked about a denied call",
    "caller": "who asked",
    "names": "names alone",
    "error": "an error of AWS",
    "broken": "a part that cannot be read",
}
"""What records are of, in words."""

SETTINGS = frozenset(
    {"encryption", "versioning", "replication", "ownership", "public-access-block", "abac", "location", "object-lock"}
)
"""Kinds of records that are settings of buckets."""

_OF_ORGANIZATIONS = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
_TYPE_OF = {
    "inline-policy": "identity",
    "managed-policy": "identity",
    "policy-version": "identity",
    "vpc-endpoint": "vpc-endpoint",
    "resource-policy": "resource",
    "bucket": "resource",
    "key": "resource",
    "access-point": "resource",
}
_RESOURCE_TYPE_OF = {"bucket": "AWS::S3::Bucket", "key": "AWS::KMS::Key", "access-point": "AWS::S3::AccessPoint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that was read.

    Attributes:
        kind: One of :data:`KINDS`.
        value: What is told of it, by the names of the shape's fields.
        opened: The file.
        pointer: Where it stands there.
        shape: What the file is, for people.
        of: The ARN, id or name of what it is about; None where nothing tells.
        account: The account that it belongs to, or None.
        region: Its Region, or None.
        address: Its address in a plan, state or template, or None.
        item: The value that it was taken from.
        about: ``bucket`` or ``key`` where its shape is about one of the two.
        unknown: Fields that are not known before it is deployed.
    """

    kind: str
    value: Mapping[str, Any]
    opened: Opened = field(repr=False)
    pointer: str = ""
    shape: str = ""
    of: str | None = None
    account: str | None = None
    region: str | None = None
    address: str | None = None
    item: Any = field(default=None, repr=False)
    about: str | None = None
    unknown: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The file's name."""
        return self.opened.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A policy in a record.

    Attributes:
        document: The policy: plain values, or JSON text, which may be URL-encoded.
        address: Where it stands, for people; empty for a file that is the policy, or an answer with nothing else.
        pointer: Where it stands in the file.
        policy_type: As ``validate`` names them, or None where its looks must tell.
        resource_type: CloudFormation's name of the type of resource, or None.
        field: The record's field that holds it.
        name: Its own name, or None.
    """

    document: Any
    address: str
    pointer: str
    policy_type: str | None = None
    resource_type: str | None = None
    field: str = "document"
    name: str | None = None


def policies_in(record: Record) -> Iterator[Found]:
    """Yield the policies that a record holds."""
    value = record.value
    if value.get("document") not in (None, ""):
        policy_type = _TYPE_OF.get(record.kind)
        if record.kind == "organization-policy":
            policy_type = _OF_ORGANIZATIONS.get(str(value.get("type")))
            if policy_type is None:
                return
        yield _found(record, value["document"], policy_type, "document", value.get("name"))
    if value.get("trust") is not None:
        yield _found(record, value["trust"], "trust", "trust", None)
    inline = value.get("inline")
    for each in inline if isinstance(inline, list) else ():
        document = each.get("PolicyDocument") if isinstance(each, dict) else None
        if document is not None:
            yield _found(record, document, "identity", "inline", each.get("PolicyName"))


def managed_policies(records: Iterable[Record]) -> dict[str, Record]:
    """Return the records that hold the text of managed policies, by ARN: of several versions the one that counts."""
    listed = [each for each in records if each.kind in ("managed-policy", "policy-version") and each.of is not None]
    versions = {
        each.of: each.value["version"] for each in listed if each.kind == "managed-policy" and "version" in each.value
    }
    found: dict[str, Record] = {}
    for each in listed:
        other = each.kind == "policy-version" and versions.get(each.of, each.value.get("version")) != each.value.get(
            "version"
        )
        if each.value.get("document") is not None and not other and each.value.get("is_default") is not False:
            found.setdefault(str(each.of), each)
    return found


def _found(record: Record, document: Any, policy_type: str | None, name: str, own: Any) -> Found:
    below = pointer_to(record.item, document) or ""
    pointer = record.pointer + below
    address = _dotted(pointer)
    if record.address is not None and record.opened.root is None and "." in record.address:
        address = record.address + (f".inline_policy.{own}" if name == "inline" else "")
    return Found(
        document=document,
        address=address,
        pointer=pointer,
        policy_type=policy_type,
        resource_type=_resource_type(record) if policy_type == "resource" else None,
        field=name,
        name=own if isinstance(own, str) else None,
    )


def _resource_type(record: Record) -> str | None:
    if record.kind in _RESOURCE_TYPE_OF:
        return _RESOURCE_TYPE_OF[record.kind]
    if record.kind == "resource-policy" and record.about is not None:
        return _RESOURCE_TYPE_OF[record.about]
    arn = parse_arn(record.of or "")
    return {"kms": "AWS::KMS::Key", "sns": "AWS::SNS::Topic", "sqs": "AWS::SQS::Queue"}.get(arn.service if arn else "")


def _dotted(pointer: str) -> str:
    """Return a pointer as people write it.

    >>> _dotted("/RoleDetailList/3/AssumeRolePolicyDocument")
    'RoleDetailList[3].AssumeRolePolicyDocument'
    """
    found = ""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found += f"[{name}]" if name.isdecimal() else f".{name}" if found else name
    return found
