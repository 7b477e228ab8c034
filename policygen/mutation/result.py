"""What comes out of a run: how many mutants the tests noticed, and the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policygen.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A change that no test notices.

    Attributes:
        policy: The policy's name.
        statement: The Sid or ``#index`` of the statement that is changed.
        operator: What is done: ``drop-statement``, ``widen-resource`` …
        diff: The change as a unified difference of the policy's JSON.
        request: A request that tells the two policies apart; None where none is known.
        reason: Why no request is known, or what must be so for it to be decided differently; None where nothing is.
    """

    policy: str
    statement: str
    operator: str
    diff: str
    request: Request | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the survivor as JSON-ready values; the reason only where there is one."""
        found: dict[str, Any] = {"policy": self.policy, "statement": self.statement, "operator": self.operator}
        found |= {"diff": self.diff, "request": None if self.request is None else self.request.to_dict()}
        return found | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """How good tests are at noticing changes.

    Attributes:
        mutants: How many changes were tried.
        killed: How many of them some test noticed.
        equivalent: How many are proved to change no decision.
        survived: The others.
        left_out: How many more changes there are, which were not tried.
        failing: The tests that fail as it stands: they were not asked.
    """

    mutants: int
    killed: int
    equivalent: int
    survived: tuple[Survivor, ...]
    left_out: int = 0
    failing: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The mutants that were noticed, in per cent of those that change something, to one decimal below.

        100 where there are none.
        """
        counted = self.killed + len(self.survived)
        return 100.0 if not counted else self.killed * 1000 // counted / 10

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON-ready values."""
        return {
            "mutants": self.mutants,
            "killed": self.killed,
            "equivalent": self.equivalent,
            "survived": [each.to_dict() for each in self.survived],
            "score": self.score,
        }
