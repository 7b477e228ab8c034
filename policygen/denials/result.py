"""What `denied` comes to: every call with both answers, and what can be made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policygen.denials.aws_form import as_aws_tells
from policygen.denials.comparing import compared
from policygen.denials.model import Call, Judged
from policygen.denials.opening import open_calls
from policygen.denials.suite import suite_of
from policygen.errors import PolicygenError, Problem, Severity
from policygen.evaluation import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Denied calls, what AWS said of them beside what the policies say.

    Attributes:
        calls: The calls, one for each action and resource that AWS judged.
        problems: What could not be read or used, errors and warnings; the rest was.
        judged: What was judged for each call: its request and its policies, of which :meth:`suite` and :meth:`to_aws`
            are made.
    """

    calls: tuple[Call, ...]
    problems: tuple[Problem, ...] = ()
    judged: tuple[Judged, ...] = field(default=(), repr=False)

    @property
    def agrees(self) -> bool:
        """Whether the policies say of every call what AWS said."""
        return all(each.agrees for each in self.calls)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are no warnings."""
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)

    def to_dict(self) -> dict[str, object]:
        """Return the calls as JSON-ready values."""
        return {"calls": [each.to_dict() for each in self.calls]}

    def to_aws(self) -> list[dict[str, Any]]:
        """Return our own answer as GetRequestAuthorizationDetails shapes it: one for each request, JSON-ready."""
        return as_aws_tells(self.judged)

    def suite(self) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
        """Return a suite that expects what AWS said, as JSON-ready values, and the calls of which it has no test.

        None in its place where it would have no test at all.
        """
        return suite_of(self.judged)


def denied_calls(
    paths: Iterable[str | Path], environment: Environment | None = None, noted: Iterable[Problem] = ()
) -> Denied:
    """Return the calls of which files tell, judged; what of them cannot be read or judged is a problem.

    Args:
        paths: Files and folders; ``-`` is standard input.
        environment: Where policies are taken from that AWS's answer does not hold.
        noted: Problems of the environment, which come first.
    """
    opened = open_calls(paths, environment)
    judged: list[Judged] = []
    problems = [*noted, *opened.problems]
    for told in opened.told:
        try:
            judged.append(compared(told, environment))
        except PolicygenError as error:
            problems += error.problems
    return Denied(
        calls=tuple(each.call for each in judged), problems=tuple(dict.fromkeys(problems)), judged=tuple(judged)
    )
