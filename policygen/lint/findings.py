"""Findings, shaped as Access Analyzer's ValidatePolicy shapes them: attributes have the names of its JSON."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from policygen.document.write import thaw
from policygen.errors import Place, Problem, Severity
from policygen.lint.policy_types import PolicyType


class FindingType(StrEnum):
    """How much a finding matters, in the words of Access Analyzer's API."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    SECURITY_WARNING = "SECURITY_WARNING"
    SUGGESTION = "SUGGESTION"


ERROR, WARNING, SECURITY_WARNING, SUGGESTION = FindingType

_CHECKS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"


def learn_more(finding_type: FindingType, issue_code: str) -> str:
    """Return the address of a check on AWS's page of policy checks.

    >>> learn_more(FindingType.WARNING, "MISSING_VERSION").partition("#")[2]
    'access-analyzer-reference-policy-checks-general-warning-missing-version'
    """
    kind = "GENERAL_WARNING" if finding_type is FindingType.WARNING else finding_type.value
    slug = f"{kind}_{issue_code}".lower().replace("_", "-")
    return f"{_CHECKS}#access-analyzer-reference-policy-checks-{slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a text: line from 1, column and offset from 0, in characters."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a position to the one behind the last character."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Substring:
    """A piece of a text, in characters."""

    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathElement:
    """One step from the document to what a finding is about; one attribute is set, the others are None.

    Attributes:
        index: Position in a list, from 0.
        key: Name of a member whose name is meant.
        substring: The piece of a text that is meant.
        value: Name of a member whose value is meant.
    """

    index: int | None = None
    key: str | None = None
    substring: Substring | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a finding stands.

    Source: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Location.html
    """

    path: tuple[PathElement, ...]
    span: Span

    def to_dict(self) -> dict[str, Any]:
        """Return the location as JSON-ready values."""
        found: dict[str, Any] = thaw(asdict(self, dict_factory=_without_nones))
        return found


def _without_nones(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding, with the names of ValidatePolicy's answer.

    Attributes:
        findingType: How much it matters.
        issueCode: Access Analyzer's code, or one of our own where AWS has none.
        findingDetails: What is wrong, in one sentence.
        learnMoreLink: AWS's page.
        locations: Path and span, as ValidatePolicy gives them.
        place: The same for people: pointer, line and column.

    Source: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicyFinding.html
    """

    findingType: FindingType
    issueCode: str
    findingDetails: str
    learnMoreLink: str
    locations: tuple[Location, ...]
    place: Place

    @property
    def problem(self) -> Problem:
        """The finding as a problem: an ERROR is an error, a SUGGESTION a note, both kinds of WARNING a warning."""
        severities = {FindingType.ERROR: Severity.ERROR, FindingType.SUGGESTION: Severity.NOTE}
        return Problem(
            code=self.issueCode,
            message=self.findingDetails,
            place=self.place,
            doc_url=self.learnMoreLink,
            severity=severities.get(self.findingType, Severity.WARNING),
        )

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON-ready values."""
        return {
            "findingType": self.findingType.value,
            "issueCode": self.issueCode,
            "findingDetails": self.findingDetails,
            "learnMoreLink": self.learnMoreLink,
            "locations": [location.to_dict() for location in self.locations],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What validation found in one document.

    Attributes:
        file: Its name.
        policy_type: The policy type it was judged as.
        findings: In the order of the text.
        guessed: Whether the policy type was taken from the document's looks.
        address: Where it stands in a file that holds more; empty for a file that is the document.
        problems: Why it cannot be judged: it cannot be read, or functions of a template stand for values; empty else.
        public: For the policy of a bucket or access point, whether it is public by S3's definition; None for others,
            and where the document cannot be parsed.
    """

    file: str
    policy_type: PolicyType
    findings: tuple[Finding, ...]
    guessed: bool = False
    public: bool | None = None
    address: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of type ERROR."""
        return tuple(finding for finding in self.findings if finding.findingType is FindingType.ERROR)

    @property
    def valid(self) -> bool:
        """Whether it was judged and there is no ERROR."""
        return not self.errors and not self.problems

    @property
    def name(self) -> str:
        """The file, with the address of the document in it."""
        return f"{self.file}#{self.address}" if self.address else self.file

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values: findings, or the problems of a document that cannot be judged."""
        where: dict[str, object] = {"file": self.file}
        if self.address:
            where["address"] = self.address
        if self.problems:
            return where | {"valid": False, "problems": [each.to_dict() for each in self.problems]}
        found: dict[str, object] = where | {"policy_type": self.policy_type.value, "valid": self.valid}
        if self.public is not None:
            found["public"] = self.public
        return found | {"findings": [finding.to_dict() for finding in self.findings]}
