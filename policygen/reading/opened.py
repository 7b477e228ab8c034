"""A file's value, and where its parts stand: the place is looked up only when there is something to report."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from policygen.errors import Place, Problem, SourceError
from policygen.source.json_text import LineIndex, parse_json, place_of
from policygen.source.nodes import Mapping, Node, Sequence, child_pointer
from policygen.source.yaml_text import parse_yaml

_ERROR = re.compile(
    r"An error occurred \((?P<code>\w+)\) when calling the (?P<call>\w+) operation[^:]*:? ?"
    r"(?P<message>.*)"
)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,9})\Z")

FUNCTIONS = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in """
            And Base64 Cidr Equals FindInMap GetAtt GetAZs If ImportValue Join Length Not Or Select Split Sub
            ToJsonString
            Transform
        """.split()
    },
}
"""The short forms of CloudFormation's functions in YAML, and what they stand for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What stands in a file.

    Attributes:
        source: The file's name.
        text: Its text.
        value: Its value; an error that was saved instead of an answer is ``{"Error": {"Code", "Message", "Call"}}``.
        root: The tree of a YAML text; None for JSON, which is read for places when they are asked for.
    """

    source: str
    text: str = field(repr=False)
    value: Any = field(repr=False)
    root: Node | None = field(default=None, repr=False)

    def place(self, pointer: str) -> Place:
        """Return where a pointer stands; the nearest parent of one that is not there."""
        if self.root is not None:
            return place_of(self.root, pointer)
        return LineIndex(self.text, self.source).place(_offset_of(self.text, pointer), pointer)


def open_text(text: str, source: str) -> Opened:
    """Return what stands in a text: JSON, YAML, a policy that is URL-encoded or a JSON string, or a saved error.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is none of these.
    """
    bare = text.removeprefix("\ufeff")
    stripped = bare.strip()
    if stripped[:3].upper() == "%7B":
        return open_text(unquote(stripped), source)
    if error := _ERROR.search(stripped):
        if stripped[:1] not in ("{", "["):
            found = {"Code": error["code"], "Message": error["message"].strip(), "Call": error["call"]}
            return Opened(source, bare, {"Error": found})
    if stripped[:1] in ("{", "[", '"'):
        value = _json(bare, source)
        return open_text(value, source) if isinstance(value, str) else Opened(source, bare, value)
    root = parse_yaml(bare, source, FUNCTIONS)
    return Opened(source, bare, _plain(root), root)


def _json(text: str, source: str) -> Any:
    repeated = False

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) != len(pairs)
        return found

    try:
        value = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        repeated = True
    if repeated:
        parse_json(text, source)  # says what is wrong, and where
        message = "not JSON that can be read"
        raise SourceError(Problem(code="PG-F006", message=message, place=Place(source=source)))
    return value


def _plain(node: Node) -> Any:
    """Return a YAML tree as values; a number that may be an account id, or begins with a zero, stays text."""
    if isinstance(node, Mapping):
        return {key.text: _plain(value) for key, value in node}
    if isinstance(node, Sequence):
        return [_plain(each) for each in node.items]
    if node.is_null:
        return None
    if node.kind == "bool":
        return node.text.lower() in ("true", "yes", "on")
    return int(node.text) if node.kind == "int" and _WHOLE.match(node.text) else node.text


_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def _offset_of(text: str, pointer: str) -> int:
    """Return where a pointer stands in a JSON text that was read: whatever is beside the way is skipped.

    Rejected: the tree of the whole text, which takes a second for each megabyte.
    """
    at = _skip(text, 0)
    try:
        for part in pointer.split("/")[1:]:
            found = _below(text, at, part.replace("~1", "/").replace("~0", "~"))
            if found is None:
                break
            at = found
    except (ValueError, IndexError):
        return at
    return at


def _below(text: str, at: int, name: str) -> int | None:
    """Return where a member of an object, or an item of a list, stands."""
    if text[at] not in "{[":
        return None
    is_object, number, offset = text[at] == "{", 0, _skip(text, at + 1)
    while text[offset] not in "}]":
        label = str(number)
        if is_object:
            label, offset = _DECODER.raw_decode(text, offset)
            offset = _skip(text, _skip(text, offset) + 1)
        if label == name:
            return offset
        _, offset = _DECODER.raw_decode(text, offset)
        offset = _skip(text, offset)
        offset = _skip(text, offset + 1) if text[offset] == "," else offset
        number += 1
    return None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def pointer_to(root: Any, wanted: Any) -> str | None:
    """Return the pointer of a value inside another: of this very value, not of one that is equal to it."""
    if root is wanted:
        return ""
    below = root.items() if isinstance(root, dict) else enumerate(root) if isinstance(root, list) else ()
    for name, each in below:
        found = pointer_to(each, wanted)
        if found is not None:
            return child_pointer("", name) + found
    return None
