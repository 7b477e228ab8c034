"""What AWS answers about a set-up: from a spec and its documents, healthy or broken, in the shapes of its API.

Nothing of policygen's reading is used here: the shapes are botocore's, which tests hold the answers to.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policygen.document.write import thaw
from policygen.spec.kinds import KeyType
from policygen.spec.model import Bucket, Key, Role, Spec

DATE = "2026-03-01T09:30:00+00:00"
_MESSAGES = {
    "NoSuchBucketPolicy": "The bucket policy does not exist",
    "ReplicationConfigurationNotFoundError": "The replication configuration was not found",
    "ServerSideEncryptionConfigurationNotFoundError": "The server side encryption configuration was not found",
    "OwnershipControlsNotFoundError": "The bucket ownership controls were not found",
    "NoSuchPublicAccessBlockConfiguration": "The public access block configuration was not found",
    "ObjectLockConfigurationNotFoundError": "Object Lock configuration does not exist for this bucket",
    "NoSuchTagSet": "The TagSet does not exist",
}
_SETTINGS = {
    "GetBucketEncryption": (
        "encryption.json",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    "GetBucketOwnershipControls": (
        "ownership-controls.json",
        "OwnershipControls",
        "OwnershipControlsNotFoundError",
    ),
    "GetPublicAccessBlock": (
        "public-access-block.json",
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    "GetBucketReplication": (
        "replication-configuration.json",
        "ReplicationConfiguration",
        "ReplicationConfigurationNotFoundError",
    ),
}
"""Operation → the document, the member around it, and AWS's word where there is none."""

_BOUNDARY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}],
}
"""The text of a boundary that a spec names, where no file has it."""

