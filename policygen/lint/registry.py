"""Every check there is."""

from __future__ import annotations

from policygen.lint import (
    actions,
    condition_keys,
    conditions,
    elements,
    organizations,
    permissions,
    principals,
    replication,
    resources,
    sizes,
    tags,
    trust,
    values,
    variables,
)
from policygen.lint.check import Check

CHECKS: tuple[Check, ...] = (
    *elements.CHECKS,
    *principals.CHECKS,
    *trust.CHECKS,
    *organizations.CHECKS,
    *actions.CHECKS,
    *resources.CHECKS,
    *permissions.CHECKS,
    *conditions.CHECKS,
    *condition_keys.CHECKS,
    *values.CHECKS,
    *variables.CHECKS,
    *tags.CHECKS,
    *sizes.CHECKS,
    *replication.CHECKS,
)
"""The checks in the order in which they run; each says itself which policy types it concerns."""
