"""Steps on keys: what AWS KMS asks of them, and what they do."""

from __future__ import annotations

from dataclasses import replace

from policygen.migration.simulation import Simulation
from policygen.spec.kinds import KeyState, KeyType
from policygen.spec.migration_model import ConvertKey, CreateKey, ReplicateKey, ShareKey
from policygen.spec.model import Key

_WORDS = {KeyType.SINGLE_REGION: "single-Region", KeyType.MULTI_REGION: "multi-Region"}


def create_key(simulation: Simulation, step: CreateKey) -> None:
    """Create a key and its replicas.

    Fact: M1, M3, M5
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
    """
    simulation.same_partition(step.home, f"The key `{step.name}`")
    key = Key(
        name=step.name,
        type=step.type,
        partition=simulation.partition,
        account=step.account or simulation.home.account,
        region=step.home,
        replica_regions=(),
        id=None,
        alias=None,
        state=KeyState.ENABLED,
        grantees=(),
        enable_iam_policies=True,
    )
    for region in step.replica_regions:
        key = _replicated(simulation, key, region)
    simulation.state.keys[key.name] = key


def _replicated(simulation: Simulation, key: Key, region: str) -> Key:
    if region in key.regions:
        reason = f"`{key.name}` is in {region} already: ReplicateKey answers AlreadyExistsException."
        simulation.breaks("KEY_ALREADY_IN_REGION", reason)
        return key
    simulation.same_partition(region, f"The replica of `{key.name}`")
    return replace(key, replica_regions=(*key.replica_regions, region))


def convert_key(simulation: Simulation, step: ConvertKey) -> None:
    """Note that a key cannot become what it is not; go on as if it had.

    Fact: M1, M10
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
    """
    key = simulation.key(step.key)
    if key is None:
        return
    if key.type is KeyType.AWS_MANAGED:
        reason = f"`{key.name}` is an AWS managed key: it is single-Region, and nobody but AWS changes it."
        simulation.breaks("AWS_MANAGED_KEY", f"{reason} Create a multi-Region key instead.")
    elif key.type is step.type:
        simulation.note(f"`{key.name}` is a {_WORDS[key.type]} key already: there is nothing to convert (M1).")
    else:
        reason = f"`{key.name}` is a {_WORDS[key.type]} key and stays one: that is decided when a key is created."
        simulation.breaks("KEY_CANNOT_CONVERT", f"{reason} Create a new {_WORDS[step.type]} key, and re-encrypt.")
    replicas = tuple(dict.fromkeys((*key.regions, *step.replica_regions)))[1:]
    if step.type is KeyType.MULTI_REGION and simulation.migration.require.replicate_to not in (key.region, *replicas):
        simulation.note(
            f"A multi-Region key is in other Regions only where it is replicated: `{key.name}` is not yet (M5)."
        )
    simulation.state.keys[key.name] = replace(key, type=step.type, replica_regions=replicas)


def replicate_key(simulation: Simulation, step: ReplicateKey) -> None:
    """Replicate a multi-Region primary key.

    Fact: M3, M8, M10
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
    """
    key = simulation.key(step.key)
    if key is None:
        return
    if key.type is KeyType.AWS_MANAGED:
        simulation.breaks("AWS_MANAGED_KEY", f"`{key.name}` is an AWS managed key: it is single-Region.")
    elif key.type is not KeyType.MULTI_REGION:
        reason = f"`{key.name}` is a single-Region key: ReplicateKey takes a multi-Region primary key."
        simulation.breaks("KEY_NOT_MULTI_REGION", f"{reason} Create a new multi-Region key.")
    elif step.key.region is not None and step.key.region != key.region:
        reason = f"The primary key of `{key.name}` is in {key.region}; the key in {step.key.region} is a replica."
        simulation.breaks("KEY_NOT_PRIMARY", reason)
    simulation.usable(key.name)
    if step.account is not None and step.account != key.account:
        reason = f"`{key.name}` is in account {key.account}: a replica in {step.account} is impossible."
        simulation.breaks("KEY_CANNOT_CROSS_ACCOUNTS", f"{reason} Create a key there.")
        return
    simulation.state.keys[key.name] = _replicated(simulation, key, step.region)


def share_key(simulation: Simulation, step: ShareKey) -> None:
    """Let another account use a key; note that no Region can be let in. Sharing moves no key, so nothing changes.

    Fact: K24, K26, R102
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    key = simulation.key(step.key)
    if key is None:
        return
    if key.type is KeyType.AWS_MANAGED:
        reason = f"`{key.name}` is an AWS managed key: its key policy is AWS's, it cannot be shared."
        simulation.breaks("AWS_MANAGED_KEY", reason)
    if step.region is not None and step.region not in key.regions:
        reason = f"`{key.name}` is used in {' and '.join(key.regions)} only; key policies and AWS RAM share it with"
        text = f"{reason} accounts, not with {step.region}. Create a multi-Region key with a replica there."
        simulation.breaks("KEY_NOT_SHAREABLE_ACROSS_REGIONS", text)
    if step.account is not None and step.account != key.account:
        where = f"Account {step.account} uses `{key.name}` in {key.region} only"
        simulation.note(f"{where}: its key policy and that account's IAM policies let it (K4, K24).")
