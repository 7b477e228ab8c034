"""KMS grants, which AWS lists among the policies of a resource, with a text as a policy has one."""

from __future__ import annotations

from collections.abc import Mapping

from policygen.evaluation.layers import consult
from policygen.evaluation.policies import Grant, NamedPolicy, Policies
from policygen.matching.principals import PrincipalMatch
from policygen.request import Request


def as_grant(policy: NamedPolicy, source: Mapping[str, str], request: Request) -> Grant | None:
    """Return a grant that allows a request where its text as a policy does; None where it does not.

    A grant gives its right by itself, to a caller in another account too, which a statement of a key policy does not.

    Unspecified: how AWS writes a grant as a policy; any statement is read as one of a key policy, which names grantee
    or retiring principal.

    Fact: E87, E92, N15
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    hits = consult(Policies(resource_based=(policy,)), request).resource.allows
    if not any(hit.names in (PrincipalMatch.DIRECT, PrincipalMatch.PARENT) for hit in hits):
        return None
    asked = request.context.get("kms:grantoperations")
    operation = request.action.partition(":")[2]
    who = request.principal.role_arn or request.principal.arn
    name = str(source.get("grantId") or policy.name)
    return Grant(grantee=who, operations=(operation, *(asked.values if asked else ())), name=name)
