"""Columns of numbers: distinct values numbered as they are met, and rows that are alike found together.

Whatever is done for each row is done by Arrow; Python sees distinct values and groups alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
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

    def of_all(self, values: Sequence[Hashable]) -> list[int]:
        """Return the numbers of values."""
        found = [self._numbers.get(value, NONE) for value in values]
        return [self.of(value) for value in values] if NONE in found else found


class Remembered:
    """Numbers that follow from distinct numbers, worked out once.

    They are looked up one by one: Arrow would read all that is remembered anew for each batch.
    """

    __slots__ = ("_known", "_most")

    def __init__(self, most: int) -> None:
        """Remember nothing yet; when there would be more than ``most`` numbers, all of them are forgotten first."""
        self._known: dict[int, int] = {}
        self._most = most

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._known)

    def forget(self) -> None:
        """Forget all of them."""
        self._known.clear()

    def of(self, keys: pa.Array, work_out: Callable[[list[int]], Iterable[int]]) -> pa.Array:
        """Return what follows from distinct keys; ``work_out`` is asked for those that are new."""
        listed = keys.to_pylist()
        found = list(map(self._known.get, listed))
        new = [key for key, known in zip(listed, found, strict=True) if known is None] if None in found else []
        if new:
            if len(self._known) + len(new) > self._most:
                self._known.clear()
                new = listed
            self._known.update(zip(new, work_out(new), strict=True))
            found = [self._known[key] for key in listed]
        return pa.array(found, _INT)


class Column:
    """The values of one column, over many batches.

    Attributes:
        texts: The texts that are known, in the order of their numbers.
        first: The number of the first of them: no number is given twice.
    """

    __slots__ = ("_lists", "_most", "_numbers", "first", "texts")

    def __init__(self, most: int) -> None:
        """Know no value yet; when there would be more than ``most`` texts, those that are known are forgotten."""
        self._most = most
        self._numbers: dict[str | None, int] = {None: NONE}
        self._lists = Numbers()
        self.texts: list[str] = []
        self.first = 1

    def __len__(self) -> int:
        """Return how many values are known."""
        return len(self.texts) + len(self._lists)

    def numbers(self, values: pa.Array) -> pa.Array:
        """Return the number of each value of an encoded column: 0 for null, negative for a list of texts."""
        if pa.types.is_dictionary(values.type) and pa.types.is_nested(values.type.value_type):
            return taken(self.numbers(values.dictionary), values.indices).fill_null(NONE)
        if pa.types.is_nested(values.type):
            listed = [NONE if each is None else -self._lists.of(tuple(each)) for each in values.to_pylist()]
            return pa.array(listed, _INT)
        return taken(self.of_distinct(values.dictionary), values.indices).fill_null(NONE)

    def of_distinct(self, values: pa.Array) -> pa.Array:
        """Return the numbers of distinct texts."""
        texts = values.to_pylist()
        found = list(map(self._numbers.get, texts))
        if None in found:
            self._learn(texts, [text for text, number in zip(texts, found, strict=True) if number is None])
            found = [self._numbers[text] for text in texts]
        return pa.array(found, _INT)

    def _learn(self, texts: list[str | None], new: list[Any]) -> None:
        if len(self.texts) + len(new) > self._most:
            self.first += len(self.texts)
            self.texts, self._numbers = [], {None: NONE}
            new = [text for text in texts if text is not None]
        start = self.first + len(self.texts)
        self._numbers.update(zip(new, range(start, start + len(new)), strict=True))
        self.texts += new

    def value(self, number: int) -> str | tuple[str, ...] | None:
        """Return the value of a number."""
        if number == NONE:
            return None
        found: str | tuple[str, ...] = self.texts[number - self.first] if number > 0 else self._lists.values[-number]
        return found


class Following:
    """Numbers that follow from each text of a column, worked out when the text is first met."""

    __slots__ = ("_column", "_first", "_found", "_work_out")

    def __init__(self, column: Column, work_out: Callable[[list[str]], Iterable[int]]) -> None:
        """Keep what ``work_out`` returns for texts."""
        self._column = column
        self._work_out = work_out
        self._first = column.first
        self._found = nothing(1)

    def of(self, numbers: pa.Array) -> pa.Array:
        """Return what follows from the texts of the column's numbers; 0 from what is no text."""
        column = self._column
        if column.first != self._first:
            self._first, self._found = column.first, nothing(1)
        new = column.texts[len(self._found) - 1 :]
        if new:
            self._found = pa.concat_arrays([self._found, pa.array(self._work_out(new), _INT)])
        places = pc.max_element_wise(pc.subtract(numbers, self._first - 1), NONE)
        return taken(self._found, places)


def encoded(values: pa.Array) -> pa.Array:
    """Return a column of texts with each distinct text once; a column of lists as it is."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_nested(kind):
        return values
    found = values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(found.indices, found.dictionary.cast(pa.string()))


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
        most = pc.cumulative_max(self.numbers)
        is_first = pc.not_equal(most, pa.concat_arrays([pa.array([-1], most.type), most[:-1]]))
        rows: list[int] = pc.indices_nonzero(is_first).to_pylist()
        return rows

    def spread(self, values: Sequence[int] | Sequence[bool] | pa.Array) -> pa.Array:
        """Return for each row the value of its group."""
        return taken(values if isinstance(values, pa.Array) else pa.array(values), self.numbers)
