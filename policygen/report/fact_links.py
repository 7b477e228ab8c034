"""Where a fact or a cause can be read up: AWS's page, by its id.

``fact-pages.json`` is made from docs/facts.md, which is no part of an installed package.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from policygen.generator.template_files import read_page
from policygen.verification import CAUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLink:
    """A fact's id, AWS's page (None where it rests on none), and for a cause (``F1`` …) its words."""

    id: str
    url: str | None
    text: str = ""


def fact_link(fact: str) -> FactLink:
    """Return where the fact with an id such as ``R52`` can be read up."""
    return FactLink(id=fact, url=_urls().get(fact), text=CAUSES[fact].words if fact in CAUSES else "")


@cache
def _urls() -> dict[str, str]:
    pages: dict[str, str] = json.loads(read_page("fact-pages.json"))
    return {fact: url for url, facts in pages.items() for fact in facts.split()}
