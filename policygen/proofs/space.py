"""The statements of some policies as boxes among all requests that they tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policygen.aws.arns import COLONS
from policygen.evaluation.layers import RESOURCE_IMPLIED
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.verdict import PolicyType
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.conditions.comparisons import TEXT_IGNORING_CASE
from policygen.matching.conditions.evaluate import CompiledCondition, missing_key_holds
from policygen.matching.conditions.operators import BaseOperator, ValueType
from policygen.matching.principals import PrincipalMatch
from policygen.matching.variables import Template
from policygen.matching.wildcards import Tokens, text_of, tokens_of
from policygen.proofs.access import Access, Flag, Rule, Variant
from policygen.proofs.automaton import TooRichError, union
from policygen.proofs.boxes import Box, Layout, Part, both
from policygen.proofs.callers import follows_from_world
from policygen.proofs.fields import ACTION, NO, RESOURCE, WORLD, YES, OneValue, mask_of
from policygen.proofs.impossible import impossible
from policygen.proofs.kinds import Attachment, Kind, granted
from policygen.proofs.naming import namings
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.resources import resource_matcher
from policygen.proofs.together import apart
from policygen.proofs.universe import Universe
from policygen.proofs.values import Pattern
from policygen.request.condition_keys import DerivedFrom, find_condition_key
from policygen.request.principal import Principal


class Space(Universe):
    """Some policies in the universe of their requests.

    Attributes:
        layout: Where the fields lie in a box.
        outside: Boxes of requests that nobody can make.
        access: What each policy says.
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
        statements = (statement for policy in policies for statement in policy)
        super().__init__(kind, statements, more, attached, reference, closed=closed)
        self._of_caller: dict[Principal, int] = {}
        for number, world in enumerate(self.worlds):
            self._of_caller[world.caller] = self._of_caller.get(world.caller, 0) | 1 << number
        self._capacities: dict[object, dict[PrincipalMatch, int]] = {}
        self._lets: dict[PrincipalMatch, int] = {}
        self._classes: dict[frozenset[str], list[list[str]]] = {}
        self._asked: dict[object, list[Part]] = {}
        parts = [[(each, self._parts(each)) for each in policy] for policy in policies]
        asked = frozenset().union(*(each.variable_keys() for each in self._statements))
        outside = [*impossible(kind, self.fields, self.keys, asked, self.actions, self._typed)]
        outside += apart(self.keys, self._patterns)
        self.layout = Layout([len(each.values) for each in self.fields], self.holds if self.aside else None)
        self.outside = [self.layout.box(each) for each in outside]
        baseline = self._letting(PrincipalMatch.NONE)
        free = (self.layout.box({WORLD: baseline}),) if baseline else ()
        self.access = tuple(self._access(policy, free) for policy in parts)

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

    def patterns(self, number: int) -> list[tuple[str, int]]:
        """Return the patterns of actions or resources as texts, each with its atoms."""
        written = {each.lower(): each for each in self.actions_written} if number == ACTION else {}
        found = [(identity, mask) for (own, identity), mask in self._masks.items() if own == number]
        return [(written.get(each, each) if isinstance(each, str) else text_of(each), mask) for each, mask in found]

    def certain(self, number: int) -> dict[str, int]:
        """Return the patterns of actions or resources of which the atoms tell what they match, widest first."""
        found = {text: mask for text, mask in self.patterns(number) if mask}
        lowered = {text: tokens_of(text.lower() if number == ACTION else text) for text in found}
        told = {text: mask for text, mask in found.items() if not self.merges(number, lowered[text])}
        return dict(sorted(told.items(), key=lambda each: -each[1].bit_count()))

    def on_resources(self, pattern: str) -> Part:
        """Return where a request is for a resource that a pattern matches, one of the space's own."""
        tokens = tokens_of(pattern)
        question = self._question(RESOURCE, tokens)
        if question is not None:
            return {question: YES}
        return {RESOURCE: self.fields[RESOURCE].matching(tokens, resource_matcher)}

    def resource_patterns(self) -> list[tuple[Tokens, int]]:
        """Return the patterns of resources, each with its atoms."""
        return [(pattern, mask) for (own, pattern), mask in self._masks.items() if own == RESOURCE]

    def holds(self, masks: Sequence[int]) -> bool:
        """Tell of the atoms of each field whether there is such a request, as far as patterns are put aside."""
        return all(any(True for _ in each.values(masks)) for each in self.aside.values())

    def letting(self, statement: CompiledStatement) -> Box:
        """Return where a statement names the caller so that its Allow lets a request through."""
        return self.layout.box({WORLD: self._named(statement, granting=True)})

    def boxes(self, statement: CompiledStatement, least: PrincipalMatch = PrincipalMatch.ACCOUNT) -> list[Box]:
        """Return where a statement applies to callers whom it names in some capacity or a stronger one.

        Args:
            statement: One of the space's own, or one with fewer values or conditions.
            least: The weakest capacity.

        Raises:
            TooRichError: It asks what the space has no field for.
        """
        parts = self._parts(statement)
        if any(number >= len(self.layout) for part in parts for number in part):
            raise TooRichError
        named = self.layout.box({WORLD: self._named(statement, least=least)})
        return self.layout.intersections(map(self.layout.box, parts), named)

    def listed(self, statement: CompiledStatement, number: int) -> int:
        """Return the actions or resources, as atoms, that a statement without variables lists in its element."""
        if number == ACTION:
            return self._acting(statement.actions) if statement.actions else 0
        static = statement.resources.static if statement.resources else ()
        return union(self._matching(RESOURCE, each, each, resource_matcher(each)) for each in static)

    def spans(self, statement: CompiledStatement, number: int) -> int:
        """Return the actions or resources, as atoms, that an element can hold, whatever its variables stand for.

        A pattern that is put aside spans everything.
        """
        if number == ACTION:
            return self.listed(statement, ACTION)
        patterns, full = statement.resources, self.fields[RESOURCE].full
        if patterns is None:
            return full
        found = union(
            full if self._question(RESOURCE, each.tokens) is not None else self._spanned(each)
            for each in self._of_patterns(patterns)
        )
        return full & ~found if patterns.negated else found

    def _spanned(self, variant: Variant) -> int:
        return self._matching(RESOURCE, variant.tokens, variant.tokens, resource_matcher(variant.tokens))

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

    def _named(
        self, statement: CompiledStatement, *, granting: bool = False, least: PrincipalMatch = PrincipalMatch.ACCOUNT
    ) -> int:
        """Return the worlds in which a statement names the caller; ``granting``: so that it lets a request through."""
        written = statement.statement.principal, statement.statement.not_principal
        if written not in self._capacities:
            found: dict[PrincipalMatch, int] = {}
            for caller, worlds_ in self._of_caller.items():
                match = statement.names(caller) if self.kind.names_principals else PrincipalMatch.DIRECT
                found[match] = found.get(match, 0) | worlds_
            self._capacities[written] = found
        capacities = ((match, mask) for match, mask in self._capacities[written].items() if match >= least)
        return union(mask & self._letting(match) if granting else mask for match, mask in capacities)

    def _letting(self, match: PrincipalMatch) -> int:
        """Return the worlds in which an Allow that names the caller in a capacity lets a request through."""
        if match not in self._lets:
            self._lets[match] = mask_of(granted(self.kind, world, match) for world in self.worlds)
        return self._lets[match]

    def _resources(self, statement: CompiledStatement) -> list[Part]:
        patterns = statement.resources
        if patterns is None:
            implied = mask_of(action.partition(":")[0] in RESOURCE_IMPLIED for action in self.fields[ACTION].values)
            if self.kind is Kind.TRUST:
                implied = self.fields[ACTION].full
            return [{ACTION: implied}] if statement.names_no_resource and self.kind.is_of_resource and implied else []
        full = self.fields[RESOURCE].full
        found = [
            (question, full)
            if (question := self._apart(RESOURCE, each.tokens, each)) is not None
            else (each, self._matching(RESOURCE, each.tokens, each.tokens, resource_matcher(each.tokens)))
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
        field, aside = self.keys.get(key), self.puts_aside(condition)
        if field is not None and not variables and not aside:
            return field.parts(condition)
        base = condition.operator.base
        of_sets = aside and condition.operator.set_operator is not None
        if not isinstance(field, OneValue) or base.comparison is TEXT_IGNORING_CASE or of_sets:
            return [{self._flag(Flag(key, None, condition)): YES}]
        present = field.field.full & ~1
        found: list[tuple[Variant, int]] = []
        for template in condition.templates:
            keeps = _keeps_fields(template, base)
            for each in self._variants(template, key, condition):
                question = self._apart(field.number, Pattern(base, each.tokens), each)
                plain = keeps and question is None
                mask = field.field.matching(each.tokens, base.comparison.matcher) if plain else present
                found.append((question or each, mask))
        parts = self._either(field.number, found, negated=base.negated)
        parts = both(parts, [{field.number: present}])
        return [*parts, *([{field.number: 1}] if missing_key_holds(condition.operator) else [])]

    def puts_aside(self, condition: CompiledCondition) -> bool:
        """Tell whether a value of a condition is a pattern that is put aside."""
        field, base = self.keys.get(condition.key), condition.operator.base
        if not isinstance(field, OneValue) or field.number not in self.aside:
            return False
        questions = self.aside[field.number].questions
        variants = (
            each for template in condition.templates for each in self._variants(template, condition.key, condition)
        )
        return any(Pattern(base, each.tokens) in questions for each in variants)

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


def _keeps_fields(template: Template, base: BaseOperator) -> bool:
    """Tell whether the values of variables leave an ARN's colons where the value has them."""
    head = template.text.partition("${")[0]
    return not template.has_variables or base.value_type is not ValueType.ARN or head.count(":") >= COLONS
