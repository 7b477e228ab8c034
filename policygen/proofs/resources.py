"""The field of resources: which of a policy's patterns can hold together, and which resources an action takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from policygen.aws.arns import is_account_id
from policygen.matching.arns import COLONS, arn_steps, compile_arn, compile_resource, complete_fields, fields_of
from policygen.matching.overlap import overlap
from policygen.matching.wildcards import ANY, Matcher, Step, Tokens, Wildcard, glob_steps, text_of, tokens_of
from policygen.proofs.automaton import JointAutomaton, TooRichError, union
from policygen.proofs.fields import Field
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import Taken

_ACCOUNT = 4
_SOME: list[Step] = [("one", ""), ("star-in-field", "")]


def resource_field(
    kind: Kind,
    patterns: Mapping[Tokens, frozenset[object]],
    partitions: Sequence[str],
    services: Sequence[str],
    taken: Iterable[Taken] = (),
    on: Sequence[str] = (),
) -> Field:
    """Return the resources that patterns tell apart; for policies that do not stand on one, none (``*``) as well.

    Args:
        kind: What the policies are.
        patterns: Their patterns, each with the elements that list it.
        partitions: The partitions whose resources are told apart.
        services: The services; an empty text for any.
        taken: Resources that some actions take, which are told apart from others, too.
        on: The only resources there are, as ARNs with a ``*`` at their end at most; any when none is given.

    Raises:
        TooRichError: There are too many.
    """
    literals = [text for each in patterns if (text := literal_resource(each)) is not None]
    if on:
        only = [resource_matcher(tokens_of(each)) for each in on]
        literals = [each for each in literals if any(matches(each) for matches in only)]
    shapes = [
        [*_literal(f"arn:{partition}:"), *(_literal(service) if service else _SOME), *_rest(service)]
        for partition in partitions
        for service in services
    ]
    wild = {each: own for each, own in patterns.items() if literal_resource(each) is None}
    classes = [(_steps_of(each.arns), _steps_of(each.others)) for each in taken if each.arns]
    classes += [(_steps_of(each.unnamed), []) for each in taken if set(each.unnamed) - {"*"}]
    automaton = JointAutomaton(map(resource_steps, wild), shapes=shapes, elements=wild.values(), classes=classes)
    try:
        prefixes = [each[:-1] for each in on if each.endswith("*")] if on else ["arn:"]
        found = [text for each in prefixes for text in automaton.witnesses(each, literals)]
    except TooRichError:
        raise TooRichError("Resource") from None
    return Field(
        "Resource",
        tuple(dict.fromkeys([*literals, *found, *([] if kind.is_of_resource or kind is Kind.RCP else ["*"])])),
    )


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
