"""Parameters of a template: its stage, the ids of keys that others make, and what the spec leaves open."""

from __future__ import annotations

import re
from typing import Any

from policygen.export.cloudformation.model import Home
from policygen.export.cloudformation.names import STAGE
from policygen.export.cloudformation.plan import Plan
from policygen.export.cloudformation.references import Directory
from policygen.export.cloudformation.settings import asks_for_bucket_key, bucket_key_parameter
from policygen.spec.model import Key, KeyType

_HEX = "[0-9a-f]"
_SINGLE_REGION = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_MULTI_REGION = f"mrk-{_HEX}{{32}}"
_ANY_ID = "[A-Za-z0-9-]+"
"""For a spec whose own id of the key looks like neither."""


def stage_condition(stage: int) -> str:
    """Return the name of the condition that holds from ``stage`` on."""
    return f"{STAGE}{stage}"


def conditions(last: int) -> dict[str, Any]:
    """Return the conditions of a template with ``last`` stages; each later stage includes the earlier ones."""
    found: dict[str, Any] = {}
    for stage in range(2, last + 1):
        here = {"Fn::Equals": [{"Ref": STAGE}, str(stage)]}
        later = {"Condition": stage_condition(stage + 1)}
        found[stage_condition(stage)] = here if stage == last else {"Fn::Or": [here, later]}
    return found


def parameters(plan: Plan, home: Home) -> dict[str, Any]:
    """Return the parameters of one template."""
    found: dict[str, Any] = {}
    last = plan.order.last_stage(home)
    if last > 1:
        found[STAGE] = {
            "Type": "String",
            "AllowedValues": [str(stage) for stage in range(1, last + 1)],
            "Description": "How far this template is deployed; Order in the Metadata says which stage is next",
        }
    for key, stage in plan.taken_keys(home):
        found[plan.directory.names.key_id(key.name)] = _key_id(key, plan.directory, optional=stage > 1)
    for bucket in plan.own_buckets(home):
        if asks_for_bucket_key(bucket):
            found[bucket_key_parameter(plan.directory.names.buckets[bucket.entry])] = {
                "Type": "String",
                "AllowedValues": ["true", "false"],
                "Description": f"Whether new objects in {bucket.name} use an S3 Bucket Key; its policies fit both",
            }
    return found


def _key_id(key: Key, directory: Directory, *, optional: bool) -> dict[str, Any]:
    pattern = _MULTI_REGION if key.type is KeyType.MULTI_REGION else _SINGLE_REGION
    if key.id is not None and not re.fullmatch(pattern, key.id):
        pattern = _ANY_ID
    found: dict[str, Any] = {"Type": "String"}
    if key.id is not None:
        found["Default"] = key.id
    elif optional:
        found["Default"] = ""
        pattern = f"({pattern})?"
    return found | {
        "AllowedPattern": pattern,
        "Description": f"Id of the KMS key {key.name}: {source_of(key, directory)}",
        "ConstraintDescription": "must be a key id: no ARN, no alias",
    }


def source_of(key: Key, directory: Directory) -> str:
    """Return where the id of a key is read: the output of the stack that makes it, or KMS for an AWS managed key."""
    if key.type is KeyType.AWS_MANAGED:
        alias = key.alias or "alias/aws/s3"
        call = f"aws kms describe-key --region {key.region} --key-id {alias} --query KeyMetadata.KeyId --output text"
        return f"what `{call}` prints"
    primary = directory.key_part(key, key.region)
    return f"output {directory.names.key_id(key.name)} of the stack of {primary.home.path}"


def rules(plan: Plan, home: Home) -> dict[str, Any]:
    """Return the rules that ask for key ids at the stages that need them.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    found: dict[str, Any] = {}
    for key, first in plan.taken_keys(home):
        if key.id is None and first > 1:
            name = plan.directory.names.key_id(key.name)
            stages = [str(stage) for stage in range(first, plan.order.last_stage(home) + 1)]
            found[f"{name}IsGiven"] = {
                "RuleCondition": {"Fn::Contains": [stages, {"Ref": STAGE}]},
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]},
                        "AssertDescription": f"{STAGE} {first} needs {name}: {source_of(key, plan.directory)}",
                    }
                ],
            }
    return found
