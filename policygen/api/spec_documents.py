"""The documents of a spec out of what people have: laid out as ``generate -o`` writes them, whatever they came in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from policygen.api.deployed import Deployments
from policygen.aws.arns import ACCOUNT_ID, Arn, parse_arn, role_named
from policygen.document.write import freeze, to_json
from policygen.errors import PolicygenError, SourceError
from policygen.lint import holds_document
from policygen.reading import Record, read_paths
from policygen.reading.answers import TOKEN, records_in
from policygen.reading.documents import purpose_of, value_of
from policygen.reading.opened import open_text, pointer_to
from policygen.reading.records import Found, managed_policies, policies_in
from policygen.reading.shapes import load_shapes
from policygen.reading.subjects import Subjects
from policygen.source.files import is_folder
from policygen.spec.model import Bucket, Role, Spec
from policygen.spec.paths import DocumentKind, account_of, bucket_path, is_named_as_written, key_path, role_path

_SETTINGS = {
    "encryption": DocumentKind.ENCRYPTION,
    "versioning": DocumentKind.VERSIONING,
    "ownership": DocumentKind.OWNERSHIP_CONTROLS,
    "public-access-block": DocumentKind.PUBLIC_ACCESS_BLOCK,
    "replication": DocumentKind.REPLICATION_CONFIGURATION,
    "abac": DocumentKind.ABAC,
    "object-lock": DocumentKind.OBJECT_LOCK,
}
_OF_ROLES = {"trust": DocumentKind.TRUST_POLICY, "boundary": DocumentKind.PERMISSIONS_BOUNDARY}
_FILE_NAME = re.compile(r"[^A-Za-z0-9+=,.@_-]+")
ROLE_ANSWER = "role.json"
"""The file of what get-role says, in a role's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A document out of a record.

    Attributes:
        value: The document, as plain values; None for none.
        record: The record.
        pointer: Where it stands in the record's file.
    """

    value: Any
    record: Record
    pointer: str

    def text(self, path: str) -> str:
        """Return the document's text; ``path`` names it in problems."""
        return to_json(freeze(self.value, path))


def is_laid_out(texts: Iterable[str]) -> bool:
    """Tell whether files stand where ``generate -o`` writes them: below folders of accounts, under its names.

    A policy of a role may have any name there, and so tells nothing: what `fetch` keeps lies in such folders too.
    """
    return any(ACCOUNT_ID.match(account_of(path)) and is_named_as_written(path) for path in texts)


def opened_documents(spec: Spec, texts: dict[str, str], folder: str, deployments: Deployments) -> dict[str, str]:
    """Return the texts of a folder that is laid out, with what stands in plans, templates and dumps among them.

    Args:
        spec: What is looked for.
        texts: The files by path.
        folder: The folder.
        deployments: What templates are read with.
    """
    records: list[Record] = []
    kept: dict[str, str] = {}
    for path, text in texts.items():
        found = _records_of(text, f"{folder.rstrip('/')}/{path}", deployments)
        records += found
        kept |= {} if found else {path: text}
    return _placed(spec, Subjects(records, {}).all_placed(records)) | kept if records else texts


def _records_of(text: str, source: str, deployments: Deployments) -> list[Record]:
    """Return what a file holds that is more than a document; nothing for a document, and for what cannot be read."""
    try:
        if not text.strip("\ufeff \t\r\n") or (text.lstrip("\ufeff \t\r\n")[0] == "{" and holds_document(text)):
            return []
        return records_in(open_text(text, source), load_shapes(), deployments.parameters, stand_ins=deployments.of)
    except PolicygenError:
        return []


def found_documents(spec: Spec, path: str | Path, deployments: Deployments) -> dict[str, str]:
    """Return the documents of a spec in a file or folder of any shape, by the paths where they would be laid out.

    Nothing of a folder in which no file has a shape that is known.

    Raises:
        SourceError: Every part that cannot be read.
    """
    reading = read_paths([path], parameters=deployments.parameters, stand_ins=deployments.of)
    if {each.code for each in reading.errors} == {"PG-I001"} and is_folder(path):
        return {}  # of what is missing in a folder verification tells
    if reading.errors:
        raise SourceError(*reading.errors)
    return _placed(spec, reading.records)


def placed_documents(spec: Spec, records: Iterable[Record]) -> dict[str, Placed]:
    """Return the documents of a spec among records, by path; those of nothing that it names are left out."""
    listed = list(records)
    managed = managed_policies(listed)
    found: dict[str, Placed] = {}
    for record in listed:
        for bucket in spec.buckets:
            if record.of == bucket.arn:
                found |= _of_bucket(bucket, record)
        for role in {role for replication in spec.replication for role in replication.roles}:
            if role_named(record.of) == (role.account, role.name):
                found |= _of_role(role, record, managed)
        found |= _of_key(spec, record, listed)
    return {path: each for path, each in found.items() if each.value is not None}


