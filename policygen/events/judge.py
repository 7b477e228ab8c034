"""The verdict on an event under policies: allowed, denied, or hanging on what its record does not tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from policygen.aws.arns import parse_arn
from policygen.aws.resource_types import SERVICE_OF_RESOURCE
from policygen.engine.engine import Engine
from policygen.evaluation.authorize import Interpreter
from policygen.evaluation.environment import Environment, identity_of
from policygen.evaluation.policies import PolicySource
from policygen.evaluation.results.decision import Decision
from policygen.evaluation.results.decision import decide as decision_of
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.results.verdict import Verdict as DecisionVerdict
from policygen.evaluation.undecided import decided, possibilities
from policygen.events.causes import ACTION, OWNER, POLICIES_OF, RESOURCE, Cause, Unknown
from policygen.events.event import Event, EventRequest
from policygen.matching.overlap import covers
from policygen.request.condition_keys import find_condition_key
from policygen.request.model import Request

_ANOTHER_ACCOUNT = ("000000000000", "111111111111")
_WITH_POLICIES = frozenset(SERVICE_OF_RESOURCE.values())
_KNOWN_OF_PRINCIPALS = (Cause.PRINCIPAL_TAGS,)
_KNOWN_OF_RESOURCES = (Cause.RESOURCE_TAGS, Cause.RESOURCE_PROPERTIES)


class Verdict(Enum):
    """What policies say of an event."""

    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestVerdict:
    """The verdict on one request of an event.

    Attributes:
        asked: The request.
        decision: The decision on it with what is known, and nothing in the place of what is not.
        because: The reason for that decision, in one sentence.
        blocked_by: Where nothing allows it, the policy types that would have to; the first is the one to change.
        verdict: Whether that stands whatever is not known.
        depends_on: What it hangs on; empty where it stands.
    """

    asked: EventRequest
    decision: Decision
    because: str
    blocked_by: tuple[PolicyType, ...]
    verdict: Verdict
    depends_on: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventVerdict:
    """The verdict on an event: denied when one of its requests is, allowed when all of them are.

    Attributes:
        verdict: The verdict.
        depends_on: What it hangs on; empty where it stands.
        requests: The verdict on each request.
    """

    verdict: Verdict
    depends_on: tuple[Unknown, ...] = ()
    requests: tuple[RequestVerdict, ...] = ()

    def __str__(self) -> str:
        """Return ``allowed``, ``denied``, or ``depends on`` with the names of what it hangs on."""
        if self.verdict is not Verdict.DEPENDS:
            return str(self.verdict.value)
        return f"depends on {', '.join(dict.fromkeys(each.name for each in self.depends_on))}"


def judge(target: PolicySource | Engine, event: Event) -> EventVerdict:
    """Return the verdict on an event; never a guess.

    Args:
        target: Policies: a policy set, an environment, or an engine of one of them.
        event: The event.

    Raises:
        DocumentError: When a document that is needed cannot be parsed.
    """
    source = target.target if isinstance(target, Engine) else target
    found = tuple([judge_request(source, each) for each in event.requests])
    if any(each.verdict is Verdict.DENIED for each in found):
        return EventVerdict(verdict=Verdict.DENIED, requests=found)
    open_facts = (*event.unknown, *(fact for each in found for fact in each.depends_on))
    if not found and not open_facts:
        open_facts = (Unknown(name=ACTION, cause=Cause.UNKNOWN_OPERATION),)
    if open_facts:
        return EventVerdict(verdict=Verdict.DEPENDS, depends_on=tuple(dict.fromkeys(open_facts)), requests=found)
    return EventVerdict(verdict=Verdict.ALLOWED, requests=found)


def judge_request(
    source: PolicySource, asked: EventRequest, decide: Callable[[Request], DecisionVerdict] | None = None
) -> RequestVerdict:
    """Return the verdict on one request of an event.

    Args:
        source: The policies.
        asked: The request.
        decide: Returns the decision on the request as it stands, under the same policies; None to ask these.

    Raises:
        DocumentError: When a document that is needed cannot be parsed.
    """
    request, variants, cause = _resource(source, asked)

    def is_open(key: str) -> bool:
        why = asked.cause_of(key)
        return why is not None and not _is_held(source, request, why, key)

    known = decide if request is asked.request else None
    verdict, found = decided(source, request, is_open, variants=variants, decide=known)
    depends = [Unknown(name=key, cause=asked.cause_of(key) or Cause.NOT_RECORDED) for key in found.keys]
    if found.resource and cause is not None:
        depends.append(Unknown(name=RESOURCE, cause=cause))
    why_owner = asked.lacks(OWNER)
    if why_owner is not None and not depends and not _is_owned(source, request):
        other = request.with_resource(request.resource, _another_account(request))
        if possibilities(source, other, is_open, variants=variants).allowed is not found.allowed:
            depends.append(Unknown(name=OWNER, cause=why_owner))
    if not found.explicit:
        depends += _without_policies(source, request)
    return RequestVerdict(
        asked=asked,
        decision=decision_of(verdict, request, Interpreter(source)),
        because=verdict.because,
        blocked_by=verdict.blocked_by,
        verdict=Verdict.DEPENDS if depends else Verdict.ALLOWED if found.allowed else Verdict.DENIED,
        depends_on=tuple(depends),
    )


def _without_policies(source: PolicySource, request: Request) -> list[Unknown]:
    """Return caller and resource whose policies an environment does not hold; others could decide otherwise.

    Resources of services without resource-based policies have none to hold.
    """
    if not isinstance(source, Environment):
        return []
    found = []
    caller = identity_of(source.caller(request.principal))
    if caller is not None and caller not in source.principals:
        found.append(caller)
    if request.arn is not None and has_policies(request) and not _knows_policy(source, request):
        found.append(request.resource)
    return [Unknown(name=POLICIES_OF + each, cause=Cause.NO_POLICIES) for each in found]


def _knows_policy(source: Environment, request: Request) -> bool:
    """Tell whether an environment says which policy the resource has: every role has a trust policy."""
    held = source.held(request)
    role = source.principals.get(held or "") if request.service == "sts" else None
    return held is not None and (role is None or role.trust_policy is not None)


def has_policies(request: Request) -> bool:
    """Tell whether the resource of a request is of a service whose resources have policies."""
    service = request.arn.service if request.arn is not None else ""
    return service in _WITH_POLICIES or request.service == "sts"


def _another_account(request: Request) -> str:
    """Return an account that is not the caller's."""
    return next(each for each in _ANOTHER_ACCOUNT if each != request.principal.account)


