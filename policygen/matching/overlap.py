"""Two patterns beside each other: whether one text can match both, and whether one pattern covers the other.

Fact: E162, E165
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import lru_cache

from policygen.matching.wildcards import ANY, ONE, Wildcard, tokens_of

Item = str | Wildcard
"""One character or one wildcard."""


def overlap(one: str, other: str) -> bool:
    """Tell whether some text matches both patterns. Takes a time proportional to the product of their lengths.

    >>> overlap("key/*", "*/1234"), overlap("key/*", "alias/*")
    (True, False)
    """
    left, right = _items(one), _items(other)
    reached: Set[int] = {0}
    for item in left:
        reached = _past_stars(reached, right)
        if not reached:
            return False
        if item is ANY:
            reached = set(range(min(reached), len(right) + 1))
        else:
            staying = {at for at in reached if at < len(right) and right[at] is ANY}
            going = {at + 1 for at in reached if at < len(right) and _meet(item, right[at])}
            reached = staying | going
    return len(right) in _past_stars(reached, right)


def covers(wider: str, narrower: str) -> bool:
    """Tell whether every text that matches ``narrower`` matches ``wider``.

    A ``*`` of the narrower pattern is covered by a ``*`` only, a ``?`` by ``*`` or ``?``. True is always right; for
    two patterns such as ``?*`` and ``*?``, which say the same in another order, the answer is False.

    >>> covers("iam:Get*", "iam:GetRole"), covers("iam:*Report", "iam:Get*")
    (True, False)
    """
    left, right = _items(wider), _items(narrower)
    reached: Set[int] = {0}
    for item in right:
        reached = _past_stars(reached, left)
        staying = {at for at in reached if at < len(left) and left[at] is ANY}
        going = {at + 1 for at in reached if at < len(left) and _stands_for(left[at], item)}
        reached = staying | going
        if not reached:
            return False
    return len(left) in _past_stars(reached, left)


def met_by_both(one: str, other: str) -> tuple[str, ...]:
    """Return the patterns that together match what two patterns of one ``*`` each match both; none where none does.

    >>> met_by_both("s3:Get*", "s3:*Tagging"), met_by_both("s3:ab*", "s3:*bc"), met_by_both("s3:a*", "s3:b*")
    (('s3:Get*Tagging',), ('s3:ab*bc', 's3:abc'), ())
    """
    (head, tail), (front, back) = one.split("*"), other.split("*")
    shorter, begin = sorted((head, front), key=len)
    ending, end = sorted((tail, back), key=len)
    if not begin.startswith(shorter) or not end.endswith(ending):
        return ()
    shared = [size for size in range(1, min(len(begin), len(end)) + 1) if begin.endswith(end[:size])]
    texts = (begin + end[size:] for size in shared)
    least = max(len(head) + len(tail), len(front) + len(back))
    return (f"{begin}*{end}", *(text for text in texts if len(text) >= least))


@lru_cache(maxsize=4096)
def _items(pattern: str) -> tuple[Item, ...]:
    found: list[Item] = []
    for token in tokens_of(pattern):
        found.extend(token if isinstance(token, str) else (token,))
    return tuple(found)


def _meet(one: Item, other: Item) -> bool:
    return other is not ANY and (one is ONE or other is ONE or one == other)


def _stands_for(wider: Item, narrower: Item) -> bool:
    return narrower is not ANY and wider is not ANY and (wider is ONE or wider == narrower)


def _past_stars(reached: Set[int], items: Sequence[Item]) -> Set[int]:
    """Add the places behind stars, which may stand for nothing."""
    found = set(reached)
    for start in reached:
        at = start
        while at < len(items) and items[at] is ANY:
            at += 1
            found.add(at)
    return found
