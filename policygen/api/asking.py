"""The public functions that ask who may do what, over all requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.environments import generated_environment, load_environment
from policygen.aws.arns import parse_arn
from policygen.errors import ArgumentError, Problem, check_argument

if TYPE_CHECKING:
    from policygen.catalog import RequestWarning
    from policygen.evaluation import Environment
    from policygen.rights import Access, WhoCan
    from policygen.spec.model import Spec

_ONE_ACTION = "give one action, such as kms:Decrypt"
_ONE_ARN = "give an ARN, such as arn:aws:s3:::bucket/key, a pattern such as arn:aws:s3:::bucket/*, or *"


def who_can(
    environment: Environment | Spec | str | Path,
    action: str,
    resource: str,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> WhoCan:
    """Return who may do an action on a resource, under which conditions, proved over all requests.

    Args:
        environment: An environment, a spec (what it generates is asked), or the path of an environment file or of a
            file or folder of accounts, as :func:`load_environment` reads them.
        action: One action, ``service:Name``, in any case of letters.
        resource: An ARN; or a pattern of ARNs: who may do it on any that matches; ``*`` for any at all.
        progress: Called with (done, all) as the work goes on.

    Returns:
        Every user and role of the environment that may, everybody else whom the resource's policy or grants let in, and
        root users; each with what a request must carry and with one that the evaluator allows. Of whom it could not
        be told is said so, with the reason; why policies could not be judged say its ``problems``.

    Raises:
        ArgumentError: PG-A001 for another type; PG-A002 for what is no action or a pattern of several, or no ARN.
        PolicygenError: The environment cannot be read.
    """
    from policygen.catalog import KnownCalls
    from policygen.rights import who_can as asked

    check_question(action, resource)
    return asked(_environment(environment), action, resource, KnownCalls(), progress)


def access(
    environment: Environment | Spec | str | Path,
    principal: str,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Access:
    """Return what a principal may do, as statements of an IAM policy, proved over all requests.

    Args:
        environment: As :func:`who_can` takes it.
        principal: The ARN of a user or role that the environment holds; a role is some session of it, the ARN of an
            assumed role one session.
        progress: Called with (done, all) as the work goes on.

    Returns:
        Statements that together allow what identity-based policies, boundary, SCPs, RCPs, the policies of resources,
        grants and settings allow together: Allows, and the Denies that cut them. Each has a request that shows it.

    Raises:
        ArgumentError: PG-A001 for another type; PG-A002 for a principal that the environment does not hold.
        RequestError: PG-R001 for what names no caller.
        PolicygenError: The environment cannot be read, or a document in it not judged.
    """
    from policygen.catalog import KnownCalls
    from policygen.rights import access as asked
    from policygen.rights import caller_of

    check_argument("principal", principal, str, "give the ARN of a user or role")
    where = _environment(environment)
    caller = caller_of(where, principal)
    if where.identity(caller) is None:
        raise ArgumentError(_not_held(where, principal))
    return asked(where, caller, KnownCalls(), progress)


def _not_held(environment: Environment, principal: str) -> Problem:
    """Return that an environment does not hold a principal, with the nearest that it holds."""
    from difflib import get_close_matches

    near = get_close_matches(principal, environment.principals, n=1)
    held = f"it holds {len(environment.principals):,} principals"
    hint = f"did you mean `{near[0]}`?" if near else f"{held}; `policygen environment` lists them"
    return Problem(code="PG-A002", message=f"the environment does not hold `{principal}`", hint=hint)


def _environment(given: Environment | Spec | str | Path) -> Environment:
    from policygen.evaluation import Environment
    from policygen.spec.model import Spec

    if isinstance(given, Environment):
        return given
    if isinstance(given, Spec):
        return generated_environment(given)
    return load_environment(given)


def check_question(action: str, resource: str) -> None:
    """Refuse what is no action, or several, and what is no ARN, pattern of ARNs or ``*``.

    Raises:
        ArgumentError: PG-A001, PG-A002; both problems at once.
    """
    check_argument("action", action, str, _ONE_ACTION)
    check_argument("resource", resource, str, _ONE_ARN)
    problems = [*_of_action(action), *_of_resource(resource)]
    if problems:
        raise ArgumentError(*problems)


def _of_action(action: str) -> Iterator[Problem]:
    service, colon, name = action.partition(":")
    if "*" in action or "?" in action:
        message = f"`{action}` is a pattern: who may do something is asked of one action"
        yield Problem(code="PG-A002", message=message, hint=_matching(service, action) or _ONE_ACTION)
    elif not colon or not service.replace("-", "").isalnum() or not name.replace("-", "").replace("_", "").isalnum():
        yield Problem(code="PG-A002", message=f"`{action}` is no action", hint=_ONE_ACTION)


def _matching(service: str, pattern: str) -> str:
    """Return a hint with the first actions that a pattern matches."""
    from policygen.catalog import KnownCalls
    from policygen.matching.actions import compile_action

    matches = compile_action(pattern)
    found = [each for each in KnownCalls().names(service.lower()) if matches(each.lower())]
    return f"give one of them, such as {' or '.join(found[:2])}" if found else ""


def _of_resource(resource: str) -> Iterator[Problem]:
    if resource != "*" and parse_arn(resource) is None:
        yield Problem(code="PG-A002", message=f"`{resource}` is no ARN", hint=_ONE_ARN)


def oddities(environment: Environment, action: str, resource: str) -> tuple[RequestWarning, ...]:
    """Return what is odd about a question: an unknown action, a resource that it does not take or that is not held.

    Of a pattern of resources only the action is looked at.
    """
    from policygen.catalog import WarningCode
    from policygen.request import Request
    from policygen.scenario import request_warnings

    request = Request(principal="anonymous", action=action, resource=resource)
    said = {WarningCode.UNKNOWN_ACTION}
    if not {"*", "?"} & set(resource):
        said |= {WarningCode.UNKNOWN_RESOURCE_TYPE, WarningCode.RESOURCE_TYPE_NOT_TAKEN}
        said |= {WarningCode.ACTION_TAKES_NO_RESOURCE, WarningCode.NOT_IN_ENVIRONMENT}
    return tuple(each for each in request_warnings(request, environment) if each.code in said)
