"""Requests to parametrize tests with: every combination, by a name that people read in the output of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from policygen.errors import RequestError
from policygen.request import Principal, Request

_Caller = str | Mapping[str, Any] | Principal


def requests(
    *,
    principals: _Caller | Sequence[_Caller],
    actions: str | Sequence[str],
    resources: str | Sequence[str] = "*",
    resource_account: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> list[Any]:
    """Return every combination of principals, actions and resources as parameters for ``pytest.mark.parametrize``.

    >>> bob = "arn:aws:iam::111122223333:user/bob"
    >>> found = requests(principals=bob, actions=["s3:GetObject", "s3:PutObject"], resources="arn:aws:s3:::b/k")
    >>> [each.id for each in found]
    ['user/bob-s3:GetObject-b/k', 'user/bob-s3:PutObject-b/k']

    Args:
        principals: One or several, in any form that :class:`policygen.Request` takes.
        actions: One or several.
        resources: One or several.
        resource_account: As for a request.
        context: The context keys of each.

    Raises:
        RequestError: One of them is none; the problems of all at once.
    """
    import pytest

    made: list[Request] = []
    problems = {}
    for principal, action, resource in product(_listed(principals), _listed(actions), _listed(resources)):
        asked = {"principal": principal, "action": action, "resource": resource, "context": context}
        try:
            made.append(Request(resource_account=resource_account, **asked))
        except RequestError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise RequestError(*problems)
    return [pytest.param(request, id=name) for request, name in zip(made, _names(made), strict=True)]


def _listed(given: Any) -> list[Any]:
    """Return what is given once each: one, or each of several; a text is one, not a sequence of letters."""
    if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
        return [given]
    return [each for number, each in enumerate(given) if each not in given[:number]]


def _names(made: Sequence[Request]) -> Iterable[str]:
    """Return a name for each request: its parts, shortened where they stay different."""
    principals = _short({each.principal.arn for each in made})
    resources = _short({each.resource for each in made})
    return [f"{principals[each.principal.arn]}-{each.action}-{resources[each.resource]}" for each in made]


def _short(arns: set[str]) -> dict[str, str]:
    """Return ARNs by what stands behind their account, or from it on, where that tells them apart."""
    for parts in (5, 4):
        short = {arn: arn.split(":", parts)[-1] for arn in arns}
        if len(set(short.values())) == len(arns):
            return short
    return {arn: arn for arn in arns}
