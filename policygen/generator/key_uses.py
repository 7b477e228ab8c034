"""Which KMS actions somebody needs on which key, through S3 and in which encryption context.

One :class:`KeyUse` becomes one statement: in the policy of the role, in the key policy, or in both.

Fact: R40, R41, R42, R44, R45, R46, R48, R49, R50, R51, R52, R57, K2, K3, K4
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policygen.aws.arns import via_service
from policygen.generator.statements import Json, allow, by_statement, sid, source_condition, together, widest
from policygen.spec.kinds import BucketKey, ContextMode, KeyType, Profile, SourceObjects, Sse
from policygen.spec.model import Bucket, Grantee, Key, Replication, Rule, Spec

DECRYPT = "kms:Decrypt"
ENCRYPT = "kms:Encrypt"
GENERATE = "kms:GenerateDataKey"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """The use of one key through S3, in the bucket's Region: ``sid`` is that of the statement in the role's policy.

    ``contexts`` are values of ``kms:EncryptionContext:aws:s3:arn``. A service has its ``source`` in their place.
    """

    sid: str
    principals: tuple[str, ...]
    key: Key
    region: str
    actions: tuple[str, ...]
    contexts: tuple[str, ...]
    source: Grantee | None = None

    def statement(self, *, in_key_policy: bool) -> Json:
        """Return the statement that allows the use, in the key policy or in the policy of a role.

        Unspecified: AWS's pages name no encryption context for services that write to a bucket; their examples ask for
        the source.
        """
        condition = {
            "StringLike": {
                "kms:ViaService": via_service("s3", self.region),
                "kms:EncryptionContext:aws:s3:arn": self.contexts,
            }
        }
        if self.source is not None:
            condition = source_condition(self.source)
        if in_key_policy:
            return allow(self.sid, self.actions, "*", self.principals, condition)
        return allow(self.sid, self.actions, [self.key.arn(self.region)], condition=condition)


def replication_uses(replication: Replication) -> tuple[KeyUse, ...]:
    """Return what the replication role does with keys: the source key first, then each destination's."""
    return (*_source_uses(replication), *_destination_uses(replication))


def _source_uses(replication: Replication) -> Iterator[KeyUse]:
    source = replication.source
    rules = replication.applied_rules
    asked = [(mode, rule.prefix) for rule in rules for mode in context_modes(replication, rule.destination)]
    for key in replication.source_keys if replication.kms_sources and rules else ():
        yield KeyUse(
            sid=sid("DecryptSourceObjects", *([] if key == source.encryption.key else ["Under", key.name])),
            principals=(replication.role.arn,),
            key=key,
            region=source.region,
            actions=(DECRYPT,),
            contexts=contexts(source, asked),
        )


def destinations_of(replication: Replication) -> tuple[Bucket, ...]:
    """Return the destinations of the rules that apply, in order."""
    return tuple(dict.fromkeys(rule.destination for rule in replication.applied_rules))


def rules_to(replication: Replication, destination: Bucket) -> tuple[Rule, ...]:
    """Return the rules that apply for one destination."""
    return tuple(rule for rule in replication.applied_rules if rule.destination == destination)


def _destination_uses(replication: Replication) -> Iterator[KeyUse]:
    for destination in destinations_of(replication):
        rules = rules_to(replication, destination)
        plaintext = _plaintext_key(replication, destination)
        keys = dict.fromkeys((*(key for rule in rules for key in rule.replica_keys), plaintext))
        for key in keys:
            if key is None or key.type is KeyType.AWS_MANAGED:  # AWS's key policy, which we cannot widen (K26)
                continue
            replicas = [rule.prefix for rule in rules if replication.kms_sources and key in rule.replica_keys]
            arriving = [rule.prefix for rule in rules if key == plaintext]
            for actions, values in together(_destination_actions(replication, destination, replicas, arriving)):
                yield KeyUse(
                    sid=sid("EncryptReplicasIn", destination.entry),
                    principals=(replication.role.arn,),
                    key=key,
                    region=destination.region,
                    actions=tuple(actions),
                    contexts=values,
                )


def _plaintext_key(replication: Replication, destination: Bucket) -> Key | None:
    """Return the key under which unencrypted objects arrive: the destination's default (R41, R49)."""
    unencrypted = SourceObjects.UNENCRYPTED in replication.source_objects
    return destination.encryption.key if unencrypted and destination.encryption.sse is not Sse.SSE_S3 else None


