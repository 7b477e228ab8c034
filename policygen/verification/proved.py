"""What is proved of each policy: nothing else is allowed, every guard holds, nothing required is denied.

Fact: E1, E2, E36
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policygen.catalog import KnownCalls
from policygen.document import PolicyDocument, parse_policy
from policygen.errors import Severity
from policygen.proofs import Attachment, Kind, TooRichError
from policygen.proofs.boxes import Box
from policygen.proofs.inclusion import Found, Inclusion, Required, why_too_rich
from policygen.spec.model import Bucket, Key, Role, Spec
from policygen.spec.paths import DocumentKind
from policygen.verification.asked import Asked, asked_of
from policygen.verification.checks import Check, CheckKind
from policygen.verification.documents import Documents
from policygen.verification.requests import DerivedRequest
from policygen.verification.requests.grants import Grant, grant_of
from policygen.verification.requests.others import session_of
from policygen.verification.serious import Named, is_metadata, outsider
from policygen.verification.statements import condition_element

CALLS = KnownCalls(is_metadata)
"""What is known of AWS's actions; those that do harm stand for others."""

KINDS = {
    DocumentKind.BUCKET_POLICY: Kind.RESOURCE,
    DocumentKind.KEY_POLICY: Kind.KEY,
    DocumentKind.TRUST_POLICY: Kind.TRUST,
    DocumentKind.PERMISSIONS_POLICY: Kind.IDENTITY,
}


