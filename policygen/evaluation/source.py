"""Where the policies of a request come from: stated for every request, or found by its principal and resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from policygen.document.given import Document
from policygen.evaluation.policies import Holder, Policies
from policygen.request.model import Request
from policygen.request.principal import Principal


@runtime_checkable
class PolicySource(Protocol):
    """Tells which policies count for a request, and what is known about its principal and resource.

    Whatever decides asks this and nothing else: a policy set and an environment mean the same to it.
    """

    def completed(self, request: Request) -> Request:
        """Return the request with what is known about its principal and resource filled in.

        What is filled in depends on caller, call and holder of the resource alone, never on the context.
        """

    def policies_for(self, request: Request) -> Policies:
        """Return the policies that count for a completed request.

        Raises:
            DocumentError: When a document that is needed cannot be parsed.
        """

    def caller(self, principal: Principal) -> Principal:
        """Return a caller as it is known here: a session with its role's path."""

    def identity(self, principal: Principal) -> str | None:
        """Return the ARN of the user or role whose policies a caller has here; None when it has none."""

    def holder(self, request: Request) -> Holder:
        """Return what of the resource tells which policies count for requests like this one."""

    def lacks(self, request: Request) -> tuple[str, ...]:
        """Return principal and resource of a request that should be known here, and are not."""

    def documents(self) -> Iterator[Document]:
        """Yield every document that may have a Principal element."""
