"""All requests that some policies tell apart, and their statements as boxes in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from policygen.evaluation.layers import RESOURCE_IMPLIED
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.statements import CompiledStatement, Patterns
from policygen.matching.actions import compile_action
from policygen.matching.arns import COLONS
from policygen.matching.conditions.comparisons import TEXT_IGNORING_CASE
from policygen.matching.conditions.evaluate import CompiledCondition, missing_key_holds
from policygen.matching.conditions.operators import BaseOperator, ValueType
from policygen.matching.principals import PrincipalMatch
from policygen.matching.variables import Template, Variable, static_tokens
from policygen.matching.wildcards import ANY, ONE, Matcher, Tokens, Wildcard, joined, text_of, tokens_of
from policygen.proofs.access import Access, Flag, Rule, Variant
from policygen.proofs.actions import action_field
from policygen.proofs.automaton import TooRichError, union
from policygen.proofs.boxes import Box, Layout, Part, both
from policygen.proofs.callers import follows_from_world, partitions, worlds
from policygen.proofs.fields import ACTION, NO, RESOURCE, WORLD, YES, Field, ManyValues, OneValue, bits, mask_of
from policygen.proofs.impossible import impossible
from policygen.proofs.kinds import Attachment, Kind, World, granted, request_of, role_of
from policygen.proofs.naming import namings
from policygen.proofs.reference import NOTHING_KNOWN, Reference, Taken
from policygen.proofs.resources import resource_field, resource_matcher
from policygen.proofs.together import apart
from policygen.proofs.values import Pattern, values_of_key
from policygen.request.condition_keys import DerivedFrom, find_condition_key, is_multivalued
from policygen.request.context import ContextValue
from policygen.request.principal import Principal

_PRINCIPAL_ARN = "aws:principalarn"
_P = TypeVar("_P")


class Space:
    """Every request that the statements of some policies of one kind tell apart.

    Attributes:
        kind: The kind.
        fields: The fields, each with its atoms; the first three are worlds, actions, resources.
        keys: The fields of condition keys, by name in lower case.
        flags: What the fields leave open, by its number as a field.
        layout: Where the fields lie in a box.
        outside: Boxes of requests that nobody can make.
        actions: What is known of the actions.
        attached: What the policies are attached to; None where that is not known.
    """

    def __init__(
        self,
        kind: Kind,
        policies: Sequence[Sequence[CompiledStatement]],
        more: Iterable[str] = (),
        attached: Attachment | None = None,
        reference: Reference = NOTHING_KNOWN,
        *,
        closed: bool = False,
    ) -> None:
        """Make the space of some policies' statements.

        Args:
            kind: What the policies are.
            policies: The statements of each.
            more: Actions or ARNs that are to be told apart, too.
            attached: What the policies are attached to, where that is known: no other request is in the space.
            reference: What is known of actions.
            closed: Whether a wildcard stands for no more than the actions that the reference knows, of its services.

        Raises:
            TooRichError: A field has too many atoms; the error names it.
        """
        self.kind = kind
        self.attached = attached
        self._reference, self._closed = reference, closed
        self._statements = tuple(statement for policy in policies for statement in policy)
        self._conditions = [condition for each in self._statements for condition in each.conditions]
        self.keys: dict[str, OneValue | ManyValues] = {}
        self.flags: dict[int, Flag] = {}
        self.fields: list[Field] = [Field("Principal", self._worlds()), Field("Action", ()), Field("Resource", ())]
        self.worlds: tuple[World, ...] = self.fields[WORLD].values
        self._remember_nothing()
        more = (*more, *(attached.resources if attached is not None else ()))
        self._add_elements(
            [each for each in more if not each.startswith("arn:") and each != "*"],
            [each for each in more if each.startswith("arn:")],
        )
        self._add_keys()
        parts = [[(each, self._parts(each)) for each in policy] for policy in policies]
        asked = frozenset().union(*(each.variable_keys() for each in self._statements))
        outside = [*impossible(kind, self.fields, self.keys, asked, self.actions, self._typed)]
        outside += apart(self.keys, self._patterns)
        self.layout = Layout([len(each.values) for each in self.fields])
        self.outside = [self.layout.box(each) for each in outside]
        baseline = self._letting(PrincipalMatch.NONE)
        free = (self.layout.box({WORLD: baseline}),) if baseline else ()
        self.access = tuple(self._access(policy, free) for policy in parts)

    def _remember_nothing(self) -> None:
        self._numbers: dict[object, int] = {}
        self._patterns: dict[str, list[Pattern]] = {}
        self._contexts: dict[tuple[int, str], Mapping[str, ContextValue]] = {}
        self._masks: dict[tuple[int, Any], int] = {}
        self._of_caller: dict[Principal, int] = {}
        for number, world in enumerate(self.worlds):
            self._of_caller[world.caller] = self._of_caller.get(world.caller, 0) | 1 << number
        self._capacities: dict[object, dict[PrincipalMatch, int]] = {}
        self._lets: dict[PrincipalMatch, int] = {}
        self._classes: dict[frozenset[str], list[list[str]]] = {}
        self._asked: dict[object, list[Part]] = {}

    def _access(self, policy: Sequence[tuple[CompiledStatement, list[Part]]], free: tuple[Box, ...]) -> Access:
        rules = [Rule(statement, self.layout.box(part)) for statement, parts in policy for part in parts]
        granting = {id(statement): self.letting(statement) for statement, _ in policy}
        letting = (
            each._replace(box=each.box & granting[id(each.statement)]) for each in rules if not each.statement.denies
        )
        return Access(
            allows=tuple(each for each in letting if self.layout.has_requests(each.box)),
            denies=tuple(each for each in rules if each.statement.denies),
            baseline=free,
            named=tuple(each.box for each in rules if not each.statement.denies),
        )

    def _worlds(self) -> tuple[World, ...]:
        try:
            return worlds(self.kind, self._statements, asked_of_callers(self._statements), self.attached)
        except TooRichError:
            raise TooRichError("Principal") from None

    @property
    def actions_written(self) -> tuple[str, ...]:
        """Every pattern of actions, as written."""
        return tuple(each for one in self._statements if one.actions for each in one.actions.written)

    def patterns(self, number: int) -> list[tuple[str, int]]:
        """Return the patterns of actions or resources as texts, each with its atoms."""
        written = {each.lower(): each for each in self.actions_written} if number == ACTION else {}
        found = [(identity, mask) for (own, identity), mask in self._masks.items() if own == number]
        return [(written.get(each, each) if isinstance(each, str) else text_of(each), mask) for each, mask in found]

    def resource_patterns(self) -> list[tuple[Tokens, int]]:
        """Return the patterns of resources, each with its atoms."""
        return [(pattern, mask) for (own, pattern), mask in self._masks.items() if own == RESOURCE]

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
        self.actions = action_field(self.kind, _frozen(acting), named, keys, self._reference, closed=self._closed)
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
        on = self.attached.resources if self.attached is not None else ()
        self.fields[RESOURCE] = resource_field(
            self.kind, _frozen(standing), partitions(self._statements), services, self._typed, on
        )

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
            try:
                values = values_of_key(key, self._patterns[key])
            except TooRichError:
                continue  # its conditions are flags
            row = find_condition_key(key)
            many = is_multivalued(key) or (row is None and any(each.operator.set_operator for each in conditions))
            name, number = conditions[0].entry.key, len(self.fields)
            if many:
                self.keys[key] = ManyValues(number, values)
                self.fields += [Field(name, (False, True)) for _ in values]
            else:
                field = Field(name, (None, *values))
                self.keys[key] = OneValue(number, field)
                self.fields.append(field)

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

    def letting(self, statement: CompiledStatement) -> Box:
        """Return where a statement names the caller so that its Allow lets a request through."""
        return self.layout.box({WORLD: self._named(statement, granting=True)})

    def boxes(self, statement: CompiledStatement) -> list[Box]:
        """Return where a statement speaks of a request: one of the space's own, or one with fewer conditions."""
        return [self.layout.box(part) for part in self._parts(statement)]

    def _parts(self, statement: CompiledStatement) -> list[Part]:
        """Return the boxes of a statement: none of those that nobody can meet."""
        if statement.actions is None or (self.kind is Kind.RCP and not statement.denies):
            return []
        found = both(self._naming(statement), [{ACTION: self._acting(statement.actions)}])
        found = both(found, self._resources(statement))
        for condition in statement.conditions:
            same = (condition.key, str(condition.operator), condition.entry.values)
            if same not in self._asked:
                self._asked[same] = self._condition(condition)
            found = both(found, self._asked[same])
        return found

    def _naming(self, statement: CompiledStatement) -> list[Part]:
        """Return where a statement names the caller."""
        if self.kind is not Kind.ENDPOINT:
            return [{WORLD: self._named(statement)}]
        callers, actions = self.worlds, self.fields[ACTION].values
        return [part for _, part in namings(PolicyType.VPC_ENDPOINT, Policies(), statement, callers, actions)]

    def _named(self, statement: CompiledStatement, *, granting: bool = False) -> int:
        """Return the worlds in which a statement names the caller; ``granting``: so that it lets a request through."""
        written = statement.statement.principal, statement.statement.not_principal
        if written not in self._capacities:
            found: dict[PrincipalMatch, int] = {}
            for caller, worlds_ in self._of_caller.items():
                match = statement.names(caller) if self.kind.names_principals else PrincipalMatch.DIRECT
                found[match] = found.get(match, 0) | worlds_
            self._capacities[written] = found
        capacities = ((match, mask) for match, mask in self._capacities[written].items() if match)
        return union(mask & self._letting(match) if granting else mask for match, mask in capacities)

    def _letting(self, match: PrincipalMatch) -> int:
        """Return the worlds in which an Allow that names the caller in a capacity lets a request through."""
        if match not in self._lets:
            self._lets[match] = mask_of(granted(self.kind, world, match) for world in self.worlds)
        return self._lets[match]

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

    def _resources(self, statement: CompiledStatement) -> list[Part]:
        patterns = statement.resources
        if patterns is None:
            implied = mask_of(action.partition(":")[0] in RESOURCE_IMPLIED for action in self.fields[ACTION].values)
            if self.kind is Kind.TRUST:
                implied = self.fields[ACTION].full
            return [{ACTION: implied}] if statement.names_no_resource and self.kind.is_of_resource and implied else []
        found = [
            (each, self._matching(RESOURCE, each.tokens, each.tokens, resource_matcher(each.tokens)))
            for each in self._of_patterns(patterns)
        ]
        return self._either(RESOURCE, found, negated=patterns.negated)

    def _either(self, number: int, found: Sequence[tuple[Variant, int]], *, negated: bool) -> list[Part]:
        """Return where a field's value matches one of some variants, each with its atoms; ``negated``: none of them."""
        everywhere = self.fields[WORLD].full
        fixed = union(mask for each, mask in found if each.flag is None and each.worlds == everywhere)
        rest = [(each, mask) for each, mask in found if (each.flag is not None or each.worlds != everywhere) and mask]
        if not negated:
            return [
                *([{number: fixed}] if fixed else []),
                *(
                    {number: mask, WORLD: each.worlds} | ({} if each.flag is None else {each.flag: YES})
                    for each, mask in rest
                ),
            ]
        full = self.fields[number].full
        parts: list[Part] = [{number: full & ~fixed}] if full & ~fixed else []
        for each, mask in rest:
            outs = [{number: full & ~mask}, {number: mask, WORLD: everywhere & ~each.worlds}]
            outs += [] if each.flag is None else [{number: mask, WORLD: each.worlds, each.flag: NO}]
            parts = both(parts, [out for out in outs if all(out.values())])
        return parts

    def _condition(self, condition: CompiledCondition) -> list[Part]:
        key, variables = condition.key, any(each.has_variables for each in condition.templates)
        if follows_from_world(key) and all(map(follows_from_world, condition.context_keys())):
            return self._of_world(condition)
        field = self.keys.get(key)
        if field is not None and not variables:
            return field.parts(condition)
        base = condition.operator.base
        if not isinstance(field, OneValue) or base.comparison is TEXT_IGNORING_CASE:
            return [{self._flag(Flag(key, None, condition)): YES}]
        present = field.field.full & ~1
        found = [
            (
                each,
                field.field.matching(each.tokens, base.comparison.matcher)
                if _keeps_fields(template, base)
                else present,
            )
            for template in condition.templates
            for each in self._variants(template, key, condition)
        ]
        parts = self._either(field.number, found, negated=base.negated)
        parts = both(parts, [{field.number: present}])
        return [*parts, *([{field.number: 1}] if missing_key_holds(condition.operator) else [])]

    def _of_world(self, condition: CompiledCondition) -> list[Part]:
        """Return where a condition on caller and owner holds; some of its keys only some calls carry."""
        classes = self._calls(condition.context_keys())
        found: list[Part] = []
        for actions in classes:
            contexts = [self._context(number, actions[0]) for number in range(len(self.worlds))]
            mask = mask_of(map(condition.holds, contexts))
            own = [self.fields[ACTION].index[each] for each in actions if len(classes) > 1]
            part: Part = {WORLD: mask, ACTION: union(1 << each for each in own)} if own else {WORLD: mask}
            found += [part] if mask else []
        return found

    def _calls(self, keys: frozenset[str]) -> list[list[str]]:
        """Return the actions, put together where the same ones of some keys follow from caller and owner."""
        if keys not in self._classes:
            rows = [find_condition_key(key) for key in keys]
            classes: dict[object, list[str]] = {}
            if any(row and (row.derived_from is DerivedFrom.RESOURCE_OWNER or not row.any_service) for row in rows):
                signing = next((number for number, each in enumerate(self.worlds) if each.caller.account), 0)
                for action in self.fields[ACTION].values:
                    classes.setdefault(frozenset(keys & self._context(signing, action).keys()), []).append(action)
            self._classes[keys] = list(classes.values()) or [["x:x"]]
        return self._classes[keys]


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


def _frozen(listed: Mapping[_P, set[object]]) -> dict[_P, frozenset[object]]:
    return {pattern: frozenset(elements) for pattern, elements in listed.items()}


def _widened(template: Template) -> Tokens:
    """Return a value with a wildcard for each variable: what it can match at most; no user's name is empty."""
    found: list[str | Wildcard] = []
    for part in template.parts:
        if isinstance(part, Variable):
            found += [ONE, ANY] if part == Variable(key="aws:username") else [ANY]
        else:
            found.append(part)
    return joined(found)


def _keeps_fields(template: Template, base: BaseOperator) -> bool:
    """Tell whether the values of variables leave an ARN's colons where the value has them."""
    head = template.text.partition("${")[0]
    return not template.has_variables or base.value_type is not ValueType.ARN or head.count(":") >= COLONS
