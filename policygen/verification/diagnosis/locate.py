"""Which statement of which document has to change so that a request that must be allowed is allowed.

The reference documents say on which side the right stands, and what the statement looks like. The statement to change
is the one of somebody's own that stands for it; where none does, it is missing.

The order of the checks is that of the evaluation, from what stops everything to what one statement lacks: an SCP or
boundary that is silent stops every grant, so it is looked for first; then the caller's own policies before the
resource's, as people give a right first where the role is. Rejected: taking the statement that nearly allows the
request whatever its layer, which sends people to a bucket policy for what their role lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policygen.document import PolicyDocument
from policygen.document.model import Effect
from policygen.evaluation import EvalDecision, Explanation, MatchedStatement, PolicyType
from policygen.evaluation.results.traces import NOT_APPLICABLE, LayerTrace, StatementTrace
from policygen.request import Request
from policygen.verification.environment import Reference
from policygen.verification.similarity import most_similar, same_bucket, similarity
from policygen.verification.statements import Written, listed, principals_of, statement_at

Policies = Mapping[str, PolicyDocument]
"""The documents under verification, and the organization's policies, by name."""

LIMITS = (PolicyType.SERVICE_CONTROL, PolicyType.PERMISSIONS_BOUNDARY, PolicyType.VPC_ENDPOINT)
"""Policy types that grant nothing, and stop what they do not allow."""

_ALMOST_THE_SAME = 5.5
"""A statement for somebody else is taken for a slip in its Principal only when all the rest is as it should be: that
makes 6 of the 8 points of similarity, and half a point is left for one action or resource that is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementToChange:
    """The statement to change, or to add.

    Attributes:
        policy_type: Type of the policy that does not allow the request.
        document: Its path, or None where no document is known.
        trace: The statement to change against the request; None when it is missing.
        written: That statement as JSON values; None when it is missing.
        wanted: The reference statement, or None where there is none.
    """

    policy_type: PolicyType
    document: str | None
    trace: StatementTrace | None = None
    written: Written | None = None
    wanted: Written | None = None


def locate(
    request: Request, explanation: Explanation, policies: Policies, reference: Reference
) -> StatementToChange | None:
    """Return what has to change for an implicit deny; None when nothing in the documents is known to.

    Args:
        request: A request that must be allowed.
        explanation: Why it is not.
        policies: What it was judged by.
        reference: What should allow it.
    """
    limit = next((layer for layer in explanation.layers if layer.policy_type in LIMITS and _is_silent(layer)), None)
    if limit is not None:
        return _limited(request, limit, policies, reference)
    silent = {layer.policy_type: layer for layer in explanation.layers if _is_silent(layer)}
    # the reference statements that allow the request, the caller's own first
    grants = reference.matched(request, Effect.ALLOW)
    grants.sort(key=lambda each: each.policy_type is not PolicyType.IDENTITY_BASED)
    for grant in grants:
        if grant.policy_type in silent:
            return _in_layer(request, silent[grant.policy_type], grant, policies, reference)
    shared = [grant for grant in grants if grant.policy_type is PolicyType.RESOURCE_BASED]
    layer = next((each for each in explanation.layers if each.policy_type is PolicyType.RESOURCE_BASED), None)
    if layer is None or not shared:
        return None
    found = [_in_layer(request, layer, grant, policies, reference) for grant in shared]
    lacking = next((each for each in found if each.trace is None or each.trace.failed), None)
    # where all is there and does not count, the policy is public, under RestrictPublicBuckets
    everybody = ("*", {"AWS": "*"}, {"AWS": ["*"]})
    public = next((each for each in found if each.written and each.written.get("Principal") in everybody), None)
    return lacking or public or StatementToChange(policy_type=layer.policy_type, document=shared[0].policy)


def _is_silent(layer: LayerTrace) -> bool:
    """Tell whether a policy type allows nothing; a resource without any policy allows nothing either."""
    missing = layer.policy_type is PolicyType.RESOURCE_BASED and layer.outcome == NOT_APPLICABLE
    return missing or layer.outcome == EvalDecision.IMPLICIT_DENY.value


def _limited(request: Request, limit: LayerTrace, policies: Policies, reference: Reference) -> StatementToChange:
    """A boundary or SCP that does not allow the request: its first Allow, or its document."""
    trace = next((each for each in limit.statements if each.effect is Effect.ALLOW), None)
    first = trace or next(iter(limit.statements), None)
    grants = reference.matched(request, Effect.ALLOW)
    own = next((each for each in grants if each.policy_type is PolicyType.IDENTITY_BASED), None)
    return StatementToChange(
        policy_type=limit.policy_type,
        document=first.policy if first is not None else None,
        trace=trace,
        written=_written(trace, policies),
        wanted=reference.statement(own) if own is not None else None,
    )


def _written(trace: StatementTrace | None, policies: Policies) -> Written | None:
    return None if trace is None else statement_at(policies.get(trace.policy), trace.index)


def _in_layer(
    request: Request, layer: LayerTrace, grant: MatchedStatement, policies: Policies, reference: Reference
) -> StatementToChange:
    wanted, generated = reference.statement(grant), reference.statements(grant.policy)
    found = [
        (_rank(trace, written, wanted), trace, written)
        for trace in layer.statements
        if trace.effect is Effect.ALLOW and (written := _written(trace, policies)) is not None
        if _stands_for(trace, written, wanted, most_similar(written, generated) == wanted, request)
    ]
    if not found:
        return StatementToChange(
            policy_type=layer.policy_type, document=_home(grant.policy, layer, policies), wanted=wanted
        )
    _, trace, written = min(found, key=lambda each: each[0])
    return StatementToChange(
        policy_type=layer.policy_type,
        document=trace.policy,
        trace=trace,
        written=written,
        wanted=wanted,
    )


def _home(path: str, layer: LayerTrace, policies: Policies) -> str:
    """Return the document in which a missing statement belongs: the generated one's, else one that is there."""
    if path in policies or layer.policy_type is not PolicyType.IDENTITY_BASED:
        return path
    return next((each.policy for each in layer.statements if each.policy in policies), path)


