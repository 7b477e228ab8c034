"""What a message says of the user's own text: the text itself, and what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100

WIDE = 0.6
"""How near a name must be where all names are known and few."""

NEAR = 0.8
"""How near where there are many."""

TYPO = 0.9
"""How near where one letter or two are wrong."""


def shown(text: str) -> str:
    """Return the user's own text for a message: in backticks, cut short, on one line, printable.

    >>> shown("a" * 200) == "`" + "a" * 99 + "…`"
    True
    """
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    printable = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in short
    )
    return f"`{printable}`"


def nearest(name: str, known: Iterable[str], cutoff: float = NEAR) -> str | None:
    """Return the known name that was probably meant; None when nothing is near. Letter case does not count."""
    names = {each.lower(): each for each in known}
    near = get_close_matches(name.lower()[:_LONGEST], names, n=1, cutoff=cutoff)
    return names[near[0]] if near else None


def mistyped(name: str, known: Iterable[str]) -> str | None:
    """Return the known name of which ``name`` is a misspelling: nearly all of it, or all but one letter or one swap.

    >>> mistyped("GetObjekt", ["GetObject", "PutObject"])
    'GetObject'
    """
    near = nearest(name, known)
    if near is None or nearest(name, [near], TYPO) or _is_one_slip(name.lower(), near.lower()):
        return near
    return None


def _is_one_slip(written: str, meant: str) -> bool:
    """Tell whether two texts differ in one letter that is wrong, missing or too many, or in two that are swapped."""
    start = _alike(written, meant)
    odd, right = written[start:][::-1], meant[start:][::-1]
    end = _alike(odd, right)
    odd, right = odd[end:], right[end:]
    return max(len(odd), len(right)) <= 1 or (len(odd) == 2 and odd == right[::-1])


def _alike(one: str, other: str) -> int:
    """Return how many letters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def did_you_mean(name: str, known: Iterable[str], cutoff: float = NEAR, *, prefix: str = "") -> str:
    """Return the question for a name that nothing has; empty when nothing is near.

    >>> did_you_mean("GetObjct", ["GetObject"], prefix="s3:")
    'did you mean `s3:GetObject`?'
    """
    near = nearest(name, known, cutoff)
    return f"did you mean `{prefix}{near}`?" if near else ""


def hinted(details: str, hint: str) -> str:
    """Return a message with what to do behind a colon; the message alone where there is nothing to say."""
    return f"{details}: {hint}" if hint else details
