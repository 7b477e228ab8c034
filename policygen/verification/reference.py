"""The reference: documents of the spec's own that failed requests are explained against, statement by statement.

They are what the spec generates, but where that fails itself.

Fact: R45, R46, F2, F3
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policygen.evaluation import Environment, MatchedStatement
from policygen.spec.kinds import BucketKey, ContextMode, SourceObjects
from policygen.spec.model import Replication, Spec
from policygen.verification.documents import Documents
from policygen.verification.environment import environment_of
from policygen.verification.statements import Written, statements_of

_FITS = {ContextMode.OBJECT: {BucketKey.OFF}, ContextMode.BUCKET: {BucketKey.ON}}
"""The Bucket Key settings of both sides under which S3 sends one encryption context alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Reference documents, and the environment that they make."""

    documents: Documents
    environment: Environment

    @classmethod
    def of(cls, spec: Spec, documents: Documents) -> Reference:
        """Return a spec's reference."""
        return cls(documents=documents, environment=environment_of(spec, documents))

    def statements(self, path: str) -> list[Written]:
        """Return the statements of one document; none where the spec generates none."""
        return statements_of(self.documents.policies.get(path))

    def statement(self, matched: MatchedStatement) -> Written:
        """Return a statement that matched a request."""
        return self.statements(matched.policy)[matched.index]


def reference_spec(spec: Spec) -> Spec | None:
    """Return the spec with both encryption contexts wherever the one that it asks for does not fit the buckets.

    None when it fits everywhere: then what the spec generates is the reference.
    """
    wanted = tuple(
        each if _fits(each) else replace(each, encryption_context=ContextMode.BOTH) for each in spec.replication
    )
    return None if wanted == spec.replication else replace(spec, replication=wanted)


def _fits(replication: Replication) -> bool:
    alone = _FITS.get(replication.encryption_context)
    if alone is None or SourceObjects.SSE_KMS not in replication.source_objects:
        return True
    buckets = (replication.source, *(rule.destination for rule in replication.applied_rules))
    return {bucket.encryption.bucket_key for bucket in buckets} == alone
