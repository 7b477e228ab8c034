"""What the templates of a spec are deployed with, as far as the spec tells: account, Region, the names of resources.

A template says neither where it is deployed nor what deploying makes up. Its buckets and roles are those of the spec,
so that the spec tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from policygen.reading import cloudformation
from policygen.reading.cloudformation import TemplateResource, resources_of
from policygen.spec.kinds import KeyType
from policygen.spec.model import Role, Spec

_ACCOUNT, _REGION = "AWS::AccountId", "AWS::Region"
_NO_ACCOUNT = f"the spec does not tell in which account a template is deployed: say it with `--parameter {_ACCOUNT}=…`"


class _Where(NamedTuple):
    """Where something of a spec is; a role is in no Region."""

    account: str
    region: str


class Deployments:
    """The values that templates are read with; each is told once.

    Attributes:
        parameters: What is given by name.
    """

    def __init__(self, spec: Spec, parameters: Mapping[str, str]) -> None:
        """Take what is given by name before what the spec tells."""
        self._spec, self.parameters = spec, parameters
        self._told: dict[str, None] = {}

    def of(self, template: dict[str, Any]) -> dict[str, str]:
        """Return the values of a template: the spec's, and stand-ins for names of which it tells nothing.

        Account and Region have no stand-in: of one that is not known nothing can be placed.
        """
        found = self._where(template)
        found |= self._names(template, found)
        new = [f"{name}={each}" for name, each in found.items() if name not in self.parameters]
        if new:
            self._told[f"a template is read as the spec has it: {', '.join(new)}; `--parameter` says otherwise"] = None
        if _ACCOUNT not in found:
            self._told[_NO_ACCOUNT] = None
        made = cloudformation.stand_ins(template)
        return {name: each for name, each in made.items() if name not in (_ACCOUNT, _REGION)} | found

    def told(self) -> tuple[str, ...]:
        """Return what was taken from the spec, and what it does not tell, in words."""
        return tuple(self._told)

    def _where(self, template: dict[str, Any]) -> dict[str, str]:
        """Return account and Region: what the places have in common at which most resources are those of the spec."""
        given = {name: self.parameters[name] for name in (_ACCOUNT, _REGION) if name in self.parameters}
        scores = {
            each: self._score(template, each)
            for each in dict.fromkeys(_places(self._spec))
            if given.items() <= {_ACCOUNT: each.account, _REGION: each.region}.items()
        }
        best = [each for each, score in scores.items() if score == max(scores.values())]
        accounts, regions = {each.account for each in best}, {each.region for each in best}
        found = {_ACCOUNT: accounts.pop()} if len(accounts) == 1 else {}
        return found | ({_REGION: regions.pop()} if len(regions) == 1 else {}) | given

    def _score(self, template: dict[str, Any], where: _Where) -> int:
        """Return how many resources of the spec a template names, were it deployed at a place."""
        named = _named(self._resources(template, {_ACCOUNT: where.account, _REGION: where.region}))
        buckets = {each.name for each in self._spec.buckets if (each.account, each.region) == where}
        roles = {each.name for each in _roles(self._spec) if each.account == where.account}
        return len(buckets & named["AWS::S3::Bucket"]) + len(roles & named["AWS::IAM::Role"])

    def _resources(self, template: dict[str, Any], values: Mapping[str, str]) -> list[TemplateResource]:
        return list(resources_of(template, {**values, **self.parameters}))

    def _names(self, template: dict[str, Any], where: Mapping[str, str]) -> dict[str, str]:
        """Return the names of those resources without one of which template and spec have one each that is left."""
        resources = self._resources(template, where)
        named, account, region = _named(resources), where.get(_ACCOUNT), where.get(_REGION)
        here = [each for each in self._spec.keys if (each.account, each.region) == (account, region)]
        spec_names = {
            "AWS::S3::Bucket": [e.name for e in self._spec.buckets if (e.account, e.region) == (account, region)],
            "AWS::IAM::Role": [each.name for each in _roles(self._spec) if each.account == account],
            "AWS::KMS::Key": [each.id for each in here if each.id is not None and each.type is not KeyType.AWS_MANAGED],
        }
        found: dict[str, str] = {}
        for kind, names in spec_names.items():
            nameless = [each.name for each in resources if each.type == kind and each.physical is None]
            left = [each for each in names if each not in named[kind]]
            if len(nameless) == len(left) == 1:
                found[nameless[0]] = left[0]
        return found


def _places(spec: Spec) -> Iterator[_Where]:
    """Yield where the buckets and keys of a spec are."""
    yield from (_Where(each.account, each.region) for each in spec.buckets)
    yield from (_Where(key.account, region) for key in spec.keys for region in key.regions)


def _roles(spec: Spec) -> list[Role]:
    return list(dict.fromkeys(role for replication in spec.replication for role in replication.roles))


def _named(resources: Sequence[TemplateResource]) -> dict[str, set[str]]:
    """Return the names of buckets, roles and keys that a template makes, or adds a policy to."""
    found: dict[str, set[str]] = {"AWS::S3::Bucket": set(), "AWS::IAM::Role": set(), "AWS::KMS::Key": set()}
    for each in resources:
        if each.type in found and each.physical is not None:
            found[each.type].add(each.physical)
        found["AWS::S3::Bucket"] |= _texts([each.properties.get("Bucket")])
        roles = each.properties.get("Roles")
        listed = roles if isinstance(roles, list) else []
        found["AWS::IAM::Role"] |= _texts([*listed, each.properties.get("RoleName")])
    return found


def _texts(values: Iterable[Any]) -> set[str]:
    return {each for each in values if isinstance(each, str)}
