"""What a principal may do, as statements: what all policies together allow it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policygen.document.model import Effect
from policygen.document.parse import parse_policy
from policygen.evaluation import Environment, EvalDecision
from policygen.evaluation.authorize import judge
from policygen.evaluation.statements import CompiledStatement, compile_statements
from policygen.matching.overlap import covers
from policygen.proofs.boxes import Box
from policygen.proofs.callers import any_session, callers_named
from policygen.proofs.compare import why_not_shown
from policygen.proofs.fields import ACTION, RESOURCE, bits, mask_of
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.trial import with_pairs
from policygen.proofs.witness import confirmed
from policygen.request.model import Request
from policygen.request.principal import Principal, parse_principal
from policygen.rights.cover import Wanted
from policygen.rights.effective import Effective, Region, regions
from policygen.rights.elements import Element, NotWrittenError, conditions, element
from policygen.rights.grid import Rectangle, askable, rectangles, resources_by_action
from policygen.rights.told import NotToldError, saying_why

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a principal may do.

    Attributes:
        principal: Its ARN.
        statements: Statements of an identity-based policy: together they allow what all policies allow it. An action on
            a resource of another account that the environment does not hold they say nothing of.
        witnesses: For each statement a request: one that is allowed because of it, or that a Deny denies.
        unknown: What could not be told or written, with the reason.
    """

    principal: str
    statements: tuple[dict[str, Any], ...]
    witnesses: tuple[Request, ...]
    unknown: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON-ready values; ``unknown`` only where something is."""
        found: dict[str, Any] = {
            "principal": self.principal,
            "statements": [dict(each) for each in self.statements],
            "witnesses": [each.to_dict() for each in self.witnesses],
        }
        return found | ({"unknown": list(self.unknown)} if self.unknown else {})


def access(
    environment: Environment,
    caller: Principal,
    reference: Reference = NOTHING_KNOWN,
    progress: Progress | None = None,
) -> Access:
    """Return what a caller may do in an environment, over all requests.

    Args:
        environment: The environment.
        caller: The caller; a role stands for its sessions.
        reference: What is known of actions.
        progress: Called with (done, all) as the work goes on.

    Raises:
        DocumentError: A document cannot be judged (PG-D001 to PG-D009).
    """
    written = _Written(environment, caller, reference)
    every = regions(environment, caller)
    told_apart = [name for each in every for name in each.held]
    for done, region in enumerate(every):
        if progress is not None:
            progress(done, len(every))
        written.add(region, told_apart)
    return written.access()


class _Written:
    """Statements, as they are found region by region."""

    def __init__(self, environment: Environment, caller: Principal, reference: Reference) -> None:
        self._environment, self._caller, self._reference = environment, caller, reference
        self._found: dict[str, tuple[dict[str, Any], Request]] = {}
        self._free: dict[str, tuple[dict[str, Any], Request]] = {}
        self._unknown: dict[str, None] = {}

    def access(self) -> Access:
        """Return what was found: the Allows, then the Denies."""
        each_once = [*merged(self._found.values()), *merged(self._free.values())]
        found = sorted(each_once, key=lambda each: each[0]["Effect"])
        return Access(
            principal=self._caller.role_arn
            if any_session(self._caller) and self._caller.role_arn
            else self._caller.arn,
            statements=tuple(each for each, _ in found),
            witnesses=tuple(each for _, each in found),
            unknown=tuple(self._unknown),
        )

    def add(self, region: Region, told_apart: Collection[str]) -> None:
        """Write what is allowed in a region; ``told_apart`` are the resources of all."""
        try:
            effective = Effective(self._environment, region, told_apart, self._reference)
            with saying_why(lambda: effective.space):
                self._unknown |= dict.fromkeys(_Region(effective, self._add).write())
        except NotToldError as error:
            self._unknown[str(error)] = None

    def _add(
        self, effect: Effect, parts: dict[str, Any], rests_on: bool, effective: Effective, boxes: Iterable[Box]
    ) -> None:
        """Add a statement with a request that shows it; ``rests_on``: whether policies must allow it."""
        statement = {"Effect": effect.value, **parts}
        (alone,) = compile_statements(parse_policy({"Version": "2012-10-17", "Statement": statement}), "access")
        key = repr(statement)
        if key in self._found or key in self._free:
            return

        def shows(request: Request) -> bool:
            completed = self._environment.completed(with_pairs(request))
            decision = judge(self._environment.policies_for(completed), completed).decision
            return (decision is EvalDecision.ALLOWED) is (effect is Effect.ALLOW) and alone.applies(completed)

        found = confirmed(effective.space, boxes, lambda _, request: shows(request))
        if found is None:
            box = next(iter(boxes))
            self._unknown[why_not_shown(effective.space, f"a statement on {parts}", box)] = None
            return
        kept = self._found if rests_on else self._free  # what needs no permission stands for itself
        kept[key] = statement, with_pairs(found[2])


class _Region:
    """One region, written as statements."""

    def __init__(
        self, effective: Effective, add: Callable[[Effect, dict[str, Any], bool, Effective, Iterable[Box]], None]
    ) -> None:
        self._effective, self._add = effective, add
        self._space, self._layout, self._budget = effective.space, effective.space.layout, effective.budget
        self._denied = [each.box for each in effective.side.denies]
        self._terms = self._needed()
        self._allowed = [box for boxes in self._terms.values() for box in boxes]
        self._askable = askable(self._space)

    def _needed(self) -> dict[tuple[CompiledStatement, ...], list[Box]]:
        """Return the boxes of which something is allowed, by the statements that allow them; none that others cover."""
        inside = self._layout.box({RESOURCE: self._space.fields[RESOURCE].full & ~self._effective.elsewhere})
        found = {term.box & inside: term.statements for term in self._effective.side.allowed}
        outside = self._effective.outside
        never = [*self._denied, *outside]
        giving = {found[box] for box in found if self._layout.difference([box], never, self._budget)}
        # what of them is denied altogether stays with the rest: a Deny says it
        live = [b for b in found if found[b] in giving and self._layout.difference([b], outside, self._budget)]
        live.sort(key=lambda box: (box.bit_count(), box))
        for box in [*live]:
            rest = [each for each in live if each != box]
            if not self._layout.difference([box], [*rest, *outside], self._budget):
                live = rest
        terms: dict[tuple[CompiledStatement, ...], list[Box]] = {}
        for box in live:
            terms.setdefault(found[box], []).append(box)
        return terms

    def write(self) -> Iterator[str]:
        """Add the statements, and yield why some cannot be written.

        Raises:
            TooRichError: The budget is spent.
        """
        for statements, boxes in self._terms.items():
            yield from self._tried(Effect.ALLOW, statements, boxes)
        for statement, boxes in self._denying().items():
            yield from self._tried(Effect.DENY, (statement,), boxes)

    def _tried(self, effect: Effect, statements: tuple[CompiledStatement, ...], boxes: list[Box]) -> Iterator[str]:
        least, most = self._limits(effect, statements, boxes)
        for each in rectangles(least, most):
            try:
                self._write(effect, statements, boxes, each, most)
            except NotWrittenError as error:
                yield str(error)

    def _limits(
        self, effect: Effect, statements: tuple[CompiledStatement, ...], boxes: list[Box]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Return for each action the resources that statements must hold, and those that they may."""
        full, inside = self._full(RESOURCE), ~self._effective.elsewhere
        said = resources_by_action(self._space, boxes)
        allowed = resources_by_action(self._space, self._allowed)
        anywhere = self._effective.is_anywhere(statements)
        within = self._effective.within(statements)
        least, most = dict[int, int](), dict[int, int]()
        for action, resources in self._askable.items():
            counted = resources & inside & (allowed.get(action, 0) if effect is Effect.DENY else full)
            own = said.get(action, 0)
            taken = 0 if anywhere else self._effective.taken_elsewhere(action)
            least[action], most[action] = own & counted & ~taken, (own | full & ~counted) & within & ~taken
        return least, most

    def _shown(self, effect: Effect, boxes: list[Box], action: Element, resource: Element) -> list[Box]:
        """Return boxes of requests that show a statement."""
        own = self._layout.box({ACTION: action.mask, RESOURCE: resource.mask})
        some = self._layout.intersections(boxes, own)
        if effect is Effect.DENY:
            some = [one for box in some for one in self._layout.intersections(self._allowed, box)]
        never = [*(self._denied if effect is Effect.ALLOW else ()), *self._effective.outside]
        return self._layout.difference(some, never, self._budget)

    def _denying(self) -> dict[CompiledStatement, list[Box]]:
        """Return what each Deny denies of what is allowed otherwise."""
        found: dict[int, tuple[CompiledStatement, list[Box]]] = {}
        for rule in self._effective.side.denies:
            common = self._layout.intersections(self._allowed, rule.box)
            if self._layout.difference(common, self._effective.outside, self._budget):
                found.setdefault(id(rule.statement), (rule.statement, []))[1].append(rule.box)
        return dict(found.values())

    def _write(
        self,
        effect: Effect,
        statements: tuple[CompiledStatement, ...],
        boxes: list[Box],
        each: Rectangle,
        most: Mapping[int, int],
    ) -> None:
        """Add the statements of a rectangle.

        Raises:
            NotWrittenError: No statements say it.
        """
        block = conditions(statements)
        wanted = Wanted(each.least, each.most, self._full(RESOURCE))
        for resource in element(self._space, RESOURCE, wanted, statements):
            may = mask_of(not resource.mask & ~most[action] for action in range(len(most)))
            wanted = Wanted(each.actions & may, may, self._full(ACTION))
            for action in element(self._space, ACTION, wanted, statements):
                shown = self._shown(effect, boxes, action, resource)
                if not shown:
                    continue
                parts: dict[str, Any] = {action.name: self._spelled(action.values), resource.name: resource.values}
                parts |= {"Condition": block} if block else {}
                self._add(effect, parts, bool(statements), self._effective, shown)
                self._cut(effect, action, resource)

    def _cut(self, effect: Effect, action: Element, resource: Element) -> None:
        """Add the Denies that take away again what a statement holds beside what is allowed.

        Raises:
            NotWrittenError: They would take away what is allowed otherwise.
        """
        parts = {"Action": list(action.but), resource.name: resource.values}
        cuts = [(action.cut, resource.mask | resource.cut, parts)]
        parts = {action.name: self._spelled(action.values), "Resource": list(resource.but)}
        cuts += [(action.mask | action.cut, resource.cut, parts)]
        for actions, resources, parts in cuts:
            if not (actions and resources):
                continue
            box = self._layout.box({ACTION: actions, RESOURCE: resources})
            met = self._layout.intersections(self._allowed, box)
            spared = self._layout.difference(met, [*self._denied, *self._effective.outside], self._budget)
            if effect is Effect.DENY or spared or any(map(self._effective.taken_elsewhere, bits(actions))):
                message = f"no statement holds {', '.join(action.values)} on {', '.join(resource.values)} and no more"
                raise NotWrittenError(message)
            shown = self._layout.difference([box], self._effective.outside, self._budget)
            if shown:
                self._add(Effect.DENY, parts, True, self._effective, shown)

    def _spelled(self, actions: list[str]) -> list[str]:
        """Return actions as AWS spells them, where that is known and the policies do not write them."""
        return [self._effective.spelled(each) for each in actions]

    def _full(self, number: int) -> int:
        return self._space.fields[number].full


def merged(found: Iterable[tuple[dict[str, Any], Request]]) -> list[tuple[dict[str, Any], Request]]:
    """Return fewer statements: those that differ in their resources or their actions alone are one."""
    statements = list(found)
    for name in ("Resource", "Action"):
        kept: dict[str, tuple[dict[str, Any], Request]] = {}
        for statement, witness in statements:
            rest = repr([(key, value) for key, value in statement.items() if key != name])
            key = rest if name in statement else repr(statement)
            if key in kept:
                values = dict.fromkeys([*kept[key][0][name], *statement[name]])
                kept[key][0][name] = [each for each in values if not _covered(each, values)]
            else:
                kept[key] = dict(statement), witness
        statements = list(kept.values())
    return statements


def _covered(value: str, values: Iterable[str]) -> bool:
    return any(covers(each, value) for each in values if each != value)


def caller_of(environment: Environment, principal: str) -> Principal:
    """Return the caller that an ARN names in an environment; a role is some session of it.

    Raises:
        RequestError: PG-R001 for what names no caller.
    """
    found = next(iter(callers_named([principal])), None)
    return environment.caller(parse_principal(principal) if found is None else found)
