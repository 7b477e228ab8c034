"""Would AWS accept a policy document? Grammar by policy type, sizes, and findings as Access Analyzer names them.

Works on the raw JSON with its places, never on a parsed document: a document that cannot be evaluated still gets all
its findings.
"""

from policygen.lint.findings import Finding, FindingType, Validation
from policygen.lint.policy_types import POLICY_TYPES, PolicyType
from policygen.lint.validate import holds_document, is_of_interest, validate_text

__all__ = [
    "POLICY_TYPES",
    "Finding",
    "FindingType",
    "PolicyType",
    "Validation",
    "holds_document",
    "is_of_interest",
    "validate_text",
]
