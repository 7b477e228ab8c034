"""Specs for the tests of exports: the samples and some of our own, in three partitions."""

from functools import cache
from pathlib import Path

from policygen.generator import Bundle, generate_bundle
from policygen.spec.load import load_spec_text
from policygen.spec.model import Spec

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
REGIONS = {
    "aws": {},
    "aws-cn": {"us-east-1": "cn-north-1", "us-west-1": "cn-northwest-1", "eu-west-1": "cn-south-1"},
    "aws-us-gov": {"us-east-1": "us-gov-east-1", "us-west-1": "us-gov-west-1", "eu-west-1": "us-gov-central-1"},
}
OWN = {
    "new-keys": """\
# Keys that do not exist yet, two accounts, several destinations, Object Lock, names that begin alike.
version: 1
accounts: {prod: "111122223333", back-up: "444455556666"}
keys:
  data: {type: multi-region, account: prod, primary_region: us-east-1, replica_regions: [us-west-1], alias: alias/data,
         administrators: [role/KeyAdmin]}
  data.2: {type: single-region, account: back-up, region: eu-west-1, alias: alias/two, users: [role/team/Reader]}
buckets:
  source:
    name: source-bucket-name
    account: prod
    region: us-east-1
    object_lock: true
    encryption: {sse: "aws:kms", key: data, bucket_key: true, enforce: key-required}
    readers: [{principal: role/Analyst, prefix: "%{name}/"}]
  west: {name: west-bucket-name, account: prod, region: us-west-1, object_lock: true,
         encryption: {sse: "aws:kms", key: data, bucket_key: true}}
  far-away: {name: far-bucket-name, account: back-up, region: eu-west-1, object_lock: true,
             object_ownership: bucket-owner-preferred, encryption: {sse: "aws:kms:dsse", key: data.2}}
replication:
  nightly:
    source: source
    role: {name: "s3=replication@x", path: "/a$b`c/", trust: {source_account: true, source_arn: true}}
    rules:
      - {id: west, destination: west, prefix: a/, tags: {"${k}": "%{v}", b: c}, priority: 1,
         replication_time_control: true, replica_modifications: true}
      - {id: far, destination: far-away, tags: {one: two}, priority: 2, storage_class: GLACIER_IR, metrics: true,
         owner_override: true}
      - {id: off, destination: far-away, prefix: z/, priority: 3, status: disabled}
""",
    "settings": """\
# Settings away from their defaults, no replication, an account name that no shell should see.
version: 1
accounts: {"$(id)\\n`x` '\\"": "111122223333", unused: "444455556666"}
keys:
  off: {type: single-region, account: "111122223333", region: us-west-1, alias: alias/off, state: disabled,
        enable_iam_policies: false, administrators: [role/KeyAdmin]}
  managed: {type: aws-managed, account: "111122223333", region: us-east-1}
buckets:
  logs: {name: logs-bucket-name, account: "111122223333", region: us-west-1, tls_only: false,
         block_public_access: false, requester_pays: true, abac: true, blocked_encryption_types: [],
         object_ownership: object-writer, versioning: suspended}
  managed: {name: managed-bucket-name, account: "111122223333", region: us-east-1,
            encryption: {sse: "aws:kms", key: managed}}
  usual: {name: usual-111122223333-us-east-1-an, account: "111122223333", region: us-east-1,
          encryption: {sse: "aws:kms"}}
  mixed: {name: mixed-bucket-name, account: "111122223333", region: us-west-1,
          encryption: {sse: "aws:kms", key: off, bucket_key: mixed}}
""",
    "batch": """\
# Objects that exist already, a role with a boundary, a manifest under a key that does not exist yet.
version: 1
accounts: {prod: "111122223333"}
keys:
  data: {type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}
buckets:
  source: {name: source-bucket-name, region: us-east-1, encryption: {sse: "aws:kms", key: data}}
  west: {name: west-bucket-name, region: us-west-1, encryption: {sse: "aws:kms", key: data}}
  ops: {name: ops-bucket-name, region: us-east-1, encryption: {sse: "aws:kms", key: data}}
replication:
  nightly:
    source: source
    role: {name: s3-replication, permissions_boundary: "arn:aws:iam::111122223333:policy/Edge"}
    existing_objects: batch-replication
    batch: {role: {name: s3-batch-replication}, manifest_bucket: ops, report_bucket: ops, report_prefix: reports/}
    rules:
      - {id: west, destination: west}
""",
    "further": (Path(__file__).parent / "specs" / "further.yaml").read_text(encoding="utf-8"),
}
NAMES = (*sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml")), *OWN)
CASES = tuple((name, partition) for name in NAMES for partition in REGIONS)


def spec_text(name: str, partition: str) -> str:
    """Return a spec as it would be written for a partition."""
    text = OWN.get(name) or (SAMPLES / name / "spec.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1\n", f"version: 1\npartition: {partition}\n", 1)
    text = text.replace("arn:aws:", f"arn:{partition}:")
    for ours, theirs in REGIONS[partition].items():
        text = text.replace(ours, theirs)
    return text


@cache
def spec_and_bundle(name: str, partition: str = "aws") -> tuple[Spec, Bundle]:
    """Return a spec and its documents."""
    spec = load_spec_text(
        spec_text(name, partition), "spec.yaml", lambda path: (SAMPLES / name / path).read_text("utf-8")
    )
    return spec, generate_bundle(spec)
