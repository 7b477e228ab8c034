"""Settings of buckets and batch jobs under verification, laid beside what the spec makes of them.

A settings file that is not there shows nothing: unlike a policy, a setting exists in any case, and what the spec wants
is then not shown.

Fact: F14, R1, R47, S13, S14, R90
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from policygen.errors import Severity
from policygen.spec.kinds import SourceObjects
from policygen.spec.model import Bucket, Key, Spec
from policygen.spec.paths import DocumentKind, bucket_path, folder_of, kind_of
from policygen.verification.checks import Check, configuration_check
from policygen.verification.documents import Documents
from policygen.verification.requests import Route, routes_of
from policygen.verification.statements import differences, value_at, wants_and_has

_BLOCKED, _BUCKET_KEY, _KEY = "BlockedEncryptionTypes", "BucketKeyEnabled", "KMSMasterKeyID"
_AWS_MANAGED = "alias/aws/s3"
_TOKEN = "ClientRequestToken"
"""Made anew for each job; any token will do."""

_TITLES = {
    DocumentKind.VERSIONING: ("versioning is as the spec says", ("R1",)),
    DocumentKind.ENCRYPTION: ("default encryption is as the spec says", ("S14", "R47", "R83")),
    DocumentKind.PUBLIC_ACCESS_BLOCK: ("Block Public Access is as the spec says", ("E105",)),
    DocumentKind.OWNERSHIP_CONTROLS: ("Object Ownership is as the spec says", ("S48",)),
    DocumentKind.ABAC: ("attribute-based access control is as the spec says", ("N3",)),
    DocumentKind.BATCH_JOB: ("the batch job is as the spec says", ("R90", "R92")),
}

_CALLS = {
    DocumentKind.VERSIONING: "get-bucket-versioning",
    DocumentKind.ENCRYPTION: "get-bucket-encryption",
    DocumentKind.PUBLIC_ACCESS_BLOCK: "get-public-access-block",
    DocumentKind.OWNERSHIP_CONTROLS: "get-bucket-ownership-controls",
    DocumentKind.ABAC: "get-bucket-abac",
}
"""The call of the AWS CLI that shows a setting."""


def settings_checks(spec: Spec, documents: Documents, generated: Documents) -> Iterator[Check]:
    """Yield a check for each setting that the spec makes: it is shown, and is the spec's; a batch job need not be."""
    buckets = {folder_of(bucket_path(bucket)): bucket for bucket in spec.buckets}
    for path, wanted in (*generated.settings.items(), *_left_off(spec, documents)):
        found, kind, bucket = documents.settings.get(path), kind_of(path), buckets.get(folder_of(path))
        if kind is None:
            continue
        if found is not None:
            yield _setting(spec, path, kind, wanted, found)
        elif bucket is not None:
            yield _missing(spec, path, kind, wanted, bucket)


def lock_checks(spec: Spec, documents: Documents) -> Iterator[Check]:
    """Yield a check for each bucket of which a file shows whether it has Object Lock: it has what the spec says.

    A source that has it needs more of the role than was judged, and a destination without it takes no locked object.

    Fact: R3, R26, F21
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    sources = {route.source.entry for route in routes_of(spec)}
    for bucket in spec.buckets:
        path = bucket_path(bucket, DocumentKind.OBJECT_LOCK)
        found = documents.settings.get(path)
        if found is None:
            continue
        locked = found.get("ObjectLockEnabled") == "Enabled"
        lacking = any(route.source.object_lock for route in routes_of(spec) if route.destination == bucket)
        stops = bucket.entry in sources if locked else lacking
        wants, has = ("Enabled" if each else "nothing" for each in (bucket.object_lock, locked))
        meant = f"if it is meant, write `object_lock: {str(locked).lower()}` into the spec"
        yield configuration_check(
            path,
            f"`{path}`: Object Lock is as the spec says",
            locked is bucket.object_lock,
            "F21" if stops else None,
            document=path,
            element="ObjectLockEnabled",
            detail=f"wants {wants}, has {has}: {meant}",
            facts=("R3", "R26"),
        )


def _left_off(spec: Spec, documents: Documents) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the settings that the spec leaves off, and that a file shows: on, policies would see the bucket's tags."""
    for bucket in spec.buckets:
        path = bucket_path(bucket, DocumentKind.ABAC)
        if not bucket.abac and path in documents.settings:
            yield path, {"Status": "Disabled"}


def _missing(spec: Spec, path: str, kind: DocumentKind, wanted: Mapping[str, Any], bucket: Bucket) -> Check:
    """A setting that no file shows; without versioning nothing replicates, so that it works is not shown either."""
    replicated = any(bucket in (each.source, each.destination) for each in routes_of(spec))
    title, facts = _TITLES[kind]
    call = f"aws s3api {_CALLS[kind]} --bucket {bucket.name}"
    return configuration_check(
        path,
        f"`{path}`: {title}",
        False,
        stops=replicated and kind is DocumentKind.VERSIONING,
        document=path,
        detail=f"no file shows it: save what `{call}` prints there",
        fix=wanted,
        facts=facts,
    )


