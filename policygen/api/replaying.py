"""The public function that replays events against policies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from policygen.api.attaching import attached
from policygen.api.compared import MOST_BYTES, Kind, kind_in
from policygen.api.environments import environment_of_spec, open_environment
from policygen.api.given import check_path
from policygen.api.targets import target_of
from policygen.errors import ArgumentError, PolicygenError, Problem, check_argument
from policygen.source.files import files_below, is_folder, read_text, read_whole
from policygen.version import VERSION

if TYPE_CHECKING:
    from policygen.document import Document
    from policygen.engine import Engine
    from policygen.evaluation import Environment, PolicySet
    from policygen.replay.result import Replayed
    from policygen.spec.model import Spec


def replay_events(
    *events: str | Path,
    target: PolicySet | Environment | Engine | Spec | Document,
    against: PolicySet | Environment | Engine | Spec | Document | None = None,
    processes: int = 1,
    resume: str | Path | None = None,
    asked: str | None = None,
    in_force: PolicySet | Environment | Engine | Spec | Document | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> Replayed:
    """Return what of recorded calls policies would decide otherwise.

    Args:
        events: Files and folders of CloudTrail: JSON, .json.gz, JSON lines, CSV of Athena; Parquet with the columns of
            Athena's table, of Security Lake, or of requests. ``-`` is standard input.
        target: The policies: a policy set, an environment, a spec (what it generates); a path of one of these; or a
            policy.
        against: Policies whose verdict stands in the place of what AWS did; None for what AWS did.
        processes: How many processes read; with more than one, call it below ``if __name__ == "__main__":``.
        resume: A file that keeps what is counted; a run goes on from what it holds.
        asked: What tells, with ``resume``, whether the same policies are asked again; None: the policies themselves.
        in_force: Policies that AWS's denials are compared with, where the target has others attached; None for
            ``target``.
        progress: Called with (bytes done, bytes in all, events counted) as the work goes on.

    Returns:
        What breaks and what opens by principal and action, what is not known by cause, and how far AWS's denials are
        those of these policies. ``problems`` has what could not be read; what could be counts.

    Raises:
        ArgumentError: PG-A001 for what is no path or no policies.
        SourceError: PG-F012 and PG-E008 for what ``resume`` names.
        PolicygenError: PG-E009 without pyarrow or DuckDB; the policies cannot be used.
    """
    _check_given(events, target)
    check_argument("processes", processes, int, "give how many processes read")
    check_libraries()
    from policygen.replay.counting import counted

    policies = source_of(target)
    other, before = (None if each is None else source_of(each) for each in (against, in_force))
    return counted(
        events, policies, other, processes=processes, resume=resume, asked=asked, in_force=before, progress=progress
    )


def _check_given(events: Sequence[str | Path], target: object) -> None:
    for path in events:
        check_path(path)
    if not events:
        hint = "give files or folders of CloudTrail"
        raise ArgumentError(Problem(code="PG-A001", message="no events are given", hint=hint))
    if target is None:
        hint = "give policies: target=…"
        raise ArgumentError(Problem(code="PG-A001", message="no policies are given", hint=hint))


class Opened(NamedTuple):
    """Policies that were opened for a replay.

    Attributes:
        target: What is replayed against.
        against: What it is compared with; None for what AWS did.
        in_force: What AWS's denials are compared with; None for the target.
        problems: What could not be read.
        fingerprint: What tells these policies from others.
    """

    target: Environment
    against: Environment | None
    in_force: Environment | None
    problems: tuple[Problem, ...]
    fingerprint: str


def open_policies(
    environments: Sequence[str | Path],
    spec: str | Path | None,
    against: Sequence[str | Path] = (),
    *,
    attach: Sequence[str | Path] = (),
    to: str | None = None,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
) -> Opened:
    """Open what a replay is asked of; arguments as the command's options.

    Raises:
        PolicygenError: Something cannot be read or used.
    """
    problems: list[Problem] = []

    def opened(paths: Sequence[str | Path]) -> Environment:
        if len(paths) == 1 and str(paths[0]) != "-":
            if _is_spec(paths[0]):
                return environment_of_spec(paths[0])
        found, more = open_environment(paths, parameters=parameters, shapes=shapes)
        problems.extend(more)
        return found

    before = None
    if attach and to is not None:
        target, before, more = attached(environments, attach, to, parameters=parameters, shapes=shapes)
        problems.extend(more)
    else:
        target = environment_of_spec(spec) if spec is not None else opened(environments)
    given = (*environments, *([spec] if spec is not None else []), *against, *attach)
    other = opened(against) if against else None
    return Opened(target, other, before, tuple(problems), _fingerprint(given, to))


def _fingerprint(paths: Iterable[str | Path], to: str | None) -> str:
    digest = sha256(f"{VERSION} {to}".encode())
    for path in paths:
        files = files_below(path, lambda _: True) if str(path) != "-" and is_folder(path) else [path]
        for each in files:
            digest.update(f"{path} {each}\n".encode(errors="surrogatepass"))
            digest.update(read_whole(Path(each)) if str(each) != "-" else b"")
    return digest.hexdigest()


def check_libraries() -> None:
    """Tell whether what a replay needs is installed.

    Raises:
        PolicygenError: PG-E009 where it is not.
    """
    from policygen.replay.libraries import missing_for

    missing = missing_for("`policygen replay`")
    if missing is not None:
        raise PolicygenError(missing)


def source_of(given: Any) -> PolicySet | Environment:
    """Return what decides requests, of policies in any form; raises as :func:`replay_events`."""
    from policygen.engine import Engine
    from policygen.evaluation import Environment, PolicySet

    if isinstance(given, Engine):
        given = given.target
    if isinstance(given, (PolicySet, Environment)):
        return given
    return target_of(Path(given) if isinstance(given, (str, os.PathLike)) and _is_path(given) else given)


def _is_path(given: object) -> bool:
    return isinstance(given, os.PathLike) or (isinstance(given, str) and not given.lstrip().startswith("{"))


def _is_spec(path: str | Path) -> bool:
    return not is_folder(path) and kind_in(read_text(path, max_bytes=MOST_BYTES), str(path)) is Kind.SPEC
