"""What AWS said of denied calls, beside what the policies say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.environments import environment_beside
from policygen.api.given import check_path
from policygen.errors import ArgumentError, Problem, SourceError

if TYPE_CHECKING:
    from policygen.denials import Denied
    from policygen.evaluation import Environment


def denied(
    *paths: str | Path,
    environment: Environment | str | Path | Iterable[str | Path] | None = None,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
) -> Denied:
    """Return what AWS said of denied calls beside what the policies say: check by check, with what would allow them.

    Args:
        paths: Files and folders: AWS's authorization details, a folder a call with the policies that were asked; events
            of CloudTrail; error messages.
        environment: Where policies are taken from that AWS's answer does not hold: an environment, or files and folders
            of any shape that :func:`load_environment` takes.
        parameters: Values for templates in the environment.
        shapes: A file of further shapes for it.

    Raises:
        SourceError: PG-Y001 where no file tells of a call, and every file that cannot be read. What can be is judged
            all the same where some can: ``problems`` of the result has the rest.
        ArgumentError: PG-A001 for what is no path or environment.
    """
    from policygen.denials import denied_calls

    for path in paths:
        check_path(path)
    if not paths:
        hint = "give the folder of AWS's authorization details, a file of CloudTrail, or one with an error message"
        raise ArgumentError(Problem(code="PG-A001", message="no file is given", hint=hint))
    found, problems = environment_beside(environment, parameters=parameters, shapes=shapes)
    outcome = denied_calls(paths, found, problems)
    if not outcome.calls and outcome.errors:
        raise SourceError(*outcome.errors)
    return outcome
