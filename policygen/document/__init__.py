"""Policy documents: parsing, a model that keeps what was written, and writing them back.

No files, no matching, no opinion on whether AWS would accept a document: that is ``validate``'s question.
"""

from policygen.document.given import Document, names_a_file, opened
from policygen.document.model import (
    ConditionEntry,
    Effect,
    PolicyDocument,
    PrincipalElement,
    PrincipalEntry,
    Statement,
)
from policygen.document.parse import parse_policy, unresolved_function
from policygen.document.write import freeze

__all__ = [
    "ConditionEntry",
    "Document",
    "Effect",
    "PolicyDocument",
    "PrincipalElement",
    "PrincipalEntry",
    "Statement",
    "freeze",
    "names_a_file",
    "opened",
    "parse_policy",
    "unresolved_function",
]
