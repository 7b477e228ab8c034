"""Patterns for many names that have their beginnings in common: no more than a stated number in one place.

Below a bucket, or below a named resource (``table/NAME/…``), names are folders within folders. What is more than the
number in one folder becomes one pattern, the folder with ``*`` behind it. Buckets, and whatever a resource field names
first, are never generalised: another bucket, role or key was not used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from policygen.aws.arns import parse_arn

_DEEPEST = 64
"""Folders within folders that are told apart."""

_OBJECT = re.compile(r"[^/]*/")
_STEPS = re.compile(r"[^/:]*[/:]")
_LITERAL = re.compile(r"\*|\?|\$(?=\{)")


class _Name(NamedTuple):
    """A name: what is never generalised, its folders with their separators, and its end."""

    root: str
    folders: tuple[str, ...]
    end: str


def literal(text: str) -> str:
    """Return a text as a pattern that it alone matches.

    >>> literal("a*b")
    'a${*}b'

    Fact: E172
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return _LITERAL.sub(lambda match: f"${{{match.group()}}}", text)


def of_resources(resources: Iterable[str], most: int) -> dict[str, tuple[str, ...]]:
    """Return patterns, each with the resources that it stands for; one resource that stands for itself comes alone.

    Args:
        resources: ARNs, or ``*``; what of an ARN is a pattern already stays one.
        most: How many there may be below one bucket, or below one named resource.
    """
    by_root: dict[str, dict[_Name, str]] = {}
    for each in resources:
        name = _of_arn(each)
        by_root.setdefault(name.root, {})[name] = each
    found: dict[str, tuple[str, ...]] = {}
    for names in by_root.values():
        found |= {pattern: tuple(names[name] for name in of) for pattern, of in _below(sorted(names), 0, most)}
    return found


def of_values(values: Iterable[str], most: int) -> dict[str, tuple[str, ...]]:
    """Return patterns of values that are folders within folders, such as prefixes of keys; as for resources."""
    names = {_parted("", each, _OBJECT): each for each in values}
    return {pattern: tuple(names[name] for name in of) for pattern, of in _below(sorted(names), 0, most)}


def _of_arn(resource: str) -> _Name:
    arn = parse_arn(resource)
    if arn is None:
        return _Name(resource, (), "")
    head = resource[: len(resource) - len(arn.resource)]
    if arn.service == "s3" and not arn.region and not arn.account:
        bucket, slash, key = arn.resource.partition("/")
        return _parted(f"{head}{bucket}{slash}", key, _OBJECT)
    steps = _STEPS.findall(arn.resource, 0)
    named = "".join(steps[:2])
    if len(steps) < 2 or "*" in arn.resource or "?" in arn.resource:
        return _Name(resource, (), "")
    return _parted(f"{head}{named}", arn.resource[len(named) :], _STEPS)


def _parted(root: str, rest: str, step: re.Pattern[str]) -> _Name:
    folders = step.findall(rest)[:_DEEPEST]
    return _Name(root, tuple(folders), rest[sum(map(len, folders)) :])


def _below(names: list[_Name], depth: int, most: int) -> list[tuple[str, Collection[_Name]]]:
    """Return patterns of names whose first folders are the same."""
    found: list[tuple[str, Collection[_Name]]] = []
    if len(names) <= most:
        return [(_written(each), (each,)) for each in names]
    for folder, some in _by_folder(names, depth).items():
        if folder is None:
            found += [(_written(each), (each,)) for each in some]
        else:
            found += _below(some, depth + 1, most)
    if len(found) <= most:
        return found
    return [(f"{names[0].root}{literal(''.join(names[0].folders[:depth]))}*", names)]


def _by_folder(names: Iterable[_Name], depth: int) -> Mapping[str | None, list[_Name]]:
    found: dict[str | None, list[_Name]] = {}
    for each in names:
        found.setdefault(each.folders[depth] if len(each.folders) > depth else None, []).append(each)
    return found


def _written(name: _Name) -> str:
    return f"{name.root}{literal(''.join(name.folders) + name.end)}"
