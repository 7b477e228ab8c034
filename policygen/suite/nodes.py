"""Small readers over nodes, shared by suites and environment files: they collect problems and never stop."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from policygen.errors import Place, Problem
from policygen.source.nodes import Mapping, Node, Scalar, Sequence, plain
from policygen.suite.model import Doc


class NodeReader:
    """Reads nodes; JSON texts keep their types in documents, in YAML texts every scalar is text."""

    def __init__(self, *, typed: bool) -> None:
        self.typed = typed
        self.problems: list[Problem] = []

    def problem(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(code=code, message=message, place=place, hint=hint))

    def mapping(self, node: Node | None, what: str, keys: tuple[str, ...] = ()) -> Mapping | None:
        """Return a mapping whose keys are among ``keys`` (any, when there are none); None for nothing."""
        if node is None or _is_null(node):
            return None
        if not isinstance(node, Mapping):
            self.problem("PG-T002", f"{what} is a mapping", node.place)
            return None
        for key, _ in node:
            if keys and key.text not in keys:
                near = get_close_matches(key.text, keys, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(keys)}"
                self.problem("PG-T001", f"{what} has no `{key.text}`", key.place, hint)
        return node

    def text(self, node: Node | None, what: str) -> str | None:
        """Return a scalar's text; None for nothing."""
        if node is None or _is_null(node):
            return None
        if isinstance(node, Scalar):
            return node.text
        self.problem("PG-T002", f"{what} is text", node.place)
        return None

    def boolean(self, node: Node, what: str) -> bool | None:
        """Return true or false."""
        text = node.text.lower() if isinstance(node, Scalar) else ""
        if text in ("true", "false"):
            return text == "true"
        self.problem("PG-T002", f"{what} is `true` or `false`", node.place)
        return None

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the items of a list; nothing is an empty list."""
        if node is None or _is_null(node):
            return ()
        if isinstance(node, Sequence):
            return node.items
        self.problem("PG-T002", f"{what} is a list", node.place)
        return ()

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Return one text or a list of texts."""
        if node is None or _is_null(node):
            return ()
        nodes = node.items if isinstance(node, Sequence) else (node,)
        found = (self.text(each, what) for each in nodes)
        return tuple(each for each in found if each is not None)

    def doc(self, node: Node, what: str) -> Doc | None:
        """Return a document: a mapping, a path, or ``{name, document}``."""
        if isinstance(node, Scalar) and not node.is_null:
            return Doc(place=node.place, path=node.text)
        if not isinstance(node, Mapping):
            self.problem("PG-T002", f"{what} is a policy document or a path", node.place)
            return None
        inner = node.get("document")
        if inner is not None and node.get("Statement") is None:
            self.mapping(node, f"{what} with a name", ("name", "document"))
            found = self.doc(inner, what)
            name = self.text(node.get("name"), f"{what} name")
            return found and Doc(place=found.place, name=name, path=found.path, value=found.value)
        return Doc(place=node.place, value=self.value(node))

    def value(self, node: Node) -> Any:
        """Return a node as plain values."""
        return plain(node, typed=self.typed)

    def docs(self, node: Node | None, what: str) -> tuple[Doc, ...]:
        """Return one document or a list of documents."""
        if node is None or _is_null(node):
            return ()
        nodes = node.items if isinstance(node, Sequence) else (node,)
        return tuple(doc for each in nodes if (doc := self.doc(each, what)) is not None)

    def levels(self, node: Node | None, what: str) -> tuple[tuple[Doc, ...], ...]:
        """Return lists of documents, one a level."""
        return tuple(self._level(each, what) for each in self.items(node, what))

    def _level(self, node: Node, what: str) -> tuple[Doc, ...]:
        if not isinstance(node, Sequence):
            hint = "each level is a list of documents, root first: `[[…], […]]`"
            self.problem("PG-T002", f"a level of {what} is a list", node.place, hint)
            return ()
        return self.docs(node, what)

    def pairs(self, node: Node | None, what: str) -> Iterator[tuple[str, str]]:
        """Yield the members of a mapping of text to text."""
        for key, child in self.mapping(node, what) or ():
            text = self.text(child, f"{what} `{key.text}`")
            if text is not None:
                yield key.text, text


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_null
