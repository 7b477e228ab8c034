"""Checks of service control policies and resource control policies.

Unspecified: AWS's pages disagree on whether the wildcard of an SCP's action may stand anywhere (E161, E253); here it
may, as the page about the syntax says, and SCP_SYNTAX_ERROR_ACTION_WILDCARD is never found.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.evaluation.services.organizations import RCP_SERVICES
from policygen.lint.actions import prefix_of
from policygen.lint.check import Check, Hit, at, at_key, statement_check
from policygen.lint.check import shown as quoted
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy, Statement
from policygen.lint.policy_types import PolicyType
from policygen.request.condition_keys import SOURCE_KEYS, can_carry
from policygen.request.principal import PrincipalKind
from policygen.source.nodes import Scalar

_SCP = frozenset({PolicyType.SCP})
_RCP = frozenset({PolicyType.RCP})
_SOURCE_KEYS = tuple(name.lower() for name in SOURCE_KEYS)
_IS_SERVICE = "aws:principalisawsservice"
_ERROR, _WARNING = FindingType.ERROR, FindingType.WARNING


@statement_check("SCP_SYNTAX_ERROR_PRINCIPAL", _ERROR, facts="E56", types=_SCP)
def scp_syntax_error_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """Principal or NotPrincipal in an SCP."""
    for name in ("Principal", "NotPrincipal"):
        if statement.has(name):
            yield at_key(statement.key(name), f"an SCP has no {name}: it concerns everybody in its accounts")


def _is_full_access(statement: Statement) -> bool:
    """Whether it says what AWS's own RCPFullAWSAccess says: Allow everything, unconditionally."""
    stars = all(
        isinstance(each, Scalar) and each.text == "*" for each in (statement.get("Action"), statement.get("Resource"))
    )
    return statement.effect == "Allow" and stars and not statement.has("Condition")


@statement_check("RCP_SYNTAX_ERROR_ALLOW", _ERROR, facts="E61 E63", types=_RCP)
def rcp_syntax_error_allow(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An Allow in an RCP that is not AWS's RCPFullAWSAccess."""
    if statement.effect == "Allow" and not _is_full_access(statement):
        details = "a customer's RCP can only deny; RCPFullAWSAccess allows everything already"
        yield at_key(statement.key("Effect"), details)


@statement_check("RCP_SYNTAX_ERROR_PRINCIPAL", _ERROR, facts="E63", types=_RCP)
def rcp_syntax_error_principal(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A Principal of an RCP other than `"*"`, or NotPrincipal."""
    if statement.has("NotPrincipal"):
        yield at_key(statement.key("NotPrincipal"), "an RCP has no NotPrincipal")
    node = statement.get("Principal")
    if node is not None and not (isinstance(node, Scalar) and node.text == "*"):
        yield at(node, 'the Principal of an RCP is `"*"`')


@statement_check("RCP_SYNTAX_ERROR_NOTACTION", _ERROR, facts="E63", types=_RCP)
def rcp_syntax_error_notaction(_: Policy, statement: Statement) -> Iterator[Hit]:
    """NotAction in an RCP."""
    if statement.has("NotAction"):
        yield at_key(statement.key("NotAction"), "an RCP has no NotAction")


@statement_check("RCP_SYNTAX_ERROR_ACTION", _ERROR, facts="E63 E64", types=_RCP)
def rcp_syntax_error_action(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An action of a service that does not support RCPs, or a bare `*`.

    Unspecified: AWS does not say whether an unsupported prefix is rejected or ignored (E65, E270).
    """
    if _is_full_access(statement):
        return
    for action in statement.actions:
        if prefix_of(action.text) not in RCP_SERVICES:
            yield at(action, f"RCPs do not support {quoted(action.text)}")


def _tests_is_service(statement: Statement, value: str) -> bool:
    return any(
        condition.name == _IS_SERVICE and any(each.text.lower() == value for each in condition.values)
        for condition in statement.conditions
    )


@statement_check("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", _WARNING, facts="E68", types=_RCP)
def rcp_missing_related_principal_key(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A key about the principal without the test that keeps AWS services out of it."""
    if statement.effect == "Deny" and not _tests_is_service(statement, "false"):
        for condition in statement.conditions:
            if condition.name.startswith("aws:principal") and not can_carry(PrincipalKind.SERVICE, condition.name):
                details = f"requests of services lack {quoted(condition.key.text)}"
                yield at_key(condition.key, f"{details}: add BoolIfExists aws:PrincipalIsAWSService false")


@statement_check("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", _WARNING, facts="E68", types=_RCP)
def rcp_missing_related_service_key(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A key about a service's source without the test that limits it to services."""
    if statement.effect == "Deny" and not _tests_is_service(statement, "true"):
        for condition in statement.conditions:
            if condition.name in _SOURCE_KEYS and condition.negated:
                details = f"only requests of services carry {quoted(condition.key.text)}"
                yield at_key(condition.key, f"{details}: add Bool aws:PrincipalIsAWSService true")


@statement_check("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", _WARNING, facts="E68", types=_RCP)
def rcp_missing_null_check(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A key about a service's source without the test that the source is known."""
    nulls = {c.name for c in statement.conditions if c.operator_name.text.lower() == "null"}
    if statement.effect == "Deny" and not nulls & {"aws:sourceaccount", "aws:sourcearn"}:
        for condition in statement.conditions:
            if condition.name in _SOURCE_KEYS and condition.negated:
                details = f"some services do not send {quoted(condition.key.text)}: add Null aws:SourceAccount false"
                yield at_key(condition.key, details)


CHECKS: tuple[Check, ...] = (
    scp_syntax_error_principal,
    rcp_syntax_error_allow,
    rcp_syntax_error_principal,
    rcp_syntax_error_notaction,
    rcp_syntax_error_action,
    rcp_missing_related_principal_key,
    rcp_missing_related_service_key,
    rcp_missing_null_check,
)
"""The checks of this module."""
