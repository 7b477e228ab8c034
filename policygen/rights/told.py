"""Why something could not be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from policygen.proofs.automaton import TooRichError
from policygen.proofs.compare import why_ended
from policygen.proofs.space import Space

DEFAULT_ENCRYPTION = "conditions on the encryption of uploads: the default encryption is visible to them"


class NotToldError(Exception):
    """A proof ended early, or something decides that is not modelled; the text says why."""


@contextmanager
def saying_why(space: Callable[[], Space | None]) -> Iterator[None]:
    """Say why a proof ended early.

    Args:
        space: Returns the space of the proof; None before there is one.

    Raises:
        NotToldError: It did.
    """
    try:
        yield
    except TooRichError as error:
        raise NotToldError(why_ended(error, space())) from None
