"""Checks of role trust policies.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygen.aws.arns import parse_arn
from policygen.lint.actions import covers
from policygen.lint.check import Check, Hit, at, at_key, check, condition_check, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Condition, Policy, Statement
from policygen.lint.policy_types import PolicyType
from policygen.matching.conditions.operators import SetOperator
from policygen.source.nodes import Scalar

_TRUST = frozenset({PolicyType.TRUST})
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/.*)?\Z", re.DOTALL)
_GITHUB = "token.actions.githubusercontent.com"
_ANYWHERE = ("sts:assumerole", "sts:setsourceidentity", "sts:tagsession")
_FEDERATED_ACTIONS = {"SAML": "sts:AssumeRoleWithSAML", "OIDC": "sts:AssumeRoleWithWebIdentity"}
_ERROR, _SECURITY_WARNING, _SUGGESTION = FindingType.ERROR, FindingType.SECURITY_WARNING, FindingType.SUGGESTION


@statement_check("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", _ERROR, facts="E78 E129", types=_TRUST)
def role_trust_policy_syntax_error_resource(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Resource or NotResource in a role trust policy."""
    for name in ("Resource", "NotResource"):
        if statement.has(name):
            yield at_key(statement.key(name), f"a role trust policy has no {name}: the role itself is the resource")


@statement_check("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", _ERROR, facts="E78 E118", types=_TRUST)
def role_trust_policy_syntax_error_notprincipal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """NotPrincipal in a role trust policy."""
    if statement.has("NotPrincipal"):
        yield at_key(statement.key("NotPrincipal"), "a role trust policy has no NotPrincipal")


