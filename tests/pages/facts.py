"""Data files made from the facts and their examples.

templates/fact-pages.json says which page of AWS's documentation each fact rests on, for the links of the HTML report;
policygen/explained/facts.json has an example of each fact that decides requests, for ``explain``.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from policygen.explained.facts import load_facts

_AWS = "https://docs.aws.amazon.com/"
_EXAMPLES = Path(__file__).parents[1] / "facts"


def fact_links(facts: Iterable[str]) -> str:
    """Return links to facts, for a page in docs/."""
    return ", ".join(f"[{fact}](facts.md#{fact.lower()})" for fact in facts)


def fact_urls() -> dict[str, list[str]]:
    """Return AWS's pages of each fact that names some, by the fact's id."""
    pages = {fact.id: [page for page in fact.pages if page.startswith(_AWS)] for fact in load_facts().values()}
    return {fact: urls for fact, urls in pages.items() if urls}


def fact_pages_text() -> str:
    """Return the data file: the ids by page."""
    pages: dict[str, list[str]] = {}
    for fact, urls in fact_urls().items():
        pages.setdefault(urls[0], []).append(fact)
    found = {url: " ".join(pages[url]) for url in sorted(pages)}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def fact_examples_text() -> str:
    """Return the data file: for each fact the first example that is allowed or holds, and the first that is not."""
    found: dict[str, dict[str, Any]] = {}
    for entry in _entries():
        side = "good" if entry.get("expect") == "allowed" or entry.get("holds") is True else "bad"
        for fact in str(entry["fact"]).split(", "):
            found.setdefault(fact, {}).setdefault(side, _example(entry))
    return json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False) + "\n"


def _entries() -> Iterator[dict[str, Any]]:
    for path in sorted(_EXAMPLES.glob("*/*.yaml")):
        yield from yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _example(entry: dict[str, Any]) -> dict[str, str]:
    """Return an example as text: what is given, as a test of a suite writes it, and what comes out."""
    names = ("given", "policies", "settings", "request")
    given = {name: entry[name] for name in names if name in entry}
    given |= {"expect": entry["expect"]} if "expect" in entry else {"holds": entry["holds"]}
    text = yaml.safe_dump(given, sort_keys=False, width=100, allow_unicode=True, default_flow_style=None)
    return {"text": text.rstrip("\n"), "where": entry["says"]}
