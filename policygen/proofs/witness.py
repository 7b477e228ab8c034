"""From a box to one request in it, which the evaluator confirms."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from policygen.aws.arns import COLONS, parse_arn
from policygen.errors import RequestError
from policygen.matching.actions import compile_action
from policygen.matching.conditions.examples import examples
from policygen.matching.variables import Variable, variable_value
from policygen.matching.wildcards import ANY
from policygen.proofs.access import Flag
from policygen.proofs.boxes import Box
from policygen.proofs.fields import ACTION, NO, RESOURCE, WORLD, YES, ManyValues, OneValue, bits
from policygen.proofs.kinds import Kind, World, request_of, role_of
from policygen.proofs.reference import Taken
from policygen.proofs.resources import may_name, resource_matcher
from policygen.proofs.space import Space
from policygen.request.model import Request

_SERVICE = re.compile(r"\A(arn:[^:]+:)[^:]*(:::.)\Z")

_COMMON = ("s3", "sqs")
"""Services whose actions stand for those of any."""

MOST_TRIES = 6
"""Points of a box that are tried before it counts as not confirmed."""


MOST_RESOURCES, MOST_NAMES = 12, 40
"""Resources and real actions of a point that are tried for one that takes the other."""

MOST_BOXES = 12
"""Boxes that are tried before a difference counts as not confirmed."""


def requests_in(space: Space, box: Box) -> Iterator[tuple[World, Request]]:
    """Yield requests of a box, the plainest first: a few callers and actions, keys absent where they may be."""
    masks = space.layout.masks(box)
    if not space.holds(masks):
        return
    context = _context(space, masks)
    callers, actions = (list(islice(bits(masks[number]), MOST_TRIES)) for number in (WORLD, ACTION))
    actions.sort(key=lambda number: not any(_spelled(space, number, context)))  # real ones first
    for number in range(max(len(callers), len(actions))):
        world = space.worlds[callers[number % len(callers)]]
        try:
            yield world, _request(space, masks, world, actions[number % len(actions)], context)
        except RequestError:
            continue


def confirmed(
    space: Space, boxes: Iterable[Box], shows: Callable[[World, Request], bool]
) -> tuple[Box, World, Request] | None:
    """Return a request of some boxes for which ``shows`` is true, with its box and world; None when none was found."""
    for box in islice(boxes, MOST_BOXES):
        for world, request in requests_in(space, box):
            if shows(world, request):
                return box, world, request
    return None


def _request(space: Space, masks: Sequence[int], world: World, number: int, context: Mapping[str, Any]) -> Request:
    action, resource = _asked(space, masks, number, world, context)
    stated = dict(context)
    for flag in (flag for number, flag in space.flags.items() if masks[number] == YES):
        stated |= _fitting(flag, resource, stated, request_of(world, action, resource, stated))
    return request_of(world, action, resource, stated)


def _context(space: Space, masks: Sequence[int]) -> dict[str, Any]:
    """Return the condition keys that must be there, each with its first value."""
    found: dict[str, Any] = {}
    for field in space.keys.values():
        if isinstance(field, OneValue):
            value = next(_values(space, masks, field.number), (0, None))[1]
            found |= {field.field.name: value} if value is not None else {}
        else:
            found |= _several(space, field, masks)
    return found


def _asked(space: Space, masks: Sequence[int], number: int, world: World, context: Collection[str]) -> tuple[str, str]:
    """Return an action and a resource of their atoms: of the real actions, one that takes the resource, if any does."""
    resources = list(islice(_values(space, masks, RESOURCE), MOST_RESOURCES))
    invented = space.fields[ACTION].values[number]
    named = [arn.service for _, value in resources if (arn := parse_arn(value)) is not None]
    for action in islice(_spelled(space, number, context, named), MOST_NAMES):
        if space.kind is Kind.TRUST:
            return action, role_of(world) if space.attached is None else space.fields[RESOURCE].values[0]
        taken = space.actions.reference.taken(action.lower())
        for each, value in resources:
            texts = _texts(space, masks, each, value, action, world, taken)
            found = next((text for text in texts if _takes(taken, text)), None)
            if found is not None:
                return action, found
    number, value = resources[0]
    return invented, next(_texts(space, masks, number, value, invented, world, None))


def _values(space: Space, masks: Sequence[int], number: int) -> Iterator[tuple[int, Any]]:
    """Yield the atoms that a field has in a box, each with a value; those alone of which there is one."""
    if number in space.aside:
        return space.aside[number].values(masks)
    return ((each, space.fields[number].values[each]) for each in bits(masks[number]))


def _takes(taken: Taken | None, resource: str) -> bool:
    return taken is None or may_name(taken, resource)


def _several(space: Space, field: ManyValues, masks: Sequence[int]) -> dict[str, Any]:
    """Return the values that must be there; where a set may be empty the key is absent."""
    values = [value for number, value in enumerate(field.values) if not masks[field.first + number] & NO]
    return {space.fields[field.first].name: values} if values else {}


def _texts(
    space: Space, masks: Sequence[int], number: int, value: str, action: str, world: World, taken: Taken | None
) -> Iterator[str]:
    """Yield resources of an atom, those first that look like one of the action's service, a value of it last."""
    service, aside = action.partition(":")[0].lower(), space.aside.get(RESOURCE)
    examples = [_example(form, world) for form in (taken.arns if taken and value.startswith("arn:") else ())]
    ended = f"{value}x" if value.endswith(("/", ":")) else value
    for other in (*examples, _SERVICE.sub(rf"\1{service}\2", value), ended):
        if other in space.fields[RESOURCE].index or (aside is not None and not aside.allows(masks, other)):
            continue
        if all(
            resource_matcher(tokens)(other) is bool(mask >> number & 1) for tokens, mask in space.resource_patterns()
        ):
            yield other
    yield value


def _example(form: str, world: World) -> str:
    """Return an ARN of a form that the owner of a world may have."""
    arn, partition, service, region, account, resource = form.split(":", COLONS)
    partition = partition.replace("*", world.caller.partition or "aws")
    fields = (arn, partition, service, region.replace("*", "us-east-1"), account.replace("*", world.owner))
    return ":".join((*fields, resource.replace("*", "x")))


def _spelled(space: Space, number: int, context: Collection[str], others: Iterable[str] = ()) -> Iterator[str]:
    """Yield the actions of an atom as AWS spells them, those that may carry the keys of a context.

    Of an atom that stands for actions of any service, some of a few and of ``others``.
    """
    text: str = space.fields[ACTION].values[number]
    reference = space.actions.reference
    service = text.partition(":")[0]
    written = {each.lower(): each for each in space.actions_written}
    services = dict.fromkeys((*others, *_COMMON)) if service == "x" else (service,)
    known = {name.lower(): name for each in services for name in reference.names(each)}
    if text in space.actions.real:
        yield known.get(text, written.get(text, text))
        return
    apart = space.fields[ACTION].index
    tests = [(compile_action(each), compile_action(each)(text)) for each in written]
    for low, name in known.items():
        if (low not in apart or low == text) and all(test(low) is holds for test, holds in tests):
            if all(reference.carries(low, key.lower()) for key in context):
                yield name


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
