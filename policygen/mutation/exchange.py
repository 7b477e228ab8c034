"""A policy in the place of another one, wherever that stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from policygen.document import PolicyDocument
from policygen.evaluation import Environment, PolicySource
from policygen.evaluation.policies import NamedPolicy, Policies, compiled

Same = Callable[[object], bool]
"""Tells whether a document is the one that is exchanged."""


def in_policies(policies: Policies, same: Same, new: NamedPolicy) -> Policies:
    """Return the policies of a request with another one in the place of those that are the same."""
    return policies.mapped(lambda each: new if same(each.document) else each)


def in_source(source: PolicySource, same: Same, new: PolicyDocument) -> PolicySource:
    """Return a policy set or an environment with another policy in the place of those that are the same.

    Raises:
        DocumentError: The new policy cannot be judged.
    """
    if isinstance(source, Policies):
        return in_policies(source, same, compiled(new, new.source))
    if not isinstance(source, Environment):
        return source
    held = ("identity_based", "permissions_boundary", "trust_policy", "resource_based", "policy")
    levels = ("service_control", "resource_control")

    def each(value: Any) -> Any:
        """Exchange one document, or those in tuples of them."""
        if isinstance(value, tuple):
            return tuple(map(each, value))
        return new if same(value) else value

    def attached(entry: Any) -> Any:
        names = [name for name in (*held, *levels) if hasattr(entry, name)]
        return replace(entry, **{name: each(getattr(entry, name)) for name in names})

    entries = ("principals", "resources", "accounts", "vpc_endpoints")
    changed: dict[str, Any] = {
        name: {arn: attached(one) for arn, one in getattr(source, name).items()} for name in entries
    }
    return replace(source, **changed, **{name: each(getattr(source, name)) for name in levels})
