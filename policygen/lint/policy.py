"""A document under validation: its nodes sorted by what they are.

Everything is read from the raw tree and nothing is refused here: what has the wrong type is left out of the sorted
parts and is found by the checks of types. Parts are sorted when they are first asked for, and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from policygen.aws.resource_types import KEY
from policygen.catalog import Catalog, load_catalog
from policygen.errors import Problem
from policygen.lint.policy_types import REPLICATION, PolicyType, is_text, statement_nodes, texts
from policygen.matching.actions import compile_action
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import ConditionOperator, SetOperator, ValueType
from policygen.request.condition_keys import ConditionKey
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

OPEN = ("*", "?", "${")
"""What stands for something else: wildcards, and the beginning of a policy variable."""


def prefix_of(name: str) -> str:
    """Return the service prefix of an action or condition key in lower case; the text itself when it has none."""
    return name.partition(":")[0].lower()


def services_of(actions: Iterable[Scalar]) -> frozenset[str]:
    """Return the service prefixes of actions, without ``*``."""
    return frozenset(prefix_of(each.text) for each in actions) - {"*"}


def has_wildcard(text: str) -> bool:
    """Tell whether a text has a wildcard."""
    return "*" in text or "?" in text


def is_open(text: str) -> bool:
    """Tell whether a text has a wildcard or a policy variable."""
    return any(mark in text for mark in OPEN)


@dataclass(frozen=True, kw_only=True, eq=False)
class Condition:
    """One condition key under one operator, both as written; ``node`` is what stands behind the key."""

    statement: Statement
    operator_name: Scalar
    key: Scalar
    node: Node

    @property
    def policy(self) -> Policy:
        """The document that it stands in."""
        return self.statement.policy

    @cached_property
    def name(self) -> str:
        """The key in lower case."""
        return self.key.text.lower()

    @cached_property
    def known(self) -> ConditionKey | None:
        """What is known about the key; None when nothing is."""
        return self.policy.catalog.condition_key(self.name)

    @cached_property
    def values(self) -> tuple[Scalar, ...]:
        """The texts, numbers, true and false that the key is compared with."""
        nodes = self.node.items if isinstance(self.node, Sequence) else (self.node,)
        return tuple(each for each in nodes if isinstance(each, Scalar) and not each.is_null)

    @property
    def literals(self) -> Iterator[Scalar]:
        """The values without policy variables."""
        return (each for each in self.values if not (self.policy.has_variables and "${" in each.text))

    def closed_values(self, *names: str) -> Iterator[Scalar]:
        """Yield the values without wildcards and variables, where the key is one of ``names`` and holds texts."""
        if self.name in names and self.value_type in (ValueType.STRING, ValueType.ARN):
            yield from (each for each in self.values if not is_open(each.text))

    @cached_property
    def operator(self) -> ConditionOperator | None:
        """The operator; None when there is none of that name."""
        return parse_operator(self.operator_name.text)

    @property
    def value_type(self) -> ValueType | None:
        """What the operator reads its values as; None for an unknown operator."""
        return self.operator.base.value_type if self.operator else None

    @property
    def takes_wildcards(self) -> bool:
        """Whether ``*`` and ``?`` are wildcards in its values."""
        return self.operator is not None and self.operator.base.takes_wildcards

    @property
    def negated(self) -> bool:
        """Whether the operator is a negated one such as StringNotEquals."""
        return self.operator is not None and self.operator.base.negated

    @property
    def if_exists(self) -> bool:
        """Whether the operator ends in IfExists."""
        return self.operator is not None and self.operator.if_exists

    @property
    def set_operator(self) -> SetOperator | None:
        """ForAllValues, ForAnyValue, or None."""
        return self.operator.set_operator if self.operator else None

    @property
    def needs_key(self) -> bool:
        """Whether the condition fails when the request lacks the key: a positive operator without IfExists."""
        return (
            self.value_type not in (None, ValueType.NULL)
            and not (self.negated or self.if_exists)
            and self.set_operator is not SetOperator.FOR_ALL_VALUES
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalValue:
    """One value of Principal or NotPrincipal; its kind is AWS, Service … or ``*`` for a bare text."""

    element: str
    kind: str
    value: Scalar


def _texts_of(element: str) -> cached_property[tuple[Scalar, ...]]:
    return cached_property(lambda statement: tuple(texts(statement.get(element))))


@dataclass(frozen=True, kw_only=True, eq=False)
class Statement:
    """One statement that is a JSON object, and the document that it stands in."""

    policy: Policy
    node: Mapping

    def get(self, name: str) -> Node | None:
        """Return what stands in an element; None when it is missing."""
        return self.node.get(name)

    def elements(self, *names: str) -> list[tuple[Scalar, Node]]:
        """Return those of the named elements that are there: the name as it stands there, and what stands in it."""
        return [(key, node) for key, node in self.node if key.text in names]

    @cached_property
    def effect(self) -> str:
        """The text of Effect; empty when there is none."""
        node = self.get("Effect")
        return node.text if is_text(node) else ""

    @property
    def allows(self) -> bool:
        """Whether it is an Allow."""
        return self.effect == "Allow"

    @property
    def denies(self) -> bool:
        """Whether it is a Deny."""
        return self.effect == "Deny"

    @cached_property
    def sid(self) -> Scalar | None:
        """The text of Sid; None when there is none."""
        node = self.get("Sid")
        return node if is_text(node) else None

    actions = _texts_of("Action")
    not_actions = _texts_of("NotAction")
    resources = _texts_of("Resource")
    not_resources = _texts_of("NotResource")

    @cached_property
    def principals(self) -> tuple[PrincipalValue, ...]:
        """The values of Principal and NotPrincipal."""
        return tuple(_principals(self))

    @property
    def operators(self) -> tuple[tuple[Scalar, Node], ...]:
        """The members of Condition: condition operators and what stands under them."""
        block = self.get("Condition")
        return block.entries if isinstance(block, Mapping) else ()

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The condition keys, each under its operator."""
        return tuple(
            Condition(statement=self, operator_name=operator, key=key, node=node)
            for operator, keys in self.operators
            for key, node in (keys if isinstance(keys, Mapping) else ())
        )

    def values(self, kind: str) -> Iterator[Scalar]:
        """Yield the values of Principal of one kind."""
        yield from (each.value for each in self.principals if each.kind == kind and each.element == "Principal")

    def tests(self, *names: str) -> bool:
        """Tell whether a condition is about one of these keys, given in lower case."""
        return any(condition.name in names for condition in self.conditions)

    def covers(self, action: str) -> bool:
        """Tell whether Action and NotAction cover an action, given in lower case."""
        if self.not_actions and not self.actions:
            return not any(compile_action(each.text)(action) for each in self.not_actions)
        return any(compile_action(each.text)(action) for each in self.actions)


