"""The field of resources: which of a policy's patterns can hold together, and which resources an action takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from policygen.aws.arns import COLONS, is_account_id
from policygen.matching.arns import arn_steps, compile_arn, compile_resource, complete_fields, fields_of
from policygen.matching.overlap import overlap
from policygen.matching.wildcards import (
    ANY,
    ONE,
    Matcher,
    Step,
    Tokens,
    Wildcard,
    glob_steps,
    joined,
    text_of,
    tokens_of,
)
from policygen.proofs.automaton import JointAutomaton, TooRichError, union
from policygen.proofs.fields import Field
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import Taken
from policygen.proofs.search import Search

_ACCOUNT = 4
_NAME, _PREFIX = "Resource", "arn:"
_SOME: list[Step] = [("one", ""), ("star-in-field", "")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What tells the resources of some policies apart.

    Attributes:
        kind: What the policies are.
        patterns: Their patterns, each with the elements that list it.
        partitions: The partitions whose resources are told apart.
        services: The services; an empty text for any.
        taken: Resources that some actions take, which are told apart from others, too.
        on: The only resources there are, as ARNs with a ``*`` at their end at most; any when none is given.
    """

    kind: Kind
    patterns: Mapping[Tokens, frozenset[object]]
    partitions: Sequence[str]
    services: Sequence[str]
    taken: Iterable[Taken] = ()
    on: Sequence[str] = ()

    def field(self, aside: Collection[Tokens] = (), *, few: bool = False) -> Field:
        """Return the resources; for policies that do not stand on one, none (``*``) as well.

        Args:
            aside: Patterns that are not looked at.
            few: Whether to give up early.

        Raises:
            TooRichError: There are too many.
        """
        wild, literals = self._wild(aside), self._literals()
        automaton = JointAutomaton(
            map(resource_steps, wild), shapes=self._shapes(), elements=wild.values(), classes=self._classes()
        )
        try:
            prefixes = [each[:-1] for each in self.on if each.endswith("*")] if self.on else [_PREFIX]
            found = [text for each in prefixes for text in automaton.witnesses(each, literals, few=few)]
        except TooRichError:
            raise TooRichError(_NAME) from None
        nothing = [] if self.kind.is_of_resource or self.kind is Kind.RCP else ["*"]
        return Field(_NAME, tuple(dict.fromkeys([*literals, *found, *nothing])))

    def rich(self) -> list[Tokens]:
        """Return the patterns that may hold together with any others: they go on behind a star."""
        return [each for each in self._wild() if ANY in complete_fields(fields_of(each))[-1][:-1]]

    def search(self, aside: Sequence[Tokens]) -> Search:
        """Return the search for resources of an atom that meet some of the patterns aside, and not others."""
        wild = [(resource_steps(each), own) for each, own in self._wild(aside).items()]
        steps = map(resource_steps, aside)
        shapes = [resource_steps((each[:-1], ONE, ANY)) for each in self.on if each.endswith("*")] or self._shapes()
        literals = self._literals()
        return Search(_NAME, wild, steps, shapes=shapes, classes=self._classes(), literals=literals, prefix=_PREFIX)

    def _wild(self, aside: Collection[Tokens] = ()) -> dict[Tokens, frozenset[object]]:
        """Return the patterns with wildcards; of those aside, what stands in front of the last field."""
        found = {each: own for each, own in self.patterns.items() if literal_resource(each) is None}
        for each in aside:
            front = [token for field in complete_fields(fields_of(each))[:-1] for token in (*field, ":")]
            wide = joined([*front, ANY])
            found[wide] = found.get(wide, frozenset()) | {wide}
        return {each: own for each, own in found.items() if each not in aside}

    def _literals(self) -> list[str]:
        found = [text for each in self.patterns if (text := literal_resource(each)) is not None]
        only = [resource_matcher(tokens_of(each)) for each in self.on]
        return [each for each in found if any(matches(each) for matches in only)] if only else found

    def _shapes(self) -> list[list[Step]]:
        return [
            [*_literal(f"arn:{partition}:"), *(_literal(service) if service else _SOME), *_rest(service)]
            for partition in self.partitions
            for service in self.services
        ]

    def _classes(self) -> list[tuple[list[list[Step]], list[list[Step]]]]:
        found = [(_steps_of(each.arns), _steps_of(each.others)) for each in self.taken if each.arns]
        return found + [(_steps_of(each.unnamed), []) for each in self.taken if set(each.unnamed) - {"*"}]


def _literal(text: str) -> list[Step]:
    return [("literal", char) for char in text]


def _rest(service: str) -> list[Step]:
    """Return the fields of an ARN behind the service; of KMS, of keys."""
    empty: list[Step] = [("literal", ":"), ("star-in-field", "")]
    last: list[Step] = [("one-anywhere", ""), ("star", "")]
    return [*empty, *empty, ("literal", ":"), *(_literal("key/") if service == "kms" else []), *last]


def _steps_of(forms: Iterable[str]) -> list[list[Step]]:
    return [resource_steps(tokens_of(each)) for each in forms if each != "*"]


def literal_resource(tokens: Tokens) -> str | None:
    """Return the only resource that a pattern matches; None where there are several."""
    text = text_of(tokens)
    literal = not any(isinstance(each, Wildcard) for each in tokens) and text.count(":") >= COLONS
    return text if literal else None


def resource_steps(tokens: Tokens) -> list[Step]:
    """Return a pattern of resources as an automaton's steps."""
    return glob_steps(tokens) if tokens == (ANY,) else arn_steps(tokens, crossing=_crosses(tokens))


def resource_matcher(tokens: Tokens) -> Matcher:
    """Return the matcher of a pattern of resources, as proofs read it."""
    return compile_resource(tokens) if tokens == (ANY,) or _crosses(tokens) else compile_arn(tokens)


@cache
def _crosses(tokens: Tokens) -> bool:
    """Tell whether a ``*`` that ends a field is meant to run on past the colon.

    It is where the pattern could match nothing otherwise, for what stands in the account's field is no account:
    ``arn:aws:lambda:*:function:name``. In any other pattern it would match only resources whose names look like the
    rest of an ARN (``arn:aws:sqs:::a:b`` by ``arn:aws:sqs:*:*:b``); requests for these are left out of proofs.
    """
    account = text_of(complete_fields(fields_of(tokens))[_ACCOUNT])
    return not any(overlap(account, each) for each in ("", "?" * 12, "aws")) or not (
        "?" in account or "*" in account or account in ("", "aws") or is_account_id(account)
    )


def taken_of(field: Field, taken: Taken, *, on_resource: bool) -> int:
    """Return the resources of a field that calls may name; ``on_resource``: only the calls that name one."""
    within, others = (_any_of(field, each) for each in (taken.arns, taken.others))
    return within & ~others | (0 if on_resource else _any_of(field, taken.unnamed))


def _any_of(field: Field, forms: Iterable[str]) -> int:
    """Return the resources of some forms; ``*`` is this text, which stands for none."""
    nothing = 1 << field.index["*"] if "*" in field.index else 0
    return union(nothing if each == "*" else field.matching(tokens_of(each), resource_matcher) for each in forms)


def may_name(taken: Taken, resource: str) -> bool:
    """Tell whether a call may name a resource, or ``*`` for none."""
    only = Field("Resource", (resource,))
    return bool(taken_of(only, taken, on_resource=False))
