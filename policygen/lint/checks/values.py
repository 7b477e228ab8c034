"""Checks of the values of conditions: whether the operator, or the key, can do anything with them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from policygen.aws.partitions import may_be_region
from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, condition_check
from policygen.lint.findings import ERROR, SUGGESTION, WARNING, FindingType
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
_KEY_KEYS = ("s3:x-amz-server-side-encryption-aws-kms-key-id",)
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


def _reads(
    name: str,
    finding_type: FindingType,
    fact: str,
    types: tuple[ValueType, ...],
    read: Callable[[str], object],
    operator: str,
    what: str,
) -> None:
    """Register the check of values that an operator of one of these types cannot read: they are ``what``."""

    def find(condition: Condition) -> Iterator[Hit]:
        for value in condition.literals if condition.value_type in types else ():
            if read(value.text) is None:
                yield at(value, f"{shown(value.text)} is {what}")

    summary = f"A value of {operator} that is {what.partition(':')[0]}"
    condition_check(f"TYPE_MISMATCH_{name}", finding_type, facts=fact, summary=summary)(find)


_TRUE_FALSE = (ValueType.BOOL, ValueType.NULL)
_NO_DATE = "not a date: write `2026-01-31T00:00:00Z`"
_NO_RANGE = "neither an IP address nor a range"
_reads("BOOLEAN", WARNING, "E213", _TRUE_FALSE, read_bool, "Bool or Null", "neither `true` nor `false`")
_reads("NUMBER", WARNING, "E203", (ValueType.NUMERIC,), read_number, "a numeric operator", "not a number")
_reads("DATE", WARNING, "E206", (ValueType.DATE,), read_date, "a date operator", _NO_DATE)
_reads("STRING", WARNING, "E214", (ValueType.BINARY,), read_binary, "BinaryEquals", "not Base64")
_reads("IP_RANGE", ERROR, "E210", (ValueType.IP_ADDRESS,), read_network, "an IP address operator", _NO_RANGE)


@condition_check("INVALID_DATE_VALUE", WARNING, facts="E206")
def invalid_date_value(condition: Condition) -> Iterator[Hit]:
    """A date that is written as seconds since 1970; aws:EpochTime is made for it."""
    if condition.value_type is ValueType.DATE and condition.name != "aws:epochtime":
        for value in condition.literals:
            if _EPOCH.match(value.text):
                yield at(value, f"{shown(value.text)} counts seconds: write the date as `YYYY-MM-DD`")


@condition_check("IMPROVE_IP_RANGE", SUGGESTION, facts="E158")
def improve_ip_range(condition: Condition) -> Iterator[Hit]:
    """A range with bits set behind its prefix."""
    for value in condition.literals if condition.value_type is ValueType.IP_ADDRESS else ():
        network = read_network(value.text)
        address, slash, _length = value.text.partition("/")
        if network is not None and slash and read_address(address) != network.network_address:
            yield at(value, f"bits behind the prefix are ignored: write `{network}`")


def _is_private(text: str) -> bool:
    network = read_network(text)
    return isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in _PRIVATE)


def _private(operator: str, code: str, outcome: str, outcome_of_one: str) -> None:
    """Register the checks of private ranges that aws:SourceIp is compared with: of them alone, and among others."""

    def ranges(condition: Condition) -> list[Scalar]:
        compared = condition.operator is not None and condition.operator.base.name == operator
        values = condition.values if compared and condition.name == "aws:sourceip" else ()
        return [each for each in values if _is_private(each.text)]

    def alone(condition: Condition) -> Iterator[Hit]:
        private = ranges(condition)
        if private and len(private) == len(condition.values):
            yield at(private[0], f"aws:SourceIp is never private: the condition {outcome}; use aws:VpcSourceIp")

    def among_others(condition: Condition) -> Iterator[Hit]:
        private = ranges(condition)
        for value in private if len(private) < len(condition.values) else ():
            yield at(value, f"aws:SourceIp is never private: {shown(value.text)} {outcome_of_one}")

    summary = f"{operator} on aws:SourceIp with private ranges"
    condition_check(code, ERROR, facts="E157", summary=f"{summary} alone")(alone)
    condition_check(f"{code}_SUBSET", SUGGESTION, facts="E157", summary=f"{summary} among public ones")(among_others)


_private("IpAddress", "PRIVATE_IP_ADDRESS", "never matches", "never matches")
_private("NotIpAddress", "PRIVATE_NOT_IP_ADDRESS", "always matches", "changes nothing")


@condition_check("WILDCARD_WITHOUT_LIKE_OPERATOR", WARNING, facts="E199")
def wildcard_without_like_operator(condition: Condition) -> Iterator[Hit]:
    """A wildcard in a value of a text operator other than StringLike and StringNotLike."""
    if condition.value_type is ValueType.STRING and not condition.takes_wildcards:
        better = "StringNotLike" if condition.negated else "StringLike"
        for value in condition.literals:
            if has_wildcard(value.text):
                yield at(value, f"{shown(value.text)} is compared as it stands: wildcards need {better}")


def _holds(code: str, fact: str, keys: tuple[str, ...], fits: Callable[[str], object], summary: str, what: str) -> None:
    """Register the check of the values of some keys, written out, that are not what the key holds."""

    def find(condition: Condition) -> Iterator[Hit]:
        for value in condition.closed_values(*keys):
            if not fits(value.text):
                yield at(value, f"{shown(value.text)} is not a {what}")

    condition_check(code, ERROR, facts=fact, summary=f"A value of {summary}")(find)


def _is_region(text: str) -> bool:
    return may_be_region(text) or text == "aws-global"


_LETTERS = "and 8 or 17 letters and digits"
_IS_VPC, _IS_VPCE = "aws:SourceVpc that is not a VPC id", "aws:SourceVpce that is not a VPC endpoint id"
_IS_KEY = "a condition on a KMS key that is not a key ARN"
_IS_REGION = "aws:RequestedRegion that is not a Region code; Regions that may have been opened since are taken"
_holds("INVALID_VPC_FORMAT", "G31", ("aws:sourcevpc",), _VPC.match, _IS_VPC, f"VPC id: `vpc-` {_LETTERS}")
_holds("INVALID_VPCE_FORMAT", "G33", ("aws:sourcevpce",), _VPCE.match, _IS_VPCE, f"VPC endpoint id: `vpce-` {_LETTERS}")
_holds("INVALID_KMS_KEY_VALUE", "S3", _KEY_KEYS, KEY_ARN.match, _IS_KEY, "key ARN: a key id or an alias never matches")
_holds("INVALID_REGION", "G53", _REGION_KEYS, _is_region, _IS_REGION, "valid Region: Regions look like `us-east-1`")


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
