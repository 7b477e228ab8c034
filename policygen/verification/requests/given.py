"""What one place of a spec gives, no other place's checks call wrong.

A principal may be a reader of a bucket, a writer of it, and a user of its key. A request that must be denied because of
one of these is not asked where another one gives it. What a Deny must refuse (transport, guards, encryption headers) is
asked all the same: no grant outweighs it.

Fact: E1, E13, E36, K2
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policygen.aws.arns import root_arn
from policygen.request import Request
from policygen.spec.model import Spec
from policygen.verification.requests.context import ENDPOINT, ORGANIZATION, SSE, SSE_KEY, TLS, TLS_VERSION
from policygen.verification.requests.grants import Grant, owner_of
from policygen.verification.requests.model import DerivedRequest, Purpose
from policygen.verification.requests.others import assumed_roles, may_everything

_OF_PEOPLE = (Purpose.READER, Purpose.WRITER, Purpose.KEY_USER)
_OF_DENIES = frozenset(f"Condition/{key}" for key in (TLS, TLS_VERSION, ENDPOINT, ORGANIZATION, SSE, SSE_KEY))


class Given:
    """The grants of every principal that a spec names, by its ARN and by the bucket, key or role they are about."""

    def __init__(self, spec: Spec, grants: Iterable[Grant]) -> None:
        """Sort what ``spec`` gives."""
        self._grants: dict[tuple[str, str], list[Grant]] = {}
        for each in grants:
            self._grants.setdefault((each.principal, each.of), []).append(each)
        self._unlimited = may_everything(spec)
        self._roles = frozenset(role.arn for role in assumed_roles(spec))

    def shadows(self, asked: DerivedRequest) -> bool:
        """Tell whether a request that one place of the spec wants denied is given by another.

        So are the requests of a role that S3 assumes where the spec makes it a reader, a writer or a user in another
        account: there its own policy had to allow them too (E36), and that has what S3 needs alone.
        """
        request = asked.request
        across = request.principal.account != request.resource_account
        if asked.purpose in _OF_PEOPLE and across and request.principal.role_arn in self._roles:
            return True
        if asked.must_allow or asked.wrong in _OF_DENIES:
            return False
        owner = owner_of(request.resource)
        return any(
            grant.covers(request) for name in self._names(request) for grant in self._grants.get((name, owner), ())
        )

    def _names(self, request: Request) -> Iterator[str]:
        """Yield the names by which a caller is given something; an account's root stands for whom it lets do it all."""
        caller = request.principal
        yield caller.arn
        if caller.principal_arn is not None:
            yield caller.principal_arn
        if caller.account is not None and caller.principal_arn in self._unlimited:
            yield root_arn(caller.partition, caller.account)
