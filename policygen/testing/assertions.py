"""Assertions about decisions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast, runtime_checkable

from policygen.document import Document
from policygen.evaluation import Decision, EvalDecision
from policygen.request import Request
from policygen.source.shown import shown
from policygen.testing.warned import PolicyTestWarning

if TYPE_CHECKING:
    from policygen.spec.model import Spec


@runtime_checkable
class Authorizes(Protocol):
    """Whatever answers requests: a PolicySet, an Engine, an Environment."""

    def authorize(self, request: Request) -> Decision:
        """Return the decision on ``request``."""
        ...


Target: TypeAlias = "Authorizes | Spec | Document | Sequence[Document]"
"""What requests are asked of: a PolicySet, an Engine or an Environment; a spec (what it generates); a policy in any
form, or several, those with a Principal resource-based; a pathlib.Path of any of them, or of a folder of them."""


def assert_allowed(target: Target, request: Request) -> Decision:
    """Assert that ``request`` is allowed, and return the decision.

    What is odd about the request is a :class:`PolicyTestWarning`.

    Raises:
        AssertionError: It is denied. The first line says what was expected and what came, by which statement.
        PolicygenError: The target is none, or a file of it cannot be used.
    """
    __tracebackhide__ = True
    asked = _opened(target)
    decision = asked.authorize(request)
    if not decision.allowed:
        raise AssertionError(_failure("allowed", decision, asked))
    _warn(asked, request)
    return decision


def assert_denied(target: Target, request: Request, by: str | None = None) -> Decision:
    """Assert that ``request`` is denied, and return the decision.

    What is odd about the request is a :class:`PolicyTestWarning`: a mistyped action is denied, too.

    Args:
        target: What is asked.
        request: The request.
        by: Sid or ``#index`` of a Deny statement that must be among those that decided.

    Raises:
        AssertionError: It is allowed, or denied by other statements. The first line says what was expected and what
            came, by which statement; then comes the Deny that should have decided, with what keeps it from applying.
        PolicygenError: The target is none, or a file of it cannot be used.
    """
    __tracebackhide__ = True
    asked = _opened(target)
    decision = asked.authorize(request)
    if by is not None and not _denied_by(decision, by):
        raise AssertionError(_failure(f"a denial by `{by}`", decision, asked, by))
    if decision.allowed:
        raise AssertionError(_failure("denied", decision, asked))
    _warn(asked, request)
    return decision


def _opened(target: Target) -> Authorizes:
    if hasattr(target, "authorize"):
        return cast("Authorizes", target)
    from policygen.api.targets import target_of

    return target_of(cast("Document", target))


def _denied_by(decision: Decision, by: str) -> bool:
    if decision.decision is not EvalDecision.EXPLICIT_DENY:
        return False
    return any(by in (each.label, f"#{each.index}") for each in decision.matched_statements)


def _failure(expected: str, decision: Decision, asked: Authorizes, by: str | None = None) -> str:
    from policygen.report.failures import not_met

    lines = not_met(expected, decision, denial=expected != "allowed", by=() if by is None else (by,))
    odd = (f"  warning: {warning}" for warning in _odd(asked, decision.request))
    return shown("\n".join((*lines, *odd)))


def _warn(asked: Authorizes, request: Request) -> None:
    """Warn of what is odd about a request, at the line of the test that asserts."""
    __tracebackhide__ = True
    for warning in _odd(asked, request):
        warnings.warn(PolicyTestWarning(warning), stacklevel=3)


def _odd(asked: Authorizes, request: Request) -> tuple[str, ...]:
    from policygen.evaluation.policies import PolicySource
    from policygen.scenario import request_warnings

    source = getattr(asked, "target", asked)  # an engine's policies
    found = request_warnings(request, source if isinstance(source, PolicySource) else None)
    return tuple(shown(str(each)) for each in found)
