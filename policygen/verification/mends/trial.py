"""Trying mends: a draft is judged as the documents were, and what fails then asks for more, until all of it holds.

Most of what is broken is mended by the first draft, so a verification that fails costs about one more. A draft that
does not help reaches further the next time: from the statement to its document. Rejected: trying each change by itself,
which judges as often as there are changes, and cannot see that two of them are needed together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from policygen.document import PolicyDocument
from policygen.document.write import thaw
from policygen.lint import validate_text
from policygen.spec.paths import DocumentKind, kind_of
from policygen.verification.checks import Check, CheckKind, Report
from policygen.verification.documents import Documents
from policygen.verification.edits import Edit
from policygen.verification.mends.candidates import Candidates, Reach, unit_of
from policygen.verification.mends.draft import Draft, path_in, with_edits

Judge = Callable[[Documents], Report]
"""Judges documents by one spec."""

Changes = Sequence[tuple[Edit, frozenset[str]]]
"""Edits, with the ids of the checks for which they are made."""

_MOST_ROUNDS = 8

_TOO_LONG = {"POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA"}
"""Findings that are warnings of `validate`, for white space may not count."""


def with_mends(report: Report, documents: Documents, wanted: Documents, judge: Judge) -> Report:
    """Return a report with its mends: edits that, all together, were applied and judged.

    Args:
        report: The report on ``documents``.
        documents: What was judged.
        wanted: What the spec makes.
        judge: Judges other documents by the same spec.
    """
    if not any(_asks(check) for check in report.checks):
        return report
    changes, last = _kept(*_tried(report, documents, wanted, judge), report, documents, judge)
    failing = {check.id for check in last.failures}
    failing |= {check.id for check in last.warnings}
    known = {*documents.written(), *wanted.written(), *documents.files.values()}
    checks = [check if check.passed else _told(check, changes, failing, known) for check in report.checks]
    return replace(report, checks=tuple(checks), mends=tuple(_placed(edit, documents) for edit, _ in changes))


def _placed(edit: Edit, documents: Documents) -> Edit:
    """Return an edit with the line of what it changes."""
    path = path_in(documents, edit.document)
    whole = 1 if edit.before is not None and edit.statement is None else None
    return replace(edit, line=documents.line(path, edit.statement, None) if edit.statement is not None else whole)


def _asks(check: Check) -> bool:
    """Tell whether a check asks for a mend: an error, and what S3 may need or nobody asked for."""
    return check.failed or (not check.passed and check.kind in (CheckKind.MUST_ALLOW, CheckKind.EXCESS))


def _tried(report: Report, documents: Documents, wanted: Documents, judge: Judge) -> tuple[Changes, Report]:
    """Return the changes of the last draft, and the report on it."""
    draft, last = Draft(documents), report
    candidates = Candidates(draft=draft, wanted=wanted, paths=sorted({*documents.policies, *wanted.policies}))
    reaches: dict[str, Reach] = defaultdict(lambda: Reach.STATEMENT)
    seen: dict[str, set[object]] = defaultdict(set)
    for _ in range(_MOST_ROUNDS):
        changed = False
        for unit, checks in _by_unit(last.checks, documents).items():
            failing = {(check.id, check.statement, check.element) for check in checks if check.failed}
            first = reaches[unit] + (not seen[unit].isdisjoint(failing))
            seen[unit] |= failing
            for reach in (Reach(each) for each in range(first, len(Reach))):
                reaches[unit] = reach
                those = [each for each in checks if each.failed or reach is Reach.STATEMENT]
                if candidates.change(those, reach):
                    changed = True
                    break
        if not changed:
            break
        last = judge(draft.documents())
        if not last.failures:
            break
    return draft.changes(), last


def _by_unit(checks: Iterable[Check], documents: Documents) -> dict[str, list[Check]]:
    """Return the checks that ask for a mend by their unit; each names its document by the path where it belongs."""
    found: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        if _asks(check) and check.document is not None:
            path = path_in(documents, check.document)
            found[unit_of(path)].append(replace(check, document=path))
    return found


def _kept(changes: Changes, last: Report, report: Report, documents: Documents, judge: Judge) -> tuple[Changes, Report]:
    """Return the changes that work, and the report on them: none breaks anything, each is for a check that then holds.

    What is left of them is judged again, for they may hold together only.
    """
    before = {check.id for check in report.failures}
    refused = _refused(changes, documents)
    while changes:
        failing = {check.id for check in last.failures}
        broken = {unit_of(check.document or "") for check in last.failures if check.id not in before} | refused
        kept = [each for each in changes if each[1] - failing and unit_of(each[0].document) not in broken]
        if len(kept) == len(changes):
            return ([], report) if broken - refused else (changes, last)
        changes = kept
        last = judge(with_edits(documents, [edit for edit, _ in kept])) if kept else report
    return changes, report


def _refused(changes: Changes, documents: Documents) -> set[str]:
    """Return the units in which a policy has become one that AWS would not take, as one that is too long."""
    mended = with_edits(documents, [edit for edit, _ in changes]).policies
    changed = [path for path, policy in mended.items() if policy is not documents.policies.get(path)]
    return {unit_of(path) for path in changed if not _errors(mended, path) <= _errors(documents.policies, path)}


def _errors(policies: Mapping[str, PolicyDocument], path: str) -> set[str]:
    if path not in policies:
        return set()
    found = validate_text(json.dumps(thaw(policies[path].written)), path)
    too_long = {each.issueCode for each in found.findings} & _TOO_LONG
    return {each.issueCode for each in found.errors} | too_long


def _told(check: Check, changes: Changes, failing: set[str], known: set[str]) -> Check:
    """Return a failed check with the numbers of its mends; an error that none mends says so."""
    if check.id in failing:
        words = _unknown(check, known) if check.failed else None
        return replace(check, detail="; ".join(each for each in (check.detail, words) if each) or None)
    unit = unit_of(check.document or "")
    # an edit and what is cut from its statement belong together
    together = frozenset().union(*(because for _, because in changes if check.id in because))
    asked = (
        [number for number, (_, because) in enumerate(changes) if not because.isdisjoint(together)],
        [number for number, (edit, _) in enumerate(changes) if unit_of(edit.document) == unit],
        range(len(changes)) if check.failed else (),
    )
    return replace(check, mends=tuple(next((each for each in asked if each), ())))


def _unknown(check: Check, known: set[str]) -> str:
    """Return that no mend is known, and why."""
    if check.document is not None and check.document not in known:
        return f"no mend is known: `{check.document}` is no document of the spec's"
    if check.document is not None and kind_of(check.document) is DocumentKind.KEY_POLICY_OF_RAM:
        return "no mend is known: AWS RAM alone writes this policy; change what is shared there"
    return "no mend is known" + (": what the spec makes of it does not help" if check.fix is not None else "")
