"""Set-ups as people write them: no Sids, AWS's documented shapes, files as the AWS CLI prints them."""

import json

import policygen as pg
from policygen.spec.load import load_spec_text
from policygen.verification import mended_texts

SOURCE, REPLICA = "arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data-replica"
ROLE = "arn:aws:iam::111122223333:role/s3-replication"
SOURCE_KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EAST, WEST = "s3.us-east-1.amazonaws.com", "s3.us-west-1.amazonaws.com"
VIA, CONTEXT = "kms:ViaService", "kms:EncryptionContext:aws:s3:arn"
ACROSS = {"other": "backup"}

SPEC = """
version: 1
accounts: {{prod: "111122223333", backup: "444455556666"}}
keys:
  here: {{type: single-region, account: prod, region: us-east-1, id: 1234abcd-12ab-34cd-56ef-1234567890ab,
          enable_iam_policies: {iam}, administrators: [role/Admin]}}
  there: {{type: single-region, account: {other}, region: us-west-1, id: 0987dcba-09fe-87dc-65ba-ab0987654321}}
buckets:
  source: {{name: acme-data, account: prod, region: us-east-1, tls_only: false, object_lock: {lock},
            blocked_encryption_types: {blocked},
            encryption: {{sse: "aws:kms", key: here, bucket_key: {bucket_key}}}}}
  replica: {{name: acme-data-replica, account: {other}, region: us-west-1, tls_only: {tls}, object_lock: {lock},
             object_ownership: {ownership}, blocked_encryption_types: {blocked},
             encryption: {{sse: "aws:kms", key: there, bucket_key: {bucket_key}}}}}
replication:
  dr:
    source: source
    role: {{name: s3-replication, path: {path}}}
    profile: minimal
    source_objects: {objects}
    rules: [{{id: all, destination: replica, priority: 1, delete_markers: {markers}{rule}}}]
"""
DEFAULTS = {
    "iam": "true",
    "other": "prod",
    "lock": "false",
    "blocked": "[]",
    "bucket_key": "false",
    "tls": "false",
    "ownership": "bucket-owner-enforced",
    "path": "/",
    "objects": "[sse-kms]",
    "markers": "false",
    "rule": "",
}
ADMINISTRATION = [
    "kms:Create*",
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
]

SETTINGS = ("versioning", "encryption", "public-access-block", "ownership-controls")
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def load(**options):
    """Return the spec that a set-up is meant to be."""
    return load_spec_text(SPEC.format(**(DEFAULTS | options)), "spec.yaml")


def policy(*statements):
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource=None, condition=None, principal=None):
    """Return an Allow statement without a Sid."""
    return statement("Allow", action, resource, condition, principal)


def deny(action, resource=None, condition=None, principal="*"):
    """Return a Deny statement without a Sid."""
    return statement("Deny", action, resource, condition, principal)


def statement(effect, action, resource, condition, principal):
    """Return a statement; elements that are None are left out."""
    elements = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    elements["Condition"] = condition
    return {name: value for name, value in elements.items() if value is not None}


def through(via, *contexts):
    """Return the condition of AWS's documented KMS statements."""
    return {"StringLike": {VIA: via, CONTEXT: list(contexts)}}


