"""What a spec gives to whom: what one place of it gives, no other place's checks call wrong.

A principal may be a reader of a bucket, a writer of it, and a user of its key. A request that must be denied because of
one of these is not asked where another one gives it. What a Deny must refuse (transport, guards, encryption headers) is
asked all the same: no grant outweighs it.

Fact: E1, E13, K2, K10, K10a, K19, R45
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from policygen.aws.arns import root_arn, via_service
from policygen.request import Request
from policygen.spec.kinds import KeyType
from policygen.spec.model import Batch, Bucket, Grantee, Key, Replication, Spec
from policygen.verification.requests.context import (
    CONTEXT,
    ENDPOINT,
    ORGANIZATION,
    SSE,
    SSE_KEY,
    TLS,
    TLS_VERSION,
    VIA,
    encryption_contexts,
    key_arn_of,
    source_context,
)
from policygen.verification.requests.model import DerivedRequest, Purpose
from policygen.verification.requests.others import assumed_roles, may_everything, other_bucket_arn
from policygen.verification.requests.routes import READING, WRITING, calls_for

_KEY_ADMINISTRATION = (
    *("kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*"),
    *("kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:ReplicateKey", "kms:UpdatePrimaryRegion"),
)
_KEY_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
GRANTING = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
FOR_AWS = "kms:GrantIsForAWSResource"
_OF_PEOPLE = (Purpose.READER, Purpose.WRITER, Purpose.KEY_USER)
_OF_DENIES = frozenset(f"Condition/{key}" for key in (TLS, TLS_VERSION, ENDPOINT, ORGANIZATION, SSE, SSE_KEY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Actions on resources in a context; ``*`` at the end of a text stands for whatever follows.

    ``context`` has the values of which a request must carry one, by key.
    """

    actions: tuple[str, ...]
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def covers(self, request: Request) -> bool:
        """Tell whether a request is one of those that are given."""
        return (
            any(_begins(action.lower(), request.action.lower()) for action in self.actions)
            and _begins(self.resource, request.resource)
            and all(self._carries(request, key, values) for key, values in self.context.items())
        )

    @staticmethod
    def _carries(request: Request, key: str, values: tuple[str, ...]) -> bool:
        found = request.context.get(key.lower())
        return found is not None and any(_begins(value, each) for value in values for each in found.values)


