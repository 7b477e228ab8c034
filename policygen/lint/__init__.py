"""Would AWS accept a policy document? Grammar by policy type, sizes, and findings as Access Analyzer names them.

Works on the raw JSON with its places, never on a parsed document: a document that cannot be evaluated still gets all
its findings.
"""

from policygen.lint.findings import FileReport, Finding
from policygen.lint.validate import POLICY_TYPES, validate_text

__all__ = ["POLICY_TYPES", "FileReport", "Finding", "validate_text"]
