"""Writing bash: words quoted, one option a line.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-quoting-strings.html
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policygen.export import inventory
from policygen.generator import Bundle
from policygen.spec.model import Bucket, Key, Role, Spec


@dataclass(frozen=True, slots=True)
class Raw:
    """Shell text that stands as it is: a variable in its quotes."""

    text: str


Word = str | Raw
Option = tuple[Word, ...]


def quoted(word: Word) -> str:
    """Return one word as the shell reads it."""
    return word.text if isinstance(word, Raw) else shlex.quote(word)


def line(*words: Word) -> str:
    """Return words as one command."""
    return " ".join(map(quoted, words))


def comment(text: str) -> str:
    """Return text as a comment of one line, whatever it holds."""
    return f"# {' '.join(text.split())}".rstrip()


def indented(lines: Iterable[str]) -> list[str]:
    """Return lines as the body of an ``if``."""
    return ["\n".join(f"  {each}" for each in part.split("\n")) for part in lines]


def when(condition: str, *lines: str) -> list[str]:
    """Return lines that run when a condition holds."""
    return [f"if {condition}; then", *indented(lines), "fi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The spec, its bundle, parts of variables' names by account id and key entry, and a Region of each account."""

    spec: Spec
    bundle: Bundle
    accounts: Mapping[str, str]
    keys: Mapping[str, str]
    regions: Mapping[str, str]

    def profile(self, account: str) -> str:
        """Return the name of the variable that holds an account's profile."""
        return f"PROFILE_{self.accounts[account]}"

    def key_variable(self, key: Key) -> str:
        """Return the name of the variable that holds the id of a key which the spec does not know."""
        return f"KEY_ID_{self.keys[key.name]}"

    def key_id(self, key: Key) -> Word:
        """Return a key's id, or the variable that holds it."""
        return key.id if key.id is not None else Raw(f'"${self.key_variable(key)}"')

    def aws(self, account: str, region: str, operation: str, *options: Option) -> str:
        """Return a call of the AWS CLI with the profile of an account, one option a line."""
        profile = Raw(f'"${self.profile(account)}"')
        first = line("aws", "--profile", profile, "--region", region, *operation.split())
        return " \\\n  ".join((first, *(line(*option) for option in options)))

    def iam(self, role: Role, operation: str, *options: Option) -> str:
        """Return a call of IAM about a role."""
        name = ("--role-name", role.name)
        return self.aws(role.account, self.regions[role.account], f"iam {operation}", name, *options)

    def s3api(self, bucket: Bucket, operation: str, *options: Option) -> str:
        """Return a call about a bucket; it fails when the bucket is another account's."""
        own: tuple[Option, ...] = (("--bucket", bucket.name), ("--expected-bucket-owner", bucket.account))
        return self.aws(bucket.account, bucket.region, f"s3api {operation}", *own, *options)

    def kms(self, key: Key, region: str, operation: str, *options: Option) -> str:
        """Return a call of KMS with the profile of a key's account."""
        return self.aws(key.account, region, f"kms {operation}", *options)

    def unknown_keys(self) -> tuple[Key, ...]:
        """Return the keys whose placeholders stand in documents."""
        return tuple(key for key in self.spec.keys if key.id is None)

    def document(self, path: str) -> tuple[list[str], Word]:
        """Return what must run before a document is used, and the argument that names it."""
        text = self.bundle[path].to_json()
        if not any(inventory.names_unknown_key(text, key) for key in self.spec.keys):
            return [], f"file://{path}"
        return [line("fill", path)], Raw(f'"file://$WORK"/{shlex.quote(path)}')


def context_of(spec: Spec, bundle: Bundle) -> Context:
    """Return the names of everything that a spec describes."""
    accounts = inventory.identifiers(name for name, _ in spec.accounts)
    keys = inventory.identifiers(key.name for key in spec.keys)
    # the accounts that the script works in, each with a Region of its own partition
    places = [(bucket.account, bucket.region) for bucket in spec.buckets]
    places += [(key.account, key.region) for key in spec.keys]
    places += [(each.target.account, each.target.region) for each in inventory.new_roles(spec).values()]
    regions: dict[str, str] = {}
    for account, region in places:
        regions.setdefault(account, region)
    return Context(
        spec=spec,
        bundle=bundle,
        accounts={account: accounts[name].upper() for name, account in spec.accounts},
        keys={key.name: keys[key.name].upper() for key in spec.keys},
        regions=regions,
    )


def fill(context: Context) -> str:
    """Return the function that writes a copy of a document with the ids of keys, from their variables, filled in."""
    after = f"([^{inventory.AFTER_PLACEHOLDER}]|$)"
    keys = [(key.id_or_placeholder.replace(".", r"\."), context.key_variable(key)) for key in context.unknown_keys()]
    expressions = (f"    -e 's/{placeholder}{after}/'\"${name}\"'\\1/g' \\\n" for placeholder, name in keys)
    return f"""\
# Writes a copy of a document with the ids of keys filled in, to the same path below the work folder.
fill() {{
  mkdir -p "$WORK/$(dirname "$1")"
  sed -E \\
{"".join(expressions)}    "$1" >"$WORK/$1"
}}"""
