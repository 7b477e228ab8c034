"""Checks of Resource and NotResource: whether the texts are ARNs that can match something.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from policygen.aws.arns import is_account_id
from policygen.aws.partitions import may_be_region
from policygen.catalog import Catalog, ResourceType
from policygen.lint.actions import SERVICE_OF_RESOURCE
from policygen.lint.check import Check, Hit, at, check, how_sure, shown
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy
from policygen.lint.policy_types import PolicyType
from policygen.matching.overlap import overlap
from policygen.source.nodes import Scalar

_FIELDS = 6
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_OPEN = re.compile(r"[*?]|\$\{")
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
_NO_ACCOUNTS = ("", "aws", "cloudfront", "aws-marketplace")
_NEVER_SHARED = ("kms", "sqs", "sns", "lambda", "dynamodb", "secretsmanager")
"""Services whose ARNs are complete. Others, such as SSM, have resources of AWS's own without account."""

_LONGEST = 2048
"""Longer resources are not compared with the forms of the reference."""

_ERROR = FindingType.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arn:
    """A resource with the six fields of an ARN, each as written."""

    element: Scalar
    partition: str
    service: str
    region: str
    account: str
    resource: str


def fields_of(text: str) -> list[str]:
    """Return a text cut at its first five colons, those inside a policy variable aside."""
    end = text.rfind("}") + 1  # behind the last brace every search for a variable would be in vain
    masked = _VARIABLE.sub(lambda match: "\0" * len(match.group()), text[:end]) + text[end:]
    fields, start = [], 0
    for _ in range(_FIELDS - 1):
        colon = masked.find(":", start)
        if colon < 0:
            break
        fields.append(text[start:colon])
        start = colon + 1
    fields.append(text[start:])
    return fields


def _resources(policy: Policy) -> Iterator[Scalar]:
    for statement in policy.statements:
        yield from statement.resources
        yield from statement.not_resources


def _arns(policy: Policy) -> Iterator[_Arn]:
    for element in _resources(policy):
        fields = fields_of(element.text)
        if fields[0] == "arn" and len(fields) == _FIELDS:
            _, partition, service, region, account, resource = fields
            yield _Arn(
                element=element,
                partition=partition,
                service=service,
                region=region,
                account=account,
                resource=resource,
            )


@check("INVALID_ARN_PREFIX", _ERROR, facts="E165")
def invalid_arn_prefix(policy: Policy) -> Iterator[Hit]:
    """A resource that does not begin with `arn:`."""
    for element in _resources(policy):
        text = element.text
        if not text.startswith(("arn:", "*", "${")) and not (len(text) < 4 and text.endswith("*")):
            yield at(element, f"{shown(text)} is no ARN: it does not begin with `arn:`")


@check("MISSING_ARN_FIELD", _ERROR, facts="E133")
def missing_arn_field(policy: Policy) -> Iterator[Hit]:
    """An ARN with fewer than six fields; outside session policies a star at its end stands for the rest."""
    for element in _resources(policy):
        fields = fields_of(element.text)
        if fields[0] != "arn" or len(fields) == _FIELDS:
            continue
        if policy.type is PolicyType.SESSION or not fields[-1].endswith("*"):
            yield at(element, f"{shown(element.text)} has {len(fields)} of an ARN's six fields")


@check("INVALID_PARTITION", _ERROR)
def invalid_partition(policy: Policy) -> Iterator[Hit]:
    """A partition that does not exist."""
    for arn in _arns(policy):
        if not _OPEN.search(arn.partition) and arn.partition not in _PARTITIONS:
            yield at(arn.element, f"there is no partition {shown(arn.partition)}: `aws`, `aws-cn`, `aws-us-gov` …")


@check("INVALID_ARN_SERVICE_CASE", _ERROR, facts="E165")
def invalid_arn_service_case(policy: Policy) -> Iterator[Hit]:
    """A service in an ARN that is not lower case."""
    for arn in _arns(policy):
        if "${" not in arn.service and arn.service != arn.service.lower():
            yield at(arn.element, f"{shown(arn.service)}: the service of an ARN is lower case")


@check("WILDCARD_IN_SERVICE_NAME", FindingType.SUGGESTION, facts="E166")
def wildcard_in_service_name(policy: Policy) -> Iterator[Hit]:
    """A wildcard in the service field of an ARN."""
    for arn in _arns(policy):
        if "*" in arn.service or "?" in arn.service:
            yield at(arn.element, f"{shown(arn.service)}: no wildcard belongs into the service field of an ARN")


@check("INVALID_ARN_ACCOUNT", _ERROR)
def invalid_arn_account(policy: Policy) -> Iterator[Hit]:
    """An account field that is no 12-digit account id."""
    for arn in _arns(policy):
        if arn.account not in _NO_ACCOUNTS and not _OPEN.search(arn.account) and not is_account_id(arn.account):
            yield at(arn.element, f"{shown(arn.account)} is no account id: 12 digits")


@check("INVALID_ARN_REGION", _ERROR)
def invalid_arn_region(policy: Policy) -> Iterator[Hit]:
    """A Region field that is no Region code; Regions that may have been opened since are taken."""
    for arn in _arns(policy):
        if arn.region and not _OPEN.search(arn.region) and not may_be_region(arn.region):
            yield at(arn.element, f"{shown(arn.region)} is no Region code: they look like `us-east-1`")


