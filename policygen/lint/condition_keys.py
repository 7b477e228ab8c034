"""Checks of condition keys: their form, whether they exist, what type they have, what they are worth.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from policygen.lint.actions import all_actions, prefix_of
from policygen.lint.check import Check, Hit, at, at_key, condition_check, how_sure, nearest, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Condition, Policy, Statement
from policygen.lint.policy_types import ACCESS_POINTS, BUCKET, PolicyType
from policygen.matching.conditions.operators import SetOperator, ValueType
from policygen.request.condition_keys import GLOBAL_KEYS, KeyType, can_carry, find_condition_key
from policygen.request.principal import PrincipalKind

_KEY = re.compile(r"[A-Za-z0-9._-]+(/[^:]*)?:.+\Z", re.DOTALL)
_PLAIN_PREFIX = re.compile(r"[a-z0-9-]+\Z")
_FITTING = {
    ValueType.STRING: (KeyType.STRING, KeyType.ARN),
    ValueType.ARN: (KeyType.ARN,),
    ValueType.NUMERIC: (KeyType.NUMERIC,),
    ValueType.DATE: (KeyType.DATE,),
    ValueType.BOOL: (KeyType.BOOL,),
    ValueType.IP_ADDRESS: (KeyType.IP_ADDRESS,),
    ValueType.BINARY: (),
}
_MAY_HOLD_ARNS = ("kms:granteeprincipal", "kms:retiringprincipal", "s3:x-amz-copy-source")
_KMS_CONDITIONS = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
_ERROR, _SECURITY_WARNING = FindingType.ERROR, FindingType.SECURITY_WARNING


def _is_well_formed(name: str) -> bool:
    return _KEY.match(name) is not None


@condition_check("INVALID_CONDITION_KEY_FORMAT", _ERROR, facts="E130")
def invalid_condition_key_format(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A condition key that is not `service:key`."""
    if not _is_well_formed(condition.key.text):
        yield at_key(condition.key, f"{shown(condition.key.text)} is no condition key: they look like `aws:SourceArn`")


