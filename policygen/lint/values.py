"""Checks of the values of conditions: whether the operator, or the key, can do anything with them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from policygen.aws.partitions import may_be_region
from policygen.lint.check import Check, Hit, at, condition_check, shown
from policygen.lint.findings import FindingType
from policygen.lint.policy import Condition, Policy, Statement
from policygen.lint.principals import is_service_principal
from policygen.matching.conditions.operators import ValueType
from policygen.matching.conditions.values import (
    read_address,
    read_binary,
    read_bool,
    read_date,
    read_network,
    read_number,
)
from policygen.source.nodes import Scalar

_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_VPC = re.compile(r"vpc-([0-9a-z]{8}|[0-9a-z]{17})\Z")
_VPCE = re.compile(r"vpce-([0-9a-z]{8}|[0-9a-z]{17})\Z")
_VIA_SERVICE = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\Z")
_KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+\Z", re.DOTALL)
_KMS_KEY_CONDITIONS = ("s3:x-amz-server-side-encryption-aws-kms-key-id",)
_SERVICE_KEYS = (
    *("aws:principalservicename", "aws:principalservicenameslist", "aws:calledvia", "aws:calledviafirst"),
    *("aws:calledvialast", "iam:passedtoservice", "iam:awsservicename"),
)
_NEVER_WILD = frozenset(
    f"aws:{name}"
    for name in (
        *("principalaccount", "principalorgid", "resourceaccount", "resourceorgid", "sourceaccount", "sourceorgid"),
        *("sourcevpc", "sourcevpce", "vpceaccount", "vpceorgid"),
    )
)
"""Keys that no wildcard belongs to (E156)."""

_OPEN = ("*", "?", "${")
_EPOCH = re.compile(r"-?[0-9]{5,}(\.[0-9]+)?\Z")
_ERROR, _WARNING, _SUGGESTION = FindingType.ERROR, FindingType.WARNING, FindingType.SUGGESTION


def _literal(policy: Policy, condition: Condition) -> Iterator[Scalar]:
    """Yield the values without policy variables."""
    for value in condition.values:
        if not (policy.has_variables and "${" in value.text):
            yield value


def _unreadable(
    policy: Policy, condition: Condition, value_type: ValueType, read: Callable[[str], object], what: str
) -> Iterator[Hit]:
    """Yield a hit for each value that the operator cannot read."""
    if condition.value_type is value_type:
        for value in _literal(policy, condition):
            if read(value.text) is None:
                yield at(value, f"{shown(value.text)} is {what}")


@condition_check("TYPE_MISMATCH_BOOLEAN", _WARNING, facts="E213")
def type_mismatch_boolean(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of Bool or Null that is neither true nor false."""
    for value_type in (ValueType.BOOL, ValueType.NULL):
        yield from _unreadable(policy, condition, value_type, read_bool, "neither `true` nor `false`")


