"""Validating one document: find its type, run every check, put the findings in the text's order."""

from __future__ import annotations

import json
from collections.abc import Iterator

from policygen.catalog import load_catalog
from policygen.document import parse_policy
from policygen.document.wrapped import unwrapped
from policygen.errors import DocumentError, Place, SourceError
from policygen.evaluation.public_access import NetworkOrigin, is_public_policy
from policygen.lint.check import Check, Hit
from policygen.lint.findings import Finding, FindingType, Validation, learn_more
from policygen.lint.locations import Locator
from policygen.lint.policy import read_policy
from policygen.lint.policy_types import (
    ACCESS_POINT,
    ACCESS_POINTS,
    TRUST_DOCUMENT,
    PolicyType,
    guess_resource_type,
    guess_type,
    read_policy_type,
    read_resource_type,
)
from policygen.lint.registry import CHECKS
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping, Node, Scalar, plain


def validate_text(
    text: str,
    source: str,
    policy_type: str | None = None,
    resource_type: str | None = None,
    network_origin: NetworkOrigin | None = None,
) -> Validation:
    """Return what validation finds in a document.

    Args:
        text: JSON: a policy document, a replication configuration, or either inside what the AWS CLI prints.
        source: Its name.
        policy_type: One of :data:`policygen.lint.POLICY_TYPES`; guessed when None.
        resource_type: For resource policies, CloudFormation's name of the resource type; guessed when None.
        network_origin: For the policy of an access point, where it takes requests from; when None, what stands beside
            the policy (``NetworkOrigin``, ``VpcConfiguration``) tells it.

    Raises:
        ArgumentError: PG-A002 for a policy type or resource type that is none.
    """
    text = text.removeprefix("\ufeff")
    resource_type = read_resource_type(resource_type)
    asked = _asked(policy_type, resource_type or (ACCESS_POINT if network_origin else None))
    try:
        root = parse_json(text, source)
    except SourceError as error:
        findings = tuple(_syntax(each.message, each.place, Locator(text)) for each in error.problems)
        return Validation(file=source, policy_type=asked or PolicyType.IDENTITY, findings=findings)
    inner = unwrapped(root)
    origin = network_origin or _origin_beside(root)
    known = resource_type or (ACCESS_POINT if origin else None)
    if isinstance(inner, str):
        return validate_text(inner, source, policy_type, known, origin)
    locator = Locator(text, root)
    if not isinstance(inner, Mapping):
        hit = Hit(node=inner, details="a policy document is a JSON object")
        finding = _finding("DATA_TYPE_MISMATCH", FindingType.ERROR, None, hit, locator)
        return Validation(file=source, policy_type=asked or PolicyType.IDENTITY, findings=(finding,))
    kind = asked or guess_type(inner)
    if kind is PolicyType.RESOURCE:
        known = known or guess_resource_type(inner)
    own_text = text if inner is root else locator.source_of(inner)
    return Validation(
        file=source,
        policy_type=kind,
        findings=tuple(sorted(_run(inner, kind, known, own_text, locator), key=_position)),
        guessed=asked is None,
        public=_public(inner, kind, known, origin),
    )


def _asked(policy_type: str | None, resource_type: str | None) -> PolicyType | None:
    """Return the policy type that was asked for; a resource type alone asks for a resource-based policy.

    ValidatePolicy takes role trust policies as resource policies of the type AWS::IAM::AssumeRolePolicyDocument.
    """
    if resource_type == TRUST_DOCUMENT and policy_type in (None, PolicyType.RESOURCE):
        return PolicyType.TRUST
    return read_policy_type(policy_type) or (PolicyType.RESOURCE if resource_type else None)


def _position(finding: Finding) -> tuple[int, int]:
    return finding.place.line or 1, finding.place.column or 1


def _run(root: Mapping, kind: PolicyType, resource_type: str | None, text: str, locator: Locator) -> Iterator[Finding]:
    policy = read_policy(root, text=text, policy_type=kind, resource_type=resource_type, catalog=load_catalog())
    for check in CHECKS:
        if kind in check.types:
            for hit in check.find(policy):
                yield _found(check, hit, locator)


def _found(check: Check, hit: Hit, locator: Locator) -> Finding:
    return _finding(check.code, hit.finding_type or check.finding_type, check.url, hit, locator)


def _finding(code: str, finding_type: FindingType, url: str | None, hit: Hit, locator: Locator) -> Finding:
    place = hit.node.place
    return Finding(
        findingType=finding_type,
        issueCode=code,
        findingDetails=hit.details,
        learnMoreLink=url or learn_more(finding_type, code),
        locations=(locator.location(place, as_key=hit.as_key, part=hit.part),),
        place=place,
    )


def _syntax(message: str, place: Place, locator: Locator) -> Finding:
    code = "JSON_SYNTAX_ERROR"
    return Finding(
        findingType=FindingType.ERROR,
        issueCode=code,
        findingDetails=message,
        learnMoreLink=learn_more(FindingType.ERROR, code),
        locations=(locator.location(place),),
        place=place,
    )


def _origin_beside(root: Node) -> NetworkOrigin | None:
    """Return an access point's network origin as CloudFormation and AWS's API write it beside the policy.

    Fact: E108
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if not isinstance(root, Mapping) or root.get("Policy") is None:
        return None
    if root.get("VpcConfiguration") is not None:
        return NetworkOrigin.VPC
    written = root.get("NetworkOrigin")
    names = {each.value: each for each in NetworkOrigin}
    return names.get(written.text) if isinstance(written, Scalar) else None


def _public(root: Mapping, kind: PolicyType, resource_type: str | None, origin: NetworkOrigin | None) -> bool | None:
    if kind is not PolicyType.RESOURCE:
        return None
    try:
        document = parse_policy(json.dumps(plain(root, typed=True)), "policy")
    except DocumentError:
        return None
    if resource_type not in ACCESS_POINTS:
        return is_public_policy(document)
    return is_public_policy(document, access_point=True, network_origin=origin)
