"""Checks of Action and NotAction.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

import re
from collections.abc import Iterator

from policygen.aws.resource_types import SERVICE_OF_RESOURCE
from policygen.catalog.operations import ACTION_OF_OPERATION
from policygen.catalog.spelling import did_you_mean, hinted, mistyped, shown
from policygen.lint.check import Hit, at, check
from policygen.lint.findings import ERROR, WARNING
from policygen.lint.policy import Policy, prefix_of
from policygen.lint.policy_types import PolicyType
from policygen.matching.actions import compile_action
from policygen.source.nodes import Scalar

_MOST_GUESSES = 500
"""Of more unknown actions in one document nobody is told what was probably meant: looking takes too long."""

_WITHOUT_EFFECT = "aws-mcp"
_MCP = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
_CAMEL_CASE = re.compile(r"[A-Z*?][A-Za-z0-9*?]*\Z")
_VERB = re.compile("[A-Z][a-z]+")
_VERSION = re.compile(r"V?\d+\Z")
_RETIRED = "; older references list it"
_ACTION = re.compile(r"([A-Za-z0-9-]+|\*):[A-Za-z0-9_*?-]+\Z")


def _whole(policy: Policy) -> Iterator[tuple[Scalar, str]]:
    """Yield the actions that are `service:Name`, each with its service prefix in lower case."""
    yield from ((each, prefix_of(each.text)) for each in policy.actions if _ACTION.match(each.text))


@check("INVALID_ACTION", ERROR, facts="E162 E163 E164")
def invalid_action(policy: Policy) -> Iterator[Hit]:
    """An action that does not exist; a WARNING where it may be retired, or newer than the catalogue.

    An operation of S3's API that is no action is a WARNING where IAM saves it: S3 refuses it in a bucket policy.
    """
    for action in policy.actions:
        if "${" not in action.text and action.text != "*" and not _ACTION.match(action.text):
            yield at(action, f"{shown(action.text)} is not an action: actions look like `s3:GetObject`")
    unknown = 0
    for action, prefix in _whole(policy):
        service = policy.catalog.service(prefix)
        name = action.text.partition(":")[2]
        if service is None or not service.actions or any(map(compile_action(name), service.actions)):
            continue
        unknown += 1
        names = [each.name.partition(":")[2] for each in service.actions.values()] if unknown <= _MOST_GUESSES else []
        retired = policy.catalog.is_retired(action.text)
        allowing = ACTION_OF_OPERATION.get(action.text.lower())
        refused = allowing is not None and policy.type is PolicyType.RESOURCE
        # an operation on several at once, such as DeleteMessageBatch, has the action of one
        sure = refused or not _CAMEL_CASE.match(name) or _is_slip(name.removesuffix("Batch"), names)
        near = "" if retired else did_you_mean(name, names, prefix=action.text[: len(prefix) + 1])
        near = f"what allows this operation is `{allowing}`" if allowing else near
        details = f"{shown(action.text)} is not an action of {prefix}{_RETIRED if retired else ''}"
        age = "" if retired or sure or allowing else f"; {policy.catalog.age}"
        yield at(action, hinted(details, near) + age, warning=retired or not sure)


def _is_slip(name: str, names: list[str]) -> bool:
    """Tell whether a name is a misspelt action, and not a new one: another version, or another verb for the same."""
    meant = mistyped(name, names)
    verbs = {verb.group() for each in names if (verb := _VERB.match(each))}
    verb = _VERB.match(name)
    is_new = meant is None or (name != meant and _VERSION.sub("", name) == _VERSION.sub("", meant))
    return not is_new and (verb is None or verb.group() in (meant or "") or verb.group() not in verbs)


@check("INVALID_SERVICE_IN_ACTION", ERROR, facts="E162")
def invalid_service_in_action(policy: Policy) -> Iterator[Hit]:
    """An action of a service that does not exist; a WARNING where it may be retired, or newer than the catalogue."""
    services = policy.catalog.services
    for action, prefix in _whole(policy):
        if prefix not in ("*", _WITHOUT_EFFECT) and prefix not in services:
            retired = policy.catalog.is_retired(action.text)
            near = "" if retired else did_you_mean(prefix, services) or policy.catalog.age
            details = f"there is no service {shown(prefix)}{_RETIRED if retired else ''}"
            yield at(action, hinted(details, near), warning=not near.startswith("did you mean"))


@check("ACTION_WITHOUT_EFFECT", WARNING, facts="E286", url=_MCP)
def action_without_effect(policy: Policy) -> Iterator[Hit]:
    """An action of AWS's MCP servers, which no request is asked for any more."""
    for action, prefix in _whole(policy):
        if prefix == _WITHOUT_EFFECT:
            yield at(action, f"{shown(action.text)} no longer has any effect: test aws:ViaAWSMCPService in a condition")


@check(
    "UNSUPPORTED_ACTION_IN_POLICY", ERROR, facts="S11 E149", types=frozenset({PolicyType.RESOURCE, PolicyType.TRUST})
)
def unsupported_action_in_policy(policy: Policy) -> Iterator[Hit]:
    """An action of another service than that of the resource that the policy stands on."""
    is_trust = policy.type is PolicyType.TRUST
    service = "sts" if is_trust else SERVICE_OF_RESOURCE.get(policy.resource_type or "")
    where = "a role trust policy" if is_trust else f"the policy of a resource of {service}"
    for action, prefix in _whole(policy):
        if service is not None and prefix not in ("*", service):
            hint = ": write it into the key policy" if prefix == "kms" else ""
            yield at(action, f"{shown(action.text)} has no place in {where}{hint}")
