"""KMS keys, replica keys, aliases, key policies.

Fact: K9, K27, M3, M4
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.export import inventory
from policygen.export.script import check_keys, created_once, look_up, put_key_policies
from policygen.export.shell import Context, Option, Raw, comment, line, when
from policygen.spec.kinds import KeyState, KeyType
from policygen.spec.model import Key

KEY_FOLDER = "key-ids"
"""Where the script keeps the ids of the keys that it created: a second run creates no second key."""


def find_keys(context: Context) -> Iterator[str]:
    """Yield what finds the keys that exist, and ids; a key that is still to be created keeps its placeholder."""
    yield from check_keys(context)
    for key in inventory.unknown_managed_keys(context.spec):
        alias = inventory.alias_of_managed(key)
        yield comment(f"The id of the AWS managed key {alias} in {key.region}; AWS creates it when first asked for.")
        yield f'{context.key_variable(key)}="$({look_up(context, key, key.region, alias)})"'
    for key in inventory.new_keys(context.spec):
        kept = line("cat", f"{KEY_FOLDER}/{key.name}")
        yield f'{context.key_variable(key)}="$({kept} 2>/dev/null || echo {line(key.id_or_placeholder)})"'
        for region in key.regions if key.alias else ():
            named = line(f"{key.alias} in {region}", context.key_id(key))
            yield f"check_other {named} \\\n  {look_up(context, key, region, str(key.alias))}"


def create_keys(context: Context) -> Iterator[str]:
    """Yield what creates keys."""
    for key in inventory.new_keys(context.spec):
        yield f"step {line(f'Key {key.name} in {key.region}')}"
        yield from _create(context, key)
        for region in key.replica_regions:
            yield f"step {line(f'Replica key {key.name} in {region}')}"
            yield from _replicate(context, key, region)


def _create(context: Context, key: Key) -> Iterator[str]:
    kind = (("--multi-region",),) if key.type is KeyType.MULTI_REGION else ()
    printed: tuple[Option, ...] = (("--query", "KeyMetadata.KeyId"), ("--output", "text", Raw('>"$WORK/id"')))
    call = context.kms(key, key.region, "create-key", *kind, ("--description", key.name), *printed)
    yield from created_once(call, f"{KEY_FOLDER}/{key.name}")
    yield f'{context.key_variable(key)}="$(cat {line(f"{KEY_FOLDER}/{key.name}")})"'


def _replicate(context: Context, key: Key, region: str) -> Iterator[str]:
    key_id = ("--key-id", context.key_id(key))
    there = context.kms(key, region, "describe-key", key_id)
    options = (key_id, ("--replica-region", region), ("--description", key.name), (Raw(">/dev/null"),))
    call = context.kms(key, key.region, "replicate-key", *options)
    yield from when(f"! {there} >/dev/null 2>&1", f"patiently {call}")
    yield f'wait_for_key "${context.profile(key.account)}" {region} {line(context.key_id(key))}'


def create_aliases(context: Context) -> Iterator[str]:
    """Yield what names the new keys; each Region has aliases of its own (M4)."""
    for key in inventory.new_keys(context.spec):
        for region in key.regions if key.alias else ():
            yield f"step {line(f'Alias {key.alias} in {region}')}"
            alias, key_id = str(key.alias), context.key_id(key)
            found = look_up(context, key, region, alias)
            call = context.kms(key, region, "create-alias", ("--alias-name", alias), ("--target-key-id", key_id))
            yield from when(f'[ "$({found} 2>/dev/null || true)" != {line(key_id)} ]', call)


def put_policies(context: Context) -> Iterator[str]:
    """Yield what saves every key policy."""
    return put_key_policies(context, inventory.customer_keys(context.spec))


def disable_keys(context: Context) -> Iterator[str]:
    """Yield what disables the new keys that the spec wants disabled; no call schedules a deletion."""
    for key in inventory.new_keys(context.spec):
        for region in key.regions if key.state is not KeyState.ENABLED else ():
            yield f"step {line(f'Disabling {key.name} in {region}')}"
            yield context.kms(key, region, "disable-key", ("--key-id", context.key_id(key)))
