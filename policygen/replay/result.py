"""What a replay found: what breaks, what opens, what is not known, and whether AWS's denials are ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policygen.errors import Problem
from policygen.events import Cause

if TYPE_CHECKING:  # they need pyarrow
    from policygen.replay.said import Kind
    from policygen.replay.tally import Counted

ALLOWED, DENIED, DEPENDS, NOT_TOLD = "allowed", "denied", "depends", "not told"

OTHER_ERROR = "OTHER_ERROR"
"""The cause for calls of which AWS's decision is not recorded."""

_OTHER_ERROR = "what AWS decided is not recorded: the call failed for another reason than permissions, or nobody says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Calls of one principal for one action whose outcome changes.

    Attributes:
        principal: ARN of the user or role; of a session its role; empty where no record names it.
        action: The IAM action that decides; the operation as recorded where the action is not known.
        count: How many calls.
        first: Time of the first, as recorded (ISO 8601, UTC); empty where no record tells.
        last: Time of the last.
        example: CloudTrail's id of the first.
        reason: Why the first is decided so, in one sentence.
        statement: The statement that decides the first, behind its policy's name; None where none does.
        message: What AWS said of the first, where it denied it; else None.
    """

    principal: str
    action: str
    count: int
    first: str
    last: str
    example: str
    reason: str
    statement: str | None
    message: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the change as JSON-ready values, without AWS's message."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "message"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKnown:
    """A cause for which it is not known whether the outcome of calls changes.

    Attributes:
        cause: A stable name, such as ``SESSION_TAGS``.
        count: How many calls; one that is open for several causes counts for each of them.
        because: The cause in words.
        names: The facts and condition keys that are not known.
        first: Time of the first, as recorded; empty where no record tells.
        last: Time of the last.
        example: CloudTrail's id of the first.
    """

    cause: str
    count: int
    because: str
    names: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    example: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the cause as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__} | {"names": list(self.names)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Whether calls that AWS denied are denied here, and for the reason that AWS's message states.

    Attributes:
        compared: Calls that AWS denied and whose outcome is known here.
        same: Of these, those that are denied here too: in the way and by the type of policy that the message states,
            where it states them.
        disagreements: The others.
    """

    compared: int
    same: int
    disagreements: tuple[Change, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the agreement as JSON-ready values."""
        disagreements = [each.to_dict() | {"message": each.message} for each in self.disagreements]
        return {"compared": self.compared, "same": self.same, "disagreements": disagreements}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay found.

    Attributes:
        events: How many calls were replayed.
        unchanged: Of how many the outcome stays what it was.
        undecided: Of how many it is not known.
        breaks: What was allowed and would be denied, the most frequent first.
        opens: What was denied and would be allowed.
        unknown: Causes for which it is not known.
        agreement: How far AWS's denials are explained; nothing is compared where two sets of policies are.
        problems: What could not be read; everything else is counted.
        files: How many files were looked at; 0 where it was no files.
        first: Time of the first call, as recorded; empty where no record tells.
        last: Time of the last.
    """

    events: int
    unchanged: int
    undecided: int
    breaks: tuple[Change, ...]
    opens: tuple[Change, ...]
    unknown: tuple[NotKnown, ...]
    agreement: Agreement
    problems: tuple[Problem, ...] = ()
    files: int = field(default=0, compare=False)  # the same calls may lie in other files
    first: str = ""
    last: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the result as JSON-ready values."""
        return {
            "events": self.events,
            "files": self.files,
            "first": self.first,
            "last": self.last,
            "unchanged": self.unchanged,
            "undecided": self.undecided,
            "breaks": [each.to_dict() for each in self.breaks],
            "opens": [each.to_dict() for each in self.opens],
            "unknown": [each.to_dict() for each in self.unknown],
            "agreement": self.agreement.to_dict(),
        }


def result_of(tally: Iterable[tuple[Kind, Counted]], problems: Iterable[Problem] = (), *, files: int = 0) -> Replayed:
    """Return what was found, from counts by what was said, and of how many files."""
    counts = list(tally)
    open_ones = [(kind, counted) for kind, counted in counts if _is_open(kind)]
    breaks = [each for each in counts if not _is_open(each[0]) and (each[0].aws, each[0].verdict) == (ALLOWED, DENIED)]
    opens = [each for each in counts if not _is_open(each[0]) and (each[0].aws, each[0].verdict) == (DENIED, ALLOWED)]
    events, undecided = _sum(counts), _sum(open_ones)
    compared = [each for each in counts if each[0].agrees is not None]
    agreement = Agreement(
        compared=_sum(compared),
        same=_sum([each for each in compared if each[0].agrees]),
        disagreements=_changes([each for each in compared if not each[0].agrees]),
    )
    return Replayed(
        events=events,
        unchanged=events - undecided - _sum(breaks) - _sum(opens),
        undecided=undecided,
        breaks=_changes(breaks),
        opens=_changes(opens),
        unknown=tuple(_not_known(open_ones)),
        agreement=agreement,
        problems=tuple(problems),
        files=files,
        first=min((counted.first for _, counted in counts if counted.first), default=""),
        last=max((counted.last for _, counted in counts), default=""),
    )


def _is_open(kind: Kind) -> bool:
    return kind.verdict == DEPENDS or kind.aws in (DEPENDS, NOT_TOLD)


def _sum(counts: Iterable[tuple[Kind, Counted]]) -> int:
    return sum(counted.times for _, counted in counts)


def _changes(counts: Iterable[tuple[Kind, Counted]]) -> tuple[Change, ...]:
    """Return one change for each principal and action; reason and statement are those of the first call."""
    together: dict[tuple[str, str], tuple[Kind, Counted]] = {}
    for kind, counted in counts:
        known = together.get((kind.principal, kind.action))
        if known is None:
            together[kind.principal, kind.action] = kind, counted
        else:
            both = known[1].and_of(counted)
            is_first = both.example == counted.example and both.first == counted.first
            together[kind.principal, kind.action] = kind if is_first else known[0], both
    found = [
        Change(
            principal=kind.principal,
            action=kind.action,
            count=counted.times,
            first=counted.first,
            last=counted.last,
            example=counted.example,
            reason=kind.reason,
            statement=kind.statement or None,
            message=counted.message or None,
        )
        for kind, counted in together.values()
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, each.principal, each.action)))


def _not_known(counts: Iterable[tuple[Kind, Counted]]) -> Iterator[NotKnown]:
    by_cause: dict[str, Counted] = {}
    names: dict[str, dict[str, None]] = {}
    for kind, counted in counts:
        facts = [*kind.depends_on, *([("", OTHER_ERROR)] if kind.aws == NOT_TOLD else [])]
        for cause in dict.fromkeys(cause for _, cause in facts):
            known = by_cause.get(cause)
            by_cause[cause] = counted if known is None else known.and_of(counted)
        for name, cause in facts:
            names.setdefault(cause, {})[name] = None
    for cause, counted in sorted(by_cause.items(), key=lambda each: (-each[1].times, each[0])):
        yield NotKnown(
            cause=cause,
            count=counted.times,
            because=_OTHER_ERROR if cause == OTHER_ERROR else Cause[cause].value,
            names=tuple(sorted(filter(None, names[cause]))),
            first=counted.first,
            last=counted.last,
            example=counted.example,
        )
