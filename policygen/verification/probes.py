"""Probes: requests with the outcome that the spec asks for.

Where they come from: :mod:`routes` (replication), :mod:`buckets`, :mod:`keys`; :mod:`wrong` makes the refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from policygen.errors import Severity
from policygen.request import Request


class Step(Enum):
    """What a request is for: the rows of S3's replication, and what people do with buckets and keys."""

    ASSUME_ROLE = "S3 assumes the role"
    READ_CONFIGURATION = "S3 reads the replication configuration"
    LIST_SOURCE = "S3 lists the source bucket"
    READ_OBJECT = "S3 reads the object version"
    READ_ACL = "S3 reads the object's ACL"
    READ_TAGS = "S3 reads the object's tags"
    READ_RETENTION = "S3 reads the object's retention"
    READ_LEGAL_HOLD = "S3 reads the object's legal hold"
    DECRYPT_SOURCE = "S3 decrypts the object under the source key"
    WRITE_REPLICA = "S3 writes the replica"
    WRITE_TAGS = "S3 writes the replica's tags"
    OVERRIDE_OWNER = "S3 gives the replica to the destination's owner"
    ENCRYPT_REPLICA = "S3 encrypts the replica under the replica key"
    DECRYPT_REPLICA_KEY = "S3 verifies the bucket key of the replica"
    GENERATE_DATA_KEY = "S3 makes a data key under the replica key"
    WRITE_DELETE_MARKER = "S3 replicates a delete marker"
    READER = "a reader reads"
    WRITER = "a writer writes"
    ADMINISTRATOR = "an administrator manages the key"
    KEY_USER = "a key user uses the key"
    EXEMPT = "an exempt principal works on the bucket from anywhere"
    GUARDED = "an insider works on the bucket"
    BATCH_ASSUME_ROLE = "S3 Batch Operations assumes the job's role"
    BATCH_SOURCE = "the job starts replication"
    BATCH_MANIFEST = "the job writes and reads its manifest"
    BATCH_REPORT = "the job writes its report"
    BATCH_KEY = "the job uses the key of its manifest or report"
    OWNER = "the owner's root user works on the bucket"
    KEY_OWNER = "the account manages the key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request and the outcome that the spec asks for.

    Attributes:
        id: Stable within a spec.
        title: What is asked, for people.
        step: What the request is for.
        must_allow: Whether it must be allowed; otherwise it must be denied.
        request: The request.
        severity: Warning where AWS's pages disagree on whether the right is needed (R44).
        wrong: For a refusal, the element that must refuse: ``Principal``, ``Action``, ``Resource``, or
            ``Condition/KEY``; None for what must be allowed.
        facts: Ids of the facts that fix the expectation.
    """

    id: str
    title: str
    step: Step
    must_allow: bool
    request: Request
    severity: Severity = Severity.ERROR
    wrong: str | None = None
    facts: tuple[str, ...] = ()

    def refused(self, id_part: str, what: str, wrong: str, **changes: Any) -> Probe:
        """Return this probe with one thing wrong.

        Args:
            id_part: Appended to the id.
            what: Appended to the title.
            wrong: The element that must refuse it.
            changes: ``principal``, ``action``, ``resource``, or ``context`` (keys to change; None takes one away).
        """
        context = changes.pop("context", {})
        request = self.request
        if changes:
            parts: dict[str, Any] = {
                "principal": request.principal,
                "action": request.action,
                "resource": request.resource,
                "resource_account": request.resource_account,
                "context": {value.name: list(value.values) for value in request.stated},
            }
            request = Request(**(parts | changes))
        if context:
            request = request.with_context(context)
        return replace(
            self,
            id=f"{self.id}/{id_part}",
            title=f"{self.title}: {what}",
            must_allow=False,
            request=request,
            severity=Severity.ERROR,
            wrong=wrong,
        )


def distinct(probes: Iterable[Probe]) -> Iterator[Probe]:
    """Yield the probes without repetition, and without refusals of what another probe must be allowed.

    What one part of a spec grants, another part cannot ask to refuse: the same request for the same caller is asked
    once, and an allow wins.
    """
    listed = list(probes)
    strict = {(probe.must_allow, probe.request) for probe in listed if probe.severity is Severity.ERROR}
    allowed = {probe.request for probe in listed if probe.must_allow}
    seen: set[tuple[bool, Request]] = set()
    names: dict[str, int] = {}
    for probe in listed:
        key = (probe.must_allow, probe.request)
        if key in seen or (not probe.must_allow and probe.request in allowed):
            continue
        seen.add(key)
        if key in strict:
            probe = replace(probe, severity=Severity.ERROR)  # noqa: PLW2901  # the stricter of two askers counts
        count = names[probe.id] = names.get(probe.id, 0) + 1
        yield probe if count == 1 else replace(probe, id=f"{probe.id}-{count}")
