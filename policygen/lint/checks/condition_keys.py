"""Checks of condition keys: their form, whether they exist and arrive, what type they have, what they are worth.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import re
from collections.abc import Collection, Iterator

from policygen.aws.resource_types import ACCESS_POINTS, BUCKET
from policygen.catalog.spelling import did_you_mean, hinted, mistyped, shown
from policygen.lint.check import Hit, at, at_key, condition_check, statement_check
from policygen.lint.findings import ERROR, SECURITY_WARNING, SUGGESTION, WARNING, FindingType
from policygen.lint.policy import Condition, Statement, has_wildcard, prefix_of
from policygen.lint.policy_types import PolicyType
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
_CLAIM = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+[^:]*:(?P<name>[^:]+)\Z")
"""A claim of a web identity provider, which is named by its domain, with or without a path."""

_CLAIMS_WITH_VALUES = ("amr", "aud", "oaud")
"""Claims that may have several values; whether those of the audience do is asked for by a check of trust policies."""

_SAML_WITH_ONE_VALUE = ("saml:doc", "saml:iss", "saml:namequalifier", "saml:sub", "saml:sub_type")
_MAY_HOLD_ARNS = ("kms:granteeprincipal", "kms:retiringprincipal", "s3:x-amz-copy-source")
_BESIDE_ASSUME_ROLE = ("sts:tagsession", "sts:setsourceidentity")
_KMS_CONDITIONS = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
_RESOURCE = frozenset({PolicyType.RESOURCE})


@condition_check("INVALID_CONDITION_KEY_FORMAT", ERROR, facts="E130")
def invalid_condition_key_format(condition: Condition) -> Iterator[Hit]:
    """A condition key that is not `service:key`."""
    if not _KEY.match(condition.key.text):
        details = f"{shown(condition.key.text)} is not a condition key: they look like `aws:SourceArn`"
        yield at_key(condition.key, details)


@condition_check("MISSING_TAG_KEY_IN_CONDITION", ERROR, facts="G5 G42 G54")
def missing_tag_key_in_condition(condition: Condition) -> Iterator[Hit]:
    """A key about a tag that does not say which tag."""
    name = condition.name.rstrip("/") + "/"
    family = condition.policy.catalog.condition_key(name) if name.endswith("tag/") else None
    if family is not None and family.name.lower() == name:
        yield at_key(condition.key, f"{shown(condition.key.text)} needs a tag key: `{family.name}owner`")


@condition_check("UNSUPPORTED_GLOBAL_CONDITION_KEY", ERROR)
def unsupported_global_condition_key(condition: Condition) -> Iterator[Hit]:
    """The condition key aws:ARN."""
    if condition.name == "aws:arn":
        yield at_key(condition.key, "`aws:ARN` is no longer supported: use aws:PrincipalArn or aws:SourceArn")


def _unknown(condition: Condition, service: str, known: Collection[str]) -> Iterator[Hit]:
    """Yield a hit for a key of a service that is none of the known ones."""
    names = {each.lower() for each in known}
    bare = condition.name.rstrip("/") + "/"
    if not condition.name.startswith(f"{service}:") or condition.name in names or bare in names:
        return
    if any(condition.name.startswith(each) for each in names if each.endswith(("/", ":"))):
        return
    what = "global condition key" if service == "aws" else f"condition key of {service}"
    details = hinted(f"{shown(condition.key.text)} is not a {what}", did_you_mean(condition.name, known))
    sure = mistyped(condition.name, known) or condition.policy.catalog.knows_whole(service)
    yield at_key(condition.key, details, warning=not sure)


@condition_check("INVALID_GLOBAL_CONDITION_KEY", ERROR, facts="E234")
def invalid_global_condition_key(condition: Condition) -> Iterator[Hit]:
    """A key that begins with `aws:` and does not exist."""
    if condition.name != "aws:arn":
        yield from _unknown(condition, "aws", GLOBAL_KEYS)


@condition_check("INVALID_SERVICE_CONDITION_KEY", ERROR)
def invalid_service_condition_key(condition: Condition) -> Iterator[Hit]:
    """A key that its service does not have."""
    prefix = prefix_of(condition.name)
    service = condition.policy.catalog.service(prefix)
    if prefix != "aws" and condition.known is None and service is not None and service.condition_keys:
        own = [key.name for key in service.condition_keys.values() if prefix_of(key.name) == prefix]
        yield from _unknown(condition, prefix, own)


@condition_check("INVALID_SERVICE", ERROR)
def invalid_service(condition: Condition) -> Iterator[Hit]:
    """A key of a service that does not exist."""
    services = condition.policy.catalog.services
    service = condition.key.text.partition(":")[0]
    if not _KEY.match(condition.key.text) or condition.known is not None or not _PLAIN_PREFIX.match(service.lower()):
        return
    if service.lower() not in ("aws", "saml", *services):
        near = did_you_mean(service, services)
        yield at_key(condition.key, hinted(f"there is no service {shown(service)}", near), warning=not near)


@condition_check("MISSING_QUALIFIER", ERROR, facts="E229")
def missing_qualifier(condition: Condition) -> Iterator[Hit]:
    """A key with several values under an operator without ForAllValues and ForAnyValue."""
    key = condition.known
    if key is None or not key.multivalued or condition.set_operator is not None:
        return
    if condition.value_type not in (None, ValueType.NULL):
        advice = "write ForAllValues or ForAnyValue before the operator"
        details = f"{shown(condition.key.text)} holds several values: {advice}"
        unsure = key.listed and not condition.policy.catalog.knows_whole(prefix_of(key.name))
        yield at_key(condition.operator_name, details, warning=unsure)


@condition_check("FORALLVALUES_WITH_SINGLE_VALUED_KEY", SECURITY_WARNING, facts="E196 E229 E242")
def forallvalues_with_single_valued_key(condition: Condition) -> Iterator[Hit]:
    """Allow with ForAllValues on a key with one value, which lets requests through that lack the key."""
    if condition.statement.allows and condition.set_operator is SetOperator.FOR_ALL_VALUES:
        claim = _CLAIM.match(condition.name)
        several = (
            claim["name"] in _CLAIMS_WITH_VALUES if claim else condition.known is None or condition.known.multivalued
        )
        several = several and condition.name not in _SAML_WITH_ONE_VALUE
        if not several and condition.value_type is not ValueType.NULL:
            details = f"{shown(condition.key.text)} has one value, and ForAllValues is true where it is absent"
            yield at_key(condition.operator_name, details)


@condition_check("OVERLY_PERMISSIVE_CONDITION", ERROR, facts="E94 K14", url=_KMS_CONDITIONS)
def overly_permissive_condition(condition: Condition) -> Iterator[Hit]:
    """A set operator on a pair of an encryption context, or ForAllValues on a tag, which KMS refuses to save.

    KMS saves key policies; in a policy of another kind it is a WARNING.
    """
    saved = condition.policy.is_key_policy
    pair = condition.set_operator is not None and condition.name.startswith("kms:encryptioncontext:")
    tag = condition.set_operator is SetOperator.FOR_ALL_VALUES and condition.name.startswith("aws:requesttag/")
    if condition.set_operator is not None and (pair or (tag and saved)):
        details = f"{shown(condition.key.text)} has one value: KMS refuses {condition.set_operator.value} here"
        yield at_key(condition.operator_name, details, warning=not saved)


@condition_check("TYPE_MISMATCH", WARNING, facts="E222 E234")
def type_mismatch(condition: Condition) -> Iterator[Hit]:
    """An operator that does not fit the type of its key."""
    key, operator = condition.known, condition.operator
    if key is None or operator is None or condition.value_type is ValueType.NULL:
        return
    if any(each in _FITTING[operator.base.value_type] for each in key.types):
        return
    if condition.value_type is ValueType.ARN and (key.is_family or condition.name in _MAY_HOLD_ARNS):
        return
    types = " and ".join(each.value for each in key.types)
    details = f"{shown(condition.key.text)} is of the type {types}: {operator.base.name} does not fit"
    yield at_key(condition.operator_name, details)


@condition_check("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", SECURITY_WARNING, facts="E219 E222")
def string_like_operator_with_arn_condition_keys(condition: Condition) -> Iterator[Hit]:
    """StringLike on a key that holds an ARN: its wildcards cross the colons."""
    key, operator = condition.known, condition.operator
    if key is None or KeyType.ARN not in key.types or operator is None:
        return
    if condition.value_type is ValueType.STRING and condition.takes_wildcards:
        if any(has_wildcard(each.text) for each in condition.values):
            better = "ArnNotLike" if condition.negated else "ArnLike"
            yield at_key(condition.operator_name, f"wildcards of {operator.base.name} cross the colons: use {better}")


@condition_check("UNSUPPORTED_ACTION_FOR_CONDITION_KEY", ERROR, facts="S1 K14")
def unsupported_action_for_condition_key(condition: Condition) -> Iterator[Hit]:
    """An action whose requests never carry a key of the statement; a WARNING where it is less sure.

    It is less sure of a key of another service, of several actions that a wildcard stands for, and in a role trust
    policy of what is asked for together with AssumeRole, in one request.
    """
    outcome = _without_key(condition)
    key = condition.known
    if outcome is None or key is None or not key.listed or key.any_service or prefix_of(key.name) == "aws":
        return
    catalog = condition.policy.catalog
    for action in condition.statement.actions:
        actions = catalog.actions_like(action.text)
        if actions and not any(each.carries(condition.name) for each in actions):
            details = f"requests for {shown(action.text)} never carry {shown(condition.key.text)}: {outcome}"
            prefix = prefix_of(action.text)
            sure = prefix == prefix_of(key.name) and catalog.knows_whole(prefix) and not has_wildcard(action.text)
            if action.text.lower() in _BESIDE_ASSUME_ROLE:
                sure = False
                details += " by AWS's reference; if AssumeRole is refused, allow this action in a statement of its own"
            yield at(action, details, warning=not sure)


def _without_key(condition: Condition) -> str | None:
    """Return what becomes of requests that lack the key, where the condition is not made for that; else None."""
    if condition.needs_key:
        return "they are never denied" if condition.statement.denies else "they are not allowed"
    if not condition.negated or condition.if_exists or condition.set_operator is not None:
        return None
    return "they are always denied" if condition.statement.denies else "the condition limits nothing"


@statement_check("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", ERROR, facts="E47 E159 E159a")
def unsupported_condition_key_for_service_principal(statement: Statement) -> Iterator[Hit]:
    """Allow to service principals alone, limited by a key that their requests never carry.

    Unspecified: AWS's check names the organization's keys only; other keys are a WARNING.
    """
    only_services = statement.allows and {each.kind for each in statement.principals} == {"Service"}
    for condition in statement.conditions if only_services else ():
        if condition.needs_key and not can_carry(PrincipalKind.SERVICE, condition.name):
            organization = condition.name.startswith("aws:principalorg")
            details = f"requests of service principals do not carry {shown(condition.key.text)}"
            details += ": use aws:SourceOrgID" if organization else ""
            yield at_key(condition.key, details, warning=not organization)


@condition_check("UNTRUSTWORTHY_CONDITION_KEY", SECURITY_WARNING, facts="G52 G61")
def untrustworthy_condition_key(condition: Condition) -> Iterator[Hit]:
    """A key whose value the caller chooses, as the limit of an Allow."""
    key = find_condition_key(condition.name)
    if key is not None and key.chosen_by_caller:
        if condition.statement.allows and condition.value_type is not ValueType.NULL:
            yield at_key(condition.key, f"callers choose the value of {condition.key.text} themselves")


@condition_check("MISSING_PAIRED_CONDITION_KEYS", SECURITY_WARNING, facts="G38 G32")
def missing_paired_condition_keys(condition: Condition) -> Iterator[Hit]:
    """aws:VpcSourceIp without the VPC that the address belongs to."""
    if condition.name == "aws:vpcsourceip" and condition.statement.allows:
        if not condition.statement.tests("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"):
            yield at_key(condition.key, "every VPC may use these addresses: add aws:SourceVpc or aws:SourceVpce")


@condition_check("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", SECURITY_WARNING)
def dynamodb_attributes_without_select(condition: Condition) -> Iterator[Hit]:
    """Allow that limits dynamodb:Attributes but not dynamodb:Select."""
    if condition.name == "dynamodb:attributes" and condition.statement.allows:
        if not condition.statement.tests("dynamodb:select"):
            yield at_key(condition.key, "without dynamodb:Select a request may ask for all attributes")


@condition_check("S3_PREFIX_IN_NEGATIVE_CONTEXT", SECURITY_WARNING)
def s3_prefix_in_negative_context(condition: Condition) -> Iterator[Hit]:
    """s3:prefix as something to keep out: a shorter prefix lists the same keys."""
    keeps_out = condition.statement.allows if condition.negated else condition.statement.denies
    if condition.name == "s3:prefix" and condition.value_type is ValueType.STRING and keeps_out:
        details = "a shorter prefix gets round this: Allow with StringLike, or Deny with StringNotLike"
        yield at_key(condition.key, details)


@condition_check("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", WARNING, facts="G35 G36")
def use_condition_key_only_with_supported_services(condition: Condition) -> Iterator[Hit]:
    """aws:VpceAccount or aws:VpceOrgID with actions of a service that does not send it."""
    key = find_condition_key(condition.name)
    without = key.services_without if key is not None else frozenset()
    for action in condition.statement.actions + condition.statement.not_actions if without else ():
        if prefix_of(action.text) in without:
            yield at(action, f"requests for {shown(action.text)} do not carry {condition.key.text}")


@condition_check("IRRELEVANT_CONDITION_KEY_IN_POLICY", SUGGESTION, types=_RESOURCE)
def irrelevant_condition_key_in_policy(condition: Condition) -> Iterator[Hit]:
    """s3:ResourceAccount in the policy of a bucket or access point, which belongs to one account anyway."""
    if condition.name == "s3:resourceaccount" and condition.policy.resource_type in ACCESS_POINTS | {BUCKET}:
        yield at_key(condition.key, "the account of this resource is always the same: s3:ResourceAccount tells nothing")


def _wants_tag(condition: Condition, effect: str) -> bool:
    """Whether a condition of a statement with this effect wants a tag of the resource to be there."""
    wanted = condition.operator is not None and not condition.negated and condition.operator_name.text.lower() != "null"
    return wanted and condition.statement.effect == effect and condition.name.startswith("aws:resourcetag/")


def _tags(effect: str, finding_type: FindingType, outcome: str, of_the_rest: str) -> None:
    """Register the checks of a statement that depends on a tag of the resource: which actions never carry it."""

    def action(condition: Condition) -> Iterator[Hit]:
        for element in condition.statement.actions if _wants_tag(condition, effect) else ():
            action = condition.policy.catalog.action(element.text)
            if action is not None and not action.carries(condition.name):
                details = f"requests for {shown(element.text)} never carry {shown(condition.key.text)}"
                yield at(element, f"{details}: {outcome}")

    def not_action(condition: Condition) -> Iterator[Hit]:
        if _wants_tag(condition, effect) and condition.statement.not_actions:
            details = "many of the actions that NotAction leaves never carry this tag"
            yield at_key(condition.key, f"{details}: they are not {of_the_rest}")

    code = "WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
    summary = f"{effect} that depends on a tag of the resource, for an action whose requests never carry it"
    condition_check(f"{effect.upper()}_{code}", finding_type, facts="G42", summary=summary)(action)
    summary = f"{effect} with NotAction that depends on a tag of the resource: most services do not send it"
    condition_check(f"{effect.upper()}_NOTACTION_{code}", finding_type, facts="G42", summary=summary)(not_action)


_tags("Deny", SECURITY_WARNING, "nothing is denied", "denied")
_tags("Allow", SUGGESTION, "it is not allowed", "allowed")
