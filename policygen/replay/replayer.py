"""Records in, answers out, in columns: what AWS did, and what policies say of it now.

Records become rows of the kernel by their shapes; each distinct request is decided once, by the judge of events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from policygen.engine import Engine
from policygen.engine.planner import Plan
from policygen.evaluation.message import read_access_denied
from policygen.evaluation.policies import PolicySource
from policygen.evaluation.results.verdict import EvalDecision, PolicyType
from policygen.events import EventRequest, Outcome
from policygen.events.looked_at import keys_looked_at
from policygen.replay.answers import NOT_A_REQUEST, Answer, Facts, answer_on, answer_on_event, facts_of, together
from policygen.replay.columns import NONE, Groups, Numbers, encoded
from policygen.replay.forms import Form, form_of, is_of_requests, own
from policygen.replay.kernel import Kernel
from policygen.replay.memory import Unreadable
from policygen.replay.own import Own, own_of
from policygen.replay.requests import ALSO, Opens, requests_in
from policygen.replay.shapes import MOST_REQUESTS, Rows, Shape, Shapes
from policygen.request import Request

ANSWERS = pa.schema(
    [
        ("id", pa.string()),
        ("first", pa.string()),
        ("last", pa.string()),
        ("count", pa.int64()),
        ("principal", pa.string()),
        ("action", pa.string()),
        ("aws", pa.string()),
        ("verdict", pa.string()),
        ("depends_on", pa.list_(pa.string())),
        ("causes", pa.list_(pa.string())),
        ("reason", pa.string()),
        ("statement", pa.string()),
        ("agrees", pa.bool_()),
    ]
)
"""What is said of each record; ``aws`` is what AWS did, or what the other policies say; ``agrees`` tells of calls that
AWS denied whether these policies do, for the reason that AWS's message states, and is null where that is not known."""


_ONE = pa.scalar(1, pa.int64())


class Kind(NamedTuple):
    """What is said of records that are alike."""

    principal: str
    action: str
    aws: str
    verdict: str
    depends_on: Facts
    reason: str
    statement: str
    agrees: bool | None


class Told(NamedTuple):
    """What records tell beside their requests: ids, first and last times."""

    ids: pa.Array
    firsts: pa.Array
    lasts: pa.Array


class Answered(NamedTuple):
    """What is said of records.

    Attributes:
        kinds: What is said, once each.
        numbers: For each record the place of what is said of it.
        told: What the records tell beside.
        counts: For how many calls each record stands.
    """

    kinds: Sequence[Kind]
    numbers: pa.Array
    told: Told
    counts: pa.Array

    def to_batch(self) -> pa.RecordBatch:
        """Return a row a record, by the columns of :data:`ANSWERS`."""
        names = ("principal", "action", "aws", "verdict", "reason", "statement", "agrees")
        rows: dict[str, list[Any]] = {name: [getattr(each, name) or None for each in self.kinds] for name in names}
        rows["agrees"] = [each.agrees for each in self.kinds]
        rows["depends_on"] = [[name for name, _ in each.depends_on] for each in self.kinds]
        rows["causes"] = [[cause for _, cause in each.depends_on] for each in self.kinds]
        found = {name: pc.take(pa.array(rows[name], ANSWERS.field(name).type), self.numbers) for name in rows}
        told = {"id": self.told.ids, "first": self.told.firsts, "last": self.told.lasts, "count": self.counts}
        return pa.record_batch([(found | told)[name] for name in ANSWERS.names], schema=ANSWERS)


