"""Requests that nobody can make, and calls that no policy of a kind decides: they prove nothing and show nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

from policygen.aws.arns import Arn, is_account_id, parse_arn
from policygen.proofs.actions import Actions, has_rules_of_its_own
from policygen.proofs.automaton import union
from policygen.proofs.boxes import Part
from policygen.proofs.fields import ACTION, NO, RESOURCE, WORLD, Field, ManyValues, OneValue, mask_of
from policygen.proofs.kinds import OTHER, Kind, World, decides, typical
from policygen.proofs.reference import Taken
from policygen.proofs.resources import taken_of
from policygen.request.condition_keys import find_condition_key
from policygen.request.context import ENCRYPTION_CONTEXT
from policygen.request.derived import caller_context

Keys = Mapping[str, OneValue | ManyValues]


def impossible(
    kind: Kind, fields: Sequence[Field], keys: Keys, asked: Set[str], known: Actions, typed: Mapping[Taken, int]
) -> Iterator[Part]:
    """Yield what lies outside the space.

    Args:
        kind: What the policies are.
        fields: The fields.
        keys: Those of condition keys, by name in lower case.
        asked: Every context key that a statement looks at, in lower case.
        known: What is known of the actions.
        typed: Actions by the resources that they take, where the field of resources tells these apart.
    """
    worlds: Sequence[World] = fields[WORLD].values
    actions: Sequence[str] = fields[ACTION].values
    arns = {number: arn for number, text in enumerate(fields[RESOURCE].values) if (arn := parse_arn(text)) is not None}
    if kind is not Kind.WHOLE:
        yield from _undecided(kind, worlds, actions)
    if kind is not Kind.TRUST:  # its resource is whatever role it stands on
        yield from _of_other_partition(worlds, arns)
        linked = union(1 << number for number, arn in arns.items() if _is_service_linked(arn))
        yield from [{RESOURCE: linked}] if linked and kind is Kind.RCP else []
        if kind.is_of_resource or kind is Kind.WHOLE or any(key.endswith(":resourceaccount") for key in asked):
            yield from _of_other_owner(worlds, arns)
        if not kind.is_of_resource and kind is not Kind.WHOLE:
            yield from _across_accounts(kind, worlds, actions, arns)
    for taken, mask in typed.items():
        untaken = fields[RESOURCE].full & ~taken_of(fields[RESOURCE], taken, on_resource=kind.is_of_resource)
        yield from [{ACTION: mask, RESOURCE: untaken}] if untaken else []
    for key, field in keys.items():
        yield from _not_carried(worlds, known, key, field)
    yield from _pairs_without_names(keys)


def _is_service_linked(arn: Arn) -> bool:
    """Tell whether a resource is a role that no RCP limits."""
    return arn.service == "iam" and arn.resource.startswith("role/aws-service-role/")


def _undecided(kind: Kind, worlds: Sequence[World], actions: Sequence[str]) -> Iterator[Part]:
    """Yield calls that no policy of a kind decides, by asking the evaluator once for each kind of caller."""
    groups: dict[World, int] = {}
    for number, world in enumerate(worlds):
        groups[typical(world)] = groups.get(typical(world), 0) | 1 << number
    calls: dict[str, int] = {}
    for number, action in enumerate(actions):
        service = action.partition(":")[0]
        if service == "iam" or kind is Kind.RCP or has_rules_of_its_own(action):
            call = action if has_rules_of_its_own(action) else f"{service}:other"
            calls[call] = calls.get(call, 0) | 1 << number
    for world, mask in groups.items():
        undecided = union(map(calls.__getitem__, _undecided_calls(kind, world, tuple(calls))))
        if undecided:
            yield {WORLD: mask, ACTION: undecided}


@lru_cache(maxsize=4096)
def _undecided_calls(kind: Kind, world: World, calls: tuple[str, ...]) -> tuple[str, ...]:
    """Return the calls that no policy of a kind decides in a world: the same few are asked for every policy."""
    return tuple(call for call in calls if not decides(kind, world, call, _resource(call, world)))


def _resource(action: str, world: World) -> str:
    """Return a resource that an action may be asked for."""
    service, _, name = action.partition(":")
    if service == "s3":
        return "arn:aws:s3:::bucket/key"
    if service == "kms":
        return f"arn:aws:kms:us-east-1:{world.owner}:key/1"
    if service == "sts":
        return "*" if name.startswith("get") else f"arn:aws:iam::{world.owner}:role/role"
    return f"arn:aws:{service}:us-east-1:{world.owner}:something"


def _of_other_partition(worlds: Sequence[World], arns: Mapping[int, Arn]) -> Iterator[Part]:
    for partition in dict.fromkeys(arn.partition for arn in arns.values()):
        others = mask_of(world.caller.partition not in ("", partition) for world in worlds)
        if others:
            yield {
                WORLD: others,
                RESOURCE: union(1 << each for each, arn in arns.items() if arn.partition == partition),
            }


def _of_other_owner(worlds: Sequence[World], arns: Mapping[int, Arn]) -> Iterator[Part]:
    """Yield resources whose ARN names another owner than the world."""
    for account in dict.fromkeys(arn.account for arn in arns.values() if is_account_id(arn.account)):
        others = mask_of(world.owner != account for world in worlds)
        if others:
            yield {WORLD: others, RESOURCE: union(1 << each for each, arn in arns.items() if arn.account == account)}


def _across_accounts(
    kind: Kind, worlds: Sequence[World], actions: Sequence[str], arns: Mapping[int, Arn]
) -> Iterator[Part]:
    """Yield calls on resources of other accounts that no policy of the caller decides: of KMS, of bucket policies."""
    accounts = {number: arn.account for number, arn in arns.items() if is_account_id(arn.account)}
    groups: dict[tuple[str | None, World], int] = {}
    for number, world in enumerate(worlds if accounts else ()):
        other = World(caller=world.caller, owner=OTHER)
        group = world.caller.account, typical(other)
        groups[group] = groups.get(group, 0) | 1 << number
    found: dict[tuple[int, int], int] = {}
    for (own, other), callers in groups.items():
        foreign = union(1 << number for number, account in accounts.items() if account != own)
        undecided = mask_of(
            has_rules_of_its_own(action) and not decides(kind, other, action, _resource(action, other))
            for action in actions
        )
        if foreign and undecided:
            found[undecided, foreign] = found.get((undecided, foreign), 0) | callers
    yield from ({WORLD: callers, ACTION: each, RESOURCE: foreign} for (each, foreign), callers in found.items())


def _not_carried(worlds: Sequence[World], known: Actions, key: str, field: OneValue | ManyValues) -> Iterator[Part]:
    """Yield the requests that never carry a key and would here, and those that always do and would not."""
    row, actions = find_condition_key(key), known.field.values
    others = known.without(key)
    yield from ({**each, ACTION: others} for each in field.present() if others)
    if row is None:
        return
    following = mask_of(key in (name.lower() for name, _ in caller_context(world.caller)) for world in worlds)
    if following:  # a user always has a name
        yield {**field.absent(), WORLD: following}
    services = {action.partition(":")[0] for action in actions}
    for kind in dict.fromkeys(world.caller.kind for world in worlds):
        callers = mask_of(world.caller.kind is kind for world in worlds)
        without = {each for each in services if not row.can_be_carried(kind, service=each)}
        silent = mask_of(action.partition(":")[0] in without for action in actions)
        yield from ({**each, WORLD: callers, ACTION: silent} for each in field.present() if silent)
        saying = (1 << len(actions)) - 1 & ~silent
        if row.in_every_request and kind in row.callers and saying:
            yield {**field.absent(), WORLD: callers, ACTION: saying}


def _pairs_without_names(keys: Keys) -> Iterator[Part]:
    """Yield encryption contexts of which a pair is there and its name is not among the names."""
    names = keys.get(f"{ENCRYPTION_CONTEXT[:-1]}keys")
    for key, field in keys.items() if isinstance(names, ManyValues) else ():
        pair = field.field.name[len(ENCRYPTION_CONTEXT) :] if isinstance(field, OneValue) else ""
        if isinstance(names, ManyValues) and key.startswith(ENCRYPTION_CONTEXT) and pair in names.values:
            yield from ({**each, names.first + names.values.index(pair): NO} for each in field.present())
