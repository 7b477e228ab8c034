"""The JSON Schema (draft-07) of a format, made from its table.

For editors: it checks shapes, names, choices and forms, and shows defaults. Scalars are read as text by the loader, so
an account id or a version may stand as a number where YAML makes it one.
"""

import json
from typing import Any

from policygen.fields.table import Field, Kind, word

_TEXT = ["string", "number", "boolean"]


def schema_of(table: Field) -> dict[str, Any]:
    """Return the JSON Schema of a whole format as plain values."""
    title = {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"policygen {table.name}"}
    return title | _schema(table)


def schema_text(table: Field) -> str:
    """Return the JSON Schema as it is shipped: JSON, indent 2, one newline at the end."""
    return json.dumps(schema_of(table), indent=2) + "\n"


def _schema(field: Field, *, null: bool = False) -> dict[str, Any]:
    """Return the schema of a field, or of what a list or map holds; ``null`` when null is the same as nothing."""
    found: dict[str, Any] = {"description": field.doc} if field.doc else {}
    if field.usual is not None and field.kind is not Kind.MAP:
        found["default"] = _json(field.usual)
    null = (null and not field.required) or field.nullable
    if field.kind is Kind.EITHER:
        return found | {"anyOf": [*map(_schema, field.fields), *([{"type": "null"}] if null else [])]}
    if field.kind is Kind.BLOCK:
        return found | _block(field)
    if field.kind is Kind.LIST and field.single:
        return found | {"anyOf": [_schema(_item(field), null=null), _list(field, null=null)]}
    if field.kind is Kind.LIST:
        return found | _list(field, null=null)
    if field.kind is Kind.MAP:
        names = {"propertyNames": {"pattern": _whole(field.key.pattern)}} if field.key and field.key.pattern else {}
        return found | {"type": _types("object", null=null), "additionalProperties": _schema(_item(field))} | names
    return found | _scalar(field, null=null)


def _item(field: Field) -> Field:
    return field.item or Field()


def _list(field: Field, *, null: bool) -> dict[str, Any]:
    least = {"minItems": 1} if field.nonempty else {}
    return {"type": _types("array", null=null), "items": _schema(_item(field))} | least


def _types(*names: str, null: bool) -> Any:
    found = [*names, *(["null"] if null else [])]
    return found if len(found) > 1 else found[0]


def _block(field: Field) -> dict[str, Any]:
    required = [each.name for each in field.fields if each.required]
    block: dict[str, Any] = {
        "type": _types("object", null=not required),
        "properties": {each.name: _schema(each, null=True) for each in field.fields},
        "additionalProperties": False,
    }
    if required:
        block["required"] = required
    if field.short is None:
        return block
    return {"anyOf": [_schema(field.field(field.short)), block]}


def _scalar(field: Field, *, null: bool) -> dict[str, Any]:
    if field.kind is Kind.BOOL:
        return {"anyOf": [{"type": _types("boolean", null=null)}, {"enum": ["true", "false", "True", "False"]}]}
    if field.kind is Kind.INTEGER:
        return {"type": _types("integer", "string", null=null)}
    if field.kind is Kind.CHOICE:
        return {"enum": [*_spellings(field), *([None] if null else [])]}
    if field.kind is Kind.DOCUMENT:
        return {"type": _types("string", "object", null=null)}
    if field.kind is Kind.OBJECT:
        return {"type": _types("object", null=null)}
    pattern = {"pattern": _whole(field.form.pattern)} if field.form and field.form.pattern else {}
    return {"type": _types(*_TEXT, null=null)} | pattern


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _spellings(field: Field) -> list[Any]:
    """Return the choices, with the Booleans and numbers that YAML makes of some of them."""
    words: list[Any] = list(field.members)
    bools = [each == "true" for each in words if each in ("true", "false")]
    return [*words, *bools, *(int(each) for each in words if each.isdigit())]


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return value if isinstance(value, bool | int) else word(value)
