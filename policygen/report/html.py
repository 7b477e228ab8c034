"""The report of a verification as one page of HTML that needs nothing from outside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from policygen.document.write import to_json
from policygen.generator.template_files import read_page
from policygen.report.mends import differences
from policygen.report.page import page
from policygen.report.picture import picture_of
from policygen.report.svg import picture_style, svg
from policygen.report.verdict import answers, judged
from policygen.report.verification import beside, grouped
from policygen.spec.model import Spec
from policygen.verification import CAUSES
from policygen.verification.checks import Check, CheckKind, Report, with_role

_MOST_EXPLAINED = 2000
"""Explanations are worked out for this many checks at most; the page stays one that a browser opens at once."""


def html_report(spec: Spec, report: Report, documents: Mapping[str, Any]) -> str:
    """Return the page: the verdict, what to mend, the picture, the documents, and every check with its explanation.

    ``documents`` are those that were verified, as JSON values by path.
    """
    from markupsafe import Markup

    first = sorted(report.checks, key=lambda check: (not check.failed, check.passed))
    return page(
        "report.html.j2",
        styles=["report.css"],
        script="report.js",
        further_style=picture_style(),
        title=report.spec,
        report=report,
        picture=Markup(svg(picture_of(spec, report))),  # svg() escapes every text that it takes in
        answers=answers(report),
        judged=judged(report),
        tallies=_tallies(report),
        causes=_causes(report.failures or report.warnings),
        actions=[(beside(check), _row(check)) for check in report.actions_required],
        groups=[_group(checks, report) for checks in grouped((*report.failures, *report.warnings))],
        documents=_documents(report, documents),
        checks=[_row(check, explain=number < _MOST_EXPLAINED) for number, check in enumerate(first)],
        most_explained=_MOST_EXPLAINED,
        kinds=tuple(CheckKind),
    )


def _tallies(report: Report) -> list[dict[str, object]]:
    """Return how many checks of each kind there are, and how many of them failed."""
    asked = Counter(check.kind for check in report.checks)
    failed = Counter(check.kind for check in report.failures)
    return [
        {"name": kind.words, "asked": asked[kind], "held": asked[kind] - failed[kind], "failed": failed[kind]}
        for kind in CheckKind
        if asked[kind]
    ]


def _causes(checks: Iterable[Check]) -> list[tuple[FactLink, int]]:
    """Return the causes of what did not pass, the most frequent first."""
    found = Counter(check.cause for check in checks if check.cause)
    return [(fact_link(cause), count) for cause, count in found.most_common()]


def _group(checks: list[Check], report: Report) -> dict[str, Any]:
    """Return the checks that one change of one statement mends, the first of them speaking for all."""
    return _row(checks[0]) | {
        "checks": [_row(check) for check in checks],
        "mends": [(mend, to_json(report.mends[mend.number].value)) for mend in differences(report, checks)],
        "causes": [fact for fact, _ in _causes(checks)],
        "codes": list(dict.fromkeys(check.s3_failure_code for check in checks if check.s3_failure_code)),
    }


def _documents(report: Report, documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the documents that exist, and those that are missing, with the number of checks that point to each."""
    known = {str(entry["path"]): str(entry["kind"]) for entry in report.documents}
    failed = Counter(check.document for check in report.failures)
    paths = dict.fromkeys((*documents, *known))
    return [
        {
            "path": path,
            "kind": known.get(path, "").replace("-", " "),
            "text": to_json(documents[path]) if path in documents else "",
            "exists": path in documents,
            "failed": failed[path],
        }
        for path in paths
    ]


def _row(check: Check, *, explain: bool = False) -> dict[str, Any]:
    """Return what the page shows of a check."""
    decision, request = check.decision, check.request
    context: Any = request.to_dict()["context"] if explain and request is not None else {}
    return {
        "id": check.id,
        "title": check.title,
        "kind": check.kind.value,
        "kind_name": check.kind.words,
        "state": "holds" if check.passed else "fails" if check.failed else "warning",
        "outcome": decision.decision.value if decision is not None else "",
        "cause": fact_link(check.cause) if check.cause else None,
        "s3_failure_code": check.s3_failure_code,
        "document": check.document,
        "statement": check.statement,
        "element": check.element,
        "detail": check.detail,
        "context": [
            f"{key} = {each if isinstance(each, str) else ', '.join(map(str, each))}" for key, each in context.items()
        ],
        "explanation": with_role(str(decision.explain()), decision.request) if explain and decision is not None else "",
        "facts": [fact_link(fact) for fact in check.facts],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLink:
    """A fact's id, AWS's page (None where it rests on none), and for a cause (``F1`` …) its words."""

    id: str
    url: str | None
    text: str = ""


def fact_link(fact: str) -> FactLink:
    """Return where the fact with an id such as ``R52`` can be read up."""
    return FactLink(id=fact, url=_urls().get(fact), text=CAUSES[fact].words if fact in CAUSES else "")


@cache
def _urls() -> dict[str, str]:
    pages: dict[str, str] = json.loads(read_page("fact-pages.json"))
    return {fact: url for url, facts in pages.items() for fact in facts.split()}
