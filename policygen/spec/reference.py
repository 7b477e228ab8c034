"""The reference page of the spec, made from the table of fields."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.spec.codes import CODES
from policygen.spec.fields import SPEC, Field, Kind

_INTRODUCTION = """# The spec

A spec is a YAML or JSON file of at most 1 MiB. Names are given once; anchors, aliases and tags are not supported.
Scalars are read as text and coerced by the field: an unquoted account id such as `012345670123` keeps its zero.

Principals have short forms: `role/NAME`, `user/NAME`, `root` and a 12-digit account id; the first three resolve in
the account of the key or bucket that names them. Full ARNs are taken as they are.

This page is made from the same table as the checks and the JSON Schema (`policygen init` writes it beside the spec).
"""


def reference_page() -> str:
    """Return the page as Markdown."""
    lines = [_INTRODUCTION]
    lines.extend(_block("The whole", SPEC))
    lines.append("## Problems\n")
    lines.append("| code | what it means |")
    lines.append("| --- | --- |")
    lines.extend(f"| {code} | {meaning} |" for code, meaning in CODES.items())
    return "\n".join(lines) + "\n"


def _block(title: str, block: Field) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| field | holds | default | meaning | facts |"
    yield "| --- | --- | --- | --- | --- |"
    yield from (_row(field) for field in block.fields)
    yield ""
    for field in block.fields:
        inner: Field | None = field
        while inner is not None and inner.kind in (Kind.LIST, Kind.MAP):
            inner = inner.item
        if inner is not None and inner.kind is Kind.BLOCK:
            name = f"`{field.name}`" if block is SPEC else f"`{block.name}.{field.name}`"
            yield from _block(name, inner)


def _row(field: Field) -> str:
    default = "required" if field.required else f"`{field.default}`" if field.default is not None else "none"
    if field.default == "":
        default = "empty"
    meaning = field.doc.replace("|", "\\|")
    return f"| `{field.name}` | {_holds(field)} | {default} | {meaning} | {_facts(field)} |"


def _holds(field: Field) -> str:
    if field.kind is Kind.CHOICE:
        return " or ".join(f"`{each}`" for each in field.choices)
    return str(field.kind.value)


def _facts(field: Field) -> str:
    return " ".join(f"[{each}](facts.md#{each.lower()})" for each in field.facts)
