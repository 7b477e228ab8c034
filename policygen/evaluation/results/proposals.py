"""A change of a request that was tried: what to change, and what the decision then is."""

from __future__ import annotations

from dataclasses import dataclass

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
class Proposal:
    """Changes of a request that belong together, and what they give. They were tried on the whole request.

    Attributes:
        changes: What to change.
        gives: The decision on the request that is changed so.
    """

    changes: tuple[Change, ...]
    gives: EvalDecision

    def applied(self, request: Request) -> Request:
        """Return ``request`` with the changes made."""
        return request.with_context({each.key: None if each.then is None else list(each.then) for each in self.changes})

    @property
    def words(self) -> str:
        """The changes in words, without what they give."""
        added = [each for each in self.changes if not each.now and each.then]
        pairs = ", ".join(f"`{each.key}={value}`" for each in added for value in each.then or ())
        first = [f"add {pairs} to the request"] if added else []
        return " and ".join(first + [str(each) for each in self.changes if each not in added])

    def __str__(self) -> str:
        """Return the proposal as people read it."""
        return f"{self.words}: the request is then {_OUTCOMES[self.gives]}"

    def to_dict(self) -> dict[str, object]:
        """Return the proposal as JSON-ready values; null stands for a key that is to be left out."""
        changes = {each.key: None if each.then is None else list(each.then) for each in self.changes}
        return {"changes": changes, "gives": self.gives.value}
