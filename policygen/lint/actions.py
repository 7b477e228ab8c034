"""Checks of Action and NotAction.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policygen.lint.check import ALL_ACTIONS, Check, Hit, at, check, how_sure, nearest, shown, statement_check
from policygen.lint.findings import FindingType
from policygen.lint.policy import Policy, Statement
from policygen.lint.policy_types import BUCKET, KEY, PolicyType
from policygen.matching.actions import compile_action
from policygen.source.nodes import Scalar

_MOST_GUESSES = 500
"""Of more unknown actions in one document nobody is told what was probably meant: looking takes too long."""

_ACTION = re.compile(r"([A-Za-z0-9-]+|\*):[A-Za-z0-9_*?-]+\Z")

SERVICE_OF_RESOURCE = {
    BUCKET: "s3",
    "AWS::S3::AccessPoint": "s3",
    "AWS::S3::MultiRegionAccessPoint": "s3",
    "AWS::S3ObjectLambda::AccessPoint": "s3-object-lambda",
    KEY: "kms",
    "AWS::SQS::Queue": "sqs",
    "AWS::SNS::Topic": "sns",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::ECR::Repository": "ecr",
    "AWS::DynamoDB::Table": "dynamodb",
}
"""The one service whose actions and ARNs the policy of a resource may name."""


def all_actions(statement: Statement) -> tuple[Scalar, ...]:
    """Return the texts of Action and NotAction."""
    return statement.actions + statement.not_actions


def prefix_of(action: str) -> str:
    """Return the service prefix of an action in lower case; the text itself when it has none."""
    return action.partition(":")[0].lower()


def covers(statement: Statement, action: str) -> bool:
    """Tell whether Action and NotAction of a statement cover an action, given in lower case."""
    if statement.not_actions and not statement.actions:
        return not any(compile_action(each.text)(action) for each in statement.not_actions)
    return any(compile_action(each.text)(action) for each in statement.actions)


@statement_check("INVALID_ACTION", FindingType.ERROR, facts="E162 E163")
def invalid_action(_: Policy, statement: Statement) -> Iterator[Hit]:
    """An action that is not `service:Name`."""
    for action in all_actions(statement):
        if "${" not in action.text and action.text != "*" and not _ACTION.match(action.text):
            yield at(action, f"{shown(action.text)} is no action: they look like `s3:GetObject`")


def _retired(policy: Policy, action: str) -> str:
    return "; older references list it" if policy.catalog.is_retired(action) else ""


@check("INVALID_SERVICE_IN_ACTION", FindingType.ERROR, facts="E162")
def invalid_service_in_action(policy: Policy) -> Iterator[Hit]:
    """An action of a service that does not exist; a WARNING where it may be retired, or newer than the catalogue."""
    services = policy.catalog.services
    for action in (each for statement in policy.statements for each in all_actions(statement)):
        prefix = prefix_of(action.text)
        if not _ACTION.match(action.text) or prefix == "*" or prefix in services:
            continue
        near, retired = nearest(prefix, services), _retired(policy, action.text)
        hint = f": did you mean `{near}`?" if near and not retired else retired
        weight = FindingType.WARNING if retired or not near else None
        yield Hit(node=action, details=f"there is no service {shown(prefix)}{hint}", finding_type=weight)


@check("INVALID_ACTION", FindingType.ERROR, facts="E162 E164")
def unknown_action(policy: Policy) -> Iterator[Hit]:
    """An action that its service does not have; a WARNING where it may be retired, or newer than the catalogue."""
    unknown = 0
    for action in (each for statement in policy.statements for each in all_actions(statement)):
        prefix, _, name = action.text.partition(":")
        service = policy.catalog.service(prefix)
        if service is None or not service.actions or not _ACTION.match(action.text):
            continue
        matches = compile_action(name)
        if any(matches(known) for known in service.actions):
            continue
        unknown += 1
        names = [each.name.partition(":")[2] for each in service.actions.values()] if unknown <= _MOST_GUESSES else []
        near, typo = nearest(name, names), nearest(name, names, typo=True)
        retired = _retired(policy, action.text)
        hint = f": did you mean `{prefix}:{near}`?" if near and not retired else retired
        weight = FindingType.WARNING if retired else None if typo else how_sure(prefix.lower(), ALL_ACTIONS)
        yield Hit(
            node=action, details=f"{shown(action.text)} is no action of {prefix.lower()}{hint}", finding_type=weight
        )


@statement_check("VARIABLE_UNSUPPORTED_IN_ELEMENT", FindingType.ERROR, facts="E155 E174")
def variable_unsupported_in_element(_: Policy, statement: Statement) -> Iterator[Hit]:
    """A policy variable outside Resource and Condition."""
    principals = (each.value for each in statement.principals)
    sid = (statement.sid,) if statement.sid is not None else ()
    for element in (*sid, *principals, *all_actions(statement)):
        start = element.text.find("${")
        if start >= 0:
            end = element.text.find("}", start)
            length = (end + 1 if end >= 0 else len(element.text)) - start
            details = "policy variables work in Resource and Condition only"
            yield Hit(node=element, details=details, part=(start, length))


@check("UNSUPPORTED_ACTION_IN_POLICY", FindingType.ERROR, facts="S11 E149")
def unsupported_action_in_policy(policy: Policy) -> Iterator[Hit]:
    """An action of another service than that of the resource that the policy stands on."""
    is_trust = policy.type is PolicyType.TRUST
    service = "sts" if is_trust else SERVICE_OF_RESOURCE.get(policy.resource_type or "")
    if service is None or (policy.type is not PolicyType.RESOURCE and not is_trust):
        return
    for action in (each for statement in policy.statements for each in all_actions(statement)):
        prefix = prefix_of(action.text)
        if not _ACTION.match(action.text) or prefix in ("*", service):
            continue
        where = "a role trust policy" if is_trust else f"the policy of a resource of {service}"
        hint = ": write it into the key policy" if prefix == "kms" else ""
        yield at(action, f"{shown(action.text)} has no place in {where}{hint}")


CHECKS: tuple[Check, ...] = (
    invalid_action,
    invalid_service_in_action,
    unknown_action,
    variable_unsupported_in_element,
    unsupported_action_in_policy,
)
"""The checks of this module."""
