"""Columns of numbers: distinct values numbered as they are met, and rows that are alike found together.

Whatever is done for each row is done by Arrow; Python sees distinct values and groups alone. A column of numbers is
*coded*: a dictionary of distinct numbers, and for each row the place of its own, never null.
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

    def numbers(self, values: pa.Array) -> pa.DictionaryArray:
        """Return the number of each value of an encoded column, coded: 0 for null, negative for a list of texts."""
        if not pa.types.is_dictionary(values.type):
            return self._of_lists(values).dictionary_encode()
        if pa.types.is_nested(values.type.value_type):
            return spread(self._of_lists(values.dictionary), values.indices)
        return spread(self.of_distinct(values.dictionary), values.indices)

    def _of_lists(self, values: pa.Array) -> pa.Array:
        listed = [NONE if each is None else -self._lists.of(tuple(each)) for each in values.to_pylist()]
        return pa.array(listed, _INT)

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


def encoded(values: pa.Array) -> pa.Array:
    """Return a column of texts with each distinct text once; a column of lists as it is."""
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_nested(kind):
        return values
    found = values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(found.indices, found.dictionary.cast(pa.string()))


def nothing(rows: int) -> pa.DictionaryArray:
    """Return a column of a batch that does not have it, coded."""
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([NONE], _INT))


def taken(values: pa.Array, indices: pa.Array) -> pa.Array:
    """Return the values at the indices; null where the index is."""
    return pc.take(values, indices, boundscheck=False)


def spread(values: pa.Array, indices: pa.Array) -> pa.DictionaryArray:
    """Return for each row the number at its index, coded; 0 where it has none."""
    if indices.null_count:
        indices = indices.fill_null(len(values))
        values = pa.concat_arrays([values, pa.array([NONE], _INT)])
    own = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(taken(own.indices, indices), own.dictionary)


def plain(values: pa.DictionaryArray) -> pa.Array:
    """Return the numbers of a coded column as they are."""
    return taken(values.dictionary, values.indices)


def chosen(condition: pa.Array, values: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return the numbers of a coded column where the condition holds, else none."""
    return spread(values.dictionary, pc.if_else(condition, values.indices, None))


def merged(condition: pa.Array, values: pa.DictionaryArray, others: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return the numbers of one coded column where the condition holds, else those of another."""
    if condition.true_count == 0:
        return others
    return pc.if_else(condition, plain(values), plain(others)).dictionary_encode()


class Following:
    """Numbers that follow from each text of a column, worked out when the text is first met."""

    __slots__ = ("_column", "_first", "_found", "_work_out")

    def __init__(self, column: Column, work_out: Callable[[list[str]], Iterable[int]]) -> None:
        """Keep what ``work_out`` returns for texts."""
        self._column = column
        self._work_out = work_out
        self._first = column.first
        self._found = [NONE]

    def of(self, numbers: pa.Array) -> list[int]:
        """Return what follows from the texts of distinct numbers of the column; 0 from what is no text."""
        column = self._column
        if column.first != self._first:
            self._first, self._found = column.first, [NONE]
        new = column.texts[len(self._found) - 1 :]
        if new:
            self._found.extend(self._work_out(new))
        return [self._found[max(number - self._first + 1, NONE)] for number in numbers.to_pylist()]


class Groups:
    """Rows that are alike in some columns of numbers.

    Attributes:
        numbers: For each row the number of its group, from 0 in the order in which groups are first met.
        columns: The columns, with one value for each group.
    """

    def __init__(self, columns: Sequence[pa.Array]) -> None:
        """Find the groups of columns, which have no nulls; they may be coded."""
        first, *others = [
            each if isinstance(each, pa.DictionaryArray) else each.dictionary_encode() for each in columns
        ]
        same = first.indices.dictionary_encode()
        self.columns: list[pa.Array] = [taken(first.dictionary, same.dictionary)]
        for column in others:
            size = len(column.dictionary)
            if size == 1:
                self.columns.append(pa.repeat(column.dictionary[0], len(same.dictionary)))
                continue
            both = pc.add(pc.multiply(same.indices.cast(_INT), size), column.indices.cast(_INT))
            same = both.dictionary_encode()
            earlier = pc.divide(same.dictionary, size)
            later = pc.subtract(same.dictionary, pc.multiply(earlier, size))
            self.columns = [taken(each, earlier) for each in self.columns] + [taken(column.dictionary, later)]
        self.numbers: pa.Array = same.indices

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

    def spread(self, values: Sequence[int]) -> pa.Array:
        """Return for each row the number of its group."""
        return taken(pa.array(values, _INT), self.numbers)

    def coded(self, values: Sequence[int]) -> pa.DictionaryArray:
        """Return the same, coded."""
        return spread(pa.array(values, _INT), self.numbers)
