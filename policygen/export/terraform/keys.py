"""KMS keys, their replicas and aliases, and every key policy.

Fact: K26, K27, M3, M4
Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.export import inventory
from policygen.export.terraform.context import Context, Resource
from policygen.spec.kinds import KeyState, KeyType
from policygen.spec.model import Key
from policygen.spec.paths import key_path


def key_resources(context: Context) -> Iterator[Resource]:
    """Yield keys that are to be created, and a policy for every customer managed key.

    The policy stands in a resource of its own: a key is there before its policy, so that a policy may name whatever
    needs the key, and a key that exists already gets its policy without being taken over.
    """
    for key in inventory.unknown_managed_keys(context.spec):
        name, alias = context.keys[key.name], inventory.alias_of_managed(key)
        yield context.resource("aws_kms_key", name, key.account, key.region, data=True, key_id=alias)
    for key in inventory.new_keys(context.spec):
        yield from _new_key(context, key)
        yield from _aliases(context, key)
    for key in inventory.customer_keys(context.spec):
        yield from (_key_policy(context, key, region) for region in key.regions)


def forgotten_keys(context: Context, account: str) -> list[dict[str, Any]]:
    """Return what lets go of keys whose id the spec knows: where the module created them once, they are not destroyed.

    Source: https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources
    """
    addresses = []
    for key in (each for each in inventory.existing_keys(context.spec) if each.account == account):
        addresses += [context.key_address(key, region) for region in key.regions]
        addresses += [f"aws_kms_alias.{context.key_regions[key.name, region]}" for region in key.regions if key.alias]
    return [{"from": address, "lifecycle": {"destroy": False}} for address in addresses]


def _new_key(context: Context, key: Key) -> Iterator[Resource]:
    enabled, multi_region = key.state is KeyState.ENABLED, key.type is KeyType.MULTI_REGION
    about: dict[str, Any] = {"description": key.name, "multi_region": multi_region, "is_enabled": enabled}
    primary = context.resource("aws_kms_key", context.keys[key.name], key.account, key.region, **about)
    yield primary
    for region in key.replica_regions:
        about = {"description": key.name, "primary_key_arn": f"${{{primary.address}.arn}}", "enabled": enabled}
        yield _in_region(context, "aws_kms_replica_key", key, region, **about)


def _aliases(context: Context, key: Key) -> Iterator[Resource]:
    """Each Region has an alias of its own (M4)."""
    for region in key.regions if key.alias else ():
        target = f"${{{context.key_address(key, region)}.key_id}}"
        yield _in_region(context, "aws_kms_alias", key, region, name=key.alias, target_key_id=target)


def _key_policy(context: Context, key: Key, region: str) -> Resource:
    path = key_path(key, region)
    key_id = key.id or f"${{{context.key_address(key, region)}.key_id}}"
    roles = context.roles_named_in(path)
    after = {"depends_on": roles} if roles else {}
    policy = context.document(path)
    return _in_region(context, "aws_kms_key_policy", key, region, key_id=key_id, policy=policy, **after)


def _in_region(context: Context, kind: str, key: Key, region: str, /, **arguments: Any) -> Resource:
    """Return a resource about a key in one Region, named after both."""
    return context.resource(kind, context.key_regions[key.name, region], key.account, region, **arguments)
