"""The policies in a Terraform plan, before and after: what ``terraform show -json`` prints of one.

Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policygen.document import PolicyDocument, parse_policy
from policygen.errors import DocumentError, Place, Problem
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_ATTRIBUTES = {
    "aws_iam_policy": ("policy", "identity"),
    "aws_iam_role": ("assume_role_policy", "trust"),
    "aws_iam_role_policy": ("policy", "identity"),
    "aws_iam_user_policy": ("policy", "identity"),
    "aws_iam_group_policy": ("policy", "identity"),
    "aws_ssoadmin_permission_set_inline_policy": ("inline_policy", "identity"),
    "aws_organizations_policy": ("content", "scp"),
    "aws_kms_key": ("policy", "key"),
    "aws_kms_key_policy": ("policy", "key"),
    "aws_vpc_endpoint": ("policy", "vpc-endpoint"),
    "aws_vpc_endpoint_policy": ("policy", "vpc-endpoint"),
    "aws_opensearch_domain_policy": ("access_policies", "resource"),
    "aws_cloudwatch_log_resource_policy": ("policy_document", "resource"),
    **dict.fromkeys(
        """
        aws_s3_bucket aws_s3_bucket_policy aws_s3_access_point aws_s3control_access_point_policy
        aws_s3control_bucket_policy aws_sns_topic aws_sns_topic_policy aws_sqs_queue
        aws_sqs_queue_policy aws_ecr_repository_policy aws_ecr_registry_policy aws_secretsmanager_secret
        aws_secretsmanager_secret_policy aws_dynamodb_resource_policy aws_backup_vault_policy
        aws_efs_file_system_policy aws_cloudwatch_event_bus_policy aws_glue_resource_policy
        aws_kinesis_resource_policy aws_api_gateway_rest_api_policy
        """.split(),
        ("policy", "resource"),
    ),
}
"""The attribute of a resource that holds a policy, and the policy's type."""

_OF_ORGANIZATIONS = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPolicy:
    """A policy that a plan speaks of.

    Attributes:
        address: Where it stands: the resource's address; of a role's inline policies with the name behind it.
        policy_type: ``identity``, ``resource``, ``key``, ``trust``, ``scp``, ``rcp`` or ``vpc-endpoint``.
        before: The policy as it is; None where there is none.
        after: As it will be; None where there will be none, or it is unknown.
        is_unknown: Whether what it will be is known only once the plan is applied.
    """

    address: str
    policy_type: str
    before: PolicyDocument | None = None
    after: PolicyDocument | None = None
    is_unknown: bool = False


def is_plan(root: Node) -> bool:
    """Tell whether a JSON text is a Terraform plan."""
    return isinstance(root, Mapping) and isinstance(root.get("resource_changes"), Sequence)


def planned_policies(root: Node) -> list[PlannedPolicy]:
    """Return the policies in a plan.

    Raises:
        DocumentError: A policy in it is none; every problem at once.
    """
    changes = root.get("resource_changes") if isinstance(root, Mapping) else None
    reader = _Reader()
    found = [
        each for change in (changes.items if isinstance(changes, Sequence) else ()) for each in reader.read(change)
    ]
    if reader.problems:
        raise DocumentError(*reader.problems)
    return found


class _Reader:
    """Reads changes of resources, collecting problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, resource: Node) -> Iterator[PlannedPolicy]:
        """Yield the policies of one resource."""
        kind, address = _text(resource, "type"), _text(resource, "address")
        change = _member(resource, "change")
        if kind not in _ATTRIBUTES or change is None or _text(resource, "mode") == "data":
            return
        name, policy_type = _ATTRIBUTES[kind]
        before, after, unknown = (_member(change, each) for each in ("before", "after", "after_unknown"))
        if kind == "aws_organizations_policy":
            of = _text(after, "type") or _text(before, "type") or "SERVICE_CONTROL_POLICY"
            if of not in _OF_ORGANIZATIONS:
                return
            policy_type = _OF_ORGANIZATIONS[of]
        yield from self._pair(address, policy_type, _member(before, name), _member(after, name), _member(unknown, name))
        if kind == "aws_iam_role":
            yield from self._inline(address, before, after, unknown)

    def _inline(self, address: str, *sides: Node | None) -> Iterator[PlannedPolicy]:
        """Yield a role's inline policies, which are told apart by name."""
        lists = [_member(each, "inline_policy") for each in sides]
        if _is_true(lists[2]):
            yield from self._pair(f"{address}.inline_policy", "identity", None, None, lists[2])
            return
        blocks = [list(each.items) if isinstance(each, Sequence) else [] for each in lists]
        before, after = ({_text(each, "name"): each for each in some} for some in blocks[:2])
        places = {_text(each, "name"): at for at, each in enumerate(blocks[1])}
        for name in dict.fromkeys((*before, *after)):
            at = places.get(name, len(blocks[2]))
            unknown = _member(blocks[2][at], "policy") if at < len(blocks[2]) else None
            pair = (_member(before.get(name), "policy"), _member(after.get(name), "policy"))
            yield from self._pair(f"{address}.inline_policy.{name}", "identity", *pair, unknown)

    def _pair(
        self, address: str, policy_type: str, before: Node | None, after: Node | None, unknown: Node | None
    ) -> Iterator[PlannedPolicy]:
        old, new = self._policy(address, before), self._policy(address, after)
        if old or new or _is_true(unknown):
            yield PlannedPolicy(
                address=address, policy_type=policy_type, before=old, after=new, is_unknown=_is_true(unknown)
            )

    def _policy(self, address: str, value: Node | None) -> PolicyDocument | None:
        if not isinstance(value, Scalar) or not value.text.strip():
            return None
        try:
            return parse_policy(value.text, address)
        except DocumentError as error:
            place = value.place
            self.problems += [
                each.at(Place(source=place.source, pointer=each.place.pointer, line=place.line, column=place.column))
                for each in error.problems
            ]
            return None


def _member(node: Node | None, name: str) -> Node | None:
    return node.get(name) if isinstance(node, Mapping) else None


def _text(node: Node | None, name: str) -> str:
    found = _member(node, name)
    return found.text if isinstance(found, Scalar) else ""


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text == "true"