def _fitting(policy: Policy, arn: _Arn) -> tuple[ResourceType, ...] | None:
    """Return the resource types whose ARNs have a resource part such as this; None where nothing is known."""
    if _OPEN.search(arn.service) or len(arn.resource) > _LONGEST:
        return None
    return _types_of(policy.catalog, arn.service, _VARIABLE.sub("*", arn.resource))


@lru_cache(maxsize=16384)
def _types_of(catalog: Catalog, name: str, written: str) -> tuple[ResourceType, ...] | None:
    fitting = tuple(each for each, form in _own_forms(catalog, name) if overlap(form, written))
    if fitting:
        return fitting
    types = catalog.types_by_arn_service.get(name)
    return tuple(each for each in types if overlap(each.fields[5], written)) if types is not None else None


@lru_cache(maxsize=1024)
def _own_forms(catalog: Catalog, name: str) -> tuple[tuple[ResourceType, str], ...]:
    """Return a service's resource types, each with the form of the resource part of its ARNs."""
    service = catalog.service(name)
    types = service.resource_types.values() if service is not None else ()
    return tuple((each, each.fields[5]) for each in types if each.fields[2] == name)


@check("INVALID_ARN_RESOURCE", _ERROR, facts="K12")
def invalid_arn_resource(policy: Policy) -> Iterator[Hit]:
    """A resource part that no resource of the service has: keys of KMS are `key/…`, its aliases `alias/…`."""
    for arn in _arns(policy):
        if _fitting(policy, arn) == ():
            forms = sorted({each.arn.split(":", 5)[5] for each in policy.catalog.types_by_arn_service[arn.service]})
            hint = f": it looks like {', '.join(f'`{form}`' for form in forms)}" if len(forms) <= 3 else ""
            details = f"{shown(arn.resource)} is no resource of {arn.service}{hint}"
            yield Hit(node=arn.element, details=details, finding_type=how_sure(arn.service))


def _checked(policy: Policy, field: int) -> Iterator[tuple[_Arn, str, set[str]]]:
    """Yield each ARN with what stands in one of its fields and what may stand there: nothing, or anything."""
    for arn in _arns(policy):
        written = (arn.region, arn.account)[field - 3]
        fitting = _fitting(policy, arn)
        if fitting:
            yield arn, written, {each.fields[field] for each in fitting}


@check("ARN_REGION_NOT_ALLOWED", _ERROR)
def arn_region_not_allowed(policy: Policy) -> Iterator[Hit]:
    """A Region in the ARN of a resource whose ARN has none."""
    for arn, region, possible in _checked(policy, 3):
        if region and possible == {""} and not _OPEN.search(region):
            yield at(arn.element, f"ARNs of these resources of {arn.service} have no Region: {shown(arn.element.text)}")


@check("ARN_ACCOUNT_NOT_ALLOWED", _ERROR)
def arn_account_not_allowed(policy: Policy) -> Iterator[Hit]:
    """An account in the ARN of a resource whose ARN has none."""
    for arn, account, possible in _checked(policy, 4):
        if account and possible == {""} and not _OPEN.search(account):
            yield at(
                arn.element, f"ARNs of these resources of {arn.service} have no account: {shown(arn.element.text)}"
            )


@check("MISSING_ARN_REGION", _ERROR, facts="E168")
def missing_arn_region(policy: Policy) -> Iterator[Hit]:
    """No Region in the ARN of a resource whose ARN has one."""
    for arn, region, possible in _checked(policy, 3):
        if not region and "" not in possible and arn.service in _NEVER_SHARED:
            yield at(arn.element, f"ARNs of these resources of {arn.service} have a Region: {shown(arn.element.text)}")


@check("MISSING_ARN_ACCOUNT", _ERROR, facts="E168")
def missing_arn_account(policy: Policy) -> Iterator[Hit]:
    """No account in the ARN of a resource whose ARN has one."""
    for arn, account, possible in _checked(policy, 4):
        if not account and "" not in possible and arn.service in _NEVER_SHARED:
            yield at(
                arn.element, f"ARNs of these resources of {arn.service} have an account: {shown(arn.element.text)}"
            )


@check("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", _ERROR, facts="K7", types=frozenset({PolicyType.RESOURCE}))
def unsupported_resource_arn_in_policy(policy: Policy) -> Iterator[Hit]:
    """An ARN of another service than that of the resource that the policy stands on."""
    service = SERVICE_OF_RESOURCE.get(policy.resource_type or "")
    for arn in _arns(policy):
        if service is not None and arn.service != service and not _OPEN.search(arn.service):
            yield at(
                arn.element, f"{shown(arn.element.text)} cannot be a resource of this policy: it is not of {service}"
            )


CHECKS: tuple[Check, ...] = (
    invalid_arn_prefix,
    missing_arn_field,
    invalid_partition,
    invalid_arn_service_case,
    wildcard_in_service_name,
    invalid_arn_account,
    invalid_arn_region,
    invalid_arn_resource,
    arn_region_not_allowed,
    arn_account_not_allowed,
    missing_arn_region,
    missing_arn_account,
    unsupported_resource_arn_in_policy,
)
"""The checks of this module."""
