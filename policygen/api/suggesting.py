"""Least privilege from what was used: policies from CloudTrail events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.environments import environment_beside
from policygen.api.given import check_path
from policygen.api.proving import why_not_split
from policygen.aws.quotas import QUOTAS
from policygen.errors import ArgumentError, Problem, SourceError, check_argument

if TYPE_CHECKING:
    from policygen.evaluation import Environment
    from policygen.suggesting import Gathered, Identity, Suggestions, Wanted

LEVELS = ("action", "resource", "condition")
"""How much of a call the policies say."""

QUOTAS_OF_PRINCIPALS = ("managed-policy", "role-inline", "user-inline")
"""The quotas of the policies of users and roles."""

MOST = 5
"""How many resources of an action stand in one place before a pattern takes theirs, where nothing else is said."""


def suggest(
    *events: str | Path,
    principal: str | Iterable[str] = (),
    level: str = "resource",
    most: int = MOST,
    quota: str | None = None,
    split: bool = False,
    environment: Environment | str | Path | Iterable[str | Path] | None = None,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
    processes: int = 1,
    reading: Callable[[int, int, int], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Suggestions:
    """Return, for each user and role, the policy that allows what it used, as records of CloudTrail tell it.

    Used is what AWS allowed. Denied and failed calls are left out, and what a record does not tell is named and
    counted. The policy is proved to allow what is generalised from the calls and nothing else, and every request that
    was used is replayed against it.

    Args:
        events: Files of CloudTrail in any form that :func:`replay_events` reads, and folders; ``-`` is standard input.
        principal: ARNs of users and roles; none for all that called.
        level: One of :data:`LEVELS`: the actions alone, on which resources, or under which conditions, too.
        most: How many objects (or other resources below a named one) an action names; of more, the folder is named.
        quota: One of :data:`QUOTAS_OF_PRINCIPALS`, which the policies must fit; None for none.
        split: Whether what does not fit may become several policies.
        environment: Other policies, beside which is replayed, and the principals' own, of which is said what was not
            used: an environment, or files and folders as :func:`load_environment` takes.
        parameters: Values for templates in the environment.
        shapes: A file of further shapes for it.
        processes: How many processes read; with more than one, call it below ``if __name__ == "__main__":``.
        reading: Called with (bytes done, bytes in all, events read) while files are read.
        progress: Called with (what, done, all) as the work goes on.

    Raises:
        ArgumentError: PG-A001 for what is no path, number or environment, or where no file is given; PG-A002 for
            another level or quota, and for a principal that has no policies.
        RequestError: PG-R001 for what names no principal.
        SourceError: Every file that cannot be read, where none can; else they are in ``problems``.
        PolicygenError: The environment cannot be read.
    """
    check_argument("processes", processes, int, "give how many processes read")
    wanted = _wanted(events, level, most, quota, split=split)
    only = _identities([principal] if isinstance(principal, str) else list(principal))
    held, problems = environment_beside(environment, parameters=parameters, shapes=shapes)
    gathered, unread = _gathered(events, held, only, processes, _told(reading, progress))
    if not gathered.events and unread:
        raise SourceError(*problems, *unread)
    return _suggestions(gathered, wanted, only, held, (*problems, *unread), progress)


def _gathered(
    events: Iterable[str | Path],
    held: Environment | None,
    only: Mapping[Identity, str],
    processes: int,
    progress: Callable[[int, int, int], None],
) -> tuple[Gathered, list[Problem]]:
    """Return what the events tell, and what of them could not be read."""
    from policygen.events.looked_at import keys_looked_at
    from policygen.suggesting import Sought, gathered_from

    sought = Sought(keys_looked_at([held]) if held is not None else frozenset(), held is not None, frozenset(only))
    return gathered_from(events, sought, processes=processes, progress=progress)


def _told(
    reading: Callable[[int, int, int], None] | None, progress: Callable[[str, int, int], None] | None
) -> Callable[[int, int, int], None]:
    def tell(done: int, total: int, events: int) -> None:
        if reading is not None:
            reading(done, total, events)
        if progress is not None:
            progress("reading", done, total)

    return tell


def _suggestions(
    gathered: Gathered,
    wanted: Wanted,
    only: Mapping[Identity, str],
    held: Environment | None,
    problems: tuple[Problem, ...],
    progress: Callable[[str, int, int], None] | None,
) -> Suggestions:
    """Return what is suggested, with what could not be read."""
    from policygen.catalog import load_catalog
    from policygen.suggesting import Suggestions, suggest

    told = partial(progress, "writing") if progress is not None else None
    return Suggestions(
        level=wanted.level,
        most=wanted.most,
        events=gathered.events,
        suggested=tuple(suggest(gathered, wanted, held, load_catalog(), told)),
        left_out=tuple(gathered.left_out()),
        idle=_idle(held, gathered) if held is not None and not only else None,
        problems=(*problems, *_not_there(gathered, only)),
    )


def _wanted(events: tuple[str | Path, ...], level: str, most: int, quota: str | None, *, split: bool) -> Wanted:
    """Return what is wanted; raises for what cannot be asked for."""
    from policygen.suggesting import Level, Wanted

    for path in events:
        check_path(path)
    if not events:
        hint = "give files of CloudTrail, or folders of them"
        raise ArgumentError(Problem(code="PG-A001", message="no file is given", hint=hint))
    check_argument("most", most, int, "give a number from 1, such as 5")
    problems = []
    if most < 1:
        problems.append(Problem(code="PG-A001", message=f"`most` is {most}", hint="give a number from 1, such as 5"))
    if level not in LEVELS:
        hint = f"use one of {', '.join(LEVELS)}"
        problems.append(Problem(code="PG-A002", message=f"`{level}` is no level", hint=hint))
    if quota is not None and quota not in QUOTAS_OF_PRINCIPALS:
        hint = f"use one of {', '.join(QUOTAS_OF_PRINCIPALS)}"
        message = f"`{quota}` is not a quota of policies of users and roles"
        problems.append(Problem(code="PG-A002", message=message, hint=hint))
    elif split and (why := why_not_split(quota)):
        problems.append(Problem(code="PG-A002", message=why))
    if problems:
        raise ArgumentError(*problems)
    return Wanted(Level(level), most, QUOTAS[quota] if quota is not None else None, split)


def _identities(principals: list[str]) -> dict[Identity, str]:
    """Return what names the users and roles that are asked for, each with its ARN as it was given.

    Raises:
        ArgumentError: PG-A001 for what is no text, PG-A002 for a caller that has no policies.
        RequestError: PG-R001 for what names no caller.
    """
    from policygen.request.principal import parse_principal
    from policygen.suggesting import identity_key

    found: dict[Identity, str] = {}
    problems = []
    for each in principals:
        check_argument("principal", each, str, "give the ARN of a user or role")
        identity = identity_key(parse_principal(each))
        if identity is not None:
            found[identity] = each
            continue
        message = f"no identity-based policy of yours can be attached to `{each}`"
        problems.append(Problem(code="PG-A002", message=message, hint="give the ARN of a user or role"))
    if problems:
        raise ArgumentError(*problems)
    return found


def _idle(environment: Environment, gathered: Gathered) -> tuple[str, ...]:
    """Return the users and roles of an environment of which no record tells."""
    from policygen.request.principal import parse_principal
    from policygen.suggesting import identity_key

    named = ((each, identity_key(parse_principal(each))) for each in environment.principals)
    return tuple(each for each, key in named if key is not None and key not in gathered.callers)


def _not_there(gathered: Gathered, only: Mapping[Identity, str]) -> list[Problem]:
    """Return a problem for each principal that is asked for and of whom no record tells, with the nearest that is."""
    from difflib import get_close_matches

    problems = []
    for identity, given in only.items():
        if identity not in gathered.callers:
            near = get_close_matches(given, sorted(gathered.others), n=1)
            hint = f"did you mean `{near[0]}`?" if near else "without --principal all that called get a policy"
            problems.append(Problem(code="PG-A002", message=f"no event tells of `{given}`", hint=hint))
    return problems
