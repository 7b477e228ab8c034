"""The resource types that an action takes, as records name them: read once for each action.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from policygen.aws.arns import COLONS, FIELDS
from policygen.catalog.reference import Action, ResourceType
from policygen.events.calls import Parameter, known_action, parameters_of
from policygen.matching.overlap import covers
from policygen.matching.wildcards import Matcher, compile_glob, tokens_of

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}|<([^>]*)>|\*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A resource type that an action takes.

    Attributes:
        name: Its name in the reference.
        fields: The fields of its ARN as the reference writes them; empty where its ARNs cannot be put together.
        names: The names of what varies in the last of them.
        parameters: The request parameters that may stand for each.
        between: The text before, between and behind them.
        of_s3: Whether the action is one of S3, in whose ARNs a slash tells objects from buckets.
        beginning: What the last field begins with.
        forms: What an ARN's fields must match, each as a pattern with its matcher; those that may be anything left out.
    """

    name: str
    fields: tuple[str, ...]
    names: tuple[str, ...]
    parameters: tuple[tuple[Parameter, ...], ...]
    between: tuple[str, ...]
    of_s3: bool
    beginning: str
    forms: tuple[tuple[int, str, Matcher], ...]

    @classmethod
    def of(cls, service: str, action: Action, kind: ResourceType) -> Kind:
        """Return a type as records of calls to a service name it."""
        written, form = kind.arn.split(":", COLONS), kind.fields
        is_whole = len(written) == FIELDS and written[0] == "arn" and "${" not in written[2]
        names, between = _taken_apart(written[-1])
        return cls(
            name=kind.name,
            fields=tuple(written) if is_whole else (),
            names=names,
            parameters=tuple(_parameters(service, kind.name, each) for each in names),
            between=between,
            of_s3=action.name.startswith("s3:"),
            beginning=form[-1].partition("*")[0],
            forms=tuple(
                (number, each, compile_glob(tokens_of(each))) for number, each in enumerate(form) if each != "*"
            ),
        )

    def holds(self, fields: Sequence[str]) -> bool:
        """Tell whether an ARN of six fields is of this type; in S3 no object is a bucket."""
        if self.of_s3 and fields[2] == "s3" and not fields[4]:
            return self.name == ("object" if "/" in fields[5] else "bucket")
        return fields[5].startswith(self.beginning) and all(
            _fits(form, matches, fields[number]) for number, form, matches in self.forms
        )

    def put(self, values: Iterable[str]) -> str:
        """Return the last field of an ARN with values in the place of what varies."""
        first, *rest = self.between
        return first + "".join([value + text for value, text in zip(values, rest, strict=True)])


def _fits(form: str, matches: Matcher, field: str) -> bool:
    return covers(form, field) if "*" in field or "?" in field else matches(field)


@lru_cache(maxsize=8192)
def kinds_of(service: str, action: str) -> tuple[Kind, ...]:
    """Return the resource types that an action takes, as records of calls to a service name them."""
    known = known_action(action)
    return () if known is None else tuple(Kind.of(service, known, each) for each in known.resource_types.values())


def _taken_apart(resource: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of what varies in the last field of an ARN, and the text around them."""
    names, between, end = [], [""], 0
    for match in _PLACEHOLDER.finditer(resource):
        between[-1] += resource[end : match.start()]
        end = match.end()
        name = match.group(1) or match.group(2)
        if name:
            names.append(name)
            between.append("")
        else:
            between[-1] += "*"
    between[-1] += resource[end:]
    return tuple(names), tuple(between)


def _parameters(service: str, kind: str, name: str) -> tuple[Parameter, ...]:
    return tuple(map(Parameter.of, parameters_of(service, kind, name)))