def _begins(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


class Given:
    """The rights of every principal that a spec names, by its ARN and by the bucket, key or role they are about."""

    def __init__(self, spec: Spec) -> None:
        """Collect what ``spec`` gives."""
        self._rights: dict[tuple[str, str], list[Right]] = {}
        self._actions: dict[str, set[str]] = {}
        self._unlimited = may_everything(spec)
        self._roles = frozenset(role.arn for role in assumed_roles(spec))
        for bucket in spec.buckets:
            for arn in (bucket.arn, other_bucket_arn(bucket)):
                self._add(root_arn(bucket.partition, bucket.account), Right(actions=("s3:*",), resource=f"{arn}*"))
            for grantees, actions in ((bucket.readers, ("s3:GetObject",)), (bucket.writers, ("s3:PutObject",))):
                for each in grantees:
                    for right in _of_objects(bucket, each, actions):
                        self._add(each.principal, right)
        for key in spec.keys:
            for principal, right in _of_key(key):
                self._add(principal, right)
        self._work: dict[tuple[str, bool], list[Right]] = {}
        for replication in spec.replication:
            self._work[replication.role.arn, False] = [*_of_replication(replication)]
            if replication.batch is not None:
                role = replication.batch.role
                self._work[role.arn, True] = [*_of_job(replication.source, replication.batch)]
                assume = Right(actions=("sts:AssumeRole",), resource=role.arn)
                self._add("batchoperations.s3.amazonaws.com", assume)

    def _add(self, principal: str, right: Right) -> None:
        self._rights.setdefault((principal, _owner(right.resource)), []).append(right)
        self._actions.setdefault(principal, set()).update(action.lower() for action in right.actions)

    def shadows(self, asked: DerivedRequest) -> bool:
        """Tell whether a request that one place of the spec wants denied is given by another.

        So are the requests of a role that S3 assumes where the spec makes it a reader, a writer or a user in another
        account: there its own policy had to allow them too (E36), and that has what S3 needs alone.
        """
        request = asked.request
        across = request.principal.account != request.resource_account
        if asked.purpose in _OF_PEOPLE and across and request.principal.role_arn in self._roles:
            return True
        if asked.must_allow or asked.wrong in _OF_DENIES:
            return False
        owner = _owner(request.resource)
        rights = [right for name in self._names(request) for right in self._rights.get((name, owner), ())]
        # what S3 needs with a role is no mistake of a reader, and a job's work none of the replication's
        of_jobs = asked.purpose.name.startswith("BATCH_")
        for batch in (True, False) if asked.purpose in _OF_PEOPLE else (not of_jobs,):
            rights += self._work.get((request.principal.role_arn or "", batch), ())
        return any(right.covers(request) for right in rights)

    def to_account_of(self, request: Request) -> bool:
        """Tell whether a request is given to the whole account of its caller."""
        caller = request.principal
        root = root_arn(caller.partition, caller.account or "")
        return any(right.covers(request) for right in self._rights.get((root, _owner(request.resource)), ()))

    def _names(self, request: Request) -> Iterator[str]:
        """Yield the names by which a caller is given something; an account's root stands for whom it lets do it all."""
        caller = request.principal
        yield caller.arn
        if caller.principal_arn is not None:
            yield caller.principal_arn
        if caller.account is not None and caller.principal_arn in self._unlimited:
            yield root_arn(caller.partition, caller.account)

    def actions_of(self, principals: Iterable[str]) -> frozenset[str]:
        """Return the actions, in lower case, that principals are given where a policy names them."""
        return frozenset().union(*(self._actions.get(name, ()) for name in principals))


def _owner(resource: str) -> str:
    """Return what a resource, or a pattern of objects, belongs to: an object to its bucket, all else to itself."""
    return resource.partition("/")[0].rstrip("*") if ":s3:::" in resource else resource


def _of_objects(bucket: Bucket, grantee: Grantee, actions: tuple[str, ...]) -> Iterator[Right]:
    """Yield what a reader or writer may do with objects, with the list of them, and with their key through S3."""
    reads, source = "s3:GetObject" in actions, _source(grantee)
    yield Right(actions=actions, resource=bucket.object_arn(f"{grantee.prefix}*"), context=source)
    if reads:
        listed = {"s3:prefix": (f"{grantee.prefix}*",)} if grantee.prefix else {}
        yield Right(actions=("s3:ListBucket",), resource=bucket.arn, context=listed | source)
    key = key_arn_of(bucket)
    if key is not None:
        contexts = encryption_contexts(bucket, f"{grantee.prefix}*")
        use = ("kms:Decrypt",) if reads else ("kms:GenerateDataKey", "kms:Decrypt")
        through_s3 = _through_s3(use, key, bucket, contexts)
        yield replace(through_s3, context=source) if grantee.is_service else through_s3


def _source(grantee: Grantee) -> dict[str, tuple[str, ...]]:
    """Return the source for which a service must act."""
    return {key: (value,) for key, value in source_context(grantee).items()}


def _of_key(key: Key) -> Iterator[tuple[str, Right]]:
    if key.type is KeyType.AWS_MANAGED:
        return
    for region, grantees in key.grantees:
        arn = key.arn(region)
        if key.enable_iam_policies:
            yield root_arn(key.partition, key.account), Right(actions=("kms:*",), resource=arn)
        for each in grantees.administrators:
            yield each, Right(actions=_KEY_ADMINISTRATION, resource=arn)
        for user in grantees.users:
            yield user.principal, Right(actions=_KEY_USE, resource=arn, context=_source(user))
            if not user.is_service:
                yield user.principal, Right(actions=GRANTING, resource=arn, context={FOR_AWS: ("true",)})


def _of_replication(replication: Replication) -> Iterator[Right]:
    """Yield what S3 does with the replication role, rule by rule."""
    source = replication.source
    yield Right(actions=("s3:GetReplicationConfiguration", "s3:ListBucket"), resource=source.arn)
    for rule in replication.applied_rules:
        destination, below = rule.destination, f"{rule.prefix}*"
        for bucket, possible in ((source, READING), (destination, WRITING)):
            called_for = tuple(each for each in possible if calls_for(rule, each, bucket, source))
            yield Right(actions=called_for, resource=bucket.object_arn(below))
        reading_keys = [(source, key, ("kms:Decrypt",)) for key in replication.source_keys]
        used = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
        for bucket, key, actions in (*reading_keys, (destination, rule.replica_key, used)):
            if key is not None:
                contexts = (bucket.arn, bucket.object_arn(below))
                yield _through_s3(actions, key.arn(bucket.region), bucket, contexts)


def _of_job(source: Bucket, batch: Batch) -> Iterator[Right]:
    """Yield what a batch job does: it starts replication, keeps its manifest, and writes its report."""
    manifest, report = batch.manifest_bucket, batch.report_bucket
    yield Right(actions=("s3:InitiateReplication",), resource=source.object_arn("*"))
    yield Right(actions=("s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"), resource=source.arn)
    keeping = ("s3:PutObject", "s3:GetObject", "s3:GetObjectVersion")
    yield Right(actions=keeping, resource=manifest.object_arn("*"))
    yield Right(actions=("s3:PutObject",), resource=report.object_arn(f"{batch.report_prefix}*"))
    for bucket in (manifest, report):
        key, contexts = key_arn_of(bucket), (bucket.arn, bucket.object_arn("*"))
        if key is not None:
            yield _through_s3(("kms:Decrypt", "kms:GenerateDataKey"), key, bucket, contexts)


def _through_s3(actions: tuple[str, ...], key: str, bucket: Bucket, contexts: tuple[str, ...]) -> Right:
    """Return the use of a key by S3 for a bucket."""
    context = {VIA: (via_service("s3", bucket.region),), CONTEXT: contexts}
    return Right(actions=actions, resource=key, context=context)
