"""What a verification finds: checks and the report they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policygen.catalog import RequestWarning
from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.evaluation import Decision
from policygen.request import Request
from policygen.verification.causes import CAUSES, CauseKind, in_words


class CheckKind(Enum):
    """What a check asks."""

    MUST_ALLOW = "must-allow"
    MUST_DENY = "must-deny"
    EXCESS = "excess"
    GUARD = "guard"
    CONFIGURATION = "configuration"

    @property
    def words(self) -> str:
        """What people read."""
        return _KIND_WORDS.get(self, self.value)


_KIND_WORDS = {
    CheckKind.MUST_ALLOW: "must be allowed",
    CheckKind.MUST_DENY: "must be denied",
    CheckKind.EXCESS: "nothing else is allowed",
    CheckKind.GUARD: "every guard holds",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """Why something fails, where to look and what to write; None is what does not apply.

    Attributes:
        detail: One sentence about the outcome.
        cause: The code of its cause, a key of ``CAUSES``.
        s3_failure_code: S3's own failure code for that cause (R100).
        document: Path of the document to change.
        statement: Sid or ``#index`` of the statement to change.
        element: The element of the statement to change, for example ``Condition/StringLike/kms:ViaService``.
        fix: The statement (or part of a configuration) that would mend it, as JSON values.
    """

    detail: str | None = None
    cause: str | None = None
    s3_failure_code: str | None = None
    document: str | None = None
    statement: str | None = None
    element: str | None = None
    fix: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Check(Diagnosis):
    """One question and its answer, with its diagnosis.

    Attributes:
        id: Stable within a spec, for example ``nightly/west/decrypt-source``.
        title: What is asked, for people.
        kind: must-allow, must-deny, excess, guard or configuration.
        severity: A failed warning leaves the report ok.
        passed: Whether the answer is the expected one.
        request: The request, when there is one.
        decision: The decision on it.
        facts: Ids of the facts that fix the expectation.
        unknown: Whether it did not pass because nobody could tell: a field was too rich for the proof.
        warnings: What is odd about the request of an ``expect:`` entry: a denial may be right by mistake.
    """

    id: str
    title: str
    kind: CheckKind
    passed: bool
    severity: Severity = Severity.ERROR
    request: Request | None = None
    decision: Decision | None = None
    facts: tuple[str, ...] = ()
    unknown: bool = False
    warnings: tuple[RequestWarning, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the check is an error that did not pass."""
        return not self.passed and self.severity is Severity.ERROR

    def to_dict(self) -> dict[str, object]:
        """Return the check as JSON-ready values; what does not apply is left out."""
        names = ("detail", "cause", "s3_failure_code", "document", "statement", "element")
        found: dict[str, object] = {
            "id": self.id,
            "title": self.title,
            "kind": self.kind.value,
            "severity": self.severity.value,
            "passed": self.passed,
            "request": self.request.to_dict() if self.request else None,
            "decision": self.decision.decision.value if self.decision is not None else None,
            **{name: getattr(self, name) for name in names},
            "fix": thaw(self.fix) if self.fix is not None else None,
            "warnings": [each.to_dict() for each in self.warnings] or None,
        }
        return {name: value for name, value in found.items() if value is not None} | {"facts": list(self.facts)}


def configuration_check(id_: str, title: str, passed: bool, cause: str | None = None, **more: Any) -> Check:
    """Return a check of what can be shown without a request.

    Args:
        id_: Its id.
        title: What is asked.
        passed: Whether it is so.
        cause: The cause where it is not.
        more: Further attributes of :class:`Check`; ``detail`` is what was found, and with ``fix`` only told where the
            check did not pass.
    """
    if passed:
        more |= {"detail": None, "fix": None}
    else:
        more["detail"] = in_words(cause, more.get("detail"))
    return Check(id=id_, title=title, kind=CheckKind.CONFIGURATION, passed=passed, cause=cause, **more)


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """The outcome of a verification.

    Attributes:
        spec: The spec's name.
        checks: Every check, in the order of the spec.
        documents: Every document that was verified, as JSON-ready values: path, kind, whether it came from a file.
    """

    spec: str
    checks: tuple[Check, ...]
    documents: tuple[Mapping[str, Any], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether something was checked and all of it passed, warnings aside."""
        return bool(self.checks) and not any(check.failed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The errors that did not pass."""
        return tuple(check for check in self.checks if check.failed)

    @property
    def warnings(self) -> tuple[Check, ...]:
        """The warnings that did not pass."""
        return tuple(check for check in self.checks if not check.passed and not check.failed)

    @property
    def actions_required(self) -> tuple[Check, ...]:
        """What somebody has to do or to compare beside the documents: nothing that failed."""
        known = (check for check in self.checks if check.passed and check.cause)
        return tuple(check for check in known if CAUSES[check.cause or ""].kind is CauseKind.ACTION)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return {
            "ok": self.ok,
            "checks": [check.to_dict() for check in self.checks],
            "documents": [thaw(document) for document in self.documents],
        }
