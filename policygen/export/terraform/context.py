"""What all parts of the Terraform module share: names, providers, references, string templates.

Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policygen.export import inventory
from policygen.generator import Bundle
from policygen.spec.kinds import KeyType
from policygen.spec.model import Bucket, Key, Role, Spec

_SEQUENCE = re.compile(r"[$%](?=\{)")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a word of a member's name begins, but for the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource, or a data source: its type, such as ``aws_s3_bucket``, its local name, and its arguments."""

    account: str
    kind: str
    name: str
    body: Mapping[str, Any]
    data: bool = False

    @property
    def address(self) -> str:
        """How references name it."""
        return f"{'data.' if self.data else ''}{self.kind}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The spec, its bundle, and the local names of what they describe.

    They stand by account id, bucket entry, key entry (and Region), and role ARN. ``providers`` are the accounts and
    Regions that have a provider, in order.
    """

    spec: Spec
    bundle: Bundle
    accounts: Mapping[str, str]
    buckets: Mapping[str, str]
    keys: Mapping[str, str]
    key_regions: Mapping[tuple[str, str], str]
    roles: Mapping[str, str]
    providers: tuple[tuple[str, str], ...]

    def profile(self, account: str) -> str:
        """Return the name of the variable that holds an account's profile."""
        return f"profile_{self.accounts[account]}"

    def alias(self, account: str, region: str) -> str:
        """Return the alias of the provider of an account and Region."""
        return f"{self.accounts[account]}_{region.replace('-', '_')}"

    def resource(
        self, kind: str, label: str, account: str, region: str = "", /, *, data: bool = False, **arguments: Any
    ) -> Resource:
        """Return a resource with its provider; without a Region the account's first, for IAM, which has none."""
        home = region or next(place for owner, place in self.providers if owner == account)
        body = {"provider": f"aws.{self.alias(account, home)}"} | arguments
        return Resource(account=account, kind=kind, name=label, body=body, data=data)

    def key_address(self, key: Key, region: str) -> str:
        """Return the address of what stands for a key whose id is not known."""
        if key.type is KeyType.AWS_MANAGED:
            return f"data.aws_kms_key.{self.keys[key.name]}"
        if region == key.region:
            return f"aws_kms_key.{self.keys[key.name]}"
        return f"aws_kms_replica_key.{self.key_regions[key.name, region]}"

    def references(self) -> dict[str, str]:
        """Return the expressions that take the place of ARNs and ids which are not known yet, by their text."""
        found = {}
        for key in (each for each in self.spec.keys if each.id is None):
            found[key.id_or_placeholder] = f"{self.key_address(key, key.region)}.key_id"
            found |= {key.arn(region): f"{self.key_address(key, region)}.arn" for region in key.regions}
        return found

    def blocks(self, value: Any) -> Any:
        """Return a JSON value of AWS's API in Terraform's names: ``ReplicaKmsKeyID`` is ``replica_kms_key_id``."""
        if isinstance(value, Mapping):
            found = {_WORD.sub("_", name).lower(): self.blocks(child) for name, child in value.items()}
            if "tags" in found:  # of a filter's And: a map here, a list in the API
                found["tags"] = {tag["key"]: tag["value"] for tag in found["tags"]}
            return found
        if isinstance(value, list | tuple):
            return [self.blocks(child) for child in value]
        return template(value, self.references()) if isinstance(value, str) else value

    def document(self, path: str) -> str:
        """Return the template that gives a document of the bundle, as it is written, once the keys are known."""
        return template(self.bundle[path].to_json(), self.references())

    def roles_named_in(self, path: str) -> list[str]:
        """Return the addresses of the roles that a document names: they must exist before it is saved."""
        found = inventory.named_roles(self.bundle[path].value, inventory.new_roles(self.spec))
        return [self.role_address(role) for role in found]

    def role_address(self, role: Role) -> str:
        """Return the address of a role."""
        return f"aws_iam_role.{self.roles[role.arn]}"

    def bucket_reference(self, bucket: Bucket) -> str:
        """Return the template that gives a bucket's name."""
        return f"${{aws_s3_bucket.{self.buckets[bucket.entry]}.id}}"


def context_of(spec: Spec, bundle: Bundle) -> Context:
    """Return the names of everything that a spec describes."""
    pairs = {f"{key.name}_{region}": (key.name, region) for key in spec.keys for region in key.regions}
    names = inventory.identifiers(pairs)
    created = inventory.new_roles(spec).values()
    role_names = inventory.identifiers(each.name for each in created)
    accounts = inventory.identifiers(name for name, _ in spec.accounts)
    providers = [(bucket.account, bucket.region) for bucket in spec.buckets]
    providers += [(key.account, region) for key in spec.keys for region in key.regions]
    providers += [(each.target.account, each.target.region) for each in created]
    return Context(
        spec=spec,
        bundle=bundle,
        accounts={account: accounts[name] for name, account in spec.accounts},
        buckets=inventory.identifiers(bucket.entry for bucket in spec.buckets),
        keys=inventory.identifiers(key.name for key in spec.keys),
        key_regions={pair: names[text] for text, pair in pairs.items()},
        roles={each.role.arn: role_names[each.name] for each in created},
        providers=tuple(dict.fromkeys(providers)),
    )


def literal(text: str) -> str:
    """Return the template that gives ``text``: the sequences that begin an expression are escaped.

    >>> literal("${aws:username} 100%")
    '$${aws:username} 100%'

    Source: https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    return _SEQUENCE.sub(lambda match: match[0] * 2, text)


def template(text: str, references: Mapping[str, str]) -> str:
    """Return the template that gives ``text`` with expressions (without ``${``) in the place of what they replace."""
    if not references:
        return literal(text)
    longest_first = sorted(references, key=len, reverse=True)
    replaced = re.compile(f"({'|'.join(map(re.escape, longest_first))})(?![{inventory.AFTER_PLACEHOLDER}])")
    parts = replaced.split(text)
    return "".join(f"${{{references[part]}}}" if number % 2 else literal(part) for number, part in enumerate(parts))
