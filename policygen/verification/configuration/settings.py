"""Settings of buckets and batch jobs under verification, laid beside what the spec makes of them.

A settings file that is not there is not known, and asks nothing: unlike a policy, a setting exists in any case.

Fact: F14, R1, S13, S14, R90
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policygen.errors import Severity
from policygen.spec.kinds import SourceObjects
from policygen.spec.model import Spec
from policygen.spec.paths import DocumentKind, bucket_path, kind_of
from policygen.verification.checks import Check, configuration_check
from policygen.verification.configuration.replication import cause_of_key
from policygen.verification.documents import Documents
from policygen.verification.requests import Route, routes_of
from policygen.verification.statements import differences, value_at, wants_and_has

_BLOCKED = "BlockedEncryptionTypes"
_TOKEN = "ClientRequestToken"
"""Made anew for each job; any token will do."""

_TITLES = {
    DocumentKind.VERSIONING: ("versioning is as the spec says", "F14", ("R1",)),
    DocumentKind.ENCRYPTION: ("default encryption is as the spec says", None, ("S14", "R47", "R83")),
    DocumentKind.PUBLIC_ACCESS_BLOCK: ("Block Public Access is as the spec says", None, ("E105",)),
    DocumentKind.OWNERSHIP_CONTROLS: ("Object Ownership is as the spec says", None, ("S48",)),
    DocumentKind.BATCH_JOB: ("the batch job is as the spec says", None, ("R90", "R92")),
}


def settings_checks(spec: Spec, documents: Documents, generated: Documents) -> Iterator[Check]:
    """Yield a check for each settings file under verification that the spec makes too."""
    for path, wanted in generated.settings.items():
        found, kind = documents.settings.get(path), kind_of(path)
        if found is None or kind is None:
            continue
        title, known, facts = _TITLES[kind]
        every = list(differences(wanted, found, _same))
        first = next((each for each in every if _is_known(each, found)), next(iter(every), None))
        routes = [route for route in routes_of(spec) if bucket_path(route.destination, kind) == path]
        cause = known or _cause(first, found, routes)
        yield configuration_check(
            path,
            f"`{path}`: {title}",
            first is None,
            cause,
            severity=Severity.ERROR if first is None or _is_known(first, found) else Severity.WARNING,
            s3_failure_code="DstBucketUnversioned" if cause == "F14" and routes else None,
            document=path,
            element=first,
            detail=wants_and_has(value_at(wanted, first), value_at(found, first)) if first is not None else None,
            fix=wanted,
            facts=facts,
        )


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
    if not element.endswith("KMSMasterKeyID") or not any(each.plaintext_into_kms for each in routes):
        return None
    cause = cause_of_key(value_at(found, element) or "alias/aws/s3")
    across = any(each.source.account != each.destination.account for each in routes)
    return cause if cause != "F11" or across else None


def _same(at: str, wanted: Any, found: Any) -> bool:
    """Tell whether a value says what is wanted: what AWS adds beside it does not count, nor do other words for it.

    Other words: a key by its id alone, and nothing where nothing is to be blocked (R83).
    """
    if wanted is None or wanted == found or at == _TOKEN:
        return True
    if at.endswith("KMSMasterKeyID"):
        return isinstance(found, str) and bool(found) and str(wanted).endswith(f":key/{found}")
    blocked = value_at(wanted, "EncryptionType", ())
    return found is None and at.endswith(_BLOCKED) and list(blocked) == ["NONE"]
