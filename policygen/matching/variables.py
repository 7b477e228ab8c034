"""Policy variables: ``${key}``, ``${key, 'default'}`` and the escapes ``${*}``, ``${?}``, ``${$}``.

A value of an element is compiled into a template once; a template without variables is a plain pattern.

Fact: E121, E172, E173, E175, E175a, E176, E177, E178, E179
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from policygen.matching.wildcards import Tokens, Wildcard, joined, tokens_of
from policygen.request.condition_keys import is_multivalued
from policygen.request.context import ContextValue

_PART = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"([^,]*),\s*'(.*)'\s*\Z", re.DOTALL)
_ESCAPES = ("*", "?", "$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A reference to a context key.

    Attributes:
        key: The key's name in lower case: names match without regard to case.
        default: The text that stands in when the key is absent, or None.
    """

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A value of a policy element.

    Attributes:
        text: The value as written.
        parts: Literal texts, wildcards and variables in order.
        has_variables: Whether there is a variable among the parts.
    """

    text: str
    parts: tuple[str | Wildcard | Variable, ...]
    has_variables: bool

    def resolve(self, context: Mapping[str, ContextValue]) -> Tokens | None:
        """Return the pattern with every variable replaced; None when one has no value and no default.

        Unspecified: AWS does not say whether ``*`` inside a variable's value acts as a wildcard; here it is literal.
        """
        resolved: list[str | Wildcard] = []
        for part in self.parts:
            if isinstance(part, Variable):
                value = variable_value(part, context)
                if value is None:
                    return None
                resolved.append(value)
            else:
                resolved.append(part)
        return joined(resolved)

    def variable_keys(self) -> frozenset[str]:
        """Return the context keys that the value refers to, in lower case."""
        return frozenset(part.key for part in self.parts if isinstance(part, Variable))


def variable_value(variable: Variable, context: Mapping[str, ContextValue]) -> str | None:
    """Return the text that a variable stands for; None when it has no value: absent, empty or several values."""
    found = context.get(variable.key)
    if found is None or not found.values:
        return variable.default
    if len(found.values) != 1 or is_multivalued(variable.key):
        return None
    return found.values[0]


def compile_template(text: str, *, variables: bool, wildcards: bool = True) -> Template:
    """Return the template of one value.

    Args:
        text: The value as written.
        variables: Whether ``${…}`` is a variable here: Version 2012-10-17 and an element that takes variables.
        wildcards: Whether ``*`` and ``?`` are wildcards here.

    A ``${`` without its brace is literal text; a name that is no context key simply never has a value.
    """

    def plain(piece: str) -> Tokens:
        return tokens_of(piece) if wildcards else (piece,)

    if not variables or "${" not in text:
        return Template(text=text, parts=joined(plain(text)), has_variables=False)
    parts: list[str | Wildcard | Variable] = []
    end = 0
    for match in _PART.finditer(text, 0, text.rfind("}") + 1):  # behind the last brace every search would be in vain
        parts.extend(plain(text[end : match.start()]))
        parts.append(_part(match.group(1)))
        end = match.end()
    parts.extend(plain(text[end:]))
    if any(isinstance(part, Variable) for part in parts):
        return Template(text=text, parts=tuple(part for part in parts if part != ""), has_variables=True)
    literal = joined(part for part in parts if not isinstance(part, Variable))
    return Template(text=text, parts=literal, has_variables=False)


def _part(inside: str) -> str | Variable:
    if inside in _ESCAPES:
        return inside
    with_default = _DEFAULT.match(inside)
    if with_default:
        return Variable(key=with_default.group(1).strip().lower(), default=with_default.group(2))
    return Variable(key=inside.strip().lower())


def static_tokens(template: Template) -> Tokens:
    """Return the pattern of a template that has no variables."""
    return tuple(part for part in template.parts if not isinstance(part, Variable))
