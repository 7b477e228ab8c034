"""What S3 asks for when it replicates one object: derived from the spec, never from the documents.

One route is one enabled rule of one replication entry. The rows follow the requests that S3 makes with the
replication role; which rows there are depends on the spec's options.

Fact: R10, R17, R20, R21, R22, R23, R24, R25, R26, R28, R31, R38, R40, R41, R42, R44, R45, R46, R47, R48, R49, R50, R52
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import via_service
from policygen.errors import Severity
from policygen.request import Principal, PrincipalKind, Request
from policygen.spec.kinds import BucketKey, ContextMode, KeyType, Profile, SourceObjects, Sse
from policygen.spec.model import Bucket, Replication, Rule, Spec
from policygen.verification.probes import Probe, Step

SSE = "s3:x-amz-server-side-encryption"
SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"
CONTEXT = "kms:EncryptionContext:aws:s3:arn"
VIA = "kms:ViaService"
ENDPOINT = "aws:SourceVpce"
_KMS_KINDS = {SourceObjects.SSE_KMS: Sse.SSE_KMS, SourceObjects.DSSE_KMS: Sse.DSSE_KMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One enabled rule and all that S3 needs to know to follow it.

    Attributes:
        spec: The spec.
        replication: The entry.
        rule: The rule.
    """

    spec: Spec
    replication: Replication
    rule: Rule

    @property
    def name(self) -> str:
        """``entry/rule``, for ids."""
        return f"{self.replication.name}/{self.rule.id}"

    @property
    def source(self) -> Bucket:
        """The source bucket."""
        return self.replication.source

    @property
    def destination(self) -> Bucket:
        """The destination bucket."""
        return self.rule.destination

    @property
    def object_key(self) -> str:
        """The key of an object that the rule covers."""
        return f"{self.rule.prefix}example.txt"

    @property
    def caller(self) -> Principal:
        """The session in which S3 works (R14)."""
        role = self.replication.role
        arn = f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/s3-replication"
        return Principal(
            kind=PrincipalKind.ROLE_SESSION,
            arn=arn,
            partition=role.partition,
            account=role.account,
            role_arn=role.arn,
            session_name="s3-replication",
        )

    @property
    def source_key_arn(self) -> str | None:
        """ARN of the key that encrypts source objects; None when none is encrypted under KMS."""
        return key_arn_of(self.source) if self.replication.kms_sources else None

    @property
    def replica_key_arn(self) -> str | None:
        """ARN of the key that encrypts the replicas, in the destination's Region; None when none does."""
        key = self.rule.replica_key
        if not self.replication.kms_sources or key is None or key.type is KeyType.AWS_MANAGED:
            return None
        return key.arn(self.destination.region)

    @property
    def plaintext_key_arn(self) -> str | None:
        """ARN of the key under which unencrypted objects arrive: the destination's default (R41, R49); else None."""
        return key_arn_of(self.destination) if self.plaintext_into_kms else None

    @property
    def plaintext_into_kms(self) -> bool:
        """Whether unencrypted objects go to a bucket whose default encryption is under KMS (R41)."""
        unencrypted = SourceObjects.UNENCRYPTED in self.replication.source_objects
        return unencrypted and self.destination.encryption.sse is not Sse.SSE_S3

    @property
    def bucket_keys_possible(self) -> bool:
        """Whether a replica may have an S3 Bucket Key: it keeps the source object's setting (R49)."""
        sides = (self.source.encryption.bucket_key, self.destination.encryption.bucket_key)
        return SourceObjects.SSE_KMS in self.replication.source_objects and any(
            side is not BucketKey.OFF for side in sides
        )

    def contexts(self, bucket: Bucket) -> tuple[str, ...]:
        """Return the values of ``aws:s3:arn`` that S3 sends for one object on the side of ``bucket``.

        The object's ARN without a Bucket Key, the bucket's with one; both where the two sides differ or one of them
        holds objects of both kinds, and what the spec asks for besides. DSSE-KMS never uses Bucket Keys.
        """
        sides = {self.source.encryption.bucket_key, self.destination.encryption.bucket_key}
        whole, single = bucket.arn, bucket.object_arn(self.object_key)
        found: list[str] = []
        if SourceObjects.SSE_KMS in self.replication.source_objects:
            found.extend(
                [single] if sides == {BucketKey.OFF} else [whole] if sides == {BucketKey.ON} else [single, whole]
            )
            asked = self.replication.encryption_context
            found.extend([single] if asked in (ContextMode.OBJECT, ContextMode.BOTH) else [])
            found.extend([whole] if asked in (ContextMode.BUCKET, ContextMode.BOTH) else [])
        if SourceObjects.DSSE_KMS in self.replication.source_objects:
            found.append(single)
        return tuple(dict.fromkeys(found))

    def plaintext_contexts(self) -> tuple[str, ...]:
        """Return the contexts for unencrypted source objects: the destination's own Bucket Key setting counts (R49)."""
        whole, single = self.destination.arn, self.destination.object_arn(self.object_key)
        setting = self.destination.encryption.bucket_key
        dsse = self.destination.encryption.sse is Sse.DSSE_KMS
        if setting is BucketKey.OFF or dsse:
            return (single,)
        return (whole,) if setting is BucketKey.ON else (single, whole)