class Replayer:
    """Replays records against policies; it remembers, so one is made for many batches."""

    def __init__(self, target: PolicySource, against: PolicySource | None = None) -> None:
        """Replay against ``target``.

        Args:
            target: A policy set or an environment.
            against: Policies whose verdict stands in the place of what AWS did; None for what AWS did.
        """
        sources = [target, *([against] if against is not None else [])]
        self._shapes = Shapes(keys_looked_at(sources))
        self._judges = [_Judge(each) for each in sources]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of records that are looked at."""
        return self._shapes.fields

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
            for judge in self._judges:
                judge.forget()
        rows = self._shapes.rows(table, form)
        shapes = rows.shapes.dictionary_encode()
        numbers = shapes.dictionary.to_pylist()
        met = [self._shapes.shapes[number] for number in numbers]
        named = self._shapes.callers
        answers = [each.answers(numbers, met, shapes.indices, rows, named) for each in self._judges]
        messages = _messages(rows, met, shapes.indices) if len(answers) == 1 else _nothing(len(table))
        calls, who = Numbers(), Numbers()
        same_call = pa.array([calls.of((each.event.outcome.value, _operation(each))) for each in met], pa.int64())
        groups = Groups(
            [pc.take(same_call, shapes.indices), _whose(met, shapes.indices, rows, named, who), messages, *answers]
        )
        kinds = Numbers()
        same = [
            kinds.of(self._kind(who.values[caller], calls.values[call], message, *each)) - 1
            for call, caller, message, *each in groups.keys
        ]
        told = Told(*(rows.told[name].combine_chunks() for name in ("example", "first_time", "last_time")))
        of_records = pc.take(pa.array([each.event.count for each in met], pa.int64()), shapes.indices)
        counts = pc.multiply(of_records, _counts(rows.told["count"]))
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
        told = Told(column_or_none(batch, "example"), first, last)
        has_counts = "count" in batch.schema.names
        counts = pc.fill_null(batch["count"].cast(pa.int64()), 1) if has_counts else pa.repeat(_ONE, rows)
        return Answered(kinds.values[1:], groups.spread(same), told, counts)

    def _kind_of_request(self, stated: Sequence[str | None], ours: int, theirs: int | None = None) -> Kind:
        arn, role, action, aws = stated
        answer = self._judges[0].value(ours)
        if theirs is not None:
            aws = self._judges[1].value(theirs).verdict
        who = _role_of(role or arn or "")
        return _kind_of(who, answer.action or action or "", aws or Outcome.NOT_TOLD.value, answer, None)

    def _kind(self, who: str, call: tuple[str, str], message: int, ours: int, theirs: int | None = None) -> Kind:
        outcome, operation = call
        answer = self._judges[0].value(ours)
        aws = outcome if theirs is None else self._judges[1].value(theirs).verdict
        agrees = None
        if message and answer.verdict != "depends":
            agrees = answer.verdict == "denied" and _MESSAGES[message] in ("", answer.kind)
        action = answer.action or operation
        facts = answer.depends_on if theirs is None else (*answer.depends_on, *self._judges[1].value(theirs).depends_on)
        return _kind_of(who, action, aws, answer._replace(depends_on=tuple(dict.fromkeys(facts))), agrees)


def _kind_of(who: str, action: str, aws: str, answer: Answer, agrees: bool | None) -> Kind:
    return Kind(who, action, aws, answer.verdict, answer.depends_on, answer.reason, answer.statement, agrees)


def _operation(shape: Shape) -> str:
    return f"{shape.event.source}:{shape.event.name}"


def _whose(
    met: Sequence[Shape], indices: pa.Array, rows: Rows, named: Sequence[Mapping[str, str]], who: Numbers
) -> pa.Array:
    """Return for each record the number of who called: of a session its role."""
    callers = rows.callers.dictionary_encode()
    places = callers.dictionary.to_pylist()
    parts = [*((named[each] if each >= 0 else {}) for each in places), *((each.named or {}) for each in met)]
    numbers = pa.array([who.of(_role_of(each.get("role") or each.get("arn") or "")) for each in parts], pa.int64())
    is_own = pc.greater_equal(rows.callers, 0)
    return pc.take(numbers, pc.if_else(is_own, callers.indices, pc.add(indices, len(places))))


def _role_of(arn: str) -> str:
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


class _Judge:
    """The verdicts of one source of policies."""

    def __init__(self, source: PolicySource) -> None:
        self._source = source
        self._opens = Opens()
        self._kernel = Kernel(Engine(source), self._answer, also=(ALSO,))
        self._known = Numbers()
        self._alone: dict[int, int] = {}

    def forget(self) -> None:
        """Forget what is known of shapes: they get new numbers."""
        self._alone.clear()
        self._opens.forget()

    def value(self, number: int) -> Answer:
        """Return the answer of a number."""
        found: Answer = self._known.values[number]
        return found

    def answers(
        self,
        numbers: Sequence[int],
        met: Sequence[Shape],
        indices: pa.Array,
        rows: Rows,
        named: Sequence[Mapping[str, str]],
    ) -> pa.Array:
        """Return the number of the answer on each record.

        Args:
            numbers: The numbers of the records' shapes.
            met: These shapes.
            indices: For each record the place of its shape.
            rows: What was left out of the shapes.
            named: The parts that name callers.
        """
        columns = [indices]
        for slot in range(MOST_REQUESTS):
            batch, at = requests_in(met, indices, rows, named, slot, self._opens)
            if batch is None:
                break
            decided = self._kernel.decide(batch)
            same = [NONE, *map(self._of_row, decided.answers[1:])]
            columns.append(_spread(pc.take(pa.array(same, pa.int64()), decided.numbers), at, len(indices)))
        groups = Groups(columns)
        return groups.spread([self._of_event(numbers[key[0]], met[key[0]], key[1:]) for key in groups.keys])

    def on_requests(self, batch: pa.RecordBatch) -> pa.Array:
        """Return the number of the answer on each row of requests."""
        nothing = pa.repeat(pa.scalar(str(self._opens.nothing)), len(batch))
        decided = self._kernel.decide(batch.append_column(ALSO, nothing))
        same = [NONE, *map(self._of_row, decided.answers[1:])]
        return pc.take(pa.array(same, pa.int64()), decided.numbers)

    def _of_row(self, answer: Any) -> int:
        return self._known.of(NOT_A_REQUEST if isinstance(answer, Unreadable) else answer)

    def _of_event(self, number: int, shape: Shape, answers: Sequence[int]) -> int:
        if shape.alone:
            if number not in self._alone:
                self._alone[number] = self._known.of(answer_on_event(self._source, shape.event))
            return self._alone[number]
        found = [self.value(each) for each in answers if each != NONE]
        return self._known.of(together(found, facts_of(shape.event.unknown)))

    def _answer(self, plan: Plan, request: Request, number: str) -> Answer:
        return answer_on(self._source, plan, EventRequest(request=request, unknown=self._opens.unknown(number)))


def _spread(values: pa.Array, at: pa.Array | None, rows: int) -> pa.Array:
    """Return values of some rows as a column of all, 0 for the others."""
    if at is None:
        return values
    found = pc.index_in(pa.arange(0, rows), value_set=at.cast(pa.int64()))
    return pc.fill_null(pc.take(values, found), NONE)


def column_or_none(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of texts; nulls where there is none of this name."""
    if name not in batch.schema.names:
        return pa.nulls(len(batch), pa.string())
    found = batch[name]
    return found if pa.types.is_dictionary(found.type) else found.cast(pa.string())