def _principals(statement: Statement) -> Iterator[PrincipalValue]:
    for element, node in statement.elements("Principal", "NotPrincipal"):
        if isinstance(node, Scalar):
            yield PrincipalValue(element=element.text, kind="*", value=node)
        for key, values in node if isinstance(node, Mapping) else ():
            yield from (PrincipalValue(element=element.text, kind=key.text, value=each) for each in texts(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a replication configuration that is a JSON object."""

    node: Mapping

    def get(self, *names: str) -> Node | None:
        """Return what stands at the end of a path of names; None when it is missing."""
        node: Node | None = self.node
        for name in names:
            node = node.get(name) if isinstance(node, Mapping) else None
        return node

    def text(self, *names: str) -> str:
        """Return the text at the end of a path of names; empty when there is none."""
        node = self.get(*names)
        return node.text if isinstance(node, Scalar) else ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Policy:
    """One document and how it is judged.

    Attributes:
        root: The document's object; an empty one when the text holds none.
        text: The text of the document alone, without what the AWS CLI prints around it.
        before: The byte order mark and white space that the text begins with.
        type: The policy type.
        resource_type: For resource-based policies, CloudFormation's name of the resource type, when known.
        by_looks: Whether the resource type was guessed from the document.
        functions: A problem for each function of a template that stands for a value.
        instead: What the text holds instead of an object; None when it holds one.
        problems: Why the text is not JSON; empty when it is.
    """

    root: Mapping
    text: str
    type: PolicyType
    before: str = ""
    resource_type: str | None = None
    by_looks: bool = False
    functions: tuple[Problem, ...] = ()
    instead: Node | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_object(self) -> bool:
        """Whether the text holds a JSON object."""
        return self.instead is None and not self.problems

    @property
    def catalog(self) -> Catalog:
        """Actions, resource types and condition keys of all services."""
        return load_catalog()

    @cached_property
    def has_variables(self) -> bool:
        """Whether ``${…}`` is a variable in this document.

        Fact: E121
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
        """
        version = self.root.get("Version")
        return isinstance(version, Scalar) and version.text == "2012-10-17"

    @property
    def is_key_policy(self) -> bool:
        """Whether it is judged as a KMS key policy."""
        return self.type is PolicyType.RESOURCE and self.resource_type == KEY

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that are JSON objects; none for a replication configuration."""
        nodes = () if self.type in REPLICATION else statement_nodes(self.root)
        return tuple(Statement(policy=self, node=each) for each in nodes if isinstance(each, Mapping))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of all statements."""
        return tuple(each for statement in self.statements for each in statement.conditions)

    @cached_property
    def actions(self) -> tuple[Scalar, ...]:
        """The texts of Action and NotAction of all statements."""
        return tuple(each for one in self.statements for each in one.actions + one.not_actions)

    @cached_property
    def services(self) -> frozenset[str]:
        """The service prefixes of all actions."""
        return services_of(self.actions)

    @cached_property
    def resources(self) -> tuple[Scalar, ...]:
        """The texts of Resource and NotResource of all statements."""
        return tuple(each for one in self.statements for each in one.resources + one.not_resources)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of a replication configuration that are JSON objects; none for a policy."""
        rules = self.root.get("Rules") if self.type in REPLICATION else None
        nodes = rules.items if isinstance(rules, Sequence) else ()
        return tuple(Rule(node=each) for each in nodes if isinstance(each, Mapping))
