"""Checks of role trust policies.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

import re
from collections.abc import Iterator

from policygen.aws.arns import parse_arn
from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, at_key, check, condition_check, statement_check
from policygen.lint.findings import ERROR, SECURITY_WARNING, SUGGESTION, WARNING
from policygen.lint.policy import Condition, Policy, Statement, has_wildcard
from policygen.lint.policy_types import PolicyType
from policygen.matching.conditions.operators import SetOperator
from policygen.source.nodes import Scalar

_TRUST = frozenset({PolicyType.TRUST})
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/.*)?\Z", re.DOTALL)
_GITHUB = "token.actions.githubusercontent.com"
_CLAIMS_OF_REPOSITORY = (
    *("sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref"),
    *("enterprise", "enterprise_id"),
)
_ANYWHERE = ("sts:assumerole", "sts:setsourceidentity", "sts:tagsession")
_FEDERATED_ACTIONS = {"SAML": "sts:AssumeRoleWithSAML", "OIDC": "sts:AssumeRoleWithWebIdentity"}
_AUDIENCE = (":aud", ":oaud")
_ACTION_OF_KEY = {
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:transitivetagkeys": "sts:TagSession",
    "aws:requesttag/": "sts:TagSession",
    "aws:tagkeys": "sts:TagSession",
}
"""Keys that a request carries only when a second action is asked for at the same time (E75, E239)."""


@statement_check("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", ERROR, facts="E146", types=_TRUST)
def role_trust_policy_unsupported_wildcard_in_principal(statement: Statement) -> Iterator[Hit]:
    """A role that trusts everybody.

    Unspecified: AWS's pages disagree on whether an Allow for `"*"` can be saved (E146, E257); a Deny, and an Allow
    with a condition on the principal, are common in real trust policies and are let through.
    """
    narrowed = any(condition.name.startswith("aws:principal") for condition in statement.conditions)
    for each in statement.principals if not (statement.denies or narrowed) else ():
        if each.value.text == "*" and each.kind in ("*", "AWS"):
            yield at(each.value, 'a role that trusts `"*"` can be assumed from every account: name whom it trusts')


def _providers(statement: Statement) -> Iterator[tuple[Scalar, str | None]]:
    """Yield the Federated values, each with ``SAML`` or ``OIDC``; None for a text that names no identity provider."""
    for value in statement.values("Federated"):
        arn = parse_arn(value.text)
        if arn is not None and "${" not in value.text:
            kind = arn.resource.partition("/")[0] if arn.service == "iam" else ""
            yield value, {"saml-provider": "SAML", "oidc-provider": "OIDC"}.get(kind)
        elif "${" not in value.text:
            yield value, "OIDC" if _DOMAIN.match(value.text) else None


@statement_check("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", ERROR, facts="E142", types=_TRUST)
def invalid_federated_principal_syntax_in_role_trust_policy(statement: Statement) -> Iterator[Hit]:
    """A Federated value that is neither a domain nor the ARN of an identity provider."""
    for value, kind in _providers(statement):
        if kind is None:
            yield at(value, f"{shown(value.text)} is not an identity provider: a domain, or the ARN of a provider")


@statement_check("MISMATCHED_ACTION_FOR_PRINCIPAL", ERROR, facts="E142", types=_TRUST)
def mismatched_action_for_principal(statement: Statement) -> Iterator[Hit]:
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
        if action.text.lower() in wrong and statement.allows:
            yield at(action, details)


@check("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", ERROR, types=_TRUST)
def missing_action_for_roles_anywhere_trust_policy(policy: Policy) -> Iterator[Hit]:
    """IAM Roles Anywhere without one of the three actions that it needs."""
    allowing = [
        statement
        for statement in policy.statements
        if statement.allows and any(each.text == "rolesanywhere.amazonaws.com" for each in statement.values("Service"))
    ]
    missing = [name for name in _ANYWHERE if not any(statement.covers(name) for statement in allowing)]
    if allowing and missing:
        yield at(allowing[0].node, f"IAM Roles Anywhere needs {', '.join(missing)} as well")


def _domain(provider: Scalar) -> str:
    """Return the domain of a web identity provider that is given by its domain or by its ARN."""
    return provider.text.partition("oidc-provider/")[2] or provider.text


@statement_check("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", SECURITY_WARNING, facts="E243", types=_TRUST)
def missing_condition_key_for_oidc_principal(statement: Statement) -> Iterator[Hit]:
    """A web identity provider without a condition on its claims, so that every user of it gets in."""
    for value, kind in _providers(statement) if statement.allows else ():
        name = _domain(value)
        claims = (each for each in statement.conditions if each.name.startswith(f"{name.lower()}:"))
        if kind == "OIDC" and not any(claims):
            yield at(value, f"every user of {shown(name)} gets in: add a condition such as {shown(name + ':aud')}")


@statement_check("MISSING_GITHUB_REPO_CONDITION_KEY", SECURITY_WARNING, facts="E243", types=_TRUST)
def missing_github_repo_condition_key(statement: Statement) -> Iterator[Hit]:
    """GitHub's provider without a condition on the repository, its owner, or a workflow that it calls."""
    if statement.allows and not statement.tests(*(f"{_GITHUB}:{claim}" for claim in _CLAIMS_OF_REPOSITORY)):
        for value, _kind in _providers(statement):
            if _domain(value) == _GITHUB:
                yield at(value, f"workflows of every repository get in: add a condition on `{_GITHUB}:sub`")