_OF_ROLES = ("trust-policy.json", "permissions-boundary.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        service: As botocore names it.
        operation: As AWS's API names it.
        value: What AWS answers; empty where it says nothing.
        code: The error in its place, or empty.
        about: Words that people name such a file by; all that tells whose it is where the answer does not.
        tells: Whether the answer itself tells whose it is.
        folder: Where `policygen fetch` keeps it.
        more: What the file's name says there besides the operation.
    """

    service: str
    operation: str
    value: Mapping[str, Any]
    code: str = ""
    about: tuple[str, ...] = ()
    tells: bool = False
    folder: str
    more: str = ""

    @property
    def error(self) -> str:
        """What the AWS CLI prints for the error."""
        return (
            f"\nAn error occurred ({self.code}) when calling the {self.operation} operation: {_MESSAGES[self.code]}\n"
        )


def answers_of(spec: Spec, texts: Mapping[str, str], seed: int, *, details: bool = False) -> list[Answer]:
    """Return what AWS answers about all that a spec names.

    Args:
        spec: The spec.
        texts: Its documents, as `generate -o` lays them out or as the AWS CLI prints them.
        seed: Decides what is left to chance: which policies are inline, ids that are not known.
        details: Whether IAM is asked with GetAccountAuthorizationDetails.
    """
    chance = random.Random(seed)
    made = _Made(spec, _known(spec, texts, chance), chance)
    roles = {role.arn: role for each in spec.replication for role in each.roles}.values()
    found = [each for bucket in spec.buckets for each in made.bucket(bucket)]
    found += [each for key in spec.keys for region in key.regions for each in made.key(key, region)]
    identities = [made.role(role) for role in roles]
    found += made.details(identities) if details else [each for role in identities for each in made.single(role)]
    return found + list(made.organization())


def made_id(key: Key) -> str:
    """Return the id that a key has in AWS."""
    number = random.Random(key.name).getrandbits(128)
    digits = f"{number:032x}"
    if key.type is KeyType.MULTI_REGION:
        return key.id or f"mrk-{digits}"
    return key.id or "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _known(spec: Spec, texts: Mapping[str, str], chance: random.Random) -> dict[str, Any]:
    """Return documents as values, with ids of keys in the place of what stands for them."""
    ids = {key.id_or_placeholder: made_id(key) for key in spec.keys if key.id is None}
    found = {}
    for path, written in texts.items():
        text = written
        for name in sorted(ids, key=len, reverse=True):
            text = re.sub(rf"{re.escape(name)}(?![\w.-])", ids[name], text)
        if path.endswith(".json") and text.strip():
            found[path] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """A role with its policies by name: inline ones, attached ones, the boundary."""

    role: Role
    trust: Any
    inline: dict[str, Any]
    attached: dict[str, Any]
    boundary: Any

    @property
    def boundary_arn(self) -> str | None:
        usual = self.role.arn.partition(":role/")[0] + ":policy/limits"
        return (self.role.permissions_boundary or usual) if self.boundary is not None else None

    def policy_arn(self, name: str) -> str:
        return f"{self.role.arn.partition(':role/')[0]}:policy/{name}"


class _Made:
    def __init__(self, spec: Spec, documents: dict[str, Any], chance: random.Random) -> None:
        self._spec = spec
        self._documents = documents
        self._chance = chance

    # --- S3 -----------------------------------------------------------------------------------------------------------

    def bucket(self, bucket: Bucket) -> Iterator[Answer]:
        """Yield what s3api answers about a bucket."""
        own = f"{bucket.account}/s3/{bucket.entry}"
        common: dict[str, Any] = {
            "service": "s3",
            "about": (bucket.name,),
            "folder": f"{bucket.account}/s3/{bucket.name}",
        }
        region = None if bucket.region == "us-east-1" else bucket.region
        yield Answer(operation="GetBucketLocation", value={"LocationConstraint": region}, **common)
        policy = self._documents.get(f"{own}/bucket-policy.json")
        if policy is None:
            yield Answer(operation="GetBucketPolicy", value={}, code="NoSuchBucketPolicy", **common)
        else:
            told = _names_only(policy, bucket.arn)
            yield Answer(operation="GetBucketPolicy", value={"Policy": json.dumps(policy)}, tells=told, **common)
        versioning = self._documents.get(f"{own}/versioning.json", {})
        yield Answer(operation="GetBucketVersioning", value=versioning, **common)
        for operation, (file, member, none) in _SETTINGS.items():
            found = self._documents.get(f"{own}/{file}")
            value = {} if found is None else {member: found.get(member, found)}
            yield Answer(operation=operation, value=value, code="" if value else none, **common)
        lock = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}} if bucket.object_lock else {}
        none = "" if lock else "ObjectLockConfigurationNotFoundError"
        yield Answer(operation="GetObjectLockConfiguration", value=lock, code=none, **common)
        yield Answer(operation="GetBucketTagging", value={}, code="NoSuchTagSet", **common)
        status = "Enabled" if bucket.abac else "Disabled"
        yield Answer(operation="GetBucketAbac", value={"AbacStatus": {"Status": status}}, **common)

    # --- KMS ----------------------------------------------------------------------------------------------------------

    def key(self, key: Key, region: str) -> Iterator[Answer]:
        """Yield what kms answers about a key in one Region."""
        own = made_id(key)
        common: dict[str, Any] = {
            "service": "kms",
            "about": (own, region),
            "folder": f"{key.account}/kms/{own}/{region}",
        }
        yield Answer(operation="DescribeKey", value={"KeyMetadata": _metadata(key, region, own)}, tells=True, **common)
        policy = self._documents.get(f"{key.account}/kms/{key.name}/{region}/key-policy.json")
        if policy is not None:
            value = {"Policy": json.dumps(policy, indent=2), "PolicyName": "default"}
            yield Answer(operation="GetKeyPolicy", value=value, **common)
        aliases = []
        if key.alias is not None:
            alias_arn = f"arn:{key.partition}:kms:{region}:{key.account}:{key.alias}"
            aliases.append({"AliasName": key.alias, "AliasArn": alias_arn, "TargetKeyId": own})
            aliases[0] |= {"CreationDate": DATE, "LastUpdatedDate": DATE}
        yield Answer(operation="ListAliases", value={"Aliases": aliases}, **common)
        yield Answer(operation="ListGrants", value={"Grants": []}, **common)
        yield Answer(operation="ListResourceTags", value={"Tags": [], "Truncated": False}, **common)

    # --- IAM ----------------------------------------------------------------------------------------------------------

    def role(self, role: Role) -> _Identity:
        """Return a role with its policies, some of them attached."""
        folder = f"{role.account}/iam/{role.name}/"
        held = {path.rpartition("/")[2]: each for path, each in self._documents.items() if path.startswith(folder)}
        inline: dict[str, Any] = {}
        attached: dict[str, Any] = {}
        for file, document in held.items():
            if file not in _OF_ROLES:
                where = attached if self._chance.random() < 0.4 else inline
                where[f"{role.name}-{file.removesuffix('.json')}"] = document
        return _Identity(
            role=role,
            trust=held.get("trust-policy.json"),
            inline=inline,
            attached=attached,
            boundary=held.get("permissions-boundary.json") or (_BOUNDARY if role.permissions_boundary else None),
        )

    def single(self, identity: _Identity) -> Iterator[Answer]:
        """Yield what iam answers about a role, call by call."""
        role = identity.role
        common: dict[str, Any] = {
            "service": "iam",
            "about": (role.name,),
            "folder": f"{role.account}/iam/{role.name}",
        }
        about = _role(identity) | {"MaxSessionDuration": 3600}
        yield Answer(operation="GetRole", value={"Role": about}, tells=True, **common)
        yield Answer(operation="ListRolePolicies", value={"PolicyNames": list(identity.inline)}, **common)
        for name, document in identity.inline.items():
            value = {"RoleName": role.name, "PolicyName": name, "PolicyDocument": document}
            yield Answer(operation="GetRolePolicy", value=value, tells=True, more=name, **common)
        attached = [{"PolicyName": name, "PolicyArn": identity.policy_arn(name)} for name in identity.attached]
        yield Answer(operation="ListAttachedRolePolicies", value={"AttachedPolicies": attached}, **common)
        for arn, document in _managed(identity):
            yield from _policy(arn, document, role.account)

    def details(self, identities: list[_Identity]) -> list[Answer]:
        """Return what GetAccountAuthorizationDetails answers, an account each."""
        accounts = dict.fromkeys(each.role.account for each in identities)
        return [
            _details(account, [each for each in identities if each.role.account == account]) for account in accounts
        ]

    # --- Organizations ------------------------------------------------------------------------------------------------

    def organization(self) -> Iterator[Answer]:
        """Yield what organizations answers: the levels of the spec as a root, units below it, and the accounts."""
        organization = self._spec.organization
        if organization is None:
            return
        accounts = list(dict.fromkeys(account for _, account in self._spec.accounts))
        tree = _Tree(organization, accounts)
        yield from tree.answers()


class _Tree:
    """An organization's tree: a root, one unit below another for each level between, and the accounts."""

    def __init__(self, organization: Any, accounts: list[str]) -> None:
        self._organization = organization
        self._accounts = accounts
        self._management = "999999999999"
        self._ids: dict[str, str] = {}
        common = max(len(organization.service_control), len(organization.resource_control))
        own = [max(len(each.service_control), len(each.resource_control)) for _, each in organization.accounts]
        self._chain = ["r-ab12", *(f"ou-ab12-{number:08d}" for number in range(1, common - (0 if any(own) else 1)))]

    def answers(self) -> Iterator[Answer]:
        """Yield them."""
        own = self._organization.id
        arn = f"arn:aws:organizations::{self._management}"
        about = {
            "Id": own,
            "Arn": f"{arn}:organization/{own}",
            "FeatureSet": "ALL",
            "MasterAccountArn": f"{arn}:account/{own}/{self._management}",
            "MasterAccountId": self._management,
            "MasterAccountEmail": "management@example.com",
        }
        yield self._answer("DescribeOrganization", {"Organization": about}, own, tells=True)
        root = {"Id": self._chain[0], "Arn": f"{arn}:root/{own}/{self._chain[0]}", "Name": "Root", "PolicyTypes": []}
        yield self._answer("ListRoots", {"Roots": [root]}, self._chain[0], tells=True)
        for above, below in zip(self._chain, self._chain[1:], strict=False):
            yield self._parent(below, above)
        for account in self._accounts:
            yield self._parent(account, self._chain[-1])
        yield from self._policies()

    def _parent(self, child: str, parent: str) -> Answer:
        kind = "ROOT" if parent.startswith("r-") else "ORGANIZATIONAL_UNIT"
        return self._answer("ListParents", {"Parents": [{"Id": parent, "Type": kind}]}, child, folder=child)

    def _policies(self) -> Iterator[Answer]:
        for field, kind in (
            ("service_control", "SERVICE_CONTROL_POLICY"),
            ("resource_control", "RESOURCE_CONTROL_POLICY"),
        ):
            levels = dict(zip(self._chain, getattr(self._organization, field), strict=False))
            rest = getattr(self._organization, field)[len(self._chain) :]
            own = dict(self._organization.accounts)
            for account in self._accounts:
                more = getattr(own[account], field) if account in own else ()
                levels[account] = tuple(each for level in (*rest, *more) for each in level)
            for target, documents in levels.items():
                listed = [self._summary(each, kind) for each in documents]
                yield self._answer("ListPoliciesForTarget", {"Policies": listed}, target, folder=target, more=kind)
            for document in {each.source: each for level in levels.values() for each in level}.values():
                summary = self._summary(document, kind)
                value = {"PolicySummary": summary, "Content": json.dumps(thaw(document.written))}
                name = str(summary["Id"])
                answer = {"Policy": value}
                yield self._answer("DescribePolicy", answer, name, tells=True, folder="policies", more=name)

    def _summary(self, document: Any, kind: str) -> dict[str, Any]:
        name = document.source.rpartition("/")[2].removesuffix(".json")
        own = self._ids.setdefault(f"{kind} {document.source}", f"p-{len(self._ids) + 1:08d}")
        arn = f"arn:aws:organizations::{self._management}:policy/{self._organization.id}/{kind.lower()}/{own}"
        return {"Id": own, "Arn": arn, "Name": name, "Description": "", "Type": kind, "AwsManaged": False}

    def _answer(
        self,
        operation: str,
        value: dict[str, Any],
        about: str,
        *,
        tells: bool = False,
        folder: str = "",
        more: str = "",
    ) -> Answer:
        where = "/".join(each for each in (self._accounts[0], "organizations", folder) if each)
        common: dict[str, Any] = {"service": "organizations", "about": (about,), "tells": tells, "more": more}
        return Answer(operation=operation, value=value, folder=where, **common)


def _names_only(policy: Any, bucket: str) -> bool:
    """Tell whether the statements of a policy name a bucket, and no other."""
    listed = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    named = [each["Resource"] for each in listed if "Resource" in each]
    resources = [one for each in named for one in (each if isinstance(each, list) else [each])]
    return bool(resources) and all(each.partition("/")[0] == bucket for each in resources)


def _metadata(key: Key, region: str, own: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": own,
        "Arn": f"arn:{key.partition}:kms:{region}:{key.account}:key/{own}",
        "CreationDate": DATE,
        "Enabled": key.state.value == "enabled",
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": {"enabled": "Enabled", "disabled": "Disabled"}.get(key.state.value, "PendingDeletion"),
        "Origin": "AWS_KMS",
        "KeyManager": "AWS" if key.type is KeyType.AWS_MANAGED else "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": key.type is KeyType.MULTI_REGION,
    }
    if key.type is KeyType.MULTI_REGION:
        each = {place: f"arn:{key.partition}:kms:{place}:{key.account}:key/{own}" for place in key.regions}
        found["MultiRegionConfiguration"] = {
            "MultiRegionKeyType": "PRIMARY" if region == key.region else "REPLICA",
            "PrimaryKey": {"Arn": each[key.region], "Region": key.region},
            "ReplicaKeys": [{"Arn": each[place], "Region": place} for place in key.replica_regions],
        }
    return found


def _role(identity: _Identity) -> dict[str, Any]:
    role = identity.role
    found = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": "AROAEXAMPLEEXAMPLE123",
        "Arn": role.arn,
        "CreateDate": DATE,
        "AssumeRolePolicyDocument": identity.trust,
    }
    if identity.boundary_arn is not None:
        found["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": identity.boundary_arn,
        }
    return {**found, "Tags": [], "RoleLastUsed": {}}


