"""Checks of the values of conditions: whether the operator, or the key, can do anything with them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from policygen.aws.partitions import may_be_region
from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, condition_check
from policygen.lint.findings import ERROR, SUGGESTION, WARNING
from policygen.lint.policy import Condition, has_wildcard
from policygen.lint.policy_types import KEY_ARN
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
_REGION_KEYS = ("aws:requestedregion", "kms:replicaregion", "kms:primaryregion")
_NEVER_WILD = frozenset(
    f"aws:{name}"
    for name in (
        *("principalaccount", "principalorgid", "resourceaccount", "resourceorgid", "sourceaccount", "sourceorgid"),
        *("sourcevpc", "sourcevpce", "vpceaccount", "vpceorgid"),
    )
)
"""Keys that no wildcard belongs to (E156)."""

_EPOCH = re.compile(r"-?[0-9]{5,}(\.[0-9]+)?\Z")
_FEWEST_LITERALS = 6


def _unreadable(condition: Condition, value_type: ValueType, read: Callable[[str], object], what: str) -> Iterator[Hit]:
    """Yield a hit for each value that the operator cannot read."""
    for value in condition.literals if condition.value_type is value_type else ():
        if read(value.text) is None:
            yield at(value, f"{shown(value.text)} is {what}")


@condition_check("TYPE_MISMATCH_BOOLEAN", WARNING, facts="E213")
def type_mismatch_boolean(condition: Condition) -> Iterator[Hit]:
    """A value of Bool or Null that is neither true nor false."""
    for value_type in (ValueType.BOOL, ValueType.NULL):
        yield from _unreadable(condition, value_type, read_bool, "neither `true` nor `false`")


@condition_check("TYPE_MISMATCH_NUMBER", WARNING, facts="E203")
def type_mismatch_number(condition: Condition) -> Iterator[Hit]:
    """A value of a numeric operator that is not a number."""
    yield from _unreadable(condition, ValueType.NUMERIC, read_number, "not a number")


@condition_check("TYPE_MISMATCH_DATE", WARNING, facts="E206")
def type_mismatch_date(condition: Condition) -> Iterator[Hit]:
    """A value of a date operator that is not a date."""
    yield from _unreadable(condition, ValueType.DATE, read_date, "not a date: write `2026-01-31T00:00:00Z`")


@condition_check("INVALID_DATE_VALUE", WARNING, facts="E206")
def invalid_date_value(condition: Condition) -> Iterator[Hit]:
    """A date that is written as seconds since 1970; aws:EpochTime is made for it."""
    if condition.value_type is ValueType.DATE and condition.name != "aws:epochtime":
        for value in condition.literals:
            if _EPOCH.match(value.text):
                yield at(value, f"{shown(value.text)} counts seconds: write the date as `YYYY-MM-DD`")


@condition_check("TYPE_MISMATCH_STRING", WARNING, facts="E214")
def type_mismatch_string(condition: Condition) -> Iterator[Hit]:
    """A value of BinaryEquals that is not Base64."""
    yield from _unreadable(condition, ValueType.BINARY, read_binary, "not Base64")


@condition_check("TYPE_MISMATCH_IP_RANGE", ERROR, facts="E210")
def type_mismatch_ip_range(condition: Condition) -> Iterator[Hit]:
    """A value of an IP address operator that is neither an address nor a range."""
    yield from _unreadable(condition, ValueType.IP_ADDRESS, read_network, "neither an IP address nor a range")


@condition_check("IMPROVE_IP_RANGE", SUGGESTION, facts="E158")
def improve_ip_range(condition: Condition) -> Iterator[Hit]:
    """A range with bits set behind its prefix."""
    for value in condition.literals if condition.value_type is ValueType.IP_ADDRESS else ():
        network = read_network(value.text)
        address, slash, _length = value.text.partition("/")
        if network is not None and slash and read_address(address) != network.network_address:
            yield at(value, f"bits behind the prefix are ignored: write `{network}`")


def _private(condition: Condition, *, negated: bool, all_are: bool) -> list[Scalar]:
    """Return the private ranges that aws:SourceIp is compared with, where all of the ranges are, or not all."""
    if condition.name != "aws:sourceip" or condition.value_type is not ValueType.IP_ADDRESS:
        return []
    private = [value for value in condition.values if _is_private(value.text)]
    asked = condition.negated is negated and (len(private) == len(condition.values)) is all_are
    return private if asked else []


def _is_private(text: str) -> bool:
    network = read_network(text)
    return isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in _PRIVATE)


@condition_check("PRIVATE_IP_ADDRESS", ERROR, facts="E157")
def private_ip_address(condition: Condition) -> Iterator[Hit]:
    """IpAddress on aws:SourceIp with private ranges alone."""
    for value in _private(condition, negated=False, all_are=True)[:1]:
        yield at(value, "aws:SourceIp is never private: the condition never matches; use aws:VpcSourceIp")


@condition_check("PRIVATE_NOT_IP_ADDRESS", ERROR, facts="E157")
def private_not_ip_address(condition: Condition) -> Iterator[Hit]:
    """NotIpAddress on aws:SourceIp with private ranges alone."""
    for value in _private(condition, negated=True, all_are=True)[:1]:
        yield at(value, "aws:SourceIp is never private: the condition always matches; use aws:VpcSourceIp")


@condition_check("PRIVATE_IP_ADDRESS_SUBSET", SUGGESTION, facts="E157")
def private_ip_address_subset(condition: Condition) -> Iterator[Hit]:
    """IpAddress on aws:SourceIp with private ranges among public ones."""
    for value in _private(condition, negated=False, all_are=False):
        yield at(value, f"aws:SourceIp is never private: {shown(value.text)} never matches")


@condition_check("PRIVATE_NOT_IP_ADDRESS_SUBSET", SUGGESTION, facts="E157")
def private_not_ip_address_subset(condition: Condition) -> Iterator[Hit]:
    """NotIpAddress on aws:SourceIp with private ranges among public ones."""
    for value in _private(condition, negated=True, all_are=False):
        yield at(value, f"aws:SourceIp is never private: {shown(value.text)} changes nothing")


@condition_check("WILDCARD_WITHOUT_LIKE_OPERATOR", WARNING, facts="E199")
def wildcard_without_like_operator(condition: Condition) -> Iterator[Hit]:
    """A wildcard in a value of a text operator other than StringLike and StringNotLike."""
    if condition.value_type is ValueType.STRING and not condition.takes_wildcards:
        better = "StringNotLike" if condition.negated else "StringLike"
        for value in condition.literals:
            if has_wildcard(value.text):
                yield at(value, f"{shown(value.text)} is compared as it stands: wildcards need {better}")


@condition_check("INVALID_VPC_FORMAT", ERROR, facts="G31")
def invalid_vpc_format(condition: Condition) -> Iterator[Hit]:
    """A value of aws:SourceVpc that is not a VPC id."""
    for value in condition.closed_values("aws:sourcevpc"):
        if not _VPC.match(value.text):
            yield at(value, f"{shown(value.text)} is not a VPC id: `vpc-` and 8 or 17 letters and digits")


@condition_check("INVALID_VPCE_FORMAT", ERROR, facts="G33")
def invalid_vpce_format(condition: Condition) -> Iterator[Hit]:
    """A value of aws:SourceVpce that is not a VPC endpoint id."""
    for value in condition.closed_values("aws:sourcevpce"):
        if not _VPCE.match(value.text):
            yield at(value, f"{shown(value.text)} is not a VPC endpoint id: `vpce-` and 8 or 17 letters and digits")


@condition_check("INVALID_REGION", ERROR, facts="G53")
def invalid_region(condition: Condition) -> Iterator[Hit]:
    """A value of aws:RequestedRegion that is not a Region code; Regions that may have been opened since are taken."""
    for value in condition.closed_values(*_REGION_KEYS):
        if not may_be_region(value.text) and value.text != "aws-global":
            yield at(value, f"{shown(value.text)} is not a valid Region: Regions look like `us-east-1`")


@condition_check("INVALID_KMS_KEY_VALUE", ERROR, facts="S3")
def invalid_kms_key_value(condition: Condition) -> Iterator[Hit]:
    """A value of a condition on a KMS key that is not a key ARN."""
    for value in condition.closed_values("s3:x-amz-server-side-encryption-aws-kms-key-id"):
        if not KEY_ARN.match(value.text):
            yield at(value, f"{shown(value.text)} is not a key ARN: a key id or an alias never matches")


def _too_open(condition: Condition, mark: str) -> Iterator[Scalar]:
    """Yield the values of aws:userid in which something open stands before the colon, behind too few characters."""
    if condition.name != "aws:userid" or condition.negated or condition.value_type is not ValueType.STRING:
        return
    for value in condition.values if condition.statement.allows else ():
        start = value.text.find(mark)
        colon = value.text.find(":", value.text.find("}") if mark == "${" else 0)
        if 0 <= start < _FEWEST_LITERALS and (colon < 0 or start < colon):
            yield value


@condition_check("WILDCARD_USAGE_TOO_PERMISSIVE", ERROR, facts="E156 E182")
def wildcard_usage_too_permissive(condition: Condition) -> Iterator[Hit]:
    """A wildcard in an account, organization or VPC, or at the beginning of a user id, that lets too many in."""
    if not condition.takes_wildcards:
        return
    if condition.name in _NEVER_WILD and condition.statement.denies is condition.negated:
        for value in condition.values:
            if has_wildcard(value.text):
                yield at(value, f"{shown(value.text)}: no wildcard belongs in {condition.key.text}")
    for value in _too_open(condition, "*"):
        yield at(value, f"{shown(value.text)} matches ids of anybody: write the unique id before the colon")


@condition_check("VARIABLE_USAGE_TOO_PERMISSIVE", ERROR, facts="E182")
def variable_usage_too_permissive(condition: Condition) -> Iterator[Hit]:
    """An Allow for a user id that begins with a policy variable.

    Unspecified: AWS does not list the keys that its check takes as sensitive; here it is aws:userid alone.
    """
    for value in _too_open(condition, "${") if condition.policy.has_variables else ():
        yield at(value, f"{shown(value.text)} may be anybody's id: write the unique id before the colon")
