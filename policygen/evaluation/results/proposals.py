"""Changes of a request and of policies that were tried: what to change, and what the decision then is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policygen.evaluation.results.verdict import EvalDecision
from policygen.request.model import Request

_OUTCOMES = {
    EvalDecision.ALLOWED: "allowed",
    EvalDecision.IMPLICIT_DENY: "no longer denied explicitly",
    EvalDecision.EXPLICIT_DENY: "denied explicitly",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One context key with other values.

    Attributes:
        key: The key's name.
        now: The values that the request has; none when it lacks the key.
        then: The values to have; None for a key that is to be left out.
    """

    key: str
    now: tuple[str, ...]
    then: tuple[str, ...] | None

    def __str__(self) -> str:
        """Return the change as a sentence's part."""
        if self.then is None:
            return f"leave `{self.key}` out of the request"
        gone = tuple(value for value in self.now if value not in self.then)
        new = tuple(value for value in self.then if value not in self.now)
        if not new:
            return f"take {_listed(gone)} out of `{self.key}`"
        if not gone:
            return f"add {_listed(new)} to `{self.key}`"
        if len(self.now) > 1:
            return f"take {_listed(gone)} out of `{self.key}` and add {_listed(new)} to it"
        return f"replace `{self.key}={gone[0]}` by {_listed(self.then)}"


def _listed(values: tuple[str, ...]) -> str:
    return " and ".join(f"`{value}`" for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Values that are added to one element of a statement.

    Attributes:
        policy: The policy's name.
        statement: The statement's label: its Sid, or ``#index``.
        path: Where they are added: the names from the statement down.
        values: The values.
        instead_of: The operator of the condition that they are taken from, which another one takes the place of.
    """

    policy: str
    statement: str
    path: tuple[str, ...]
    values: tuple[str, ...]
    instead_of: str | None = None

    @property
    def where(self) -> str:
        """The statement, as a sentence names it."""
        return f"`{self.statement}` of {self.policy}"

    def __str__(self) -> str:
        """Return the edit as a sentence's part."""
        if self.instead_of is not None:
            return f"write {self.path[1]} in place of {self.instead_of} for `{self.path[2]}`"
        element = f"the values of {self.path[1]} {self.path[2]}" if len(self.path) > 2 else self.path[0]
        return f"add {_listed(self.values)} to {element}"

    def make(self, statement: dict[str, Any]) -> None:
        """Make the edit in a statement of plain values."""
        *outer, last = self.path
        if self.instead_of is not None:
            of_operator = statement["Condition"][self.instead_of]
            del of_operator[last]
            if not of_operator:
                del statement["Condition"][self.instead_of]
        inner: dict[str, Any] = statement
        for name in outer:
            inner = inner.setdefault(name, {})
        now = inner.get(last, [])
        inner[last] = [*(now if isinstance(now, list) else [now]), *self.values]

    def to_dict(self) -> dict[str, object]:
        """Return the edit as JSON-ready values."""
        found: dict[str, object] = {"policy": self.policy, "statement": self.statement, "path": list(self.path)}
        found["add"] = list(self.values)
        return found | ({"instead_of": self.instead_of} if self.instead_of is not None else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Changes that belong together, and what they give. They were tried on the whole request.

    Attributes:
        changes: What to change of the request.
        edits: What to change of policies.
        gives: The decision on the request that is changed so, under the policies that are changed so.
    """

    changes: tuple[Change, ...] = ()
    edits: tuple[Edit, ...] = ()
    gives: EvalDecision

    def applied(self, request: Request) -> Request:
        """Return ``request`` with the changes made."""
        return request.with_context({each.key: None if each.then is None else list(each.then) for each in self.changes})

    @property
    def words(self) -> str:
        """The changes in words, without what they give."""
        statements = dict.fromkeys(each.where for each in self.edits)
        parts = [
            f"in {where} {' and '.join(str(each) for each in self.edits if each.where == where)}"
            for where in statements
        ]
        added = [each for each in self.changes if not each.now and each.then]
        pairs = ", ".join(f"`{each.key}={value}`" for each in added for value in each.then or ())
        first = [f"add {pairs} to the request"] if added else []
        if self.changes:
            parts.append(" and ".join(first + [str(each) for each in self.changes if each not in added]))
        return ", and ".join(parts)

    def __str__(self) -> str:
        """Return the proposal as people read it."""
        return f"{self.words}: the request is then {_OUTCOMES[self.gives]}"

    def to_dict(self) -> dict[str, object]:
        """Return the proposal as JSON-ready values; null stands for a key that is to be left out."""
        found: dict[str, object] = {
            "changes": {each.key: None if each.then is None else list(each.then) for each in self.changes}
        }
        if self.edits:
            found["edits"] = [each.to_dict() for each in self.edits]
        return found | {"gives": self.gives.value}