class SetUp:
    """A working set-up in AWS's documented shapes; tests break one thing in ``documents``."""

    def __init__(self, **options):
        self.options = DEFAULTS | options
        self.across = self.options["other"] == "backup"
        self.account = "444455556666" if self.across else "111122223333"
        self.replica_key = SOURCE_KEY.replace("us-east-1", "us-west-1").replace("111122223333", self.account)
        self.replica_key = self.replica_key.rpartition("/")[0] + "/0987dcba-09fe-87dc-65ba-ab0987654321"
        self.role = ROLE.replace("role/", f"role{self.options['path']}")
        tails = {"true": [""], "false": ["/*"], "mixed": ["", "/*"]}[self.options["bucket_key"]]
        self.read, self.written = ([bucket + tail for tail in tails] for bucket in (SOURCE, REPLICA))
        self.documents = {
            "role": self._role(),
            "trust": policy(allow("sts:AssumeRole", principal={"Service": "s3.amazonaws.com"})),
            "configuration": self._configuration(),
            "source-key": self._source_key(),
            "replica-key": self._replica_key(),
        }
        for name, key in (("source", SOURCE_KEY), ("replica", self.replica_key)):
            self.documents |= self._settings(name, key)
        if self.across:
            shared = allow(self.writing, f"{REPLICA}/*", principal={"AWS": self.role})
            self.documents["replica-policy"] = policy(shared)

    @property
    def paths(self):
        """Where each document stands."""
        role, source = "111122223333/iam/s3-replication", "111122223333/s3/source"
        replica = f"{self.account}/s3/replica"
        return {
            "role": f"{role}/permissions-policy.json",
            "more": f"{role}/kms-access.json",
            "boundary": f"{role}/permissions-boundary.json",
            "trust": f"{role}/trust-policy.json",
            "configuration": f"{source}/replication-configuration.json",
            "source-policy": f"{source}/bucket-policy.json",
            "replica-policy": f"{replica}/bucket-policy.json",
            **{f"source-{each}": f"{source}/{each}.json" for each in SETTINGS},
            **{f"replica-{each}": f"{replica}/{each}.json" for each in SETTINGS},
            "source-key": "111122223333/kms/here/us-east-1/key-policy.json",
            "replica-key": f"{self.account}/kms/there/us-west-1/key-policy.json",
        }

    @property
    def override(self):
        """Whether replicas change their owner."""
        return self.across and self.options["ownership"] != "bucket-owner-enforced"

    @property
    def writing(self):
        """What the role does at the destination."""
        found = ["s3:ReplicateObject", "s3:ReplicateTags"]
        found += ["s3:ReplicateDelete"] * (self.options["markers"] == "true")
        return found + ["s3:ObjectOwnerOverrideToBucketOwner"] * self.override

    @property
    def reading(self):
        """What the role does with source objects."""
        found = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
        return found + ["s3:GetObjectRetention", "s3:GetObjectLegalHold"] * (self.options["lock"] == "true")

    @property
    def encrypting(self):
        """What the role does with the replica key."""
        found = ["kms:Encrypt"] + ["kms:Decrypt"] * (self.options["bucket_key"] != "false")
        return found + ["kms:GenerateDataKey"] * ("unencrypted" in self.options["objects"])

    def _settings(self, name, key):
        """Return what the AWS CLI prints for a bucket's settings."""
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        rule = {
            "ApplyServerSideEncryptionByDefault": default,
            "BucketKeyEnabled": self.options["bucket_key"] != "false",
        }
        owner = "BucketOwnerEnforced" if name == "source" else self.options["ownership"].title().replace("-", "")
        return {
            f"{name}-versioning": {"Status": "Enabled"},
            f"{name}-encryption": {"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
            f"{name}-public-access-block": {"PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, True)},
            f"{name}-ownership-controls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": owner}]}},
        }

    def _role(self):
        found = [
            allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], [SOURCE]),
            allow(self.reading, [f"{SOURCE}/*"]),
            allow(self.writing, f"{REPLICA}/*"),
            allow(["kms:Decrypt"], [SOURCE_KEY], through(EAST, *self.read)),
            allow(self.encrypting, [self.replica_key], through(WEST, *self.written)),
        ]
        if self.options["iam"] == "false":
            del found[3]
        return policy(*found)

    def _source_key(self):
        admin = allow(ADMINISTRATION, "*", principal={"AWS": "arn:aws:iam::111122223333:role/Admin"})
        if self.options["iam"] == "true":
            return policy(self._root("111122223333"), admin)
        condition = through(EAST, *self.read)
        return policy(admin, allow("kms:Decrypt", "*", condition, {"AWS": self.role}))

    def _replica_key(self):
        condition = through(WEST, *self.written)
        shared = allow(self.encrypting, "*", condition, {"AWS": self.role})
        return policy(self._root(self.account), *([shared] if self.across else []))

    def _root(self, account):
        root = allow("kms:*", "*", principal={"AWS": f"arn:aws:iam::{account}:root"})
        return {"Sid": "Enable IAM User Permissions", **root}

    def _configuration(self):
        destination = {"Bucket": REPLICA, "EncryptionConfiguration": {"ReplicaKmsKeyID": self.replica_key}}
        if self.across:
            destination["Account"] = self.account
        if self.override:
            destination["AccessControlTranslation"] = {"Owner": "Destination"}
        markers = "Enabled" if self.options["markers"] == "true" else "Disabled"
        rule = {
            "ID": "all",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": markers},
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            "Destination": destination,
        }
        return {"Role": self.role, "Rules": [rule]}

    def statements(self, name):
        """Return the statements of a document, to be changed."""
        return self.documents[name]["Statement"]

    @property
    def rule(self):
        """The rule of the replication configuration, to be changed."""
        return self.documents["configuration"]["Rules"][0]

    def texts(self):
        """Return the files."""
        paths = self.paths
        return {
            paths[name]: value if isinstance(value, str) else json.dumps(value)
            for name, value in self.documents.items()
        }

    def verify(self, texts=None):
        """Return the report on the set-up, or on other files for the same spec."""
        return pg.verify(load(**self.options), self.texts() if texts is None else texts)


def mended(texts, report):
    """Return the files as a report's mends make them."""
    return mended_texts(texts, report.mends)
