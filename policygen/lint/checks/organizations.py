"""Checks of service control policies and resource control policies.

SCPs have had the whole policy language since 2025-09, wildcards anywhere in an action too (N17, E57): AWS's check
SCP_SYNTAX_ERROR_ACTION_WILDCARD (E161, E253) has nothing left to find.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
"""

from collections.abc import Iterator

from policygen.catalog.spelling import shown
from policygen.evaluation.services.organizations import RCP_SERVICES
from policygen.lint.check import Hit, at, at_key, statement_check
from policygen.lint.findings import ERROR, WARNING
from policygen.lint.policy import Condition, Statement, prefix_of
from policygen.lint.policy_types import PolicyType
from policygen.request.condition_keys import SOURCE_KEYS, can_carry
from policygen.request.principal import PrincipalKind
from policygen.source.nodes import Node, Scalar

_RCP = frozenset({PolicyType.RCP})
_SOURCE_KEYS = tuple(name.lower() for name in SOURCE_KEYS)


def _is_star(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text == "*"


def _is_full_access(statement: Statement) -> bool:
    """Whether it says what AWS's own RCPFullAWSAccess says: Allow everything, unconditionally."""
    everything = _is_star(statement.get("Action")) and _is_star(statement.get("Resource"))
    return statement.allows and everything and not statement.elements("Condition")


@statement_check("RCP_SYNTAX_ERROR_ALLOW", ERROR, facts="E61 E63", types=_RCP)
def rcp_syntax_error_allow(statement: Statement) -> Iterator[Hit]:
    """An Allow in an RCP that is not AWS's RCPFullAWSAccess."""
    if statement.allows and not _is_full_access(statement):
        for key, _ in statement.elements("Effect"):
            yield at_key(key, "a customer's RCP can only deny; RCPFullAWSAccess allows everything already")


@statement_check("RCP_SYNTAX_ERROR_PRINCIPAL", ERROR, facts="E63", types=_RCP)
def rcp_syntax_error_principal(statement: Statement) -> Iterator[Hit]:
    """A Principal of an RCP other than `"*"`, or NotPrincipal."""
    for key, _ in statement.elements("NotPrincipal"):
        yield at_key(key, "an RCP has no NotPrincipal")
    for _, node in statement.elements("Principal"):
        if not _is_star(node):
            yield at(node, 'the Principal of an RCP is `"*"`')


@statement_check("RCP_SYNTAX_ERROR_ACTION", ERROR, facts="E63 E64", types=_RCP)
def rcp_syntax_error_action(statement: Statement) -> Iterator[Hit]:
    """An action of a service that does not support RCPs, or a bare `*`.

    Unspecified: AWS does not say whether an unsupported prefix is rejected or ignored (E65, E270).
    """
    for action in statement.actions if not _is_full_access(statement) else ():
        if prefix_of(action.text) not in RCP_SERVICES:
            yield at(action, f"RCPs do not support {shown(action.text)}")


def _tests_is_service(statement: Statement, value: str) -> bool:
    return any(
        condition.name == "aws:principalisawsservice" and any(each.text.lower() == value for each in condition.values)
        for condition in statement.conditions
    )


@statement_check("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", WARNING, facts="E68", types=_RCP)
def rcp_missing_related_principal_condition_key(statement: Statement) -> Iterator[Hit]:
    """A key about the principal without the test that keeps AWS services out of it."""
    if statement.denies and not _tests_is_service(statement, "false"):
        for condition in statement.conditions:
            if condition.name.startswith("aws:principal") and not can_carry(PrincipalKind.SERVICE, condition.name):
                details = f"requests of services lack {shown(condition.key.text)}"
                yield at_key(condition.key, f"{details}: add BoolIfExists aws:PrincipalIsAWSService false")


def _source_limits(statement: Statement) -> list[Condition]:
    """Return the conditions of a Deny that exempt a service's source."""
    conditions = statement.conditions if statement.denies else ()
    return [each for each in conditions if each.name in _SOURCE_KEYS and each.negated]


@statement_check("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", WARNING, facts="E68", types=_RCP)
def rcp_missing_related_service_principal_condition_key(statement: Statement) -> Iterator[Hit]:
    """A key about a service's source without the test that limits it to services."""
    for condition in _source_limits(statement) if not _tests_is_service(statement, "true") else ():
        details = f"only requests of services carry {shown(condition.key.text)}"
        yield at_key(condition.key, f"{details}: add Bool aws:PrincipalIsAWSService true")


@statement_check("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", WARNING, facts="E68", types=_RCP)
def rcp_missing_service_condition_key_null_check(statement: Statement) -> Iterator[Hit]:
    """A key about a service's source without the test that the source is known."""
    nulls = {each.name for each in statement.conditions if each.operator_name.text.lower() == "null"}
    for condition in _source_limits(statement) if not nulls & {"aws:sourceaccount", "aws:sourcearn"} else ():
        details = f"some services do not send {shown(condition.key.text)}"
        yield at_key(condition.key, f"{details}: add Null aws:SourceAccount false")