def _destination_actions(
    replication: Replication, destination: Bucket, replicas: list[str], arriving: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return the actions on a replica key, each with the contexts in which the rules call for it.

    ``robust`` grants what any of AWS's pages asks for; ``minimal`` what the encrypted-objects page asks for, with
    Decrypt where a replica may have a Bucket Key and GenerateDataKey where plaintext arrives.

    Args:
        replication: The replication.
        destination: The destination.
        replicas: Prefixes of the rules whose replicas are under the key.
        arriving: Prefixes of the rules whose unencrypted objects arrive under it.

    Fact: R41, R42, R44, R49
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    replicated = [(mode, prefix) for mode in context_modes(replication, destination) for prefix in replicas]
    made = [(mode, prefix) for mode in bucket_modes(destination) for prefix in arriving]
    sides = {replication.source.encryption.bucket_key, destination.encryption.bucket_key}
    bucket_keys = SourceObjects.SSE_KMS in replication.source_objects and sides != {BucketKey.OFF}
    robust = replication.profile is Profile.ROBUST
    needs = {
        ENCRYPT: replicated,
        GENERATE: (replicated if robust else []) + made,
        DECRYPT: (replicated if robust or bucket_keys else []) + [each for each in made if each[0] == "bucket"],
    }
    return {action: contexts(destination, asked) for action, asked in needs.items()}


def context_modes(replication: Replication, destination: Bucket) -> set[str]:
    """Return which encryption contexts S3 may send on the way to ``destination``: ``object``, ``bucket``, or both.

    Fact: R45, R46, R47, R48, R49, R50
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    found: set[str] = set()
    if SourceObjects.SSE_KMS in replication.source_objects:
        found |= _sse_kms_modes(replication, destination)
    if SourceObjects.DSSE_KMS in replication.source_objects:
        found.add("object")
    return found


def _sse_kms_modes(replication: Replication, destination: Bucket) -> set[str]:
    mode = replication.encryption_context
    if mode is ContextMode.AUTO:
        sides = {replication.source.encryption.bucket_key, destination.encryption.bucket_key}
        mode = ContextMode.BOTH
        if sides == {BucketKey.OFF}:
            mode = ContextMode.OBJECT
        elif sides == {BucketKey.ON}:
            mode = ContextMode.BUCKET
    return {"object", "bucket"} if mode is ContextMode.BOTH else {mode.value}


def bucket_modes(bucket: Bucket) -> set[str]:
    """Return the contexts that S3 may send for objects of one bucket, by its own Bucket Key setting."""
    setting = bucket.encryption.bucket_key
    if bucket.encryption.sse is Sse.DSSE_KMS or setting is BucketKey.OFF:
        return {"object"}
    return {"bucket"} if setting is BucketKey.ON else {"object", "bucket"}


def contexts(bucket: Bucket, asked: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the context values: the bucket's ARN and nothing after it, and the ARNs of the objects below prefixes.

    Never ``BUCKET*``, which another bucket's name could match (R48).

    Args:
        bucket: The bucket.
        asked: Modes, ``bucket`` or ``object``, each with a prefix.
    """
    listed = tuple(asked)
    found = [bucket.arn] if any(mode == "bucket" for mode, _ in listed) else []
    prefixes = widest(prefix for mode, prefix in listed if mode == "object")
    return (*found, *(bucket.object_arn(f"{prefix}*") for prefix in prefixes))


def bucket_user_uses(spec: Spec) -> Iterator[KeyUse]:
    """Yield what readers and writers of buckets do with the buckets' keys."""
    for bucket in spec.buckets:
        key = bucket.encryption.customer_key
        if key is None:
            continue
        for kind, grantees, actions in (
            ("Readers", bucket.readers, (DECRYPT,)),
            ("Writers", bucket.writers, (GENERATE, DECRYPT)),
        ):
            for each, principals, by in by_statement(grantees):
                yield KeyUse(
                    sid=sid(f"Allow{kind}Of", bucket.entry, each.prefix, by),
                    principals=tuple(principals),
                    key=key,
                    region=bucket.region,
                    actions=actions,
                    contexts=contexts(bucket, [(mode, each.prefix) for mode in bucket_modes(bucket)]),
                    source=each if each.is_service else None,
                )


def in_role_policy(use: KeyUse, replication: Replication) -> bool:
    """Tell whether the statement stands in the role's policy.

    In one account it stands there when the key policy lets IAM policies decide; across accounts always (K4, R56, R57).
    """
    return use.key.account != replication.role.account or use.key.enable_iam_policies


def in_key_policy(use: KeyUse, replication: Replication) -> bool:
    """Tell whether the statement stands in the key policy."""
    return use.key.account != replication.role.account or not use.key.enable_iam_policies
