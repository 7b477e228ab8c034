"""The two answers of a verification in plain words, and what was judged, by which version, when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from policygen.spec.paths import DocumentKind, kind_of
from policygen.verification.checks import Check, CheckKind, Report
from policygen.version import VERSION

_CONFIGURATION = {kind for kind in DocumentKind if "policy" not in kind.value}


def answers(report: Report) -> str:
    """Return in one sentence whether what must work works, and whether nothing else is allowed."""
    if not report.checks:
        return "nothing was judged: the spec has no bucket, key or replication to ask about"
    subject = "replication" if report.replicates else "what must work"
    if not report.works:
        causes = dict.fromkeys(check.cause for check in report.failures if check.decides_works and check.cause)
        why = f" ({', '.join(causes)})" if causes else ""
        return f"{subject} does not work{why}; {_exact(report)}"
    unseen = any(kind_of(check.document or "") is DocumentKind.PERMISSIONS_BOUNDARY for check in report.warnings)
    return f"{subject} works{', if its permissions boundary lets it' if unseen else ''}; {_exact(report)}"


def _exact(report: Report) -> str:
    if report.works_alone:
        return "what else is allowed was not asked"
    if report.exact is None:
        return "whether more than was asked is allowed is not known"
    if report.exact:
        aside = ", warnings aside" if any(_allows_more(check) for check in report.warnings) else ""
        return f"nothing more than was asked is allowed{aside}"
    return ", ".join(dict.fromkeys(_not_exact(report)))


def _not_exact(report: Report) -> Iterator[str]:
    failed = [check for check in report.failures if not check.decides_works and not check.unknown]
    if any(_allows_more(check) for check in failed):
        yield "it allows more than was asked"
    if any(check.kind is CheckKind.GUARD for check in failed):
        yield "a guard does not deny what it should"
    if any(check.kind is CheckKind.CONFIGURATION and not _allows_more(check) for check in failed):
        yield "the rest of the configuration is not what was asked"


def _allows_more(check: Check) -> bool:
    """Tell whether a failed check says that something else is allowed: one of a policy does, one of a setting not."""
    if check.kind is not CheckKind.CONFIGURATION:
        return check.kind in (CheckKind.EXCESS, CheckKind.MUST_DENY)
    return check.document is not None and kind_of(check.document) not in _CONFIGURATION


def judged(report: Report) -> str:
    """Return what was judged: whose documents, by which version, on which day."""
    count = sum(1 for document in report.documents if document["exists"])
    documents = f"{count} document{'' if count == 1 else 's'}"
    where = f"in {report.documents_from}" if report.documents_from is not None else "that the spec generates"
    return f"judged: {documents} {where}, by policygen {VERSION} on {datetime.now(UTC).date().isoformat()}"
