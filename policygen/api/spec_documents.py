"""The documents of a spec out of what people have: laid out as ``generate -o`` writes them, whatever they came in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from policygen.aws.arns import ACCOUNT_ID, parse_arn
from policygen.document.write import freeze, to_json
from policygen.errors import PolicygenError, SourceError
from policygen.lint import holds_document
from policygen.reading import Record, read_paths
from policygen.reading.answers import TOKEN, records_in
from policygen.reading.documents import value_of
from policygen.reading.opened import open_text
from policygen.reading.records import policies_in
from policygen.reading.shapes import load_shapes
from policygen.reading.subjects import Subjects
from policygen.source.files import is_folder
from policygen.spec.model import Bucket, Role, Spec
from policygen.spec.paths import DocumentKind, account_of, bucket_path, key_path, kind_of, role_path

_SETTINGS = {
    "encryption": DocumentKind.ENCRYPTION,
    "versioning": DocumentKind.VERSIONING,
    "ownership": DocumentKind.OWNERSHIP_CONTROLS,
    "public-access-block": DocumentKind.PUBLIC_ACCESS_BLOCK,
    "replication": DocumentKind.REPLICATION_CONFIGURATION,
}
_FILE_NAME = re.compile(r"[^A-Za-z0-9+=,.@_-]+")


def is_laid_out(texts: Iterable[str]) -> bool:
    """Tell whether files stand where ``generate -o`` writes them: below folders of accounts."""
    return any(ACCOUNT_ID.match(account_of(path)) and kind_of(path) is not None for path in texts)


def opened_documents(spec: Spec, texts: dict[str, str], folder: str) -> dict[str, str]:
    """Return the texts of a folder that is laid out, with what stands in plans, templates and dumps among them.

    Args:
        spec: What is looked for.
        texts: The files by path.
        folder: The folder.
    """
    records: list[Record] = []
    kept: dict[str, str] = {}
    for path, text in texts.items():
        found = _records_of(text, f"{folder.rstrip('/')}/{path}")
        records += found
        kept |= {} if found else {path: text}
    return _placed(spec, Subjects(records, {}).all_placed(records)) | kept if records else texts


def _records_of(text: str, source: str) -> list[Record]:
    """Return what a file holds that is more than a document; nothing for a document, and for what cannot be read."""
    try:
        if not text.strip("\ufeff \t\r\n") or (text.lstrip("\ufeff \t\r\n")[0] == "{" and holds_document(text)):
            return []
        return records_in(open_text(text, source), load_shapes(), {})
    except PolicygenError:
        return []


def found_documents(spec: Spec, path: str | Path) -> dict[str, str]:
    """Return the documents of a spec in a file or folder of any shape, by the paths where they would be laid out.

    Nothing of a folder in which no file has a shape that is known.

    Raises:
        SourceError: Every part that cannot be read.
    """
    reading = read_paths([path])
    if {each.code for each in reading.errors} == {"PG-I001"} and is_folder(path):
        return {}  # of what is missing in a folder verification tells
    if reading.errors:
        raise SourceError(*reading.errors)
    return _placed(spec, reading.records)


def _placed(spec: Spec, records: Iterable[Record]) -> dict[str, str]:
    """Return the documents of a spec among records, by path; those of nothing that it names are left out."""
    listed = list(records)
    managed = {each.of: each for each in listed if _is_text_of_managed_policy(each)}
    found: dict[str, Any] = {}
    for record in listed:
        for bucket in spec.buckets:
            if record.of == bucket.arn:
                found |= _of_bucket(bucket, record)
        for role in {role for replication in spec.replication for role in replication.roles}:
            if _is_role(role, record):
                found |= _of_role(role, record, managed)
        found |= _of_key(spec, record, listed)
    return {path: to_json(freeze(value, path)) for path, value in found.items() if value is not None}


def _is_text_of_managed_policy(record: Record) -> bool:
    """Tell whether a record has the text of a managed policy's version that is in force; get-policy has none."""
    version = record.kind == "policy-version" and record.value.get("is_default") in (True, None)
    return (version or record.kind == "managed-policy") and any(policies_in(record))