@statement_check("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", _ERROR, facts="E146", types=_TRUST)
def role_trust_policy_unsupported_wildcard(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A role that trusts everybody.

    Unspecified: AWS's pages disagree on whether an Allow for `"*"` can be saved (E146, E257); a Deny, and an Allow
    with a condition on the principal, are common in real trust policies and are let through.
    """
    narrowed = any(condition.name.startswith("aws:principal") for condition in statement.conditions)
    if statement.effect == "Deny" or narrowed:
        return
    for each in statement.principals:
        if each.value.text == "*" and each.kind in ("*", "AWS"):
            yield at(each.value, 'a role that trusts `"*"` can be assumed from every account: name whom it trusts')


def _provider_kind(text: str) -> str | None:
    """Return ``SAML`` or ``OIDC``; None for a text that names no identity provider."""
    arn = parse_arn(text)
    if arn is not None:
        kind = arn.resource.partition("/")[0] if arn.service == "iam" else ""
        return {"saml-provider": "SAML", "oidc-provider": "OIDC"}.get(kind)
    return "OIDC" if _DOMAIN.match(text) else None


def _providers(statement: Statement) -> Iterator[tuple[Scalar, str | None]]:
    for value in statement.values("Federated"):
        if "${" not in value.text:
            yield value, _provider_kind(value.text)


@statement_check("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", _ERROR, facts="E142", types=_TRUST)
def invalid_federated_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Federated value that is neither a domain nor the ARN of an identity provider."""
    for value, kind in _providers(statement):
        if kind is None:
            yield at(value, f"{shown(value.text)} is no identity provider: a domain, or the ARN of a provider")


@statement_check("MISMATCHED_ACTION_FOR_PRINCIPAL", _ERROR, facts="E142", types=_TRUST)
def mismatched_action_for_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An action that does not fit the kind of principal."""
    kinds = {kind for _value, kind in _providers(statement) if kind}
    if len(kinds) == 1 and all(each.kind == "Federated" for each in statement.principals):
        kind = kinds.pop()
        wrong = {"sts:assumerole", *(name.lower() for each, name in _FEDERATED_ACTIONS.items() if each != kind)}
        details = f"{kind} providers go with {_FEDERATED_ACTIONS[kind]}"
    elif statement.principals and all(each.kind in ("AWS", "Service") for each in statement.principals):
        wrong = {name.lower() for name in _FEDERATED_ACTIONS.values()}
        details = "this action is for identity providers: other principals go with sts:AssumeRole"
    else:
        return
    for action in statement.actions:
        if action.text.lower() in wrong and statement.effect == "Allow":
            yield at(action, details)


@check("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", _ERROR, types=_TRUST)
def missing_action_for_roles_anywhere(policy: Policy) -> Iterator[Hit]:
    """IAM Roles Anywhere without one of the three actions that it needs."""
    allowing = [
        statement
        for statement in policy.statements
        if statement.effect == "Allow"
        and any(value.text == "rolesanywhere.amazonaws.com" for value in statement.values("Service"))
    ]
    missing = [name for name in _ANYWHERE if not any(covers(statement, name) for statement in allowing)]
    if allowing and missing:
        yield at(allowing[0].node, f"IAM Roles Anywhere needs {', '.join(missing)} as well")


def _tests_provider(statement: Statement, provider: str) -> bool:
    return any(condition.name.startswith(f"{provider.lower()}:") for condition in statement.conditions)


def _provider_name(text: str) -> str:
    return text.partition("oidc-provider/")[2] or text


@statement_check("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", _SECURITY_WARNING, facts="E243", types=_TRUST)
def missing_condition_key_for_oidc_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A web identity provider without a condition on its claims, so that every user of it gets in."""
    if statement.effect != "Allow":
        return
    for value, kind in _providers(statement):
        name = _provider_name(value.text)
        if kind == "OIDC" and not _tests_provider(statement, name):
            yield at(value, f"every user of {shown(name)} gets in: add a condition such as {shown(name + ':aud')}")


@statement_check("MISSING_GITHUB_REPO_CONDITION_KEY", _SECURITY_WARNING, facts="E243", types=_TRUST)
def missing_github_repo_condition_key(_: Policy, statement: Statement) -> Iterator[Hit]:
    """GitHub's provider without a condition on the repository."""
    if statement.effect != "Allow" or statement.tests(f"{_GITHUB}:sub"):
        return
    for value, _kind in _providers(statement):
        if _provider_name(value.text) == _GITHUB:
            yield at(value, f"workflows of every repository get in: add a condition on `{_GITHUB}:sub`")


@condition_check("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", FindingType.WARNING, facts="E243", types=_TRUST)
def specific_github_repo_and_branch(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """A wildcard in the owner or repository of GitHub's subject."""
    if condition.name == f"{_GITHUB}:sub" and not condition.negated:
        for value in condition.values:
            if "*" in value.text or "?" in value.text:
                yield at(value, f"{shown(value.text)}: name repository and branch")


@condition_check("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", _SECURITY_WARNING, facts="E243", types=_TRUST)
def foranyvalue_with_audience_claim(_: Policy, statement: Statement, condition: Condition) -> Iterator[Hit]:
    """ForAnyValue on an audience claim, which has one value."""
    audience = condition.name.endswith((":aud", ":oaud"))
    if statement.effect == "Allow" and audience and condition.set_operator is SetOperator.FOR_ANY_VALUE:
        yield at_key(condition.operator_name, f"{shown(condition.key.text)} has one value: leave ForAnyValue out")


@condition_check("CONFIRM_AUDIENCE_CLAIM_TYPE", _SUGGESTION, facts="E243", types=_TRUST)
def confirm_audience_claim_type(_: Policy, __: Statement, condition: Condition) -> Iterator[Hit]:
    """ForAllValues on an audience claim."""
    if condition.name.endswith((":aud", ":oaud")) and condition.set_operator is SetOperator.FOR_ALL_VALUES:
        yield at_key(condition.operator_name, f"does {shown(condition.key.text)} have several values in your tokens?")


@statement_check("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", _SUGGESTION, facts="E137", types=_TRUST)
def redundant_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A session of a role beside the role itself."""
    values = list(statement.values("AWS"))
    roles = {
        (arn.account, arn.resource.rpartition("/")[2])
        for value in values
        if (arn := parse_arn(value.text)) is not None and arn.service == "iam" and arn.resource.startswith("role/")
    }
    for value in values:
        arn = parse_arn(value.text)
        if arn is not None and arn.service == "sts" and arn.resource.startswith("assumed-role/"):
            if (arn.account, arn.resource.split("/")[1]) in roles:
                yield at(value, f"{shown(value.text)} is a session of a role that is listed too")


_ACTION_OF_KEY = {
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:transitivetagkeys": "sts:TagSession",
    "aws:requesttag/": "sts:TagSession",
    "aws:tagkeys": "sts:TagSession",
}
"""Keys that a request carries only when a second action is asked for at the same time (E75, E239)."""


@check("MISSING_ACTION_FOR_CONDITION_KEY", _ERROR, facts="E75 E239", types=_TRUST)
def missing_action_for_condition_key(policy: Policy) -> Iterator[Hit]:
    """A key about session tags or the source identity in a policy that never allows setting them."""
    for statement in policy.statements:
        for condition in statement.conditions if statement.effect == "Allow" else ():
            name = condition.name.partition("/")[0] + ("/" if "/" in condition.name else "")
            action = _ACTION_OF_KEY.get(name)
            allowing = (each for each in policy.statements if each.effect == "Allow")
            if action and condition.needs_key and not any(covers(each, action.lower()) for each in allowing):
                yield at_key(condition.key, f"{shown(condition.key.text)} comes with {action}, which is not allowed")


CHECKS: tuple[Check, ...] = (
    role_trust_policy_syntax_error_resource,
    role_trust_policy_syntax_error_notprincipal,
    role_trust_policy_unsupported_wildcard,
    invalid_federated_principal,
    mismatched_action_for_principal,
    missing_action_for_roles_anywhere,
    missing_condition_key_for_oidc_principal,
    missing_github_repo_condition_key,
    specific_github_repo_and_branch,
    foranyvalue_with_audience_claim,
    confirm_audience_claim_type,
    redundant_principal,
    missing_action_for_condition_key,
)
"""The checks of this module."""
