"""The rows of one batch on their way to answers; :mod:`policygen.replay.kernel` says how."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from policygen.engine.conditions import ABSENT, Key
from policygen.engine.sights import Sight
from policygen.errors import RequestError
from policygen.replay.columns import NONE, Groups, Remembered, chosen, encoded, merged, nothing, plain, spread, taken
from policygen.replay.memory import STS, Memory, Unreadable
from policygen.replay.resources import Texts
from policygen.request.context import Raw, raw
from policygen.request.model import Request

WHO = ("principal", "role", "user", "unique_id")
"""Columns that say who asks."""

_ENDPOINT = "aws:SourceVpce"
_OF_SIGHTS = 1 << 33
"""The number of what is looked at and of a resource or range are kept in one: the first above, the others below."""

_EACH = -1
"""Stands for the class of a range whose resources must each be asked."""


def answers(memory: Memory, batch: pa.RecordBatch, also: Sequence[str]) -> pa.Array:
    """Return for each row the number of its answer."""
    return _Batch(memory, batch).answers(also)


class _Batch:
    def __init__(self, memory: Memory, batch: pa.RecordBatch) -> None:
        self._memory = memory
        self._batch = batch
        self._names = [name for name in batch.schema.names if ":" in name]
        self._columns: dict[str, pa.Array] = {}
        self._made: dict[int, Request | Unreadable] = {}

    def answers(self, also: Sequence[str]) -> pa.Array:
        calls = self._calls()
        sighted = _Sighted(self._memory, calls.coded(self._planned(calls)))
        columns = {
            "plan": sighted.plans,
            "caller": chosen(
                sighted.where("caller", lambda sight: sight.everything or sight.caller_itself), self._callers
            ),
            "resource": self._resources(sighted),
        }
        columns |= {f"of {key.name}": self._context(key, sighted) for key in sighted.asked()}
        everything = sighted.where("everything", lambda sight: sight.everything)
        if everything.true_count:
            columns |= {name: chosen(everything, self._column(name)) for name in self._names}
        columns |= {f"also {name}": self._column(name) for name in also}
        return self._decided(tuple(columns), Groups(tuple(columns.values())), also)

    def _column(self, name: str) -> pa.DictionaryArray:
        """Return a column as numbers of its values, coded."""
        found = self._columns.get(name)
        if found is None:
            held = name in self._batch.schema.names
            column = self._memory.column(name)
            found = column.numbers(encoded(self._batch[name])) if held else nothing(len(self._batch))
            self._columns[name] = found
        return found

    # requests

    def _requests(self, rows: Sequence[int]) -> list[Request | Unreadable]:
        """Return rows as requests, each made once."""
        new = [row for row in rows if row not in self._made]
        if new:
            at = pa.array(new)
            callers = [self._memory.callers[number] for number in taken(plain(self._callers), at).to_pylist()]
            names = [name for name in self._names if self._batch[name].null_count < len(self._batch)]
            columns = [self._values(name, at) for name in ("action", "resource", "resource_account", *names)]
            for row, caller, *values in zip(new, callers, *columns, strict=True):
                self._made[row] = _request(caller, values, names)
        return [self._made[row] for row in rows]

    def _values(self, name: str, at: pa.Array) -> list[Any]:
        """Return the values of some rows of a column; nothing of one that is not there."""
        if name not in self._batch.schema.names:
            return [None] * len(at)
        found = taken(self._batch[name], at)
        plain = found.dictionary_decode() if isinstance(found, pa.DictionaryArray) else found
        values: list[Any] = plain.to_pylist()
        return values

    # calls

    @cached_property
    def _who(self) -> Groups:
        return Groups([self._column(name) for name in WHO])

    @cached_property
    def _of_who(self) -> list[int]:
        """The number of the caller of each group of rows that name one."""
        columns = [self._memory.column(name) for name in WHO]

        def named(key: tuple[int, ...]) -> Any:
            given = {name: column.value(number) for name, column, number in zip(WHO, columns, key, strict=True)}
            return _principal(given)

        return [self._memory.caller(key, partial(named, key)) for key in self._who.keys]

    @cached_property
    def _callers(self) -> pa.DictionaryArray:
        return self._who.coded(self._of_who)

    def _calls(self) -> Groups:
        memory, actions = self._memory, self._column("action")
        columns = [
            self._who.coded([memory.alike[each] for each in self._of_who]),
            actions,
            self._column("resource_account"),
            self._of_resources(memory.resources.places),
        ]
        services = pa.array(memory.services.of(actions.dictionary))
        by_head = taken(pc.not_equal(services, NONE), actions.indices)
        if by_head.true_count:
            columns.append(chosen(by_head, self._of_resources(memory.resources.heads)))
        if memory.engine.target.knows_endpoints():
            columns += [self._column(name) for name in self._spelled(_ENDPOINT)]
        of_sts = taken(pc.equal(services, STS), actions.indices)
        if of_sts.true_count:  # what else a call needs hangs on the keys that are there
            columns += [chosen(of_sts, self._is_there(name)) for name in self._names]
        return Groups(columns)

    @cached_property
    def _texts_of_resources(self) -> Texts:
        column = self._batch["resource"]
        return Texts((column.dictionary if isinstance(column, pa.DictionaryArray) else column).cast(pa.string()))

    def _of_resources(self, told: Callable[[Texts], pa.Array]) -> pa.DictionaryArray:
        """Return for each row what is told of its resource, coded."""
        column, found = self._batch["resource"], told(self._texts_of_resources)
        return spread(found, column.indices) if isinstance(column, pa.DictionaryArray) else found.dictionary_encode()

    def _resources_themselves(self, asked: pa.Array) -> pa.DictionaryArray:
        """Return the numbers of the resources of the rows that are asked, coded; of others none."""
        rows = pc.indices_nonzero(asked)
        numbers = self._memory.resources.column.numbers(encoded(taken(self._batch["resource"], rows)))
        nowhere = pa.nulls(len(asked), numbers.indices.type)
        return spread(numbers.dictionary, pc.replace_with_mask(nowhere, asked, numbers.indices))

    def _is_there(self, name: str) -> pa.DictionaryArray:
        """Return 1 where a column has a text that is not empty, coded."""
        column, read = self._column(name), self._memory.column(name).value
        there = [int(any(_texts(read(number)))) for number in column.dictionary.to_pylist()]
        return spread(pa.array(there), column.indices)

    def _spelled(self, name: str) -> list[str]:
        """Return the columns of a context key, whose name may be written in any case."""
        return [each for each in self._names if each.lower() == name.lower()]

    def _planned(self, calls: Groups) -> list[int]:
        """Return the number of the plan of each call."""
        known = self._memory.calls
        new = [index for index, key in enumerate(calls.keys) if key not in known]
        new.sort(key=calls.keys.__getitem__)  # what callers have in common is then asked for in one go
        requests = self._requests([calls.rows[index] for index in new]) if new else []
        for index, request in zip(new, requests, strict=True):
            key = calls.keys[index]
            known[key] = self._memory.plan(key, request)
        return [known[key] for key in calls.keys]

    # what calls look at

    def _resources(self, sighted: _Sighted) -> pa.DictionaryArray:
        """Return numbers that are equal for rows whose resources no call that looks at them tells apart."""
        memory = self._memory
        asked = sighted.where("of resource", lambda sight: bool(sight.elements))
        found = nothing(len(self._batch))
        if asked.true_count:
            ranges = chosen(asked, self._of_resources(memory.resources.in_ranges))
            found = self._told_apart(sighted, ranges, memory.of_ranges, self._of_range)
        each = taken(pc.equal(found.dictionary, _EACH), found.indices)
        if each.true_count:
            numbers = self._resources_themselves(each)
            found = merged(each, self._told_apart(sighted, numbers, memory.of_resources, self._of_resource), found)
        itself = sighted.where("itself", lambda sight: sight.everything or sight.resource_itself)
        return merged(itself, self._resources_themselves(itself), found) if itself.true_count else found

    def _told_apart(
        self,
        sighted: _Sighted,
        numbers: pa.DictionaryArray,
        remembered: Remembered,
        work_out: Callable[[int, int], int],
    ) -> pa.DictionaryArray:
        """Return what follows from what rows look at and a number, worked out once for both; 0 where there is none."""

        def told(new: list[int]) -> list[int]:
            pairs = [divmod(each, _OF_SIGHTS) for each in new]
            return [work_out(sight, number) if number else NONE for sight, number in pairs]

        found = Groups([sighted.sights, numbers])
        sights, below = found.columns
        return spread(remembered.of(pc.add(pc.multiply(sights, _OF_SIGHTS), below), told), found.numbers)

    def _of_range(self, place: int, number: int) -> int:
        sight, text = self._memory.sights[place], self._memory.resources.ranges.start(number)
        if any(each.asks_each(text) for each in sight.elements):
            return _EACH
        return self._memory.classes.of((place, sight.of_resource(text)))

    def _of_resource(self, place: int, number: int) -> int:
        text = str(self._memory.resources.column.value(number))
        return self._memory.classes.of((place, self._memory.sights[place].of_resource(text)))

    def _context(self, key: Key, sighted: _Sighted) -> pa.DictionaryArray:
        """Return numbers that are equal for rows whose values of a key no call that looks at it tells apart."""
        names = self._spelled(key.name)
        if len(names) > 1:
            looked_at = sighted.where(("any", key), lambda sight: key in sight.keys)
            return chosen(looked_at, self._together(names))
        value = self._column(names[0] if names else key.name)
        tests = sighted.spread(
            ("tests", key), lambda sight: self._memory.tests.of(sight.tests[key]) if key in sight.tests else NONE
        )
        asked = taken(pc.not_equal(tests.dictionary, NONE), tests.indices)
        grouped = [tests, chosen(asked, value)]
        if key.is_derived:  # where it is not stated, it follows from the caller, or from caller and call
            absent = pc.and_(asked, taken(pc.equal(value.dictionary, NONE), value.indices))
            grouped += [chosen(absent, self._callers)] + ([] if key.is_of_caller else [chosen(absent, sighted.plans)])
        found = Groups(grouped)
        classes = found.coded(self._classes_of_values(found, key, names[0] if names else key.name))
        return merged(sighted.where(("itself", key), lambda sight: key in sight.keys_themselves), value, classes)

    def _classes_of_values(self, found: Groups, key: Key, name: str) -> list[int]:
        known = self._memory.of_values
        new = [index for index, each in enumerate(found.keys) if each[0] and each not in known]
        derived = [index for index in new if key.is_derived and not found.keys[index][1]]
        requests = dict(zip(derived, self._requests([found.rows[index] for index in derived]), strict=True))
        for index in new:
            tests, value = found.keys[index][:2]
            request = requests.get(index)
            has = key.read(request) if isinstance(request, Request) else _raw(self._memory.column(name).value(value))
            truths = tuple([bool(test.answers[has]) for test in self._memory.tests.values[tests]])
            known[found.keys[index]] = self._memory.classes.of((tests, truths))
        return [known[each] if each[0] else NONE for each in found.keys]

    def _together(self, names: Iterable[str]) -> pa.DictionaryArray:
        """Return numbers of what stands in several columns, coded."""
        found = Groups([self._column(name) for name in names])
        return found.coded([self._memory.classes.of(each) if any(each) else NONE for each in found.keys])

    # answers

    def _decided(self, labels: Sequence[str], found: Groups, also: Sequence[str]) -> pa.Array:
        decided = self._memory.decided
        keys = [
            tuple([part for label, number in zip(labels, each, strict=True) if number for part in (label, number)])
            for each in found.keys
        ]
        new = [index for index, key in enumerate(keys) if key not in decided]
        new.sort(key=found.keys.__getitem__)
        requests = self._requests([found.rows[index] for index in new]) if new else []
        for index, request in zip(new, requests, strict=True):
            answer: Any = request
            if isinstance(request, Request):
                plan = self._memory.plans[found.keys[index][0]] or self._memory.engine.plan(request)
                beside = [self._batch[name][found.rows[index]].as_py() for name in also]
                answer = self._memory.judge(plan, request, *beside)
            decided[keys[index]] = self._memory.answers.of(answer)
        return found.spread([decided[key] for key in keys])


class _Sighted:
    """Rows with what their calls look at.

    Attributes:
        plans: For each row the number of its plan, coded.
        sights: For each row the number of what its plan looks at, coded.
    """

    def __init__(self, memory: Memory, plans: pa.DictionaryArray) -> None:
        self._memory = memory
        self.plans = plans
        self.sights = spread(taken(memory.sights_of_plans(), plans.dictionary), plans.indices)

    def asked(self) -> list[Key]:
        """Return the context keys that any call looks at, in the same order for each batch."""
        keys = self._memory.keys
        found = taken(self._memory.of_sights("keys", lambda sight: keys.of(sight.keys)), self.sights.dictionary)
        return sorted(frozenset().union(*(keys.values[number] for number in pc.unique(found).to_pylist())))

    def where(self, about: Hashable, holds: Callable[[Sight], bool]) -> pa.Array:
        """Tell for each row whether something holds for the sight of its call; ``about`` names it."""
        return taken(taken(self._memory.of_sights(about, holds), self.sights.dictionary), self.sights.indices)

    def spread(self, about: Hashable, of: Callable[[Sight], int]) -> pa.DictionaryArray:
        """Return for each row what follows from the sight of its call, coded; ``about`` names it."""
        return spread(taken(self._memory.of_sights(about, of), self.sights.dictionary), self.sights.indices)


def _principal(row: Mapping[str, Any]) -> Any:
    """Return the principal of a row as requests take it."""
    more = {name: row[name] for name in WHO[1:] if row.get(name) is not None}
    return {"arn": row["principal"], **more} if more else row["principal"]


def _request(principal: Any, values: Sequence[Any], names: Sequence[str]) -> Request | Unreadable:
    """Return a request of action, resource, owner and the values of context keys."""
    action, resource, owner, *stated = values
    context = {name: value for name, value in zip(names, stated, strict=True) if value is not None}
    try:
        return Request(principal=principal, action=action, resource=resource, resource_account=owner, context=context)
    except RequestError as error:
        return Unreadable("; ".join(each.message for each in error.problems))


def _texts(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _raw(value: str | tuple[str, ...] | None) -> Raw:
    return ABSENT if value is None else raw(_texts(value))
