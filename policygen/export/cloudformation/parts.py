"""The parts of all templates: roles, keys, aliases, buckets, policies, replication configurations.

What must be there before what:

* a principal before the key policy or bucket policy that names it: so roles come first, and need nothing;
* keys before the buckets and role policies that name them: so a role's permissions policy is a resource of its own;
* replica keys after their primary key (M8);
* a replication configuration after its role's policy and after its destinations, versioned (R1).

No part waits for a bucket but its bucket policy and replication configurations: policies name buckets by their names.

Fact: K9, K29, M5, M8, R1, R3, R7, R12, R15, R67, S7, S13, S14, S46, S48
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-replicationconfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policygen.export.cloudformation.model import Part, PartId, Uses
from policygen.export.cloudformation.references import Directory, References
from policygen.export.inventory import NewRole, Target, customer_keys
from policygen.generator.bundle import Bundle
from policygen.generator.settings import SETTINGS
from policygen.spec.kinds import KeyState, KeyType, Sse
from policygen.spec.model import Bucket, Key, Replication, Spec
from policygen.spec.paths import DocumentKind, bucket_path, configuration_path, key_path, role_path

RETAIN = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
"""Nothing that holds data, or that data cannot be read without, goes with its stack."""

REPLICATION = "ReplicationConfiguration"


def parts_of(spec: Spec, bundle: Bundle, directory: Directory) -> Iterator[Part]:
    """Yield every part of every template, in the order in which templates list them."""
    for new in directory.roles.values():
        yield _role(new, bundle, directory)
    for key in customer_keys(spec):
        for region in key.regions:
            yield _key(key, region, bundle, directory)
            if key.alias is not None:
                yield _alias(key, region, directory)
    for new in directory.roles.values():
        yield _role_policy(new, bundle, directory)
    replications = {each.source.entry: each for each in spec.replication}
    for bucket in spec.buckets:
        yield _bucket(bucket, bundle, directory)
        if bucket.entry in replications:
            yield _replication(spec, replications[bucket.entry], bundle, directory)
        if bucket_path(bucket) in bundle:
            yield _bucket_policy(bucket, bundle[bucket_path(bucket)].value, directory)


def _resource(id_: PartId, kind: str, properties: dict[str, Any], uses: Uses, **more: Any) -> Part:
    """Return a resource as a part; ``more`` are attributes of :class:`Part`."""
    retain = {} if kind.startswith("AWS::IAM::") or kind == "AWS::KMS::Alias" else RETAIN
    return Part(id=id_, value={"Type": kind} | retain | {"Properties": properties}, uses=uses, **more)


def _role(new: NewRole, bundle: Bundle, directory: Directory) -> Part:
    """A role with its trust policy alone, so that it needs nothing."""
    role, name = new.role, directory.names.roles[new.role.arn]
    references = References(directory, new.target)
    trust = references.expression(bundle[role_path(role, DocumentKind.TRUST_POLICY)].value)
    properties: dict[str, Any] = {"RoleName": role.name, "Path": role.path, "AssumeRolePolicyDocument": trust}
    if role.permissions_boundary is not None:
        properties["PermissionsBoundary"] = references.expression(role.permissions_boundary)
    output = (f"{name}Arn", {"Fn::GetAtt": [name, "Arn"]})
    part = PartId(target=new.target, name=name)
    return _resource(part, "AWS::IAM::Role", properties, references.uses, output=output)


def _role_policy(new: NewRole, bundle: Bundle, directory: Directory) -> Part:
    role, name = new.role, directory.names.roles[new.role.arn]
    references = References(directory, new.target)
    policy = references.expression(bundle[role_path(role)].value)
    properties = {"RoleName": {"Ref": name}, "PolicyName": role.name, "PolicyDocument": policy}
    made = Uses(needs=frozenset({PartId(target=new.target, name=name)}))
    part = PartId(target=new.target, name=f"{name}Policy")
    return _resource(part, "AWS::IAM::RolePolicy", properties, references.uses | made)


def _key(key: Key, region: str, bundle: Bundle, directory: Directory) -> Part:
    part = directory.key_part(key, region)
    references = References(directory, part.target)
    policy = references.expression(bundle[key_path(key, region)].value)
    properties: dict[str, Any] = {"Enabled": key.state is KeyState.ENABLED, "KeyPolicy": policy}
    uses, kind = references.uses, "AWS::KMS::Key"
    if region != key.region:
        kind = "AWS::KMS::ReplicaKey"
        primary = f"arn:${{AWS::Partition}}:kms:{key.region}:{key.account}:key/${{{directory.names.key_id(key.name)}}}"
        properties = {"PrimaryKeyArn": {"Fn::Sub": primary}} | properties
        uses |= Uses(needs=frozenset({directory.key_part(key, key.region)}), keys=frozenset({key.name}))
    elif key.type is KeyType.MULTI_REGION:
        properties = {"MultiRegion": True} | properties
    own = References(directory, part.target)
    output = (directory.names.key_id(key.name), own.key_id(key))
    uses |= Uses(keys=own.uses.keys)
    return _resource(part, kind, properties, uses, condition=_condition(key, directory), output=output)


def _condition(key: Key, directory: Directory) -> str | None:
    """A key whose id the spec states exists already, and is made only on request."""
    return None if key.id is None else directory.names.is_made(key.name)


def _alias(key: Key, region: str, directory: Directory) -> Part:
    part = directory.key_part(key, region)
    alias = PartId(target=part.target, name=f"{part.name}Alias")
    properties = {"AliasName": key.alias, "TargetKeyId": {"Ref": part.name}}
    uses = Uses(needs=frozenset({part}))
    return _resource(alias, "AWS::KMS::Alias", properties, uses, condition=_condition(key, directory))


def _bucket(bucket: Bucket, bundle: Bundle, directory: Directory) -> Part:
    part = directory.bucket_part(bucket)
    references = References(directory, part.target)
    properties = {"BucketName": bucket.name} | references.expression(_bucket_properties(bucket, bundle))
    if bucket.is_account_regional:
        properties["BucketNamespace"] = "account-regional"
    if bucket.object_lock:
        properties["ObjectLockEnabled"] = True
    return _resource(part, "AWS::S3::Bucket", properties, references.uses)


def _bucket_policy(bucket: Bucket, document: Any, directory: Directory) -> Part:
    part = directory.bucket_part(bucket)
    references = References(directory, part.target, (bucket,))
    properties = {"Bucket": {"Ref": part.name}, "PolicyDocument": references.expression(document)}
    policy = PartId(target=part.target, name=f"{part.name}Policy")
    return _resource(policy, "AWS::S3::BucketPolicy", properties, references.uses | Uses(needs=frozenset({part})))


def _replication(spec: Spec, replication: Replication, bundle: Bundle, directory: Directory) -> Part:
    """The replication configuration of a bucket, which names destinations of its template unless those wait for it."""
    source = replication.source
    part = directory.bucket_part(source)
    own = {each.destination.entry: each.destination for each in replication.rules}.values()
    waiting = [each for each in own if _replicates_back(spec, each, source, part.target, directory)]
    beside = [each for each in own if directory.bucket_part(each).target == part.target and each not in waiting]
    references = References(directory, part.target, beside)
    document = bundle[configuration_path(replication)].value
    value = references.expression(_renamed(document))
    policy = PartId(target=part.target, name=f"{directory.names.roles[replication.role.arn]}Policy")
    needs = {part, policy}
    for rule in replication.rules:
        destination = directory.bucket_part(rule.destination)
        needs.add(destination)
        if bucket_path(rule.destination) in bundle:
            needs.add(PartId(target=destination.target, name=f"{destination.name}Policy"))
        if rule.replica_key is not None and rule.replica_key.type is not KeyType.AWS_MANAGED:
            needs.add(directory.key_part(rule.replica_key, rule.destination.region))
    return Part(
        id=PartId(target=part.target, name=part.name, property=REPLICATION),
        value=value,
        uses=references.uses | Uses(needs=frozenset(needs)),
        earlier=frozenset(directory.bucket_part(each) for each in waiting),
        after=(policy.name,),
    )


def _replicates_back(spec: Spec, start: Bucket, goal: Bucket, target: Target, directory: Directory) -> bool:
    """Tell whether objects of ``start`` get to ``goal`` over buckets of one template: each would wait for the other."""
    targets = {
        each.source.entry: [rule.destination for rule in each.rules]
        for each in spec.replication
        if directory.bucket_part(each.source).target == target
    }
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        bucket = waiting.pop()
        if bucket.entry == goal.entry:
            return True
        if bucket.entry not in seen:
            seen.add(bucket.entry)
            waiting.extend(targets.get(bucket.entry, ()))
    return False


_NAMES = {
    "ApplyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
    "ID": "Id",
    "Tag": "TagFilter",
    "Tags": "TagFilters",
}
"""Members that are called otherwise than in the S3 API."""


def _bucket_properties(bucket: Bucket, bundle: Bundle) -> dict[str, Any]:
    """Return the properties of a bucket that are documents, but for its replication configuration."""
    settings = {kind: bundle[path].value for kind in SETTINGS if (path := bucket_path(bucket, kind)) in bundle}
    rules = [_encryption(rule) for rule in settings[DocumentKind.ENCRYPTION]["Rules"]]
    found: dict[str, Any] = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": rules},
        "OwnershipControls": settings[DocumentKind.OWNERSHIP_CONTROLS],
        "PublicAccessBlockConfiguration": dict(sorted(settings[DocumentKind.PUBLIC_ACCESS_BLOCK].items())),
    }
    if DocumentKind.VERSIONING in settings:
        found["VersioningConfiguration"] = settings[DocumentKind.VERSIONING]
    if DocumentKind.ABAC in settings:
        found["AbacStatus"] = settings[DocumentKind.ABAC]["Status"]
    return found


def _encryption(rule: Mapping[str, Any]) -> Any:
    """Return a rule of the default encryption; an S3 Bucket Key is for SSE-KMS alone (R47)."""
    kms = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == Sse.SSE_KMS.value
    return _renamed({name: value for name, value in rule.items() if kms or name != "BucketKeyEnabled"})


def _renamed(value: Any) -> Any:
    """Return a value of the S3 API in CloudFormation's names of members; a rule's id and filter come first.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-replicationrule.html
    """
    if isinstance(value, list | tuple):
        return [_renamed(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    first = {name: value[name] for name in ("ID", "Filter") if name in value}
    return {_NAMES.get(name, name): _renamed(child) for name, child in (first | dict(value)).items()}