def _is_owned(source: PolicySource, request: Request) -> bool:
    """Tell whether an environment says who owns the resource."""
    if not isinstance(source, Environment):
        return False
    held = source.resources.get(source.held(request) or "")
    return held is not None and held.account is not None


def _is_held(source: PolicySource, request: Request, cause: Cause, key: str) -> bool:
    """Tell whether an environment holds principal or resource: what it does not say of their tags is not there."""
    if not isinstance(source, Environment):
        return False
    if cause in _KNOWN_OF_PRINCIPALS:
        return source.identity(request.principal) is not None
    of_resources = cause in _KNOWN_OF_RESOURCES and not key.startswith("s3:existingobjecttag/")
    known = find_condition_key(key)
    filled_in = known is not None and known.filled_in_by is not None
    return of_resources and filled_in and source.held(request) is not None


def _resource(source: PolicySource, asked: EventRequest) -> tuple[Request, str | None, Cause | None]:
    """Return the request with the resource that an environment holds, or a pattern of what the resource may be."""
    request, cause = asked.request, asked.lacks(RESOURCE)
    if cause not in (Cause.PATH, Cause.SUFFIX):
        return request, None, None
    pattern = _variants(request.resource, cause)
    if isinstance(source, Environment):
        held = [name for name in (*source.resources, *source.principals) if _is_one(name, request.resource, pattern)]
        if len(held) == 1:
            return request.with_resource(held[0], None), None, None
    return request, pattern, cause


def _variants(resource: str, cause: Cause | None) -> str:
    """Return a pattern of what a resource may be whose ARN lacks its path, or the end of a secret's name."""
    if cause is Cause.SUFFIX:
        return resource
    head, slash, name = resource.partition("/")
    return f"{head}{slash}*{name}"


def _is_one(name: str, resource: str, pattern: str) -> bool:
    arn, asked = parse_arn(name), parse_arn(resource)
    if arn is None or asked is None or not covers(pattern, name):
        return False
    return arn.service != "iam" or arn.resource.rpartition("/")[2] == asked.resource.rpartition("/")[2]
