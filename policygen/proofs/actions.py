"""The field of actions: which of a policy's patterns can hold together, and what is known of the actions themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policygen.aws.arns import parse_arn
from policygen.evaluation.services import kms, organizations, s3, sts
from policygen.matching.actions import compile_action
from policygen.matching.wildcards import Step, glob_steps, tokens_of
from policygen.proofs.automaton import JointAutomaton, TooRichError
from policygen.proofs.fields import Field, mask_of
from policygen.proofs.kinds import Kind
from policygen.proofs.reference import Reference, Taken
from policygen.request.condition_keys import few_actions, find_condition_key

_MOST_CARRIERS = 5
_ACTION = re.compile(r"[a-z0-9-]+:[a-z0-9_-]+\Z")
_SOME: list[Step] = [("one", ""), ("star-in-field", "")]

Elements = Mapping[str, frozenset[object]]
"""Patterns of actions in lower case, each with the elements that list it."""


def special_actions(kind: Kind, resources: Collection[str]) -> tuple[str, ...]:
    """Return the actions that are judged by rules of their own, in lower case, as far as a kind meets them."""
    if kind is Kind.KEY:
        return (*sorted(kms.CROSS_ACCOUNT), *sorted(kms.WITHOUT_KEY))
    if kind is Kind.RESOURCE:
        return s3.OF_BUCKET_POLICIES
    if kind is Kind.WHOLE:
        others = (*s3.OF_BUCKET_POLICIES, *s3.TAGGED_UNDER_ABAC, *sts.WITH_RULES_OF_THEIR_OWN)
        return (*others, *sorted(kms.CROSS_ACCOUNT), *sorted(kms.WITHOUT_KEY))
    of_keys = sorted(kms.CROSS_ACCOUNT) if any(":kms:" in each for each in resources) else ["kms:retiregrant"]
    return (*s3.OF_BUCKET_POLICIES, *sts.WITH_RULES_OF_THEIR_OWN, *of_keys)


def has_rules_of_its_own(action: str) -> bool:
    """Tell whether the evaluator may judge an action otherwise than the other ones of its service."""
    return action.startswith(("sts:", "kms:")) or action in s3.OF_BUCKET_POLICIES


@dataclass(frozen=True, slots=True)
class Actions:
    """The atoms of the field, in lower case.

    Attributes:
        field: The field.
        real: Those that stand for one action of AWS's, or for several alike; another one stands for any text that
            meets the same patterns.
        reference: What is known of them.
    """

    field: Field
    real: frozenset[str]
    reference: Reference

    def taken(self, action: str) -> Taken | None:
        """Return the resources that the calls of an atom may name; None when that is not known."""
        return self.reference.taken(action) if action in self.real else None

    def without(self, key: str) -> int:
        """Return the atoms whose calls never carry a condition key, in lower case; a global key any call may carry."""
        few = few_actions(key)
        if few is None and key.startswith("aws:"):
            return 0
        return mask_of(
            (few is not None and each not in few) or (each in self.real and not self.reference.carries(each, key))
            for each in self.field.values
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What tells actions apart."""

    kind: Kind
    patterns: Elements
    resources: Collection[str]
    keys: tuple[str, ...]

    @property
    def wild(self) -> Elements:
        return {each: own for each, own in self.patterns.items() if "*" in each or "?" in each}

    def apart(self, carriers: Iterable[str]) -> list[str]:
        """Return the actions that stand for themselves, those that the policies name first."""
        named = (each for each in self.patterns if _ACTION.match(each))
        return list(dict.fromkeys([*named, *carriers, *special_actions(self.kind, self.resources)]))

    def services(self) -> list[str]:
        """Return the services whose actions are asked about; an empty text for any."""
        if self.kind is Kind.RCP:
            return sorted(organizations.RCP_SERVICES)
        if not self.kind.is_of_resource:
            return [""]
        if self.kind is not Kind.RESOURCE:
            return ["kms" if self.kind is Kind.KEY else "sts"]
        named = self.named() | {arn.service for each in self.resources if (arn := parse_arn(each)) is not None}
        return sorted(each for each in named if re.fullmatch(r"[a-z0-9-]+", each)) or ["s3"]

    def named(self) -> set[str]:
        """Return the prefixes of services that the policies name."""
        return {each.partition(":")[0] for each in self.patterns if ":" in each}


