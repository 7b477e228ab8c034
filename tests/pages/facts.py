"""templates/fact-pages.json: which page of AWS's documentation each fact rests on, for the links of the HTML report."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

FACTS = Path(__file__).parents[2] / "docs/facts.md"
_ENTRY = re.compile(r'<a id="\w+"></a>\*\*(?P<id>[A-Z]\d+a?)\*\* (?P<text>.*)')
_LABEL = re.compile(r"\[(?P<label>[a-z0-9-]+)\](?![(:])")
_DEFINED = re.compile(r"^\[(?P<label>[a-z0-9-]+)\]: (?P<url>https://docs\.aws\.amazon\.com/\S+)$", re.MULTILINE)


def fact_links(facts: Iterable[str]) -> str:
    """Return links to facts, for a page in docs/."""
    return ", ".join(f"[{fact}](facts.md#{fact.lower()})" for fact in facts)


def fact_urls() -> dict[str, list[str]]:
    """Return AWS's pages of each fact that names some, by the fact's id."""
    text = FACTS.read_text(encoding="utf-8")
    urls = {match["label"]: match["url"] for match in _DEFINED.finditer(text)}
    found: dict[str, list[str]] = {}
    for entry in _ENTRY.finditer(text):
        labels = [match["label"] for match in _LABEL.finditer(entry["text"])]
        if entry["id"].startswith("G"):
            labels.append("iam-keys")  # one page describes them all
        found[entry["id"]] = [urls[label] for label in labels if label in urls]
    return {fact: pages for fact, pages in found.items() if pages}


def fact_pages_text() -> str:
    """Return the data file: the ids by page."""
    pages: dict[str, list[str]] = {}
    for fact, urls in fact_urls().items():
        pages.setdefault(urls[0], []).append(fact)
    found = {url: " ".join(pages[url]) for url in sorted(pages)}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
