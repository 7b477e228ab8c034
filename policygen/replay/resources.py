"""Resources in columns: what tells where their policies stand, and which of them no pattern tells apart.

Both are asked of the heads of resources, their texts before the last slash: few of these stand before many resources.
Only where a head does not tell, and where there is no slash, is the resource itself asked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.compute as pc

from policygen.aws.arns import COLONS
from policygen.engine.elements import Element, behind
from policygen.evaluation.policies import Holder, PolicySource
from policygen.replay.columns import NONE, Column, Numbers, Remembered, taken
from policygen.request.calls import head_of
from policygen.request.model import Request

_ANYBODY = "anonymous"
_CODED = pa.dictionary(pa.int32(), pa.string())
_AT_ONCE = 1 << 15
"""Texts that are cut at a time: the parts of more of them fill memory that has to be fetched first."""


class Ranges:
    """Texts in their order, cut wherever a pattern that was met begins to match, or ends to.

    A range has the number of the text at which it begins. Patterns that come later may cut it: what was said of all of
    it stays right.
    """

    def __init__(self) -> None:
        """Know one range, of all texts."""
        self._numbers = Numbers()
        self._numbers.of("")
        self._sorted = [""]

    def cut(self, texts: Iterable[str]) -> bool:
        """Cut at texts; tell whether there are ranges now that were not there before."""
        before = len(self._numbers)
        for text in texts:
            self._numbers.of(text)
        return len(self._numbers) > before

    @property
    def _order(self) -> list[str]:
        new = self._numbers.values[len(self._sorted) + 1 :]
        if new:
            self._sorted = sorted(self._sorted + new)
        return self._sorted

    def of(self, text: str) -> int:
        """Return the number of the range that a text lies in."""
        order = self._order
        return self._numbers.of(order[bisect_right(order, text) - 1])

    def of_all(self, beginning: str) -> int:
        """Return the number of the range of all texts that begin alike; 0 where they lie in several."""
        order = self._order
        first, end = bisect_right(order, beginning), behind(beginning)
        last = bisect_left(order, end) if end else len(order)
        return self.of(beginning) if first == last else NONE

    def start(self, number: int) -> str:
        """Return a text in a range: that at which it begins."""
        return str(self._numbers.values[number])


class Texts:
    """The resources of a batch, or the distinct ones of them."""

    def __init__(self, texts: pa.Array) -> None:
        """Cut off what stands behind the last slash of each."""
        self._texts = texts
        found = [_heads_of(texts.slice(start, _AT_ONCE)) for start in range(0, len(texts), _AT_ONCE)]
        self._heads = pa.chunked_array(found, _CODED).unify_dictionaries().combine_chunks()

    def told_by(self, by_heads: Callable[[list[str]], pa.Array], by_texts: Callable[[pa.Array], pa.Array]) -> pa.Array:
        """Return what follows from each: from its head, else from its text; from none 0.

        Args:
            by_heads: Returns what follows from distinct heads, 0 where that does not follow from them.
            by_texts: Returns what follows from distinct texts.
        """
        heads = self._heads
        found = taken(by_heads(heads.dictionary.to_pylist()), heads.indices).fill_null(NONE)
        asked = pc.and_(pc.equal(found, NONE), pc.is_valid(self._texts))
        if not asked.true_count:
            return found
        texts = self._texts.filter(asked).dictionary_encode()
        return pc.replace_with_mask(found, asked, taken(by_texts(texts.dictionary), texts.indices))


def _heads_of(texts: pa.Array) -> pa.DictionaryArray:
    parts = pc.split_pattern(texts, "/", max_splits=1, reverse=True)
    has_slash = pc.equal(pc.list_value_length(parts), 2)
    return pc.if_else(has_slash, pc.list_element(parts, 0), None).dictionary_encode()


class Resources:
    """What is known of resources, over many batches.

    Attributes:
        ranges: The ranges that they lie in.
        column: The texts that had to be asked.
    """

    def __init__(self, source: PolicySource, column: Column, most: int) -> None:
        """Know no resource yet, and never more than ``most`` numbers of one kind."""
        self.ranges = Ranges()
        self.column = column
        self._source = source
        self._heads = Numbers()
        self._held = frozenset(source.holders())
        self._held_heads = frozenset(each.rpartition("/")[0] for each in self._held)
        self._places = Numbers()
        self._by_service: dict[str, Holder] = {}
        self._cut: dict[int, Element] = {}
        self._place_of_head, self._place_of_text = Remembered(most), Remembered(most)
        self._range_of_head, self._range_of_text = Remembered(most), Remembered(most)

    def __len__(self) -> int:
        """Return how much is known."""
        return len(self._heads) + len(self._places)

    def tell_apart(self, elements: Iterable[Element]) -> None:
        """Cut ranges where elements tell apart."""
        new = [each for each in elements if id(each) not in self._cut]
        self._cut.update((id(each), each) for each in new)
        if self.ranges.cut(text for each in new for text in each.cuts):
            self._range_of_head.forget()
            self._range_of_text.forget()

    def heads(self, texts: Texts) -> pa.Array:
        """Return what is equal for resources whose texts are alike up to their last slash."""
        return texts.told_by(
            lambda heads: pa.array(self._heads.of_all(heads), pa.int64()),
            lambda others: pa.array([self._heads.of(head_of(each)) for each in others.to_pylist()], pa.int64()),
        )

    def places(self, texts: Texts) -> pa.Array:
        """Return what is equal for resources whose policies stand in one place."""
        return self._told(texts, self._place_of_head, self._place_of_all, self._place_of_text, self._place)

    def in_ranges(self, texts: Texts) -> pa.Array:
        """Return the numbers of the ranges that resources lie in."""
        return self._told(texts, self._range_of_head, self._range_of_all, self._range_of_text, self.ranges.of)

    def _told(
        self,
        texts: Texts,
        by_head: Remembered,
        of_head: Callable[[str], int],
        by_text: Remembered,
        of_text: Callable[[str], int],
    ) -> pa.Array:
        """Return what follows from resources: from their heads, else from themselves."""
        heads, column = self._heads, self.column

        def told_by_heads(met: list[str]) -> pa.Array:
            numbers = pa.array(heads.of_all(met), pa.int64())
            return by_head.of(numbers, lambda new: [of_head(heads.values[each]) for each in new])

        def told_by_texts(met: pa.Array) -> pa.Array:
            numbers = column.of_distinct(met)
            return by_text.of(numbers, lambda new: [of_text(str(column.value(each))) for each in new])

        return texts.told_by(told_by_heads, told_by_texts)

    def _range_of_all(self, head: str) -> int:
        return self.ranges.of_all(f"{head}/")

    def _place_of_all(self, head: str) -> int:
        """Return the place of all resources that have a head; 0 where each has to be asked."""
        before = head.partition("/")[0]
        if before.count(":") < COLONS:
            return NONE
        holder = self._holder(head)
        if holder is Holder.NOTHING:
            return self._places.of(head_of(head))
        if holder is Holder.RESOURCE and head in self._held_heads:
            return NONE
        return self._places.of(before)

    def _place(self, resource: str) -> int:
        """Return the place of one resource: itself, what all of its text before a slash holds, or nothing known."""
        before, slash, _ = resource.partition("/")
        if before.count(":") < COLONS or resource in self._held:
            return self._places.of(resource)
        holder = self._holder(resource)
        is_held_nowhere = holder is Holder.NOTHING or (holder is Holder.RESOURCE and not slash)
        return self._places.of(head_of(resource) if is_held_nowhere else before)

    def _holder(self, text: str) -> Holder:
        """Return what of resources that begin so tells which policies count for them."""
        service = text.split(":", 3)[2]
        found = self._by_service.get(service)
        if found is None:
            request = Request(principal=_ANYBODY, action="s3:GetObject", resource=f"arn:aws:{service or '-'}:::name")
            found = self._by_service[service] = self._source.holder(request)
        return found
