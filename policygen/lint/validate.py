"""Validating one document: find its type, run every check, put the findings in the text's order."""

from __future__ import annotations

import json
from collections.abc import Callable

from policygen.document import parse_policy
from policygen.errors import DocumentError, Place, SourceError
from policygen.evaluation.public_access import is_public_policy
from policygen.lint import conditions, elements, principals, replication, sizes, targets
from policygen.lint.findings import FileReport, Finding, Locator, learn_more
from policygen.lint.policy import Policy, texts
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping, Node, Scalar, Sequence, plain

POLICY_TYPES = (
    "identity",
    "resource",
    "trust",
    "scp",
    "rcp",
    "boundary",
    "session",
    "vpc-endpoint",
    "replication-configuration",
)
"""The policy types that can be validated."""

_WRAPPERS = ("Policy", "PolicyDocument", "AssumeRolePolicyDocument", "Document")

DOCUMENT_CHECKS: tuple[Callable[[Policy], None], ...] = (
    elements.check_document,
    elements.check_sids,
    sizes.check_size,
)
"""Checks of a whole document."""

STATEMENT_CHECKS: tuple[Callable[[Policy, Mapping], None], ...] = (
    elements.check_statement,
    principals.check_principals,
    targets.check_targets,
    conditions.check_conditions,
)
"""Checks of each statement."""


def validate_text(
    text: str, source: str, policy_type: str | None = None, resource_type: str | None = None
) -> FileReport:
    """Return what validation finds in a document.

    Args:
        text: JSON: a policy document, a replication configuration, or either inside what the AWS CLI prints.
        source: Its name.
        policy_type: One of :data:`POLICY_TYPES`; guessed when None.
        resource_type: For resource policies, CloudFormation's name of the resource type; guessed when None.
    """
    text = text.removeprefix("\ufeff")
    try:
        root = parse_json(text, source)
    except SourceError as error:
        return FileReport(file=source, policy_type=policy_type or "identity", findings=_syntax(error, text))
    inner = _unwrapped(root)
    if isinstance(inner, str):
        return validate_text(inner, source, policy_type, resource_type)
    if not isinstance(inner, Mapping):
        finding = _finding("DATA_TYPE_MISMATCH", "a policy document is a JSON object", inner.place, text)
        return FileReport(file=source, policy_type=policy_type or "identity", findings=(finding,))
    kind = policy_type or guess_type(inner)
    policy = Policy(inner, text, kind, resource_type or _guess_resource_type(inner, kind))
    if kind == "replication-configuration":
        replication.check_replication_configuration(policy)
    else:
        _check(policy)
    findings = sorted(policy.findings, key=lambda each: (each.line, each.column))
    return FileReport(file=source, policy_type=kind, findings=tuple(findings), public=_public(inner, kind))


def _check(policy: Policy) -> None:
    for check in DOCUMENT_CHECKS:
        check(policy)
    for statement in policy.statements():
        for check_statement in STATEMENT_CHECKS:
            check_statement(policy, statement)
        for name in ("Resource", "NotResource"):
            for element in texts(statement.get(name)):
                conditions.check_variables(policy, element)


def _syntax(error: SourceError, text: str) -> tuple[Finding, ...]:
    return tuple(_finding("JSON_SYNTAX_ERROR", each.message, each.place, text) for each in error.problems)


def _finding(code: str, details: str, place: Place, text: str) -> Finding:
    return Finding(
        finding_type="ERROR",
        issue_code=code,
        details=details,
        learn_more_link=learn_more("ERROR", code),
        pointer=place.pointer,
        line=place.line or 1,
        column=place.column or 1,
        locations=(Locator(text).location(place),),
    )


def _unwrapped(root: Node) -> Node | str:
    """Return the document inside what the AWS CLI prints; a policy given as a string comes back as its text."""
    if not isinstance(root, Mapping) or root.get("Statement") is not None:
        return root
    for outer in ("PolicyVersion", "Role"):
        child = root.get(outer)
        if isinstance(child, Mapping) and any(child.get(name) is not None for name in _WRAPPERS):
            return _unwrapped(child)
    for name in _WRAPPERS:
        child = root.get(name)
        if isinstance(child, Mapping):
            return child
        if isinstance(child, Scalar) and child.text.lstrip().startswith("{"):
            return child.text
    return root


def guess_type(root: Mapping) -> str:
    """Return the policy type that a document looks like."""
    if root.get("Rules") is not None or root.get("ReplicationConfiguration") is not None:
        return "replication-configuration"
    node = root.get("Statement")
    nodes = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
    statements = [each for each in nodes if isinstance(each, Mapping)]
    named = [each for each in statements if each.get("Principal") is not None or each.get("NotPrincipal") is not None]
    if not named:
        return "identity"
    actions = [element.text.lower() for each in named for element in texts(each.get("Action"))]
    without_resource = all(each.get("Resource") is None and each.get("NotResource") is None for each in named)
    trust = without_resource and actions and all(action.startswith("sts:") for action in actions)
    return "trust" if trust else "resource"


def _guess_resource_type(root: Mapping, kind: str) -> str | None:
    """A resource policy whose resources are buckets is a bucket policy; one that speaks of KMS alone a key policy."""
    if kind != "resource":
        return None
    node = root.get("Statement")
    nodes = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
    statements = [each for each in nodes if isinstance(each, Mapping)]
    resources = [element.text for each in statements for element in texts(each.get("Resource"))]
    actions = [element.text.lower() for each in statements for element in texts(each.get("Action"))]
    if any(":s3:::" in text for text in resources):
        return "AWS::S3::Bucket"
    if actions and all(action.startswith("kms:") for action in actions):
        return "AWS::KMS::Key"
    return None


def _public(root: Mapping, kind: str) -> bool | None:
    if kind != "resource":
        return None
    try:
        return is_public_policy(parse_policy(json.dumps(plain(root, typed=True)), "policy"))
    except DocumentError:
        return None
