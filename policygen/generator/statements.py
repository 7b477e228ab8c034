"""Statements and policies as JSON values, what the templates write down, with Sids that are unique (E127)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from policygen.spec.model import Grantee, Statement

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
    listed = {"AWS": [each for each in principals if each.startswith("arn:")]}
    listed["Service"] = [each for each in principals if not each.startswith("arn:")]
    who = {"Principal": {kind: one_or_list(each) for kind, each in listed.items() if each}} if principals else {}
    when = {"Condition": condition} if condition else {}
    return {"Sid": sid, "Effect": "Allow", **who, "Action": action, "Resource": resource, **when}


def deny(sid: str, action: str, resource: str | Sequence[str], condition: Mapping[str, Any]) -> Json:
    """Return a statement that denies everybody what comes under a condition."""
    head = {"Sid": sid, "Effect": "Deny", "Principal": "*"}
    return head | {"Action": action, "Resource": resource, "Condition": condition}


def policy(statements: Iterable[Json], id_: str | None = None, more: Iterable[Statement] = ()) -> Json:
    """Return a policy of statements, with a number behind each Sid that stood before (E127).

    ``more`` are statements of the spec's own: they stand last, as they are, and keep their Sids.
    """
    listed, own = list(statements), [dict(each) for each in more]
    sids = iter(unique((each["Sid"] for each in listed if "Sid" in each), (each.get("Sid", "") for each in own)))
    numbered = [each | {"Sid": next(sids)} if "Sid" in each else each for each in listed] + own
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


def by_statement(grantees: Iterable[Grantee]) -> Iterator[tuple[Grantee, list[str], str]]:
    """Yield each grantee that stands for a statement, the principals that share it, and what its Sid says of a service.

    People share one where their prefix is the same; each service has one of its own, for its sources.
    """
    found: dict[Grantee | str, list[Grantee]] = {}
    for each in grantees:
        found.setdefault(each if each.is_service else each.prefix, []).append(each)
    for first, *more in found.values():
        by = sid("By", first.principal.partition(".amazonaws.com")[0]) if first.is_service else ""
        yield first, [each.principal for each in (first, *more)], by


def source_condition(grantee: Grantee) -> Json:
    """Return the condition on the source for which a service acts; empty where it may act for any, and for people.

    Fact: G57, G58, E156
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    account = {"StringEquals": {"aws:SourceAccount": grantee.source_account}} if grantee.source_account else {}
    return account | ({"ArnLike": {"aws:SourceArn": grantee.source_arn}} if grantee.source_arn else {})


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


def unique(sids: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return the Sids with a number behind each one that stood before, or is taken."""
    seen = set(taken)
    found = []
    for each in sids:
        name, number = each, 1
        while name in seen:
            number += 1
            name = f"{each}{number}"
        seen.add(name)
        found.append(name)
    return found