def key_arn_of(bucket: Bucket) -> str | None:
    """Return the ARN of the KMS key of a bucket's default encryption; None for SSE-S3 and the AWS managed key."""
    key = bucket.encryption.customer_key
    return key.arn(bucket.region) if key is not None else None


def routes_of(spec: Spec) -> tuple[Route, ...]:
    """Return every route of a spec: its enabled rules."""
    return tuple(
        Route(spec=spec, replication=replication, rule=rule)
        for replication in spec.replication
        for rule in replication.enabled_rules
    )


def base_context(spec: Spec) -> dict[str, Any]:
    """Return the context that every request of a principal of the spec's accounts carries."""
    context: dict[str, Any] = {"aws:SecureTransport": "true"}
    if spec.organization is not None:
        context["aws:PrincipalOrgID"] = spec.organization.id
    return context


def inside_context(spec: Spec, bucket: Bucket) -> dict[str, Any]:
    """Return the context of a request to ``bucket`` as its guards want it: through the first of its VPC endpoints."""
    endpoints = bucket.guards.vpc_endpoints
    return base_context(spec) | ({ENDPOINT: endpoints[0]} if endpoints else {})


def route_probes(route: Route) -> Iterator[Probe]:
    """Yield what must be allowed for one route."""
    yield assume_role(route)
    yield from _read_source(route)
    yield from _decrypt_source(route)
    yield from _write_replica(route)
    yield from _replica_key(route)


def _probe(route: Route, step: Step, action: str, bucket: Bucket, resource: str, **more: Any) -> Probe:
    """Return a probe of the replication role on one side of the route."""
    name, context = more.pop("name", action.partition(":")[2]), more.pop("context", {})
    request = Request(
        principal=route.caller,
        action=action,
        resource=resource,
        resource_account=more.pop("account", bucket.account),
        context=base_context(route.spec) | context,
    )
    return Probe(
        id=f"{route.name}/{name}",
        title=f"{step.value} ({action} on {_short(resource)})",
        step=step,
        must_allow=True,
        request=request,
        **more,
    )


def _short(arn: str) -> str:
    return arn.rpartition(":")[2]


def assume_role(route: Route) -> Probe:
    """Return the call with which S3 becomes the role; keys that the trust policy opts in to are supplied (R12)."""
    role = route.replication.role
    context: dict[str, Any] = {"aws:SecureTransport": "true"}
    if role.trust_source_account:
        context["aws:SourceAccount"] = route.source.account
    if role.trust_source_arn:
        context["aws:SourceArn"] = route.source.arn
    request = Request(
        principal="s3.amazonaws.com",
        action="sts:AssumeRole",
        resource=role.arn,
        resource_account=role.account,
        context=context,
    )
    return Probe(
        id=f"{route.replication.name}/AssumeRole",
        title=f"{Step.ASSUME_ROLE.value} ({role.name})",
        step=Step.ASSUME_ROLE,
        must_allow=True,
        request=request,
        facts=("R10", "R11"),
    )


def _read_source(route: Route) -> Iterator[Probe]:
    source = route.source
    for step, action in (
        (Step.READ_CONFIGURATION, "s3:GetReplicationConfiguration"),
        (Step.LIST_SOURCE, "s3:ListBucket"),
    ):
        yield _probe(route, step, action, source, source.arn, facts=("R20",))
    rows = [
        (Step.READ_OBJECT, "s3:GetObjectVersionForReplication", ("R21", "R35")),
        (Step.READ_ACL, "s3:GetObjectVersionAcl", ("R21",)),
    ]
    if route.rule.replicate_tags:
        rows.append((Step.READ_TAGS, "s3:GetObjectVersionTagging", ("R24", "R34")))
    if source.object_lock:
        rows.append((Step.READ_RETENTION, "s3:GetObjectRetention", ("R26",)))
        rows.append((Step.READ_LEGAL_HOLD, "s3:GetObjectLegalHold", ("R26",)))
    for step, action, facts in rows:
        yield _probe(route, step, action, source, source.object_arn(route.object_key), facts=facts)


