"""From what a user or role used to the statements of a policy, at a stated level."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.evaluation.environment import Environment
from policygen.events import Cause
from policygen.suggesting.conditions import Conditions, met_by
from policygen.suggesting.patterns import of_resources
from policygen.suggesting.result import Generalised, Level
from policygen.suggesting.used import Ask, Use

Elements = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """A policy as it is first written: a statement for each action, or several where their conditions differ.

    Attributes:
        document: The policy; the proofs hold all that follows to it.
        generalised: The patterns that stand for more than was used.
    """

    document: PolicyDocument
    generalised: tuple[Generalised, ...]


@dataclass(slots=True)
class _Patterns:
    """Patterns that were written, by what they are of and themselves."""

    actions: dict[tuple[str | None, str], set[str]] = field(default_factory=dict)
    counts: dict[tuple[str | None, str], int] = field(default_factory=dict)

    def note(self, key: str | None, pattern: str, action: str, count: int) -> None:
        self.actions.setdefault((key, pattern), set()).add(action)
        self.counts[key, pattern] = max(count, self.counts.get((key, pattern), 0))

    def noted(self) -> Iterator[Generalised]:
        for (key, pattern), actions in sorted(self.actions.items(), key=lambda each: (each[0][0] or "", each[0][1])):
            count = self.counts[key, pattern]
            yield Generalised(pattern=pattern, actions=tuple(sorted(actions)), count=count, key=key)


def drafted(
    name: str, uses: Iterable[Use], level: Level, most: int, held: Environment | None, actions: Collection[str]
) -> Draft:
    """Return a policy that allows what was used.

    Args:
        name: The policy's name.
        uses: What was used.
        level: How much of a call it says.
        most: How many resources, or values of a condition key, stand in one place before a pattern takes theirs.
        held: Where users and roles are looked up whose paths records leave out; None: either is allowed.
        actions: The actions that need a permission; the others are left out.
    """
    by_action: dict[str, list[Use]] = {action: [] for action in sorted(actions, key=str.lower)}
    for each in uses:
        if each.ask.action in by_action:
            by_action[each.ask.action].append(each)
    noted = _Patterns()
    if level is Level.ACTION:
        statements = [_statement(list(by_action), ["*"])] if by_action else []
    else:
        statements = [
            statement
            for action, some in by_action.items()
            for statement in _of_action(action, _by_resource(some, held), level, most, noted)
        ]
    document = parse_policy({"Version": "2012-10-17", "Statement": statements}, name)
    return Draft(document=document, generalised=tuple(noted.noted()))


def _of_action(
    action: str, by_resource: Mapping[str, list[Use]], level: Level, most: int, noted: _Patterns
) -> Iterator[Elements]:
    """Yield the statements that allow an action on the resources on which it was used."""
    by_conditions: dict[Conditions, list[str]] = {}
    for pattern, resources in of_resources(by_resource, most).items():
        if len(resources) > 1:
            noted.note(None, pattern, action, len(resources))
        conditions: Conditions = ()
        if level is Level.CONDITION:
            met = met_by((use.ask.carried for each in resources for use in by_resource[each]), most)
            conditions = met.conditions
            for key, value, count in met.generalised:
                noted.note(key, value, action, count)
        by_conditions.setdefault(conditions, []).append(pattern)
    for found, patterns in by_conditions.items():
        yield _statement([action], sorted(patterns), found)


def _statement(actions: list[str], resources: list[str], conditions: Conditions = ()) -> Elements:
    found: Elements = {"Effect": "Allow", "Action": _one_or_all(actions), "Resource": _one_or_all(resources)}
    for operator, key, values in conditions:
        found.setdefault("Condition", {}).setdefault(operator, {})[key] = _one_or_all(list(values))
    return found


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _by_resource(uses: Iterable[Use], held: Environment | None) -> dict[str, list[Use]]:
    """Return uses by what stands for their resources; by several where a record leaves out a path."""
    found: dict[str, list[Use]] = {}
    for use in uses:
        for resource in resources_meant(use.ask, held):
            found.setdefault(resource, []).append(use)
    return found


def resources_meant(ask: Ask, held: Environment | None) -> tuple[str, ...]:
    """Return the resource that was asked for; where the record leaves out its path, what it may be.

    One of IAM's is looked up by its name, which is unique in its account (E245). Else it is the one without a path, and
    a pattern of those with one.
    """
    resource = ask.resource
    if ask.lacks is not Cause.PATH:
        return (resource,)
    head, slash, name = resource.partition("/")
    known = [each for each in (held.principals if held is not None else ()) if _is_named(each, head, name)]
    return tuple(known) if len(known) == 1 else (resource, f"{head}{slash}*/{name}")


def _is_named(arn: str, head: str, name: str) -> bool:
    found = parse_arn(arn)
    return found is not None and arn.startswith(f"{head}/") and found.resource.rpartition("/")[2] == name
