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
        yield _managed_key(context, key)
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


def _managed_key(context: Context, key: Key) -> Resource:
    body = {
        "provider": context.provider(key.account, key.region),
        "key_id": inventory.alias_of_managed(key),
    }
    return Resource(account=key.account, kind="aws_kms_key", name=context.keys[key.name], body=body, data=True)


def _new_key(context: Context, key: Key) -> Iterator[Resource]:
    enabled = key.state is KeyState.ENABLED
    body = {
        "provider": context.provider(key.account, key.region),
        "description": key.name,
        "multi_region": key.type is KeyType.MULTI_REGION,
        "is_enabled": enabled,
    }
    primary = Resource(account=key.account, kind="aws_kms_key", name=context.keys[key.name], body=body)
    yield primary
    for region in key.replica_regions:
        body = {
            "provider": context.provider(key.account, region),
            "description": key.name,
            "primary_key_arn": f"${{{primary.address}.arn}}",
            "enabled": enabled,
        }
        name = context.key_regions[key.name, region]
        yield Resource(account=key.account, kind="aws_kms_replica_key", name=name, body=body)


def _aliases(context: Context, key: Key) -> Iterator[Resource]:
    """Each Region has an alias of its own (M4)."""
    for region in key.regions if key.alias else ():
        body = {
            "provider": context.provider(key.account, region),
            "name": key.alias,
            "target_key_id": f"${{{context.key_address(key, region)}.key_id}}",
        }
        name = context.key_regions[key.name, region]
        yield Resource(account=key.account, kind="aws_kms_alias", name=name, body=body)


def _key_policy(context: Context, key: Key, region: str) -> Resource:
    path = key_path(key, region)
    body: dict[str, Any] = {
        "provider": context.provider(key.account, region),
        "key_id": key.id or f"${{{context.key_address(key, region)}.key_id}}",
        "policy": context.document(path),
    }
    if roles := context.roles_named_in(path):
        body["depends_on"] = roles
    name = context.key_regions[key.name, region]
    return Resource(account=key.account, kind="aws_kms_key_policy", name=name, body=body)
