"""Mends: edits of the documents that were applied and judged before they are printed.

What stands beside what is asked (``alignment``) tells how a statement that failed should read; ``candidates`` and
``settings`` write it into a ``draft`` of the documents; ``trial`` judges the draft, and goes on until it holds or
nothing more is known.
"""

from policygen.verification.mends.trial import with_mends

__all__ = ["with_mends"]
