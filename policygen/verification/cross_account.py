"""Each account judged alone: across accounts both must allow (E36), so one may hide that the other allows too much.

A request that must be denied is asked three times where caller and resource stand in two accounts: as things are; with
the caller's policies as they are and a resource that admits everybody; and with a caller who may do everything and the
resource's policies as they are.

Fact: E36, E37
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from policygen.evaluation import Decision, Environment, EvalDecision
from policygen.request import Request
from policygen.spec.model import Spec
from policygen.verification.environment import EVERYTHING, allowing
from policygen.verification.requests import DerivedRequest
from policygen.verification.requests.others import assumed_roles

_ADMITS_EVERYBODY = allowing(Principal="*")
_ASKED_OF_THE_CALLER = ("Action", "Resource", "Condition/kms:")
_ASKED_OF_THE_RESOURCE = ("Action", "Resource", "Principal", "Condition/")


@dataclass(frozen=True, kw_only=True)
class CrossAccount:
    """The environment under verification, whole and one account at a time.

    Attributes:
        spec: The spec.
        whole: The environment as it is.
    """

    spec: Spec
    whole: Environment

    @cached_property
    def _roles(self) -> frozenset[str]:
        return frozenset(role.arn for role in assumed_roles(self.spec))

    @cached_property
    def _caller_alone(self) -> Environment:
        """Every resource admits everybody."""
        resources = {
            name: replace(each, resource_based=(_ADMITS_EVERYBODY,), block_public_access={})
            for name, each in self.whole.resources.items()
        }
        return replace(self.whole, resources=resources)

    @cached_property
    def _resource_alone(self) -> Environment:
        """The roles of S3 may do everything."""
        return replace(self.whole, principals={**self.whole.principals, **dict.fromkeys(self._roles, EVERYTHING)})

    def decide(self, asked: DerivedRequest) -> Decision:
        """Return the decision on a request; for what must be denied, that of the first account that alone allows it."""
        decision = self.whole.authorize(asked.request)
        if asked.must_allow or decision.decision is EvalDecision.ALLOWED or not self._spans_accounts(asked.request):
            return decision
        wrong = asked.wrong or ""
        environments = []
        if wrong.startswith(_ASKED_OF_THE_CALLER):
            environments.append(self._caller_alone)
        if wrong.startswith(_ASKED_OF_THE_RESOURCE):
            environments.append(self._resource_alone)
        alone = (environment.authorize(asked.request) for environment in environments)
        return next((each for each in alone if each.decision is EvalDecision.ALLOWED), decision)

    def _spans_accounts(self, request: Request) -> bool:
        return request.principal.role_arn in self._roles and request.principal.account != request.resource_account
