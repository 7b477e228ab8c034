"""A request asked of both sides: whether they answer differently, what makes the difference, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from policygen.evaluation.authorize import judge
from policygen.evaluation.results.verdict import EvalDecision
from policygen.proofs.cause import Cause, Judged, cause_of
from policygen.proofs.describe import OWN_POLICIES
from policygen.proofs.parties import Assumed, Group, Sources, assuming
from policygen.request.context import ENCRYPTION_CONTEXT
from policygen.request.model import Request

RESOURCE_POLICY = "the policy of the resource"
"""Stands among the conditions: that a resource which is not held lets the caller's account in."""

_NAMES_OF_PAIRS = f"{ENCRYPTION_CONTEXT[:-1]}keys"


@dataclass(frozen=True, slots=True)
class Trial:
    """The requests of one group, under the whole policies of both sides.

    Attributes:
        sources: Both sides.
        group: The group.
    """

    sources: Sources
    group: Group

    def shows(self, more: int, request: Request) -> bool:
        """Tell whether one side allows a request and the other does not; none that states what is known otherwise."""
        if any(known.contradicts(request) for known in self.group.known):
            return False
        return self._allows(more, request) and not self._allows(1 - more, request)

    def _allows(self, side: int, request: Request, assumed: Assumed | None = None) -> bool:
        return judge(*self._judged(side, request, assumed)).decision is EvalDecision.ALLOWED

    def _judged(self, side: int, request: Request, assumed: Assumed | None = None) -> Judged:
        """Return the policies that decide a request on one side, and the request as it is known there."""
        source = self.sources[side]
        completed = source.completed(request)
        policies = source.policies_for(completed)
        return assuming(policies, completed.principal, assumed or self.group.assumed), completed

    def decisions(self, request: Request) -> tuple[str, str]:
        """Return the decisions of both sides."""
        old, new = (judge(*self._judged(side, request)).decision.value for side in (0, 1))
        return old, new

    def cause(self, more: int, request: Request) -> Cause:
        """Return what makes the difference that a request shows."""
        return cause_of(self._judged(1 - more, request), self._judged(more, request))

    def rests_on(self, more: int, request: Request) -> dict[str, str]:
        """Return what is assumed of caller and resource, where the difference rests on it."""
        assumed = self.group.assumed
        found = {OWN_POLICIES: "allow it"} if assumed.own else {}
        if assumed.admitted and not self._allows(more, request, assumed._replace(admitted=False)):
            found[RESOURCE_POLICY] = "lets the caller's account in"
        return found


def with_pairs(request: Request) -> Request:
    """Return a request that has the pairs whose names its encryption context states."""
    stated = {each.name.lower() for each in request.stated}
    if _NAMES_OF_PAIRS not in stated:
        return request
    pairs = {f"kms:EncryptionContext:{each}": "x" for each in request.context[_NAMES_OF_PAIRS].values}
    missing = {name: value for name, value in pairs.items() if name.lower() not in stated}
    return request.with_context({"kms:EncryptionContextKeys": None} | missing)
