"""Texts that stand for ids which are not known yet, and how they are filled in."""

from __future__ import annotations

import re

from policygen.generator.bundle import GeneratedDocument

PLACEHOLDER = re.compile(r"KEY-ID-OF-[A-Za-z0-9_.-]+")
"""What stands for a key id that is not known yet."""


def placeholders_of(document: GeneratedDocument) -> list[str]:
    """Return the placeholders that a document holds, in alphabetical order."""
    return sorted(set(PLACEHOLDER.findall(document.to_json())))


def how_to_fill(placeholder: str) -> str:
    """Return what to write in the place of a placeholder, and where the value comes from."""
    name = placeholder.removeprefix("KEY-ID-OF-")
    return (
        f"the key id that `aws kms create-key` prints (KeyMetadata.KeyId) for the key `{name}`: write it as `id` of "
        f"`{name}` under `keys` in the spec and generate again"
    )
