"""Callers, read once: a principal with the context keys that follow from it.

The same callers ask again and again, so what a request needs of its caller is kept by how the caller was named.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from policygen.request.calls import accounts_of
from policygen.request.context import SPELLINGS, Raw, raw, remember
from policygen.request.derived import caller_context, signing_account
from policygen.request.principal import Principal, parse_principal

_MOST_CALLERS = 16_384
"""Callers that are kept; when there are more, all are forgotten and read anew."""


class Caller:
    """A principal, ready for requests.

    Attributes:
        principal: The principal.
        accounts: What a call depends on beside action and resource.
        derived: The context keys that follow from it, by AWS's name.
        context: The same by the spelling under which requests look them up.
    """

    __slots__ = ("accounts", "context", "derived", "principal")

    def __init__(self, principal: Principal) -> None:
        """Work out what follows from ``principal``."""
        self.principal = principal
        self.accounts = accounts_of(principal.account, signing_account(principal))
        self.derived = caller_context(principal)
        self.context: dict[str, Raw] = {SPELLINGS.of_request(name): raw(values) for name, values in self.derived}


CALLERS: dict[str, Caller] = {}
"""Callers by the text that names them."""

_OTHERS: dict[object, Caller] = {}
"""Callers by principal, and by the parts of a mapping."""


def known_caller(given: Any) -> Caller:
    """Return a caller that was read before.

    Raises:
        KeyError: It was not.
        TypeError: What is given cannot have been one.
        AttributeError: The same.
    """
    return CALLERS[given] if type(given) is str else _OTHERS[_key(given)]


def _key(given: Any) -> object:
    """Return what a caller that is no text is kept by; a mapping's names and values, told apart by their order."""
    if type(given) is not dict:
        return given
    tags = given.get("tags")
    if tags is None:
        return (*given, *given.values())
    return (*given, *tags.items(), given["arn"], given.get("role"), given.get("user"), given.get("unique_id"))


def read_caller(given: Any) -> Caller:
    """Return the caller that ``given`` names, and keep it.

    Raises:
        RequestError: PG-R001, PG-R002, as :func:`policygen.request.principal.parse_principal`.
    """
    try:
        return known_caller(given)
    except (KeyError, TypeError, AttributeError):
        found = Caller(parse_principal(given))
    if type(given) is str:
        remember(CALLERS, given, found, _MOST_CALLERS)
    elif type(given) in (dict, Principal):
        with suppress(TypeError, AttributeError):  # a part such as an empty list of tags: read anew each time
            remember(_OTHERS, _key(given), found, _MOST_CALLERS)
    return found
