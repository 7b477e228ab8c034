"""The rows of one batch on their way to answers; :mod:`policygen.replay.kernel` says how."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from policygen.engine.conditions import ABSENT, Key
from policygen.engine.sights import Sight
from policygen.errors import RequestError
from policygen.replay.columns import NONE, Groups, chosen, encoded, nothing, taken
from policygen.replay.memory import Memory, Planned, Unreadable
from policygen.request.callers import read_caller
from policygen.request.context import Raw, raw
from policygen.request.model import Request

WHO = ("principal", "role", "user", "unique_id")
"""Columns that say who asks."""

_BY_LAST_SLASH = frozenset({"kms", "sts"})
"""Services whose calls are told apart by the resource's text up to its last slash."""

_ENDPOINT = "aws:SourceVpce"
_BEHIND_FIRST_SLASH = "(?s)/.*"
_OF_PLANS = 1 << 33
"""A plan's number and a resource's are kept in one: plans above, resources below."""


def answers(memory: Memory, batch: pa.RecordBatch, also: Sequence[str]) -> pa.Array:
    """Return for each row the number of its answer."""
    return _Batch(memory, batch).answers(also)


class _Batch:
    def __init__(self, memory: Memory, batch: pa.RecordBatch) -> None:
        self._memory = memory
        self._batch = batch
        self._names = [name for name in batch.schema.names if ":" in name]
        self._columns: dict[str, pa.Array] = {}
        self._texts: dict[str, pa.Array] = {}

    def answers(self, also: Sequence[str]) -> pa.Array:
        calls = self._calls()
        sighted = _Sighted(self._memory, calls.spread(self._planned(calls)))
        columns = {
            "plan": sighted.plans,
            "caller": chosen(
                sighted.spread("caller", lambda sight: sight.everything or sight.caller_itself), self._callers
            ),
            "resource": self._resources(sighted),
        }
        columns |= {f"of {key.name}": self._context(key, sighted) for key in sighted.asked()}
        everything = sighted.spread("everything", lambda sight: sight.everything)
        if everything.true_count:
            columns |= {name: chosen(everything, self._column(name)) for name in self._names}
        columns |= {f"also {name}": self._column(name) for name in also}
        return self._decided(tuple(columns), Groups(tuple(columns.values())), also)

    def _column(self, name: str) -> pa.Array:
        """Return a column as numbers of its values."""
        found = self._columns.get(name)
        if found is None:
            held = name in self._batch.schema.names
            found = self._memory.column(name).numbers(self._encoded(name)) if held else nothing(len(self._batch))
            self._columns[name] = found
        return found

    def _encoded(self, name: str) -> pa.Array:
        """Return a column with each distinct text once; a column of lists as it is."""
        if name not in self._texts:
            self._texts[name] = encoded(self._batch[name])
        return self._texts[name]

    def _requests(self, rows: Sequence[int]) -> list[Request | Unreadable]:
        """Return rows as requests."""
        if not rows:
            return []
        return [_request(each, self._names) for each in self._batch.take(pa.array(rows)).to_pylist()]

    # calls

    @cached_property
    def _who(self) -> Groups:
        return Groups([self._column(name) for name in WHO])

    @cached_property
    def _callers(self) -> pa.Array:
        return self._who.spread([self._memory.callers.of(key) for key in self._who.keys])

    def _calls(self) -> Groups:
        services = Groups([self._column("action")])
        read = self._memory.column("action").value
        by_service = [str(read(number)).partition(":")[0].lower() for (number,) in services.keys]
        columns = [
            self._who.spread([self._alike(key) for key in self._who.keys]),
            self._column("action"),
            self._column("resource_account"),
            *self._places(services.spread([each in _BY_LAST_SLASH for each in by_service])),
        ]
        if self._memory.engine.target.knows_endpoints():
            columns += [self._column(name) for name in self._spelled(_ENDPOINT)]
        if "sts" in by_service:  # what else a call needs hangs on the keys that are there
            of_sts = services.spread([each == "sts" for each in by_service])
            columns += [chosen(of_sts, self._is_there(name)) for name in self._names]
        return Groups(columns)

    def _alike(self, key: tuple[int, ...]) -> int:
        """Return the number of all callers like one, who is given by the numbers of the columns that name him."""
        known = self._memory.alike_of
        if key not in known:
            given = {name: self._memory.column(name).value(number) for name, number in zip(WHO, key, strict=True)}
            try:
                known[key] = self._memory.alike.of(self._memory.engine.alike(read_caller(_principal(given)).principal))
            except RequestError:
                known[key] = self._memory.alike.of(key)
        return known[key]

    def _places(self, by_last_slash: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return what tells the holder of each resource: a beginning of its text, else itself."""
        resources = self._encoded("resource")
        heads = pc.replace_substring_regex(resources.dictionary, _BEHIND_FIRST_SLASH, "").dictionary_encode()
        places = pa.array(map(self._memory.place, heads.dictionary.to_pylist()), pa.int64())
        places = taken(taken(places, heads.indices), resources.indices)
        itself = pc.or_(pc.equal(places, NONE), by_last_slash)
        return chosen(pc.invert(itself), places), chosen(itself, self._column("resource"))

    def _is_there(self, name: str) -> pa.Array:
        """Return 1 where a column has a text that is not empty."""
        found = Groups([self._column(name)])
        read = self._memory.column(name).value
        return found.spread([int(any(_texts(read(number)))) for (number,) in found.keys])

    def _spelled(self, name: str) -> list[str]:
        """Return the columns of a context key, whose name may be written in any case."""
        return [each for each in self._names if each.lower() == name.lower()]

    def _planned(self, calls: Groups) -> list[int]:
        """Return the number of the plan of each call."""
        known = self._memory.calls
        new = [index for index, key in enumerate(calls.keys) if key not in known]
        requests = self._requests([calls.rows[index] for index in new]) if new else []
        for index, request in zip(new, requests, strict=True):
            key = calls.keys[index]
            known[key] = self._memory.plan(key, Planned.of(self._memory.engine, request))
        return [known[key] for key in calls.keys]

    # what calls look at

    def _resources(self, sighted: _Sighted) -> pa.Array:
        column = self._column("resource")
        asked = sighted.spread("of resource", lambda sight: sight.of_resource is not None)
        itself = sighted.spread("resource", lambda sight: sight.everything or sight.resource_itself)
        both = pc.add(pc.multiply(sighted.plans, _OF_PLANS), column)
        found = pc.if_else(asked, both, pa.scalar(None, pa.int64())).dictionary_encode()
        classes = self._memory.of_resources.of(found.dictionary, self._classes_of_resources)
        return pc.if_else(itself, column, taken(classes, found.indices).fill_null(NONE))

    def _classes_of_resources(self, new: Iterable[int]) -> list[int]:
        read, classes = self._memory.column("resource").value, self._memory.classes
        found = []
        for plan, resource in (divmod(each, _OF_PLANS) for each in new):
            find = self._memory.planned[plan].sight.of_resource
            found.append(classes.of((plan, find(str(read(resource))) if find else None)))
        return found

    def _context(self, key: Key, sighted: _Sighted) -> pa.Array:
        """Return numbers that are equal for rows whose values of a key no call that looks at it tells apart."""
        names = self._spelled(key.name)
        if len(names) > 1:
            looked_at = sighted.spread(("any", key), lambda sight: key in sight.tests or key in sight.keys_themselves)
            return chosen(looked_at, self._together(names))
        value = self._column(names[0] if names else key.name)
        itself = sighted.spread(("itself", key), lambda sight: key in sight.keys_themselves)
        tests = sighted.spread(
            ("tests", key), lambda sight: self._memory.tests.of(sight.tests[key]) if key in sight.tests else NONE
        )
        asked = pc.not_equal(tests, NONE)
        grouped = [tests, chosen(asked, value)]
        if key.is_derived:  # where it is not stated, it follows from the caller, or from caller and call
            absent = pc.and_(asked, pc.equal(value, NONE))
            grouped += [chosen(absent, self._callers)] + ([] if key.is_of_caller else [chosen(absent, sighted.plans)])
        found = Groups(grouped)
        classes = found.spread(self._classes_of_values(found, key, names[0] if names else key.name))
        return pc.if_else(itself, value, classes)

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

    def _together(self, names: Iterable[str]) -> pa.Array:
        """Return numbers of what stands in several columns."""
        found = Groups([self._column(name) for name in names])
        return found.spread([self._memory.classes.of(each) if any(each) else NONE for each in found.keys])

    # answers

    def _decided(self, labels: Sequence[str], found: Groups, also: Sequence[str]) -> pa.Array:
        decided = self._memory.decided
        keys = [
            tuple([part for label, number in zip(labels, each, strict=True) if number for part in (label, number)])
            for each in found.keys
        ]
        new = [index for index, key in enumerate(keys) if key not in decided]
        requests = self._requests([found.rows[index] for index in new]) if new else []
        for index, request in zip(new, requests, strict=True):
            plan = self._memory.planned[found.keys[index][0]].plan
            beside = [self._batch[name][found.rows[index]].as_py() for name in also]
            unread = isinstance(request, Unreadable) or plan is None
            answer = request if unread else self._memory.judge(plan, request, *beside)
            decided[keys[index]] = self._memory.answers.of(answer)
        return found.spread([decided[key] for key in keys])


class _Sighted:
    """Rows with what their calls look at.

    Attributes:
        plans: For each row the number of its plan.
    """

    def __init__(self, memory: Memory, plans: pa.Array) -> None:
        self._memory = memory
        self.plans = plans

    def asked(self) -> list[Key]:
        """Return the context keys that any call looks at."""
        sights = [self._memory.planned[number].sight for number in pc.unique(self.plans).to_pylist()]
        return list(dict.fromkeys(key for each in sights for key in (*each.tests, *each.keys_themselves)))

    def spread(self, about: Hashable, of: Callable[[Sight], Any]) -> pa.Array:
        """Return for each row what follows from the sight of its call, truths or numbers; ``about`` names it."""
        return taken(self._memory.of_plans(about, of), self.plans)


def _principal(row: Mapping[str, Any]) -> Any:
    """Return the principal of a row as requests take it."""
    more = {name: row[name] for name in WHO[1:] if row.get(name) is not None}
    return {"arn": row["principal"], **more} if more else row["principal"]


def _request(row: Mapping[str, Any], names: Iterable[str]) -> Request | Unreadable:
    try:
        return Request(
            principal=_principal(row),
            action=row["action"],
            resource=row["resource"],
            resource_account=row.get("resource_account"),
            context={name: row[name] for name in names if row[name] is not None},
        )
    except RequestError as error:
        return Unreadable("; ".join(each.message for each in error.problems))


def _texts(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _raw(value: str | tuple[str, ...] | None) -> Raw:
    return ABSENT if value is None else raw(_texts(value))
