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
        for region in key.regions:
            yield from _key_policy(context, key, region)


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


def _key_policy(context: Context, key: Key, region: str) -> Iterator[Resource]:
    """Yield a key policy; that of a key which exists is shown, kept and only then replaced.

    Terraform creates a key policy by putting it, over whatever is there. So it is imported first, which makes the plan
    show the difference; the plan fails unless it is told to replace it; and it is kept in a file before it is replaced.
    """
    path, label = key_path(key, region), context.key_regions[key.name, region]
    key_id = key.id or f"${{{context.key_address(key, region)}.key_id}}"
    after = context.roles_named_in(path)
    about: dict[str, Any] = {"key_id": key_id, "policy": context.document(path)}
    if key.id is not None:
        call = f"aws kms get-key-policy --region {region} --key-id {key.id} --policy-name default"
        kept = f"before/{label}.json"
        save = f"mkdir -p before && {call} --query Policy --output text > {kept}"
        yield _kept(context, key, label, save)
        after = [f"terraform_data.{label}", *after]
        message = f"The key {key.name} in {region} exists and has a policy. With -var REPLACE=yes the plan shows what"
        message += f" changes, and the policy is kept in {kept} before it is replaced."
        told = f'${{var.REPLACE == "yes" || fileexists("${{path.module}}/{kept}")}}'
        about["lifecycle"] = {"precondition": [{"condition": told, "error_message": message}]}
    if after:
        about["depends_on"] = after
    yield _in_region(context, "aws_kms_key_policy", key, region, **about)


def _kept(context: Context, key: Key, label: str, command: str) -> Resource:
    """Return what keeps a policy in a file before it is replaced, with the profile of the key's account."""
    profile = context.profile(key.account)
    given = f"var.{profile} == null ? tomap({{}}) : tomap({{AWS_PROFILE = var.{profile}}})"
    run = {"command": command, "environment": f"${{{given}}}", "working_dir": "${path.module}"}
    body = {"triggers_replace": [key.id], "provisioner": {"local-exec": run}}
    return Resource(account=key.account, kind="terraform_data", name=label, body=body)


def imported_policies(context: Context, account: str) -> list[dict[str, Any]]:
    """Return what takes in the policies of keys that exist, so that a plan shows what changes in them.

    Source: https://developer.hashicorp.com/terraform/language/import
    """
    keys = (key for key in inventory.existing_keys(context.spec) if key.account == account)
    labels = ((key, context.key_regions[key.name, region]) for key in keys for region in key.regions)
    return [{"to": f"aws_kms_key_policy.{label}", "id": key.id} for key, label in labels]


def _in_region(context: Context, kind: str, key: Key, region: str, /, **arguments: Any) -> Resource:
    """Return a resource about a key in one Region, named after both."""
    return context.resource(kind, context.key_regions[key.name, region], key.account, region, **arguments)
