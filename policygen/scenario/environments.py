"""Environments: the file that states one, and the values it consists of.

Whatever states an environment, a file or what was read of an account, comes to the same values: those of the file, with
documents that are read. ``{managed: ARN}`` stands for a managed policy wherever a document may stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from policygen.aws.arns import parse_arn
from policygen.document import PolicyDocument
from policygen.errors import DocumentError, Place, PolicygenError, Problem, SuiteError
from policygen.evaluation import EndpointPolicies, Environment, PrincipalPolicies, ResourcePolicies
from policygen.evaluation.reading import parse_grant
from policygen.fields.read import Doc, Entry
from policygen.scenario.files import DocumentReader
from policygen.scenario.organization import check_organization, organization_of
from policygen.source.files import read_text
from policygen.suite import parse_environment, quick_environment


class Managed(NamedTuple):
    """What stands for a managed policy: its ARN, and where it is named."""

    arn: str
    place: Place


def load_environment(path: str | Path) -> Environment:
    """Return the environment in a file.

    Raises:
        SourceError: A file cannot be read.
        SuiteError: PG-T001 to PG-T004.
        DocumentError: With every problem of every document.
    """
    return environment_in(read_text(path), path)


def environment_in(text: str, path: str | Path) -> Environment:
    """Return the environment in a text that was read from a file; raises as :func:`load_environment`."""
    quick = quick_environment(text, str(path))
    if quick is not None:
        with suppress(PolicygenError):  # who reads it with lines and columns says where
            return build_environment(quick, DocumentReader(str(path)))
    return build_environment(parse_environment(text, str(path)), DocumentReader(str(path)))


def build_environment(written: Entry, reader: DocumentReader) -> Environment:
    """Return the environment that was written, with its documents read.

    Raises:
        DocumentError: With every problem of every document; PG-T009 for a managed policy or group that is not there.
    """
    check_organization(written)
    _check_key_policies(written)
    places = {arn: entry.at("grants") for arn, entry in written["resources"].items()}
    stated = written.stated()
    for arn, entry in stated.get("resources", {}).items():
        named = entry.get("key_policies", {}).items()
        entry["key_policies"] = {name: doc if doc.name else replace(doc, name=f"{arn} {name}") for name, doc in named}
    values = _read(stated, reader)
    for arn, entry in values.get("resources", {}).items():
        entry["grants"] = tuple(parse_grant(each, places[arn]) for each in entry.get("grants", ()))
    reader.finish()
    return environment_of(values, written.place)


def _check_key_policies(written: Entry) -> None:
    """Refuse key policies by name where there are others, or none.

    Fact: N11
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html

    Raises:
        SuiteError: PG-T006 for another resource than a key, and for a key with ``resource_based``, too.
    """
    problems = []
    for arn, entry in written["resources"].items():
        named, place = parse_arn(arn), entry.at("key_policies")
        if not entry.given("key_policies"):
            continue
        if named is None or named.service != "kms":
            message, hint = f"`{arn}` is no KMS key, and has no `key_policies`", "write `resource_based`"
            problems.append(Problem(code="PG-T006", message=message, place=place, hint=hint))
        elif entry.given("resource_based"):
            message = "a key has `resource_based` or `key_policies`, not both"
            hint = "write the policy that its administrators manage as `key_policies: {default: …}`"
            problems.append(Problem(code="PG-T006", message=message, place=place, hint=hint))
    if problems:
        raise SuiteError(*problems)


def _read(value: Any, reader: DocumentReader) -> Any:
    """Return values with documents in the place of what names them; those that cannot be read are left out."""
    if isinstance(value, Doc):
        named = value.value.get("managed") if isinstance(value.value, Mapping) and len(value.value) == 1 else None
        return Managed(named, value.place) if isinstance(named, str) else reader.one(value)
    if isinstance(value, dict):
        return {name: _read(each, reader) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(found for each in value if (found := _read(each, reader)) is not None)
    return value


def environment_of(values: Mapping[str, Any], place: Place | None = None) -> Environment:
    """Return the environment of a file's values, whose documents are parsed, or named as :class:`Managed`.

    Args:
        values: As :data:`policygen.suite.fields.ENVIRONMENT` has them; what is not stated is left out.
        place: Where they stand.

    Raises:
        DocumentError: PG-T009 for each managed policy and group that is not there.
    """
    builder = _Builder(values, place or Place())
    found = builder.environment()
    if builder.problems:
        raise DocumentError(*builder.problems)
    return found


class _Builder:
    """Builds one environment, collecting problems."""

    def __init__(self, values: Mapping[str, Any], place: Place) -> None:
        self._values = values
        self._place = place
        self.problems: list[Problem] = []

    def environment(self) -> Environment:
        return Environment(
            principals={arn: self._principal(each) for arn, each in self._each("principals")},
            resources={arn: self._resource(each) for arn, each in self._each("resources")},
            **organization_of(self._values, self._several),
            vpc_endpoints={
                name: EndpointPolicies(policy=self._one(each.get("policy")), type=each.get("type"))
                for name, each in self._each("vpc_endpoints")
            },
        )

    def _each(self, name: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
        members: Mapping[str, Mapping[str, Any]] = self._values.get(name, {})
        return members.items()

    def _principal(self, entry: Mapping[str, Any]) -> PrincipalPolicies:
        groups = [each for arn in entry.get("groups", ()) for each in self._group(arn)]
        return PrincipalPolicies(
            identity_based=(*self._several(entry.get("identity_based", ())), *groups),
            permissions_boundary=self._one(entry.get("permissions_boundary")),
            trust_policy=self._one(entry.get("trust_policy")),
            tags=tuple(entry.get("tags", {}).items()),
        )

    def _group(self, arn: str) -> tuple[PolicyDocument, ...]:
        group = self._values.get("groups", {}).get(arn)
        if group is None:
            self._missing(f"the group `{arn}` is not stated", self._place, "add it to `groups`")
            return ()
        return self._several(group.get("identity_based", ()))

    def _resource(self, entry: Mapping[str, Any]) -> ResourcePolicies:
        return ResourcePolicies(
            account=entry.get("account"),
            region=entry.get("region"),
            resource_based=self._several((*entry.get("resource_based", ()), *entry.get("key_policies", {}).values())),
            block_public_access=entry.get("block_public_access", {}),
            tags=tuple(entry.get("tags", {}).items()),
            grants=entry.get("grants", ()),
            aliases=entry.get("aliases", ()),
            multi_region=entry.get("multi_region"),
            abac=entry.get("abac", False),
        )

    def _several(self, documents: Iterable[Any]) -> tuple[PolicyDocument, ...]:
        return tuple(found for each in documents if (found := self._one(each)) is not None)

    def _one(self, document: Any) -> PolicyDocument | None:
        if not isinstance(document, Managed):
            return document  # type: ignore[no-any-return]  # parsed, or none
        found: PolicyDocument | None = self._values.get("managed_policies", {}).get(document.arn)
        if found is None:
            self._missing(f"the managed policy `{document.arn}` is not stated", document.place, "add it, or its text")
        return found

    def _missing(self, message: str, place: Place, hint: str) -> None:
        self.problems.append(Problem(code="PG-T009", message=message, place=place, hint=hint))
