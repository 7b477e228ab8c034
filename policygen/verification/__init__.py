"""Verification: where generation and evaluation meet.

The expected outcomes are derived from the spec alone; the documents are judged by the evaluator; neither hides the
other's mistake.
"""

from policygen.verification.causes import CAUSES, Cause
from policygen.verification.checks import Check, CheckKind, Report
from policygen.verification.documents import Documents, documents_of_bundle, read_documents
from policygen.verification.environment import environment_of, generated_environment, reference_spec
from policygen.verification.minimize import fit
from policygen.verification.requests import derive_requests
from policygen.verification.verify import verify_spec

__all__ = [
    "CAUSES",
    "Cause",
    "Check",
    "CheckKind",
    "Documents",
    "Report",
    "derive_requests",
    "documents_of_bundle",
    "environment_of",
    "fit",
    "generated_environment",
    "read_documents",
    "reference_spec",
    "verify_spec",
]
