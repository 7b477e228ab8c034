"""The script's calls, one after the other, against moto: it takes them all, and what it keeps reads back equal.

moto has no batch jobs (CreateJob of s3control) and no Requester Pays (PutBucketRequestPayment). There the aliases of a
multi-Region key are the same in all its Regions, so that only the first of them is created.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from policygen.export import inventory
from tests.export.calls import Call, calls, run, write_script
from tests.export.specs import CASES, OWN, spec_and_bundle

NOT_IN_MOTO = ("create-job", "put-bucket-request-payment", "put-bucket-abac")

MANAGED_KEY = "99999999-12ab-34cd-56ef-1234567890ab"
"""What the stand-in says when it is asked for the AWS managed key."""

SOME_CASES = tuple((name, partition) for name, partition in CASES if partition == "aws" or name in OWN)
_SESSION = get_session()  # after moto's import: moto answers its clients


class Accounts:
    """Clients for several accounts, and the ids that moto gave to keys."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.ids: dict[str, str] = {}
        self.credentials: dict[str, dict[str, str]] = {}
        self.clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str, region: str) -> Any:
        """Return a client with the credentials of an account."""
        if account not in self.credentials:
            arn = f"arn:aws:iam::{account}:role/setup"
            sts = _SESSION.create_client("sts", region_name=self.home)
            found = sts.assume_role(RoleArn=arn, RoleSessionName="setup")["Credentials"]
            self.credentials[account] = {
                "aws_access_key_id": found["AccessKeyId"],
                "aws_secret_access_key": found["SecretAccessKey"],
                "aws_session_token": found["SessionToken"],
            }
        name = (service, account, region)
        if name not in self.clients:
            self.clients[name] = _SESSION.create_client(service, region_name=region, **self.credentials[account])
        return self.clients[name]

    def translated(self, value: Any) -> Any:
        """Return parameters with moto's ids in the place of those that the script saw."""
        text = json.dumps(value)
        for ours in sorted(self.ids, key=len, reverse=True):  # a name may begin like another
            text = text.replace(ours, self.ids[ours])
        return json.loads(text)

    def create_known(self, spec: Any) -> None:
        """Create the keys that exist already, by the spec."""
        for key in inventory.customer_keys(spec):
            if key.id is not None:
                kms = self.client("kms", key.account, key.region)
                self.ids[key.id] = kms.create_key(MultiRegion=key.id.startswith("mrk-"))["KeyMetadata"]["KeyId"]
                for region in key.replica_regions:
                    kms.replicate_key(KeyId=self.ids[key.id], ReplicaRegion=region)

    def make(self, call: Call) -> Any:
        """Make a call; return what moto answers."""
        client = self.client(call.service, call.account, call.region)
        return getattr(client, call.command.replace("-", "_"))(**self.translated(call.parameters))


def replay(accounts: Accounts, made: list[Call], created: list[str]) -> None:
    """Make the calls; those that failed for the script must fail in moto too.

    Args:
        accounts: Where.
        made: The calls.
        created: The ids that the script got for its keys, in order.
    """
    ids = iter(created)
    aliases = set()
    for call in made:
        if (
            call.command.startswith("get-")
            or call.command in NOT_IN_MOTO
            or (call.account, call.parameters.get("AliasName")) in aliases
        ):
            continue
        if call.command == "create-alias":
            aliases.add((call.account, call.parameters["AliasName"]))
        if call.status and (call.account, call.parameters.get("KeyId")) not in aliases:
            with pytest.raises(ClientError):
                accounts.make(call)
        elif not call.status:
            answer = accounts.make(call)
            if call.command == "create-key":
                accounts.ids[next(ids)] = answer["KeyMetadata"]["KeyId"]


def equal_documents(found: Any, expected: Any) -> bool:
    """Tell whether two documents, texts or values, say the same."""
    return (json.loads(found) if isinstance(found, str) else found) == expected


