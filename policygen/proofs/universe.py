"""All requests that some policies tell apart: the fields of a request, each with its atoms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from policygen.aws.arns import COLONS
from policygen.evaluation.layers import RESOURCE_IMPLIED
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.actions import compile_action
from policygen.matching.conditions.evaluate import CompiledCondition
from policygen.matching.conditions.operators import ValueType
from policygen.matching.overlap import overlap
from policygen.matching.variables import Template, Variable, static_tokens
from policygen.matching.wildcards import ANY, ONE, Matcher, Tokens, Wildcard, joined, text_of, tokens_of
from policygen.proofs.access import Flag, Variant
from policygen.proofs.actions import Actions, Elements, action_field
from policygen.proofs.automaton import TooRichError, union
from policygen.proofs.callers import follows_from_world, partitions, worlds
from policygen.proofs.fields import ACTION, RESOURCE, WORLD, Field, ManyValues, OneValue, bits
from policygen.proofs.kinds import Attachment, Kind, World, request_of, role_of
from policygen.proofs.reference import Reference, Taken
from policygen.proofs.resources import Standing
from policygen.proofs.search import Aside, Search
from policygen.proofs.values import Pattern, rich_of_key, search_of_key, values_of_key
from policygen.request.condition_keys import find_condition_key, is_multivalued
from policygen.request.context import ContextValue

_PRINCIPAL_ARN = "aws:principalarn"
_P = TypeVar("_P")


class Universe:
    """Every request that the statements of some policies of one kind tell apart.

    Attributes:
        kind: The kind.
        fields: The fields, each with its atoms; the first three are worlds, actions, resources.
        keys: The fields of condition keys, by name in lower case.
        flags: What the fields leave open, by its number as a field.
        aside: The patterns of fields with too many cases, by the field's number.
        actions: What is known of the actions.
        attached: What the policies are attached to; None where that is not known.
    """

    def __init__(
        self,
        kind: Kind,
        statements: Iterable[CompiledStatement],
        more: Iterable[str],
        attached: Attachment | None,
        reference: Reference,
        *,
        closed: bool,
    ) -> None:
        """Make the fields; for what is given see :class:`policygen.proofs.space.Space`.

        Raises:
            TooRichError: A field has too many atoms; the error names it.
        """
        self.kind = kind
        self.attached = attached
        self._reference, self._closed = reference, closed
        self._statements = tuple(statements)
        self._conditions = [condition for each in self._statements for condition in each.conditions]
        self.keys: dict[str, OneValue | ManyValues] = {}
        self.flags: dict[int, Flag] = {}
        self.aside: dict[int, Aside] = {}
        self.fields: list[Field] = [Field("Principal", self._worlds()), Field("Action", ()), Field("Resource", ())]
        self.worlds: tuple[World, ...] = self.fields[WORLD].values
        self._numbers: dict[object, int] = {}
        self._patterns: dict[str, list[Pattern]] = {}
        self._contexts: dict[tuple[int, str], Mapping[str, ContextValue]] = {}
        self._masks: dict[tuple[int, Any], int] = {}
        more = (*more, *(attached.resources if attached is not None else ()), *self._of_no_service())
        self._add_elements(
            [each for each in more if not each.startswith("arn:") and each != "*"],
            [each for each in more if each.startswith("arn:")],
        )
        self._add_keys()

    def _worlds(self) -> tuple[World, ...]:
        try:
            return worlds(self.kind, self._statements, asked_of_callers(self._statements), self.attached)
        except TooRichError:
            raise TooRichError("Principal") from None

    def _of_no_service(self) -> tuple[str, ...]:
        """Return the actions that are told apart where a policy names neither service nor resource.

        It may be one of a service whose policies imply the resource.

        Fact: N21
        """
        names_service = any(":" in each for each in self.actions_written)
        if self.kind is not Kind.RESOURCE or names_service or all(not e.names_no_resource for e in self._statements):
            return ()
        return ("s3:*", *(f"{each}:*" for each in sorted(RESOURCE_IMPLIED)))

    @property
    def actions_written(self) -> tuple[str, ...]:
        """Every pattern of actions, as written."""
        return tuple(each for one in self._statements if one.actions for each in one.actions.written)

    def _add_elements(self, actions: list[str], arns: list[str]) -> None:
        acting: dict[str, set[object]] = {each.lower(): {each} for each in actions}
        standing: dict[Tokens, set[object]] = {tokens_of(each): {each} for each in arns}
        for statement in self._statements:
            written = frozenset(each.lower() for each in statement.actions.written) if statement.actions else ()
            for action in written:
                acting.setdefault(action, set()).add(written)
            fixed = frozenset(statement.resources.static) if statement.resources else frozenset()
            for variant in self._of_patterns(statement.resources) if statement.resources else ():
                element = fixed if variant.tokens in fixed else variant
                standing.setdefault(variant.tokens, set()).add(element)
        keys = dict.fromkeys(each.key for each in self._conditions)
        named = [*map(text_of, standing)]
        self._listed = {
            ACTION: {tokens_of(each): own for each, own in _frozen(acting).items()},
            RESOURCE: _frozen(standing),
        }
        self.actions = self._actions(_frozen(acting), named, keys)
        field = self.fields[ACTION] = self.actions.field
        self._typed: dict[Taken, int] = {}
        if self.kind is Kind.TRUST:
            role = self.attached.resources[0] if self.attached is not None else role_of(self.worlds[0])
            self.fields[RESOURCE] = Field("Resource", (role,))
            return
        if self.kind is not Kind.KEY:  # its resource is whatever key it stands on
            self._typed = self._taken(field.full if arns else self._limited())
        services = [""]
        if self.kind.is_of_resource:
            services = list(dict.fromkeys(each.partition(":")[0] for each in field.values))
        self._add_resources(
            Standing(
                kind=self.kind,
                patterns=_frozen(standing),
                partitions=partitions(self._statements),
                services=services,
                taken=self._typed,
                on=self.attached.resources if self.attached is not None else (),
            )
        )

    def _actions(self, patterns: Elements, resources: Collection[str], keys: Iterable[str]) -> Actions:
        """Return the actions that patterns, in lower case, tell apart."""
        return action_field(self.kind, patterns, resources, keys, self._reference, closed=self._closed)

    def merges(self, number: int, tokens: Tokens) -> bool:
        """Tell whether the atoms of actions or resources may not tell what a pattern matches.

        Within an element a pattern that is sure to match stands for those that no other element lists.
        """
        own = self._listed[number].get(tokens)
        if own is None or not any(isinstance(each, Wildcard) for each in tokens):
            return False
        text = text_of(tokens)
        return any(
            each != tokens and own <= elements and _is_open(number, each) and overlap(f"{text_of(each)}*", text)
            for each, elements in self._listed[number].items()
        )

    def asked_of(self, key: str) -> Sequence[Pattern]:
        """Return what the policies ask of a condition key, in lower case, that has a field."""
        return self._patterns[key]

    def _add_resources(self, standing: Standing) -> None:
        rich = standing.rich()
        try:
            self.fields[RESOURCE] = standing.field(few=bool(rich))
        except TooRichError:
            if not rich:
                raise
            self.fields[RESOURCE] = standing.field(rich)
            self._put_aside(
                RESOURCE, self.fields[RESOURCE], {each: text_of(each) for each in rich}, standing.search(rich)
            )

    def _put_aside(self, number: int, field: Field, patterns: Mapping[Any, str], search: Search) -> None:
        """Put patterns aside, each with its text."""
        first = len(self.fields)
        self.fields += [Field(each, (False, True)) for each in patterns.values()]
        questions = {each: first + at for at, each in enumerate(patterns)}
        self.aside[number] = Aside(number, field, questions, search)

    def _question(self, number: int, pattern: object) -> int | None:
        """Return the question that a pattern is which is put aside; None for another one."""
        return self.aside[number].questions.get(pattern) if number in self.aside else None

    def _apart(self, number: int, pattern: object, variant: Variant) -> Variant | None:
        """Return a pattern that is put aside, with its question (or that of its variables); None for another one."""
        question = self._question(number, pattern)
        if question is None or variant.flag is not None:
            return None if question is None else variant
        return variant._replace(flag=question)

    def _limited(self) -> int:
        """Return the actions of statements that speak of some resources: of these alone it matters what they take."""
        return union(
            self._acting(each.actions)
            for each in self._statements
            if each.actions and each.resources and (each.resources.negated or {*each.resources.static} != {(ANY,)})
        )

    def _taken(self, actions: int) -> dict[Taken, int]:
        """Return actions by the resources that they take, where that is known."""
        found: dict[Taken, int] = {}
        for number in bits(actions):
            taken = self.actions.taken(self.fields[ACTION].values[number])
            if taken is not None:
                found[taken] = found.get(taken, 0) | 1 << number
        return found

    def _add_keys(self) -> None:
        by_key: dict[str, list[CompiledCondition]] = {}
        for each in self._conditions:
            by_key.setdefault(each.key, []).append(each)
        for key, conditions in sorted(by_key.items()):
            if follows_from_world(key):
                continue
            self._patterns[key] = [
                Pattern(each.operator.base, variant.tokens)
                for each in conditions
                for template in each.templates
                for variant in self._variants(template, key, each)
            ]
            row = find_condition_key(key)
            many = is_multivalued(key) or (row is None and any(each.operator.set_operator for each in conditions))
            try:
                self._add_key(key, conditions[0].entry.key, many=many)
            except TooRichError:
                continue  # its conditions are flags

    def _add_key(self, key: str, name: str, *, many: bool) -> None:
        patterns, number = self._patterns[key], len(self.fields)
        if many:
            values = values_of_key(key, patterns)
            self.keys[key] = ManyValues(number, values)
            self.fields += [Field(name, (False, True)) for _ in values]
            return
        rich = rich_of_key(patterns)
        try:
            values, aside = values_of_key(key, patterns, few=bool(rich)), False
        except TooRichError:
            values, aside = values_of_key(key, [each for each in patterns if each not in rich]), True
        field = Field(name, (None, *values))
        self.keys[key] = OneValue(number, field)
        self.fields.append(field)
        if aside:
            self._put_aside(
                number, field, {each: text_of(each.tokens) for each in rich}, search_of_key(name, patterns, rich)
            )

    def _flag(self, flag: Flag) -> int:
        """Return the number of the field of a flag: the same question has the same."""
        if flag.identity not in self._numbers:
            number = self._numbers[flag.identity] = len(self.fields)
            self.flags[number] = flag
            self.fields.append(Field(flag.name, (False, True)))
        return self._numbers[flag.identity]

    def _variants(self, template: Template, key: str | None, condition: CompiledCondition | None) -> list[Variant]:
        """Return a value of a policy as patterns that need no variables any more."""
        everywhere = self.fields[WORLD].full
        if not template.has_variables:
            return [Variant(everywhere, static_tokens(template), None)]
        if _is_itself(template, key, condition):
            return [Variant(everywhere, (ANY,), None)]
        if not all(map(follows_from_world, template.variable_keys())):
            return [Variant(everywhere, _widened(template), self._flag(Flag(key, template, condition)))]
        found: dict[Tokens, int] = {}
        for number in range(len(self.worlds)):
            tokens = template.resolve(self._context(number))
            if tokens is not None:
                found[tokens] = found.get(tokens, 0) | 1 << number
        return [Variant(mask, tokens, None) for tokens, mask in found.items()]

    def _of_patterns(self, patterns: Patterns) -> Iterator[Variant]:
        for tokens in patterns.static:
            yield Variant(self.fields[WORLD].full, tokens, None)
        for template in patterns.templates:
            yield from self._variants(template, None, None)

    def _context(self, number: int, action: str = "x:x") -> Mapping[str, ContextValue]:
        key = (number, action)
        if key not in self._contexts:
            self._contexts[key] = request_of(self.worlds[number], action, "*", {}).context
        return self._contexts[key]

    def _acting(self, patterns: Patterns) -> int:
        lowered = [each.lower() for each in patterns.written]
        mask = union(self._matching(ACTION, each, tokens_of(each), compile_action(each)) for each in lowered)
        return self.fields[ACTION].full & ~mask if patterns.negated else mask

    def _matching(self, number: int, pattern: str | Tokens, tokens: Tokens, matches: Matcher) -> int:
        """Return the atoms of actions or resources that a pattern matches; a literal is looked up."""
        key = (number, pattern)
        if key not in self._masks:
            field = self.fields[number]
            known = field.index.get(tokens[0]) if len(tokens) == 1 else None
            self._masks[key] = field.beginning(tokens, matches) if known is None else 1 << known
        return self._masks[key]


def asked_of_callers(statements: Iterable[CompiledStatement]) -> list[Pattern]:
    """Return what statements ask of ``aws:PrincipalArn``."""
    return [
        Pattern(condition.operator.base, _widened(template))
        for each in statements
        for condition in each.conditions
        if condition.key == _PRINCIPAL_ARN
        and condition.operator.base.comparison.takes_wildcards | condition.operator.base.comparison.is_of_text
        for template in condition.templates
    ]


def _is_open(number: int, tokens: Tokens) -> bool:
    """Tell whether a pattern of actions or resources goes on as it likes; a short ARN does."""
    return tokens[-1:] == (ANY,) or (number == RESOURCE and text_of(tokens).count(":") < COLONS)


def _frozen(listed: Mapping[_P, set[object]]) -> dict[_P, frozenset[object]]:
    return {pattern: frozenset(elements) for pattern, elements in listed.items()}


def _is_itself(template: Template, key: str | None, condition: CompiledCondition | None) -> bool:
    """Tell whether a condition compares the text of a key with the variable of this key: whatever it is, they match."""
    if condition is None or condition.operator.base.value_type is not ValueType.STRING:
        return False
    return len(template.parts) == 1 and template.variable_keys() == {key}


def _widened(template: Template) -> Tokens:
    """Return a value with a wildcard for each variable: what it can match at most; no user's name is empty."""
    found: list[str | Wildcard] = []
    for part in template.parts:
        if isinstance(part, Variable):
            found += [ONE, ANY] if part == Variable(key="aws:username") else [ANY]
        else:
            found.append(part)
    return joined(found)
