"""A document under validation: its nodes sorted by what they are.

Everything is read from the raw tree and nothing is refused here: what has the wrong type is left out of the sorted
parts and is found by the checks of types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policygen.catalog import Catalog
from policygen.lint.policy_types import KEY, REPLICATION, PolicyType, statement_nodes, texts
from policygen.matching.conditions import parse_operator
from policygen.matching.conditions.operators import ConditionOperator, SetOperator, ValueType
from policygen.request.condition_keys import ConditionKey
from policygen.source.nodes import Mapping, Node, Scalar, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition key under one operator.

    Attributes:
        operator_name: The operator as written.
        operator: What it is; None when there is none of that name.
        key: The key as written.
        name: The key in lower case.
        node: What stands behind the key.
        values: The texts, numbers, true and false of it.
    """

    operator_name: Scalar
    operator: ConditionOperator | None
    key: Scalar
    name: str
    node: Node
    values: tuple[Scalar, ...]

    @property
    def value_type(self) -> ValueType | None:
        """What the operator reads its values as; None for an unknown operator."""
        return self.operator.base.value_type if self.operator else None

    @property
    def negated(self) -> bool:
        """Whether the operator is a negated one such as StringNotEquals."""
        return self.operator is not None and self.operator.base.negated

    @property
    def set_operator(self) -> SetOperator | None:
        """ForAllValues, ForAnyValue, or None."""
        return self.operator.set_operator if self.operator else None

    @property
    def needs_key(self) -> bool:
        """Whether the condition fails when the request lacks the key: a positive operator without IfExists."""
        return (
            self.operator is not None
            and self.value_type is not ValueType.NULL
            and not (self.operator.base.negated or self.operator.if_exists)
            and self.operator.set_operator is not SetOperator.FOR_ALL_VALUES
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalValue:
    """One value of Principal or NotPrincipal.

    Attributes:
        element: ``Principal`` or ``NotPrincipal``.
        kind: AWS, Service, Federated, CanonicalUser, or what stands there instead; ``*`` for a bare text.
        value: The value.
    """

    element: str
    kind: str
    value: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement that is a JSON object."""

    node: Mapping
    effect: str
    sid: Scalar | None
    actions: tuple[Scalar, ...]
    not_actions: tuple[Scalar, ...]
    resources: tuple[Scalar, ...]
    not_resources: tuple[Scalar, ...]
    principals: tuple[PrincipalValue, ...]
    conditions: tuple[Condition, ...]

    def get(self, name: str) -> Node | None:
        """Return what stands in an element; None when it is missing."""
        return self.node.get(name)

    def has(self, name: str) -> bool:
        """Tell whether an element is there."""
        return self.node.get(name) is not None

    def key(self, name: str) -> Node:
        """Return the name of an element as it stands there; the statement when it is missing."""
        return self.node.key(name) or self.node

    def values(self, kind: str) -> Iterator[Scalar]:
        """Yield the values of Principal of one kind."""
        yield from (each.value for each in self.principals if each.kind == kind and each.element == "Principal")

    def tests(self, *names: str) -> bool:
        """Tell whether a condition is about one of these keys, given in lower case."""
        return any(condition.name in names for condition in self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One document and how it is judged.

    Attributes:
        root: The document's object.
        text: The text of the document alone, without what the AWS CLI prints around it.
        type: The policy type.
        resource_type: For resource-based policies, CloudFormation's name of the resource type, when known.
        catalog: Actions, resource types and condition keys of all services.
        statements: The statements that are JSON objects; none for a replication configuration.
        rules: The rules of a replication configuration that are JSON objects.
    """

    root: Mapping
    text: str
    type: PolicyType
    resource_type: str | None
    catalog: Catalog
    statements: tuple[Statement, ...]
    rules: tuple[Mapping, ...]

    @property
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

    def condition_key(self, name: str) -> ConditionKey | None:
        """Return what is known about a condition key; None when nothing is."""
        return self.catalog.condition_key(name)


def read_policy(
    root: Mapping, *, text: str, policy_type: PolicyType, resource_type: str | None, catalog: Catalog
) -> Policy:
    """Return a document with its parts sorted."""
    is_replication = policy_type in REPLICATION
    rules = root.get("Rules") if is_replication else None
    nodes = () if is_replication else statement_nodes(root)
    return Policy(
        root=root,
        text=text,
        type=policy_type,
        resource_type=resource_type,
        catalog=catalog,
        statements=tuple(_statement(each) for each in nodes if isinstance(each, Mapping)),
        rules=tuple(each for each in rules.items if isinstance(each, Mapping)) if isinstance(rules, Sequence) else (),
    )


def _statement(node: Mapping) -> Statement:
    effect, sid = node.get("Effect"), node.get("Sid")
    return Statement(
        node=node,
        effect=effect.text if isinstance(effect, Scalar) and effect.kind == "str" else "",
        sid=sid if isinstance(sid, Scalar) and sid.kind == "str" else None,
        actions=tuple(texts(node.get("Action"))),
        not_actions=tuple(texts(node.get("NotAction"))),
        resources=tuple(texts(node.get("Resource"))),
        not_resources=tuple(texts(node.get("NotResource"))),
        principals=tuple(_principals(node)),
        conditions=tuple(_conditions(node.get("Condition"))),
    )


def _principals(statement: Mapping) -> Iterator[PrincipalValue]:
    for element in ("Principal", "NotPrincipal"):
        node = statement.get(element)
        if isinstance(node, Scalar):
            yield PrincipalValue(element=element, kind="*", value=node)
        for key, values in node if isinstance(node, Mapping) else ():
            yield from (PrincipalValue(element=element, kind=key.text, value=value) for value in texts(values))


def _conditions(block: Node | None) -> Iterator[Condition]:
    for operator, keys in block if isinstance(block, Mapping) else ():
        for key, node in keys if isinstance(keys, Mapping) else ():
            nodes = node.items if isinstance(node, Sequence) else (node,)
            yield Condition(
                operator_name=operator,
                operator=parse_operator(operator.text),
                key=key,
                name=key.text.lower(),
                node=node,
                values=tuple(each for each in nodes if isinstance(each, Scalar) and not each.is_null),
            )
