"""The mutants of a policy: the policy with one small change each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches, unified_diff
from functools import lru_cache
from typing import Any

from policygen.catalog import KnownCalls
from policygen.document import PolicyDocument, parse_policy
from policygen.document.write import statement_list, thaw, to_json
from policygen.mutation.statements import changes

CALLS = KnownCalls()
"""What is known of AWS's actions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A policy with one change.

    Attributes:
        statement: The Sid or ``#index`` of the statement that is changed.
        index: Its place in the policy, from 0.
        operator: What is done: ``drop-statement``, ``widen-resource`` …
        text: The policy after it, as JSON.
    """

    statement: str
    index: int
    operator: str
    text: str

    def diff(self, original: PolicyDocument) -> str:
        """Return the change as a unified difference of the policy's JSON, indented."""
        name = original.source
        before, after = (text.splitlines() for text in (to_json(original.written), self.text))
        return "\n".join(unified_diff(before, after, name, name, lineterm="", n=2))


def mutants(document: PolicyDocument) -> Iterator[Mutant]:
    """Yield each mutant of a policy once, in the order of its statements."""
    written: dict[str, Any] = thaw(document.written)
    listed = statement_list(written)
    seen = {_meaning(written)}
    for number, statement in enumerate(listed):
        label = document.statements[number].label
        for change in changes(statement, similar_action):
            rest = [] if change.statement is None else [change.statement]
            value = written | {"Statement": [*listed[:number], *rest, *listed[number + 1 :]]}
            meaning = _meaning(value)
            if meaning not in seen:
                seen.add(meaning)
                yield Mutant(statement=label, index=number, operator=change.operator, text=to_json(value))


def _meaning(value: Mapping[str, Any]) -> str:
    """Return a policy as text in which one value and a list of one are the same."""
    return json.dumps(value, sort_keys=True).replace("[", "").replace("]", "")


@lru_cache(maxsize=4096)
def similar_action(action: str) -> str | None:
    """Return the action of the same service whose name is nearest; None for a pattern, or where none is known.

    Those whose names only go on are met where the action is widened.

    >>> similar_action("s3:GetObjectAcl")
    's3:PutObjectAcl'
    """
    if any(each in action for each in "*?"):
        return None
    service = action.partition(":")[0].lower()
    names = [each for each in CALLS.names(service) if not each.lower().startswith(action.lower())]
    return next(iter(get_close_matches(action, names, n=1, cutoff=0.6)), None)


def parsed(mutant: Mutant, original: PolicyDocument) -> PolicyDocument:
    """Return a mutant as a policy under the name of the original."""
    return parse_policy(mutant.text, original.source)
