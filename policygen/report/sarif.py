"""Findings as SARIF 2.1.0, the form that code scanning reads: results at their places, and the rules behind them.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from policygen.errors import Place
from policygen.explained import Example, Explained, explain
from policygen.report.outcome import Case, Finding, Outcome
from policygen.report.paths import relative
from policygen.source.shown import shown
from policygen.version import VERSION

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
"""The name of the working folder; whoever reads the file says where it lies."""


def sarif(outcome: Outcome) -> str:
    """Return an outcome as SARIF: a result each finding, a rule each code that was found."""
    codes = list(dict.fromkeys(finding.problem.code for _, finding in outcome.findings))
    seen: Counter[str] = Counter()
    driver = {"name": "policygen", "version": VERSION, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which policygen ran."}}},
        "automationDetails": {"id": f"policygen/{outcome.command.replace(' ', '/')}/"},
        "invocations": [{"executionSuccessful": all(case.judged for case in outcome.cases)}],
        "results": [_result(case, finding, codes, seen) for case, finding in outcome.findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(case: Case, finding: Finding, codes: list[str], seen: Counter[str]) -> dict[str, Any]:
    problem = finding.problem
    place = problem.place if problem.place.source else case.place
    found: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.severity.value,
        "message": {"text": shown(finding.text)},
    }
    if place.source and place.source != "-":
        found["locations"] = [_location(place, finding)]
    same = _fingerprint(place, case, finding)
    found["partialFingerprints"] = {"policygen/v1": f"{same}:{seen[same]}"}
    seen[same] += 1
    return found


def _location(place: Place, finding: Finding) -> dict[str, Any]:
    artifact: dict[str, Any] = {"uri": _uri(place.source)}
    if not PurePath(relative(place.source)).is_absolute():
        artifact["uriBaseId"] = _ROOT
    region: dict[str, Any] = {"startLine": place.line or 1}
    if place.line and place.column:
        region["startColumn"] = place.column
    if line := _line(place):
        region["snippet"] = {"text": shown(line)}
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    names = " ".join(part for part in (finding.within, place.pointer) if part)
    return found | ({"logicalLocations": [{"fullyQualifiedName": shown(names)}]} if names else {})


def _uri(name: str) -> str:
    path = PurePath(relative(name))
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _line(place: Place) -> str:
    """Return the line of a place; an empty text where it is not at hand."""
    return place.lines[place.line - 1] if place.line and place.line <= len(place.lines) else ""


def _fingerprint(place: Place, case: Case, finding: Finding) -> str:
    """Return what stays the same while lines move: code, file, what is meant, the text of the line, the message."""
    file = relative(place.source) if place.source else ""
    parts = (finding.problem.code, file, finding.within, case.name, _line(place).strip(), finding.problem.message)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _rule(code: str) -> dict[str, Any]:
    """Return what is said of a code once; a code that nothing explains has its name alone."""
    found = explain(code)
    if found is None:
        return {"id": code}
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": found.what},
        "fullDescription": {"text": "\n".join(part for part in (found.what, found.why) if part)},
        "help": {"text": f"policygen explain {code}", "markdown": _markdown(found)},
        "properties": {"tags": [found.kind.value]},
    }
    return rule | ({"helpUri": found.pages[0]} if found.pages else {})


def _markdown(found: Explained) -> str:
    parts = [found.what, *found.why.split("\n")]
    for title, example in (("Found", found.bad), ("Instead", found.good)):
        if example is not None:
            parts.append(f"{title}{_where(example)}:\n\n```\n{example.text}\n```")
    parts += [f"<{page}>" for page in found.pages]
    return "\n\n".join(part for part in parts if part)


def _where(example: Example) -> str:
    return f" ({example.where})" if example.where else ""
