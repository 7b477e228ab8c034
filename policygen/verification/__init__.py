"""Verification: where generation and evaluation meet.

The expected outcomes are derived from the spec alone; the documents are judged by the evaluator; neither hides the
other's mistake.
"""

from policygen.verification.checks import Check, CheckKind, Report
from policygen.verification.documents import Documents, documents_of_bundle, read_documents
from policygen.verification.environment import environment_of
from policygen.verification.exemplary import exemplary_spec
from policygen.verification.minimize import fit
from policygen.verification.verify import probes_of, verify_spec

__all__ = [
    "Check",
    "CheckKind",
    "Documents",
    "Report",
    "documents_of_bundle",
    "environment_of",
    "exemplary_spec",
    "fit",
    "probes_of",
    "read_documents",
    "verify_spec",
]
