"""Principals and resources that stand in no spec, and those of the spec that have a part in every derivation.

They exist so that "another principal", "another bucket" and "another key" are refused by the documents under
verification, and not because nothing is known of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from string import ascii_lowercase, digits

from policygen.aws.arns import parse_arn
from policygen.request import Principal, PrincipalKind
from policygen.spec.covered import Covered
from policygen.spec.model import Bucket, Role, Spec

_LETTERS = (*ascii_lowercase, *digits, *map(chr, range(0xC0, 0xD800)))

STRANGER_ACCOUNT = "999988887777"
"""An account that stands in no spec; its principals may do everything that their own account can allow."""

ADMINISTRATION = "s3:GetBucketVersioning"
"""What stands for the work of principals that guards spare."""


EXAMPLE = "example.txt"
MANIFEST, REPORT = "job-1/manifest.csv", "job-1/report.json"
"""Objects that requests name: each stands for every object with the same beginning."""


def example_below(covered: Covered) -> str:
    """Return the key of an object that a rule covers: where it leaves out the example, one whose name begins otherwise.

    Each excluded prefix leaves out at most one of them, since a rule never leaves out all of its objects.
    """
    names = chain((EXAMPLE,), (f"{letter}{EXAMPLE[1:]}" for letter in _LETTERS))
    return next(key for name in names if not covered.leaves_out(key := f"{covered.prefix}{name}"))


def without_example(text: str) -> str | None:
    """Return what stands before the name of an object that stands for others; None where no such name is."""
    tail = next((each[1:] for each in (EXAMPLE, MANIFEST, REPORT) if text.endswith(each[1:])), None)
    return text[: -len(tail) - 1] if tail is not None else None


def stranger_arn(spec: Spec) -> str:
    """Return a user of an account outside the spec, who may do everything that an identity-based policy can allow."""
    used = {account for _, account in spec.accounts}
    candidates = (str(int(STRANGER_ACCOUNT) - number) for number in range(len(used) + 1))
    account = next(each for each in candidates if each not in used)
    return f"arn:{spec.partition}:iam::{account}:user/stranger"


def role_without_policies_arn(partition: str, account: str) -> str:
    """Return a role of an account of the spec that has no policies of its own."""
    return f"arn:{partition}:iam::{account}:role/policygen-no-policies"


def insider_arn(partition: str, account: str) -> str:
    """Return a role of an account of the spec to which its account allows everything."""
    return f"arn:{partition}:iam::{account}:role/policygen-insider"


def grantees(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield (account of the resource, principal ARN) of everybody whom a bucket or key of the spec names.

    Services of AWS have no policies, and are left out.
    """
    for bucket in spec.buckets:
        named = (*bucket.readers, *bucket.writers)
        yield from ((bucket.account, each.principal) for each in named if not each.is_service)
    for key in spec.keys:
        for _, grants in key.grantees:
            users = (each.principal for each in grants.users if not each.is_service)
            yield from ((key.account, principal) for principal in (*grants.administrators, *users))


def may_everything(spec: Spec) -> frozenset[str]:
    """Return the principals who may do everything that their own account can allow.

    The stranger and the insiders, and whom the spec names in another account than its own: the roles of S3 aside, which
    have the documents' policies.
    """
    found = {stranger_arn(spec), *(insider_arn(spec.partition, account) for _, account in spec.accounts)}
    for account, principal in grantees(spec):
        arn = parse_arn(principal)
        if arn is not None and arn.account != account:
            found.add(principal)
    return frozenset(found - {role.arn for role in assumed_roles(spec)})


def other_bucket_arn(bucket: Bucket) -> str:
    """Return a bucket of the same account that is not the spec's; its name begins with the spec bucket's."""
    return f"{bucket.arn}-other"


def other_key_arn(key: str) -> str:
    """Return a key of the same account and Region as the key with the ARN ``key`` that is not the spec's."""
    return key.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"


def assumed_roles(spec: Spec) -> tuple[Role, ...]:
    """Return the roles that S3 assumes: each replication's, and its batch job's."""
    batches = (replication.batch for replication in spec.replication)
    jobs = (batch.role for batch in batches if batch is not None)
    return tuple(dict.fromkeys((*(each.role for each in spec.replication), *jobs)))


def session_of(role: Role, name: str) -> Principal:
    """Return the session ``name`` of a role: who makes the requests once it is assumed (R14)."""
    return Principal(
        kind=PrincipalKind.ROLE_SESSION,
        arn=f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{name}",
        partition=role.partition,
        account=role.account,
        role_arn=role.arn,
        session_name=name,
    )


def exempt_insiders(spec: Spec, bucket: Bucket) -> tuple[str, ...]:
    """Return the principals of a bucket's own account that its guards spare: exempt ones, and the deployer.

    The roles of S3 have rights of their own, and are asked about those alone.
    """
    guards = bucket.guards
    if not guards.organization and not guards.vpc_endpoints:
        return ()
    roles = {role.arn for role in assumed_roles(spec)}
    sources = {replication.source.entry for replication in spec.replication}
    deployer = [spec.deployer] if spec.deployer and guards.vpc_endpoints and bucket.entry in sources else []
    listed = (
        parse_arn(principal) for principal in dict.fromkeys((*guards.exempt, *deployer)) if principal not in roles
    )
    return tuple(str(arn) for arn in listed if arn is not None and arn.account == bucket.account)
