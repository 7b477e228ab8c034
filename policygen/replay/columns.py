"""Columns of numbers: distinct values numbered as they are met, and rows that are alike found together.

Whatever is done for each row or each distinct value of a long column is done by Arrow; Python sees groups alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

NONE = 0
"""The number of what is not there."""

_INT = pa.int64()


class Numbers:
    """Values, numbered from 1 as they are first met."""

    __slots__ = ("_numbers", "values")

    def __init__(self) -> None:
        """Number nothing yet."""
        self._numbers: dict[Hashable, int] = {}
        self.values: list[Any] = [None]

    def __len__(self) -> int:
        """Return how many values have numbers."""
        return len(self._numbers)

    def of(self, value: Hashable) -> int:
        """Return the number of a value."""
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = len(self.values)
            self.values.append(value)
        return found


class Known:
    """Texts or numbers that were met, each with its place; a place is never given twice.

    Attributes:
        first: The place of the first value that is known.
        most: How many are known at most.
    """

    __slots__ = ("_values", "first", "most")

    def __init__(self, kind: pa.DataType, most: int) -> None:
        """Know nothing yet; when there would be more than ``most`` values, those that are known are forgotten."""
        self._values = pa.array([], kind)
        self.first = 1
        self.most = most

    def __len__(self) -> int:
        """Return how many values are known."""
        return len(self._values)

    def places(self, values: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return the places of distinct values, from 1, and which of them are new."""
        if len(self._values) + len(values) > self.most:
            self.first += len(self._values)
            self._values = self._values.slice(0, 0)
        found = pc.index_in(values, value_set=self._values)
        new = pc.is_null(found)
        if new.true_count:
            end = len(self._values) - 1
            found = pc.if_else(new, pc.add(pc.cumulative_sum(new.cast(_INT)), end), found.cast(_INT))
            self._values = pa.concat_arrays([self._values, values.filter(new)])
        return pc.add(found.cast(_INT), self.first), new

    def value(self, place: int) -> Any:
        """Return the value at a place."""
        return self._values[place - self.first].as_py()


class Remembered:
    """Numbers that follow from distinct numbers, worked out once."""

    def __init__(self, most: int) -> None:
        """Remember nothing yet, and never more than ``most`` numbers."""
        self._known = Known(_INT, most)
        self._answers = pa.array([], _INT)
        self._first = 1

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._known)

    def of(self, keys: pa.Array, work_out: Callable[[list[int]], list[int]]) -> pa.Array:
        """Return what follows from distinct keys; ``work_out`` is asked for those that are new."""
        places, new = self._known.places(keys)
        answers = pa.array(work_out(keys.filter(new).to_pylist()), _INT)
        if self._known.first != self._first:
            self._first, self._answers = self._known.first, self._answers.slice(0, 0)
        self._answers = pa.concat_arrays([self._answers, answers])
        return taken(self._answers, pc.subtract(places, self._first))


class Column:
    """The values of one column, over many batches."""

    def __init__(self, most: int) -> None:
        """Know no value yet."""
        self._texts = Known(pa.string(), most)
        self._lists = Numbers()

    def __len__(self) -> int:
        """Return how many values are known."""
        return len(self._texts) + len(self._lists)

    def numbers(self, values: pa.Array) -> pa.Array:
        """Return the number of each value of an encoded column: 0 for null, negative for a list of texts."""
        if pa.types.is_dictionary(values.type) and pa.types.is_nested(values.type.value_type):
            return taken(self.numbers(values.dictionary), values.indices).fill_null(NONE)
        if pa.types.is_nested(values.type):
            listed = [NONE if each is None else -self._lists.of(tuple(each)) for each in values.to_pylist()]
            return pa.array(listed, _INT)
        places, _ = self._texts.places(values.dictionary)
        return taken(places, values.indices).fill_null(NONE)

    def value(self, number: int) -> str | tuple[str, ...] | None:
        """Return the value of a number."""
        if number == NONE:
            return None
        found: str | tuple[str, ...] = self._texts.value(number) if number > 0 else self._lists.values[-number]
        return found


def encoded(values: pa.Array) -> pa.Array:
    """Return a column of texts with each distinct text once; a column of lists as it is."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_nested(kind):
        return values
    found = values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()
    texts = found.dictionary.cast(pa.string())
    return pa.DictionaryArray.from_arrays(found.indices, texts)


def nothing(rows: int) -> pa.Array:
    """Return a column of a batch that does not have it."""
    return pa.repeat(pa.scalar(NONE, _INT), rows)


def taken(values: pa.Array, indices: pa.Array) -> pa.Array:
    """Return the values at the indices; null where the index is."""
    return pc.take(values, indices, boundscheck=False)


def chosen(condition: pa.Array, values: pa.Array) -> pa.Array:
    """Return the numbers where the condition holds, else none."""
    return pc.if_else(condition, values, NONE)


class Groups:
    """Rows that are alike in some columns of numbers.

    Attributes:
        numbers: For each row the number of its group, from 0 in the order in which groups are first met.
        columns: The columns, with one value for each group.
    """

    def __init__(self, columns: Sequence[pa.Array]) -> None:
        """Find the groups of columns, which have no nulls."""
        encoded = columns[0].dictionary_encode()
        self.columns: list[pa.Array] = [encoded.dictionary]
        for column in columns[1:]:
            other = column.dictionary_encode()
            size = len(other.dictionary)
            if size == 1:
                self.columns.append(pa.repeat(other.dictionary[0], len(encoded.dictionary)))
                continue
            both = pc.add(pc.multiply(encoded.indices.cast(_INT), size), other.indices.cast(_INT))
            encoded = both.dictionary_encode()
            earlier = pc.divide(encoded.dictionary, size)
            later = pc.subtract(encoded.dictionary, pc.multiply(earlier, size))
            self.columns = [taken(each, earlier) for each in self.columns] + [taken(other.dictionary, later)]
        self.numbers: pa.Array = encoded.indices

    @cached_property
    def keys(self) -> list[tuple[int, ...]]:
        """The columns' numbers of each group."""
        return list(zip(*(each.to_pylist() for each in self.columns), strict=True))

    @cached_property
    def rows(self) -> list[int]:
        """The first row of each group."""
        table = pa.table({"number": self.numbers, "row": pa.arange(0, len(self.numbers))})
        found = table.group_by("number", use_threads=False).aggregate([("row", "min")]).sort_by("number")
        rows: list[int] = found["row_min"].to_pylist()
        return rows

    def spread(self, values: Sequence[int] | Sequence[bool] | pa.Array) -> pa.Array:
        """Return for each row the value of its group."""
        return taken(values if isinstance(values, pa.Array) else pa.array(values), self.numbers)
