"""Checks of Action and Resource: their form, what the policy type takes, ARNs.

Fact: E63, E64, E132, E133, E162, E166, E173, E174, S11
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import re

from policygen.errors import Place
from policygen.evaluation.services.organizations import RCP_SERVICES
from policygen.lint.policy import Element, Policy, effect_of, texts
from policygen.source.nodes import Mapping, Scalar

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_*?-]+\Z")
_ACCOUNT = re.compile(r"[0-9]{12}\Z")
_WITHOUT_REGION = ("s3", "iam")
_WITH_REGION_AND_ACCOUNT = ("kms",)
_FIELDS = 6


def check_targets(policy: Policy, statement: Mapping) -> None:
    """Check actions and resources of one statement."""
    for name in ("Action", "NotAction"):
        for element in texts(statement.get(name)):
            _check_action(policy, element)
    for name in ("Resource", "NotResource"):
        for element in texts(statement.get(name)):
            _check_resource(policy, element)
    if policy.type == "rcp":
        _check_rcp(policy, statement)


def _check_action(policy: Policy, element: Element) -> None:
    text = element.text
    if "${" in text:
        details = "policy variables do not work in actions"
        policy.error("VARIABLE_UNSUPPORTED_IN_ELEMENT", details, element.place)
    elif text != "*" and not _ACTION.match(text):
        policy.error("INVALID_ACTION", f"`{text}` is no action: they look like `s3:GetObject`", element.place)
    elif policy.is_bucket_policy and text.lower().startswith("kms:"):
        details = "KMS actions have no place in a bucket policy: write them into the key policy"
        policy.error("UNSUPPORTED_ACTION_IN_POLICY", details, element.place)


def _check_rcp(policy: Policy, statement: Mapping) -> None:
    if statement.get("NotAction") is not None:
        policy.error("RCP_SYNTAX_ERROR_NOTACTION", "an RCP has no NotAction", statement.place)
    full_access = _is_full_access(statement)
    if effect_of(statement) == "Allow" and not full_access:
        details = "a customer's RCP can only deny; RCPFullAWSAccess allows everything already"
        policy.error("RCP_SYNTAX_ERROR_ALLOW", details, statement.place)
    for element in texts(statement.get("Action")):
        prefix = element.text.partition(":")[0].lower()
        if prefix not in RCP_SERVICES and not full_access:
            details = f"RCPs do not support `{element.text}`"
            policy.error("RCP_SYNTAX_ERROR_ACTION", details, element.place)


def _is_full_access(statement: Mapping) -> bool:
    """AWS's own RCPFullAWSAccess: Allow everything, unconditionally."""
    action, resource = statement.get("Action"), statement.get("Resource")
    stars = all(isinstance(each, Scalar) and each.text == "*" for each in (action, resource))
    return effect_of(statement) == "Allow" and stars and statement.get("Condition") is None


def _check_resource(policy: Policy, element: Element) -> None:
    text, place = element.text, element.place
    if text == "*" or not text:
        return
    if not text.startswith("arn:") and not text.startswith(("*", "${")):
        policy.error("INVALID_ARN_PREFIX", f"`{text}` is no ARN: it does not begin with `arn:`", place)
        return
    fields = _fields(text)
    if len(fields) < _FIELDS:
        if not fields[-1].endswith("*"):
            details = f"`{text}` has {len(fields)} of an ARN's six fields"
            policy.error("MISSING_ARN_FIELD", details, place)
        return
    _check_fields(policy, fields, place, text)


def _fields(text: str) -> list[str]:
    """Cut an ARN at its first five colons, those inside a variable aside."""
    masked = re.sub(r"\$\{[^}]*\}", lambda match: "\0" * len(match.group()), text)
    fields, start = [], 0
    for _ in range(_FIELDS - 1):
        colon = masked.find(":", start)
        if colon < 0:
            break
        fields.append(text[start:colon])
        start = colon + 1
    fields.append(text[start:])
    return fields


def _check_fields(policy: Policy, fields: list[str], place: Place, text: str) -> None:
    _, _, service, region, account, resource = fields
    literal = not any(char in region + account for char in "*?$")
    if service != service.lower():
        policy.error("INVALID_ARN_SERVICE_CASE", f"`{service}`: the service of an ARN is lower case", place)
    elif "*" in service or "?" in service:
        details = "a wildcard in the service field makes the resource hard to tell"
        policy.add("SUGGESTION", "WILDCARD_IN_SERVICE_NAME", details, place)
    if account not in ("", "aws", "cloudfront") and literal and not _ACCOUNT.match(account):
        policy.error("INVALID_ARN_ACCOUNT", f"`{account}` is no account id: 12 digits", place)
    if service in _WITHOUT_REGION and region and literal and not _may_have_region(service, resource):
        policy.error("ARN_REGION_NOT_ALLOWED", f"ARNs of {service} have no Region: `{text}`", place)
    if service == "s3" and account and literal and not _may_have_region(service, resource):
        policy.error("ARN_ACCOUNT_NOT_ALLOWED", f"ARNs of S3 buckets and objects have no account: `{text}`", place)
    if service in _WITH_REGION_AND_ACCOUNT and not region and not resource.startswith("*"):
        policy.error("MISSING_ARN_REGION", f"ARNs of {service} have a Region: `{text}`", place)
    if service in _WITH_REGION_AND_ACCOUNT and not account and not resource.startswith("*"):
        policy.error("MISSING_ARN_ACCOUNT", f"ARNs of {service} have an account: `{text}`", place)


def _may_have_region(service: str, resource: str) -> bool:
    """Access points, jobs and Storage Lens of S3 have Region and account; a wildcard may stand for them."""
    kinds = ("accesspoint", "job/", "storage-lens", "async-request", "access-grants", "*", "${")
    return service == "s3" and resource.startswith(kinds)
