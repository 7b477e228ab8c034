"""A policy under validation: its nodes, its type, and a notebook for findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policygen.errors import Place
from policygen.lint.findings import Finding, Locator, learn_more
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

IDENTITY_TYPES = frozenset({"identity", "boundary", "session"})
"""Policy types that stand on a principal: no Principal element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One text of an element that may be a text or a list of texts."""

    text: str
    place: Place


class Policy:
    """One document and what was found in it."""

    def __init__(self, root: Mapping, text: str, policy_type: str, resource_type: str | None) -> None:
        """Hold the document's nodes and how it is judged."""
        self.root = root
        self.text = text
        self.type = policy_type
        self.resource_type = resource_type
        self.findings: list[Finding] = []
        self._locator = Locator(text)

    @property
    def has_variables(self) -> bool:
        """Whether ``${…}`` is a variable in this document (E121)."""
        version = self.root.get("Version")
        return isinstance(version, Scalar) and version.text == "2012-10-17"

    @property
    def is_key_policy(self) -> bool:
        """Whether it is judged as a KMS key policy."""
        return self.resource_type == "AWS::KMS::Key"

    @property
    def is_bucket_policy(self) -> bool:
        """Whether it is judged as an S3 bucket policy."""
        return self.resource_type == "AWS::S3::Bucket"

    def add(self, finding_type: str, code: str, details: str, place: Place, link: str | None = None) -> None:
        """Note a finding."""
        self.findings.append(
            Finding(
                finding_type=finding_type,
                issue_code=code,
                details=details,
                learn_more_link=link or learn_more(finding_type, code),
                pointer=place.pointer,
                line=place.line or 1,
                column=place.column or 1,
                locations=(self._locator.location(place),),
            )
        )

    def error(self, code: str, details: str, place: Place, link: str | None = None) -> None:
        """Note an ERROR."""
        self.add("ERROR", code, details, place, link)

    def statements(self) -> Iterator[Mapping]:
        """Yield the statements that are JSON objects."""
        node = self.root.get("Statement")
        nodes = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
        yield from (each for each in nodes if isinstance(each, Mapping))


def texts(node: Node | None) -> Iterator[Element]:
    """Yield the texts of an element that is a text or a list of texts."""
    nodes = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
    yield from (Element(text=each.text, place=each.place) for each in nodes if isinstance(each, Scalar))


def effect_of(statement: Mapping) -> str:
    """Return a statement's Effect as text; empty when it has none."""
    effect = statement.get("Effect")
    return effect.text if isinstance(effect, Scalar) else ""


def conditions(statement: Mapping) -> Iterator[tuple[Scalar, Scalar, Node]]:
    """Yield every (operator, key, values) of a statement's conditions."""
    block = statement.get("Condition")
    for operator, keys in block if isinstance(block, Mapping) else ():
        for key, values in keys if isinstance(keys, Mapping) else ():
            yield operator, key, values
