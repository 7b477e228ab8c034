"""Parameters of a template: its stage, the ids of keys that others make, and whether to make those that exist."""

from __future__ import annotations

import re
from typing import Any

from policygen.export.cloudformation.model import Part, template_path
from policygen.export.cloudformation.order import TemplateSet
from policygen.export.cloudformation.references import STAGE, Directory
from policygen.export.inventory import Target, alias_of_managed
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key

_HEX = "[0-9a-f]"
_SINGLE_REGION = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_MULTI_REGION = f"mrk-{_HEX}{{32}}"
_ANY_ID = "[A-Za-z0-9-]+"
"""For a spec whose own id of the key looks like neither."""


def stage_condition(stage: int) -> str:
    """Return the name of the condition that holds from ``stage`` on."""
    return f"{STAGE}{stage}"


def conditions(templates: TemplateSet, target: Target) -> dict[str, Any]:
    """Return the conditions of a template: its later stages, which include the earlier ones, and keys to make."""
    found: dict[str, Any] = {}
    last = templates.order.last_stage(target)
    for stage in range(2, last + 1):
        here = {"Fn::Equals": [{"Ref": STAGE}, str(stage)]}
        later = {"Condition": stage_condition(stage + 1)}
        found[stage_condition(stage)] = here if stage == last else {"Fn::Or": [here, later]}
    names = templates.names
    for key in templates.own_keys(target):
        if key.id is not None:
            found[names.is_made(key.name)] = {"Fn::Equals": [{"Ref": names.make_key(key.name)}, "true"]}
    for part in templates.own_parts(target):
        stage = templates.order.stages[part.id]
        if part.condition is not None and stage > 1:
            both = [{"Condition": stage_condition(stage)}, {"Condition": part.condition}]
            found[resource_condition(part, stage)] = {"Fn::And": both}
    return found


def resource_condition(part: Part, stage: int) -> str:
    """Return the name of the condition of a resource; empty when it is made always."""
    if stage == 1:
        return part.condition or ""
    return f"{part.condition}At{stage_condition(stage)}" if part.condition else stage_condition(stage)


def parameters(templates: TemplateSet, target: Target) -> dict[str, Any]:
    """Return the parameters of one template."""
    found: dict[str, Any] = {}
    last = templates.order.last_stage(target)
    if last > 1:
        found[STAGE] = {
            "Type": "String",
            "AllowedValues": [str(stage) for stage in range(1, last + 1)],
            "Description": "How far this template is deployed; Order in the Metadata says which stage is next",
        }
    for key in templates.own_keys(target):
        if key.id is not None:
            found[templates.names.make_key(key.name)] = _make_key(key, target)
    for key, stage in templates.taken_keys(target):
        found[templates.names.key_id(key.name)] = _key_id(key, target, templates.directory, optional=stage > 1)
    return found


def _key_id(key: Key, target: Target, directory: Directory, *, optional: bool) -> dict[str, Any]:
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
        "Description": f"Id of the KMS key {key.name}: {source_of(key, target, directory)}",
        "ConstraintDescription": "must be a key id: no ARN, no alias",
    }


def _make_key(key: Key, target: Target) -> dict[str, Any]:
    kind = "key" if target.region == key.region else "replica key"
    return {
        "Type": "String",
        "AllowedValues": ["true", "false"],
        "Default": "false",
        "Description": f"false: the KMS {kind} {key.name} exists in this Region with the id that the spec states; "
        "true: this template makes it, and its id is an output",
    }


def source_of(key: Key, target: Target, directory: Directory) -> str:
    """Return where the template of ``target`` gets the id of a key from: the spec, another stack's output, or KMS."""
    if key.type is KeyType.AWS_MANAGED:
        found = f"--key-id {alias_of_managed(key)} --query KeyMetadata.KeyId --output text"
        call = f"aws kms describe-key --region {key.region} {found}"
        return f"what `{call}` prints"
    names, primary = directory.names, directory.key_part(key, key.region)
    if primary.target == target:
        return f"that of the spec; not looked at when {names.make_key(key.name)} is true"
    output = f"output {names.key_id(key.name)} of the stack of {template_path(primary.target)}"
    return output if key.id is None else f"that of the spec, or, where a new key is made, {output}"


def rules(templates: TemplateSet, target: Target) -> dict[str, Any]:
    """Return the rules that ask for key ids at the stages that need them.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    found: dict[str, Any] = {}
    for key, first in templates.taken_keys(target):
        if key.id is None and first > 1:
            name = templates.names.key_id(key.name)
            source = source_of(key, target, templates.directory)
            stages = [str(stage) for stage in range(first, templates.order.last_stage(target) + 1)]
            given = {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}
            asked = [{"Assert": given, "AssertDescription": f"{STAGE} {first} needs {name}: {source}"}]
            condition = {"Fn::Contains": [stages, {"Ref": STAGE}]}
            found[f"{name}IsGiven"] = {"RuleCondition": condition, "Assertions": asked}
    return found
