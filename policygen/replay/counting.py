"""A replay from paths to its result."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path

from policygen.errors import Problem
from policygen.evaluation.policies import PolicySource
from policygen.events.looked_at import texts_of
from policygen.replay.kept import KeptCounts
from policygen.replay.parts import parts_in
from policygen.replay.result import Replayed, result_of
from policygen.replay.run import Policies, Progress, count
from policygen.replay.tally import Tally


def counted(
    events: Iterable[str | Path],
    target: PolicySource,
    against: PolicySource | None = None,
    *,
    processes: int = 1,
    resume: str | Path | None = None,
    asked: str | None = None,
    in_force: PolicySource | None = None,
    progress: Progress | None = None,
) -> Replayed:
    """Return what a replay of files finds.

    Args:
        events: Files and folders.
        target: The policies.
        against: Policies whose verdict stands in the place of what AWS did.
        processes: How many processes read.
        resume: A file that keeps what is counted.
        asked: What tells whether the same policies are asked again; None: the policies themselves.
        in_force: Policies that AWS's denials are compared with; None for ``target``.
        progress: Is told how far it is.

    Raises:
        SourceError: PG-F012, PG-F004 and PG-E008 for what ``resume`` names.
        DocumentError: A document of an environment that is needed cannot be parsed.
    """
    problems: list[Problem] = []
    parts, tally = parts_in(events, problems.append), Tally()
    policies = Policies(target, against, in_force)
    with nullcontext() if resume is None else KeptCounts(resume, asked or _fingerprint(policies), tally) as keeper:
        problems += keeper.problems if keeper is not None else []
        problems += [keeper.note] if keeper is not None and keeper.note is not None else []
        found = count(policies, parts, tally=tally, processes=processes, progress=progress, keeper=keeper)
    return result_of(tally, (*problems, *found), files=len({each.path for each in parts}))


def _fingerprint(policies: Policies) -> str:
    """Return what is equal for equal policies."""
    texts = "\0".join(text for each in policies for text in ("policies", *texts_of(each)))
    return sha256(texts.encode(errors="surrogatepass")).hexdigest()
