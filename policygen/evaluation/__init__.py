"""The evaluator: AWS's decision on a request, with its reasons.

Standard library only, no files, no clock: time enters as a context key.
"""

from policygen.evaluation.authorize import authorize
from policygen.evaluation.decision import Decision, EvalDecision, MatchedStatement, PolicyType
from policygen.evaluation.engine import Engine
from policygen.evaluation.environment import Environment, PrincipalPolicies, ResourcePolicies
from policygen.evaluation.explanation import Explanation
from policygen.evaluation.policies import Grant, PolicySet, Settings

__all__ = [
    "Decision",
    "Engine",
    "Environment",
    "EvalDecision",
    "Explanation",
    "Grant",
    "MatchedStatement",
    "PolicySet",
    "PolicyType",
    "PrincipalPolicies",
    "ResourcePolicies",
    "Settings",
    "authorize",
]
