"""What requests of tests are asked of: specs, environments and policies, as they are or by the path of a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.compared import MOST_BYTES, Kind, kind_in
from policygen.api.environments import environment_of_spec, load_environment
from policygen.document import Document, PolicyDocument, parse_policy
from policygen.document.wrapped import parse_wrapped
from policygen.errors import ArgumentError, DocumentError, PolicygenError, Problem
from policygen.evaluation import Environment, PolicySet
from policygen.source.files import is_folder, read_text

if TYPE_CHECKING:
    from policygen.spec.model import Spec

_MOST_SPECS = 8

_of_specs: dict[int, tuple[Spec, Environment]] = {}
"""What specs generate, by the spec's identity: a spec never changes, and many requests are asked of one."""


def target_of(given: Spec | Document | Sequence[Document]) -> PolicySet | Environment:
    """Return what answers requests: the environment, or the policies, that somebody gave.

    Policies with a Principal are resource-based, the others identity-based.

    Args:
        given: A spec; a policy document in any form, or several; or the path of a file or folder with a spec, an
            environment, a policy, or what was read of accounts.

    Raises:
        SourceError: A file cannot be read.
        PolicygenError: It is no spec, environment or policy; every problem at once.
    """
    from policygen.generator import Bundle
    from policygen.spec.model import Spec

    if isinstance(given, Spec):
        return _of_spec(given)
    if isinstance(given, Bundle):
        message, hint = (
            "generated documents know nothing of roles and buckets",
            "give the spec, or one of its documents",
        )
        raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))
    if isinstance(given, os.PathLike):
        opened = _at(Path(os.fsdecode(given)))
        return opened if isinstance(opened, Environment) else _policy_set([opened])
    if isinstance(given, Sequence) and not isinstance(given, str):
        return _policy_set(_parsed(given))
    return _policy_set(_parsed([given]))


def environment_at(path: str | Path) -> Environment:
    """Return the environment at a path: a file that states one, a spec's, or what was read of accounts.

    Raises:
        PolicygenError: As :func:`target_of`; PG-A002 for a policy.
    """
    opened = _at(Path(path))
    if isinstance(opened, Environment):
        return opened
    message, hint = f"{path} is a policy, not an environment", "name a spec, an environment file, or a folder"
    raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))


def _of_spec(spec: Spec) -> Environment:
    known = _of_specs.get(id(spec))
    if known is None:
        if len(_of_specs) >= _MOST_SPECS:
            _of_specs.clear()
        known = _of_specs[id(spec)] = spec, environment_of_spec(spec)  # the spec is kept: ids are not used again
    return known[1]


def _at(path: Path) -> Environment | PolicyDocument:
    if is_folder(path):
        return load_environment(path)
    text = read_text(path, max_bytes=MOST_BYTES)
    kind = kind_in(text, str(path))
    if kind is Kind.POLICY:
        return parse_wrapped(text, str(path))
    return environment_of_spec(path) if kind is Kind.SPEC else load_environment(path)


def _parsed(documents: Iterable[Document]) -> list[PolicyDocument]:
    """Return documents, each by the name that it brings, or by its number.

    Raises:
        DocumentError: With the problems of all of them.
    """
    found: list[PolicyDocument] = []
    problems: list[Problem] = []
    for number, document in enumerate(documents):
        try:
            found.append(parse_policy(document, f"policy #{number}"))
        except PolicygenError as error:
            problems.extend(error.problems)
    if problems:
        raise DocumentError(*problems)
    return found


def _policy_set(documents: Iterable[PolicyDocument]) -> PolicySet:
    by_principal: Mapping[bool, list[PolicyDocument]] = {True: [], False: []}
    for each in documents:
        named = any(statement.principal or statement.not_principal for statement in each.statements)
        by_principal[named].append(each)
    return PolicySet(identity_based=by_principal[False], resource_based=by_principal[True])
