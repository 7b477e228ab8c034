"""Our own answer in the form of GetRequestAuthorizationDetails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from policygen.denials.model import WORDS, Judged, Listed, ShownCheck
from policygen.denials.sources import LEVELLED
from policygen.document.model import Effect
from policygen.evaluation.message import is_policy_arn
from policygen.evaluation.policies import NamedPolicy
from policygen.evaluation.results.checks import CheckType
from policygen.request import Request


def as_aws_tells(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return an answer for each request, with an evaluation for each of its calls, as AWS's operation shapes it.

    A check that is not known is left out, as is the effect of a call that hangs on it.

    Fact: N15
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    groups: dict[str, list[Judged]] = {}
    for each in judged:
        groups.setdefault(each.told.group, []).append(each)
    return [_details(calls) for calls in groups.values()]


def _details(calls: list[Judged]) -> dict[str, Any]:
    """Return one answer: the context that all calls share, then what is each one's own."""
    contexts = [_context(each.request) for each in calls]
    shared = {
        name: value for name, value in contexts[0].items() if all(other.get(name) == value for other in contexts[1:])
    }
    listed: dict[str, dict[str, Any]] = {}
    for each in calls:
        for policy in listed_of(each):
            found = listed.setdefault(policy.uri, _policy(policy))
            found["attachedTo"] += [arn for arn in _policy(policy)["attachedTo"] if arn not in found["attachedTo"]]
    return {
        "requestContext": shared,
        "evaluations": [_evaluation(*each, shared) for each in zip(calls, contexts, strict=True)],
        "policies": list(listed.values()),
    }


def _context(request: Request) -> dict[str, Any]:
    """Return every context key of a request, those that were filled in too; one value stands alone."""
    found = {each.name: list(each.values) for each in (*request.filled_in, *request.stated)}
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _evaluation(judged: Judged, context: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    call = judged.call
    found: dict[str, Any] = {"action": call.action, "resource": "" if call.resource == "*" else call.resource}
    found["context"] = {name: value for name, value in context.items() if name not in shared}
    if call.ours.effect is not None:
        found["evaluatedEffect"] = call.ours.effect.value
    seen: Counter[CheckType] = Counter()
    checks = []
    for each in call.ours.checks:
        if each.effect is not None:
            checks.append(_check(each, seen[each.type], judged))
        seen[each.type] += 1
    return found | {"checks": checks}


def _level(judged: Judged, number: int) -> str:
    """Return what stands for the ARN of a level of an environment, which has none."""
    caller = judged.request.principal
    account = caller.account or judged.request.resource_account or ""
    return f"arn:{caller.partition or 'aws'}:organizations::{account}:level/{number}"


def _check(check: ShownCheck, number: int, judged: Judged) -> dict[str, Any]:
    found: dict[str, Any] = {"checkType": check.type.value}
    found["evaluatedEffect"] = check.effect.value if check.effect else None
    if check.type in LEVELLED:
        found["targetArn"] = check.target or _level(judged, number)
    types = {each.uri: each.type for each in listed_of(judged)}
    relevant = dict.fromkeys((WORDS[check.type], *(types[m.policy] for m in check.matched if m.policy in types)))
    return found | {
        "relevantPolicyTypes": list(relevant),
        "matchedPolicies": [
            {"uri": match.policy, "matchedStatements": list(_statements(match.policy, match.statements, judged))}
            for match in check.matched
        ],
    }


def _statements(policy: str, labels: Iterable[str], judged: Judged) -> Iterator[dict[str, str]]:
    """Yield statements that matched; a grant has one, which allows."""
    documents = [each.document for each in judged.policies.policies() if each.name == policy]
    effects = {each.label: each.effect for document in documents for each in document.statements}
    for label in labels:
        denies = effects.get(label) is Effect.DENY
        yield {"sid": label, "evaluatedEffect": "DENY" if denies else "ALLOW"}


def listed_of(judged: Judged) -> tuple[Listed, ...]:
    """Return the policies that count for a call, as AWS lists them: its own list, or one made of what was judged."""
    if judged.told.policies is not None:
        return judged.told.policies
    policies, request = judged.policies, judged.request
    caller = request.principal.role_arn or request.principal.user_arn or request.principal.arn
    own: list[tuple[CheckType, Iterable[NamedPolicy], tuple[str, ...]]] = [
        (CheckType.PRINCIPAL, policies.identity_based, (caller,)),
        (CheckType.BOUNDARY, filter(None, [policies.permissions_boundary]), (caller,)),
        (CheckType.SESSION, (each for session in policies.session or () for each in session), (request.principal.arn,)),
        (CheckType.RESOURCE, policies.resource_based, (request.resource,)),
        (CheckType.VPC_ENDPOINT, filter(None, [policies.vpc_endpoint]), ()),
    ]
    for kind, levels in zip(LEVELLED, (policies.resource_control, policies.service_control), strict=True):
        targets = judged.targets.get(kind, ())
        for number, level in enumerate(levels or ()):
            target = targets[number] if number < len(targets) else None
            own.append((kind, level, (target or _level(judged, number),)))
    found = [
        Listed(
            uri=policy.name,
            type=WORDS[kind],
            inline=not is_policy_arn(policy.name),
            attached_to=attached,
            document=policy.document,
        )
        for kind, level, attached in own
        for policy in level
    ]
    grants = (
        Listed(uri=each.name, type=WORDS[CheckType.RESOURCE], attached_to=(request.resource,), source=_grant(each.name))
        for each in policies.grants
    )
    return (*found, *grants)


def _grant(name: str) -> dict[str, str]:
    return {"type": "KMS_GRANT", "typeName": "AWS KMS grant", "grantId": name}


def _policy(listed: Listed) -> dict[str, Any]:
    found: dict[str, Any] = {"type": listed.type, "uri": listed.uri}
    if listed.inline is not None:
        found["inline"] = listed.inline
    found["attachedTo"] = [{"arn": arn} for arn in listed.attached_to if arn.startswith("arn:")]
    return found | ({"policySource": dict(listed.source)} if listed.source else {})
