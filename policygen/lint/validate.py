"""Validating one document: find its type, run every check, put the findings in the text's order."""

import json
import re
from collections.abc import Iterator

from policygen.aws.resource_types import ACCESS_POINT, ACCESS_POINTS, BUCKET
from policygen.document import parse_policy, unresolved_function
from policygen.document.wrapped import unwrapped
from policygen.errors import DocumentError, Place, Problem, SourceError
from policygen.evaluation.public_access import NetworkOrigin, is_public_policy
from policygen.lint.check import Check, Hit
from policygen.lint.checks import load_checks
from policygen.lint.findings import Finding, FindingType, Location, Validation
from policygen.lint.locations import Locator
from policygen.lint.policy import Policy
from policygen.lint.policy_types import (
    TRUST_DOCUMENT,
    PolicyType,
    guess_resource_type,
    guess_type,
    is_settings,
    read_policy_type,
    read_resource_type,
)
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping, Node, Scalar, plain

_MEMBERS = ("Version", "Statement", "Role", "Rules")
_LISTED = re.compile(r"(?P<list>/Statement(/[0-9]+)?/.+)/[0-9]+\Z")
"""The pointer of a text in a list of a statement."""


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
    bare = text.removeprefix("\ufeff")
    resource_type = read_resource_type(resource_type)
    asked = _asked(policy_type, resource_type or (ACCESS_POINT if network_origin else None))
    root, problems = _parsed(bare, source)
    inner = unwrapped(root)
    origin = network_origin or _origin_beside(root)
    known = resource_type or (ACCESS_POINT if origin else None)
    if isinstance(inner, str):
        return validate_text(inner, source, policy_type, known, origin)
    locator = Locator(bare, root)
    if problems or not isinstance(inner, Mapping):
        empty = Mapping(entries=(), place=inner.place)
        instead = None if problems else inner
        strange = Policy(root=empty, text=bare, type=asked or PolicyType.IDENTITY, instead=instead, problems=problems)
        return _judged(strange, source, locator)
    kind = asked or guess_type(inner)
    by_looks = kind is PolicyType.RESOURCE and known is None
    policy = Policy(
        root=inner,
        text=bare if inner is root else locator.source_of(inner),
        before=text[: len(text) - len(text.lstrip("\ufeff \t\r\n"))] if inner is root else "",
        type=kind,
        resource_type=guess_resource_type(inner) if by_looks else known,
        by_looks=by_looks,
        functions=tuple(_functions(inner)) if inner.get("Statement") is not None else (),
    )
    return _judged(policy, source, locator, guessed=asked is None, public=_public(policy, origin))


def is_of_interest(name: str) -> bool:
    """Tell by its name whether a file of a folder is one that may hold policies."""
    return name.endswith((".json", ".yaml", ".yml", ".template"))


def holds_document(text: str) -> bool:
    """Tell whether a JSON text looks like something to validate, and no file of another tool; what is no JSON may."""
    root, problems = _parsed(text.removeprefix("\ufeff"), "")
    inner = unwrapped(root)
    if problems or isinstance(inner, str):
        return True
    return isinstance(inner, Mapping) and (any(map(inner.get, _MEMBERS)) or is_settings(inner))


def _parsed(text: str, source: str) -> tuple[Node, tuple[Problem, ...]]:
    """Return the tree of a text; an empty object, and why, for one that is not JSON."""
    try:
        return parse_json(text, source), ()
    except SourceError as error:
        return Mapping(entries=(), place=Place(source=source, line=1, column=1)), error.problems


def _functions(node: Node) -> Iterator[Problem]:
    """Yield a problem for each function of a template that stands for a value, such as ``Fn::Sub``."""
    if isinstance(node, Scalar):
        return
    name = node.entries[0][0].text if isinstance(node, Mapping) and len(node.entries) == 1 else ""
    function = unresolved_function(name, node.place)
    if function is not None:
        yield function
        return
    for child in [each for _, each in node] if isinstance(node, Mapping) else node.items:
        yield from _functions(child)


def _judged(
    policy: Policy, source: str, locator: Locator, *, guessed: bool = False, public: bool | None = None
) -> Validation:
    """Return what the checks of a document's policy type find in it.

    What is found of one text that stands twice in a list is one finding with two locations.
    """
    alike: dict[tuple[object, ...], list[tuple[Check, Hit, Location]]] = {}
    for check in load_checks():
        for hit in check.find(policy) if policy.type in check.types else ():
            location = locator.location(hit.place, as_key=hit.as_key, part=hit.part)
            holder = _LISTED.match(hit.place.pointer)
            where = (
                (holder["list"], locator.text_at(location)) if holder and not hit.as_key else (hit.place, hit.as_key)
            )
            alike.setdefault((check.code, hit.details, hit.part, *where), []).append((check, hit, location))
    findings = (
        Finding(
            findingType=FindingType.WARNING if hit.warning else check.finding_type,
            issueCode=check.code,
            findingDetails=hit.details,
            learnMoreLink=check.url,
            locations=tuple(location for _, _, location in group),
            place=hit.place,
        )
        for group in alike.values()
        for check, hit, _ in group[:1]
    )
    return Validation(
        file=source,
        policy_type=policy.type,
        findings=tuple(sorted(findings, key=lambda each: (each.place.line or 1, each.place.column or 1))),
        guessed=guessed,
        public=public,
        problems=policy.functions,
    )


def _asked(policy_type: str | None, resource_type: str | None) -> PolicyType | None:
    """Return the policy type that was asked for; a resource type alone asks for a resource-based policy.

    ValidatePolicy takes role trust policies as resource policies of the type AWS::IAM::AssumeRolePolicyDocument.
    """
    if resource_type == TRUST_DOCUMENT and policy_type in (None, PolicyType.RESOURCE):
        return PolicyType.TRUST
    return read_policy_type(policy_type) or (PolicyType.RESOURCE if resource_type else None)


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


def _public(policy: Policy, origin: NetworkOrigin | None) -> bool | None:
    point = policy.resource_type in ACCESS_POINTS
    if policy.type is not PolicyType.RESOURCE or not (point or policy.resource_type == BUCKET):
        return None
    try:
        document = parse_policy(json.dumps(plain(policy.root, typed=True)), "policy")
        return is_public_policy(document, access_point=point, network_origin=origin if point else None)
    except DocumentError:
        return None
