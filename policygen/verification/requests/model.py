"""Derived requests: what the spec asks to allow and to deny, each with the outcome that it must have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from policygen.errors import Severity
from policygen.request import Principal, Request


class Purpose(Enum):
    """What a request is for: the rows of S3's replication, and what people do with buckets and keys."""

    ASSUME_ROLE = "S3 assumes the role"
    READ_CONFIGURATION = "S3 reads the replication configuration"
    LIST_SOURCE = "S3 lists the source bucket"
    READ_OBJECT = "S3 reads the object version"
    READ_ACL = "S3 reads the object's ACL"
    READ_TAGS = "S3 reads the object's tags"
    READ_ANNOTATIONS = "S3 reads the object's annotations"
    READ_RETENTION = "S3 reads the object's retention"
    READ_LEGAL_HOLD = "S3 reads the object's legal hold"
    DECRYPT_SOURCE = "S3 decrypts the object under the source key"
    WRITE_REPLICA = "S3 writes the replica"
    WRITE_TAGS = "S3 writes the replica's tags"
    WRITE_ANNOTATIONS = "S3 writes the replica's annotations"
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
class DerivedRequest:
    """A request and the outcome that the spec asks for.

    Attributes:
        id: Stable within a spec.
        title: What is asked, for people.
        purpose: What the request is for.
        must_allow: Whether it must be allowed; otherwise it must be denied.
        request: The request.
        severity: Warning where AWS's pages disagree on whether the right is needed (R44).
        wrong: For a refusal, the element that must refuse: ``Principal``, ``Action``, ``Resource``, or
            ``Condition/KEY``; None for what must be allowed.
        facts: Ids of the facts that fix the expectation.
    """

    id: str
    title: str
    purpose: Purpose
    must_allow: bool
    request: Request
    severity: Severity = Severity.ERROR
    wrong: str | None = None
    facts: tuple[str, ...] = ()

    def refused(self, id_part: str, what: str, wrong: str, **changes: Any) -> DerivedRequest:
        """Return this request with one thing wrong.

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


def derived(
    purpose: Purpose,
    *,
    id: str,  # noqa: A002  # the field's name
    principal: Principal | str,
    action: str,
    resource: str,
    account: str,
    context: Mapping[str, Any],
    title: str = "",
    must_allow: bool = True,
    **more: Any,
) -> DerivedRequest:
    """Return a request that must be allowed, or with ``must_allow=False`` one that must be denied.

    ``more`` are further attributes of :class:`DerivedRequest`; without a title purpose, action and resource are it.
    """
    request = Request(
        principal=principal, action=action, resource=resource, resource_account=account, context=dict(context)
    )
    title = title or f"{purpose.value} ({action} on {named(resource)})"
    return DerivedRequest(id=id, title=title, purpose=purpose, must_allow=must_allow, request=request, **more)


def short(arn: str) -> str:
    """Return the last part of an ARN, for titles: ``bucket/key`` or ``role/NAME``."""
    return arn.rpartition(":")[2]


def named(arn: str) -> str:
    """Return a resource as titles name it: a key with its Region, which is all that tells related keys apart (M2)."""
    parts = arn.split(":")
    return f"{short(arn)} in {parts[3]}" if parts[2:3] == ["kms"] else short(arn)


def without_service(action: str) -> str:
    """Return an action without its service, for ids: ``GetObject``."""
    return action.partition(":")[2]


def distinct(requests: Iterable[DerivedRequest]) -> Iterator[DerivedRequest]:
    """Yield the requests without repetition, and without refusals of what another one must be allowed.

    What one part of a spec grants, another part cannot ask to refuse: the same request for the same caller is asked
    once, and an allow wins.
    """
    numbers: dict[Request, int] = {}  # a request is compared once; its number stands for it afterwards
    listed = [((each.must_allow, numbers.setdefault(each.request, len(numbers))), each) for each in requests]
    strict = {key for key, each in listed if each.severity is Severity.ERROR}
    asked = {key for key, _ in listed}
    seen: set[tuple[bool, int]] = set()
    names: dict[str, int] = {}
    for key, each in listed:
        if key in seen or (not each.must_allow and (True, key[1]) in asked):
            continue
        seen.add(key)
        severity = Severity.ERROR if key in strict else each.severity  # the stricter of two askers counts
        count = names[each.id] = names.get(each.id, 0) + 1
        name = each.id if count == 1 else f"{each.id}-{count}"
        yield each if count == 1 and severity is each.severity else replace(each, id=name, severity=severity)
