"""The condition operators: one table, and reading an operator's name.

A name is ``[ForAllValues:|ForAnyValue:]BASE[IfExists]``. A negated operator is its positive twin with the outcome
turned round, so only the twin's comparison exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policygen.matching.conditions import comparisons
from policygen.matching.conditions.comparisons import Comparison


class ValueType(Enum):
    """What the values of an operator are read as."""

    STRING = "string"
    NUMERIC = "numeric"
    DATE = "date"
    BOOL = "Boolean"
    BINARY = "binary"
    IP_ADDRESS = "IP address"
    ARN = "ARN"
    NULL = "null check"


class SetOperator(Enum):
    """The prefixes for keys that hold several values (E225 to E228)."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOperator:
    """One operator without prefix and suffix.

    Attributes:
        name: As AWS spells it.
        value_type: What its values are read as.
        comparison: How they are compared.
        negated: Whether the outcome is turned round.
    """

    name: str
    value_type: ValueType
    comparison: Comparison
    negated: bool = False

    @property
    def takes_variables(self) -> bool:
        """Whether policy variables work in its values: with String and ARN operators only.

        Unspecified: AWS's pages disagree about Bool (E249); here it takes none.

        Fact: E173
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
        """
        return self.value_type in (ValueType.STRING, ValueType.ARN)

    @property
    def takes_wildcards(self) -> bool:
        """Whether ``*`` and ``?`` are wildcards in its values."""
        return self.comparison.takes_wildcards


def _row(name: str, value_type: ValueType, comparison: Comparison) -> BaseOperator:
    return BaseOperator(name=name, value_type=value_type, comparison=comparison)


def _negation(name: str, of: BaseOperator) -> BaseOperator:
    return BaseOperator(name=name, value_type=of.value_type, comparison=of.comparison, negated=True)


def _with_negation(name: str, negation: str, value_type: ValueType, comparison: Comparison) -> tuple[BaseOperator, ...]:
    positive = _row(name, value_type, comparison)
    return (positive, _negation(negation, positive))


def _ordering(family: str, value_type: ValueType, in_order: tuple[Comparison, ...]) -> tuple[BaseOperator, ...]:
    equal, *others = in_order
    names = ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    return (
        *_with_negation(f"{family}Equals", f"{family}NotEquals", value_type, equal),
        *(_row(family + name, value_type, each) for name, each in zip(names, others, strict=True)),
    )


OPERATORS = (
    *_with_negation("StringEquals", "StringNotEquals", ValueType.STRING, comparisons.TEXT),
    *_with_negation(
        "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", ValueType.STRING, comparisons.TEXT_IGNORING_CASE
    ),
    *_with_negation("StringLike", "StringNotLike", ValueType.STRING, comparisons.TEXT_LIKE),
    *_ordering("Numeric", ValueType.NUMERIC, comparisons.NUMBERS),
    *_ordering("Date", ValueType.DATE, comparisons.DATES),
    _row("Bool", ValueType.BOOL, comparisons.BOOL),
    _row("BinaryEquals", ValueType.BINARY, comparisons.BINARY),
    *_with_negation("IpAddress", "NotIpAddress", ValueType.IP_ADDRESS, comparisons.NETWORK),
    *_with_negation("ArnEquals", "ArnNotEquals", ValueType.ARN, comparisons.ARN),
    *_with_negation("ArnLike", "ArnNotLike", ValueType.ARN, comparisons.ARN),
    _row("Null", ValueType.NULL, comparisons.PRESENCE),
)
"""Every operator; ArnEquals and ArnLike are the same comparison (E218).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

_BY_NAME = {operator.name.lower(): operator for operator in OPERATORS}
_SETS = {operator.value.lower(): operator for operator in SetOperator}
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionOperator:
    """An operator as a policy uses it.

    Attributes:
        base: The operator itself.
        set_operator: ForAllValues, ForAnyValue, or None.
        if_exists: Whether the name ends in ``IfExists``.
    """

    base: BaseOperator
    set_operator: SetOperator | None = None
    if_exists: bool = False

    def __str__(self) -> str:
        """Return the name as AWS spells it."""
        prefix = f"{self.set_operator.value}:" if self.set_operator else ""
        return f"{prefix}{self.base.name}{'IfExists' if self.if_exists else ''}"

    def wish(self, values: str, *, absent: bool) -> str:
        """Return in words what the operator asks of a key.

        Args:
            values: The policy's values, as a sentence names them.
            absent: For Null, whether the key is to be absent.

        >>> parse_operator("NumericLessThan").wish("`3600`", absent=False)
        'less than `3600`'
        """
        if self.base.value_type is ValueType.NULL:
            return "the key to be absent" if absent else "the key to be there"
        is_plain = self.base.takes_wildcards and "*" not in values and "?" not in values
        relation = "" if is_plain else self.base.comparison.relation
        parts = ("anything but" if self.base.negated else "", relation, values)
        words = " ".join(part for part in parts if part)
        if self.set_operator is None:
            return words
        return f"{'every value' if self.set_operator is SetOperator.FOR_ALL_VALUES else 'one value'} to be {words}"


def parse_operator(name: str) -> ConditionOperator | None:
    """Return the operator called ``name``; None when there is none of that name.

    Unspecified: AWS does not say whether operator names are case-sensitive; here they are read without regard to case.

    Fact: E223
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

    >>> str(parse_operator("forallvalues:stringlikeifexists"))
    'ForAllValues:StringLikeIfExists'
    """
    rest = name.lower()
    set_operator = None
    if ":" in rest:
        prefix, _, rest = rest.partition(":")
        set_operator = _SETS.get(prefix)
        if set_operator is None:
            return None
    if_exists = rest.endswith(_IF_EXISTS)
    base = _BY_NAME.get(rest.removesuffix(_IF_EXISTS))
    if base is None or (if_exists and base.value_type is ValueType.NULL):
        return None
    return ConditionOperator(base=base, set_operator=set_operator, if_exists=if_exists)


def operator_names() -> tuple[str, ...]:
    """Return the names of all operators without prefix and suffix, in the table's order."""
    return tuple(operator.name for operator in OPERATORS)