def _of_bucket(bucket: Bucket, record: Record) -> dict[str, Any]:
    if record.kind in _SETTINGS:
        return {bucket_path(bucket, _SETTINGS[record.kind]): record.value.get("value")}
    own = {
        bucket_path(bucket, kind): record.value.get(name.replace("-", "_"))
        for name, kind in _SETTINGS.items()
        if record.kind == "bucket"
    }
    policies = [value_of(each.document) for each in policies_in(record)]
    return own | {bucket_path(bucket): each for each in policies}


def _is_role(role: Role, record: Record) -> bool:
    arn = parse_arn(record.of or "")
    named = arn is not None and arn.service == "iam" and arn.resource.startswith("role/")
    return named and arn is not None and (arn.account, arn.resource.rpartition("/")[2]) == (role.account, role.name)


def _of_role(role: Role, record: Record, managed: dict[str | None, Record]) -> dict[str, Any]:
    """Return a role's documents: its trust policy as get-role gives it, and each identity-based policy in a file."""
    folder = role_path(role).rpartition("/")[0]
    found: dict[str, Any] = {}
    boundary = record.value.get("boundary")
    if record.kind == "role":
        about = {
            "RoleName": role.name,
            "Arn": record.of,
            "AssumeRolePolicyDocument": value_of(record.value.get("trust")),
        }
        if isinstance(boundary, str) and not boundary.startswith(TOKEN):
            about["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundary}
            texts = [value_of(each.document) for each in policies_in(managed[boundary])] if boundary in managed else []
            found |= {role_path(role, DocumentKind.PERMISSIONS_BOUNDARY): each for each in texts}
        found[f"{folder}/role.json"] = {"Role": about} if about["AssumeRolePolicyDocument"] else None
    for number, each in enumerate(policies_in(record)):
        if each.field != "trust":
            found[f"{folder}/{_file_name(each.name or f'policy-{number}')}"] = value_of(each.document)
    for arn in record.value.get("attached") or ():
        for each in policies_in(managed[arn]) if arn in managed else ():
            found[f"{folder}/{_file_name(arn.rpartition('/')[2])}"] = value_of(each.document)
    return found


def _file_name(name: str) -> str:
    """Return a file's name for a policy's: none that has a meaning of its own in a role's folder."""
    return f"policy-{_FILE_NAME.sub('-', name)}.json"


def _of_key(spec: Spec, record: Record, records: list[Record]) -> dict[str, Any]:
    """Return the policy of a key, and what DescribeKey says of it.

    It is the key that the spec's id names, or the only one of its account and Region.
    """
    arn = parse_arn(record.of or "")
    policies = [value_of(each.document) for each in policies_in(record)]
    told = _described(record)
    if arn is None or arn.service != "kms" or not (policies or told):
        return {}
    there = {
        other.of
        for other in records
        if (found := parse_arn(other.of or ""))
        and (found.service, found.account, found.region) == ("kms", arn.account, arn.region)
    }
    for key in spec.keys:
        same = key.account == arn.account and arn.region in key.regions
        if same and (record.of == key.arn(arn.region) or (key.id is None and len(there) == 1)):
            own = {key_path(key, arn.region): each for each in policies[:1]}
            return own | ({key_path(key, arn.region, DocumentKind.KEY_DESCRIPTION): told} if told else {})
    return {}


_OF_A_KEY = {"KeyState": "state", "KeyUsage": "usage", "KeySpec": "spec"}


def _described(record: Record) -> dict[str, Any]:
    """Return what is told of a key, in AWS's words; nothing where nothing is."""
    told = {name: record.value.get(each) for name, each in _OF_A_KEY.items() if record.kind == "key"}
    found = {name: each for name, each in told.items() if each is not None}
    return {"Arn": record.of, **found} if found else {}
