"""A policy set: policies that are stated for every request, as a suite or a Python caller states them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policygen.document.given import Document
from policygen.errors import DocumentError
from policygen.evaluation.authorize import authorize
from policygen.evaluation.policies import Grant, Policies, Settings, read_settings
from policygen.evaluation.reading import PolicyReader
from policygen.evaluation.results.decision import Decision
from policygen.request.model import Request


class PolicySet(Policies):
    """The policies of one request, by type; documents are parsed and compiled once, when the set is made.

    Attributes are those of :class:`policygen.evaluation.policies.Policies`.
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        identity_based: Iterable[Document] | Document = (),
        resource_based: Iterable[Document] | Document | None = None,
        permissions_boundary: Document | None = None,
        session: Iterable[Document] | Sequence[Iterable[Document]] | Document | None = None,
        service_control: Sequence[Iterable[Document]] | None = None,
        resource_control: Sequence[Iterable[Document]] | None = None,
        vpc_endpoint: Document | None = None,
        grants: Iterable[Mapping[str, Any] | Grant] = (),
        settings: Settings | Mapping[str, Any] | None = None,
    ) -> None:
        """Parse and compile every document; ``{"name": …, "document": …}`` names it in results.

        Raises:
            DocumentError: With every problem of every document (PG-D001 to PG-D009), and of files that cannot be read.
            RequestError: PG-R008 for settings that are not valid.
            ArgumentError: PG-A001 for what is no grants, levels, sessions or settings.
        """
        read = PolicyReader()
        super().__init__(
            identity_based=read.several(identity_based, "identity-based policy"),
            resource_based=read.several(resource_based, "resource-based policy"),
            permissions_boundary=read.one(permissions_boundary, "permissions boundary"),
            session=read.sessions(session),
            service_control=read.levels(service_control, "SCP"),
            resource_control=read.levels(resource_control, "RCP"),
            vpc_endpoint=read.one(vpc_endpoint, "VPC endpoint policy"),
            grants=read.grants(grants),
            settings=read_settings(settings),
        )
        if read.problems:
            raise DocumentError(*read.problems)

    def authorize(self, request: Request) -> Decision:
        """Return AWS's decision on ``request``."""
        return authorize(self, request)
