"""Requests as an environment completes them: worked out once for each caller of a plan, then copied."""

from __future__ import annotations

from dataclasses import replace

from policygen.engine import limits
from policygen.evaluation.policies import PolicySource
from policygen.request.callers import Caller
from policygen.request.context import ContextValue
from policygen.request.model import Request


class Completion:
    """What a source of policies fills in for the requests of one plan.

    What is filled in depends on caller, call and holder of the resource alone (see :class:`PolicySource`), so a request
    of the same caller is completed like the one before.

    Attributes:
        keys: The context keys, in lower case, that may be filled in or changed.
        known: What is known about the resource.
    """

    __slots__ = ("_by_caller", "_source", "keys", "known")

    def __init__(self, source: PolicySource, request: Request, completed: Request) -> None:
        """Compare ``request`` with what the source makes of it, as if it stated nothing."""
        self._source = source
        self._by_caller: dict[Caller, Request] = {}
        self.keys: frozenset[str] = frozenset()
        self.known: tuple[ContextValue, ...] = ()
        if completed is not request or request.principal.tags:
            bare = Request(
                principal=replace(request.principal, tags=()),
                action=request.action,
                resource=request.resource,
                resource_account=request.resource_account,
            )
            filled = source.completed(bare)
            before, after = bare.context, filled.context
            self.keys = frozenset(name for name in after if before.get(name) != after[name])
            self.known = filled.known

    def completed(self, request: Request) -> Request:
        """Return the request as the source completes it."""
        if request._known:
            return self._source.completed(request)
        model = self._by_caller.get(request._caller)
        if model is None:
            bare = request.with_context(dict.fromkeys(value.name for value in request.stated))
            model = self._source.completed(bare)
            if len(self._by_caller) >= limits.MOST_HOLDERS:
                self._by_caller.clear()
            self._by_caller[request._caller] = model
        return request.completed_like(model)