def proved_checks(
    spec: Spec, documents: Documents, requests: Sequence[DerivedRequest], grants: Sequence[Grant]
) -> Iterator[Check]:
    """Yield what is proved of each policy that a spec calls for.

    Args:
        spec: The spec.
        documents: The documents under verification.
        requests: What the spec asks to allow and to deny.
        grants: All that it gives.
    """
    named = Named(spec)
    required = [each for each in requests if each.must_allow and each.severity is Severity.ERROR]
    for asked in asked_of(spec, grants):
        yield from _of_policy(asked, _Whole.of(asked, documents), required, named)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A policy, or all of a role's identity-based policies or of a key's as one, and where each statement stands."""

    document: PolicyDocument
    places: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, asked: Asked, documents: Documents) -> _Whole:
        """Return the policy that stands where something is asked; one without statements where none does."""
        if asked.kind is DocumentKind.PERMISSIONS_POLICY and isinstance(asked.owner, Role):
            found = documents.identity_policies(asked.owner)
        elif isinstance(asked.owner, Key):
            found = documents.key_policies(asked.owner, asked.region)
        else:
            found = tuple(each for path, each in documents.policies.items() if path == asked.path)
        if len(found) == 1:
            return cls(found[0], tuple((found[0].source, each.label) for each in found[0].statements))
        none = parse_policy('{"Version": "2012-10-17", "Statement": []}', asked.path)
        statements = [(each.source, statement) for each in found for statement in each.statements]
        return cls(
            replace(none, statements=tuple(replace(each, index=number) for number, (_, each) in enumerate(statements))),
            tuple((source, each.label) for source, each in statements),
        )


def _of_policy(asked: Asked, whole: _Whole, requests: Iterable[DerivedRequest], named: Named) -> Iterator[Check]:
    inclusion = None
    try:
        inclusion = Inclusion(KINDS[asked.kind], whole.document, asked.policy, attachment_of(asked), CALLS)
        required = inclusion.required(_required(asked, requests))
        yield from _excess(inclusion, whole, named)
        yield from _guards(inclusion, asked, whole)
        yield from _denied(inclusion, whole, required)
        yield from _conditions(inclusion, whole, required)
    except TooRichError as error:
        yield Check(
            id=f"{asked.path}/proof",
            title=f"nothing else is allowed by `{asked.path}`",
            kind=CheckKind.EXCESS,
            passed=False,
            document=asked.path,
            detail=f"it could not be told: {why_too_rich(error, inclusion)}",
            unknown=True,
        )


def attachment_of(asked: Asked) -> Attachment:
    """Return what a policy is attached to of which a spec asks something."""
    owner = asked.owner
    if asked.kind is DocumentKind.PERMISSIONS_POLICY and isinstance(owner, Role):
        return Attachment(owner=owner.account, caller=session_of(owner, "session"))
    if isinstance(owner, Bucket):
        return Attachment(owner=owner.account, resources=(owner.arn, owner.object_arn("*")))
    if isinstance(owner, Key):
        return Attachment(owner=owner.account, resources=(owner.arn(asked.region),))
    return Attachment(owner=owner.account, resources=(owner.arn,))


def _required(asked: Asked, requests: Iterable[DerivedRequest]) -> Iterator[Required]:
    """Yield what must be allowed by a policy, each with the statement that asks for it."""
    for each in requests:
        place = asked.place_of(grant_of(each))
        if place is not None:
            yield Required(request=each.request, statement=place)


def _excess(inclusion: Inclusion, whole: _Whole, named: Named) -> Iterator[Check]:
    found = {each.statement.statement.index: each for each in inclusion.excess(named.is_serious)}
    for statement in inclusion.statements:
        if statement.denies:
            continue
        path, label = whole.places[statement.statement.index]
        more = found.get(statement.statement.index)
        yield Check(
            id=f"{path}/{label}/asked",
            title=f"`{label}` allows nothing that the spec does not ask for",
            kind=CheckKind.EXCESS,
            passed=more is None,
            severity=Severity.WARNING if more is not None and not more.serious else Severity.ERROR,
            **_shown(more),
            document=path,
            statement=label,
            element=_too_wide(inclusion, more) if more is not None else None,
            detail=_too_much(more) if more is not None else None,
        )


def _shown(found: Found | None) -> dict[str, Any]:
    """Return the attributes of a check that show what was found."""
    if found is None:
        return {}
    return {"request": found.witness, "decision": found.decision, "unknown": found.witness is None}


def _kind(found: Found | None, kind: CheckKind) -> CheckKind:
    """Return the kind of a check: what could not be told leaves open whether nothing else is allowed."""
    return CheckKind.EXCESS if found is not None and found.witness is None else kind


def _too_wide(inclusion: Inclusion, found: Found) -> str | None:
    """Return the element that lets the witness through: the first that fails in the Allow that comes nearest to it."""
    if found.witness is None:
        return None
    failed = inclusion.nearest(found.witness)
    if failed is None or failed.key is None:
        return failed.element if failed is not None else None
    return condition_element(failed.operator, failed.key)


def _too_much(found: Found) -> str:
    if found.witness is None:
        return f"it could not be told: {found.unknown}"
    request = found.witness
    return f"it lets {outsider(request.principal)} do {request.action} on {request.resource}: nothing asks for that"


def _guards(inclusion: Inclusion, asked: Asked, whole: _Whole) -> Iterator[Check]:
    found = {each.statement.statement.index: each for each in inclusion.hollow()}
    for number in asked.guards:
        guard = asked.policy.statements[number]
        hole = found.get(guard.index)
        yield Check(
            id=f"{asked.path}/guards/{guard.label}",
            title=f"nothing gets by `{guard.label}`",
            kind=_kind(hole, CheckKind.GUARD),
            passed=hole is None,
            **_shown(hole),
            document=asked.path,
            statement=_standing_for(guard.sid, whole),
            detail=_gets_by(hole) if hole is not None else None,
        )


def _standing_for(sid: str | None, whole: _Whole) -> str | None:
    return next((label for _, label in whole.places if label == sid), None)


def _gets_by(found: Found) -> str:
    if found.witness is None:
        return f"it could not be told: {found.unknown}"
    request = found.witness
    return f"no statement denies {request.action} on {request.resource} by {outsider(request.principal)}"


def _denied(inclusion: Inclusion, whole: _Whole, required: Sequence[Box]) -> Iterator[Check]:
    """Yield a check for each Deny: an error where it hits what must be allowed, a warning where it denies more."""
    hits = {each.statement.statement.index: each for each in inclusion.denied(required)}
    more = {each.statement.statement.index: each for each in inclusion.beyond()}
    for statement in inclusion.statements:
        if not statement.denies:
            continue
        path, label = whole.places[statement.statement.index]
        hit = hits.get(statement.statement.index)
        found = hit or more.get(statement.statement.index)
        yield Check(
            id=f"{path}/{label}/spares",
            title=f"`{label}` denies nothing that {'must be allowed' if hit else 'no guard of the spec refuses'}",
            kind=_kind(hit, CheckKind.MUST_ALLOW if hit else CheckKind.GUARD),
            passed=found is None,
            severity=Severity.ERROR if hit or found is None else Severity.WARNING,
            **_shown(found),
            document=path,
            statement=label,
            detail=_hits(found) if found is not None else None,
        )


def _hits(found: Found) -> str:
    if found.witness is None:
        return f"it could not be told: {found.unknown}"
    request = found.witness
    return f"it denies {request.action} on {request.resource} to {outsider(request.principal)}"


def _conditions(inclusion: Inclusion, whole: _Whole, required: Sequence[Box]) -> Iterator[Check]:
    idle = {(statement.statement.index, number) for statement, number in inclusion.idle(required)}
    for statement in inclusion.statements:
        path, label = whole.places[statement.statement.index]
        for number, condition in enumerate(statement.conditions):
            entry = condition.entry
            element = condition_element(entry.operator, entry.key)
            needed = (statement.statement.index, number) not in idle
            yield Check(
                id=f"{path}/{label}/{element}",
                title=f"`{entry.operator}` `{entry.key}` of `{label}` is needed",
                kind=CheckKind.CONFIGURATION,
                passed=needed,
                severity=Severity.WARNING,
                document=path,
                statement=label,
                element=element,
                detail=None if needed else "without it the policy allows the same of what is asked",
                facts=("E36",),
            )
