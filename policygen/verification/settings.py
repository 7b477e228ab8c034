"""Settings of buckets and batch jobs under verification, laid beside what the spec makes of them.

A settings file that is not there is not known, and asks nothing: unlike a policy, a setting exists in any case.

Fact: F14, R1, S13, S14, R90
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from policygen.verification.checks import Check, CheckKind
from policygen.verification.documents import Documents

_TOKEN = "ClientRequestToken"
"""Made anew for each job; any token will do."""

_TITLES = {
    "versioning.json": ("versioning is as the spec says", "F14", ("R1",)),
    "encryption.json": ("default encryption is as the spec says", None, ("S14", "R47", "R83")),
    "public-access-block.json": ("Block Public Access is as the spec says", None, ("E105",)),
    "ownership-controls.json": ("Object Ownership is as the spec says", None, ("S48",)),
    "batch-job.json": ("the batch job is as the spec says", None, ("R90", "R92")),
}


def settings_checks(documents: Documents, generated: Documents) -> Iterator[Check]:
    """Yield a check for each settings file under verification that the spec makes too."""
    for path, wanted in generated.settings.items():
        found = documents.settings.get(path)
        if found is None:
            continue
        title, cause, facts = _TITLES[PurePosixPath(path).name]
        difference = next(_differences(wanted, found), None)
        yield Check(
            id=path,
            title=f"`{path}`: {title}",
            kind=CheckKind.CONFIGURATION,
            passed=difference is None,
            cause=cause,
            document=path,
            element=difference,
            fix=None if difference is None else wanted,
            facts=facts,
        )


def _differences(wanted: Any, found: Any, at: str = "") -> Iterator[str]:
    """Yield the elements in which two values differ; what AWS adds beside them does not count."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            if name != _TOKEN:
                yield from _differences(value, found.get(name), f"{at}/{name}" if at else name)
    elif isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)) and len(wanted) == len(found):
        for number, (ours, theirs) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(ours, theirs, f"{at}/{number}")
    elif wanted != found:
        yield at
