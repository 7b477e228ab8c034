"""From a box to one request in it, which the evaluator confirms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from policygen.errors import RequestError
from policygen.matching.actions import compile_action
from policygen.matching.conditions.examples import examples
from policygen.matching.variables import Variable, variable_value
from policygen.matching.wildcards import ANY
from policygen.proofs.boxes import Box
from policygen.proofs.elements import resource_matcher
from policygen.proofs.fields import ACTION, NO, RESOURCE, WORLD, YES, ManyValues, OneValue, bits
from policygen.proofs.kinds import Kind, World, request_of, role_of
from policygen.proofs.space import Flag, Space
from policygen.request.model import Request

Names = Callable[[str], Iterable[str]]
"""Returns the actions of a service, by its prefix in lower case."""

_SERVICE = re.compile(r"\A(arn:[^:]+:)[^:]*(:::.)\Z")

MOST_TRIES = 6
"""Points of a box that are tried before it counts as not confirmed."""


MOST_BOXES = 12
"""Boxes that are tried before a difference counts as not confirmed."""


def no_names(_service: str) -> Iterable[str]:
    """Know no actions."""
    return ()


def requests_in(space: Space, box: Box, names: Names = no_names) -> Iterator[tuple[World, Request]]:
    """Yield requests of a box, the plainest first: a few callers and actions, keys absent where they may be."""
    masks = space.layout.masks(box)
    callers, actions = (list(islice(bits(masks[number]), MOST_TRIES)) for number in (WORLD, ACTION))
    for number in range(max(len(callers), len(actions))):
        world = space.worlds[callers[number % len(callers)]]
        point = {ACTION: actions[number % len(actions)]}
        try:
            yield world, _request(space, masks, world, point, names)
        except RequestError:
            continue


def confirmed(
    space: Space, boxes: Iterable[Box], names: Names, shows: Callable[[World, Request], bool]
) -> tuple[Box, World, Request] | None:
    """Return a request of some boxes for which ``shows`` is true, with its box and world; None when none was found."""
    for box in islice(boxes, MOST_BOXES):
        for world, request in requests_in(space, box, names):
            if shows(world, request):
                return box, world, request
    return None


def _request(space: Space, masks: Sequence[int], world: World, point: Mapping[int, int], names: Names) -> Request:
    first = [point.get(number, next(iter(bits(mask)))) for number, mask in enumerate(masks)]
    action = _spelled(space, first[ACTION], names)
    of_any_role = space.kind is Kind.TRUST and space.attached is None
    resource = role_of(world) if of_any_role else _readable(space, first[RESOURCE], action)
    context: dict[str, Any] = {}
    for field in space.keys.values():
        if isinstance(field, OneValue):
            value = field.field.values[first[field.number]]
            context |= {field.field.name: value} if value is not None else {}
        else:
            context |= _several(space, field, masks)
    for number, flag in space.flags.items():
        if masks[number] == YES:
            context |= _fitting(flag, resource, context, request_of(world, action, resource, context))
    return request_of(world, action, resource, context)


def _several(space: Space, field: ManyValues, masks: Sequence[int]) -> dict[str, Any]:
    """Return the values that must be there; where a set may be empty the key is absent."""
    values = [value for number, value in enumerate(field.values) if not masks[field.first + number] & NO]
    return {space.fields[field.first].name: values} if values else {}


def _readable(space: Space, number: int, action: str) -> str:
    """Return a resource of an atom that looks like one of the action's service, where the atom has one."""
    text: str = space.fields[RESOURCE].values[number]
    if space.kind is Kind.TRUST:
        return text
    service = action.partition(":")[0].lower()
    for other in (_SERVICE.sub(rf"\1{service}\2", text), f"{text}x" if text.endswith(("/", ":")) else text):
        if other not in space.fields[RESOURCE].index and all(
            resource_matcher(tokens)(other) is bool(mask >> number & 1) for tokens, mask in space.resource_patterns()
        ):
            return other
    return text


def _spelled(space: Space, number: int, names: Names) -> str:
    """Return an action of an atom as AWS spells it: a real one where the catalogue knows one."""
    text: str = space.fields[ACTION].values[number]
    written = {each.lower(): each for each in space.actions_written}
    if text in written:
        return written[text]
    tests = [(compile_action(each), compile_action(each)(text)) for each in dict.fromkeys(written)]
    apart = space.fields[ACTION].index
    service = text.partition(":")[0]
    known = {name.lower(): name for name in names("s3" if service == "x" else service)}
    alike = (
        name for low, name in known.items() if low not in apart and all(test(low) is holds for test, holds in tests)
    )
    return known.get(text) or next(alike, text)


def _fitting(flag: Flag, resource: str, context: dict[str, Any], request: Request) -> dict[str, Any]:
    """Return the variables' values with which a value of a policy matches what the request has already."""
    if flag.template is None:
        return _examples(flag, request)
    found = resource if flag.key is None else next((v for k, v in context.items() if k.lower() == flag.key), None)
    if not isinstance(found, str):
        return {}
    pattern = "".join(
        "(.*?)"
        if isinstance(part, Variable)
        else re.escape(part)
        if isinstance(part, str)
        else ".*"
        if part is ANY
        else "."
        for part in flag.template.parts
    )
    match = re.fullmatch(pattern, found, re.DOTALL)
    variables = [part for part in flag.template.parts if isinstance(part, Variable)]
    bound = dict(zip(variables, match.groups(), strict=True)) if match else {}
    return {each.key: value for each, value in bound.items() if variable_value(each, request.context) != value}


def _examples(flag: Flag, request: Request) -> dict[str, Any]:
    condition = flag.condition
    if condition is None or condition.holds(request.context):
        return {}
    for value in examples(condition, request.context):
        changed = request.with_context({condition.entry.key: value})
        if condition.holds(changed.context):
            return {condition.entry.key: value}
    return {}
