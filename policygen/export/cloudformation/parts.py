"""The parts of all templates: roles, keys, aliases, buckets, policies, replication configurations.

What must be there before what:

* a principal before the key policy or bucket policy that names it: so roles come first, and need nothing;
* keys before the buckets and role policies that name them: so a role's permissions policy is a resource of its own;
* replica keys after their primary key (M8);
* a replication configuration after its role's policy and after its destinations, versioned (R1).

No part waits for a bucket but its bucket policy and replication configurations: policies name buckets by their names.

Fact: K9, K29, M5, M8, R1, R7, R12, R15
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-replicationconfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.export.cloudformation.model import Home, Part, PartId, Uses
from policygen.export.cloudformation.names import RoleAt
from policygen.export.cloudformation.references import Directory, References
from policygen.export.cloudformation.settings import bucket_properties, replication_property
from policygen.generator.bundle import Bundle
from policygen.spec.kinds import KeyState, KeyType
from policygen.spec.model import Bucket, Key, Replication, Spec

RETAIN = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
"""Nothing that holds data, or that data cannot be read without, goes with its stack."""

REPLICATION = "ReplicationConfiguration"


def parts_of(spec: Spec, bundle: Bundle, directory: Directory) -> tuple[Part, ...]:
    """Return every part of every template, in the order in which templates list them."""
    return tuple(_parts(spec, bundle, directory))


def _parts(spec: Spec, bundle: Bundle, directory: Directory) -> Iterator[Part]:
    for at in directory.roles.values():
        yield _role(at, bundle, directory)
    for key in spec.keys:
        for region in key.regions if key.type is not KeyType.AWS_MANAGED else ():
            yield _key(key, region, bundle, directory)
            if key.alias is not None:
                yield _alias(key, region, directory)
    for at in directory.roles.values():
        yield _role_policy(at, bundle, directory)
    replications = {each.source.entry: each for each in spec.replication}
    for bucket in spec.buckets:
        yield _bucket(bucket, directory)
        if bucket.entry in replications:
            yield _replication(spec, replications[bucket.entry], bundle, directory)
        path = f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json"
        if path in bundle:
            yield _bucket_policy(bucket, bundle[path].value, directory)


def _resource(kind: str, properties: dict[str, Any], *, retain: bool = False) -> dict[str, Any]:
    return {"Type": kind} | (RETAIN if retain else {}) | {"Properties": properties}


def _role(at: RoleAt, bundle: Bundle, directory: Directory) -> Part:
    """A role with its trust policy alone, so that it needs nothing."""
    role, name = at.role, directory.names.roles[at.role.arn]
    references = References(directory, at.home)
    trust = bundle[f"{role.account}/iam/{role.name}/trust-policy.json"].value
    properties: dict[str, Any] = {
        "RoleName": role.name,
        "Path": role.path,
        "AssumeRolePolicyDocument": references.expression(trust),
    }
    if role.permissions_boundary is not None:
        properties["PermissionsBoundary"] = references.expression(role.permissions_boundary)
    return Part(
        id=PartId(home=at.home, name=name),
        value=_resource("AWS::IAM::Role", properties),
        uses=references.uses,
        output=(f"{name}Arn", {"Fn::GetAtt": [name, "Arn"]}),
    )


def _role_policy(at: RoleAt, bundle: Bundle, directory: Directory) -> Part:
    role, name = at.role, directory.names.roles[at.role.arn]
    references = References(directory, at.home)
    document = bundle[f"{role.account}/iam/{role.name}/permissions-policy.json"].value
    properties = {
        "RoleName": {"Ref": name},
        "PolicyName": role.name,
        "PolicyDocument": references.expression(document),
    }
    made = Uses(needs=frozenset({PartId(home=at.home, name=name)}))
    return Part(
        id=PartId(home=at.home, name=f"{name}Policy"),
        value=_resource("AWS::IAM::RolePolicy", properties),
        uses=references.uses | made,
    )


def _key(key: Key, region: str, bundle: Bundle, directory: Directory) -> Part:
    part = directory.key_part(key, region)
    references = References(directory, part.home)
    document = bundle[f"{key.account}/kms/{key.name}/{region}/key-policy.json"].value
    properties: dict[str, Any] = {
        "Enabled": key.state is KeyState.ENABLED,
        "KeyPolicy": references.expression(document),
    }
    uses, kind = references.uses, "AWS::KMS::Key"
    if region != key.region:
        kind = "AWS::KMS::ReplicaKey"
        primary = f"arn:${{AWS::Partition}}:kms:{key.region}:{key.account}:key/${{{directory.names.key_id(key.name)}}}"
        properties = {"PrimaryKeyArn": {"Fn::Sub": primary}} | properties
        uses |= Uses(needs=frozenset({directory.key_part(key, key.region)}), keys=frozenset({key.name}))
    elif key.type is KeyType.MULTI_REGION:
        properties = {"MultiRegion": True} | properties
    own = References(directory, part.home)
    output = (directory.names.key_id(key.name), own.key_id(key))
    return Part(
        id=part,
        value=_resource(kind, properties, retain=True),
        uses=uses | Uses(keys=own.uses.keys),
        condition=_condition(key, directory),
        output=output,
    )


def _condition(key: Key, directory: Directory) -> str | None:
    """A key whose id the spec states exists already, and is made only on request."""
    return None if key.id is None else directory.names.is_made(key.name)


def _alias(key: Key, region: str, directory: Directory) -> Part:
    part = directory.key_part(key, region)
    return Part(
        id=PartId(home=part.home, name=f"{part.name}Alias"),
        value=_resource("AWS::KMS::Alias", {"AliasName": key.alias, "TargetKeyId": {"Ref": part.name}}),
        uses=Uses(needs=frozenset({part})),
        condition=_condition(key, directory),
    )


def _bucket(bucket: Bucket, directory: Directory) -> Part:
    part = directory.bucket_part(bucket)
    references = References(directory, part.home)
    properties = bucket_properties(bucket, references)
    return Part(id=part, value=_resource("AWS::S3::Bucket", properties, retain=True), uses=references.uses)


def _bucket_policy(bucket: Bucket, document: Any, directory: Directory) -> Part:
    part = directory.bucket_part(bucket)
    references = References(directory, part.home, (bucket,))
    properties = {"Bucket": {"Ref": part.name}, "PolicyDocument": references.expression(document)}
    return Part(
        id=PartId(home=part.home, name=f"{part.name}Policy"),
        value=_resource("AWS::S3::BucketPolicy", properties, retain=True),
        uses=references.uses | Uses(needs=frozenset({part})),
    )


def _replication(spec: Spec, replication: Replication, bundle: Bundle, directory: Directory) -> Part:
    """The replication configuration of a bucket, which names destinations of its template unless those wait for it."""
    source = replication.source
    part = directory.bucket_part(source)
    own = {each.destination.entry: each.destination for each in replication.rules}.values()
    waiting = [each for each in own if _replicates_back(spec, each, source, part.home, directory)]
    beside = [each for each in own if directory.bucket_part(each).home == part.home and each not in waiting]
    references = References(directory, part.home, beside)
    document = bundle[f"{source.account}/s3/{source.entry}/replication-configuration.json"].value
    value = references.expression(replication_property(document))
    policy = PartId(home=part.home, name=f"{directory.names.roles[replication.role.arn]}Policy")
    needs = {
        part,
        policy,
        *(each for rule in replication.rules for each in _ready(rule.destination, bundle, directory)),
    }
    for rule in replication.rules:
        if rule.replica_key is not None and rule.replica_key.type is not KeyType.AWS_MANAGED:
            needs.add(directory.key_part(rule.replica_key, rule.destination.region))
    return Part(
        id=PartId(home=part.home, name=part.name, property=REPLICATION),
        value=value,
        uses=references.uses | Uses(needs=frozenset(needs)),
        earlier=frozenset(directory.bucket_part(each) for each in waiting),
        after=(policy.name,),
    )


def _ready(bucket: Bucket, bundle: Bundle, directory: Directory) -> Iterator[PartId]:
    """Yield what makes a destination ready to be replicated to: the bucket and its policy."""
    part = directory.bucket_part(bucket)
    yield part
    if f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json" in bundle:
        yield PartId(home=part.home, name=f"{part.name}Policy")


def _replicates_back(spec: Spec, start: Bucket, goal: Bucket, home: Home, directory: Directory) -> bool:
    """Tell whether objects of ``start`` get to ``goal`` over buckets of one template: each would wait for the other."""
    targets = {
        each.source.entry: [rule.destination for rule in each.rules]
        for each in spec.replication
        if directory.bucket_part(each.source).home == home
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
