"""An environment with further SCPs and RCPs attached, as if they were rolled out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.api.environments import as_file, environment_values, states_environment
from policygen.document.wrapped import parse_wrapped
from policygen.errors import ArgumentError, Problem
from policygen.source.files import is_folder, read_text

if TYPE_CHECKING:
    from policygen.document import PolicyDocument
    from policygen.evaluation import Environment

_MOST_BYTES = 64 * 1024 * 1024
_ROOT = "root"
_FULL = {"service_control": "p-FullAWSAccess", "resource_control": "p-RCPFullAWSAccess"}


def attached(
    paths: Iterable[str | Path],
    policies: Iterable[str | Path],
    to: str,
    *,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
) -> tuple[Environment, Environment, tuple[Problem, ...]]:
    """Return an environment with policies attached to a part of its organization, as it was, and what was not read.

    A policy with a Principal is an RCP, any other an SCP. What has none of its kind yet has AWS's own, which allows
    everything, beside.

    Args:
        paths: The environment: its file, or what was read of accounts.
        policies: Files of SCPs and RCPs.
        to: The id of the root (or ``root``), of an organizational unit, or of an account.
        parameters: Values for templates.
        shapes: A file of further shapes.

    Raises:
        ArgumentError: PG-A002 where the organization has no such part.
        PolicygenError: A file cannot be read, or is no policy.
    """
    from policygen.scenario.environments import environment_in

    listed = list(paths)
    written, problems = _written(listed, parameters, shapes)
    before = json.dumps(written)
    organization = written.get("organization") or {}
    documents = [parse_wrapped(read_text(path), str(path)) for path in policies]
    for document in documents:
        if not _attach(organization, document, to):
            known = ", ".join(f"`{each}`" for each in dict.fromkeys(_names(organization))) or "none"
            message = f"the organization has no `{to}`"
            raise ArgumentError(Problem(code="PG-A002", message=message, hint=f"what is known of it: {known}"))
    name = listed[0] if len(listed) == 1 else "environment"
    return environment_in(json.dumps(written), name), environment_in(before, name), problems


def _written(
    paths: list[str | Path], parameters: Mapping[str, str] | None, shapes: str | Path | None
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the environment as its file has it."""
    from policygen.source.nodes import plain
    from policygen.source.yaml_text import parse_text

    if len(paths) == 1 and str(paths[0]) != "-" and not is_folder(paths[0]):
        text = read_text(paths[0], max_bytes=_MOST_BYTES)
        if states_environment(text):
            found = plain(parse_text(text, str(paths[0])))
            return (found if isinstance(found, dict) else {}), ()
    values, problems = environment_values(paths, parameters=parameters, shapes=shapes)
    return as_file(values), problems


def _attach(organization: dict[str, Any], document: PolicyDocument, to: str) -> bool:
    """Attach a policy; false where there is nothing of this name."""
    named = any(each.principal or each.not_principal for each in document.statements)
    kind = "resource_control" if named else "service_control"
    own = {"name": document.source, "document": json.loads(document.to_json())}
    root = organization.get("root")
    if isinstance(root, dict):
        found = next((each for name, each in _parts(root) if name == to), None)
        if found is None:
            return False
        found[kind] = [*(found.get(kind) or [_full(kind)]), own]
        return True
    if to != _ROOT or not organization:
        return False
    levels: list[Any] = organization.get(kind) or [[_full(kind)]]
    organization[kind] = [[*levels[0], own], *levels[1:]]
    return True


def _full(kind: str) -> dict[str, Any]:
    from policygen.reading.tree import own_policy

    document = own_policy(_FULL[kind])
    return json.loads(document.to_json()) if document is not None else {}


def _parts(root: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield _ROOT, root
    yield str(root.get("id")), root
    yield from _below(root)


def _below(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("accounts", "units"):
        members: dict[str, Any] = node.get(kind) or {}
        for name, each in members.items():
            inner = members[name] = each or {}  # an account of which nothing is stated
            yield str(name), inner
            yield from _below(inner)


def _names(organization: Mapping[str, Any]) -> Iterator[str]:
    root = organization.get("root")
    if isinstance(root, dict):
        yield from (name for name, _ in _parts(root) if name != "None")
    elif organization:
        yield _ROOT
