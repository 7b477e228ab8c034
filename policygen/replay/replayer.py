"""Records in, answers out, in columns: what AWS did, and what policies say of it now.

Records become rows of the kernel by their shapes; each distinct request is decided once, by the judge of events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from policygen.evaluation.message import read_access_denied
from policygen.evaluation.policies import PolicySource
from policygen.evaluation.results.verdict import EvalDecision, PolicyType
from policygen.events import Outcome
from policygen.events.looked_at import keys_looked_at
from policygen.replay.answers import Answer
from policygen.replay.columns import NONE, Groups, Numbers, encoded, taken
from policygen.replay.forms import Form, form_of, is_of_requests, own
from policygen.replay.judged import Judge
from policygen.replay.own import Own, own_of
from policygen.replay.said import Answered, Kind, Told
from policygen.replay.shapes import Rows, Shape, Shapes, times_of

_FALSE = pa.scalar(False)
_NO_TEXT = pa.scalar(None, pa.string())


class Replayer:
    """Replays records against policies; it remembers, so one is made for many batches."""

    def __init__(
        self, target: PolicySource, against: PolicySource | None = None, in_force: PolicySource | None = None
    ) -> None:
        """Replay against ``target``.

        Args:
            target: A policy set or an environment.
            against: Policies whose verdict stands in the place of what AWS did; None for what AWS did.
            in_force: Policies that AWS's denials are compared with; None for ``target``.
        """
        sources = [target, *([against] if against is not None else [])]
        self._shapes = Shapes(keys_looked_at([*sources, in_force]))
        self._judges = [Judge(each) for each in sources]
        self._in_force = self._judges[0] if in_force is None else Judge(in_force)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of records that are looked at."""
        return self._shapes.fields

    def all_answered(self, portions: Iterable[Own | pa.RecordBatch | pa.Table]) -> Iterator[Answered]:
        """Yield what is said of records as columns, fewer at a time than a portion has where they differ in much.

        Raises:
            DocumentError: A document of an environment that is needed cannot be parsed.
        """
        for portion in portions:
            rows = portion.table if isinstance(portion, Own) else portion
            start = 0
            while start < len(rows):
                some = rows if is_of_requests(rows.schema.names) else rows.slice(start, self._shapes.at_once)
                start += len(some)
                yield self.answered(Own(some) if isinstance(portion, Own) else some)

    def answers_on(self, records: Sequence[Mapping[str, Any]]) -> Answered:
        """Return what is said of some records of CloudTrail, given as its own JSON has them.

        Raises:
            DocumentError: A document of an environment that is needed cannot be parsed.
        """
        return self.answered(own_of(records, self.fields))

    def answered(self, rows: Own | pa.RecordBatch | pa.Table) -> Answered:
        """Return what is said of each of some records as columns, in the rows' order.

        Columns are those of CloudTrail or of Athena's table, or of Security Lake (OCSF), structures as such or as
        JSON; names in any case. ``count``, ``first_time``, ``last_time`` and ``example`` tell of rows that stand for
        several calls. Of a row that is no record nothing is known.

        Or they are those of requests, as :class:`policygen.replay.kernel.Kernel` takes them, with ``aws`` for what AWS
        did (``allowed``, ``denied``), ``first_time`` and ``example``.

        Raises:
            DocumentError: A document of an environment that is needed cannot be parsed.
        """
        if isinstance(rows, Own):
            return self._on_records(rows.table, own(rows.table.column_names, self.fields))
        if is_of_requests(rows.schema.names):
            return self._on_requests(rows)
        table = rows if isinstance(rows, pa.Table) else pa.table(rows)
        return self._on_records(table, form_of(table.schema, self.fields))

    def _on_records(self, table: pa.Table, form: Form) -> Answered:
        if self._shapes.keep_small():
            for judge in {*self._judges, self._in_force}:
                judge.forget()
        rows = self._shapes.rows(table, form)
        answers = [each.answers(rows) for each in self._judges]
        is_denied = _are_denied(rows) if len(answers) == 1 else pa.repeat(_FALSE, len(table))
        messages = pc.if_else(is_denied, rows.told["message"].combine_chunks(), _NO_TEXT)
        is_asked = is_denied.true_count and self._in_force is not self._judges[0]
        by = pc.if_else(is_denied, self._in_force.answers(rows) if is_asked else answers[0], NONE)
        calls, who = Numbers(), Numbers()
        of_shapes = [calls.of((each.event.outcome.value, _operation(each))) for each in rows.shapes]
        of_callers = [who.of(_role_of(each.get("role") or each.get("arn") or "")) for each in rows.callers]
        same_call, same_caller = taken(_numbers(of_shapes), rows.at), taken(_numbers(of_callers), rows.whose)
        groups = Groups([same_call, same_caller, _said(messages, is_denied), by, *answers])
        kinds = Numbers()
        same = [
            kinds.of(self._kind(who.values[caller], calls.values[call], message, by, *each)) - 1
            for call, caller, message, by, *each in groups.keys
        ]
        ids, firsts, lasts = (rows.told[name].combine_chunks() for name in ("example", "first_time", "last_time"))
        told = Told(ids, firsts, lasts, messages)
        of_records = taken(_numbers([each.event.count for each in rows.shapes]), rows.at)
        counts = pc.multiply(of_records, times_of(rows.told["count"]))
        return Answered(kinds.values[1:], groups.spread(same), told, counts)

    def _on_requests(self, batch: pa.RecordBatch | pa.Table) -> Answered:
        if isinstance(batch, pa.Table):
            batch = batch.combine_chunks().to_batches(max_chunksize=len(batch) or None)[0]
        rows = len(batch)
        answers = [each.on_requests(batch) for each in self._judges]
        who = [encoded(column_or_none(batch, name)) for name in ("principal", "role", "action", "aws")]
        groups = Groups([*(pc.fill_null(each.indices, -1).cast(pa.int64()) for each in who), *answers])
        texts = [[*each.dictionary.to_pylist(), None] for each in who]
        kinds = Numbers()
        same = []
        for arn, role, action, aws, *numbers in groups.keys:
            stated = [texts[0][arn], texts[1][role], texts[2][action], texts[3][aws]]
            same.append(kinds.of(self._kind_of_request(stated, *numbers)) - 1)
        first = column_or_none(batch, "first_time")
        last = column_or_none(batch, "last_time") if "last_time" in batch.schema.names else first
        told = Told(column_or_none(batch, "example"), first, last, pa.nulls(rows, pa.string()))
        counts = times_of(column_or_none(batch, "count"))
        return Answered(kinds.values[1:], groups.spread(same), told, counts)

    def _kind_of_request(self, stated: Sequence[str | None], ours: int, theirs: int | None = None) -> Kind:
        arn, role, action, aws = stated
        answer = self._judges[0].value(ours)
        if theirs is not None:
            aws = self._judges[1].value(theirs).verdict
        who = _role_of(role or arn or "")
        return _kind_of(who, answer.action or action or "", aws or Outcome.NOT_TOLD.value, answer, None)

    def _kind(
        self, who: str, call: tuple[str, str], message: int, by: int, ours: int, theirs: int | None = None
    ) -> Kind:
        outcome, operation = call
        answer = self._judges[0].value(ours)
        aws = outcome if theirs is None else self._judges[1].value(theirs).verdict
        agrees = None
        if message:
            agrees = _agrees(message, self._in_force.value(by))
        action = answer.action or operation
        facts = answer.depends_on if theirs is None else (*answer.depends_on, *self._judges[1].value(theirs).depends_on)
        return _kind_of(who, action, aws, answer._replace(depends_on=tuple(dict.fromkeys(facts))), agrees)