def action_field(
    kind: Kind,
    patterns: Elements,
    resources: Collection[str],
    keys: Iterable[str],
    reference: Reference,
    *,
    closed: bool = False,
) -> Actions:
    """Return the actions that patterns tell apart, in lower case.

    A policy on a resource is asked about the actions of the services that it names, by action or ARN. Of a condition
    key that only some calls carry, such calls are among them.

    Args:
        kind: What the policies are.
        patterns: The patterns, in lower case.
        resources: The resources that the policies name.
        keys: The condition keys that they look at, in lower case.
        reference: What is known of actions.
        closed: Whether a wildcard stands for no more than the actions that the reference knows, of its services.

    Raises:
        TooRichError: There are too many.
    """
    asked = _Asked(kind, patterns, resources, tuple(keys))
    carrying = [carrier for key in asked.keys for carrier in _carriers(key)]
    apart = asked.apart(each for each in carrying if ":" in each)
    services = asked.services()
    if services == [""]:
        services += [each for each in dict.fromkeys(carrying) if ":" not in each]
    known: dict[str, list[str]] = {}
    if closed:
        wanted = {*services, *asked.named()} - {""} if "" in services else set(services)
        known = {each: names for each in sorted(wanted) if (names := _names(reference, each))}
    found = list(_alike(asked, known, reference, apart))
    any_text = _any_text(asked, [each for each in services if each not in known], apart)
    found_text = [each for each in any_text if each.partition(":")[0] not in known]
    if "" not in services:
        apart = [each for each in apart if each.partition(":")[0] in services]
    written = [each for each in apart if each in patterns or each in carrying]
    skipped = kms.WITHOUT_KEY if kind is Kind.KEY else frozenset[str]()
    ordered = dict.fromkeys([*written, *found, *found_text, *apart])  # the plainest first
    field = Field("Action", tuple(each for each in ordered if each not in skipped))
    return Actions(field, frozenset([*apart, *found]), reference)


def _names(reference: Reference, service: str) -> list[str]:
    return [each.lower() for each in reference.names(service)]


def _alike(
    asked: _Asked, known: Mapping[str, list[str]], reference: Reference, apart: Collection[str]
) -> Iterator[str]:
    """Yield one action for all of a service that the same elements list, and that take and carry the same."""
    seen: set[object] = set(apart)
    wild = [(compile_action(each), own) for each, own in asked.wild.items()]
    for service, names in known.items():
        for action in names if wild else ():
            carried = tuple(reference.carries(action, key) for key in asked.keys)
            listing = frozenset[object]().union(*(own for matches, own in wild if matches(action)))
            group = (service, listing, reference.taken(action), carried)
            if group not in seen and action not in seen:
                seen.add(group)
                yield action


def _any_text(asked: _Asked, services: Sequence[str], apart: Collection[str]) -> Iterator[str]:
    """Yield a shortest text for every combination of patterns, of some services each."""
    automaton = JointAutomaton(
        (glob_steps(tokens_of(each)) for each in asked.wild),
        shapes=[[*_SOME, ("literal", ":"), *_SOME]],
        elements=asked.wild.values(),
    )
    try:
        for each in services:
            yield from filter(_ACTION.match, automaton.witnesses(f"{each}:" if each else "", apart))
    except TooRichError:
        raise TooRichError("Action") from None


def _carriers(key: str) -> Iterable[str]:
    """Return the only actions that carry a condition key, or the only service; nothing for a key that any may carry."""
    few, row = few_actions(key), find_condition_key(key)
    if few is not None:
        return sorted(few)[:_MOST_CARRIERS]
    return [row.service] if row is not None and row.service is not None else []
