"""Is every condition of the documents needed?

A condition of an Allow is needed when, without it, some request that must be denied is allowed, judged by that
document alone (in another account the caller's own policies are not ours to rely on, E36). A condition of a Deny is
needed when, without it, some request that must be allowed is denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policygen.document import PolicyDocument
from policygen.document.model import Effect, Statement
from policygen.errors import Severity
from policygen.evaluation.statements import compile_statements
from policygen.verification.checks import Check, configuration_check
from policygen.verification.documents import Documents
from policygen.verification.requests import DerivedRequest
from policygen.verification.similarity import most_similar
from policygen.verification.statements import condition_element, conditions_of, statements_of
from policygen.verification.unused.alone import Applies, applies_alone, granting_policies, statement_alone


def condition_checks(documents: Documents, generated: Documents, requests: Sequence[DerivedRequest]) -> Iterator[Check]:
    """Yield a check for each condition; a condition that no request needs fails.

    One that the generated statement does not have is somebody's own, on top of what is asked: a warning.
    """
    for path, document, asked in granting_policies(documents, requests):
        written, wanted = statements_of(document), statements_of(generated.policies.get(path))
        compiled = compile_statements(document, path)
        for statement in document.statements:
            others = [
                applies_alone(each)
                for each in compiled
                if each.statement.index != statement.index and each.statement.effect is statement.effect
            ]
            ours = {key.lower() for _, key, _ in conditions_of(most_similar(written[statement.index], wanted))}
            for number, entry in enumerate(statement.condition):
                element = condition_element(entry.operator, entry.key)
                yield configuration_check(
                    f"{path}/{statement.label}/{element}",
                    f"`{entry.operator}` `{entry.key}` of `{statement.label}` is needed",
                    _is_needed(document, statement, number, asked, others),
                    severity=Severity.ERROR if entry.key.lower() in ours else Severity.WARNING,
                    detail="no request of this spec is decided by it",
                    document=path,
                    statement=statement.label,
                    element=element,
                    facts=("E36",),
                )


def _is_needed(
    document: PolicyDocument,
    statement: Statement,
    number: int,
    asked: Sequence[DerivedRequest],
    others: Sequence[Applies],
) -> bool:
    without = statement.condition[:number] + statement.condition[number + 1 :]
    bare, full = statement_alone(document, replace(statement, condition=without)), statement_alone(document, statement)
    allows = statement.effect is Effect.ALLOW
    undecided = (each.request for each in asked if each.must_allow is not allows)
    return any(
        bare(request) and not full(request) and not any(applies(request) for applies in others) for request in undecided
    )
