"""Sids: alphanumeric, telling, and unique in their document (E127)."""

from __future__ import annotations

import re
from collections.abc import Iterable


def sid(*words: str) -> str:
    """Return the words as one Sid in CamelCase; characters that a Sid cannot hold part words.

    >>> sid("EncryptReplicasIn", "cold-archive_2")
    'EncryptReplicasInColdArchive2'
    """
    parts = (part for word in words for part in re.split(r"[^A-Za-z0-9]+", word) if part)
    return "".join(part[0].upper() + part[1:] for part in parts)


def unique(sids: Iterable[str]) -> list[str]:
    """Return the Sids with a number behind each one that stood before."""
    seen: set[str] = set()
    found = []
    for each in sids:
        name, number = each, 1
        while name in seen:
            number += 1
            name = f"{each}{number}"
        seen.add(name)
        found.append(name)
    return found