@condition_check("MISSING_TAG_KEY_IN_CONDITION", _ERROR, facts="G5 G42 G54")
def missing_tag_key_in_condition(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A key about a tag that does not say which tag."""
    name = condition.name.rstrip("/") + "/"
    family = policy.condition_key(name) if name.endswith("tag/") else None
    if family is not None and family.name.lower() == name:
        yield at_key(condition.key, f"{shown(condition.key.text)} needs a tag key: `{family.name}owner`")


@condition_check("UNSUPPORTED_GLOBAL_CONDITION_KEY", _ERROR)
def unsupported_global_condition_key(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """The condition key aws:ARN."""
    if condition.name == "aws:arn":
        yield at_key(condition.key, "`aws:ARN` is no longer supported: use aws:PrincipalArn or aws:SourceArn")


def _unknown(condition: Condition, service: str, known: Collection[str]) -> Iterator[Hit]:
    """Yield a hit for a key of a service that is none of the known ones."""
    names = {each.lower(): each for each in known}
    bare = condition.name.rstrip("/") + "/"
    if not condition.name.startswith(f"{service}:") or condition.name in names or bare in names:
        return
    if any(condition.name.startswith(each) for each in names if each.endswith(("/", ":"))):
        return
    near = nearest(condition.name, known)
    hint = f": did you mean `{near}`?" if near else ""
    what = "global condition key" if service == "aws" else f"condition key of {service}"
    details = f"{shown(condition.key.text)} is no {what}{hint}"
    weight = None if nearest(condition.name, known, typo=True) else how_sure(service)
    yield Hit(node=condition.key, details=details, as_key=True, finding_type=weight)


@condition_check("INVALID_GLOBAL_CONDITION_KEY", _ERROR, facts="E234")
def invalid_global_condition_key(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A key that begins with `aws:` and does not exist."""
    if condition.name != "aws:arn":
        yield from _unknown(condition, "aws", GLOBAL_KEYS)


@condition_check("INVALID_SERVICE_CONDITION_KEY", _ERROR)
def invalid_service_condition_key(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A key that its service does not have."""
    prefix = prefix_of(condition.key.text)
    if prefix == "aws" or policy.condition_key(condition.name) is not None:
        return
    service = policy.catalog.service(prefix)
    if service is not None and service.condition_keys:
        own = [key.name for key in service.condition_keys.values() if prefix_of(key.name) == prefix]
        yield from _unknown(condition, prefix, own)


@condition_check("INVALID_SERVICE", _ERROR)
def invalid_service(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A key of a service that does not exist."""
    if not _is_well_formed(condition.key.text) or policy.condition_key(condition.name) is not None:
        return
    service = condition.key.text.partition(":")[0]
    if _PLAIN_PREFIX.match(service.lower()) and service.lower() not in ("aws", "saml"):
        if service.lower() not in policy.catalog.services:
            near = nearest(service, policy.catalog.services)
            hint, weight = (f": did you mean `{near}`?", None) if near else ("", FindingType.WARNING)
            details = f"there is no service {shown(service)}{hint}"
            yield Hit(node=condition.key, details=details, as_key=True, finding_type=weight)


@condition_check("MISSING_QUALIFIER", _ERROR, facts="E229")
def missing_qualifier(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A key with several values under an operator without ForAllValues and ForAnyValue."""
    key = policy.condition_key(condition.name)
    if key is None or not key.multivalued or condition.operator is None or condition.set_operator is not None:
        return
    if condition.value_type is not ValueType.NULL:
        details = (
            f"{shown(condition.key.text)} holds several values: write ForAllValues or ForAnyValue before the operator"
        )
        weight = how_sure(prefix_of(key.name)) if key.listed else None
        yield Hit(node=condition.operator_name, details=details, as_key=True, finding_type=weight)


@condition_check("FORALLVALUES_WITH_SINGLE_VALUED_KEY", _SECURITY_WARNING, facts="E196 E229")
def forallvalues_with_single_valued_key(policy: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """Allow with ForAllValues on a key with one value, which lets requests through that lack the key."""
    if statement.effect != "Allow" or condition.set_operator is not SetOperator.FOR_ALL_VALUES:
        return
    key = policy.condition_key(condition.name)
    if key is not None and not key.multivalued and condition.value_type is not ValueType.NULL:
        details = f"{shown(condition.key.text)} has one value, and ForAllValues is true where it is absent"
        yield at_key(condition.operator_name, details)


@condition_check("OVERLY_PERMISSIVE_CONDITION", _ERROR, facts="E94 K14", url=_KMS_CONDITIONS)
def overly_permissive_condition(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A set operator on a pair of an encryption context, or ForAllValues on a tag, which KMS refuses to save.

    KMS saves key policies; in a policy of another kind it is a WARNING.
    """
    pair = condition.set_operator is not None and condition.name.startswith("kms:encryptioncontext:")
    tag = condition.set_operator is SetOperator.FOR_ALL_VALUES and condition.name.startswith("aws:requesttag/")
    if condition.set_operator is not None and (pair or (tag and policy.is_key_policy)):
        details = f"{shown(condition.key.text)} has one value: KMS refuses {condition.set_operator.value} here"
        weight = None if policy.is_key_policy else FindingType.WARNING
        yield Hit(node=condition.operator_name, details=details, as_key=True, finding_type=weight)


@condition_check("TYPE_MISMATCH", FindingType.WARNING, facts="E222 E234")
def type_mismatch(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """An operator that does not fit the type of its key."""
    key = policy.condition_key(condition.name)
    if key is None or condition.operator is None or condition.value_type in (None, ValueType.NULL):
        return
    fitting = _FITTING[condition.operator.base.value_type]
    if any(each in fitting for each in key.types):
        return
    if condition.value_type is ValueType.ARN and (key.is_family or condition.name in _MAY_HOLD_ARNS):
        return
    types = " and ".join(each.value for each in key.types)
    details = f"{shown(condition.key.text)} is of the type {types}: {condition.operator.base.name} does not fit"
    yield at_key(condition.operator_name, details)


@condition_check("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", _SECURITY_WARNING, facts="E219 E222")
def string_like_operator_with_arn_condition_keys(policy: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """StringLike on a key that holds an ARN: its wildcards cross the colons."""
    key = policy.condition_key(condition.name)
    operator = condition.operator
    if key is None or KeyType.ARN not in key.types or operator is None:
        return
    if operator.base.value_type is ValueType.STRING and operator.base.takes_wildcards:
        if any("*" in each.text or "?" in each.text for each in condition.values):
            better = "ArnNotLike" if operator.base.negated else "ArnLike"
            yield at_key(condition.operator_name, f"wildcards of {operator.base.name} cross the colons: use {better}")


@condition_check("UNSUPPORTED_ACTION_FOR_CONDITION_KEY", _ERROR, facts="S1 K14")
def unsupported_action_for_condition_key(policy: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """An action, written out, whose requests never carry a key of the statement."""
    outcome = _without_key(statement, condition)
    for action in statement.actions if outcome else ():
        if not any(mark in action.text for mark in "*?") and not _supports(policy, action.text.lower(), condition):
            details = f"requests for {shown(action.text)} never carry {shown(condition.key.text)}: {outcome}"
            yield Hit(node=action, details=details, finding_type=how_sure(prefix_of(action.text)))


def _without_key(statement: Statement, condition: Condition) -> str | None:
    """Return what becomes of requests that lack the key, where the condition is not made for that; else None."""
    operator = condition.operator
    if operator is None or operator.if_exists or operator.set_operator is SetOperator.FOR_ALL_VALUES:
        return None
    if condition.needs_key:
        return "they are never denied" if statement.effect == "Deny" else "they are not allowed"
    if not operator.base.negated or operator.set_operator is not None:
        return None
    return "they are always denied" if statement.effect == "Deny" else "the condition limits nothing"


def _supports(policy: Policy, name: str, condition: Condition) -> bool:
    key, action = policy.condition_key(condition.name), policy.catalog.action(name)
    if key is None or action is None or not key.listed or key.any_service:
        return True
    return prefix_of(key.name) != prefix_of(name) or action.carries(condition.name)


@statement_check("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", _ERROR, facts="E47 E159 E159a")
def unsupported_condition_key_for_service_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Allow to service principals alone, limited by a key that their requests never carry.

    Unspecified: AWS's check names the organization's keys only; other keys are a WARNING.
    """
    kinds = {each.kind for each in statement.principals}
    if statement.effect != "Allow" or kinds != {"Service"}:
        return
    for condition in statement.conditions:
        if condition.needs_key and not can_carry(PrincipalKind.SERVICE, condition.name):
            organization = condition.name.startswith("aws:principalorg")
            details = f"requests of service principals do not carry {shown(condition.key.text)}"
            details += ": use aws:SourceOrgID" if organization else ""
            weight = None if organization else FindingType.WARNING
            yield Hit(node=condition.key, details=details, as_key=True, finding_type=weight)


@condition_check("UNTRUSTWORTHY_CONDITION_KEY", _SECURITY_WARNING, facts="G52 G61")
def untrustworthy_condition_key(_: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """A key whose value the caller chooses, as the limit of an Allow."""
    key = find_condition_key(condition.name)
    if key is None or not key.chosen_by_caller:
        return
    if statement.effect == "Allow" and condition.value_type is not ValueType.NULL:
        yield at_key(condition.key, f"callers choose the value of {condition.key.text} themselves")


@statement_check("MISSING_PAIRED_CONDITION_KEYS", _SECURITY_WARNING, facts="G38 G32")
def missing_paired_condition_keys(_: Policy, statement: Statement) -> Iterator[Hit]:
    """aws:VpcSourceIp without the VPC that the address belongs to."""
    if statement.tests("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"):
        return
    for condition in statement.conditions:
        if condition.name == "aws:vpcsourceip" and statement.effect == "Allow":
            yield at_key(condition.key, "every VPC may use these addresses: add aws:SourceVpc or aws:SourceVpce")


@statement_check("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", _SECURITY_WARNING)
def dynamodb_attributes_without_select(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Allow that limits dynamodb:Attributes but not dynamodb:Select."""
    for condition in statement.conditions:
        if condition.name == "dynamodb:attributes" and statement.effect == "Allow":
            if not statement.tests("dynamodb:select"):
                yield at_key(condition.key, "without dynamodb:Select a request may ask for all attributes")


@condition_check("S3_PREFIX_IN_NEGATIVE_CONTEXT", _SECURITY_WARNING)
def s3_prefix_in_negative_context(_: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """s3:prefix as something to keep out: a shorter prefix lists the same keys."""
    if condition.name != "s3:prefix" or condition.value_type is not ValueType.STRING:
        return
    if (statement.effect == "Deny") is not condition.negated and statement.effect in ("Allow", "Deny"):
        details = "a shorter prefix gets round this: Allow with StringLike, or Deny with StringNotLike"
        yield at_key(condition.key, details)


@condition_check("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", FindingType.WARNING, facts="G35 G36")
def use_condition_key_only_with_supported_services(
    _: Policy, statement: Statement, condition: Condition
) -> Iterator[Hit]:
    """aws:VpceAccount or aws:VpceOrgID with actions of a service that does not send it."""
    key = find_condition_key(condition.name)
    without = key.services_without if key is not None else frozenset()
    for action in all_actions(statement) if without else ():
        if prefix_of(action.text) in without:
            yield at(action, f"requests for {shown(action.text)} do not carry {condition.key.text}")


@condition_check(
    "IRRELEVANT_CONDITION_KEY_IN_POLICY",
    FindingType.SUGGESTION,
    types=frozenset({PolicyType.RESOURCE}),
)
def irrelevant_condition_key_in_policy(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """s3:ResourceAccount in the policy of a bucket or access point, which belongs to one account anyway."""
    if condition.name == "s3:resourceaccount" and policy.resource_type in ACCESS_POINTS | {BUCKET}:
        yield at_key(condition.key, "the account of this resource is always the same: s3:ResourceAccount tells nothing")


CHECKS: tuple[Check, ...] = (
    invalid_condition_key_format,
    missing_tag_key_in_condition,
    unsupported_global_condition_key,
    invalid_global_condition_key,
    invalid_service_condition_key,
    invalid_service,
    missing_qualifier,
    forallvalues_with_single_valued_key,
    overly_permissive_condition,
    type_mismatch,
    string_like_operator_with_arn_condition_keys,
    unsupported_action_for_condition_key,
    unsupported_condition_key_for_service_principal,
    untrustworthy_condition_key,
    missing_paired_condition_keys,
    dynamodb_attributes_without_select,
    s3_prefix_in_negative_context,
    use_condition_key_only_with_supported_services,
    irrelevant_condition_key_in_policy,
)
"""The checks of this module."""
