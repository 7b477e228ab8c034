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


_ORDERS = (("Equals", "NotEquals"), ("LessThan",), ("LessThanEquals",), ("GreaterThan",), ("GreaterThanEquals",))
_COMPARISONS: tuple[tuple[ValueType, Comparison, tuple[str, ...]], ...] = (
    (ValueType.STRING, comparisons.TEXT, ("StringEquals", "StringNotEquals")),
    (ValueType.STRING, comparisons.TEXT_IGNORING_CASE, ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")),
    (ValueType.STRING, comparisons.TEXT_LIKE, ("StringLike", "StringNotLike")),
    *(
        (value_type, comparison, tuple(family + name for name in names))
        for family, value_type, in_order in (
            ("Numeric", ValueType.NUMERIC, comparisons.NUMBERS),
            ("Date", ValueType.DATE, comparisons.DATES),
        )
        for comparison, names in zip(in_order, _ORDERS, strict=True)
    ),
    (ValueType.BOOL, comparisons.BOOL, ("Bool",)),
    (ValueType.BINARY, comparisons.BINARY, ("BinaryEquals",)),
    (ValueType.IP_ADDRESS, comparisons.NETWORK, ("IpAddress", "NotIpAddress")),
    (ValueType.ARN, comparisons.ARN, ("ArnEquals", "ArnNotEquals")),
    (ValueType.ARN, comparisons.ARN, ("ArnLike", "ArnNotLike")),
    (ValueType.NULL, comparisons.PRESENCE, ("Null",)),
)
OPERATORS = tuple(
    BaseOperator(name=name, value_type=value_type, comparison=comparison, negated=place > 0)
    for value_type, comparison, names in _COMPARISONS
    for place, name in enumerate(names)  # the second is the negation of the first
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
