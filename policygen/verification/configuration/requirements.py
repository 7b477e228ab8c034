"""What replication does not work without beside the documents: prerequisites, actions required, what cannot be proved.

Fact: F11, F12, F14, F20, F21, F22, F23, F25, F26, R1, R3, R4, R5, R7, R12, R33, R57, R58, R80, R82, R83, R93, R94
Fact: K26, K27, E22, M1, M2, N1, N2, N10, S21, R66
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policygen.errors import Severity
from policygen.evaluation import Environment, EvalDecision
from policygen.spec.kinds import ExistingObjects, KeyState, KeyType, ObjectOwnership, SourceObjects, Versioning
from policygen.spec.model import Key, Replication, Role, Rule, Spec
from policygen.spec.paths import DocumentKind, bucket_path, key_path, role_path
from policygen.verification.checks import Check, CheckKind, configuration_check
from policygen.verification.documents import Documents
from policygen.verification.requests import Purpose, Route, routes_of
from policygen.verification.requests.context import called_context
from policygen.verification.requests.model import without_service
from policygen.verification.requests.replication import of_route
from policygen.verification.statements import statements_of


def prerequisite_checks(spec: Spec, documents: Documents) -> Iterator[Check]:
    """Yield a check for each prerequisite of each route; of a key what DescribeKey says counts, where it is there."""
    for route in routes_of(spec):
        yield from _buckets(route)
        yield from _keys(route, documents)


def _buckets(route: Route) -> Iterator[Check]:
    """Versioning on both sides (F14), Object Lock on both (F21), who owns the objects (R5)."""
    for side, bucket in (("source", route.source), ("destination", route.destination)):
        yield configuration_check(
            f"{route.name}/versioning-{side}",
            f"versioning is enabled on the {side} bucket `{bucket.name}`",
            bucket.versioning is Versioning.ENABLED,
            "F14",
            s3_failure_code="DstBucketUnversioned" if side == "destination" else None,
            document=bucket_path(bucket, DocumentKind.VERSIONING),
            element="Status",
            facts=("R1",),
        )
    if route.source.object_lock:
        yield configuration_check(
            f"{route.name}/object-lock",
            f"the destination `{route.destination.name}` has Object Lock, as the source has",
            route.destination.object_lock,
            "F21",
            s3_failure_code="DstBucketObjectLockConfigMissing",
            facts=("R3",),
        )
    if route.source.object_ownership is ObjectOwnership.OBJECT_WRITER:
        yield configuration_check(
            f"{route.name}/object-writer",
            "objects that other accounts own replicate only with READ and READ_ACP for the bucket owner",
            False,
            severity=Severity.WARNING,
            s3_failure_code="SrcGetAclNotPermitted",
            facts=("R5",),
        )
    yield from _destination(route)


def _destination(route: Route) -> Iterator[Check]:
    """The destination's payer (R4), and whether it blocks SSE-C (F25)."""
    if route.destination.requester_pays and route.destination.account != route.source.account:
        yield configuration_check(
            f"{route.name}/requester-pays",
            f"the destination `{route.destination.name}`, in another account, is not Requester Pays",
            False,
            stops=True,
            detail="S3 does not replicate into a Requester Pays bucket of another account",
            facts=("R4",),
        )
    if SourceObjects.SSE_C in route.replication.source_objects:
        yield configuration_check(
            f"{route.name}/sse-c",
            f"the destination `{route.destination.name}` does not block SSE-C",
            "sse-c" not in route.destination.blocked_encryption_types,
            "F25",
            document=bucket_path(route.destination, DocumentKind.ENCRYPTION),
            element="Rules/0/BlockedEncryptionTypes",
            facts=("R83",),
        )


def _keys(route: Route, documents: Documents) -> Iterator[Check]:
    """Both keys can be used (F12), and the replica key is no AWS managed key of another account (F11)."""
    if not route.replication.kms_sources:
        return
    if route.source.account != route.destination.account:
        keys = route.rule.replica_keys
        yield configuration_check(
            f"{route.name}/replica-key-of-customer",
            "replicas in another account are encrypted under a customer managed key, not the AWS managed key `aws/s3`",
            any(key.type is not KeyType.AWS_MANAGED for key in keys),
            "F11",
            detail="name a key of the destination's account as the rule's `replica_key`",
            facts=("R57", "K26"),
        )
    if route.rule.by_source_key:
        yield from _related_keys(route)
    sides = [("source", "source", route.source.encryption.key)]
    sides += [
        ("replica", f"replica-{key.name}" if number else "replica", key)
        for number, key in enumerate(route.rule.replica_keys)
    ]
    for side, name, key in sides:
        if key is not None:
            region = (route.source if side == "source" else route.destination).region
            path = key_path(key, region, DocumentKind.KEY_DESCRIPTION)
            yield from _usable(route, side, name, key, region, documents.settings.get(path), path)


