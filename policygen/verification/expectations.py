"""The spec's own ``expect:`` list: extra requests in the suite format, with the spec's names in them.

``keys.NAME@REGION``, ``buckets.NAME``, ``buckets.NAME/KEY``, ``role/…`` and ``user/…`` stand for ARNs.
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.evaluation import Environment
from policygen.spec.model import Spec
from policygen.verification.checks import Check


def expectation_checks(spec: Spec, environment: Environment) -> Iterator[Check]:
    """Yield one check for each entry of ``expect:``."""
    yield from ()
