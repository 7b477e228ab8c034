"""What the ARNs of an environment tell: which accounts, services and roles it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policygen.aws.arns import parse_arn
from policygen.evaluation.attached import PrincipalPolicies, ResourcePolicies


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the ARNs of an environment tell.

    Attributes:
        accounts: The accounts of principals and resources.
        services: The services of principals and resources.
        holds_objects: Whether an object in S3 is among the resources, not buckets alone.
        roles: Roles by account and name, whatever their paths.
    """

    accounts: frozenset[str]
    services: frozenset[str]
    holds_objects: bool
    roles: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, principals: Mapping[str, PrincipalPolicies], resources: Mapping[str, ResourcePolicies]) -> Names:
        """Return what the names of an environment's parts tell."""
        arns = [arn for name in (*principals, *resources) if (arn := parse_arn(name))]
        stated = frozenset(resource.account for resource in resources.values() if resource.account)
        roles: dict[tuple[str, str], str] = {}
        for name in principals:
            roles.setdefault(account_and_name(name), name)
        return cls(
            accounts=stated | frozenset(arn.account for arn in arns if arn.account),
            services=frozenset(arn.service for arn in arns),
            holds_objects=any(arn.service == "s3" and "/" in arn.resource for arn in arns),
            roles=roles,
        )


def account_and_name(arn: str) -> tuple[str, str]:
    """Return what tells one role from another: the ARN up to the account, and the name without its path."""
    head, _, rest = arn.partition(":role/")
    return head, rest.rpartition("/")[2]
