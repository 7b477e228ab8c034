"""Which requests a policy is asked about: its role's, or those on its role, bucket or key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from policygen.spec.model import Spec
from policygen.spec.paths import DocumentKind, bucket_path, key_path, kind_of, role_of
from policygen.verification.requests import DerivedRequest
from policygen.verification.requests.others import assumed_roles


def concern_of(spec: Spec, requests: Sequence[DerivedRequest]) -> Callable[[str], Sequence[DerivedRequest]]:
    """Return what tells by a policy's path which requests AWS would consult it for; all of them for an unknown path."""
    made: dict[str, list[DerivedRequest]] = defaultdict(list)
    asked: dict[str, list[DerivedRequest]] = defaultdict(list)
    for each in requests:
        resource = each.request.resource
        asked[resource.partition("/")[0] if ":s3:::" in resource else resource].append(each)
        made[each.request.principal.role_arn or ""].append(each)
    roles = {(role.account, role.name): role.arn for role in assumed_roles(spec)}
    owners = {bucket_path(bucket): bucket.arn for bucket in spec.buckets}
    for key in spec.keys:
        for region in key.regions:
            kinds = (DocumentKind.KEY_POLICY, DocumentKind.KEY_POLICY_OF_RAM)
            owners |= {key_path(key, region, kind): key.arn(region) for kind in kinds}

    def concerned(path: str) -> Sequence[DerivedRequest]:
        role = role_of(path)
        if role is not None and kind_of(path) is not DocumentKind.TRUST_POLICY:
            return made[roles.get(role, "nobody")]
        owner = owners.get(path) if role is None else roles.get(role)
        return asked[owner] if owner is not None else requests

    return concerned
