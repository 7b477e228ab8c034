"""Whether policies give the same access whatever else is attached beside them.

This is more than the same answers of the policies alone, which :mod:`policygen.proofs.compare` proves with a request
for each difference: another policy may allow what one of these denies, and a boundary or session policy limits what a
role is given but not what is given to everybody. So what is denied is the same, and what is allowed beside it is, in
each capacity in which callers are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from policygen.document.model import PolicyDocument
from policygen.evaluation.public_access import is_public_statement
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.principals import PrincipalMatch, PrincipalMatcher
from policygen.proofs.automaton import TooRichError
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.compare import why_ended
from policygen.proofs.kinds import EVERYBODY, Kind
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.space import Space

Policies = Sequence[PolicyDocument]
"""Policies that are attached together: what their statements say counts, not in which of them it stands."""


def readings(space: Space, statement: CompiledStatement) -> tuple[list[Box], ...]:
    """Return where a statement applies, once for each way of reading it that something beside it may ask for.

    An Allow is read by the capacity in which it names the caller; a Deny as it stands, and as it meets callers with a
    permissions boundary, whom NotPrincipal does not spare.

    Raises:
        TooRichError: The space has no field for something that it asks.

    Fact: E13, E16, E20, E27
    """
    kind = space.kind
    if statement.denies:
        spares = kind.is_of_resource and statement.statement.not_principal is not None
        return space.boxes(statement), space.boxes(_of_everybody(statement) if spares else statement)
    if kind.is_of_resource or kind is Kind.RCP:
        return tuple(space.boxes(statement, each) for each in PrincipalMatch if each)
    return (space.boxes(statement),)


def _of_everybody(statement: CompiledStatement) -> CompiledStatement:
    written = replace(statement.statement, principal=EVERYBODY, not_principal=None)
    return replace(statement, statement=written, principal=PrincipalMatcher(EVERYBODY))


def why_not_same(
    old: Policies, new: Policies, kind: Kind, reference: Reference = NOTHING_KNOWN, *, closed: bool = False
) -> str:
    """Return why it is not proved that policies give the same access; an empty text where it is.

    What both have is left out first: where the rest is the same, the whole is, and small proofs need few steps.

    Args:
        old: Policies.
        new: Other policies of the same kind.
        kind: The kind.
        reference: What is known of actions: what no call can name or carry is left out.
        closed: Whether a wildcard stands for no more than the actions that the reference knows.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009).
    """
    if kind is Kind.RESOURCE and _is_public(old) != _is_public(new):
        return "whether the policy counts as public would change"  # S3 Block Public Access asks that
    before, after = _by_meaning(old), _by_meaning(new)
    rest = [each for key, each in before.items() if key not in after]
    other = [each for key, each in after.items() if key not in before]
    if not rest and not other:
        return ""
    sides = [(rest, other)] if rest and other else []
    for one, two in (*sides, ([*before.values()], [*after.values()])):
        space, why = None, ""
        try:
            space = Space(kind, [one, two], reference=reference, closed=closed)
            why = _difference(space, one, two)
        except TooRichError as error:
            why = why_ended(error, space)
        if not why:
            break
    return why


def _is_public(policies: Policies) -> bool:
    return any(is_public_statement(each) for policy in policies for each in policy.statements)


def _by_meaning(policies: Policies) -> dict[object, CompiledStatement]:
    """Return the statements, by everything that counts of them."""
    return {
        (replace(each.statement, sid=None, index=0), policy.has_variables): each
        for policy in policies
        for each in compile_statements(policy, policy.source)
    }


def _difference(space: Space, old: Sequence[CompiledStatement], new: Sequence[CompiledStatement]) -> str:
    """Return in what policies differ; an empty text for nothing.

    Raises:
        TooRichError: The proof takes too many steps.
    """
    budget, outside = Budget(), space.outside
    denies = [_boxes(space, each, denying=True) for each in (old, new)]
    allows = [_boxes(space, each, denying=False) for each in (old, new)]
    denied = [*outside, *(denies[0][0] if denies[0] else ())]
    for what, sides, known in (("denied", denies, outside), ("allowed", allows, denied)):
        for one, other in zip_longest(*sides, fillvalue=[]):
            for more, less in ((one, other), (other, one)):
                if space.layout.difference(more, [*known, *less], budget):
                    return f"what is {what} would change"
    return ""


def _boxes(space: Space, statements: Iterable[CompiledStatement], *, denying: bool) -> list[list[Box]]:
    """Return the boxes of all Denies or Allows, for each way of reading them."""
    chosen = [readings(space, each) for each in statements if each.denies is denying]
    return [[box for boxes in alike for box in boxes] for alike in zip(*chosen, strict=True)]
