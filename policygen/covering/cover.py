"""Looking at what every statement does with every request that tests ask."""

from __future__ import annotations

from policygen.covering.result import Coverage, PolicyCoverage, StatementCoverage, ValueCoverage
from policygen.covering.values import Value, can_fail, values_of
from policygen.evaluation.authorize import situation_of
from policygen.evaluation.results.traces import NOT_APPLICABLE, ElementTrace
from policygen.evaluation.results.verdict import EvalDecision, PolicyType
from policygen.evaluation.situation import Situation, Traced
from policygen.evaluation.statements import compile_statements
from policygen.scenario.questions import Asked, Question, TestedPolicy, key_of


class _Statement:
    """One statement, and what was seen of it so far."""

    def __init__(self, label: str, values: tuple[Value, ...]) -> None:
        self.label = label
        self.values = values
        self.decided = False
        self.held: set[int] = set()
        self.failed: set[int] = set()

    def look(self, traced: Traced, situation: Situation) -> None:
        """Note what a request shows of the statement."""
        failed = traced.trace.failed
        if len(failed) > 1:
            return
        for number, value in enumerate(self.values):
            if not failed:
                if number not in self.held and (value.negated or value.meets(situation.judged)):
                    self.held.add(number)
            elif number not in self.failed and _is_of(value, failed[0]):
                if not value.negated or value.meets(situation.judged):
                    self.failed.add(number)

    def coverage(self, tested: TestedPolicy) -> StatementCoverage:
        """Return what was seen; whether a value can fail is asked where none was seen to."""
        values = (
            ValueCoverage(
                element=value.element,
                value=value.value,
                held=number in self.held,
                failed=number in self.failed,
                can_fail=number in self.failed or can_fail(value, tested),
            )
            for number, value in enumerate(self.values)
        )
        return StatementCoverage(statement=self.label, decided=self.decided, values=tuple(values))


def _is_of(value: Value, element: ElementTrace) -> bool:
    return value.trace == (element.element, element.operator, element.key)


def cover(asked: Asked) -> Coverage:
    """Return what of the policies that tests are about some test exercises.

    Raises:
        DocumentError: A policy cannot be judged (PG-D007, PG-D009).
    """
    found = []
    situations: dict[int, Situation] = {}
    for name, (tested, questions) in zip(asked.names(), asked.policies, strict=True):
        seen = _statements(tested)
        for question in questions:
            if id(question) not in situations:
                situations[id(question)] = situation_of(question.policies, question.request)
            _look(tested, seen, question, situations[id(question)])
        covered = tuple(each.coverage(tested) for each in seen)
        found.append(PolicyCoverage(policy=name, document=tested.document, of_statements=covered))
    return Coverage(policies=tuple(found))


def _statements(tested: TestedPolicy) -> list[_Statement]:
    document = tested.document
    compiled = compile_statements(document, document.source)
    return [_Statement(each.statement.label, values_of(each, document)) for each in compiled]


def _look(tested: TestedPolicy, seen: list[_Statement], question: Question, situation: Situation) -> None:
    """Note what a request shows of the statements of a policy."""
    key = key_of(tested.document)
    own = [each for each in question.policies.policies() if key_of(each.document) == key]
    statements = {id(one): mine for each in own for one, mine in zip(each.statements, seen, strict=True)}
    decided = {(each.policy_type, each.policy, each.index) for each in situation.verdict.matched}
    allowed = situation.verdict.decision is EvalDecision.ALLOWED
    for traced in situation.statements:
        mine = statements.get(id(traced.compiled))
        if mine is not None and traced.layer.outcome != NOT_APPLICABLE:
            mine.decided |= _place(traced) in decided or (allowed and traced.allows and _limits(traced))
            mine.look(traced, situation)


_GIVING = (PolicyType.IDENTITY_BASED, PolicyType.RESOURCE_BASED, PolicyType.GRANT)


def _limits(traced: Traced) -> bool:
    """Tell whether a policy is of a type that only limits: its Allow decides where what it lets through is allowed."""
    return traced.layer.policy_type not in _GIVING


def _place(traced: Traced) -> tuple[PolicyType, str, int]:
    return traced.layer.policy_type, traced.trace.policy, traced.trace.index