def _placed(spec: Spec, records: Iterable[Record]) -> dict[str, str]:
    """Return the documents of a spec among records as texts."""
    return {path: each.text(path) for path, each in placed_documents(spec, records).items()}


def _policies(record: Record) -> list[tuple[Found, Placed]]:
    """Return the policies of a record, each as it is placed."""
    return [
        (each, Placed(value=value_of(each.document), record=record, pointer=each.pointer))
        for each in policies_in(record)
    ]


def _of_bucket(bucket: Bucket, record: Record) -> dict[str, Placed]:
    if record.kind in _SETTINGS:
        value = record.value.get("value")
        if record.kind == "abac":
            value = {"Status": record.value["status"]} if record.value.get("status") == "Enabled" else None
        if record.kind == "object-lock" and record.value.get("none"):
            value = {"ObjectLockEnabled": "Disabled"}
        pointer = record.pointer + (pointer_to(record.item, value) or "")
        return {bucket_path(bucket, _SETTINGS[record.kind]): Placed(value=value, record=record, pointer=pointer)}
    return {bucket_path(bucket): placed for _, placed in _policies(record)}


def _of_role(role: Role, record: Record, managed: dict[str, Record]) -> dict[str, Placed]:
    """Return a role's documents: its trust policy as get-role gives it, and each identity-based policy in a file."""
    folder = role_path(role).rpartition("/")[0]
    found: dict[str, Placed] = {}
    boundary = record.value.get("boundary")
    if record.kind == "role":
        about = {
            "RoleName": role.name,
            "Arn": record.of,
            "AssumeRolePolicyDocument": value_of(record.value.get("trust")),
        }
        if isinstance(boundary, str) and not boundary.startswith(TOKEN):
            about["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundary}
            texts = [placed for _, placed in _policies(managed[boundary])] if boundary in managed else []
            found |= {role_path(role, DocumentKind.PERMISSIONS_BOUNDARY): each for each in texts}
        trust = next((placed.pointer for each, placed in _policies(record) if each.field == "trust"), record.pointer)
        answer = {"Role": about} if about["AssumeRolePolicyDocument"] else None
        found[f"{folder}/{ROLE_ANSWER}"] = Placed(value=answer, record=record, pointer=trust)
    for each, placed in _policies(record):
        purpose = purpose_of(record, each)
        if purpose == "boundary" or (purpose == "trust" and each.field != "trust"):
            found[role_path(role, _OF_ROLES[purpose])] = placed
        elif purpose == "identity":
            stem = PurePath(record.source).name.partition(".")[0]
            found[f"{folder}/{_file_name(each.name or stem)}"] = placed
    for arn in record.value.get("attached") or ():
        for _, placed in _policies(managed[arn]) if arn in managed else ():
            found[f"{folder}/{_file_name(arn.rpartition('/')[2])}"] = placed
    return found


def _file_name(name: str) -> str:
    """Return a file's name for a policy's: none that has a meaning of its own in a role's folder."""
    return f"policy-{_FILE_NAME.sub('-', name)}.json"


def _of_key(spec: Spec, record: Record, records: list[Record]) -> dict[str, Placed]:
    """Return the policy of a key, and what DescribeKey says of it.

    It is the key that the spec's id names, or the only one of its account and Region that no id names.
    """
    arn = parse_arn(record.of or "")
    policies = [placed for _, placed in _policies(record)]
    told = _described(record)
    if arn is None or arn.service != "kms" or not (policies or told):
        return {}
    for key in spec.keys:
        same = key.account == arn.account and arn.region in key.regions
        if same and (record.of == key.arn(arn.region) or (key.id is None and _is_alone(spec, arn, records))):
            own = {key_path(key, arn.region): each for each in policies[:1]}
            described = Placed(value=told, record=record, pointer=record.pointer)
            return own | ({key_path(key, arn.region, DocumentKind.KEY_DESCRIPTION): described} if told else {})
    return {}


def _is_alone(spec: Spec, arn: Arn, records: list[Record]) -> bool:
    """Tell whether a key is the only one of its account and Region among records, those aside that the spec names."""
    found = {other.of for other in records if f":kms:{arn.region}:{arn.account}:" in (other.of or "")}
    return len(found - {key.arn(arn.region) for key in spec.keys if key.id is not None}) == 1


_OF_A_KEY = {"KeyState": "state", "KeyUsage": "usage", "KeySpec": "spec"}


def _described(record: Record) -> dict[str, Any]:
    """Return what is told of a key, in AWS's words; nothing where nothing is."""
    told = {name: record.value.get(each) for name, each in _OF_A_KEY.items() if record.kind == "key"}
    found = {name: each for name, each in told.items() if each is not None}
    return {"Arn": record.of, **found} if found else {}
