"""Guards of a bucket: reading them, and refusing those that keep out the people who must get in."""

from __future__ import annotations

from policygen.aws.arns import parse_arn
from policygen.fields.read import Entry
from policygen.spec.model import Bucket, BucketGrantee, Guards
from policygen.spec.scope import Scope

_ENDPOINTS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html"
_ORGANIZATIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"


def resolve_guards(entry: Entry, account: str, grantees: tuple[BucketGrantee, ...], scope: Scope) -> Guards:
    """Return the guards of one bucket.

    Args:
        entry: The block ``guards``.
        account: The bucket's account.
        grantees: The bucket's readers and writers.
        scope: The spec's names.
    """
    exempt = []
    for value in entry.items("except"):
        principal = scope.principal(value, account)
        if principal is None:
            continue
        if _stands_outside(principal, account) and principal not in {each.principal for each in grantees}:
            message = f"`{principal}` is in another account and no reader or writer: there is nothing to spare it from"
            scope.problem("PG-S027", message, value.place, "make it a reader or a writer, or take it away")
        exempt.append(principal)
    return Guards(
        organization=entry["organization"],
        vpc_endpoints=tuple(dict.fromkeys(entry["vpc_endpoints"])),
        exempt=tuple(dict.fromkeys(exempt)),
    )


def _stands_outside(principal: str, account: str) -> bool:
    arn = parse_arn(principal)
    return arn is not None and arn.account != account


def check_guards(entry: Entry, bucket: Bucket, organization: str | None, deployer: str | None, scope: Scope) -> None:
    """Refuse a guard without its organization, and one that locks out the bucket's administrators.

    A VPC endpoint guard denies everything that comes another way, the console included. Somebody of the bucket's
    account must be spared, else only its root user could take the policy away (E44).

    Fact: S32, S33, E44
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
    """
    guards, block = bucket.guards, entry["guards"]
    if guards.organization and organization is None:
        hint = "write `organization: {id: o-…}` at the top of the spec"
        message = "`guards.organization` needs the organization's id"
        scope.problem("PG-S027", message, block.at("organization"), hint, _ORGANIZATIONS)
    spared = (*guards.exempt, *([deployer] if deployer else []))
    if guards.vpc_endpoints and all(_stands_outside(each, bucket.account) for each in spared):
        message = f"the guard locks out the administrators of `{bucket.name}`: nobody gets in but through the endpoints"
        hint = "name who administers the bucket in `guards.except`, for example `role/Admin`"
        scope.problem("PG-S028", message, block.at("vpc_endpoints"), hint, _ENDPOINTS)