@condition_check("TYPE_MISMATCH_NUMBER", _WARNING, facts="E203")
def type_mismatch_number(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of a numeric operator that is no number."""
    yield from _unreadable(policy, condition, ValueType.NUMERIC, read_number, "no number")


@condition_check("TYPE_MISMATCH_DATE", _WARNING, facts="E206")
def type_mismatch_date(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of a date operator that is no date."""
    yield from _unreadable(policy, condition, ValueType.DATE, read_date, "no date: write `2026-01-31T00:00:00Z`")


@condition_check("INVALID_DATE_VALUE", _WARNING, facts="E206")
def invalid_date_value(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A date that is written as seconds since 1970; aws:EpochTime is made for it."""
    if condition.value_type is ValueType.DATE and condition.name != "aws:epochtime":
        for value in _literal(policy, condition):
            if _EPOCH.match(value.text):
                yield at(value, f"{shown(value.text)} counts seconds: write the date as `YYYY-MM-DD`")


@condition_check("TYPE_MISMATCH_STRING", _WARNING, facts="E214")
def type_mismatch_string(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of BinaryEquals that is no Base64."""
    yield from _unreadable(policy, condition, ValueType.BINARY, read_binary, "no Base64")


@condition_check("TYPE_MISMATCH_IP_RANGE", _ERROR, facts="E210")
def type_mismatch_ip_range(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of an IP address operator that is neither an address nor a range."""
    yield from _unreadable(policy, condition, ValueType.IP_ADDRESS, read_network, "no IP address or range")


@condition_check("IMPROVE_IP_RANGE", _SUGGESTION, facts="E158")
def improve_ip_range(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A range with bits set behind its prefix."""
    if condition.value_type is not ValueType.IP_ADDRESS:
        return
    for value in _literal(policy, condition):
        network = read_network(value.text)
        address, slash, _length = value.text.partition("/")
        if network is not None and slash and read_address(address) != network.network_address:
            yield at(value, f"bits behind the prefix are ignored: write `{network}`")


def _private(condition: Condition, *, negated: bool) -> tuple[list[Scalar], int]:
    """Return the private ranges that aws:SourceIp is compared with, and how many ranges there are."""
    if condition.name != "aws:sourceip" or condition.value_type is not ValueType.IP_ADDRESS:
        return [], 0
    if condition.negated is not negated:
        return [], 0
    return [value for value in condition.values if _is_private(value.text)], len(condition.values)


def _is_private(text: str) -> bool:
    network = read_network(text)
    return isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in _PRIVATE)


@condition_check("PRIVATE_IP_ADDRESS", _ERROR, facts="E157")
def private_ip_address(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """IpAddress on aws:SourceIp with private ranges alone."""
    private, count = _private(condition, negated=False)
    if private and len(private) == count:
        yield at(private[0], "aws:SourceIp is never private: the condition never matches; use aws:VpcSourceIp")


@condition_check("PRIVATE_NOT_IP_ADDRESS", _ERROR, facts="E157")
def private_not_ip_address(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """NotIpAddress on aws:SourceIp with private ranges alone."""
    private, count = _private(condition, negated=True)
    if private and len(private) == count:
        yield at(private[0], "aws:SourceIp is never private: the condition always matches; use aws:VpcSourceIp")


@condition_check("PRIVATE_IP_ADDRESS_SUBSET", _SUGGESTION, facts="E157")
def private_ip_address_subset(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """IpAddress on aws:SourceIp with private ranges among public ones."""
    private, count = _private(condition, negated=False)
    if len(private) < count:
        yield from (at(value, f"aws:SourceIp is never private: {shown(value.text)} never matches") for value in private)


@condition_check("PRIVATE_NOT_IP_ADDRESS_SUBSET", _SUGGESTION, facts="E157")
def private_not_ip_address_subset(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """NotIpAddress on aws:SourceIp with private ranges among public ones."""
    private, count = _private(condition, negated=True)
    if len(private) < count:
        yield from (
            at(value, f"aws:SourceIp is never private: {shown(value.text)} changes nothing") for value in private
        )


@condition_check("WILDCARD_WITHOUT_LIKE_OPERATOR", _WARNING, facts="E199")
def wildcard_without_like_operator(policy: Policy, _: Statement, condition: Condition) -> Iterator[Hit]:
    """A wildcard in a value of a text operator other than StringLike and StringNotLike."""
    operator = condition.operator
    if operator is None or condition.value_type is not ValueType.STRING or operator.base.takes_wildcards:
        return
    better = "StringNotLike" if operator.base.negated else "StringLike"
    for value in _literal(policy, condition):
        if re.search(r"[*?]", value.text):
            yield at(value, f"{shown(value.text)} is compared as it stands: wildcards need {better}")


def _known_values(condition: Condition, *names: str) -> Iterator[Scalar]:
    """Yield the values without wildcards and variables of a condition on one of these keys."""
    if condition.name in names and condition.value_type in (ValueType.STRING, ValueType.ARN):
        yield from (value for value in condition.values if not any(mark in value.text for mark in _OPEN))


@condition_check("INVALID_VPC_FORMAT", _ERROR, facts="G31")
def invalid_vpc_format(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of aws:SourceVpc that is no VPC id."""
    for value in _known_values(condition, "aws:sourcevpc"):
        if not _VPC.match(value.text):
            yield at(value, f"{shown(value.text)} is no VPC id: `vpc-` and 8 or 17 letters and digits")


@condition_check("INVALID_VPCE_FORMAT", _ERROR, facts="G33")
def invalid_vpce_format(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of aws:SourceVpce that is no VPC endpoint id."""
    for value in _known_values(condition, "aws:sourcevpce"):
        if not _VPCE.match(value.text):
            yield at(value, f"{shown(value.text)} is no VPC endpoint id: `vpce-` and 8 or 17 letters and digits")


@condition_check("INVALID_REGION", _ERROR, facts="G53")
def invalid_region(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of aws:RequestedRegion that is no Region code; Regions that may have been opened since are taken."""
    for value in _known_values(condition, "aws:requestedregion", "kms:replicaregion", "kms:primaryregion"):
        if not may_be_region(value.text) and value.text != "aws-global":
            yield at(value, f"{shown(value.text)} is no Region code: they look like `us-east-1`")


@condition_check("INVALID_SERVICE_PRINCIPAL_FORMAT", _ERROR, facts="K13 G6")
def invalid_service_principal_value(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of a key about services, such as kms:ViaService or iam:PassedToService, that is no service."""
    for value in _known_values(condition, "kms:viaservice"):
        if not _VIA_SERVICE.match(value.text):
            yield at(value, f"{shown(value.text)} is no value of kms:ViaService: `s3.us-east-1.amazonaws.com`")
    for value in _known_values(condition, *_SERVICE_KEYS):
        if not is_service_principal(value.text):
            yield at(value, f"{shown(value.text)} is no service principal: they look like `s3.amazonaws.com`")


@condition_check("INVALID_KMS_KEY_VALUE", _ERROR, facts="S3")
def invalid_kms_key_value(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A value of a condition on a KMS key that is no key ARN."""
    for value in _known_values(condition, *_KMS_KEY_CONDITIONS):
        if not _KEY_ARN.match(value.text):
            yield at(value, f"{shown(value.text)} is no key ARN: a key id or an alias never matches")


_FEWEST_LITERALS = 6


def _too_open(condition: Condition, mark: str) -> Iterator[Scalar]:
    """Yield the values of aws:userid in which something open stands before the colon, behind too few characters."""
    if condition.name != "aws:userid" or condition.negated or condition.value_type is not ValueType.STRING:
        return
    for value in condition.values:
        start = value.text.find(mark)
        colon = value.text.find(":", value.text.find("}") if mark == "${" else 0)
        if 0 <= start < _FEWEST_LITERALS and (colon < 0 or start < colon):
            yield value


@condition_check("WILDCARD_USAGE_TOO_PERMISSIVE", _ERROR, facts="E156 E182")
def wildcard_usage_too_permissive(_: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """A wildcard in an account, organization or VPC, or at the beginning of a user id, that lets too many in."""
    if condition.operator is None or not condition.operator.base.takes_wildcards:
        return
    if condition.name in _NEVER_WILD and (statement.effect == "Deny") is condition.negated:
        for value in condition.values:
            if "*" in value.text or "?" in value.text:
                yield at(value, f"{shown(value.text)}: no wildcard belongs into {condition.key.text}")
    if statement.effect == "Allow":
        for value in _too_open(condition, "*"):
            yield at(value, f"{shown(value.text)} matches ids of anybody: write the unique id before the colon")


@condition_check("VARIABLE_USAGE_TOO_PERMISSIVE", _ERROR, facts="E182")
def variable_usage_too_permissive(policy: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """An Allow for a user id that begins with a policy variable.

    Unspecified: AWS does not list the keys that its check takes as sensitive; here it is aws:userid alone.
    """
    if statement.effect == "Allow" and policy.has_variables:
        for value in _too_open(condition, "${"):
            yield at(value, f"{shown(value.text)} may be anybody's id: write the unique id before the colon")


CHECKS: tuple[Check, ...] = (
    type_mismatch_boolean,
    type_mismatch_number,
    type_mismatch_date,
    invalid_date_value,
    type_mismatch_string,
    type_mismatch_ip_range,
    improve_ip_range,
    private_ip_address,
    private_not_ip_address,
    private_ip_address_subset,
    private_not_ip_address_subset,
    wildcard_without_like_operator,
    invalid_vpc_format,
    invalid_vpce_format,
    invalid_region,
    invalid_service_principal_value,
    invalid_kms_key_value,
    wildcard_usage_too_permissive,
    variable_usage_too_permissive,
)
"""The checks of this module."""
