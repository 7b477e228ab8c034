"""What is taken from the documents where the spec leaves it open, or says otherwise of what is there already.

The id of a key is known only once the key exists: a spec without it, and documents that were fetched, speak of one key.
Whether objects have an S3 Bucket Key is the bucket's own setting, whatever a spec says (R47): what S3 asks of KMS
follows from it.

Fact: R45, R47, M2
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from policygen.document import PolicyDocument
from policygen.document.write import thaw
from policygen.errors import Place, Problem
from policygen.spec.kinds import BucketKey, KeyType
from policygen.spec.migration_model import Migration
from policygen.spec.model import Bucket, Key, Spec
from policygen.spec.paths import DocumentKind, bucket_path, configuration_path
from policygen.verification.documents import Documents
from policygen.verification.statements import value_at

_KEY = re.compile(r"arn:[a-z-]+:kms:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):key/(?P<id>[A-Za-z0-9-]+)")
_DEFAULT = "Rules/0/ApplyServerSideEncryptionByDefault/KMSMasterKeyID"
_BUCKET_KEY = "Rules/0/BucketKeyEnabled"
_REPLICA_KEY = "Destination/EncryptionConfiguration/ReplicaKmsKeyID"


def with_key_ids(spec: Spec, documents: Documents) -> tuple[Spec, tuple[str, ...]]:
    """Return the spec with the ids of its keys as the documents name them, and what was taken, in words.

    Only keys without an id get one: the id that most documents name where such a key belongs.
    """
    known = {key.id for key in spec.keys if key.id is not None}
    unknown = [key for key in spec.keys if key.id is None]
    ids: dict[str, str] = {}
    told: list[str] = []
    named = _named(documents) if unknown else {}
    for key in unknown:
        votes = Counter(each for each in _settings_of(spec, key, documents) if _is_id(each, known))
        others = [each for each in unknown if each is not key and _may_be_one(each, key)]
        if not votes and not others:
            votes = Counter(each for found in named.values() for each in _of_key(found, key) if _is_id(each, known))
        if votes:
            ids[key.name] = votes.most_common(1)[0][0]
            told.append(f"key {key.name} is taken to be {ids[key.name]}" + _but(key, ids[key.name], named, known))
    if not ids:
        return spec, ()
    placeholders = {key.id_or_placeholder: ids[key.name] for key in unknown if key.name in ids}
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, placeholders))})(?![\w.-])")

    def change(value: Any) -> Any:
        if isinstance(value, Key) and value.name in ids:
            return replace(value, id=ids[value.name])
        return pattern.sub(lambda found: placeholders[found[0]], value) if isinstance(value, str) else value

    return _changed(spec, change), tuple(told)


def _named(documents: Documents) -> dict[str, set[tuple[str, str, str]]]:
    """Return Region, account and id of every key that each document names."""
    texts = {path: json.dumps(thaw(value)) for path, value in documents.written().items()}
    return {path: set(_KEY.findall(text)) for path, text in texts.items()}


def _of_key(named: set[tuple[str, str, str]], key: Key) -> set[str]:
    """Return the ids among the keys that a document names which may be the one of ``key``."""
    multi = key.type is KeyType.MULTI_REGION
    return {
        id_
        for region, account, id_ in named
        if account == key.account and region in key.regions and id_.startswith("mrk-") is multi
    }


def _is_id(value: str, known: set[str]) -> bool:
    return value not in known and not value.startswith("KEY-ID-OF-")


def _may_be_one(one: Key, other: Key) -> bool:
    """Tell whether an ARN may be meant for either of two keys without an id."""
    alike = one.account == other.account and not set(one.regions).isdisjoint(other.regions)
    return alike and (one.type is KeyType.MULTI_REGION) is (other.type is KeyType.MULTI_REGION)


def _settings_of(spec: Spec, key: Key, documents: Documents) -> Iterator[str]:
    """Yield the ids that stand where this very key belongs: default encryption, and replica keys of rules."""
    for bucket in spec.buckets:
        if bucket.encryption.key == key:
            setting = documents.settings.get(bucket_path(bucket, DocumentKind.ENCRYPTION))
            yield from _ids(value_at(setting, _DEFAULT), key)
    for replication in spec.replication:
        found = value_at(documents.configurations.get(configuration_path(replication)), "Rules")
        rules = found if isinstance(found, list) else ()
        for rule in replication.rules:
            there = (each for each in rules if value_at(each, "Destination/Bucket") == rule.destination.arn)
            if rule.replica_key == key:
                yield from (id_ for each in there for id_ in _ids(value_at(each, _REPLICA_KEY), key))


def _ids(value: Any, key: Key) -> set[str]:
    if not isinstance(value, str) or "alias/" in value:
        return set()
    return _of_key(set(_KEY.findall(value)), key) if ":" in value else {value}


def _but(key: Key, taken: str, named: Mapping[str, set[tuple[str, str, str]]], known: set[str]) -> str:
    """Return the documents that name another key where this one may be meant."""
    found = {path: [each for each in _of_key(keys, key) if _is_id(each, known)] for path, keys in named.items()}
    other = [f"{path} names {ids[0]}" for path, ids in found.items() if ids and taken not in ids]
    return f"; but {', '.join(other)}" if other else ""


def with_bucket_keys(spec: Spec, documents: Documents) -> Spec:
    """Return the spec with the S3 Bucket Key setting that each bucket has; the spec itself where it has them all."""
    found = {bucket.entry: setting for bucket in spec.buckets if (setting := _setting(bucket, documents)) is not None}
    if not found:
        return spec

    def change(value: Any) -> Any:
        if not isinstance(value, Bucket) or value.entry not in found:
            return value
        return replace(value, encryption=replace(value.encryption, bucket_key=found[value.entry]))

    changed: Spec = _changed(spec, change)
    return changed


def _setting(bucket: Bucket, documents: Documents) -> BucketKey | None:
    """Return a bucket's real setting where it is not the spec's; what was ever changed stays mixed (R48)."""
    encryption = documents.settings.get(bucket_path(bucket, DocumentKind.ENCRYPTION))
    algorithm = value_at(encryption, "Rules/0/ApplyServerSideEncryptionByDefault/SSEAlgorithm")
    setting = BucketKey.ON if value_at(encryption, _BUCKET_KEY) is True else BucketKey.OFF
    same = bucket.encryption.bucket_key in (setting, BucketKey.MIXED)
    return None if same or algorithm != bucket.encryption.sse.value else setting


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value of the spec with ``change`` applied to everything in it, from the inside out."""
    if isinstance(value, (Place, Problem, PolicyDocument, Migration)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        changed = {name: _changed(part, change) for name, part in parts.items()}
        different = {name: part for name, part in changed.items() if part is not parts[name]}
        return change(replace(value, **different) if different else value)
    if isinstance(value, tuple):
        items = tuple(_changed(each, change) for each in value)
        return value if all(one is other for one, other in zip(items, value, strict=True)) else items
    if isinstance(value, Mapping):
        members = {name: _changed(each, change) for name, each in value.items()}
        return value if all(members[name] is value[name] for name in members) else members
    return [_changed(each, change) for each in value] if isinstance(value, list) else change(value)
