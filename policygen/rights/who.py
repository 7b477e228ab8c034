"""Who can do something: every caller that may, under which conditions, with a request that the evaluator allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policygen.errors import Problem
from policygen.evaluation import Environment
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.request.model import Request
from policygen.rights.survey import Found, Progress, Survey
from policygen.rights.ways import joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """That somebody may make a request.

    Attributes:
        who: The ARN of a user or role; of those that the environment does not hold: an account, a service, an ARN,
            ``anonymous``, ``any other account``, ``any service``, ``any identity provider``.
        conditions: What the request must carry: the ways, each with all that must hold, by condition key; empty where
            nothing must.
        witness: A request that the evaluator allows.
    """

    who: str
    conditions: tuple[dict[str, str], ...]
    witness: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKnown:
    """Somebody of whom nobody knows whether there are further ways.

    Attributes:
        who: As in :class:`Right`.
        reason: Why.
    """

    who: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoCan:
    """Who may do something.

    Attributes:
        action: The action.
        resource: The ARN, or the pattern of ARNs.
        principals: The users and roles of the environment that may, by ARN.
        others: Whom the policies of the resource let in beside them.
        root_users: The root users of the accounts of which the environment holds principals, where they may.
        unknown: Of whom it could not be told, with the reason.
        problems: Why policies could not be judged: whom they decide about is unknown.
    """

    action: str
    resource: str
    principals: tuple[Right, ...]
    others: tuple[Right, ...]
    root_users: tuple[Right, ...]
    unknown: tuple[NotKnown, ...]
    problems: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready values; ``unknown`` only where something is."""
        found: dict[str, Any] = {
            "principals": [_as_dict("arn", each) for each in self.principals],
            "others": [_as_dict("who", each) for each in self.others],
            "root_users": [_as_dict("arn", each) for each in self.root_users],
        }
        unknown = [{"who": each.who, "reason": each.reason} for each in self.unknown]
        return found | ({"unknown": unknown} if unknown else {})


def _as_dict(name: str, right: Right) -> dict[str, Any]:
    return {
        name: right.who,
        "conditions": [dict(each) for each in right.conditions],
        "witness": right.witness.to_dict(),
    }


def who_can(
    environment: Environment,
    action: str,
    resource: str,
    reference: Reference = NOTHING_KNOWN,
    progress: Progress | None = None,
) -> WhoCan:
    """Return who may do an action on a resource of an environment, or on any that meets a pattern, over all requests.

    Args:
        environment: The environment.
        action: One action.
        resource: An ARN, or a pattern of ARNs.
        reference: What is known of actions: what no call can name or carry is left out.
        progress: Called with (done, all) as the work goes on.
    """
    survey = Survey(environment, action, resource, reference)
    survey.work(progress or (lambda _done, _all: None))
    return WhoCan(
        action=action,
        resource=resource,
        principals=_rights(survey.principals),
        others=_rights(survey.others),
        root_users=_rights(survey.root_users),
        unknown=tuple(NotKnown(who=who, reason=reason) for who, reason in sorted(survey.unknown)),
        problems=tuple(survey.problems),
    )


def _rights(found: Found) -> tuple[Right, ...]:
    """Return who may, in order; where one way needs nothing no other one counts."""
    rights: list[Right] = []
    for who, ways in sorted(found.items()):
        plain = joined(ways)
        conditions = tuple(dict(each.conditions) for each in plain if each.conditions)
        free = len(conditions) < len(plain)
        rights.append(Right(who=who, conditions=() if free else conditions, witness=plain[0].witness))
    return tuple(rights)
