"""Policies of a spec that are too large for their quota, made smaller without changing what they allow and deny."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.generator import GeneratedDocument, over_quota
from policygen.proofs import kind_of, why_not_same
from policygen.proofs.rewriting import Elements, merged, shortened, without_sids

_STEPS: tuple[Callable[[list[Elements]], list[Elements]], ...] = (merged, shortened, without_sids)


def fit(documents: Sequence[GeneratedDocument]) -> tuple[GeneratedDocument, ...]:
    """Return the documents with those over their quota minimised: as many steps as are needed, each proved.

    One that would be too large even in its smallest form comes back in it, for the quota's check to refuse; nothing is
    proved of it.
    """
    return tuple(_fitting(each) if each.policy is not None and over_quota([each]) else each for each in documents)


def _fitting(document: GeneratedDocument) -> GeneratedDocument:
    smallest = reduce(_after, _STEPS, document)
    if over_quota([smallest]):
        return smallest
    for step in _STEPS:
        if not over_quota([document]):
            break
        made = _after(document, step)
        old, new = (parse_policy(thaw(each.value), each.path) for each in (document, made))
        if not why_not_same([old], [new], kind_of(old)):
            document = replace(made, policy=new)
    return document


def _after(document: GeneratedDocument, step: Callable[[list[Elements]], list[Elements]]) -> GeneratedDocument:
    """Return a policy with its statements as a step makes them; it is parsed once it is proved."""
    value = thaw(document.value)
    return replace(document, value=value | {"Statement": step(list(value["Statement"]))})
