"""What a verification finds: checks and the report they stand in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policygen.catalog import RequestWarning
from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.evaluation import Decision
from policygen.request import Request
from policygen.verification.causes import CAUSES, CauseKind, in_words
from policygen.verification.edits import Edit
from policygen.version import VERSION


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
    CheckKind.EXCESS: "nothing else allowed",
    CheckKind.GUARD: "guards hold",
}


_KIND_CODES = {
    CheckKind.MUST_ALLOW: "PG-V003",
    CheckKind.MUST_DENY: "PG-V004",
    CheckKind.EXCESS: "PG-V005",
    CheckKind.GUARD: "PG-V006",
    CheckKind.CONFIGURATION: "PG-V007",
}


def with_role(text: str, request: Request) -> str:
    """Return a text for people: a session of a role is called by the role's ARN, which has its path (R15)."""
    caller = request.principal
    return text.replace(caller.arn, caller.role_arn) if caller.arn and caller.role_arn else text


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
        fix: The statement (or part of a configuration) that is wanted there, as JSON values: what mends are made of.
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
        stops: Whether nothing replicates where a check of the configuration fails, though no cause says so.
        told: Whether people are told of it where it passed, though no cause stands behind it.
        line: Line, from 1, of what ``statement`` or ``element`` names, in the file that was judged.
        request: The request, when there is one.
        decision: The decision on it.
        facts: Ids of the facts that fix the expectation.
        unknown: Whether it did not pass because nobody could tell: a field was too rich for the proof.
        warnings: What is odd about the request of an ``expect:`` entry: a denial may be right by mistake.
        mends: Numbers of the report's mends that it needs.
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
    mends: tuple[int, ...] = ()
    stops: bool = False
    told: bool = False
    line: int | None = None

    @property
    def failed(self) -> bool:
        """Whether the check is an error that did not pass."""
        return not self.passed and self.severity is Severity.ERROR

    @property
    def code(self) -> str:
        """The code of what is wrong where it did not pass: its cause's, else that of its kind."""
        return self.cause or _KIND_CODES[self.kind]

    @property
    def decides_works(self) -> bool:
        """Whether what must work does not where the check fails; the others ask whether it is exact."""
        stops = self.stops or (self.cause is not None and CAUSES[self.cause].stops_replication)
        return self.kind is CheckKind.MUST_ALLOW or (self.kind is CheckKind.CONFIGURATION and stops)

    def to_dict(self) -> dict[str, object]:
        """Return the check as JSON-ready values; what does not apply is left out."""
        names = ("detail", "cause", "s3_failure_code", "document", "statement", "element", "line")
        found: dict[str, object] = {
            "id": self.id,
            "title": self.title,
            "kind": self.kind.value,
            "severity": self.severity.value,
            "passed": self.passed,
            "request": self.request.to_dict() if self.request else None,
            "decision": self.decision.decision.value if self.decision is not None else None,
            **{name: getattr(self, name) for name in names},
            "warnings": [each.to_dict() for each in self.warnings] or None,
        }
        lists = {"mends": list(self.mends), "facts": list(self.facts)}
        return {name: value for name, value in found.items() if value is not None} | lists


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


def _is_action(cause: str | None) -> bool:
    return cause is not None and CAUSES[cause].kind is CauseKind.ACTION


IN_MEMORY = "memory"
"""Where the documents of a program are from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """The outcome of a verification.

    Attributes:
        spec: The spec's name.
        checks: Every check, in the order of the spec.
        documents: Every document that was verified, as JSON-ready values: path, kind, whether it came from a file.
        mends: Edits that, all together, were applied and judged; checks name them by their numbers, from 0.
        documents_from: The folder that was judged, ``memory`` for documents of a program; None for the generated ones.
        works_alone: Whether it was asked only whether what must work does.
        taken: What is not in the spec and was taken from the documents, in words.
        replicates: Whether the spec replicates anything: what works then is replication.
    """

    spec: str
    checks: tuple[Check, ...]
    documents: tuple[Mapping[str, Any], ...] = ()
    mends: tuple[Edit, ...] = ()
    documents_from: str | None = None
    works_alone: bool = False
    taken: tuple[str, ...] = ()
    replicates: bool = False

    @property
    def works(self) -> bool:
        """Whether something was checked, and what must work does."""
        return bool(self.checks) and not any(check.decides_works for check in self.failures)

    @property
    def exact(self) -> bool | None:
        """Whether nothing else is allowed, every guard holds and the rest is the spec's; None while it is not known."""
        if self.works_alone or not self.checks:
            return None
        rest = [check for check in self.failures if not check.decides_works]
        return None if rest and all(check.unknown for check in rest) else not rest

    @property
    def ok(self) -> bool:
        """Whether it works and is exact; whether it works, where that alone was asked."""
        return self.works and (self.works_alone or self.exact is True)

    def ok_but_for(self, ignored: Collection[str]) -> bool:
        """Tell whether nothing counts against it but checks that are accepted, by their ids."""
        counted = [check for check in self.failures if check.decides_works or not self.works_alone]
        return bool(self.checks) and all(check.id in ignored for check in counted)

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
        """What somebody has to do, to compare or to know beside the documents: nothing that failed."""
        return tuple(check for check in self.checks if check.passed and (check.told or _is_action(check.cause)))

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return {
            "ok": self.ok,
            "works": self.works,
            "exact": self.exact,
            "documents_from": self.documents_from,
            "version": VERSION,
            "checks": [check.to_dict() for check in self.checks],
            "mends": [edit.to_dict() for edit in self.mends],
            "documents": [thaw(document) for document in self.documents],
        }
