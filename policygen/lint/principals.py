"""Checks of Principal and NotPrincipal; what role trust policies add is in :mod:`policygen.lint.trust`.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from policygen.aws.arns import is_account_id, parse_arn
from policygen.lint.check import Check, Hit, at, at_key, check, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy, PrincipalValue, Statement
from policygen.lint.policy_types import WITH_PRINCIPAL, PolicyType
from policygen.request.condition_keys import SOURCE_KEYS
from policygen.source.nodes import Mapping, Scalar, Sequence

_KINDS = ("AWS", "CanonicalUser", "Federated", "Service")
_SERVICE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|api\.aws)\Z")
_UNIQUE_ID = re.compile(r"(A[A-Z]{3})[A-Z0-9]{4,}\Z")
_IAM_RESOURCE = re.compile(r"(root|(user|role)/.+)\Z", re.DOTALL)
_STS_RESOURCE = re.compile(r"(assumed-role/.+/.+|federated-user/.+)\Z", re.DOTALL)
_SOURCE_KEYS = tuple(name.lower() for name in SOURCE_KEYS)
_WEAKER_KEYS = ("aws:referer", "aws:useragent", "aws:sourceowner")
_SUGGESTION = FindingType.SUGGESTION


def is_service_principal(text: str) -> bool:
    """Tell whether a text has the form of a service principal.

    >>> is_service_principal("s3.amazonaws.com")
    True
    """
    return _SERVICE.match(text) is not None


def _values(statement: Statement, kind: str) -> Iterator[PrincipalValue]:
    yield from (each for each in statement.principals if each.kind == kind)


@statement_check("INVALID_PRINCIPAL_FORMAT", FindingType.ERROR, facts="E134 E136 E141", types=WITH_PRINCIPAL)
def invalid_principal_format(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Principal that is neither `"*"` nor an object, or an AWS value that names no principal."""
    for name in ("Principal", "NotPrincipal"):
        node = statement.get(name)
        if isinstance(node, Sequence) or (isinstance(node, Scalar) and node.kind != "str"):
            yield at(node, f'{name} is `"*"` or a JSON object')
        elif isinstance(node, Scalar) and node.text != "*":
            yield at(node, f'{name} is `"*"` or a JSON object such as `{{"AWS": "111122223333"}}`')
    for each in _values(statement, "AWS"):
        text = each.value.text
        if not any(mark in text for mark in ("*", "?", "${")) and not _names_principal(text):
            yield at(each.value, f"{shown(text)} is no account id and no ARN of an account, user, role or session")


def _names_principal(text: str) -> bool:
    if is_account_id(text) or _UNIQUE_ID.match(text):
        return True
    arn = parse_arn(text)
    if arn is None or arn.region or not (is_account_id(arn.account) or arn.account == "cloudfront"):
        return False
    form = {"iam": _IAM_RESOURCE, "sts": _STS_RESOURCE}.get(arn.service)
    return form is not None and form.match(arn.resource) is not None


