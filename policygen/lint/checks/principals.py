"""Checks of Principal and NotPrincipal; what role trust policies add is in :mod:`policygen.lint.checks.trust`.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterator

from policygen.aws.arns import is_account_id, parse_arn
from policygen.catalog.spelling import did_you_mean, shown
from policygen.lint.check import Hit, at, at_key, statement_check
from policygen.lint.findings import ERROR, SECURITY_WARNING, SUGGESTION, WARNING
from policygen.lint.policy import Statement, has_wildcard, is_open
from policygen.lint.policy_types import WITH_PRINCIPAL, PolicyType, is_text
from policygen.request.condition_keys import SOURCE_KEYS
from policygen.source.nodes import Mapping, Scalar, Sequence

_KINDS = ("AWS", "CanonicalUser", "Federated", "Service")
_NEAR = 0.3
_SERVICE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|api\.aws)\Z")
_VIA_SERVICE = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\Z")
_SERVICE_KEYS = (
    *("aws:principalservicename", "aws:principalservicenameslist", "aws:calledvia", "aws:calledviafirst"),
    *("aws:calledvialast", "iam:passedtoservice", "iam:awsservicename"),
)
_UNIQUE_ID = re.compile(r"(A[A-Z]{3})[A-Z0-9]{4,}\Z")
_IAM_RESOURCE = re.compile(r"(root|(user|role)/.+)\Z", re.DOTALL)
_STS_RESOURCE = re.compile(r"(assumed-role/.+/.+|federated-user/.+)\Z", re.DOTALL)
_SESSION_WITH_PATH = re.compile(r"arn:[^:]*:sts::[^:]*:assumed-role/(?P<role>[^*${}]+/(?P<name>[^/*${}]+))/[^/]+\Z")
_IDENTIFIERS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"
_SOURCE_KEYS = tuple(name.lower() for name in SOURCE_KEYS)
_WEAKER_KEYS = ("aws:referer", "aws:useragent", "aws:sourceowner")
_RESOURCE = frozenset({PolicyType.RESOURCE})


def _values(statement: Statement, kind: str) -> Iterator[Scalar]:
    """Yield the values of one kind in Principal and NotPrincipal."""
    yield from (each.value for each in statement.principals if each.kind == kind)


@statement_check("INVALID_PRINCIPAL_FORMAT", ERROR, facts="E134 E136 E141", types=WITH_PRINCIPAL)
def invalid_principal_format(statement: Statement) -> Iterator[Hit]:
    """A Principal that is neither `"*"` nor an object, or an AWS value that names no principal."""
    for key, node in statement.elements("Principal", "NotPrincipal"):
        if not isinstance(node, Mapping) and not is_text(node):
            yield at(node, f'{key.text} is `"*"` or a JSON object')
        elif is_text(node) and node.text != "*":
            yield at(node, f'{key.text} is `"*"` or a JSON object such as `{{"AWS": "111122223333"}}`')
    for value in _values(statement, "AWS"):
        if not is_open(value.text) and not _names_principal(value.text):
            what = "neither an account id nor the ARN of an account, user, role or session"
            yield at(value, f"{shown(value.text)} is {what}")


def _names_principal(text: str) -> bool:
    if is_account_id(text) or _UNIQUE_ID.match(text):
        return True
    arn = parse_arn(text)
    if arn is None or arn.region or not (is_account_id(arn.account) or arn.account == "cloudfront"):
        return False
    form = {"iam": _IAM_RESOURCE, "sts": _STS_RESOURCE}.get(arn.service)
    has_blank = arn.account != "cloudfront" and any(map(str.isspace, arn.resource))
    return form is not None and form.match(arn.resource) is not None and not has_blank


@statement_check("SESSION_ARN_WITH_PATH", WARNING, facts="E136", url=_IDENTIFIERS)
def session_arn_with_path(statement: Statement) -> Iterator[Hit]:
    """The ARN of a role's session with the path of the role, which these ARNs leave out: it names nobody."""
    compared = (value for each in statement.conditions if each.name == "aws:principalarn" for value in each.values)
    for value in (*_values(statement, "AWS"), *compared):
        match = _SESSION_WITH_PATH.match(value.text)
        if match:
            advice = (
                f"sessions of this role are `assumed-role/{match['name']}/…`, and its own ARN is `role/{match['role']}`"
            )
            yield at(value, f"{shown(value.text)} names nobody: {advice}")


@statement_check("INVALID_PRINCIPAL_KEY", ERROR, facts="E134", types=WITH_PRINCIPAL)
def invalid_principal_key(statement: Statement) -> Iterator[Hit]:
    """A kind of principal that does not exist."""
    for _, node in statement.elements("Principal", "NotPrincipal"):
        for key, _values_node in node if isinstance(node, Mapping) else ():
            if key.text not in _KINDS:
                hint = did_you_mean(key.text, _KINDS, _NEAR) or f"use {', '.join(_KINDS)}"
                yield at_key(key, f"{shown(key.text)} is not a kind of principal: {hint}")