def _agrees(message: int, answer: Answer) -> bool | None:
    """Tell whether an answer is the denial that AWS's message states; None where the answer is not known."""
    if answer.verdict == "depends":
        return None
    return answer.verdict == "denied" and _MESSAGES[message] in ("", answer.kind)


def _kind_of(who: str, action: str, aws: str, answer: Answer, agrees: bool | None) -> Kind:
    return Kind(who, action, aws, answer.verdict, answer.depends_on, answer.reason, answer.statement, agrees)


def _operation(shape: Shape) -> str:
    return f"{shape.event.source}:{shape.event.name}"


def _numbers(values: Sequence[int]) -> pa.Array:
    return pa.array(values, pa.int64())


def _role_of(arn: str) -> str:
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


def column_or_none(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of texts; nulls where there is none of this name."""
    if name not in batch.schema.names:
        return pa.nulls(len(batch), pa.string())
    found = batch[name]
    return found if pa.types.is_dictionary(found.type) else found.cast(pa.string())


_MESSAGES = ("", "", *(f"{decision.value} {kind.value}" for decision in EvalDecision for kind in PolicyType))
"""What AWS's messages say of denials: how, and by which type of policy; by number, from 1, which is for one that tells
neither."""


def _are_denied(rows: Rows) -> pa.Array:
    """Tell of each record whether AWS denied the call."""
    return taken(pa.array([each.event.outcome is Outcome.DENIED for each in rows.shapes], pa.bool_()), rows.at)


def _said(messages: pa.Array, is_denied: pa.Array) -> pa.Array:
    """Return for each record of a denied call the number of what AWS's message says; 0 for others."""
    said = messages.dictionary_encode(null_encoding="encode")
    numbers = [1 if each is None else _number_said(each) for each in said.dictionary.to_pylist()]
    return pc.if_else(is_denied, pc.take(pa.array(numbers, pa.int64()), said.indices), NONE)


@lru_cache(maxsize=4096)
def _number_said(message: str) -> int:
    found = read_access_denied(message)
    if not found or found[0].decision is None or found[0].policy_type is None:
        return 1
    return _MESSAGES.index(f"{found[0].decision.value} {found[0].policy_type.value}")
