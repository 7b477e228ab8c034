"""Warnings about a request: what can make a verdict right by mistake, such as a mistyped action in a denied test."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.catalog import RequestWarning, WarningCode, reference_warnings
from policygen.evaluation import PolicySource
from policygen.evaluation.policies import Policies
from policygen.request import Request

_CONTEXT = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html"
)


def request_warnings(
    request: Request, policies: PolicySource | None = None, *, counted: Policies | None = None
) -> tuple[RequestWarning, ...]:
    """Return what is odd about a request: in AWS's reference, and under the policies that judge it.

    Args:
        request: The request; only context keys that it states are looked at.
        policies: The policy set or environment that judges it; None when nothing is known of it.
        counted: The policies that count for it, where they are not those that ``policies`` has: a test's own beside an
            environment's.

    Raises:
        ArgumentError: PG-A001 for what is no request.
    """
    found = [*reference_warnings(request), *_wildcards(request)]
    if policies is not None:
        found.extend(_not_held(request, policies))
        found.extend(_no_policy(policies.policies_for(policies.completed(request)) if counted is None else counted))
    return tuple(found)


def _wildcards(request: Request) -> Iterator[RequestWarning]:
    if request.resource != "*" and any(each in request.resource for each in "*?"):
        yield RequestWarning(
            code=WarningCode.WILDCARD_IN_REQUEST,
            message=f"`*` and `?` in the resource `{request.resource}` are letters: one resource is asked for",
            hint="name one resource, such as a key below the prefix",
            doc_url=_CONTEXT,
        )


def _not_held(request: Request, policies: PolicySource) -> Iterator[RequestWarning]:
    for arn in policies.lacks(request):
        yield RequestWarning(
            code=WarningCode.NOT_IN_ENVIRONMENT,
            message=f"the environment covers the account of `{arn}`, and does not hold it: it has no policies here",
            hint="name one that it holds, or add it",
            doc_url=_CONTEXT,
        )


def _no_policy(counted: Policies) -> Iterator[RequestWarning]:
    if not counted.policies() and not counted.grants:
        yield RequestWarning(
            code=WarningCode.NO_POLICY,
            message="no policy was given for this request: nothing can allow it",
            hint="state the policies that AWS would consult",
            doc_url=_CONTEXT,
        )
