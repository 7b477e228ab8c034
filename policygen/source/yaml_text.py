"""YAML text as a tree of nodes with places, through PyYAML's composed nodes.

PyYAML (the C parser when it is built in) does the parsing; nothing is constructed, so no tag can run code and
no scalar is guessed into a date or a number. Anchors and aliases are refused: a spec has no need of them, and
they are how a small text becomes a huge tree.
"""

from __future__ import annotations

from typing import Any

from policygen.errors import Place, Problem, SourceError
from policygen.source.json_text import MAX_DEPTH, parse_json, repeated
from policygen.source.nodes import Mapping, Node, Scalar, Sequence, child_pointer

_KINDS = {
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:int": "int",
    "tag:yaml.org,2002:float": "float",
    "tag:yaml.org,2002:null": "null",
}


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
        place = Place(source=source, line=1, column=1)
        raise SourceError(Problem(code="PG-F010", message="the text is empty", place=place))
    if source.endswith(".json") or stripped[0] in "{[":
        return parse_json(text.removeprefix("\ufeff"), source)
    return parse_yaml(text, source)


def parse_yaml(text: str, source: str) -> Node:
    """Return the tree of a YAML text; raises as :func:`parse_text` does."""
    import yaml

    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _check_events(text, source, loader_class)
    try:
        loader = loader_class(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise SourceError(_syntax_problem(error, source)) from None
    if root is None:
        place = Place(source=source, line=1, column=1)
        raise SourceError(Problem(code="PG-F010", message="the text is empty", place=place))
    converter = _Converter(source)
    node = converter.node(root, "")
    if converter.problems:
        raise SourceError(*converter.problems)
    return node


def _check_events(text: str, source: str, loader_class: Any) -> None:
    """Walk the event stream once: composing would follow aliases and recurse on nesting."""
    import yaml

    problems: list[Problem] = []
    depth = 0
    loader = loader_class(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            place = _place(event.start_mark, source, "")
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                message = f"anchors and aliases are not supported: `{event.anchor}`"
                hint = "write the value out where it is used"
                problems.append(Problem(code="PG-F009", message=message, place=place, hint=hint))
            if getattr(event, "tag", None):
                problems.append(Problem(code="PG-F009", message=f"tags are not supported: `{event.tag}`", place=place))
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH} levels"
                raise SourceError(*problems, Problem(code="PG-F008", message=message, place=place))
    except (yaml.YAMLError, RecursionError) as error:
        if isinstance(error, yaml.YAMLError):
            problems.append(_syntax_problem(error, source))
        else:
            message = f"nested deeper than {MAX_DEPTH} levels"
            problems.append(Problem(code="PG-F008", message=message, place=Place(source=source)))
    finally:
        loader.dispose()
    if problems:
        raise SourceError(*problems[:20])


def _place(mark: Any, source: str, pointer: str) -> Place:
    return Place(source=source, pointer=pointer, line=mark.line + 1, column=mark.column + 1)


def _syntax_problem(error: Any, source: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = _place(mark, source, "") if mark else Place(source=source)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    hint = "indent with spaces" if "\\t" in str(what) else None
    return Problem(code="PG-F005", message=f"not YAML: {what}", place=place, hint=hint)


class _Converter:
    """Turns composed YAML nodes into ours, collecting problems."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def node(self, node: Any, pointer: str) -> Node:
        import yaml

        place = _place(node.start_mark, self.source, pointer)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, pointer, place)
        if isinstance(node, yaml.SequenceNode):
            items = tuple(self.node(item, child_pointer(pointer, index)) for index, item in enumerate(node.value))
            return Sequence(items=items, place=place)
        kind = _KINDS.get(node.tag, "str") if not node.style else "str"
        return Scalar(text="" if kind == "null" else node.value, place=place, kind=kind)

    def mapping(self, node: Any, pointer: str, place: Place) -> Mapping:
        import yaml

        entries: list[tuple[Scalar, Node]] = []
        names: dict[str, Place] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                where = _place(key_node.start_mark, self.source, pointer)
                message = "a name must be text, not a list or a mapping"
                self.problems.append(Problem(code="PG-F005", message=message, place=where))
                continue
            below = child_pointer(pointer, key_node.value)
            key = Scalar(text=key_node.value, place=_place(key_node.start_mark, self.source, below))
            self.problems += repeated(key, names)
            entries.append((key, self.node(value_node, below)))
        return Mapping(entries=tuple(entries), place=place)
