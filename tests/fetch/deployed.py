"""Two accounts in moto: a bucket that replicates into the other account, and an organization above each."""

import json
from pathlib import Path
from typing import Any

import boto3

SOURCE, BACKUP = "111122223333", "444455556666"
HOME, AWAY = "us-east-1", "eu-west-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def policy(action: str, resource: str, **more: Any) -> dict[str, Any]:
    """Return a policy with one statement."""
    statement = {"Effect": "Allow", **more, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


BUCKET_POLICY = policy("s3:GetObject", "arn:aws:s3:::source/*", Principal={"AWS": f"arn:aws:iam::{SOURCE}:root"})
KEY_POLICY = policy("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{SOURCE}:root"})
INLINE = policy("s3:GetReplicationConfiguration", "arn:aws:s3:::source")
MANAGED = policy("kms:Decrypt", "*")
SCP = policy("s3:Get*", "*")
BOUNDARY = policy("s3:*", "*")


class Deployed:
    """What was set up, and clients for it."""

    def __init__(self, folder: Path) -> None:
        """Set up everything, and write profiles for the two accounts: ``source`` and ``backup``."""
        self.credentials = folder / "credentials"
        text = "".join(self._profile(name, account) for name, account in (("source", SOURCE), ("backup", BACKUP)))
        self.credentials.write_text(text, encoding="utf-8")
        self._sessions: dict[str, boto3.Session] = {}
        self._keys()
        self._roles()
        self._buckets()
        self._organization()

    def _profile(self, name: str, account: str) -> str:
        sts = boto3.client("sts", region_name=HOME)
        arn = f"arn:aws:iam::{account}:role/setup"
        found = sts.assume_role(RoleArn=arn, RoleSessionName="setup")["Credentials"]
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        options = zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), names, strict=True)
        return f"[{name}]\n" + "".join(f"{option} = {found[each]}\n" for option, each in options)

    def client(self, service: str, profile: str = "source", region: str = HOME) -> Any:
        """Return a client of an account."""
        if profile not in self._sessions:
            self._sessions[profile] = boto3.Session(profile_name=profile)
        return self._sessions[profile].client(service, region_name=region)

    def _keys(self) -> None:
        kms = self.client("kms")
        self.key = kms.create_key(MultiRegion=True, Policy=json.dumps(KEY_POLICY))["KeyMetadata"]["Arn"]
        kms.replicate_key(KeyId=self.key.rpartition("/")[2], ReplicaRegion=AWAY)
        kms.create_alias(AliasName="alias/data", TargetKeyId=self.key)
        self.backup_key = self.client("kms", "backup", AWAY).create_key()["KeyMetadata"]["Arn"]

    def _roles(self) -> None:
        iam = self.client("iam")
        boundary = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(BOUNDARY))["Policy"]["Arn"]
        managed = iam.create_policy(PolicyName="decrypt", PolicyDocument=json.dumps(MANAGED))["Policy"]["Arn"]
        self.role = iam.create_role(
            RoleName="replication",
            Path="/service/",
            AssumeRolePolicyDocument=json.dumps(TRUST),
            PermissionsBoundary=boundary,
        )["Role"]["Arn"]
        iam.put_role_policy(RoleName="replication", PolicyName="own", PolicyDocument=json.dumps(INLINE))
        iam.attach_role_policy(RoleName="replication", PolicyArn=managed)

    def _buckets(self) -> None:
        source, backup = self.client("s3"), self.client("s3", "backup", AWAY)
        source.create_bucket(Bucket="source")
        backup.create_bucket(Bucket="backup", CreateBucketConfiguration={"LocationConstraint": AWAY})
        for client, bucket in ((source, "source"), (backup, "backup")):
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        source.put_bucket_policy(Bucket="source", Policy=json.dumps(BUCKET_POLICY))
        source.put_bucket_encryption(Bucket="source", ServerSideEncryptionConfiguration=_by_key("alias/data"))
        backup.put_bucket_encryption(Bucket="backup", ServerSideEncryptionConfiguration=_by_key(self.backup_key))
        rule = {
            "ID": "all",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {
                "Bucket": "arn:aws:s3:::backup",
                "EncryptionConfiguration": {"ReplicaKmsKeyID": self.backup_key},
            },
        }
        replication = {"Role": self.role, "Rules": [rule]}
        source.put_bucket_replication(Bucket="source", ReplicationConfiguration=replication)

    def _organization(self) -> None:
        self.client("organizations", "backup").create_organization(FeatureSet="ALL")
        organizations = self.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        (root,) = organizations.list_roots()["Roots"]
        organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
        unit = organizations.create_organizational_unit(ParentId=root["Id"], Name="data")["OrganizationalUnit"]
        organizations.move_account(AccountId=SOURCE, SourceParentId=root["Id"], DestinationParentId=unit["Id"])
        made = organizations.create_policy(
            Name="guard", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(SCP)
        )["Policy"]["PolicySummary"]
        organizations.attach_policy(PolicyId=made["Id"], TargetId=unit["Id"])
        self.root, self.unit, self.scp = root["Id"], unit["Id"], made["Id"]


def _by_key(key: str) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
