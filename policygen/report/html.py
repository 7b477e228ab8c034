"""The report of a verification as one page of HTML that needs nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policygen.document.write import thaw, to_json
from policygen.generator.template_files import read_page
from policygen.report.picture import picture_of
from policygen.report.svg import svg
from policygen.spec.model import Spec
from policygen.verification.checks import Check, Report

_MOST_EXPLAINED = 2000
"""Explanations are worked out for this many checks at most; the page stays one that a browser opens at once."""


def html_report(spec: Spec, report: Report, documents: Mapping[str, Any]) -> str:
    """Return the page: the verdict, the picture, what to mend, the documents, and every check with its explanation.

    Args:
        spec: The spec.
        report: Its verification.
        documents: The documents that were verified, as JSON values by path.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(read_page("report.html.j2"))
    kinds = {str(entry["path"]): str(entry["kind"]) for entry in report.documents}
    page = template.render(
        title=report.spec,
        report=report,
        picture=Markup(svg(picture_of(spec, report))),  # svg() escapes every text that it takes in
        failures=[_row(check, explain=True) for check in report.failures],
        warnings=[_row(check, explain=True) for check in report.warnings],
        checks=[_row(check, explain=number < _MOST_EXPLAINED) for number, check in enumerate(report.checks)],
        documents=[
            {"path": path, "kind": kinds.get(path, ""), "text": to_json(value)} for path, value in documents.items()
        ],
    )
    return page + "\n"


def _row(check: Check, *, explain: bool) -> dict[str, Any]:
    """Return what the page shows of a check."""
    explained = explain and check.decision is not None
    return {
        "id": check.id,
        "title": check.title,
        "kind": check.kind.value,
        "passed": check.passed,
        "failed": check.failed,
        "outcome": check.decision.decision.value if check.decision is not None else "",
        "cause": check.cause,
        "s3_failure_code": check.s3_failure_code,
        "document": check.document,
        "statement": check.statement,
        "element": check.element,
        "detail": check.detail,
        "fix_text": json.dumps(thaw(check.fix), indent=2, ensure_ascii=False) if check.fix is not None else "",
        "explanation": str(check.decision.explain()) if explained and check.decision is not None else "",
        "facts": check.facts,
    }
