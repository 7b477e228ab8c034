"""What an environment knows of caller and resource beside what a request states: tags, aliases, kinds of keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from policygen.document.parse import parse_policy
from policygen.evaluation.policies import Policies
from policygen.evaluation.situation import is_hidden_tag
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.proofs.automaton import TooRichError
from policygen.proofs.boxes import Box
from policygen.proofs.fields import NO, YES, OneValue
from policygen.proofs.space import Space
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

Values = tuple[tuple[str, tuple[str, ...]], ...]
"""Condition keys in lower case, with their values."""


class Known(NamedTuple):
    """What is known.

    Attributes:
        always: What no request can state otherwise.
        default: What a key has where a request does not state it: a session may have tags of its own.
    """

    always: Values = ()
    default: Values = ()

    @classmethod
    def of(cls, completed: Request) -> Known:
        """Return what is known of the caller and resource of a completed request."""
        beside = tuple((each.name.lower(), each.values) for each in completed.known)
        tags = tuple((f"aws:principaltag/{key.lower()}", (value,)) for key, value in completed.principal.tags)
        is_user = completed.principal.kind is PrincipalKind.USER
        return cls(always=beside + tags) if is_user else cls(always=beside, default=tags)

    def contradicts(self, request: Request) -> bool:
        """Tell whether a request states what it cannot."""
        fixed = {key for key, _ in self.always}
        return any(each.name.lower() in fixed for each in request.stated)

    def named(self, asked: Collection[str]) -> Iterator[CompiledStatement]:
        """Yield statements of no policy that name the known values of some keys, so that a space tells them apart."""
        for key, values in (*self.always, *self.default):
            if key in asked and values:
                statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
                document = {"Statement": statement | {"Condition": {"StringEquals": {key: list(values)}}}}
                yield from compile_statements(parse_policy(document), "what is known")


class Sight:
    """The boxes of a space as one side sees them: what is known there needs not be asked for."""

    def __init__(self, space: Space, known: Known, policies: Policies) -> None:
        """Find the fields of which something is known; a space must tell the values apart.

        Raises:
            TooRichError: A key that a session may state has too many patterns; the error names it.
        """
        self._space = space
        hidden = tuple((key, ()) for key in space.keys if is_hidden_tag(key, policies))
        self._always = dict(self._fields((*hidden, *known.always)))
        self._default = dict(self._fields(known.default))
        rich = [space.fields[each].name for each in self._default if each in space.aside]
        if rich:
            raise TooRichError(rich[0])

    def _fields(self, values_of: Values) -> Iterator[tuple[int, int]]:
        """Yield the fields of some keys with the atom that each key has."""
        for key, values in values_of:
            field = self._space.keys.get(key)
            if isinstance(field, OneValue):
                yield field.number, 1 << field.field.index[values[0] if values else None]
                aside = self._space.aside.get(field.number)
                absent = dict.fromkeys(aside.questions.values(), NO) if aside else {}
                yield from (aside.answers_of(values[0]) if aside and values else absent).items()
            elif field is not None:
                yield from ((field.first + at, YES if each in values else NO) for at, each in enumerate(field.values))

    def seen(self, box: Box) -> Iterator[Box]:
        """Yield a box without what is known; nothing where that does not fit."""
        if not self._always and not self._default:
            yield box
            return
        masks = list(self._space.layout.masks(box))
        for number, atoms in self._always.items():
            if not masks[number] & atoms:
                return
            masks[number] = self._space.fields[number].full
        for number, atoms in self._default.items():
            masks[number] = masks[number] & ~1 | bool(masks[number] & atoms)  # absent is what it is by default
            if not masks[number]:
                return
        yield self._space.layout.box(dict(enumerate(masks)))
