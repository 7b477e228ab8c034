"""The public functions for more events than one machine reads: Athena's SQL, and Spark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.api.given import check_path
from policygen.api.replaying import check_libraries, source_of
from policygen.errors import ArgumentError, Problem, check_argument
from policygen.source.files import read_text

if TYPE_CHECKING:
    from policygen.document import Document
    from policygen.engine import Engine
    from policygen.evaluation import Environment, PolicySet
    from policygen.replay.result import Replayed
    from policygen.spec.model import Spec

_MOST_BYTES = 64 * 1024 * 1024
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_NAMES = 3
"""Catalogue, database and table."""


def athena_sql(
    target: PolicySet | Environment | Engine | Spec | Document,
    *,
    against: PolicySet | Environment | Engine | Spec | Document | None = None,
    table: str = "cloudtrail_logs",
    where: str | None = None,
) -> str:
    """Return SQL for Athena that reduces a table of CloudTrail to what policies can tell apart.

    Each row that it finds stands for ``count`` events; a replay of these rows finds what a replay of all events of the
    table does. Times, addresses, user agents and names of sessions are told apart where a policy looks at them, and
    nowhere else. The table is the one whose definition AWS documents.

    Args:
        target: The policies, as :func:`replay_events` takes them.
        against: The policies that they are compared with; None for what AWS did.
        table: The table: ``name``, ``database.name`` or ``catalogue.database.name``.
        where: A condition in SQL on the table's columns, as ``"timestamp" >= '2026/09/01'``; it goes into the query as
            it is, and is checked by nobody.

    Raises:
        ArgumentError: PG-A001 for what is no name of a table, no condition or no policies.
        PolicygenError: The policies cannot be used.

    Fact: T12
    Source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
    """
    check_argument("table", table, str, "give the table's name")
    if where is not None:
        check_argument("where", where, str, "give a condition in SQL")
    names = table.split(".")
    if not all(names) or len(names) > _NAMES:
        hint = "give `table`, `database.table` or `catalogue.database.table`"
        raise ArgumentError(Problem(code="PG-A001", message=f"`{table}` is no name of a table", hint=hint))
    if where is not None and not where.strip():
        hint = "leave it out for all rows; for some days: \"timestamp\" >= '2026/09/01'"
        raise ArgumentError(Problem(code="PG-A001", message="the condition `where` is empty", hint=hint))
    check_libraries()
    from policygen.events.looked_at import keys_looked_at, tells_sessions_apart
    from policygen.replay.athena import reduction

    sources = [source_of(each) for each in (target, against) if each is not None]
    return reduction(
        keys_looked_at(sources),
        sessions=tells_sessions_apart(sources),
        table=".".join(map(_as_identifier, names)),
        where=where,
    )


def _as_identifier(name: str) -> str:
    quoted = name.replace('"', '""')
    return name if _PLAIN.match(name) else f'"{quoted}"'


def replay_on_spark(
    session: Any,
    *events: str,
    environment: str | Path,
    against: str | Path | None = None,
    parquet: bool = False,
) -> Replayed:
    """Return what :func:`replay_events` does, worked out by a Spark cluster.

    Every Python of the cluster needs ``policygen[spark]``. The policies travel as text, and are compiled once in each
    worker process; the driver adds up counts alone. A file of JSON that ends too early or is damaged is named in
    ``problems``, and what there is of it counts.

    Args:
        session: The ``SparkSession``.
        events: Files and folders in any store that Spark reads: CloudTrail's JSON and .json.gz below them, or, with
            ``parquet``, tables with the columns of Athena's table or of Security Lake.
        environment: An environment file, such as ``policygen environment`` makes: the policies.
        against: The environment file of policies whose verdict stands in the place of what AWS did.
        parquet: Whether the events are in Parquet.

    Raises:
        ArgumentError: PG-A001 without events.
        SourceError: A file of policies cannot be read; PG-E007 for tables without columns that are needed.
        PolicygenError: PG-E009 without pyarrow; the policies cannot be used.
    """
    if not events:
        hint = "give files or folders of CloudTrail"
        raise ArgumentError(Problem(code="PG-A001", message="no events are given", hint=hint))
    check_libraries()
    from policygen.replay.result import result_of
    from policygen.replay.spark import Policies, tally_files, tally_parquet

    policies = Policies(_text(environment), None if against is None else _text(against))
    tally, problems = (tally_parquet if parquet else tally_files)(session, events, policies)
    return result_of(tally, problems)


def _text(path: str | Path) -> str:
    """Return the text of an environment file, which is tried here, where a mistake is told with its place."""
    from policygen.scenario import environment_in

    check_path(path)
    text = read_text(path, max_bytes=_MOST_BYTES)
    environment_in(text, path)
    return text
