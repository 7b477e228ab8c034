"""The JSON Schema (draft-07) of a spec, made from the table of fields.

For editors: it checks shapes, names and choices. Scalars are read as text by the loader, so an account id or a
version may stand as a number where YAML makes it one.
"""

from __future__ import annotations

import json
from typing import Any

from policygen.spec.fields import SPEC, Field, Kind

_SCALAR = ["string", "number", "boolean", "null"]


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema as plain values."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "policygen spec",
        **_schema(SPEC),
    }


def schema_text() -> str:
    """Return the JSON Schema as it is shipped: JSON, indent 2, one newline at the end."""
    return json.dumps(spec_schema(), indent=2) + "\n"


def _schema(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if field.doc:
        found["description"] = field.doc
    if field.kind is Kind.BLOCK:
        return found | _block(field)
    if field.kind is Kind.LIST:
        item = _schema(field.item) if field.item else {}
        return found | {"type": ["array", "null"], "items": item}
    if field.kind is Kind.MAP:
        item = _schema(field.item) if field.item else {}
        return found | {"type": ["object", "null"], "additionalProperties": item}
    return found | _scalar(field)


def _block(field: Field) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": ["object", "null"] if not field.required else "object",
        "properties": {each.name: _schema(each) for each in field.fields},
        "additionalProperties": False,
    }
    required = [each.name for each in field.fields if each.required]
    if required:
        block["required"] = required
    return {"anyOf": [{"type": "string"}, block]} if field.short else block


def _scalar(field: Field) -> dict[str, Any]:
    if field.kind is Kind.ANY:
        return {}
    if field.kind is Kind.BOOL:
        return {"anyOf": [{"type": ["boolean", "null"]}, {"enum": ["true", "false", "True", "False"]}]}
    if field.kind is Kind.INTEGER:
        return {"type": ["integer", "string", "null"]}
    if field.kind is Kind.CHOICE:
        return {"enum": [*_spellings(field.choices), *([] if field.required else [None])]}
    return {"type": _SCALAR}


def _spellings(choices: tuple[str, ...]) -> list[Any]:
    """Return the choices, with the Booleans and numbers that YAML makes of some of them."""
    found: list[Any] = list(choices)
    found.extend({"true": True, "false": False}[each] for each in choices if each in ("true", "false"))
    found.extend(int(each) for each in choices if each.isdigit())
    return found