def _nothing(rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(NONE, pa.int64()), rows)


_MESSAGES = ("", "", *(f"{decision.value} {kind.value}" for decision in EvalDecision for kind in PolicyType))
"""What AWS's messages say of denials: how, and by which type of policy; by number, from 1, which is for one that tells
neither."""


def _messages(rows: Rows, met: Sequence[Shape], indices: pa.Array) -> pa.Array:
    """Return for each record of a denied call the number of what AWS's message says; 0 for others."""
    denied = [each.event.outcome is Outcome.DENIED for each in met]
    if not any(denied):
        return _nothing(len(indices))
    at = pc.indices_nonzero(pc.take(pa.array(denied), indices))
    said = rows.told["message"].combine_chunks().take(at).dictionary_encode(null_encoding="encode")
    numbers = pa.array([1 if each is None else _number_said(each) for each in said.dictionary.to_pylist()], pa.int64())
    return _spread(pc.take(numbers, said.indices), at, len(indices))


@lru_cache(maxsize=4096)
def _number_said(message: str) -> int:
    found = read_access_denied(message)
    if not found or found[0].decision is None or found[0].policy_type is None:
        return 1
    return _MESSAGES.index(f"{found[0].decision.value} {found[0].policy_type.value}")


_COUNT = r"^[0-9]{1,18}$"


def _counts(stated: pa.ChunkedArray) -> pa.Array:
    """Return for how many calls each row stands: one where it does not say."""
    whole = stated.combine_chunks()
    if whole.null_count == len(whole):
        return pa.repeat(_ONE, len(whole))
    is_count = pc.fill_null(pc.match_substring_regex(whole, _COUNT), False)
    return pc.fill_null(pc.if_else(is_count, whole, None).cast(pa.int64()), 1)