def _rank(trace: StatementTrace, written: Written, wanted: Written) -> tuple[bool, int, float, int]:
    failed = {element.element for element in trace.failed}
    return ("Action" in failed, len(failed), -similarity(written, wanted), trace.index)


def _stands_for(trace: StatementTrace, written: Written, wanted: Written, ours: bool, request: Request) -> bool:
    """Tell whether a statement is the one to change: it stands for the wanted one, or nearly allows the request."""
    failed = {element.element for element in trace.failed}
    if not failed:
        return ours
    if "Principal" in failed:
        # a principal of the same name is meant, whatever its path
        alike = not _names(written).isdisjoint(_names(wanted))
        return ours and (alike or similarity(written, wanted) >= _ALMOST_THE_SAME)
    if "Action" in failed:
        return ours or (failed == {"Action"} and _is_about(trace, written, request))
    if "Resource" in failed:
        related = any(_is_akin(each, request.resource) for each in listed(written.get("Resource")))
        return related or (ours and len(failed) == 1)
    return True


def _is_about(trace: StatementTrace, written: Written, request: Request) -> bool:
    """Tell whether a statement is about this very resource, or names this very principal, and lacks the action."""
    named = any(element.element == "Principal" for element in trace.elements)
    same_service = any(each.lower().startswith(f"{request.service}:") for each in listed(written.get("Action")))
    return same_service and (named or listed(written.get("Resource")) != ["*"])


def _names(statement: Written) -> set[str]:
    names = principals_of(statement.get("Principal"))
    return {name if name.endswith(":root") else name.rpartition("/")[2] for name in names}


def _is_akin(pattern: str, resource: str) -> bool:
    """Tell whether a Resource is about the request's bucket, or an alias where its key should stand."""
    alias = ":alias/" in pattern and pattern.partition(":alias/")[0] == resource.partition(":key/")[0]
    return alias or same_bucket(pattern, resource)
