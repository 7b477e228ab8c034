"""A policy document as values.

The statements are what evaluation reads; ``written`` is the JSON value as it stood in the text (one string or
a list, element order, letter case, elements nobody knows), so that writing a parsed document gives the same
JSON back.
"""

from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from policygen.document.write import JsonValue, freeze, thaw, to_json
from policygen.errors import Problem


class Effect(Enum):
    """The Effect element; the values are case-sensitive (E128)."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalEntry:
    """One value of Principal or NotPrincipal; its kind is ``AWS``, ``Service`` … or ``*`` for the bare ``"*"``."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalElement:
    """A Principal or NotPrincipal element; its entries are OR-ed (E134)."""

    entries: tuple[PrincipalEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionEntry:
    """One operator with one condition key, both as written, and its values.

    The values are text, in order: JSON booleans as ``true``/``false``, numbers as written by Python.
    """

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, its elements by name, each None where it is missing; ``index`` counts from 0 in the document.

    Actions and resources are patterns; ``condition`` holds every (operator, key) pair in order: all must hold.
    """

    index: int
    effect: Effect
    sid: str | None = None
    principal: PrincipalElement | None = None
    not_principal: PrincipalElement | None = None
    action: tuple[str, ...] | None = None
    not_action: tuple[str, ...] | None = None
    resource: tuple[str, ...] | None = None
    not_resource: tuple[str, ...] | None = None
    condition: tuple[ConditionEntry, ...] = ()

    @property
    def label(self) -> str:
        """The Sid, or ``#index`` when there is none: how results name the statement."""
        return self.sid if self.sid else f"#{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument:
    """A parsed policy document.

    Attributes:
        source: Where it came from: a file name, or a name for a document given in memory.
        written: The document as it was written.
        unresolved: A problem for each function of a template (``Fn::Sub``, ``Ref`` …) that stands for a value: such a
            document can be read and written, and is refused where it would have to be judged.
    """

    source: str
    version: str | None
    id: str | None
    statements: tuple[Statement, ...]
    written: JsonValue = field(repr=False)
    unresolved: tuple[Problem, ...] = ()

    @property
    def has_variables(self) -> bool:
        """Whether ``${…}`` is a policy variable in this document: Version 2012-10-17 only.

        Fact: E121
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
        """
        return self.version == "2012-10-17"

    def __reduce__(self) -> tuple[object, ...]:
        """Let documents be pickled and copied: read-only mappings cannot, so plain values travel in their place."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return _restored, (values | {"written": thaw(self.written)},)

    def to_json(self) -> str:
        """Return the document as written: JSON, indent 4, no ASCII escapes, one newline at the end."""
        return to_json(self.written)


def _restored(values: dict[str, Any]) -> PolicyDocument:
    return PolicyDocument(**values | {"written": freeze(values["written"], values["source"])})
