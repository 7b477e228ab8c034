"""YAML text as a tree of nodes with places, through PyYAML's composed nodes.

PyYAML (the C parser when it is built in) does the parsing; nothing is constructed, so no tag can run code and
no scalar is guessed into a date or a number. Anchors and aliases are refused: a spec has no need of them, and
they are how a small text becomes a huge tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from policygen.errors import Place, Problem, SourceError
from policygen.source.json_text import MAX_DEPTH, parse_json, repeated
from policygen.source.nodes import Mapping as Tree
from policygen.source.nodes import Node, Scalar, Sequence, child_pointer
from policygen.source.yaml_errors import control_characters, lines_of, syntax_problem

_KINDS = {
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:int": "int",
    "tag:yaml.org,2002:float": "float",
    "tag:yaml.org,2002:null": "null",
}


NO_TAGS: Mapping[str, str] = MappingProxyType({})
"""Specs, suites and environments have no tags."""


def parse_text(text: str, source: str) -> Node:
    """Return the tree of a YAML or JSON text.

    A text that begins with ``{`` or ``[``, or comes from a file named ``.json``, is read as JSON; anything
    else as YAML.

    Raises:
        SourceError: With every problem that could be found: PG-F005 not YAML, PG-F006 not JSON, PG-F007 a
            repeated name, PG-F008 nested too deep, PG-F009 anchors, aliases or tags, PG-F010 empty.
    """
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise SourceError(_empty(source))
    if source.endswith(".json") or stripped[0] in "{[":
        return parse_json(text.removeprefix("\ufeff"), source)
    return parse_yaml(text, source)


def _empty(source: str) -> Problem:
    place = Place(source=source, line=1, column=1)
    hint = "it begins with `version: 1`; `policygen init` writes an example"
    return Problem(code="PG-F010", message="the text is empty", place=place, hint=hint)


def parse_yaml(text: str, source: str, tags: Mapping[str, str] = NO_TAGS) -> Node:
    """Return the tree of a YAML text; raises as :func:`parse_text` does.

    Args:
        text: The text.
        source: Its name.
        tags: Tags that are read: what one stands on becomes the only member of a mapping, called as is said here.
    """
    import yaml

    text = text.removeprefix("\ufeff")
    lines = lines_of(text)
    if problems := control_characters(text, source, lines):
        raise SourceError(*problems)
    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _check_events(text, _Places(source, lines), loader_class, tags)
    try:
        loader = loader_class(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise SourceError(syntax_problem(error, source, lines)) from None
    if root is None:
        raise SourceError(_empty(source))
    converter = _Converter(_Places(source, lines), tags)
    node = converter.node(root, "")
    if converter.problems:
        raise SourceError(*converter.problems)
    return node


@dataclass(frozen=True, slots=True)
class _Places:
    """The places of one text."""

    source: str
    lines: list[str]

    def at(self, mark: Any, pointer: str = "") -> Place:
        """Return the place of a mark."""
        return Place(source=self.source, pointer=pointer, line=mark.line + 1, column=mark.column + 1, lines=self.lines)


def _check_events(text: str, places: _Places, loader_class: Any, tags: Mapping[str, str]) -> None:
    """Walk the event stream once: composing would follow aliases and recurse on nesting."""
    import yaml

    problems: list[Problem] = []
    depth = 0
    loader = loader_class(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            place = places.at(event.start_mark)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
                message = f"anchors and aliases are not supported: `{sign}{event.anchor}`"
                hint = f'write the value out where it is used; a text that begins so stands in quotes: `"{sign}…"`'
                problems.append(Problem(code="PG-F009", message=message, place=place, hint=hint))
            if getattr(event, "tag", None) and event.tag not in tags:
                message = f"tags are not supported: `{event.tag}`"
                hint = 'a text that begins so stands in quotes: `"!…"`'
                problems.append(Problem(code="PG-F009", message=message, place=place, hint=hint))
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH} levels"
                raise SourceError(*problems, Problem(code="PG-F008", message=message, place=place))
    except (yaml.YAMLError, RecursionError) as error:
        if isinstance(error, yaml.YAMLError):
            problems.append(syntax_problem(error, places.source, places.lines))
        else:
            message = f"nested deeper than {MAX_DEPTH} levels"
            problems.append(Problem(code="PG-F008", message=message, place=Place(source=places.source)))
    finally:
        loader.dispose()
    if problems:
        raise SourceError(*problems[:20])


class _Converter:
    """Turns composed YAML nodes into ours, collecting problems."""

    def __init__(self, places: _Places, tags: Mapping[str, str]) -> None:
        self.places = places
        self.tags = tags
        self.problems: list[Problem] = []

    def node(self, node: Any, pointer: str) -> Node:
        import yaml

        place = self.places.at(node.start_mark, pointer)
        if node.tag in self.tags:
            name = self.tags[node.tag]
            node.tag = ""
            inside = self.node(node, child_pointer(pointer, name))
            return Tree(entries=((Scalar(text=name, place=place), inside),), place=place)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, pointer, place)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.node(item, child_pointer(pointer, index)) for index, item in enumerate(node.value))
            return Sequence(items=items, place=place)
        kind = _KINDS.get(node.tag, "str") if not node.style else "str"
        return Scalar(text="" if kind == "null" else node.value, place=place, kind=kind)

    def mapping(self, node: Any, pointer: str, place: Place) -> Tree:
        import yaml

        entries: list[tuple[Scalar, Node]] = []
        names: dict[str, Place] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                where = self.places.at(key_node.start_mark, pointer)
                message = "a name must be text, not a list or a mapping"
                hint = 'a text with brackets stands in quotes: `"{…}": …`'
                self.problems.append(Problem(code="PG-F005", message=message, place=where, hint=hint))
                continue
            below = child_pointer(pointer, key_node.value)
            key = Scalar(text=key_node.value, place=self.places.at(key_node.start_mark, below))
            self.problems += repeated(key, names)
            entries.append((key, self.node(value_node, below)))
        return Tree(entries=tuple(entries), place=place)
