"""The evaluator: AWS's decision on a request, with its reasons.

Standard library only, no files, no clock: time enters as a context key.

From the bottom: ``results`` are what comes out; ``statements`` and ``policies`` what goes in; ``services`` the rules
of single services; ``layers`` asks every policy type, ``combine`` makes one verdict of them, ``missing`` and
``suggestions`` say why; ``authorize`` does all of it for one request, under whatever
``PolicySource`` it is asked: a policy set or an environment.
"""

from policygen.evaluation.attached import AccountPolicies, EndpointPolicies, PrincipalPolicies, ResourcePolicies
from policygen.evaluation.authorize import authorize
from policygen.evaluation.environment import Environment
from policygen.evaluation.policies import Grant, PolicySource, Settings
from policygen.evaluation.policy_set import PolicySet
from policygen.evaluation.results.decision import Decision
from policygen.evaluation.results.explanation import Explanation
from policygen.evaluation.results.verdict import EvalDecision, MatchedStatement, PolicyType

__all__ = [
    "AccountPolicies",
    "Decision",
    "EndpointPolicies",
    "Environment",
    "EvalDecision",
    "Explanation",
    "Grant",
    "MatchedStatement",
    "PolicySet",
    "PolicySource",
    "PolicyType",
    "PrincipalPolicies",
    "ResourcePolicies",
    "Settings",
    "authorize",
]
