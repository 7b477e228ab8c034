"""Least privilege from what was used: from records of calls to policies that allow them, proved and replayed.

What was used is read off the records (``events``), written as statements at a stated level, made small by the proofs,
and replayed by the evaluation: no rule of AWS stands here.
"""

from policygen.suggesting.gathering import Progress, Sought, gathered_from
from policygen.suggesting.result import Generalised, LeftOut, Level, NotAllowed, Suggested, Suggestions, Unused
from policygen.suggesting.suggest import Wanted, suggest
from policygen.suggesting.used import Gathered, Identity, identity_key

__all__ = [
    "Gathered",
    "Generalised",
    "Identity",
    "LeftOut",
    "Level",
    "NotAllowed",
    "Progress",
    "Sought",
    "Suggested",
    "Suggestions",
    "Unused",
    "Wanted",
    "gathered_from",
    "identity_key",
    "suggest",
]
