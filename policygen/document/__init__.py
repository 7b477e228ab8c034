"""Policy documents: parsing, a model that keeps what was written, and writing them back.

No files, no matching, no opinion on whether AWS would accept a document: that is ``validate``'s question.
"""

from policygen.document.model import (
    ConditionEntry,
    Effect,
    PolicyDocument,
    PrincipalElement,
    PrincipalEntry,
    Statement,
)
from policygen.document.parse import parse_policy

__all__ = [
    "ConditionEntry",
    "Effect",
    "PolicyDocument",
    "PrincipalElement",
    "PrincipalEntry",
    "Statement",
    "parse_policy",
]
