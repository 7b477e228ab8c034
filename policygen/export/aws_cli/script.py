"""The script that sets up everything with the AWS CLI."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.export import inventory
from policygen.export.aws_cli import buckets, keys
from policygen.export.aws_cli.keys import KEY_FOLDER
from policygen.export.script import Script, Section, create_jobs, put_replication
from policygen.export.shell import Context, context_of
from policygen.generator import Bundle
from policygen.spec.model import Spec
from policygen.spec.paths import MANIFEST

FOLDER = "aws-cli"


def _put_replication(context: Context) -> Iterator[str]:
    return put_replication(context, context.spec.replication)


_SECTIONS: tuple[Section, ...] = (
    ("Keys: those that exist already, by the spec; ids of others", keys.find_keys),
    ("Keys", keys.create_keys),
    ("Aliases", keys.create_aliases),
    ("Buckets and their settings", buckets.create_buckets),
    ("Roles: they must exist before a key policy or bucket policy names them", buckets.create_roles),
    ("Key policies", keys.put_policies),
    ("Bucket policies", buckets.put_bucket_policies),
    ("Replication: versioning is on at both sides, the roles have their rights", _put_replication),
    ("Batch jobs", create_jobs),
    ("Keys that are to be disabled", keys.disable_keys),
)
_ABOUT = (
    "Written by policygen. Sets up keys, buckets, roles and replication with the AWS CLI, in this order:",
    "keys, aliases, buckets with their settings, roles, key policies, bucket policies, replication, batch jobs.",
    "It stops at the first error, and may be run again: what exists is left, policies and settings are put again.",
)
_KEYS_ARE_KEPT = (
    f"The ids of the keys that it creates are kept in {KEY_FOLDER}/ beside it. Leave them there: without them a second",
    "run creates the keys a second time. Write them into the spec as well.",
)


def aws_cli(spec: Spec, bundle: Bundle) -> dict[str, str]:
    """Return the script and the documents that it refers to: path to text.

    The documents are the bundle's, byte for byte. Where the id of a key is not known they hold its placeholder, which
    the script fills in once it has created the key, in copies of its own.

    Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html
    """
    new = bool(inventory.new_keys(spec))
    documents = {path: text for path, text in bundle.texts().items() if path != MANIFEST}
    script = Script(
        run="deploy.sh",
        about=_ABOUT + (_KEYS_ARE_KEPT if new else ()),
        before=(f"mkdir -p {KEY_FOLDER}",) if new else (),
        sections=_SECTIONS,
        documents=documents,
    )
    texts = {f"{FOLDER}/{path}": text for path, text in documents.items()}
    return {f"{FOLDER}/deploy.sh": script.text(context_of(spec, bundle))} | texts
