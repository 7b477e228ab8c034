"""Checks of Condition: operators, keys, values, variables.

Fact: E130, E151, E152, E153, E154, E155, E157, E158, E173, E203, E206, E210, E213, E214, E223, E224, K14
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from ipaddress import IPv4Network

from policygen.lint.policy import Element, Policy, conditions, texts
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import ConditionOperator, SetOperator, ValueType, operator_names
from policygen.matching.conditions.values import read_binary, read_bool, read_date, read_network, read_number
from policygen.source.nodes import Mapping, Scalar, Sequence

_KEY = re.compile(r"[A-Za-z0-9.-]+(/[^:]*)?:.+\Z|[a-z0-9.-]+/[^:]+:.+\Z")
_TAG_FAMILIES = ("aws:principaltag", "aws:requesttag", "aws:resourcetag")
_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_VPC = re.compile(r"vpc-([0-9a-z]{8}|[0-9a-z]{17})\Z")
_VPCE = re.compile(r"vpce-([0-9a-z]{8}|[0-9a-z]{17})\Z")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KMS_CONDITIONS = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"


def check_conditions(policy: Policy, statement: Mapping) -> None:
    """Check the Condition element of one statement."""
    block = statement.get("Condition")
    if block is None:
        return
    if not isinstance(block, Mapping):
        policy.error("DATA_TYPE_MISMATCH", "Condition is a JSON object of operators", block.place)
        return
    if not block.entries:
        policy.add("SUGGESTION", "EMPTY_OBJECT_CONDITION", "an empty Condition limits nothing", block.place)
    for operator_node, keys in block:
        _check_operator(policy, operator_node)
        if isinstance(keys, Mapping):
            _check_duplicate_keys(policy, keys)
        else:
            details = f"`{operator_node.text}` holds a JSON object of condition keys"
            policy.error("DATA_TYPE_MISMATCH", details, keys.place)
    for operator_node, key, values in conditions(statement):
        operator = parse_operator(operator_node.text)
        _check_key(policy, key)
        if operator is not None:
            _check_values(policy, operator, key, values)


def _check_operator(policy: Policy, node: Scalar) -> None:
    operator = parse_operator(node.text)
    if operator is None:
        if node.text.lower().endswith("nullifexists"):
            policy.error("NULL_WITH_IF_EXISTS", "Null tests presence itself: IfExists adds nothing", node.place)
            return
        near = get_close_matches(node.text, operator_names(), n=1)
        hint = f": did you mean `{near[0]}`?" if near else ""
        policy.error("INVALID_CONDITION_OPERATOR", f"`{node.text}` is no condition operator{hint}", node.place)
    elif operator.base.value_type is ValueType.NULL and operator.set_operator is not None:
        constant = "true" if operator.set_operator is SetOperator.FOR_ALL_VALUES else "false"
        policy.add("SUGGESTION", "NULL_WITH_QUALIFIER", f"`{node.text}` is always {constant}", node.place)


def _check_duplicate_keys(policy: Policy, keys: Mapping) -> None:
    seen: set[str] = set()
    for key, _ in keys:
        if key.text.lower() in seen:
            details = f"`{key.text}` stands twice, in different letter case"
            policy.error("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", details, key.place)
        seen.add(key.text.lower())


def _check_key(policy: Policy, key: Scalar) -> None:
    lowered = key.text.lower()
    if ":" not in key.text or not _KEY.match(key.text):
        policy.error("INVALID_CONDITION_KEY_FORMAT", f"`{key.text}` is no `service:key`", key.place)
    elif lowered == "aws:arn":
        details = "`aws:ARN` is gone: use aws:PrincipalArn or aws:SourceArn"
        policy.error("UNSUPPORTED_GLOBAL_CONDITION_KEY", details, key.place)
    elif lowered.rstrip("/") in _TAG_FAMILIES:
        details = f"`{key.text}` needs a tag key: `{key.text.rstrip('/')}/owner`"
        policy.error("MISSING_TAG_KEY_IN_CONDITION", details, key.place)


def _check_values(policy: Policy, operator: ConditionOperator, key: Scalar, values: object) -> None:
    if not isinstance(values, (Scalar, Sequence)):
        details = "a condition value is text, a number, true, false, or a list of them"
        policy.error("DATA_TYPE_MISMATCH", details, key.place)
        return
    elements = list(texts(values))
    if isinstance(values, Sequence) and not values.items:
        _empty_list(policy, operator, values)
    _check_set_operator(policy, operator, key)
    for element in elements:
        _check_value(policy, operator, element)
        if operator.base.value_type is not ValueType.NULL:
            _check_known_value(policy, key, element)
        _check_variables(policy, operator, element)
    if operator.base.value_type is ValueType.BOOL and len({each.text.lower() for each in elements}) > 1:
        details = f"`{key.text}` is compared with true and false at once"
        policy.error("INVALID_CONDITION_MULTIPLE_BOOLEAN", details, key.place)
    if key.text.lower() == "aws:sourceip" and operator.base.value_type is ValueType.IP_ADDRESS:
        _check_private(policy, operator, elements)


def _empty_list(policy: Policy, operator: ConditionOperator, values: Sequence) -> None:
    code, details = "EMPTY_ARRAY_CONDITION", "a condition without values matches nothing"
    if operator.set_operator is SetOperator.FOR_ALL_VALUES:
        code, details = f"{code}_FORALLVALUES", "matches only when the key is absent: use Null"
    elif operator.set_operator is SetOperator.FOR_ANY_VALUE:
        code, details = f"{code}_FORANYVALUE", "never matches"
    elif operator.if_exists:
        code, details = f"{code}_IFEXISTS", "matches only when the key is absent: use Null"
    policy.add("SUGGESTION", code, details, values.place)


def _check_set_operator(policy: Policy, operator: ConditionOperator, key: Scalar) -> None:
    """KMS refuses to save set operators with the pairs of an encryption context (K14)."""
    if operator.set_operator is not None and key.text.lower().startswith("kms:encryptioncontext:"):
        details = f"`{key.text}` has one value: KMS refuses {operator.set_operator.value} here"
        policy.error("OVERLY_PERMISSIVE_CONDITION", details, key.place, _KMS_CONDITIONS)


_READERS: dict[ValueType, tuple[Callable[[str], object], str, str, str]] = {
    ValueType.BOOL: (read_bool, "TYPE_MISMATCH_BOOLEAN", "WARNING", "neither true nor false"),
    ValueType.NULL: (read_bool, "TYPE_MISMATCH_BOOLEAN", "WARNING", "neither true nor false"),
    ValueType.NUMERIC: (read_number, "TYPE_MISMATCH_NUMBER", "WARNING", "no number"),
    ValueType.DATE: (read_date, "TYPE_MISMATCH_DATE", "WARNING", "no date"),
    ValueType.BINARY: (read_binary, "TYPE_MISMATCH_STRING", "WARNING", "no Base64"),
    ValueType.IP_ADDRESS: (read_network, "TYPE_MISMATCH_IP_RANGE", "ERROR", "no IP address or range"),
}


def _check_value(policy: Policy, operator: ConditionOperator, element: Element) -> None:
    value_type = operator.base.value_type
    if "${" in element.text and policy.has_variables:
        return
    if value_type in _READERS:
        read, code, finding_type, what = _READERS[value_type]
        if read(element.text) is None:
            policy.add(finding_type, code, f"`{element.text}` is {what}", element.place)
            return
    if value_type is ValueType.IP_ADDRESS:
        _check_host_bits(policy, element)
    if value_type is ValueType.STRING and not operator.base.takes_wildcards and re.search(r"[*?]", element.text):
        details = f"`{element.text}` is compared as it stands: wildcards need StringLike"
        policy.add("WARNING", "WILDCARD_WITHOUT_LIKE_OPERATOR", details, element.place)


def _check_host_bits(policy: Policy, element: Element) -> None:
    network = read_network(element.text)
    address, slash, _ = element.text.partition("/")
    if isinstance(network, IPv4Network) and slash and address != str(network.network_address):
        details = f"bits after the prefix are ignored: `{network}`"
        policy.add("SUGGESTION", "IMPROVE_IP_RANGE", details, element.place)


def _check_known_value(policy: Policy, key: Scalar, element: Element) -> None:
    text, lowered = element.text, key.text.lower()
    if any(char in text for char in "*?$"):
        return
    if lowered == "aws:sourcevpc" and not _VPC.match(text):
        policy.error("INVALID_VPC_FORMAT", f"`{text}` is no VPC id", element.place)
    elif lowered == "aws:sourcevpce" and not _VPCE.match(text):
        policy.error("INVALID_VPCE_FORMAT", f"`{text}` is no VPC endpoint id", element.place)
    elif lowered == "kms:viaservice" and not re.match(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com\Z", text):
        details = f"`{text}` is no value of kms:ViaService: `s3.us-east-1.amazonaws.com`"
        policy.error("INVALID_SERVICE_PRINCIPAL_FORMAT", details, element.place)
    elif lowered == "s3:x-amz-server-side-encryption-aws-kms-key-id" and not re.match(
        r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+\Z", text
    ):
        details = f"`{text}` is no key ARN: a key id or alias never matches"
        policy.error("INVALID_KMS_KEY_VALUE", details, element.place)


def _check_variables(policy: Policy, operator: ConditionOperator, element: Element) -> None:
    if "${" not in element.text:
        return
    if not operator.base.takes_variables and policy.has_variables:
        details = f"policy variables do not work with {operator.base.name}"
        policy.error("INVALID_VARIABLE_FOR_OPERATOR", details, element.place)
    check_variables(policy, element)


def check_variables(policy: Policy, element: Element) -> None:
    """Check the policy variables of a value of Resource or Condition (E155)."""
    text, place = element.text, element.place
    if "${" not in text:
        return
    if not policy.has_variables:
        details = "policy variables need Version 2012-10-17: here they are literal text"
        policy.error("VARIABLE_UNSUPPORTED_IN_VERSION", details, place)
        return
    if text.count("${") > len(_VARIABLE.findall(text)):
        policy.error("MISSING_BRACE_IN_VARIABLE", "a `${` is not closed", place)
    for inside in _VARIABLE.findall(text):
        name, comma, default = inside.partition(",")
        if inside in ("*", "?", "$"):
            continue
        if not inside.strip():
            policy.error("EMPTY_VARIABLE", "`${}` names no key", place)
        elif " " in name and "/" not in name:
            policy.error("UNSUPPORTED_SPACE_IN_VARIABLE", f"`${{{inside}}}` has a space in its name", place)
        elif comma and not re.match(r"\s*'.*'\s*\Z", default):
            details = f"the default of `${{{inside}}}` stands in single quotes"
            policy.error("MISSING_QUOTE_IN_VARIABLE", details, place)


def _check_private(policy: Policy, operator: ConditionOperator, elements: list[Element]) -> None:
    """aws:SourceIp is a public address: private ranges never match (E157)."""
    private = [each for each in elements if _is_private(each.text)]
    if not private:
        return
    negated = operator.base.negated
    base = "PRIVATE_NOT_IP_ADDRESS" if negated else "PRIVATE_IP_ADDRESS"
    if len(private) == len(elements):
        outcome = "always matches" if negated else "never matches"
        policy.error(base, f"aws:SourceIp is never private: the condition {outcome}", private[0].place)
    else:
        policy.add("SUGGESTION", f"{base}_SUBSET", "aws:SourceIp is never private", private[0].place)


def _is_private(text: str) -> bool:
    network = read_network(text)
    return isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in _PRIVATE)
