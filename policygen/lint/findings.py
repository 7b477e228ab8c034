"""Findings, shaped as Access Analyzer's ValidatePolicy shapes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policygen.lint.policy_types import PolicyType


class FindingType(StrEnum):
    """How much a finding matters, in the words of Access Analyzer's API."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    SECURITY_WARNING = "SECURITY_WARNING"
    SUGGESTION = "SUGGESTION"


_CHECKS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_ANCHORS = {
    FindingType.ERROR: "error",
    FindingType.WARNING: "general-warning",
    FindingType.SECURITY_WARNING: "security-warning",
    FindingType.SUGGESTION: "suggestion",
}


def learn_more(finding_type: FindingType, issue_code: str) -> str:
    """Return the address of a check on AWS's page of policy checks.

    >>> learn_more(FindingType.WARNING, "MISSING_VERSION").partition("#")[2]
    'access-analyzer-reference-policy-checks-general-warning-missing-version'
    """
    slug = issue_code.lower().replace("_", "-")
    return f"{_CHECKS}#access-analyzer-reference-policy-checks-{_ANCHORS[finding_type]}-{slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        finding_type: How much it matters.
        issue_code: Access Analyzer's code, or one of our own where AWS has none.
        details: What is wrong, in one sentence.
        learn_more_link: AWS's page.
        pointer: RFC 6901 pointer of what it is about.
        line: Line, from 1.
        column: Column, from 1.
        locations: Path and span as ValidatePolicy gives them, as JSON-ready values.
    """

    finding_type: FindingType
    issue_code: str
    details: str
    learn_more_link: str
    pointer: str
    line: int
    column: int
    locations: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON-ready values."""
        return {
            "findingType": self.finding_type.value,
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
        guessed: Whether the policy type was taken from the document's looks.
        public: For a resource-based policy, whether it is public by S3's definition; None for other types, and where
            the document cannot be parsed.
    """

    file: str
    policy_type: PolicyType
    findings: tuple[Finding, ...]
    guessed: bool = False
    public: bool | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of type ERROR."""
        return tuple(finding for finding in self.findings if finding.finding_type is FindingType.ERROR)

    @property
    def valid(self) -> bool:
        """Whether there is no ERROR."""
        return not self.errors

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        found: dict[str, object] = {"file": self.file, "policy_type": self.policy_type.value, "valid": self.valid}
        if self.public is not None:
            found["public"] = self.public
        return found | {"findings": [finding.to_dict() for finding in self.findings]}
