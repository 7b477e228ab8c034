"""The Condition element: operators, value types, and whether a condition holds for a request's context."""

from policygen.matching.conditions.evaluate import CompiledCondition, ConditionReason, compile_condition
from policygen.matching.conditions.operators import parse_operator

__all__ = ["CompiledCondition", "ConditionReason", "compile_condition", "parse_operator"]
