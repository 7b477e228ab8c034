"""Terraform's string templates: every string of its JSON syntax is one.

Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from policygen.export.inventory import AFTER_PLACEHOLDER

_SEQUENCE = re.compile(r"[$%](?=\{)")


def literal(text: str) -> str:
    """Return the template that gives ``text``: the sequences that begin an expression are escaped.

    >>> literal("${aws:username} 100%")
    '$${aws:username} 100%'

    Source: https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    return _SEQUENCE.sub(lambda match: match[0] * 2, text)


def template(text: str, references: Mapping[str, str]) -> str:
    """Return the template that gives ``text`` with expressions (without ``${``) in the place of what they replace."""
    if not references:
        return literal(text)
    longest_first = sorted(references, key=len, reverse=True)
    replaced = re.compile(f"({'|'.join(map(re.escape, longest_first))})(?![{AFTER_PLACEHOLDER}])")
    parts = replaced.split(text)
    return "".join(f"${{{references[part]}}}" if number % 2 else literal(part) for number, part in enumerate(parts))
