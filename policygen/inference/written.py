"""An inferred spec as a file: as JSON for the spec's own reader, and as YAML with where each value comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policygen.inference.infer import Inferred
from policygen.inference.values import Taken
from policygen.source.shown import shown

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "~", ""})


def spec_text(inferred: Inferred) -> str:
    """Return an inferred spec as JSON text."""
    return json.dumps(inferred.values, indent=4, ensure_ascii=False)


def spec_text_with_sources(inferred: Inferred, version: str) -> str:
    """Return an inferred spec as YAML, each value with a comment that says where it comes from.

    Args:
        inferred: The spec.
        version: The version of policygen that is named.
    """
    lines = [
        f"# Inferred by policygen {version}: each value with where it comes from. Correct what is meant otherwise."
    ]
    lines += [f"# assumed: {_comment(each)}" for each in inferred.assumed]
    return "\n".join((*lines, *_lines(inferred.tree, ""))) + "\n"


def _lines(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, each in tree.items():
        if isinstance(each, Taken):
            yield f"{indent}{_scalar(str(name))}: {_flow(each.value)}  # {_comment(each.source)}"
        elif isinstance(each, Mapping):
            yield f"{indent}{_scalar(str(name))}:"
            yield from _lines(each, f"{indent}  ")
        else:
            yield f"{indent}{name}:"
            for item in each:
                first, *rest = _lines(item, f"{indent}    ")
                yield f"{indent}  - {first.lstrip()}"
                yield from rest


def _flow(value: Any) -> str:
    """Return a value as YAML writes it in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _scalar(str(value))


def _scalar(text: str) -> str:
    """Return a text, in quotes where YAML would take it for something else: JSON's quotes are YAML's."""
    plain = set(text) <= _PLAIN and text[:1].isalpha() and text.lower() not in _WORDS
    return text if plain else json.dumps(text)


def _comment(text: str) -> str:
    """Return a text that ends with its line."""
    return shown(" ".join(text.split()))