def _usable(
    route: Route, side: str, name: str, key: Key, region: str, told: Mapping[str, Any] | None, path: str
) -> Iterator[Check]:
    """Yield checks that a key is enabled, and that S3 can encrypt under it, where anything says so.

    Fact: K27, N10, R66, S21, F12
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    told = told or {}
    document = path if told else None
    state = str(told.get("KeyState") or _API_STATES[key.state])
    number = f"-{key.name}" if name != side else ""
    yield configuration_check(
        f"{route.name}/{side}-key-enabled{number}",
        f"the {side} key `{key.name}` is enabled",
        state in _USABLE_STATES,
        "F12",
        s3_failure_code="DstKmsKeyInvalidState" if side == "replica" else "SrcKmsKeyInvalidState",
        document=document,
        element="KeyState" if document else None,
        detail=_enable(key, region, state, told),
        facts=("K27",),
    )
    wrong = [member for member, wanted in _SYMMETRIC.items() if told.get(member) not in (None, wanted)]
    if told:
        yield configuration_check(
            f"{route.name}/{side}-key-symmetric{number}",
            f"the {side} key `{key.name}` is a symmetric encryption key",
            not wrong,
            "F12",
            document=document,
            element=wrong[0] if wrong else None,
            detail=f"{_said(told, wrong)}: S3 cannot encrypt under it; name another key, its kind never changes",
            facts=("N10", "R66", "S21"),
        )


_API_STATES = {
    KeyState.ENABLED: "Enabled",
    KeyState.DISABLED: "Disabled",
    KeyState.PENDING_DELETION: "PendingDeletion",
}
_USABLE_STATES = ("Enabled", "Updating")
_SYMMETRIC = {"KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}


def _said(told: Mapping[str, Any], members: Iterable[str]) -> str:
    return "DescribeKey says " + ", ".join(f"{each} `{told.get(each)}`" for each in members)


def _related_keys(route: Route) -> Iterator[Check]:
    """Each key of the source has a related key where replicas are encrypted (F12): nothing else can take its place."""
    region, bucket = route.destination.region, route.source.encryption
    source = route.replication.source_keys
    for key in source or ((bucket.key,) if bucket.key is not None else ()):
        found = f"it is {key.type.in_words} key: create a multi-Region key, and encrypt the objects anew"
        if key.type is KeyType.MULTI_REGION:
            found = f"it exists in {', '.join(key.regions)} alone: replicate the primary key to {region}"
        yield configuration_check(
            f"{route.name}/related-key-{key.name}",
            f"the source key `{key.name}` is a multi-Region key with a related key in {region}, which replicas take",
            key in route.rule.replica_keys,
            "F12",
            detail=found,
            facts=("N1", "M1", "M2"),
        )
    if not source and bucket.key is None:
        yield configuration_check(
            f"{route.name}/related-key",
            "the keys of the source objects are multi-Region keys, whose related keys replicas take",
            False,
            "F12",
            detail="the spec names none: the AWS managed key `aws/s3` is a single-Region key",
            facts=("N1", "K26"),
        )


def _enable(key: Key, region: str, state: str, told: Mapping[str, Any]) -> str:
    """Return why a key cannot be used, and how it becomes usable where that is known."""
    name = key.arn(region)
    why = _said(told, ("KeyState",)) if told else f"the spec says that it is {key.state.value}"
    cancel = f"aws kms cancel-key-deletion --region {region} --key-id {name}; "
    enable = f"aws kms enable-key --region {region} --key-id {name}"
    ways = {"Disabled": enable, "PendingDeletion": cancel + enable}
    return f"{why}: {ways[state]}" if state in ways else why


_S3_KMS_CALLS_AN_OBJECT = 2
_LOCK_WRITES = (
    ("s3:PutObjectRetention", "DstPutRetentionNotPermitted"),
    ("s3:PutObjectLegalHold", "DstPutLegalHoldNotPermitted"),
)


def requirement_checks(spec: Spec, documents: Documents) -> Iterator[Check]:
    """Yield the actions required (never failed) and the warnings of a spec."""
    for replication in spec.replication:
        yield from _actions_required(spec, replication)
        yield from _trust_conditions(replication.name, replication.role, documents)
        for rule, other in replication.shadowed_rules:
            title = f"rule {rule.id} of {replication.name} applies to some object"
            detail = f"whatever it covers follows {other.id}, which has a higher priority and the same destination"
            name = f"{replication.name}/{rule.id}/applies"
            yield _note(name, title, passed=False, detail=f"{detail}; it gets no rights", facts=("R62",))
        for rule in replication.enabled_rules:
            if rule.covered.excludes:
                yield _left_out(replication, rule)
            if rule.replica_modifications:
                yield _modifications(spec, replication, rule)


def object_lock_checks(spec: Spec, environment: Environment) -> Iterator[Check]:
    """Yield a warning where a destination denies the role what Object Lock may need there.

    AWS's pages disagree: the permissions ask for nothing at the destination, two failure codes name the actions (R33).
    So nothing is granted, and only a Deny is told of.
    """
    for route in routes_of(spec):
        if not route.source.object_lock:
            continue
        resource = route.destination.object_arn(route.object_key)
        for action, code in _LOCK_WRITES:
            context = called_context(spec, resource, route.destination.account)
            asked = of_route(route, Purpose.WRITE_REPLICA, action, route.destination, resource, context=context)
            request = asked.request
            decision = environment.authorize(request)
            denied = decision.decision is EvalDecision.EXPLICIT_DENY
            first = decision.matched_statements[0] if denied else None
            yield _note(
                f"{route.name}/{without_service(action)}-not-denied",
                f"nothing denies the role {action} on {route.destination.name}, which locked objects may need",
                passed=not denied,
                request=request,
                decision=decision,
                cause="F21",
                s3_failure_code=code,
                document=first.policy if first else None,
                statement=first.label if first else None,
                facts=("R33",),
            )


def _note(id_: str, title: str, *, passed: bool = True, **more: Any) -> Check:
    return Check(id=id_, title=title, kind=CheckKind.CONFIGURATION, passed=passed, severity=Severity.WARNING, **more)


def _actions_required(spec: Spec, replication: Replication) -> Iterator[Check]:
    """Rights of who puts the configuration or creates the job (F22), what to copy (F20), a quota to compare (F26)."""
    source, batch = replication.source, replication.batch
    who = spec.deployer or "whoever calls PutBucketReplication"
    needs = f"s3:PutReplicationConfiguration on {source.arn} and iam:PassRole on {replication.role.arn}"
    rows = [("requirement/pass-role", f"{who} needs {needs}", "F22", "R7")]
    if batch is not None:
        needs = f"s3:CreateJob in {source.region} and iam:PassRole on {batch.role.arn}"
        rows.append(("requirement/create-job", f"whoever creates the batch job needs {needs}", "F22", "R93"))
    if replication.kms_sources and replication.requests_per_second is not None:
        calls = replication.requests_per_second * _S3_KMS_CALLS_AN_OBJECT
        title = f"replication makes about {calls:,} KMS requests a second: compare them with the KMS request quota"
        rows.append(("estimate/kms-requests", title, "F26", "R58"))
    if replication.existing_objects is ExistingObjects.COPY:
        title = (
            f"the existing objects of {source.name} replicate once they are copied onto themselves; whoever copies "
            "them reads and writes there, with kms:Decrypt and kms:GenerateDataKey on their keys"
        )
        rows.append(("requirement/copy", title, "F20", "R80"))
    for name, title, cause, fact in rows:
        yield _note(f"{replication.name}/{name}", title, cause=cause, facts=(fact,))


def _trust_conditions(name: str, role: Role, documents: Documents) -> Iterator[Check]:
    if role.trust_source_account or role.trust_source_arn:
        title = (
            "AWS does not say that S3 sends aws:SourceAccount or aws:SourceArn when it assumes the role: if it does "
            "not, nothing replicates"
        )
        path = role_path(role, DocumentKind.TRUST_POLICY)
        written = next((each for each in statements_of(documents.policies.get(path)) if each.get("Condition")), {})
        yield _note(
            f"{name}/trust-condition",
            title,
            passed=False,
            cause="F23",
            document=path,
            statement=written.get("Sid", "#0"),
            element="Condition",
            facts=("R12",),
        )


def _left_out(replication: Replication, rule: Rule) -> Check:
    """What a rule leaves out, the configuration does: no condition key of IAM could say it (N2)."""
    title = (
        f"rule {rule.id} leaves out {rule.covered.left_out()} in the configuration alone: policies have no word for it,"
        f" so the role may read and write those objects too"
    )
    return _note(f"{replication.name}/{rule.id}/leaves-out", title, told=True, facts=("N2", "R104"))


def _modifications(spec: Spec, replication: Replication, rule: Rule) -> Check:
    """Replica modification sync works only where both buckets have it (R82)."""
    back = any(
        other.source == rule.destination and each.destination == replication.source and each.replica_modifications
        for other in spec.replication
        for each in other.enabled_rules
    )
    source, destination = replication.source.name, rule.destination.name
    return _note(
        f"{replication.name}/{rule.id}/modifications-back",
        f"changes of replicas' metadata reach {source} only if {destination} replicates back with it too",
        passed=back,
        detail=None if back else "the spec has no such rule: add a replication entry for the way back",
        facts=("R30", "R82"),
    )
