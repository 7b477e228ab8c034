"""Checks of the elements: names, types, combinations, Version, Effect, Sid.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from policygen.document.write import STATEMENT_ORDER
from policygen.lint.check import Check, Hit, at, at_key, check, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy, Statement
from policygen.lint.policy_types import (
    IAM_TYPES,
    IDENTITY_TYPES,
    POLICIES,
    WITH_FREE_SIDS,
    WITH_PRINCIPAL,
    PolicyType,
    statement_nodes,
)
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_TOP = ("Version", "Id", "Statement")
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_VERSIONS = ("2012-10-17", "2008-10-17")
_EFFECTS = ("Allow", "Deny")
_IAM_SID = re.compile(r"[A-Za-z0-9]*\Z")
_BEYOND_LATIN = re.compile(r"[^\t\n\r\x20-\xff]")
_ERROR, _WARNING, _SUGGESTION = FindingType.ERROR, FindingType.WARNING, FindingType.SUGGESTION


def _near(name: str, known: tuple[str, ...]) -> str:
    """Return ``: did you mean …?`` for a name that looks like a known one."""
    same = [each for each in known if each.lower() == name.lower()]
    near = same or get_close_matches(name[:100], known, n=1)
    return f": did you mean `{near[0]}`?" if near else ""


@check("INVALID_POLICY_ELEMENT", _ERROR, facts="E119 E123 E131")
def invalid_policy_element(policy: Policy) -> Iterator[Hit]:
    """An element that the policy language, or this policy type, does not have."""
    for key, _ in policy.root:
        if key.text not in _TOP:
            yield at_key(key, f"a policy has no element {shown(key.text)}{_near(key.text, _TOP)}")
        elif key.text == "Id" and policy.type in IDENTITY_TYPES:
            yield at_key(key, "Id belongs into resource-based policies")
    for statement in policy.statements:
        for key, _ in statement.node:
            if key.text not in STATEMENT_ORDER:
                yield at_key(key, f"a statement has no element {shown(key.text)}{_near(key.text, STATEMENT_ORDER)}")


@check("DATA_TYPE_MISMATCH", _ERROR, facts="E124 E125 E126 E130")
def data_type_mismatch(policy: Policy) -> Iterator[Hit]:
    """A JSON value of the wrong type for its element."""
    for name in ("Version", "Id"):
        yield from _no_text(policy.root.get(name), name)
    for node in statement_nodes(policy.root):
        if not isinstance(node, Mapping):
            yield at(node, "a statement is a JSON object")
    for statement in policy.statements:
        for name in ("Sid", "Effect"):
            yield from _no_text(statement.get(name), name)
        for name in _LISTS:
            yield from _no_texts(statement.get(name), name)
        for name in ("Principal", "NotPrincipal"):
            principal = statement.get(name)
            for key, values in principal if isinstance(principal, Mapping) else ():
                yield from _no_texts(values, shown(key.text))
        yield from _wrong_condition(statement.get("Condition"))


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind == "str"


def _no_text(node: Node | None, name: str) -> Iterator[Hit]:
    if node is not None and not _is_text(node):
        yield at(node, f"{name} is text")


def _no_texts(node: Node | None, name: str) -> Iterator[Hit]:
    nodes = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
    for each in nodes:
        if not _is_text(each):
            yield at(each, f"{name} is text or a list of texts")


def _wrong_condition(block: Node | None) -> Iterator[Hit]:
    if block is not None and not isinstance(block, Mapping):
        yield at(block, "Condition is a JSON object of operators")
        return
    for operator, keys in block or ():
        if not isinstance(keys, Mapping):
            yield at(keys, f"{shown(operator.text)} holds a JSON object of condition keys")
            continue
        for _, values in keys:
            for each in values.items if isinstance(values, Sequence) else (values,):
                if not isinstance(each, Scalar) or each.is_null:
                    yield at(each, "a condition value is text, a number, true, false, or a list of them")


@check("MISSING_STATEMENT", _ERROR, facts="E119 E124")
def missing_statement(policy: Policy) -> Iterator[Hit]:
    """A policy without Statement, or without a statement in it."""
    if policy.root.get("Statement") is None:
        yield at(policy.root, "Statement is missing")
    elif not statement_nodes(policy.root):
        yield at(policy.root.get("Statement") or policy.root, "Statement holds no statement")


@check("MISSING_VERSION", _WARNING, facts="E121 E122 E251")
def missing_version(policy: Policy) -> Iterator[Hit]:
    """A policy without Version."""
    if policy.root.get("Version") is None:
        yield at(policy.root, "Version is missing: without `2012-10-17` policy variables are literal text")


@check("INVALID_VERSION", _ERROR, facts="E120")
def invalid_version(policy: Policy) -> Iterator[Hit]:
    """A Version that is neither 2012-10-17 nor 2008-10-17."""
    version = policy.root.get("Version")
    if isinstance(version, Scalar) and version.kind == "str" and version.text not in _VERSIONS:
        yield at(version, f"{shown(version.text)} is no version: use `2012-10-17`")


@statement_check("MISSING_EFFECT", _ERROR, facts="E128")
def missing_effect(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A statement without Effect."""
    if not statement.has("Effect"):
        yield at(statement.node, "Effect is missing: `Allow` or `Deny`")


