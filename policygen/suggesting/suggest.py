"""From records to suggested policies: gathered, written, made small, replayed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from policygen.aws.quotas import Quota
from policygen.catalog import Catalog, KnownCalls
from policygen.errors import DocumentError
from policygen.evaluation import Environment
from policygen.proofs import Kind, Minimized, minimize
from policygen.suggesting.replaying import (
    actions_that_need_permission,
    not_allowed_alone,
    not_allowed_in,
    with_policies,
)
from policygen.suggesting.result import Level, NotAllowed, Suggested, Unused
from policygen.suggesting.unused import unused
from policygen.suggesting.used import Caller, Gathered, Use
from policygen.suggesting.writing import Draft, drafted


class Wanted(NamedTuple):
    """What is wanted of the policies.

    Attributes:
        level: How much of a call they say.
        most: How many resources of an action stand in one place before a pattern takes theirs.
        quota: The quota that they must fit; None for none.
        split: Whether a policy that does not fit may become several.
    """

    level: Level
    most: int
    quota: Quota | None
    split: bool


def suggest(
    gathered: Gathered,
    wanted: Wanted,
    environment: Environment | None,
    catalog: Catalog,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Suggested]:
    """Yield what is suggested for each user and role, in the order of their ARNs.

    Args:
        gathered: What was used.
        wanted: What is wanted of the policies.
        environment: The other policies, and those that the principals have; None where they are not known.
        catalog: The actions that there are.
        progress: Called with (done, all) as the work goes on.
    """
    callers = sorted(gathered.callers.values(), key=lambda each: each.arn)
    for done, caller in enumerate(callers):
        if progress is not None:
            progress(done, len(callers))
        yield _suggested(caller, wanted, environment, catalog)


def _suggested(caller: Caller, wanted: Wanted, environment: Environment | None, catalog: Catalog) -> Suggested:
    uses = tuple(caller.uses.values())
    needed = sorted(actions_that_need_permission(uses), key=str.lower)
    draft = drafted(caller.name, uses, wanted.level, wanted.most, environment, needed)
    found = _minimized(draft, wanted) if needed else None
    minimized = found if isinstance(found, Minimized) else None
    asked = [each for each in uses if each.ask.action in needed]
    return Suggested(
        principal=caller.arn,
        calls=caller.calls,
        requests=len(uses),
        actions=tuple(needed),
        minimized=minimized,
        generalised=draft.generalised,
        free=tuple(sorted({each.ask.action for each in uses} - set(needed))),
        not_allowed=tuple(not_allowed_alone(minimized.policies.values(), asked, environment)) if minimized else (),
        in_environment=_in_environment(caller, minimized, environment, uses),
        unused=_unused(caller, environment, uses, catalog),
        problems=found.problems if isinstance(found, DocumentError) else (),
    )


def _minimized(draft: Draft, wanted: Wanted) -> Minimized | DocumentError:
    """Return the policy made small, proved to be the same; or why it does not fit its quota."""
    try:
        return minimize([draft.document], {Kind.IDENTITY}, wanted.quota, KnownCalls(), split=wanted.split)
    except DocumentError as error:
        return error


def _in_environment(
    caller: Caller, found: Minimized | None, environment: Environment | None, uses: Collection[Use]
) -> tuple[NotAllowed, ...] | None:
    if environment is None or found is None:
        return None
    return tuple(not_allowed_in(with_policies(environment, caller.arn, found.policies), uses))


def _unused(
    caller: Caller, environment: Environment | None, uses: Collection[Use], catalog: Catalog
) -> tuple[Unused, ...] | None:
    if environment is None or caller.arn not in environment.principals:
        return None
    return tuple(unused(environment, caller.arn, (each.asked().request for each in uses), catalog))