@statement_check("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", ERROR, facts="E138 E139", types=WITH_PRINCIPAL)
def unsupported_wildcard_in_principal(statement: Statement) -> Iterator[Hit]:
    """A wildcard that stands for a part of a principal, or for every service."""
    for each in statement.principals:
        text = each.value.text
        if each.kind == "*" or not has_wildcard(text) or "${" in text:
            continue
        if each.kind == "Service":
            yield at(each.value, "no wildcard stands for services: name each one")
        elif text != "*" or each.kind != "AWS":
            advice = "a wildcard stands for a whole principal only; test aws:PrincipalArn in a condition"
            yield at(each.value, f"{shown(text)}: {advice}")


@statement_check("INVALID_SERVICE_PRINCIPAL_FORMAT", ERROR, facts="E46 K13 G6")
def invalid_service_principal_format(statement: Statement) -> Iterator[Hit]:
    """A Service in Principal, or a value of a key such as iam:PassedToService, that is not a service."""
    named = statement.policy.type in WITH_PRINCIPAL
    values = [each for each in _values(statement, "Service") if named and not is_open(each.text)]
    for condition in statement.conditions:
        values.extend(condition.closed_values(*_SERVICE_KEYS))
        for value in condition.closed_values("kms:viaservice"):
            if not _VIA_SERVICE.match(value.text):
                details = f"{shown(value.text)} is not a value of kms:ViaService"
                yield at(value, f"{details}: `s3.us-east-1.amazonaws.com` is")
    for value in values:
        if not _SERVICE.match(value.text):
            yield at(value, f"{shown(value.text)} is not a service principal: they look like `s3.amazonaws.com`")


@statement_check("FEDERATED_PRINCIPAL_NOT_SUPPORTED", ERROR, facts="E142", types=WITH_PRINCIPAL - {PolicyType.TRUST})
def federated_principal_not_supported(statement: Statement) -> Iterator[Hit]:
    """A Federated principal outside a role trust policy."""
    for value in _values(statement, "Federated"):
        yield at(value, "Federated principals belong in role trust policies")


def _unique_ids(what: str, prefix: str) -> None:
    """Register the check of unique ids of roles or users, which begin with ``prefix``, as principals."""

    def find(statement: Statement) -> Iterator[Hit]:
        for value in _values(statement, "AWS"):
            if value.text.startswith(prefix) and _UNIQUE_ID.match(value.text):
                details = f"{shown(value.text)} is the unique id of a {what}"
                yield at(value, f"{details}: it was deleted, or should be named by its ARN")

    code, summary = f"INVALID_{what.upper()}_REFERENCE", f"The unique id of a {what} as a principal"
    statement_check(code, WARNING, facts="E144 E145", types=WITH_PRINCIPAL, summary=summary)(find)


_unique_ids("role", "AROA")
_unique_ids("user", "AIDA")


@statement_check("EMPTY_OBJECT_PRINCIPAL", SUGGESTION, facts="E150", types=WITH_PRINCIPAL)
def empty_object_principal(statement: Statement) -> Iterator[Hit]:
    """A Principal without any kind of principal."""
    for key, node in statement.elements("Principal", "NotPrincipal"):
        if isinstance(node, Mapping) and not node.entries:
            yield at(node, f"an empty {key.text} names nobody")


@statement_check("EMPTY_ARRAY_PRINCIPAL", SUGGESTION, facts="E150", types=WITH_PRINCIPAL)
def empty_array_principal(statement: Statement) -> Iterator[Hit]:
    """An empty list of principals."""
    for _, node in statement.elements("Principal", "NotPrincipal"):
        for _key, values in node if isinstance(node, Mapping) else ():
            if isinstance(values, Sequence) and not values.items:
                yield at(values, "an empty list names nobody")


@statement_check("ALLOW_WITH_NOT_PRINCIPAL", SECURITY_WARNING, facts="E118", types=WITH_PRINCIPAL)
def allow_with_not_principal(statement: Statement) -> Iterator[Hit]:
    """Allow together with NotPrincipal."""
    for key, _ in statement.elements("NotPrincipal") if statement.allows else ():
        yield at_key(key, "Allow with NotPrincipal admits everybody who is not listed")


@statement_check("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", SECURITY_WARNING, facts="G57 G58 G59 G60", types=_RESOURCE)
def restrict_access_to_service_principal(statement: Statement) -> Iterator[Hit]:
    """Allow to a service principal for whatever account it works for (the confused deputy problem)."""
    if statement.allows and not statement.tests(*_SOURCE_KEYS, *_WEAKER_KEYS):
        for value in statement.values("Service"):
            advice = "add aws:SourceArn, aws:SourceAccount or aws:SourceOrgID"
            yield at(value, f"{shown(value.text)} is let in for every account: {advice}")


@statement_check("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", SUGGESTION, facts="G52 G57 G58", types=_RESOURCE)
def recommended_condition_key_for_service_principal(statement: Statement) -> Iterator[Hit]:
    """A service principal that is limited by a weaker key than aws:SourceArn or aws:SourceAccount."""
    if statement.allows and not statement.tests(*_SOURCE_KEYS) and any(statement.values("Service")):
        for condition in statement.conditions:
            if condition.name in _WEAKER_KEYS:
                advice = "limit a service by aws:SourceArn or aws:SourceAccount"
                yield at_key(condition.key, f"{advice}, not {condition.key.text}")
