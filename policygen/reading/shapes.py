"""Shapes: what a file, or a resource in a plan or template, is recognised by, and what it tells.

They stand in one file of JMESPath expressions that ships with the package; a user's file adds rows, which come first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from policygen.errors import Place, Problem, SourceError
from policygen.reading.records import KINDS
from policygen.source.nodes import Mapping, Node, Scalar, Sequence
from policygen.source.packaged import text_beside
from policygen.source.yaml_text import parse_text

_ROW = ("shape", "when", "terraform", "cloudformation", "each", "kind", "fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A row.

    Attributes:
        name: What it is called, for people.
        kind: What the things are that it tells of.
        when: What fits it: an expression about the whole file; None for a resource.
        resource: The type of resource that it is about, behind ``terraform:`` or ``cloudformation:``; else None.
        each: Where the things are.
        fields: What is taken of each, by name.
    """

    name: str
    kind: str
    fields: tuple[tuple[str, Any], ...] = field(repr=False)
    when: Any = field(default=None, repr=False)
    resource: str | None = None
    each: str = ""

    @property
    def about(self) -> str | None:
        """``bucket`` or ``key`` where its fields name one of the two: what the policy of a resource is of."""
        named = {name for name, _ in self.fields} & {"bucket", "key"}
        return named.pop() if len(named) == 1 else None

    def fits(self, value: dict[str, Any]) -> bool:
        """Tell whether a file's value has this shape."""
        from jmespath.exceptions import JMESPathError

        try:
            found = self.when.search(value)
        except JMESPathError:
            return False
        return bool(found) or (found == 0 and found is not False)

    def take(self, value: Any) -> dict[str, Any]:
        """Return what it tells of one thing: those fields that are there."""
        from jmespath.exceptions import JMESPathError

        found = {}
        for name, expression in self.fields:
            try:
                taken = expression.search(value)
            except JMESPathError:
                continue
            if taken is not None:
                found[name] = taken
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """All rows: those of answers in order, those of resources by type."""

    answers: tuple[Shape, ...]
    resources: dict[str, tuple[Shape, ...]]

    @classmethod
    def of(cls, rows: Iterable[Shape]) -> Shapes:
        """Return rows as they are looked up."""
        listed = tuple(rows)
        resources: dict[str, tuple[Shape, ...]] = {}
        for row in listed:
            if row.resource is not None:
                resources[row.resource] = (*resources.get(row.resource, ()), row)
        return cls(answers=tuple(row for row in listed if row.resource is None), resources=resources)


@cache
def _own() -> tuple[Shape, ...]:
    text = text_beside("policygen.reading", "shapes.yaml")
    return _rows(text, "shapes.yaml")


def load_shapes(text: str | None = None, source: str = "shapes") -> Shapes:
    """Return the shapes that ship with the package, behind those of a user's file.

    Args:
        text: The user's file, or None.
        source: Its name.

    Raises:
        SourceError: PG-I005 for each row that cannot be used; it is no YAML.
    """
    return Shapes.of((*(() if text is None else _rows(text, source)), *_own()))


def _rows(text: str, source: str) -> tuple[Shape, ...]:
    root = parse_text(text, source)
    rows = root.get("shapes") if isinstance(root, Mapping) else None
    if not isinstance(rows, Sequence):
        hint = "write `shapes:`, and below it rows: `- {shape: …, when: Policy, kind: resource-policy, fields: {…}}`"
        raise SourceError(Problem(code="PG-I005", message="there is no list `shapes`", place=root.place, hint=hint))
    reader = _Reader()
    found = [reader.row(each) for each in rows.items]
    if reader.problems:
        raise SourceError(*reader.problems)
    return tuple(each for each in found if each is not None)


class _Reader:
    """Reads rows, collecting problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def _problem(self, message: str, place: Place, hint: str | None = None) -> None:
        self.problems.append(Problem(code="PG-I005", message=message, place=place, hint=hint))

    def row(self, node: Node) -> Shape | None:
        if not isinstance(node, Mapping):
            self._problem("a shape is a mapping", node.place)
            return None
        for key, _ in node:
            if key.text not in _ROW:
                self._problem(f"unknown field `{key.text}`", key.place, f"the fields are {', '.join(_ROW)}")
        texts = {key.text: value.text for key, value in node if isinstance(value, Scalar)}
        kind, fields = texts.get("kind", ""), node.get("fields")
        if kind not in KINDS:
            self._problem(f"`{kind}` is not a kind", node.place, f"the kinds are {', '.join(KINDS)}")
        if sum(name in texts for name in ("when", "terraform", "cloudformation")) != 1:
            self._problem("a shape has one of `when`, `terraform`, `cloudformation`", node.place)
        if not isinstance(fields, Mapping):
            self._problem("a shape has a mapping `fields`", node.place)
            return None
        when = self._compiled(node.get("when")) if "when" in texts else None
        taken = tuple((key.text, self._compiled(value)) for key, value in fields)
        tools = [f"{tool}:{texts[tool]}" for tool in ("terraform", "cloudformation") if tool in texts]
        resource = tools[0] if tools else None
        return Shape(
            name=texts.get("shape") or (resource or "").partition(":")[2],
            kind=kind,
            fields=taken,
            when=when,
            resource=resource,
            each=texts.get("each", ""),
        )

    def _compiled(self, node: Node | None) -> Any:
        import jmespath

        text = node.text if isinstance(node, Scalar) else ""
        try:
            return jmespath.compile(text)
        except Exception as error:  # the library lets Python's own errors through
            message = f"`{text}` is no JMESPath expression: {str(error).splitlines()[0] if str(error) else 'empty'}"
            self._problem(message, node.place if node is not None else Place())
            return None
