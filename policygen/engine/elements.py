"""Resource elements as many plans ask them: an index of each, made once, and where in the order of texts it tells.

Whether a literal text or a beginning matches changes at two places in the order of all texts, and nowhere else. So
resources between two such places are alike to an element, whatever their number; only behind the literal beginning of a
pattern with wildcards inside must each be asked itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

from policygen.engine import limits
from policygen.engine.resources import Entry, Find, compile_index, compile_quick, is_beginning, is_exact
from policygen.evaluation.statements import Patterns

_LAST = chr(0x10FFFF)


class Element:
    """The patterns without variables of one Resource or NotResource element.

    Attributes:
        patterns: The patterns.
        cuts: The texts at which it may change, in the order of texts, whether they match.
        inside: The literal beginnings of patterns with wildcards inside: resources that begin so must each be asked.
    """

    def __init__(self, patterns: Patterns) -> None:
        """Look where ``patterns`` begin to match, and where they end."""
        self.patterns = patterns
        exact: list[str] = []
        starts: list[str] = []
        inside: list[str] = []
        for tokens in patterns.static:
            text = tokens[0] if tokens and isinstance(tokens[0], str) else ""
            (exact if is_exact(tokens) else starts if is_beginning(tokens) else inside).append(text)
        self.cuts = (
            *(cut for text in exact for cut in (text, text + "\0")),
            *(cut for text in starts + inside for cut in (text, behind(text))),
        )
        self.inside = tuple(inside)
        self._exact, self._starts = frozenset(exact), tuple(starts)

    @cached_property
    def find(self) -> Find:
        """Tells whether one of the patterns matches a resource."""
        exact, starts = self._exact, self._starts
        if not self.inside and len(starts) <= limits.MOST_TEXTS:
            return lambda resource: resource in exact or resource.startswith(starts)
        return compile_index([Entry(tokens, True) for tokens in self.patterns.static], False, compile_quick)

    def asks_each(self, resource: str) -> bool:
        """Tell whether resources in the place of this one must each be asked."""
        return bool(self.inside) and resource.startswith(self.inside)


def behind(text: str) -> str:
    """Return the first text behind all that begin with ``text``; nothing where none is behind them."""
    text = text.rstrip(_LAST)
    return text[:-1] + chr(ord(text[-1]) + 1) if text else ""


def telling(elements: Sequence[Element]) -> Callable[[str], Hashable]:
    """Return a function whose answers are equal for resources that no element tells apart."""
    if len(elements) <= limits.MOST_ELEMENTS_ALONE:
        return lambda resource: tuple([each.find(resource) for each in elements])
    entries = [
        Entry(tokens, frozenset((number,))) for number, each in enumerate(elements) for tokens in each.patterns.static
    ]
    return compile_index(entries, frozenset(), compile_quick)
