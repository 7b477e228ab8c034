"""A difference between two evaluators, and what a predicate may want to know of its case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policygen import Request
from policygen.aws.arns import root_arn
from policygen.request.principal import Principal
from tests.peers.cuts import documents
from tests.property.strategies import Case

ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicitDeny", "explicitDeny"
_VARIABLE = re.compile(r"\$\{([^},*?$]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement and where it stands.

    Attributes:
        layer: A suite's name of the policy's type.
        version: The Version of its document, or None.
        parts: The statement as written.
    """

    layer: str
    version: str | None
    parts: dict[str, Any]

    @property
    def denies(self) -> bool:
        """Whether its Effect is Deny."""
        return bool(self.parts["Effect"] == "Deny")

    @property
    def is_plain(self) -> bool:
        """Whether it is about every action and resource, without conditions."""
        everything = self.parts.get("Action") == "*" and self.parts.get("Resource", "*") == "*"
        return everything and not {"NotResource", "Condition"}.intersection(self.parts)

    def listed(self, element: str) -> list[str]:
        """Return the values of an element without those of kinds other than AWS; nothing where it is missing."""
        values = self.parts.get(element, [])
        if isinstance(values, dict):
            values = values.get("AWS", [])
        return [values] if isinstance(values, str) else values

    def tests(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield operator, key and values of every test of its Condition."""
        for operator, tests in self.parts.get("Condition", {}).items():
            for key, values in tests.items():
                listed = values if isinstance(values, list) else [values]
                yield operator, key, [str(each) for each in listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A case, cut down, on which policygen and the other evaluator differ.

    Attributes:
        case: The case.
        ours: policygen's decision.
        theirs: The other's.
    """

    case: Case
    ours: str
    theirs: str

    @property
    def words(self) -> tuple[str, str]:
        """Both decisions, policygen's first."""
        return self.ours, self.theirs

    @property
    def request(self) -> Request:
        """The request, with every context key that follows from it."""
        return Request(**self.case.request)

    @property
    def caller(self) -> Principal:
        """Who asks."""
        return self.request.principal

    @property
    def crosses(self) -> bool:
        """Whether caller and resource belong to two accounts."""
        return self.caller.account not in (None, self.request.resource_account)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement of every policy."""
        found = []
        for path, document in documents(self.case.policies):
            listed = document["Statement"]
            for each in listed if isinstance(listed, list) else [listed]:
                found.append(Statement(layer=path[0], version=document.get("Version"), parts=each))
        return tuple(found)

    def of(self, *layers: str) -> tuple[Statement, ...]:
        """Return the statements of some types of policies."""
        return tuple(each for each in self.statements if each.layer in layers)

    def grants_to(self, *names: str | None, plainly: bool = False) -> bool:
        """Tell whether an Allow of the resource-based policy names one of these.

        Args:
            names: What it may name.
            plainly: Whether only an Allow of everything counts, without conditions.
        """
        allows = [each for each in self.of("resource_based") if not each.denies and (each.is_plain or not plainly)]
        return any(name in names for each in allows for name in each.listed("Principal") + _star(each))

    def tests(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield operator, key and values of every test of every Condition."""
        for each in self.statements:
            yield from each.tests()

    def has(self, key: str) -> bool:
        """Tell whether the request has a context key, by any spelling of its name."""
        return key.lower() in self.request.context

    def lacks_variable(self, text: str) -> bool:
        """Tell whether a text holds a policy variable that the request has no single value for."""
        return any(name not in self.request.context or name == "aws:tagkeys" for name in variables(text))

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of a context key; nothing where the request lacks it."""
        stated = self.request.context.get(key.lower())
        return stated.values if stated is not None else ()

    def is_empty(self, key: str) -> bool:
        """Tell whether the request has a context key with nothing but an empty text."""
        return self.values(key) == ("",)

    @property
    def account_names(self) -> tuple[str, ...]:
        """What names the caller's account in a Principal element."""
        account = self.caller.account or ""
        return (account, root_arn("aws", account))


def variables(text: str) -> list[str]:
    """Return the context keys of the policy variables in a text, in lower case."""
    return [name.partition(",")[0].strip().lower() for name in _VARIABLE.findall(text)]


def _star(statement: Statement) -> list[str]:
    return ["*"] if statement.parts.get("Principal") == "*" else []
