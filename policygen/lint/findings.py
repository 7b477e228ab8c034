"""Findings, shaped as Access Analyzer's ValidatePolicy shapes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from policygen.errors import Place
from policygen.source.json_text import LineIndex

_CHECKS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_ANCHORS = {
    "ERROR": "error",
    "WARNING": "general-warning",
    "SECURITY_WARNING": "security-warning",
    "SUGGESTION": "suggestion",
}


def learn_more(finding_type: str, issue_code: str) -> str:
    """Return the address of a check on AWS's page of policy checks."""
    slug = issue_code.lower().replace("_", "-")
    return f"{_CHECKS}#access-analyzer-reference-policy-checks-{_ANCHORS[finding_type]}-{slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        finding_type: ERROR, WARNING, SECURITY_WARNING or SUGGESTION.
        issue_code: Access Analyzer's code where it has one.
        details: What is wrong, in one sentence.
        learn_more_link: AWS's page.
        pointer: RFC 6901 pointer of what it is about.
        line: Line, from 1.
        column: Column, from 1.
        locations: Path and span as ValidatePolicy gives them, as JSON-ready values.
    """

    finding_type: str
    issue_code: str
    details: str
    learn_more_link: str
    pointer: str
    line: int
    column: int
    locations: tuple[Any, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON-ready values."""
        return {
            "findingType": self.finding_type,
            "issueCode": self.issue_code,
            "findingDetails": self.details,
            "learnMoreLink": self.learn_more_link,
            "locations": list(self.locations),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What validation found in one document.

    Attributes:
        file: Its name.
        policy_type: The policy type it was judged as.
        findings: In the order of the text.
        public: For a resource policy, whether it is public by S3's definition; None for other types, and where the
            document cannot be parsed.
    """

    file: str
    policy_type: str
    findings: tuple[Finding, ...]
    public: bool | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of type ERROR."""
        return tuple(finding for finding in self.findings if finding.finding_type == "ERROR")

    @property
    def valid(self) -> bool:
        """Whether there is no ERROR."""
        return not self.errors

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        found: dict[str, object] = {"file": self.file, "policy_type": self.policy_type, "valid": self.valid}
        if self.public is not None:
            found["public"] = self.public
        return found | {"findings": [finding.to_dict() for finding in self.findings]}


class Locator:
    """Turns places of one text into ValidatePolicy's locations."""

    def __init__(self, text: str) -> None:
        """Index ``text``."""
        self._text = text
        self._index = LineIndex(text, "")
        self._lines = [0]
        self._lines.extend(position + 1 for position, char in enumerate(text) if char == "\n")
        self._scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # the scanner behind json.loads

    def location(self, place: Place) -> dict[str, Any]:
        """Return path and span of the value at a place."""
        start = self._offset(place)
        try:
            _, end = self._scan(self._text, start)
        except (StopIteration, ValueError, RecursionError):
            end = start
        return {
            "path": [
                {"index": int(part)} if part.isdecimal() else {"value": part.replace("~1", "/").replace("~0", "~")}
                for part in place.pointer.split("/")[1:]
            ],
            "span": {"start": self._position(start), "end": self._position(end)},
        }

    def _offset(self, place: Place) -> int:
        line = min((place.line or 1), len(self._lines)) - 1
        return self._lines[line] + (place.column or 1) - 1

    def _position(self, offset: int) -> dict[str, int]:
        place = self._index.place(offset)
        return {"line": place.line or 1, "column": (place.column or 1) - 1, "offset": offset}
