"""Generates IAM, S3 bucket and KMS key policies, and evaluates requests against them with AWS's logic.

Everything public is reachable from here; each name is loaded when it is first used, so that importing policygen
costs next to nothing and evaluating never loads what only generation needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policygen.api import (
        compile,  # noqa: A004  # the public name; policygen.compile is what users write
        export_to,
        generate,
        is_public,
        load_environment,
        load_spec,
        plan,
        verify,
    )
    from policygen.document import PolicyDocument, parse_policy
    from policygen.engine import Engine
    from policygen.errors import (
        DocumentError,
        GenerationError,
        Place,
        PolicygenError,
        Problem,
        RequestError,
        Severity,
        SourceError,
        SpecError,
        SuiteError,
    )
    from policygen.evaluation import (
        Decision,
        Environment,
        EvalDecision,
        Explanation,
        MatchedStatement,
        PolicySet,
        Settings,
    )
    from policygen.generator import Bundle
    from policygen.migration import Plan
    from policygen.request import Principal, Request
    from policygen.spec.model import Spec
    from policygen.verification import Report

__version__ = "0.1.0"

_HOMES = {
    "policygen.api": (
        "compile",
        "export_to",
        "generate",
        "is_public",
        "load_environment",
        "load_spec",
        "plan",
        "verify",
    ),
    "policygen.catalog": ("RequestWarning", "request_warnings"),
    "policygen.document": ("PolicyDocument", "parse_policy"),
    "policygen.errors": (
        "DocumentError",
        "GenerationError",
        "Place",
        "PolicygenError",
        "Problem",
        "RequestError",
        "Severity",
        "SourceError",
        "SpecError",
        "SuiteError",
    ),
    "policygen.engine": ("Engine",),
    "policygen.evaluation": (
        "Decision",
        "Environment",
        "EvalDecision",
        "Explanation",
        "MatchedStatement",
        "PolicySet",
        "Settings",
    ),
    "policygen.generator": ("Bundle",),
    "policygen.migration": ("Plan",),
    "policygen.request": ("Principal", "Request"),
    "policygen.spec.model": ("Spec",),
    "policygen.verification": ("Report",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Bundle",
    "Decision",
    "DocumentError",
    "Engine",
    "Environment",
    "EvalDecision",
    "Explanation",
    "GenerationError",
    "MatchedStatement",
    "Place",
    "Plan",
    "PolicyDocument",
    "PolicySet",
    "PolicygenError",
    "Principal",
    "Problem",
    "Report",
    "Request",
    "RequestError",
    "RequestWarning",
    "Settings",
    "Severity",
    "SourceError",
    "Spec",
    "SpecError",
    "SuiteError",
    "compile",
    "export_to",
    "generate",
    "is_public",
    "load_environment",
    "load_spec",
    "parse_policy",
    "plan",
    "request_warnings",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the room it lives in."""
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module 'policygen' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
