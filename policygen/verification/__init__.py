"""Verification: where generation and evaluation meet.

The expected outcomes are derived from the spec alone; the documents are judged by the evaluator; neither hides the
other's mistake.
"""

from policygen.verification.causes import CAUSES, Cause
from policygen.verification.checks import IN_MEMORY, Check, CheckKind, Report
from policygen.verification.documents import Documents, check_any_expected, documents_of_bundle, read_documents
from policygen.verification.edits import Edit, mended_texts
from policygen.verification.environment import environment_of, generated_environment, reference_spec
from policygen.verification.mends import with_mends
from policygen.verification.minimize import fit
from policygen.verification.requests import derive_requests
from policygen.verification.taken import with_bucket_keys, with_key_ids
from policygen.verification.verify import verify_spec

__all__ = [
    "CAUSES",
    "IN_MEMORY",
    "Cause",
    "Check",
    "CheckKind",
    "Documents",
    "Edit",
    "Report",
    "check_any_expected",
    "derive_requests",
    "documents_of_bundle",
    "environment_of",
    "fit",
    "generated_environment",
    "mended_texts",
    "read_documents",
    "reference_spec",
    "verify_spec",
    "with_bucket_keys",
    "with_key_ids",
    "with_mends",
]
