"""Pasted error messages of denied calls: from AWS's sentence to a request and what it says of one check."""

from __future__ import annotations

from policygen.denials.model import PolicyMatch, ShownCheck, Side, Told
from policygen.errors import Place, PolicygenError, Problem
from policygen.evaluation.message import AccessDenied, read_access_denied
from policygen.evaluation.results.checks import CHECKS, EFFECTS
from policygen.request import Request


def said_by(message: AccessDenied) -> Side:
    """Return what AWS's sentence says: an effect, and the one check that it names."""
    effect = EFFECTS[message.decision] if message.decision is not None else None
    if message.policy_type is None:
        return Side(effect=effect)
    matched = (PolicyMatch(policy=message.policy),) if message.policy else ()
    return Side(effect=effect, checks=(ShownCheck(type=CHECKS[message.policy_type], effect=effect, matched=matched),))


def told_in(text: str, source: str, problems: list[Problem]) -> tuple[Told, ...]:
    """Return the calls of which the messages in a text tell; what cannot be a request is a problem.

    Args:
        text: The text.
        source: Its name.
        problems: Where problems are noted.
    """
    found: list[Told] = []
    for number, message in enumerate(read_access_denied(text)):
        place = Place(source=source, line=_line_of(text, message.action, number), column=1)
        try:
            request = request_of(message)
        except PolicygenError as error:
            problems += [each.at(place) for each in error.problems]
            continue
        found.append(
            Told(
                place=place,
                group=f"{source}#{number}",
                request=request,
                aws=said_by(message),
                why_open=_never_told,
                authorization_id=message.authorization_id,
            )
        )
    return tuple(found)


def _never_told(_key: str) -> str:
    return "an error message does not tell what a request carries"


def request_of(message: AccessDenied) -> Request:
    """Return the request that a message tells of, with nothing in its context.

    Raises:
        RequestError: The message names no caller, action or resource that could be.
    """
    return Request(principal=message.principal, action=message.action, resource=message.resource)


def _line_of(text: str, action: str, number: int) -> int:
    """Return the line on which the nth message names its action, or the first."""
    lines = [at for at, line in enumerate(text.splitlines(), 1) if action in line]
    return lines[min(number, len(lines) - 1)] if lines else 1