@statement_check("INVALID_EFFECT", _ERROR, facts="E128")
def invalid_effect(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An Effect that is not exactly Allow or Deny."""
    effect = statement.get("Effect")
    if isinstance(effect, Scalar) and effect.kind == "str" and effect.text not in _EFFECTS:
        yield at(effect, f"{shown(effect.text)} is no Effect: `Allow` or `Deny`, case-sensitive")


@statement_check("MISSING_ACTION", _ERROR, facts="E129 E86")
def missing_action(policy: Policy, statement: Statement) -> Iterator[Hit]:
    """A statement without Action and NotAction; a WARNING in a key policy, which KMS saves without effect."""
    if statement.has("Action") or statement.has("NotAction"):
        return
    if policy.is_key_policy:
        details = "Action is missing: KMS saves the statement, but it has no effect"
        yield Hit(node=statement.node, details=details, finding_type=_WARNING)
    else:
        yield at(statement.node, "Action or NotAction is missing")


@statement_check("MISSING_RESOURCE", _ERROR, facts="E129 E86", types=POLICIES - {PolicyType.TRUST})
def missing_resource(policy: Policy, statement: Statement) -> Iterator[Hit]:
    """A statement without Resource and NotResource; a WARNING in a key policy, which KMS saves without effect."""
    if statement.has("Resource") or statement.has("NotResource"):
        return
    if policy.is_key_policy:
        details = 'Resource is missing: KMS saves the statement, but it has no effect; `"*"` means this key'
        yield Hit(node=statement.node, details=details, finding_type=_WARNING)
    else:
        yield at(statement.node, "Resource or NotResource is missing")


@statement_check("MISSING_PRINCIPAL", _ERROR, facts="E129 E149", types=WITH_PRINCIPAL)
def missing_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A statement of a resource-based policy without Principal and NotPrincipal."""
    if not statement.has("Principal") and not statement.has("NotPrincipal"):
        yield at(statement.node, "Principal is missing")


@statement_check("UNSUPPORTED_PRINCIPAL", _ERROR, facts="E129 E149", types=IDENTITY_TYPES)
def unsupported_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Principal or NotPrincipal in a policy that stands on a principal."""
    for name in ("Principal", "NotPrincipal"):
        if statement.has(name):
            yield at_key(statement.key(name), f"{name} belongs into resource-based policies")


@statement_check("UNSUPPORTED_ELEMENT_COMBINATION", _ERROR, facts="E129 E118")
def unsupported_element_combination(policy: Policy, statement: Statement) -> Iterator[Hit]:
    """An element together with its negation, or NotPrincipal together with Allow."""
    for name, negation in _PAIRS:
        if statement.has(name) and statement.has(negation):
            yield at_key(statement.key(negation), f"{name} and {negation} exclude each other")
    if statement.has("NotPrincipal") and statement.effect == "Allow" and policy.type in WITH_PRINCIPAL:
        yield at_key(statement.key("NotPrincipal"), "NotPrincipal goes with Deny only")


@statement_check("EMPTY_ARRAY_ACTION", _SUGGESTION, facts="E150")
def empty_array_action(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An empty list of actions."""
    yield from _empty(statement, "Action", "NotAction")


@statement_check("EMPTY_ARRAY_RESOURCE", _SUGGESTION, facts="E150")
def empty_array_resource(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An empty list of resources."""
    yield from _empty(statement, "Resource", "NotResource")


def _empty(statement: Statement, *names: str) -> Iterator[Hit]:
    for name in names:
        node = statement.get(name)
        if isinstance(node, Sequence) and not node.items:
            yield at(node, f"an empty {name} leaves the statement without effect")


@statement_check("EMPTY_SID_VALUE", _SUGGESTION, facts="E127")
def empty_sid_value(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An empty Sid."""
    if statement.sid is not None and not statement.sid.text:
        yield at(statement.sid, "an empty Sid says nothing: leave it out")


@statement_check("UNSUPPORTED_SID", _ERROR, facts="E127", types=POLICIES - WITH_FREE_SIDS)
def unsupported_sid(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Sid with more than letters and digits; services set their own rules for their resources."""
    if statement.sid is not None and not _IAM_SID.match(statement.sid.text):
        yield at(statement.sid, f"the Sid {shown(statement.sid.text)} holds more than letters and digits")


def _repeated_sids(policy: Policy) -> Iterator[Scalar]:
    seen: set[str] = set()
    for statement in policy.statements:
        sid = statement.sid
        if sid is not None and sid.text:
            if sid.text in seen:
                yield sid
            seen.add(sid.text)


@check("UNIQUE_SIDS_REQUIRED", _ERROR, facts="E127", types=POLICIES - WITH_FREE_SIDS)
def unique_sids_required(policy: Policy) -> Iterator[Hit]:
    """A Sid that is given twice where it must be unique."""
    for sid in _repeated_sids(policy):
        yield at(sid, f"the Sid {shown(sid.text)} is given twice")


@check("UNIQUE_SIDS_RECOMMENDED", _WARNING, facts="E127", types=WITH_FREE_SIDS)
def unique_sids_recommended(policy: Policy) -> Iterator[Hit]:
    """A Sid that is given twice where it may be."""
    for sid in _repeated_sids(policy):
        yield at(sid, f"the Sid {shown(sid.text)} is given twice: findings and logs cannot tell the statements apart")


@check(
    "UNSUPPORTED_CHARACTER",
    _ERROR,
    facts="E132",
    types=IAM_TYPES,
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
)
def unsupported_character(policy: Policy) -> Iterator[Hit]:
    """A character that IAM takes in no policy: only U+0009, U+000A, U+000D and U+0020 to U+00FF."""
    found = _BEYOND_LATIN.search(policy.text)
    if found:
        yield at(policy.root, f"IAM takes no character U+{ord(found.group()):04X}: write it as an escape")


CHECKS: tuple[Check, ...] = (
    invalid_policy_element,
    data_type_mismatch,
    missing_statement,
    missing_version,
    invalid_version,
    missing_effect,
    invalid_effect,
    missing_action,
    missing_resource,
    missing_principal,
    unsupported_principal,
    unsupported_element_combination,
    empty_array_action,
    empty_array_resource,
    empty_sid_value,
    unsupported_sid,
    unique_sids_required,
    unique_sids_recommended,
    unsupported_character,
)
"""The checks of this module."""
