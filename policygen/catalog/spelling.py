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
