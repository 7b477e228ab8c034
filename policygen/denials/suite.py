"""The regression tests of denied calls: what AWS said is what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from policygen.denials.model import Judged
from policygen.document.write import thaw
from policygen.errors import Problem, Severity
from policygen.evaluation.policies import NamedPolicy
from policygen.evaluation.reading import plain_grant
from policygen.evaluation.results.checks import EFFECTS
from policygen.request import Request

_EXPECTED = {effect: decision.value for decision, effect in EFFECTS.items()}


def suite_of(judged: Iterable[Judged]) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    """Return a suite with a test for each call; None where there is none; and the calls of which there can be none.

    Of a call whose policies are not all known no test is written: it would test what it does not state.
    """
    tests: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for each in judged:
        if each.unknown or each.call.depends_on:
            message = (
                f"no test is written of `{each.call.action}` on `{each.call.resource}`: not everything is known of it"
            )
            hint = "add what is missing; the table of checks names it"
            problems.append(
                Problem(code="PG-Y005", message=message, place=each.told.place, hint=hint, severity=Severity.WARNING)
            )
        else:
            tests.append(_test(each, {one["id"] for one in tests}))
    return ({"version": 1, "tests": tests} if tests else None), tuple(problems)


def _test(judged: Judged, taken: set[str]) -> dict[str, Any]:
    call = judged.call
    words = f"{call.action} {PurePath(call.resource).name if call.resource != '*' else ''}"
    base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "call"
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    name = next(each for each in names if each not in taken)
    effect = call.aws.effect
    said = effect.value if effect is not None else "denied"
    found: dict[str, Any] = {"id": name, "why": f"AWS's own answer was {said}"}
    policies = _policies(judged)
    found |= {"policies": policies} if policies else {}
    settings = _settings(judged)
    found |= {"settings": settings} if settings else {}
    return found | {"request": _request(judged.request), "expect": _EXPECTED[effect] if effect else "denied"}


def _request(request: Request) -> dict[str, Any]:
    """Return a request that needs nothing else: with what was known of caller and resource."""
    caller = request.principal
    more = {
        "role": caller.role_arn if caller.role_arn != caller.arn else None,
        "user": caller.user_arn,
        "unique_id": caller.unique_id,
        "tags": dict(caller.tags),
    }
    given = {name: value for name, value in more.items() if value}
    found: dict[str, Any] = {
        "principal": {"arn": caller.arn} | given if given else caller.arn,
        "action": request.action,
    }
    if request.resource != "*":
        found["resource"] = request.resource
    if request.resource_account and (request.arn is None or not request.arn.account):
        found["resource_account"] = request.resource_account
    stated = {each.name.lower() for each in request.stated}
    values = [each for each in request.known if each.name.lower() not in stated]
    context = {each.name: _plain(each.values) for each in (*request.stated, *values)}
    return found | ({"context": context} if context else {})


def _plain(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _policies(judged: Judged) -> dict[str, Any]:
    policies = judged.policies
    sessions = policies.session
    several = sessions is not None and len(sessions) > 1
    found: dict[str, Any] = {
        "identity_based": _documents(policies.identity_based),
        "resource_based": _documents(policies.resource_based),
        "permissions_boundary": _one(policies.permissions_boundary),
        "service_control": [_documents(each) for each in policies.service_control or ()],
        "resource_control": [_documents(each) for each in policies.resource_control or ()],
        "vpc_endpoint": _one(policies.vpc_endpoint),
        "grants": [plain_grant(each) for each in policies.grants],
    }
    found = {name: each for name, each in found.items() if each}
    if sessions is not None:
        listed = [_documents(each) for each in sessions]
        found["session"] = listed if several else listed[0]
    return found


def _documents(policies: Iterable[NamedPolicy]) -> list[dict[str, Any]]:
    return [each for policy in policies if (each := _one(policy)) is not None]


def _one(policy: NamedPolicy | None) -> dict[str, Any] | None:
    return None if policy is None else {"name": policy.name, "document": thaw(policy.document.written)}


def _settings(judged: Judged) -> dict[str, Any]:
    """Return the settings that decided beside the policies."""
    settings = judged.policies.settings
    found: dict[str, Any] = {
        "block_public_access": {name: True for name, on in settings.block_public_access.items() if on},
        "management_account": settings.management_account,
        "vpc_endpoint_type": settings.vpc_endpoint_type,
    }
    return {name: each for name, each in found.items() if each}
