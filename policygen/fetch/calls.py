"""The calls that are made: one table, of reading calls only.

A kind of thing has calls, each call an answer, and an answer may name further things: JMESPath expressions find them.
Texts in braces are what is known of the thing, or of what led to it: ``account``, ``region``, the fields of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Follow:
    """Further things that an answer names.

    Attributes:
        kind: What they are.
        expression: JMESPath: a list with one list of texts for each, the values of the kind's fields in order.
        otherwise: What the first field is where the call is refused; empty: then nothing is looked at.
    """

    kind: str
    expression: str
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        service: As boto3 names it.
        operation: As AWS's API names it.
        parameters: Parameter → value.
        none: Error codes that say that there is none of what was asked for.
        follows: What is looked at next.
        about: What the file's name says besides the operation.
    """

    service: str
    operation: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    none: tuple[str, ...] = ()
    follows: tuple[Follow, ...] = ()
    about: str = ""

    @property
    def command(self) -> tuple[str, str]:
        """The words of the AWS CLI for it."""
        return ("s3api" if self.service == "s3" else self.service), dashed(self.operation)

    @property
    def file(self) -> str:
        """The name of the file that holds the answer."""
        return ".".join(each for each in (dashed(self.operation), self.about, "json") if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that calls ask about.

    Attributes:
        folder: Where the answers about it are kept.
        calls: What is asked.
        fields: What must be known of it.
        by_arn: Whether the first field may be an ARN, which tells the account and Region; ``<field>_name`` is its name.
        own: Whether only its own account can ask about it.
        tried: Whether the account is found out by trying the profiles, where its field ``owner`` does not tell it.
    """

    folder: str
    calls: tuple[Call, ...]
    fields: tuple[str, ...] = ()
    by_arn: bool = False
    own: bool = False
    tried: bool = False


def dashed(name: str) -> str:
    """Return a name of AWS's API as the AWS CLI writes it.

    >>> dashed("GetBucketPolicy")
    'get-bucket-policy'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


_NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)


def _of_bucket(operation: str, *follows: Follow, none: tuple[str, ...] = ()) -> Call:
    asked = {"Bucket": "{bucket_name}", "ExpectedBucketOwner": "{account}"}
    return Call(service="s3", operation=operation, parameters=asked, follows=follows, none=none)


def _of_key(operation: str, *follows: Follow, **more: str) -> Call:
    return Call(service="kms", operation=operation, parameters={"KeyId": "{key}", **more}, follows=follows)


def _of_role(operation: str, *follows: Follow) -> Call:
    return Call(service="iam", operation=operation, parameters={"RoleName": "{role_name}"}, follows=follows)


def _of_target(*more: Call) -> tuple[Call, ...]:
    """Return what is asked about a root, OU or account: its policies."""
    followed = (Follow("organization_policy", "Policies[].[Id]"),)
    listed = (
        Call(
            service="organizations",
            operation="ListPoliciesForTarget",
            parameters={"TargetId": "{target}", "Filter": kind},
            none=_NO_ORGANIZATION,
            follows=followed,
            about=kind,
        )
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
    )
    return (*listed, *more)


def _of_parent(operation: str, *follows: Follow, parameter: str = "ParentId") -> Call:
    asked = {parameter: "{target}"}
    return Call(service="organizations", operation=operation, parameters=asked, none=_NO_ORGANIZATION, follows=follows)


_TARGET = "{account}/organizations/{target}"
_REPLICAS = "KeyMetadata.MultiRegionConfiguration.[PrimaryKey, ReplicaKeys[]][].[Arn]"
_REGION = "[[LocationConstraint=='EU' && 'eu-west-1' || LocationConstraint || 'us-east-1']]"
_LOCATION = (_of_bucket("GetBucketLocation", Follow("bucket_settings", _REGION, otherwise="{region}")),)
_RULES = "ReplicationConfiguration.Rules[]"
_REPLICA_KEYS = f"{_RULES}.Destination.EncryptionConfiguration.ReplicaKmsKeyID | [?starts_with(@, 'arn:')].[@]"
_BUCKET_KEY = "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.[KMSMasterKeyID]"