def _decrypt_source(route: Route) -> Iterator[Probe]:
    key = route.source_key_arn
    if key is None:
        return
    for context in route.contexts(route.source):
        yield _probe(
            route,
            Step.DECRYPT_SOURCE,
            "kms:Decrypt",
            route.source,
            key,
            account=route.source.account,
            name=f"decrypt-source{_context_name(context, route.source)}",
            context=kms_context(route.source, context),
            facts=("R40", "R45", "R46", "R52", "M14"),
        )


def _context_name(context: str, bucket: Bucket) -> str:
    return "-bucket-key" if context == bucket.arn else ""


def kms_context(bucket: Bucket, context: str) -> dict[str, Any]:
    """Return what KMS is told when S3 calls it for ``bucket`` on the caller's behalf."""
    return {VIA: via_service("s3", bucket.region), CONTEXT: context}


def _write_replica(route: Route) -> Iterator[Probe]:
    destination, rule = route.destination, route.rule
    resource = destination.object_arn(route.object_key)
    for kind in route.replication.source_objects:
        yield _probe(
            route,
            Step.WRITE_REPLICA,
            "s3:ReplicateObject",
            destination,
            resource,
            name=f"ReplicateObject-{kind.value}",
            context=_replica_headers(route, kind),
            facts=("R22", "R38", "R84"),
        )
    if rule.replicate_tags:
        yield _probe(route, Step.WRITE_TAGS, "s3:ReplicateTags", destination, resource, facts=("R24",))
    if rule.owner_override:
        action = "s3:ObjectOwnerOverrideToBucketOwner"
        yield _probe(route, Step.OVERRIDE_OWNER, action, destination, resource, facts=("R25", "R36"))
    if rule.delete_markers:
        yield _probe(route, Step.WRITE_DELETE_MARKER, "s3:ReplicateDelete", destination, resource, facts=("R23",))


def _replica_headers(route: Route, kind: SourceObjects) -> dict[str, Any]:
    """Return the encryption headers of a replica: its type is the source's; the default counts for plaintext (R84)."""
    if kind is SourceObjects.SSE_C:
        return {SSE_C: "AES256"}
    sse = _KMS_KINDS.get(kind, Sse.SSE_S3)
    key = route.replica_key_arn if kind in _KMS_KINDS else None
    if kind is SourceObjects.UNENCRYPTED:
        sse, key = route.destination.encryption.sse, route.plaintext_key_arn
    return {SSE: sse.value} | ({SSE_KEY: key} if key else {})


def _replica_key(route: Route) -> Iterator[Probe]:
    """What S3 asks of the replica key; of the destination's default key, where plaintext arrives."""
    key, robust = route.replica_key_arn, route.replication.profile is Profile.ROBUST
    if key is not None:
        contexts, needed = route.contexts(route.destination), route.bucket_keys_possible
        for context in contexts:
            facts = ("R40", "R46", "R52")
            yield _kms(route, Step.ENCRYPT_REPLICA, "kms:Encrypt", "encrypt-replica", key, context, facts)
        yield from _decrypt_key(route, key, contexts if needed else (), Severity.ERROR)
        if robust:
            yield from _decrypt_key(route, key, contexts, Severity.WARNING)
            yield from _generate_data_key(route, key, contexts, Severity.WARNING)
    plaintext_key = route.plaintext_key_arn
    if plaintext_key is not None:
        contexts = route.plaintext_contexts()
        with_bucket_key = tuple(each for each in contexts if each == route.destination.arn)
        yield from _generate_data_key(route, plaintext_key, contexts, Severity.ERROR)
        yield from _decrypt_key(route, plaintext_key, with_bucket_key, Severity.ERROR)


def _decrypt_key(route: Route, key: str, contexts: tuple[str, ...], severity: Severity) -> Iterator[Probe]:
    for context in contexts:
        yield _kms(
            route,
            Step.DECRYPT_REPLICA_KEY,
            "kms:Decrypt",
            "decrypt-replica",
            key,
            context,
            ("R42", "R44"),
            severity=severity,
        )


def _generate_data_key(route: Route, key: str, contexts: tuple[str, ...], severity: Severity) -> Iterator[Probe]:
    for context in contexts:
        yield _kms(
            route,
            Step.GENERATE_DATA_KEY,
            "kms:GenerateDataKey",
            "generate-data-key",
            key,
            context,
            ("R41", "R44"),
            severity=severity,
        )


def _kms(
    route: Route,
    step: Step,
    action: str,
    name: str,
    key: str,
    context: str,
    facts: tuple[str, ...],
    severity: Severity = Severity.ERROR,
) -> Probe:
    return _probe(
        route,
        step,
        action,
        route.destination,
        key,
        name=f"{name}{_context_name(context, route.destination)}",
        context=kms_context(route.destination, context),
        severity=severity,
        facts=facts,
    )
