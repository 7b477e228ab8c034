"""Warnings about a request: what can make a verdict right by mistake, such as a mistyped action in a denied test."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.catalog import RequestWarning, WarningCode, reference_warnings
from policygen.evaluation import PolicySource
from policygen.evaluation.carried import way_of
from policygen.evaluation.policies import Policies
from policygen.request import Request
from policygen.request.condition_keys import find_condition_key

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
    return (*reference_warnings(request), *_warnings(request, policies, counted))


def _warnings(request: Request, policies: PolicySource | None, counted: Policies | None) -> Iterator[RequestWarning]:
    def warning(code: WarningCode, message: str, hint: str, key: str = "") -> RequestWarning:
        return RequestWarning(code=code, message=message, hint=hint, doc_url=_CONTEXT, key=key)

    if request.resource != "*" and any(each in request.resource for each in "*?"):
        message = f"`*` and `?` in the resource `{request.resource}` are letters: one resource is asked for"
        yield warning(WarningCode.WILDCARD_IN_REQUEST, message, "name one resource, such as a key below the prefix")
    if policies is None:
        return
    for arn in policies.lacks(request):
        message = f"the environment covers the account of `{arn}`, and does not hold it: it has no policies here"
        yield warning(WarningCode.NOT_IN_ENVIRONMENT, message, "name one that it holds, or add it")
    counted = policies.policies_for(policies.completed(request)) if counted is None else counted
    way = way_of(request, through_endpoint=counted.vpc_endpoint is not None)
    for name, key in ((each.name, find_condition_key(each.name)) for each in request.stated):
        if way is not None and key is not None and way not in key.ways:
            message = f"a request that is sent {way.value} never carries `{name}`"
            hint = "in AWS the key is absent, whatever is stated here"
            yield warning(WarningCode.CONTEXT_KEY_NOT_CARRIED, message, hint, name)
    if not counted.policies() and not counted.grants:
        message = "no policy was given for this request: nothing can allow it"
        yield warning(WarningCode.NO_POLICY, message, "state the policies that AWS would consult")
