"""Where a fact can be read up: AWS's page, by the fact's id.

``fact-pages.json`` is made from docs/facts.md, which is no part of an installed package.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from policygen.generator.template_files import read_page


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLink:
    """A fact's id, AWS's page (None where it rests on none), and for a cause (``F1`` …) what it says."""

    id: str
    url: str | None
    text: str = ""


def fact_link(fact: str) -> FactLink:
    """Return where the fact with an id such as ``R52`` can be read up."""
    urls, causes = _data()
    return FactLink(id=fact, url=urls.get(fact), text=causes.get(fact, ""))


@cache
def _data() -> tuple[dict[str, str], dict[str, str]]:
    found = json.loads(read_page("fact-pages.json"))
    return {fact: url for url, facts in found["pages"].items() for fact in facts.split()}, found["causes"]