def _keys_in(document: str) -> str:
    """Return the expression of the keys that a policy names, of which the configuration need not tell."""
    resources = f"[{document}.Statement][].[Resource][][]"
    return f"{resources} | [?type(@)=='string' && contains(@, ':key/') && !contains(@, '*')].[@]"


_NO_BLOCK = ("NoSuchPublicAccessBlockConfiguration",)

KINDS: dict[str, Kind] = {
    "account": Kind(
        folder="{account}/s3control",
        calls=(
            Call(
                service="s3control",
                operation="GetPublicAccessBlock",
                parameters={"AccountId": "{account}"},
                none=_NO_BLOCK,
            ),
        ),
    ),
    "buckets": Kind(
        folder="{account}/s3",
        calls=(Call(service="s3", operation="ListBuckets", follows=(Follow("bucket", "Buckets[].[Name]"),)),),
    ),
    "bucket": Kind(
        folder="{account}/s3/{bucket_name}",
        fields=("bucket",),
        by_arn=True,
        calls=_LOCATION,
    ),
    "destination": Kind(
        folder="{account}/s3/{bucket_name}",
        fields=("bucket", "owner"),
        by_arn=True,
        tried=True,
        calls=_LOCATION,
    ),
    "bucket_settings": Kind(
        folder="{account}/s3/{bucket_name}",
        fields=("region",),
        calls=(
            _of_bucket("GetBucketPolicy", none=("NoSuchBucketPolicy",)),
            _of_bucket(
                "GetBucketEncryption",
                Follow("key", _BUCKET_KEY),
                none=("ServerSideEncryptionConfigurationNotFoundError",),
            ),
            _of_bucket("GetBucketVersioning"),
            _of_bucket("GetBucketOwnershipControls", none=("OwnershipControlsNotFoundError",)),
            _of_bucket("GetPublicAccessBlock", none=_NO_BLOCK),
            _of_bucket("GetObjectLockConfiguration", none=("ObjectLockConfigurationNotFoundError",)),
            _of_bucket("GetBucketTagging", none=("NoSuchTagSet",)),
            _of_bucket("GetBucketAbac"),
            _of_bucket(
                "GetBucketReplication",
                Follow("destination", f"{_RULES}.[Destination.Bucket, Destination.Account]"),
                Follow("key", _REPLICA_KEYS),
                Follow("role", "[[ReplicationConfiguration.Role]]"),
                none=("ReplicationConfigurationNotFoundError",),
            ),
        ),
    ),
    "key": Kind(
        folder="{account}/kms/{key_name}/{region}",
        fields=("key",),
        by_arn=True,
        calls=(
            _of_key("DescribeKey", Follow("key", _REPLICAS)),
            _of_key("GetKeyPolicy", PolicyName="default"),
            _of_key("ListGrants"),
            _of_key("ListAliases"),
            _of_key("ListResourceTags"),
        ),
    ),
    "alias": Kind(
        folder="{account}/kms/{key_name}/{region}",
        fields=("key",),
        by_arn=True,
        calls=(_of_key("DescribeKey", Follow("key", "[[KeyMetadata.Arn]]")),),
    ),
    "role": Kind(
        folder="{account}/iam/{role_name}",
        fields=("role",),
        by_arn=True,
        own=True,
        calls=(
            _of_role("GetRole", Follow("policy", "[[Role.PermissionsBoundary.PermissionsBoundaryArn]]")),
            _of_role("ListRolePolicies", Follow("role_policy", "PolicyNames[].[@]")),
            _of_role("ListAttachedRolePolicies", Follow("policy", "AttachedPolicies[].[PolicyArn]")),
        ),
    ),
    "role_policy": Kind(
        folder="{account}/iam/{role_name}",
        fields=("inline",),
        calls=(
            Call(
                service="iam",
                operation="GetRolePolicy",
                parameters={"RoleName": "{role_name}", "PolicyName": "{inline}"},
                follows=(Follow("key", _keys_in("PolicyDocument")),),
                about="{inline}",
            ),
        ),
    ),
    "policy": Kind(
        folder="{holder}/iam/policies/{policy_name}",
        fields=("policy",),
        by_arn=True,
        calls=(
            Call(
                service="iam",
                operation="GetPolicy",
                parameters={"PolicyArn": "{policy}"},
                follows=(Follow("policy_version", "[[Policy.DefaultVersionId]]"),),
            ),
        ),
    ),
    "policy_version": Kind(
        folder="{holder}/iam/policies/{policy_name}",
        fields=("version",),
        calls=(
            Call(
                service="iam",
                operation="GetPolicyVersion",
                parameters={"PolicyArn": "{policy}", "VersionId": "{version}"},
                follows=(Follow("key", _keys_in("PolicyVersion.Document")),),
                about="{version}",
            ),
        ),
    ),
    "identities": Kind(
        folder="{account}/iam", calls=(Call(service="iam", operation="GetAccountAuthorizationDetails"),)
    ),
    "regions": Kind(
        folder="{account}/ec2",
        calls=(
            Call(
                service="ec2",
                operation="DescribeRegions",
                follows=(
                    Follow("keys", "Regions[].[RegionName]"),
                    Follow("endpoints", "Regions[].[RegionName]"),
                ),
            ),
        ),
    ),
    "keys": Kind(
        folder="{account}/kms/{region}",
        fields=("region",),
        calls=(Call(service="kms", operation="ListKeys", follows=(Follow("key", "Keys[].[KeyArn]"),)),),
    ),
    "endpoints": Kind(
        folder="{account}/ec2/{region}",
        fields=("region",),
        calls=(Call(service="ec2", operation="DescribeVpcEndpoints"),),
    ),
    "organization": Kind(
        folder="{account}/organizations",
        calls=(Call(service="organizations", operation="DescribeOrganization", none=_NO_ORGANIZATION),),
    ),
    "roots": Kind(
        folder="{account}/organizations",
        calls=(
            Call(
                service="organizations",
                operation="ListRoots",
                none=_NO_ORGANIZATION,
                follows=(Follow("unit", "Roots[].[Id]"),),
            ),
        ),
    ),
    "unit": Kind(
        folder=_TARGET,
        fields=("target",),
        calls=_of_target(
            _of_parent("ListOrganizationalUnitsForParent", Follow("unit", "OrganizationalUnits[].[Id]")),
            _of_parent("ListAccountsForParent", Follow("target", "Accounts[].[Id]")),
        ),
    ),
    "target": Kind(folder=_TARGET, fields=("target",), calls=_of_target()),
    "member": Kind(
        folder=_TARGET,
        fields=("target",),
        calls=_of_target(
            _of_parent(
                "ListParents",
                Follow("member", "Parents[?Type=='ORGANIZATIONAL_UNIT'].[Id]"),
                Follow("target", "Parents[?Type=='ROOT'].[Id]"),
                parameter="ChildId",
            )
        ),
    ),
    "organization_policy": Kind(
        folder="{account}/organizations/policies",
        fields=("attached",),
        calls=(
            Call(
                service="organizations",
                operation="DescribePolicy",
                parameters={"PolicyId": "{attached}"},
                about="{attached}",
            ),
        ),
    ),
}

_OF_ORGANIZATION = ("organization", "member", "target", "organization_policy")
_OF_ROLES = ("role", "role_policy", "policy", "policy_version")

OF_A_BUCKET = frozenset(
    {"account", "bucket", "bucket_settings", "destination", "key", "alias", *_OF_ROLES, *_OF_ORGANIZATION}
)
"""Kinds that are looked at for one bucket."""

OF_AN_ACCOUNT: dict[str, frozenset[str]] = {
    "iam": frozenset({"identities"}),
    "s3": frozenset({"account", "buckets", "bucket", "bucket_settings"}),
    "kms": frozenset({"regions", "keys", "key", "alias"}),
    "ec2": frozenset({"regions", "endpoints"}),
    "organizations": frozenset({"roots", "unit", *_OF_ORGANIZATION}),
}
"""Kinds that are looked at for a whole account, by the part that may be asked for alone."""


def all_calls() -> Iterator[Call]:
    """Yield every call that is ever made; sts:GetCallerIdentity, which tells whose a profile is, first."""
    yield CALLER
    for kind in KINDS.values():
        yield from kind.calls


CALLER = Call(service="sts", operation="GetCallerIdentity")
"""The call that tells the account of a profile; kept in ``<account>/sts``."""
