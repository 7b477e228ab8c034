"""Statements and policies as JSON values, what the templates write down, with Sids that are unique (E127)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
"""A JSON object."""


def allow(
    sid: str,
    action: str | Sequence[str],
    resource: str | Sequence[str],
    principals: Sequence[str] = (),
    condition: Mapping[str, Any] | None = None,
) -> Json:
    """Return a statement that allows; without principals one of an identity-based policy."""
    who = {"Principal": {"AWS": one_or_list(principals)}} if principals else {}
    when = {"Condition": condition} if condition else {}
    return {"Sid": sid, "Effect": "Allow", **who, "Action": action, "Resource": resource, **when}


def deny(sid: str, action: str, resource: str | Sequence[str], condition: Mapping[str, Any]) -> Json:
    """Return a statement that denies everybody what comes under a condition."""
    head = {"Sid": sid, "Effect": "Deny", "Principal": "*"}
    return head | {"Action": action, "Resource": resource, "Condition": condition}


def policy(statements: Iterable[Json], id_: str | None = None) -> Json:
    """Return a policy of statements, with a number behind each Sid that stood before (E127)."""
    listed = list(statements)
    sids = iter(unique(each["Sid"] for each in listed if "Sid" in each))
    numbered = [each | {"Sid": next(sids)} if "Sid" in each else each for each in listed]
    return {"Version": "2012-10-17", **({"Id": id_} if id_ is not None else {}), "Statement": numbered}


def widest(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Return the prefixes without those that another one covers.

    >>> widest(["a/b/", "a/", "c/", "a/"])
    ('a/', 'c/')
    """
    listed = dict.fromkeys(prefixes)
    return tuple(each for each in listed if not any(each != other and each.startswith(other) for other in listed))


def together(needs: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Yield actions that are needed for the same values in one statement, with those values.

    >>> list(together({"s3:Get": ("a/*", "b/*"), "s3:Put": ("b/*",), "s3:List": ("a/*", "b/*"), "s3:Tag": ()}))
    [(['s3:Get', 's3:List'], ('a/*', 'b/*')), (['s3:Put'], ('b/*',))]
    """
    found: dict[tuple[str, ...], list[str]] = {}
    for action, values in needs.items():
        if values:
            found.setdefault(values, []).append(action)
    return ((actions, values) for values, actions in found.items())


def one_or_list(values: Sequence[str]) -> str | Sequence[str]:
    """Return the only value of a list, or the list."""
    return values[0] if len(values) == 1 else values


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
