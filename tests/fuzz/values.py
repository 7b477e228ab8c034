"""Broken inputs, drawn from one ``random.Random``: values, trees and texts that are nearly right."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

import yaml

ACCOUNT = "111122223333"
TEXTS = (
    "",
    " ",
    "*",
    "?",
    "${",
    "${}",
    "${aws:username}",
    "$" * 50,
    "arn:",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/${aws:PrincipalTag/a, 'b'}",
    "arn:aws:kms:us-east-1:111122223333:key/1",
    f"arn:aws:iam::{ACCOUNT}:role/r",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s",
    "s3:GetObject",
    "s3:*",
    "kms:Decrypt",
    "sts:AssumeRole",
    "not:AnAction",
    "2012-10-17",
    "Allow",
    "Deny",
    ACCOUNT,
    "10.0.0.0/8",
    "2020-01-01T00:00:00Z",
    "9" * 400,
    "1e999",
    "-0",
    "true",
    "null",
    "a\x1b]52;c;eA==\x07",
    "\u202eabc",
    "a\ud800",
    "x\n::error::injected",
    "\x00",
    "\ufeff",
    "\ufffe",
    "ü€😀",
    "../..",
    "/dev/null",
    "a" * 3000,
    "[" * 200,
    "]]>",
    "<b>&amp;",
    "{{ 1 }}",
    "${jndi}",
    "[red]",
    ":key:",
)
"""Texts that mean something somewhere, and texts that should mean nothing anywhere."""

SCALARS: tuple[Any, ...] = (None, True, False, 0, 1, -1, 10**30, 0.5, 1e308, *TEXTS)


def scalar(random: Random) -> Any:
    """Return a scalar of JSON."""
    return random.choice(SCALARS)


def value(random: Random, depth: int = 2) -> Any:
    """Return any JSON value, once in a while one that is nested far too deep or far too long."""
    kind = random.random()
    if depth == 0 or kind < 0.6:
        return scalar(random)
    if kind < 0.62:
        return _deep(random.choice((99, 150, 300)), random.random() < 0.5)
    if kind < 0.64:
        return [scalar(random)] * 500
    if kind < 0.82:
        return [value(random, depth - 1) for _ in range(random.randrange(4))]
    return {name(random): value(random, depth - 1) for _ in range(random.randrange(4))}


def name(random: Random) -> str:
    """Return the name of a member."""
    return random.choice(
        (*TEXTS, "Version", "Statement", "Effect", "Action", "Condition", "Principal", "AWS", "name", "x")
    )


def _deep(levels: int, lists: bool) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found] if lists else {"a": found}
    return found


def broken(random: Random, tree: Any) -> Any:
    """Return a tree with a few things changed."""
    found = deepcopy(tree)
    for _ in range(random.choice((0, 0, 0, 1, 1, 1, 2, 4))):
        found = _changed(random, found)
    return found


def _changed(random: Random, tree: Any) -> Any:
    """Return a tree with one node changed: replaced, taken away, renamed, doubled, wrapped, or moved."""
    places = list(_places(tree))
    if not places:
        return value(random)
    holder, key = random.choice(places)
    old = holder[key]
    change = random.randrange(9)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, dict):
        holder[name(random)] = holder.pop(key)
    elif change == 2:
        holder[key] = [old]
    elif change == 3:
        holder[key] = {name(random): old}
    elif change == 4 and isinstance(holder, list):
        holder.extend(deepcopy(old) for _ in range(random.choice((1, 2, 60))))
    elif change == 5:
        other, at = random.choice(places)
        holder[key] = deepcopy(other.get(at) if isinstance(other, dict) else other[at : at + 1])
    elif change == 6 and isinstance(old, str):
        holder[key] = text(random, old)
    elif change == 7 and isinstance(holder, dict):
        holder[name(random)] = value(random)
    else:
        holder[key] = value(random)
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        found.extend((node, key) for key in keys)
        waiting.extend(node[key] for key in keys)
    return found[:2000]


def text(random: Random, whole: str) -> str:
    """Return a text with something cut out, put in, doubled or swapped."""
    start = random.randrange(len(whole) + 1)
    end = min(len(whole), start + random.choice((0, 1, 1, 2, 10, 100)))
    put = random.choice((*TEXTS, *"{}[]\",:\\\n\t#&*!|>-%@`'", whole[start:end] * 2, "  ", "\r\n", "\\u", "\\ud800"))
    return whole[:start] + put + whole[end:]


class _Plain(yaml.SafeDumper):
    """Writes no anchors, which are refused."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


def data(random: Random, tree: Any, *, as_yaml: bool = False) -> bytes:
    """Return the bytes of a file that holds a broken tree, or is broken itself."""
    found = broken(random, tree)
    if as_yaml:
        found = yaml.dump(found, Dumper=_Plain, allow_unicode=random.random() < 0.5, default_flow_style=None)
    else:
        found = json.dumps(found, indent=random.choice((None, 1)), ensure_ascii=random.random() < 0.7)
    for _ in range(random.choice((0,) * 8 + (1, 2))):
        found = text(random, found)
    written = found.encode("utf-8", "surrogatepass")
    damage = random.random()
    if damage < 0.03:
        return written[: random.randrange(len(written) + 1)]
    if damage < 0.05:
        return b"\xef\xbb\xbf" + written
    if damage < 0.07:
        return written + random.choice((b"\xff", b"\x00", b"\xed\xa0\x80", b"\r\n \t"))
    if damage < 0.08:
        return found.encode("utf-16", "surrogatepass")
    return written
