"""The paths of documents: made and taken apart in one place."""

import pytest

from policygen.generator import generate_bundle
from policygen.spec import paths
from policygen.spec.paths import DocumentKind
from tests.export.cases import TEXTS, spec_of


@pytest.mark.parametrize("name", TEXTS)
def test_paths_tell_what_stands_there(name):
    """The kind of every generated document, its account, and the role that it belongs to are read from its path."""
    spec = spec_of(name)
    roles = {(role.account, role.name): role for each in spec.replication for role in each.roles}
    found = dict(generate_bundle(spec))
    for bucket in spec.buckets:
        for kind in (DocumentKind.ENCRYPTION, DocumentKind.PUBLIC_ACCESS_BLOCK, DocumentKind.OWNERSHIP_CONTROLS):
            assert found.pop(paths.bucket_path(bucket, kind)).kind is kind
        for kind in (DocumentKind.VERSIONING, DocumentKind.ABAC):
            found.pop(paths.bucket_path(bucket, kind), None)
        found.pop(paths.bucket_path(bucket), None)
    for replication in spec.replication:
        assert found.pop(paths.configuration_path(replication)).kind is DocumentKind.REPLICATION_CONFIGURATION
        if replication.batch is not None:
            assert found.pop(paths.job_path(replication)).kind is DocumentKind.BATCH_JOB
        for role in replication.roles:
            for kind in (DocumentKind.TRUST_POLICY, DocumentKind.PERMISSIONS_POLICY):
                path = paths.role_path(role, kind)
                assert found.pop(path).kind is kind
                assert roles[paths.role_of(path)] == role
                assert paths.account_of(path) == role.account
    assert found.pop(paths.MANIFEST).kind is DocumentKind.MANIFEST
    assert {each.kind for each in found.values()} <= {DocumentKind.KEY_POLICY}
    assert set(found) <= {paths.key_path(key, region) for key in spec.keys for region in key.regions}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("111122223333/iam/replication/AdministratorAccess.json", DocumentKind.PERMISSIONS_POLICY),
        ("./111122223333/iam/replication/permissions-boundary.json", DocumentKind.PERMISSIONS_BOUNDARY),
        ("111122223333/iam/replication/encryption.json", DocumentKind.PERMISSIONS_POLICY),
        ("111122223333/s3/logs/trust-policy.json", None),
        ("111122223333/iam/trust-policy.json", None),
        ("elsewhere/bucket-policy.json", DocumentKind.BUCKET_POLICY),
        ("notes.json", None),
    ],
)
def test_what_a_path_stands_for(path, kind):
    """In a role's folder every file is a policy of the role; elsewhere the file's name alone counts."""
    assert paths.kind_of(path) is kind
