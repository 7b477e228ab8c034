"""Reference pages: the tables of a format as Markdown, one for each block of fields, and the pages that hold them."""

import re
from collections.abc import Iterable, Iterator, Mapping

from policygen.fields.table import Computed, Field, Kind, word

_MARKED = re.compile(r"(<!-- made: (?P<name>[\w-]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
_HEAD = ("| field | holds | default | meaning | facts |", "| --- | --- | --- | --- | --- |")


def with_tables(page: str, made: Mapping[str, Iterable[str]]) -> str:
    """Return a page with the lines that are made put between its marks ``<!-- made: NAME -->`` and ``<!-- end -->``."""
    return _MARKED.sub(lambda match: match[1] + "\n".join(("", *made[match["name"]], match[3])), page)


def tables(title: str, table: Field, elsewhere: Mapping[Field, str] | None = None) -> Iterator[str]:
    """Yield the lines of a format's tables: the whole first, then each block of fields once.

    Args:
        title: The heading of the whole.
        table: The format.
        elsewhere: Blocks that another page describes, and where.
    """
    links = dict(elsewhere or {})
    headings = {table: title}
    for heading, block in _blocks(table, ""):
        if block not in headings and block not in links:
            headings[block] = f"`{heading}`"
            links[block] = f"#{re.sub(r'[^a-z0-9_-]', '', heading)}"
    for block, heading in headings.items():
        yield from (f"## {heading}", "", *_HEAD, *(_row(field, links) for field in block.fields), "")


def _blocks(field: Field, prefix: str) -> Iterator[tuple[str, Field]]:
    """Yield the blocks of a block with their headings, each followed by those in it."""
    for row in field.fields:
        for block in _held(row):
            yield f"{prefix}{row.name}", block
            yield from _blocks(block, f"{block.name}.")


def _held(field: Field) -> Iterator[Field]:
    """Yield the blocks that a field holds: itself, or those in its items or forms."""
    if field.kind is Kind.BLOCK:
        yield field
        return
    for inner in (*field.fields, *([field.item] if field.item else [])):
        yield from _held(inner)


def _row(field: Field, links: Mapping[Field, str]) -> str:
    facts = " ".join(f"[{each}](facts.md#{each.lower()})" for each in field.facts.split())
    meaning = field.doc.replace("|", "\\|")
    return f"| `{field.name}` | {_holds(field, links)} | {_default(field)} | {meaning} | {facts} |"


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if isinstance(field.default, Computed):
        return field.default.words
    if field.usual is None or field.kind is Kind.MAP:
        return "none"
    return f"`{word(field.usual)}`" if field.usual != "" else "empty"


def _holds(field: Field, links: Mapping[Field, str]) -> str:
    if field.kind is Kind.CHOICE:
        return " or ".join(f"`{each}`" for each in field.members)
    if field.kind is Kind.EITHER:
        return ", or ".join(_holds(form, links) for form in field.fields)
    if field.kind is Kind.BLOCK:
        short = f"{_holds(field.field(field.short), links)}, or " if field.short else ""
        return f"{short}[{field.kind.value}]({links[field]})"
    if field.item is not None:
        held = _holds(field.item, links)
        return f"{held}, or a list of such" if field.single else f"{field.kind.value}: {held}"
    return str(field.kind.value)
