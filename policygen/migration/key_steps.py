"""Steps on keys: what AWS KMS asks of them, and what they do."""

from __future__ import annotations

from dataclasses import replace

from policygen.migration.course import Course
from policygen.migration.world import KeyThing
from policygen.spec.kinds import KeyType
from policygen.spec.migration_model import ConvertKey, CreateKey, ReplicateKey, ShareKey

_WORDS = {KeyType.SINGLE_REGION: "single-Region", KeyType.MULTI_REGION: "multi-Region"}


def create_key(course: Course, step: CreateKey) -> None:
    """Create a key and its replicas.

    Fact: M1, M3, M5
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
    """
    course.same_partition(step.home, f"The key `{step.name}`")
    key = KeyThing(
        name=step.name,
        type=step.type,
        partition=course.partition,
        account=step.account or course.home.account,
        regions=(step.home,),
        id=f"KEY-ID-OF-{step.name}",
    )
    for region in step.replica_regions:
        key = _replicated(course, key, region)
    course.world = course.world.with_key(key)


def _replicated(course: Course, key: KeyThing, region: str) -> KeyThing:
    if region in key.regions:
        reason = f"`{key.name}` is in {region} already: ReplicateKey answers AlreadyExistsException."
        course.breaks("KEY_ALREADY_IN_REGION", reason)
        return key
    course.same_partition(region, f"The replica of `{key.name}`")
    return replace(key, regions=(*key.regions, region))


def convert_key(course: Course, step: ConvertKey) -> None:
    """Note that a key cannot become what it is not; go on as if it had.

    Fact: M1, M10
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
    """
    key = course.key(step.key)
    if key is None:
        return
    if key.type is KeyType.AWS_MANAGED:
        reason = f"`{key.name}` is an AWS managed key: it is single-Region, and nobody but AWS changes it."
        course.breaks("AWS_MANAGED_KEY", f"{reason} Create a multi-Region key instead.")
    elif key.type is step.type:
        course.note(f"`{key.name}` is a {_WORDS[key.type]} key already: there is nothing to convert (M1).")
    else:
        reason = f"`{key.name}` is a {_WORDS[key.type]} key and stays one: that is decided when a key is created."
        course.breaks("KEY_CANNOT_CONVERT", f"{reason} Create a new {_WORDS[step.type]} key, and re-encrypt.")
    regions = (*key.regions, *step.replica_regions)
    if step.type is KeyType.MULTI_REGION and course.migration.require.replicate_to not in regions:
        course.note(
            f"A multi-Region key is in other Regions only where it is replicated: `{key.name}` is not yet (M5)."
        )
    course.world = course.world.with_key(replace(key, type=step.type, regions=tuple(dict.fromkeys(regions))))


def replicate_key(course: Course, step: ReplicateKey) -> None:
    """Replicate a multi-Region primary key.

    Fact: M3, M8, M10
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
    """
    key = course.key(step.key)
    if key is None:
        return
    if key.type is KeyType.AWS_MANAGED:
        course.breaks("AWS_MANAGED_KEY", f"`{key.name}` is an AWS managed key: it is single-Region.")
    elif key.type is not KeyType.MULTI_REGION:
        reason = f"`{key.name}` is a single-Region key: ReplicateKey takes a multi-Region primary key."
        course.breaks("KEY_NOT_MULTI_REGION", f"{reason} Create a new multi-Region key.")
    elif step.key.region is not None and step.key.region != key.regions[0]:
        reason = f"The primary key of `{key.name}` is in {key.regions[0]}; the key in {step.key.region} is a replica."
        course.breaks("KEY_NOT_PRIMARY", reason)
    course.usable(key.name)
    if step.account is not None and step.account != key.account:
        reason = f"`{key.name}` is in account {key.account}: a replica in {step.account} is impossible."
        course.breaks("KEY_CANNOT_CROSS_ACCOUNTS", f"{reason} Create a key there.")
        return
    course.world = course.world.with_key(_replicated(course, key, step.region))


def share_key(course: Course, step: ShareKey) -> None:
    """Let another account use a key; note that no Region can be let in. Sharing moves no key, so nothing changes.

    Fact: K24, K26, R102
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    key = course.key(step.key)
    if key is None:
        return
    if key.type is KeyType.AWS_MANAGED:
        reason = f"`{key.name}` is an AWS managed key: its key policy is AWS's, it cannot be shared."
        course.breaks("AWS_MANAGED_KEY", reason)
    if step.region is not None and step.region not in key.regions:
        reason = f"`{key.name}` is used in {' and '.join(key.regions)} only; key policies and AWS RAM share it with"
        text = f"{reason} accounts, not with {step.region}. Create a multi-Region key with a replica there."
        course.breaks("KEY_NOT_SHAREABLE_ACROSS_REGIONS", text)
    if step.account is not None and step.account != key.account:
        where = f"Account {step.account} uses `{key.name}` in {key.regions[0]} only"
        course.note(f"{where}: its key policy and that account's IAM policies let it (K4, K24).")