def _managed(identity: _Identity) -> Iterator[tuple[str, Any]]:
    for name, document in identity.attached.items():
        yield identity.policy_arn(name), document
    if identity.boundary_arn is not None:
        yield identity.boundary_arn, identity.boundary


def _about_policy(arn: str) -> dict[str, Any]:
    return {
        "PolicyName": arn.rpartition("/")[2],
        "PolicyId": "ANPAEXAMPLEEXAMPLE123",
        "Arn": arn,
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": DATE,
        "UpdateDate": DATE,
    }


def _version(document: Any) -> dict[str, Any]:
    return {"Document": document, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": DATE}


def _policy(arn: str, document: Any, account: str) -> Iterator[Answer]:
    name = arn.rpartition("/")[2]
    common: dict[str, Any] = {"service": "iam", "about": (name,), "folder": f"{account}/iam/policies/{name}"}
    yield Answer(operation="GetPolicy", value={"Policy": _about_policy(arn)}, tells=True, **common)
    value = {"PolicyVersion": _version(document)}
    yield Answer(operation="GetPolicyVersion", value=value, more="v1", **common)


def _details(account: str, identities: list[_Identity]) -> Answer:
    roles = [
        {
            **_role(each),
            "InstanceProfileList": [],
            "RolePolicyList": [{"PolicyName": name, "PolicyDocument": one} for name, one in each.inline.items()],
            "AttachedManagedPolicies": [
                {"PolicyName": name, "PolicyArn": each.policy_arn(name)} for name in each.attached
            ],
        }
        for each in identities
    ]
    managed = {arn: document for each in identities for arn, document in _managed(each)}
    policies = [{**_about_policy(arn), "PolicyVersionList": [_version(each)]} for arn, each in managed.items()]
    value = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies}
    return Answer(
        service="iam",
        operation="GetAccountAuthorizationDetails",
        value=value,
        about=(account,),
        tells=True,
        folder=f"{account}/iam",
    )
