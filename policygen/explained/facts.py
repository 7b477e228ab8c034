"""The facts about AWS that ship with the package (docs/facts.md), and an example of those that decide requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from policygen.source.packaged import packaged_text

_ENTRY = re.compile(r'<a id="\w+"></a>\*\*(?P<id>[A-Z]\d+a?)\*\* (?P<text>.*)')
_LABEL = re.compile(r"\[(?P<label>[a-z0-9-]+)\](?![(:])")
_DEFINED = re.compile(r"^\[(?P<label>[a-z0-9-]+)\]: (?P<url>https://\S+)$", re.MULTILINE)
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact: its id, its sentences, and the pages that it rests on."""

    id: str
    text: str
    pages: tuple[str, ...]


@cache
def load_facts() -> dict[str, Fact]:
    """Return every fact by its id, in the order of the page.

    Raises:
        SourceError: PG-F014 when the page is missing.
    """
    page = packaged_text("facts.md")
    urls = {match["label"]: match["url"] for match in _DEFINED.finditer(page)}
    found = {}
    for entry in _ENTRY.finditer(page):
        labels = [match["label"] for match in _LABEL.finditer(entry["text"])]
        if entry["id"].startswith("G"):
            labels.append("iam-keys")  # one page describes them all
        pages = tuple(dict.fromkeys(urls[label] for label in labels if label in urls))
        found[entry["id"]] = Fact(id=entry["id"], text=_plain(entry["text"]), pages=pages)
    return found


def _plain(text: str) -> str:
    """Return an entry's sentences without labels of pages and without links; a row of a table as a sentence."""
    bare = _LINK.sub(lambda match: match["text"], _LABEL.sub("", text))
    cells = [cell.strip() for cell in bare.strip().strip("|").split(" | ")]
    return re.sub(r"\s+", " ", "; ".join(cell for cell in cells if cell))
