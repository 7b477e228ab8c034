"""Proofs over all requests: what one policy allows and another does not, with a request that shows it.

A set of requests is a union of boxes, a box a set of atoms for each field (caller, action, resource, condition keys),
and an atom one of the ways in which the policies' patterns can hold together. No rule of AWS stands here: patterns and
conditions are asked of ``matching``, how a policy decides beside others is asked of ``evaluation``, which judges every
witness before it is shown.
"""

from policygen.proofs.automaton import TooRichError
from policygen.proofs.checks import (
    CheckResult,
    Reason,
    check_access_not_granted,
    check_never_matches,
    check_no_new_access,
    check_no_public_access,
)
from policygen.proofs.compare import Diff, Difference, compare, merged
from policygen.proofs.kinds import OF_RESOURCE, Attachment, Kind, kind_of
from policygen.proofs.minimize import KINDS_OF_QUOTAS, Minimized, minimize
from policygen.proofs.same import why_not_same
from policygen.proofs.whole import compare_whole

__all__ = [
    "KINDS_OF_QUOTAS",
    "OF_RESOURCE",
    "Attachment",
    "CheckResult",
    "Diff",
    "Difference",
    "Kind",
    "Minimized",
    "Reason",
    "TooRichError",
    "check_access_not_granted",
    "check_never_matches",
    "check_no_new_access",
    "check_no_public_access",
    "compare",
    "compare_whole",
    "kind_of",
    "merged",
    "minimize",
    "why_not_same",
]
