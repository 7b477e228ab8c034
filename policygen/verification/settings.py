"""Settings of buckets and batch jobs under verification, laid beside what the spec makes of them.

A settings file that is not there is not known, and asks nothing: unlike a policy, a setting exists in any case.

Fact: F14, R1, S13, S14, R90
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.spec.kinds import SourceObjects
from policygen.spec.model import Spec
from policygen.spec.paths import DocumentKind, bucket_path, kind_of
from policygen.verification.causes import in_words
from policygen.verification.checks import Check, CheckKind
from policygen.verification.documents import Documents
from policygen.verification.routes import Route, routes_of

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
        differences = list(_differences(wanted, found))
        telling = [each for each in differences if _is_known(each, found)] or differences
        difference = next(iter(telling), None)
        routes = [route for route in routes_of(spec) if bucket_path(route.destination, kind) == path]
        cause = known or _cause(difference, found, routes)
        yield Check(
            id=path,
            title=f"`{path}`: {title}",
            kind=CheckKind.CONFIGURATION,
            passed=difference is None,
            severity=Severity.ERROR if difference is None or _is_known(difference, found) else Severity.WARNING,
            cause=cause,
            s3_failure_code="DstBucketUnversioned" if cause == "F14" and routes else None,
            document=path,
            element=difference,
            detail=None if difference is None else in_words(cause, _compared(difference, wanted, found)),
            fix=None if difference is None else wanted,
            facts=facts,
        )


def _is_known(element: str, found: Mapping[str, Any]) -> bool:
    """Tell whether a difference is one for sure.

    Unspecified: whether GetBucketEncryption returns BlockedEncryptionTypes for every bucket; the element is optional,
    and an AWS CLI from before it leaves it out. A file without it says nothing about SSE-C.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html
    """
    return not element.endswith(_BLOCKED) or _value_at(found, element) is not None


def _cause(element: str | None, found: Mapping[str, Any], routes: Sequence[Route]) -> str | None:
    """F25: a destination blocks SSE-C that is to arrive. F11, F12: plaintext arrives under another key than wanted."""
    if element is None:
        return None
    if _BLOCKED in element:
        blocks = "SSE-C" in str(_value_at(found, element.partition(_BLOCKED)[0] + _BLOCKED))
        asked = any(SourceObjects.SSE_C in each.replication.source_objects for each in routes)
        return "F25" if blocks and asked else None
    if not element.endswith("KMSMasterKeyID") or not any(each.plaintext_into_kms for each in routes):
        return None
    key = _value_at(found, element)
    managed = key is None or str(key).endswith("alias/aws/s3")
    across = any(each.source.account != each.destination.account for each in routes)
    return "F11" if managed and across else None if managed else "F13" if "alias/" in str(key) else "F12"


def _value_at(value: Any, element: str) -> Any:
    for part in element.split("/"):
        if isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            return None
    return value


def _compared(element: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    want, have = _value_at(wanted, element), _value_at(found, element)
    return f"wants `{thaw(want)}`, has " + ("nothing" if have is None else f"`{thaw(have)}`")


def _differences(wanted: Any, found: Any, at: str = "") -> Iterator[str]:
    """Yield the elements in which two values differ; what AWS adds beside them does not count."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            if name != _TOKEN:
                yield from _differences(value, found.get(name), f"{at}/{name}" if at else name)
    elif isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)) and len(wanted) == len(found):
        for number, (ours, theirs) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(ours, theirs, f"{at}/{number}")
    elif wanted != found and not _means(wanted, found, at):
        yield at


def _means(wanted: Any, found: Any, at: str) -> bool:
    """Tell whether a value says the same in other words: a key by its id alone, or nothing where nothing is blocked."""
    if at.endswith("KMSMasterKeyID"):
        return isinstance(found, str) and bool(found) and str(wanted).endswith(f":key/{found}")
    return found is None and at.endswith(_BLOCKED) and _blocks_nothing(wanted)


def _blocks_nothing(wanted: Any) -> bool:
    """A bucket that never blocked anything need not say so (R83)."""
    return isinstance(wanted, Mapping) and list(wanted.get("EncryptionType", ())) == ["NONE"]
