"""The kinds of policy that can be validated, and guessing which kind a document is."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeGuard

from policygen.aws.resource_types import ACCESS_POINT, BUCKET, KEY, SERVICE_OF_RESOURCE
from policygen.catalog.spelling import did_you_mean
from policygen.errors import ArgumentError, Problem
from policygen.source.nodes import Mapping, Node, Scalar, Sequence


class PolicyType(StrEnum):
    """What a document is judged as."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"
    SCP = "scp"
    RCP = "rcp"
    BOUNDARY = "boundary"
    SESSION = "session"
    VPC_ENDPOINT = "vpc-endpoint"
    REPLICATION_CONFIGURATION = "replication-configuration"
    SETTINGS = "settings"
    """Input of an AWS CLI call that is no policy: versioning, default encryption, a batch job … Never asked for."""


POLICY_TYPES = tuple(each.value for each in PolicyType if each is not PolicyType.SETTINGS)
"""The names of the policy types, as the command line takes them."""

REPLICATION = frozenset({PolicyType.REPLICATION_CONFIGURATION})
"""The one type with checks of its own that is no policy document."""

SETTINGS = frozenset({PolicyType.SETTINGS})
"""Documents without checks."""

POLICIES = frozenset(PolicyType) - REPLICATION - SETTINGS
"""Every type that is written in the policy language."""

IDENTITY_TYPES = frozenset({PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION})
"""Types that stand on a principal: no Principal element."""

IAM_TYPES = IDENTITY_TYPES | {PolicyType.TRUST}
"""Types that IAM itself stores or takes."""

WITH_FREE_SIDS = frozenset({PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT})
"""Types whose service sets the rules for Sids: any characters, and the same one twice (E127)."""

WITH_PRINCIPAL = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP, PolicyType.VPC_ENDPOINT})
"""Types whose statements name principals."""

_ACCESS_POINT_ARN = re.compile(r"arn:[^:]*:s3:[^:]+:[^:]+:accesspoint/")
TRUST_DOCUMENT = "AWS::IAM::AssumeRolePolicyDocument"
_OTHER_RESOURCES = (
    TRUST_DOCUMENT,
    *("AWS::CloudTrail::Channel", "AWS::CloudTrail::EventDataStore", "AWS::CodeBuild::Project", "AWS::Lex::Bot"),
    *("AWS::CodeBuild::ReportGroup", "AWS::MSK::Cluster", "AWS::MediaStore::Container", "AWS::SSM::Parameter"),
)
"""Other types with a policy, whose actions are not those of one service."""

KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+\Z", re.DOTALL)
"""The form of a KMS key's ARN, which neither a key id nor an alias has."""


def read_policy_type(value: object) -> PolicyType | None:
    """Return the policy type of a name; None for None.

    Raises:
        ArgumentError: PG-A002 for a name that is none of :data:`POLICY_TYPES`.
    """
    if value is None:
        return None
    if not isinstance(value, str) or value not in POLICY_TYPES:
        hint = f"use one of {', '.join(POLICY_TYPES)}"
        raise ArgumentError(Problem(code="PG-A002", message=f"`{value}` is not a policy type", hint=hint))
    return PolicyType(value)


def read_resource_type(value: object) -> str | None:
    """Return CloudFormation's name of a resource type as it is; None for None.

    Raises:
        ArgumentError: PG-A002 for one whose resources have no policy, or that does not exist.
    """
    known = (*SERVICE_OF_RESOURCE, *_OTHER_RESOURCES)
    if value is None or (isinstance(value, str) and value in known):
        return value
    types = f"the types with a policy of their own are {', '.join(sorted(known))}"
    hint = did_you_mean(str(value), known) or types
    message = f"`{value}` is not a resource type of CloudFormation that has a policy"
    raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))


def is_text(node: Node | None) -> TypeGuard[Scalar]:
    """Tell whether a node is a JSON text."""
    return isinstance(node, Scalar) and node.kind == "str"


def texts(node: Node | None) -> Iterator[Scalar]:
    """Yield the texts of an element that is a text or a list of texts; whatever else stands there is left out."""
    nodes = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
    yield from (each for each in nodes if is_text(each))


def statement_nodes(root: Mapping) -> tuple[Node, ...]:
    """Return what stands in Statement: one node, or those of the list."""
    node = root.get("Statement")
    return node.items if isinstance(node, Sequence) else (node,) if node is not None else ()


def guess_type(root: Mapping) -> PolicyType:
    """Return the policy type that a document looks like.

    Settings of a bucket and batch jobs are known by their members. Role and Rules make a replication configuration;
    Principal a resource-based policy; STS actions without Resource beside it a role trust policy; everything else is
    taken as an identity-based policy.
    """
    if root.get("Statement") is None and is_settings(root):
        return PolicyType.SETTINGS
    if root.get("Rules") is not None:
        return PolicyType.REPLICATION_CONFIGURATION
    statements = [each for each in statement_nodes(root) if isinstance(each, Mapping)]
    named = [each for each in statements if each.get("Principal") is not None or each.get("NotPrincipal") is not None]
    if not named:
        return PolicyType.IDENTITY
    actions = [action.text.lower() for each in named for action in texts(each.get("Action"))]
    with_resource = any(each.get("Resource") is not None or each.get("NotResource") is not None for each in named)
    trusting = bool(actions) and not with_resource and all(action.startswith("sts:") for action in actions)
    return PolicyType.TRUST if trusting else PolicyType.RESOURCE


_SETTINGS_MEMBERS = (
    frozenset({"Status"}),
    frozenset({"Status", "MFADelete"}),
    frozenset({"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}),
)
_SETTINGS_RULES = frozenset({"ApplyServerSideEncryptionByDefault", "BucketKeyEnabled", "ObjectOwnership"})
_JOB_MEMBERS = frozenset({"AccountId", "Operation", "RoleArn"})


def is_settings(root: Mapping) -> bool:
    """Tell whether a document is a setting of a bucket or a batch job, as the AWS CLI takes them: no policy."""
    members = frozenset(key.text for key, _ in root)
    if members in _SETTINGS_MEMBERS or members >= _JOB_MEMBERS:
        return True
    rules = root.get("Rules")
    first = rules.items[0] if isinstance(rules, Sequence) and rules.items else None
    names = frozenset(key.text for key, _ in first) if isinstance(first, Mapping) else frozenset()
    return members == {"Rules"} and bool(names & _SETTINGS_RULES)


def guess_resource_type(root: Mapping) -> str | None:
    """Return the resource type of a resource-based policy; None when nothing tells it.

    An access point and a bucket are told by their ARNs, a key by its actions, and a bucket by its actions, too.
    """
    statements = [each for each in statement_nodes(root) if isinstance(each, Mapping)]
    resources = [element.text for each in statements for element in texts(each.get("Resource"))]
    actions = [element.text.lower() for each in statements for element in texts(each.get("Action"))]
    if resources and all(_ACCESS_POINT_ARN.match(text) for text in resources):
        return ACCESS_POINT
    if any(":s3:::" in text for text in resources):
        return BUCKET
    services = {action.partition(":")[0] for action in actions}
    return {"kms": KEY, "s3": BUCKET}.get(services.pop()) if len(services) == 1 else None
