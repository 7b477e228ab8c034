"""The roles that S3 assumes: under which path they stand, what bounds them, and what else the spec gives them.

Fact: F17, F18, E22, E36, R7, R15, R20
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.errors import Severity
from policygen.spec.kinds import KeyType
from policygen.spec.model import Role, Spec
from policygen.spec.paths import DocumentKind, bucket_path, key_path, role_path
from policygen.verification.checks import Check, configuration_check
from policygen.verification.documents import Documents, RoleAnswer
from policygen.verification.requests.others import assumed_roles
from policygen.verification.statements import wants_and_has


def role_checks(spec: Spec, documents: Documents) -> Iterator[Check]:
    """Yield what get-role shows of each role of S3, its boundary, and a warning where it has another part as well."""
    for role in assumed_roles(spec):
        answer = documents.roles.get((role.account, role.name))
        if answer is not None:
            yield from _as_it_is(role, answer)
        yield from _boundary(role, answer, documents)
    yield from _other_parts(spec)


def _as_it_is(role: Role, answer: RoleAnswer) -> Iterator[Check]:
    """The role's real path (R15), and its real boundary."""
    yield configuration_check(
        f"{role_path(role, DocumentKind.TRUST_POLICY)}/path",
        f"the role `{role.name}` stands under the path `{role.path}`",
        answer.arn in (None, role.arn),
        "F17",
        document=answer.document,
        element="Role/Arn",
        detail=f"it is `{answer.arn}`: write that path into the spec, whose role is judged here as `{role.arn}`",
        facts=("R15",),
    )
    want, have = role.permissions_boundary, answer.permissions_boundary
    if role.permissions_boundary is not None:
        yield configuration_check(
            f"{role_path(role, DocumentKind.PERMISSIONS_BOUNDARY)}/attached",
            f"the permissions boundary of the role `{role.name}` is the spec's",
            want == have,
            document=answer.document,
            element="Role/PermissionsBoundary/PermissionsBoundaryArn",
            detail=wants_and_has(want, have),
            facts=("E22",),
        )


def _boundary(role: Role, answer: RoleAnswer | None, documents: Documents) -> Iterator[Check]:
    """A boundary that is there, and whose document nobody saved, may stop everything."""
    path = role_path(role, DocumentKind.PERMISSIONS_BOUNDARY)
    boundary = (answer.permissions_boundary if answer is not None else None) or role.permissions_boundary
    if boundary is not None and path not in documents.policies:
        yield configuration_check(
            path,
            f"the permissions boundary {boundary} lets the role `{role.name}` do its work",
            False,
            severity=Severity.WARNING,
            document=path,
            detail="its document is not known: save it there and verify with --documents",
            facts=("E22",),
        )


def _other_parts(spec: Spec) -> Iterator[Check]:
    """Yield a warning for each role of S3 that the spec makes a reader, a writer or a user as well.

    Whoever may pass the role to a service gets what it may: it should have what S3 needs alone (R7, R20).
    """
    roles = {role.arn: role for role in assumed_roles(spec)}
    for place, path, account, principal in _named(spec):
        role = roles.get(principal)
        if role is None:
            continue
        what = "more than replication needs: whoever may pass it to a service gets that too"
        if role.account != account:
            what = "nothing: in another account its own policy would have to allow it too, and has what S3 needs alone"
        yield configuration_check(
            f"{place}/role-of-s3/{role.name}",
            f"the role `{role.name}`, which S3 assumes, is not among `{place.replace('/', '.')}`",
            False,
            severity=Severity.WARNING,
            detail=f"the spec gives it {what}; make another role the reader, writer or user",
            document=path,
            facts=("R7", "R20", "E36"),
        )


def _named(spec: Spec) -> Iterator[tuple[str, str, str, str]]:
    """Yield the field, the document, the account and the principal of everybody whom buckets and keys name."""
    for bucket in spec.buckets:
        for name, grantees in (("readers", bucket.readers), ("writers", bucket.writers)):
            for principal in dict.fromkeys(each.principal for each in grantees):
                yield f"{bucket.entry}/{name}", bucket_path(bucket), bucket.account, principal
    for key in spec.keys:
        for region, grants in key.grantees if key.type is not KeyType.AWS_MANAGED else ():
            users = [each.principal for each in grants.users]
            for name, principals in (("administrators", grants.administrators), ("users", users)):
                for principal in principals:
                    yield f"{key.name}@{region}/{name}", key_path(key, region), key.account, principal