def _setting(spec: Spec, path: str, kind: DocumentKind, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Check:
    title, facts = _TITLES[kind]
    keys = {key.arn(region): key for key in spec.keys for region in key.regions}
    same = partial(_same, keys)
    every = list(differences(wanted, found, same))
    first = next((each for each in every if _is_known(each, found)), next(iter(every), None))
    into = [route for route in routes_of(spec) if bucket_path(route.destination, kind) == path]
    out_of = [route for route in routes_of(spec) if bucket_path(route.source, kind) == path]
    unversioned = kind is DocumentKind.VERSIONING and (into or out_of) and wanted.get("Status") == "Enabled"
    cause = "F14" if unversioned else _cause(first, found, into)
    return configuration_check(
        path,
        f"`{path}`: {title}",
        first is None,
        cause,
        severity=Severity.ERROR if first is None or _is_known(first, found) else Severity.WARNING,
        s3_failure_code="DstBucketUnversioned" if cause == "F14" and into else None,
        document=path,
        element=first,
        detail=_difference(first, wanted, found) if first is not None else None,
        fix=_mended(wanted, found, every),
        facts=facts,
    )


def _difference(element: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return what is wanted and what is there, and what to write into the spec where that may be meant."""
    want, have = value_at(wanted, element), value_at(found, element)
    said = wants_and_has(want, have)
    if element.endswith(_BUCKET_KEY):
        meant = f"if it is meant, write `bucket_key: {'true' if have else 'false'}` into the spec"
        return f"{said}: what S3 asks of KMS is judged as the bucket has it; {meant}"
    if element.endswith(_KEY) and isinstance(have, str) and "alias/" in have and not have.endswith(_AWS_MANAGED):
        return f"{said}: if that is the key's alias, write it into the spec"
    return said


def _mended(wanted: Mapping[str, Any], found: Mapping[str, Any], differing: Sequence[str]) -> Mapping[str, Any] | None:
    """Return a setting as it should be, its S3 Bucket Key left as it is: policies follow it, and not it them."""
    if not any(each.endswith(_BUCKET_KEY) for each in differing):
        return wanted
    rules = [dict(each) for each in wanted["Rules"]]
    rules[0][_BUCKET_KEY] = value_at(found, f"Rules/0/{_BUCKET_KEY}")
    return {**wanted, "Rules": rules} if len(differing) > 1 else None


def _is_known(element: str, found: Mapping[str, Any]) -> bool:
    """Tell whether a difference is one for sure.

    Unspecified: whether GetBucketEncryption returns BlockedEncryptionTypes for every bucket; the element is optional,
    and an AWS CLI from before it leaves it out. A file without it says nothing about SSE-C.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html
    """
    return not element.endswith(_BLOCKED) or value_at(found, element) is not None


def _cause(element: str | None, found: Mapping[str, Any], routes: Sequence[Route]) -> str | None:
    """F25: a destination blocks SSE-C that is to arrive. F11, F12: plaintext arrives under another key than wanted."""
    if element is None:
        return None
    if _BLOCKED in element:
        blocks = "SSE-C" in str(value_at(found, element.partition(_BLOCKED)[0] + _BLOCKED))
        asked = any(SourceObjects.SSE_C in each.replication.source_objects for each in routes)
        return "F25" if blocks and asked else None
    if not element.endswith(_KEY) or not any(each.plaintext_into_kms for each in routes):
        return None
    named = str(value_at(found, element) or _AWS_MANAGED)
    if named.endswith(_AWS_MANAGED):
        across = any(each.source.account != each.destination.account for each in routes)
        return "F11" if across else None
    return None if "alias/" in named else "F12"  # which key an alias stands for is not known


def _same(keys: Mapping[str, Key], at: str, wanted: Any, found: Any) -> bool:
    """Tell whether a value says what is wanted: what AWS adds beside it does not count, nor do other words for it.

    Other words: a key by its id, its alias or the alias's ARN, and nothing where nothing is to be blocked (R83).

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
    """
    if wanted is None or wanted == found or at == _TOKEN:
        return True
    if at.endswith(_BUCKET_KEY):
        return bool(wanted) is bool(found)
    if at.endswith(_KEY):
        key, before = keys.get(wanted), str(wanted).partition(":key/")[0]
        aliases = (key.alias, f"{before}:{key.alias}") if key is not None and key.alias else ()
        return isinstance(found, str) and found in (str(wanted).partition(":key/")[2], *aliases)
    blocked = value_at(wanted, "EncryptionType", ())
    return found is None and at.endswith(_BLOCKED) and list(blocked) == ["NONE"]
