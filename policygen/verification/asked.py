"""What a spec asks for, as policies: one for each document.

Their Allows are all that may be given, their Denies all that must be refused. Nothing here knows the generator: both
say on their own what a spec means.

Fact: E1, K2, R20, R40
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygen.document import PolicyDocument, parse_policy
from policygen.document.write import thaw
from policygen.spec.kinds import KeyType
from policygen.spec.model import Bucket, Key, Role, Spec
from policygen.spec.paths import DocumentKind, bucket_path, key_path, role_path
from policygen.verification.guards import guards_of
from policygen.verification.requests.grants import Grant
from policygen.verification.requests.others import assumed_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a spec asks of one policy, or of all identity-based policies of one role.

    Attributes:
        kind: Which document it is.
        path: The path of the document; of a role's policies, where the generated one stands.
        policy: The Allows of all that may be given, and the Denies of all that must be refused.
        grants: What the first statements give, in their order.
        guards: The places of the guards' statements behind them; a spec's own statements stand last.
        owner: What the policy stands on: a bucket, key or role.
        region: The key's Region.
    """

    kind: DocumentKind
    path: str
    policy: PolicyDocument
    grants: tuple[Grant, ...]
    guards: range
    owner: Bucket | Key | Role
    region: str = ""

    def place_of(self, grant: Grant) -> int | None:
        """Return which statement gives what one request stands for; None where it is not among them."""
        return next((number for number, each in enumerate(self.grants) if each.includes(grant)), None)


def asked_of(spec: Spec, grants: Sequence[Grant]) -> Iterator[Asked]:
    """Yield what a spec asks of each policy of its buckets, keys and roles."""
    by_owner: dict[str, list[Grant]] = {}
    by_principal: dict[str, list[Grant]] = {}
    for each in grants:
        by_owner.setdefault(each.of, []).append(each)
        by_principal.setdefault(each.principal, []).append(each)
    for bucket in spec.buckets:
        guards = list(guards_of(spec, bucket))
        path, further = bucket_path(bucket), bucket.statements
        yield _asked(DocumentKind.BUCKET_POLICY, path, by_owner.get(bucket.arn, []), further, bucket, guards=guards)
    for key in spec.keys:
        for region in key.regions if key.type is not KeyType.AWS_MANAGED else ():
            given = by_owner.get(key.arn(region), [])
            yield _asked(DocumentKind.KEY_POLICY, key_path(key, region), given, key.statements, key, region)
    of_roles = {each.role.arn: each.role.statements for each in spec.replication}
    for role in assumed_roles(spec):
        trust = role_path(role, DocumentKind.TRUST_POLICY)
        yield _asked(DocumentKind.TRUST_POLICY, trust, by_owner.get(role.arn, []), (), role)
        own = by_principal.get(role.arn, [])
        yield _asked(DocumentKind.PERMISSIONS_POLICY, role_path(role), own, of_roles.get(role.arn, ()), role)


def _asked(
    kind: DocumentKind,
    path: str,
    grants: Sequence[Grant],
    own: Sequence[Mapping[str, Any]],
    owner: Bucket | Key | Role,
    region: str = "",
    guards: Sequence[Mapping[str, Any]] = (),
) -> Asked:
    statements = [*(each.statement(kind) for each in grants), *guards, *own]
    written = {"Version": "2012-10-17", "Statement": statements}
    policy = parse_policy(json.dumps(thaw(written)), "what the spec asks for")
    places = range(len(grants), len(grants) + len(guards))
    return Asked(kind=kind, path=path, policy=policy, grants=tuple(grants), guards=places, owner=owner, region=region)