@pytest.fixture
def environment(monkeypatch):
    """Credentials that are none, and Regions that moto does not know yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")


@pytest.mark.parametrize(("name", "partition"), SOME_CASES)
def test_moto_takes_every_call_and_keeps_the_documents(name, partition, tmp_path, environment):
    """All calls succeed in the script's order, and every document reads back as the bundle has it."""
    spec, bundle = spec_and_bundle(name, partition)
    script = write_script(spec, bundle, tmp_path)
    assert run(spec, script, tmp_path / "records").returncode == 0
    created = [
        (script.parent / "key-ids" / key.name).read_text(encoding="utf-8").strip() for key in inventory.new_keys(spec)
    ]
    with mock_aws():
        accounts = Accounts({"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-east-1"}[partition])
        accounts.create_known(spec)
        replay(accounts, calls(tmp_path / "records"), created)
        for key, own in zip(inventory.new_keys(spec), created, strict=True):
            accounts.ids[key.id_or_placeholder] = accounts.ids[own]
        for key in inventory.unknown_managed_keys(spec):
            accounts.ids[key.id_or_placeholder] = MANAGED_KEY
        expected = {path: accounts.translated(json.loads(each.to_json())) for path, each in bundle.items()}
        for bucket in spec.buckets:
            check_bucket(accounts.client("s3", bucket.account, bucket.region), bucket, expected)
        for key in inventory.customer_keys(spec):
            for region in key.regions:
                policy = accounts.client("kms", key.account, region).get_key_policy(
                    KeyId=accounts.translated(key.id_or_placeholder), PolicyName="default"
                )["Policy"]
                assert equal_documents(policy, expected[f"{key.account}/kms/{key.name}/{region}/key-policy.json"])
        for role in (each.role for each in inventory.new_roles(spec).values()):
            check_role(accounts.client("iam", role.account, spec.buckets[0].region), role, expected)


def check_bucket(s3: Any, bucket: Any, expected: dict[str, Any]) -> None:
    """Check what moto keeps of a bucket."""
    folder = f"{bucket.account}/s3/{bucket.entry}"
    where = s3.get_bucket_location(Bucket=bucket.name)["LocationConstraint"]
    assert where == (None if bucket.region == "us-east-1" else bucket.region)
    if f"{folder}/bucket-policy.json" in expected:
        policy = s3.get_bucket_policy(Bucket=bucket.name)["Policy"]
        assert equal_documents(policy, expected[f"{folder}/bucket-policy.json"])
    if f"{folder}/versioning.json" in expected:
        assert s3.get_bucket_versioning(Bucket=bucket.name)["Status"] == expected[f"{folder}/versioning.json"]["Status"]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket.name)["OwnershipControls"]
    assert ownership == expected[f"{folder}/ownership-controls.json"]
    block = s3.get_public_access_block(Bucket=bucket.name)["PublicAccessBlockConfiguration"]
    assert block == expected[f"{folder}/public-access-block.json"]
    rule = s3.get_bucket_encryption(Bucket=bucket.name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    wanted = expected[f"{folder}/encryption.json"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == wanted["ApplyServerSideEncryptionByDefault"]
    assert rule["BucketKeyEnabled"] == wanted["BucketKeyEnabled"]
    if bucket.object_lock:
        lock = s3.get_object_lock_configuration(Bucket=bucket.name)["ObjectLockConfiguration"]
        assert lock["ObjectLockEnabled"] == "Enabled"
    if f"{folder}/replication-configuration.json" in expected:
        found = s3.get_bucket_replication(Bucket=bucket.name)["ReplicationConfiguration"]
        assert found["Role"] == expected[f"{folder}/replication-configuration.json"]["Role"]
        assert [each["ID"] for each in found["Rules"]] == [
            each["ID"] for each in expected[f"{folder}/replication-configuration.json"]["Rules"]
        ]


def check_role(iam: Any, role: Any, expected: dict[str, Any]) -> None:
    """Check what moto keeps of a role."""
    folder = f"{role.account}/iam/{role.name}"
    found = iam.get_role(RoleName=role.name)["Role"]
    assert (found["Path"], found["Arn"].partition(":iam:")[2]) == (role.path, role.arn.partition(":iam:")[2])
    assert found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == role.permissions_boundary
    assert found["AssumeRolePolicyDocument"] == expected[f"{folder}/trust-policy.json"]
    policy = iam.get_role_policy(RoleName=role.name, PolicyName=role.name)["PolicyDocument"]
    assert policy == expected[f"{folder}/permissions-policy.json"]
