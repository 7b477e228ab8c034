"""Suites as values: what is written, with places; documents may still be paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from policygen.errors import Place
from policygen.fields.read import Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesAsWritten:
    """The ``policies`` of a suite or of a test; a field is None when it was not given.

    Attributes:
        identity_based: Documents.
        resource_based: Documents.
        permissions_boundary: A document.
        session: Documents, or the documents of each session; an empty tuple when a session policy was passed that is
            empty.
        service_control: Documents by level.
        resource_control: Documents by level.
        vpc_endpoint: A document.
        grants: Grants as ListGrants prints them, as plain values.
    """

    identity_based: tuple[Doc, ...] | None = None
    resource_based: tuple[Doc, ...] | None = None
    permissions_boundary: Doc | None = None
    session: tuple[Doc, ...] | tuple[tuple[Doc, ...], ...] | None = None
    service_control: tuple[tuple[Doc, ...], ...] | None = None
    resource_control: tuple[tuple[Doc, ...], ...] | None = None
    vpc_endpoint: Doc | None = None
    grants: tuple[Mapping[str, Any], ...] | None = None

    def given(self) -> tuple[str, ...]:
        """Return the names of the fields that were given."""
        return tuple(name for name in self.__dataclass_fields__ if getattr(self, name) is not None)

    def replaced_by(self, other: PoliciesAsWritten) -> PoliciesAsWritten:
        """Return these policies with what ``other`` gives in their place, key by key."""
        values = {name: getattr(other, name) for name in other.given()}
        return replace(self, **values) if values else self


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFields:
    """A request as written; ``principal``, ``action`` and ``resource`` hold one entry or several.

    Attributes:
        principals: ARNs, names, or mappings.
        actions: Actions.
        resources: ARNs.
        resource_account: 12-digit id, or None.
        context: Context keys with their values: text or a list of texts.
        places: Where each field is written, by its name in the file.
    """

    principals: tuple[Any, ...] = ()
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_account: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def under(self, defaults: RequestFields) -> RequestFields:
        """Return this request with ``defaults`` where it says nothing; contexts are merged key by key."""
        stated = {name.lower() for name in self.context}
        context = {name: value for name, value in defaults.context.items() if name.lower() not in stated}
        return RequestFields(
            principals=self.principals or defaults.principals,
            actions=self.actions or defaults.actions,
            resources=self.resources or defaults.resources,
            resource_account=self.resource_account or defaults.resource_account,
            context=context | dict(self.context),
            places={**defaults.places, **self.places},
        )

    def combinations(self) -> list[dict[str, Any]]:
        """Return every combination as keyword arguments of a Request."""
        common = {"resource_account": self.resource_account, "context": dict(self.context)}
        resources = self.resources or ("*",)
        return [
            {"principal": principal, "action": action, "resource": resource, **common}
            for principal, action, resource in product(self.principals, self.actions, resources)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a test expects.

    Attributes:
        decision: ``allowed``, ``denied`` (either kind), ``explicitDeny`` or ``implicitDeny``; None for any.
        statements: Sids or ``#index`` of exactly the statements that decide; None for any.
        missing_context: Exactly the context keys that are missing; None for any.
    """

    decision: str | None = None
    statements: tuple[str, ...] | None = None
    missing_context: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """Return the expectation as people read it."""
        parts = [self.decision] if self.decision else []
        if self.statements is not None:
            parts.append(f"by {', '.join(self.statements) or 'no statement'}")
        if self.missing_context is not None:
            parts.append(f"missing {', '.join(self.missing_context) or 'nothing'}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One test.

    Attributes:
        id: Its id; ``#index`` when it has none.
        name: Its name, or None.
        place: Where it stands.
        source: The page that fixes the answer, or None.
        why: A sentence, or None.
        policies: The policies of the test, the suite's included; an environment has the rest.
        settings: The settings of the test, the suite's included.
        request: The request, defaults included.
        expect: What it expects.
    """

    id: str
    name: str | None
    place: Place
    source: str | None = None
    why: str | None = None
    policies: PoliciesAsWritten = PoliciesAsWritten()
    settings: Mapping[str, Any] = field(default_factory=dict)
    request: RequestFields = RequestFields()
    expect: Expectation = Expectation()

    @property
    def title(self) -> str:
        """The id, and the name when there are both."""
        return self.name if self.name and self.id.startswith("#") else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite.

    Attributes:
        source: Its file.
        spec: Path of the spec whose environment the tests use, or None.
        environment: Path of the environment file, or None.
        tests: The tests in order.
    """

    source: str
    spec: str | None
    environment: str | None
    tests: tuple[TestCase, ...]