@statement_check("INVALID_PRINCIPAL_KEY", FindingType.ERROR, facts="E134", types=WITH_PRINCIPAL)
def invalid_principal_key(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A kind of principal that does not exist."""
    for name in ("Principal", "NotPrincipal"):
        node = statement.get(name)
        for key, _values_node in node if isinstance(node, Mapping) else ():
            if key.text not in _KINDS:
                near = get_close_matches(key.text[:100], _KINDS, n=1, cutoff=0.3)
                hint = f": did you mean `{near[0]}`?" if near else f": use {', '.join(_KINDS)}"
                yield at_key(key, f"{shown(key.text)} is no kind of principal{hint}")


@statement_check("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", FindingType.ERROR, facts="E138 E139", types=WITH_PRINCIPAL)
def unsupported_wildcard_in_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A wildcard that stands for a part of a principal, or for every service."""
    for each in statement.principals:
        text = each.value.text
        if each.kind == "*" or not any(mark in text for mark in "*?") or "${" in text:
            continue
        if each.kind == "Service":
            yield at(each.value, "no wildcard stands for services: name each one")
        elif text != "*" or each.kind != "AWS":
            details = (
                f"{shown(text)}: a wildcard stands for a whole principal only; test aws:PrincipalArn in a condition"
            )
            yield at(each.value, details)


@statement_check("INVALID_SERVICE_PRINCIPAL_FORMAT", FindingType.ERROR, facts="E46", types=WITH_PRINCIPAL)
def invalid_service_principal_format(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Service value that is no service principal."""
    for each in _values(statement, "Service"):
        text = each.value.text
        if not any(mark in text for mark in ("*", "?", "${")) and not is_service_principal(text):
            yield at(each.value, f"{shown(text)} is no service principal: they look like `s3.amazonaws.com`")


@statement_check(
    "FEDERATED_PRINCIPAL_NOT_SUPPORTED", FindingType.ERROR, facts="E142", types=WITH_PRINCIPAL - {PolicyType.TRUST}
)
def federated_principal_not_supported(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Federated principal outside a role trust policy."""
    for each in _values(statement, "Federated"):
        yield at(each.value, "Federated principals belong into role trust policies")


def _unique_ids(policy: Policy, prefix: str, what: str) -> Iterator[Hit]:
    for statement in policy.statements:
        for each in _values(statement, "AWS"):
            match = _UNIQUE_ID.match(each.value.text)
            if match and match.group(1) == prefix:
                details = (
                    f"{shown(each.value.text)} is the unique id of a {what}: it is deleted, or to be named by its ARN"
                )
                yield at(each.value, details)


@check("INVALID_ROLE_REFERENCE", FindingType.WARNING, facts="E144 E145", types=WITH_PRINCIPAL)
def invalid_role_reference(policy: Policy) -> Iterator[Hit]:
    """The unique id of a role as a principal."""
    yield from _unique_ids(policy, "AROA", "role")


@check("INVALID_USER_REFERENCE", FindingType.WARNING, facts="E144 E145", types=WITH_PRINCIPAL)
def invalid_user_reference(policy: Policy) -> Iterator[Hit]:
    """The unique id of a user as a principal."""
    yield from _unique_ids(policy, "AIDA", "user")


@statement_check("EMPTY_OBJECT_PRINCIPAL", _SUGGESTION, facts="E150", types=WITH_PRINCIPAL)
def empty_object_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Principal without any kind of principal."""
    for name in ("Principal", "NotPrincipal"):
        node = statement.get(name)
        if isinstance(node, Mapping) and not node.entries:
            yield at(node, f"an empty {name} names nobody")


@statement_check("EMPTY_ARRAY_PRINCIPAL", _SUGGESTION, facts="E150", types=WITH_PRINCIPAL)
def empty_array_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An empty list of principals."""
    for name in ("Principal", "NotPrincipal"):
        node = statement.get(name)
        for _key, values in node if isinstance(node, Mapping) else ():
            if isinstance(values, Sequence) and not values.items:
                yield at(values, "an empty list names nobody")


@statement_check("ALLOW_WITH_NOT_PRINCIPAL", FindingType.SECURITY_WARNING, facts="E118", types=WITH_PRINCIPAL)
def allow_with_not_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Allow together with NotPrincipal."""
    if statement.effect == "Allow" and statement.has("NotPrincipal"):
        yield at_key(statement.key("NotPrincipal"), "Allow with NotPrincipal admits everybody who is not listed")


@statement_check(
    "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
    FindingType.SECURITY_WARNING,
    facts="G57 G58 G59 G60",
    types=frozenset({PolicyType.RESOURCE}),
)
def restrict_access_to_service_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Allow to a service principal for whatever account it works for (the confused deputy problem)."""
    if statement.effect != "Allow" or statement.tests(*_SOURCE_KEYS, *_WEAKER_KEYS):
        return
    for value in statement.values("Service"):
        details = (
            f"{shown(value.text)} is let in for every account: add aws:SourceArn, aws:SourceAccount or aws:SourceOrgID"
        )
        yield at(value, details)


@statement_check(
    "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
    _SUGGESTION,
    facts="G52 G57 G58",
    types=frozenset({PolicyType.RESOURCE}),
)
def recommended_condition_key_for_service_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A service principal that is limited by a weaker key than aws:SourceArn or aws:SourceAccount."""
    if statement.effect != "Allow" or statement.tests(*_SOURCE_KEYS) or not any(statement.values("Service")):
        return
    for condition in statement.conditions:
        if condition.name in _WEAKER_KEYS:
            yield at_key(
                condition.key, f"limit a service by aws:SourceArn or aws:SourceAccount, not {condition.key.text}"
            )


CHECKS: tuple[Check, ...] = (
    invalid_principal_format,
    invalid_principal_key,
    unsupported_wildcard_in_principal,
    invalid_service_principal_format,
    federated_principal_not_supported,
    invalid_role_reference,
    invalid_user_reference,
    empty_object_principal,
    empty_array_principal,
    allow_with_not_principal,
    restrict_access_to_service_principal,
    recommended_condition_key_for_service_principal,
)
"""The checks of this module."""
