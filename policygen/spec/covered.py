"""Which objects a rule of a replication configuration covers: those it selects, but for those it leaves out.

Fact: R60, R62, R104, N2
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Tag = tuple[str, str]
"""Key and value of an object tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The objects of a rule.

    Attributes:
        prefix: Key prefix of the objects; empty for all.
        tags: Object tags that they have, all of them.
        excluded_prefixes: Key prefixes that none of them has.
        excluded_tags: Object tags that none of them has.
    """

    prefix: str = ""
    tags: tuple[Tag, ...] = ()
    excluded_prefixes: tuple[str, ...] = ()
    excluded_tags: tuple[Tag, ...] = ()

    @property
    def names_tags(self) -> bool:
        """Whether it depends on an object's tags, to select it or to leave it out."""
        return bool(self.tags or self.excluded_tags)

    @property
    def excludes(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.excluded_prefixes or self.excluded_tags)

    @property
    def is_empty(self) -> bool:
        """Whether everything that is selected is left out again."""
        return self.leaves_out(self.prefix) or not set(self.tags).isdisjoint(self.excluded_tags)

    def leaves_out(self, prefix: str) -> bool:
        """Tell whether every object below a prefix is left out for its key."""
        return any(prefix.startswith(each) for each in self.excluded_prefixes)

    def same_as(self, other: Covered) -> bool:
        """Tell whether it says the same, in whatever order."""
        return (self.prefix, *map(set, self._lists)) == (other.prefix, *map(set, other._lists))

    @property
    def _lists(self) -> tuple[tuple[object, ...], ...]:
        return self.tags, self.excluded_prefixes, self.excluded_tags

    def includes(self, other: Covered) -> bool:
        """Tell whether it covers every object that ``other`` covers; an object has one value of a tag."""
        selected = other.prefix.startswith(self.prefix) and set(self.tags) <= set(other.tags)
        apart = (other.leaves_out(each) for each in self.excluded_prefixes if each.startswith(other.prefix))
        return (
            selected
            and not self.leaves_out(other.prefix)
            and all(apart)
            and all(each in other.excluded_tags or other.never_has(each) for each in self.excluded_tags)
        )

    def never_has(self, tag: Tag) -> bool:
        """Tell whether the objects that are selected have another value of a tag."""
        return dict(self.tags).get(tag[0], tag[1]) != tag[1]

    def idle_exclusions(self) -> Iterator[str]:
        """Yield what is left out and would not be covered anyway: a prefix, or ``key=value``."""
        yield from (each for each in self.excluded_prefixes if not each.startswith(self.prefix))
        yield from ("=".join(each) for each in self.excluded_tags if self.never_has(each))

    def left_out(self) -> str:
        """Return what is left out, in words: ``logs/tmp/*, team=dev``."""
        return ", ".join((*(f"{each}*" for each in self.excluded_prefixes), *map("=".join, self.excluded_tags)))
