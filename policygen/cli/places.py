"""Where statements stand in the files that a command was given."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache

from policygen.errors import Place, PolicygenError


def places_in(given: Sequence[str]) -> Callable[[str, str], Place]:
    """Return what finds a statement by its policy's name and its label, in files and folders, the first one first.

    Where the policy is no file of its own (one of a spec or plan), or the statement does not stand in it, the place is
    that of the first.
    """

    @cache
    def place_of(policy: str, label: str) -> Place:
        for each in given:
            path = each if os.path.normpath(policy) == os.path.normpath(each) else os.path.join(each, policy)
            if policy and os.path.isfile(path):
                return _statement(path, label) or Place(source=path)
        return Place(source=given[0])

    return place_of


def _statement(path: str, label: str) -> Place | None:
    from policygen.document.wrapped import unwrapped
    from policygen.source.files import read_text
    from policygen.source.json_text import parse_json
    from policygen.source.nodes import Mapping
    from policygen.verification.documents import entry_called

    try:
        document = unwrapped(parse_json(read_text(path), path))
    except PolicygenError:  # whoever judged it has said so
        return None
    found = entry_called(document, label) if isinstance(document, Mapping) else None
    return found.place if found is not None else None