@condition_check("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", WARNING, facts="E243", types=_TRUST)
def specific_github_repo_and_branch_recommended(condition: Condition) -> Iterator[Hit]:
    """A wildcard in the owner or repository of GitHub's subject."""
    if condition.name == f"{_GITHUB}:sub" and not condition.negated:
        for value in condition.values:
            if has_wildcard(value.text):
                yield at(value, f"{shown(value.text)}: name repository and branch")


@condition_check("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", SECURITY_WARNING, facts="E243", types=_TRUST)
def foranyvalue_with_audience_claim_type(condition: Condition) -> Iterator[Hit]:
    """ForAnyValue on an audience claim, which has one value."""
    if condition.name.endswith(_AUDIENCE) and condition.set_operator is SetOperator.FOR_ANY_VALUE:
        if condition.statement.allows:
            yield at_key(condition.operator_name, f"{shown(condition.key.text)} has one value: leave ForAnyValue out")


@condition_check("CONFIRM_AUDIENCE_CLAIM_TYPE", SUGGESTION, facts="E243", types=_TRUST)
def confirm_audience_claim_type(condition: Condition) -> Iterator[Hit]:
    """ForAllValues on an audience claim."""
    if condition.name.endswith(_AUDIENCE) and condition.set_operator is SetOperator.FOR_ALL_VALUES:
        yield at_key(condition.operator_name, f"does {shown(condition.key.text)} have several values in your tokens?")


@statement_check("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", SUGGESTION, facts="E137", types=_TRUST)
def redundant_principal_in_role_trust_policy(statement: Statement) -> Iterator[Hit]:
    """A session of a role beside the role itself."""
    arns = [(value, arn) for value in statement.values("AWS") if (arn := parse_arn(value.text)) is not None]
    roles = {
        (arn.account, arn.resource.rpartition("/")[2])
        for _, arn in arns
        if arn.service == "iam" and arn.resource.startswith("role/")
    }
    for value, arn in arns:
        if arn.service == "sts" and arn.resource.startswith("assumed-role/"):
            if (arn.account, arn.resource.split("/")[1]) in roles:
                yield at(value, f"{shown(value.text)} is a session of a role that is listed too")


@condition_check("MISSING_ACTION_FOR_CONDITION_KEY", ERROR, facts="E75 E239", types=_TRUST)
def missing_action_for_condition_key(condition: Condition) -> Iterator[Hit]:
    """A key about session tags or the source identity in a policy that never allows setting them."""
    action = _ACTION_OF_KEY.get("".join(condition.name.partition("/")[:2]))
    if action and condition.statement.allows and condition.needs_key:
        if not any(each.allows and each.covers(action.lower()) for each in condition.policy.statements):
            yield at_key(condition.key, f"{shown(condition.key.text)} comes with {action}, which is not allowed")
