"""Environments of accounts as they are: from files and folders of any shape that is known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.api.given import check_path
from policygen.api.specs import generated_documents, load_spec
from policygen.errors import DocumentError, PolicygenError, Problem, Severity, check_argument
from policygen.source.files import is_folder, read_text

if TYPE_CHECKING:
    from policygen.evaluation import Environment
    from policygen.source.nodes import Node
    from policygen.spec.model import Spec

OF_ENVIRONMENTS = frozenset({"principals", "resources", "organization", "vpc_endpoints", "managed_policies"})
"""What an environment file may have at its top, beside its version."""

_MOST_BYTES = 64 * 1024 * 1024
_START = 4096


def load_environment(
    *paths: str | Path, parameters: Mapping[str, str] | None = None, shapes: str | Path | None = None
) -> Environment:
    """Return the environment in a file, or in what was read of accounts: answers of AWS, plans, states, templates.

    Args:
        paths: An environment file; or files and folders, whatever they hold.
        parameters: Values for templates, by parameter, pseudo parameter (``AWS::AccountId`` …) or logical id.
        shapes: A file of further shapes.

    Raises:
        SourceError: A file cannot be read.
        SuiteError: Every problem of the format of an environment file.
        DocumentError: Every problem of the documents; PG-I001 to PG-I008 for what was read of accounts, PG-I001 also
            for a file of which nothing is read, such as a spec.
    """
    for path in paths:
        check_path(path)
    found, problems = open_environment(paths, parameters=parameters, shapes=shapes)
    # a file of which nothing is read would go unnoticed: there is nowhere to say it
    errors = [each for each in problems if each.severity is Severity.ERROR or each.code == "PG-I001"]
    if errors:
        raise DocumentError(*errors)
    return found


def environment_of_spec(given: str | Path | Spec) -> Environment:
    """Return the environment that a spec generates: its roles, buckets and keys with their policies.

    Args:
        given: The spec, or its path.

    Raises:
        PolicygenError: The spec cannot be used.
    """
    from policygen.verification import environment_of

    spec = load_spec(given) if isinstance(given, (str, os.PathLike)) else given
    return environment_of(spec, generated_documents(spec))


def generated_environment(spec: Spec) -> Environment:
    """Return a spec's roles, buckets and keys alone, with their generated policies; raises as :func:`generate`."""
    from policygen.verification import generated_environment as generated

    return generated(spec, generated_documents(spec))


def environment_beside(
    given: Environment | str | Path | Iterable[str | Path] | None,
    *,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
) -> tuple[Environment | None, tuple[Problem, ...]]:
    """Return an environment that may be given as it is, by the paths of its files, or not at all; and its problems.

    Raises:
        ArgumentError: PG-A001 for what is no environment and no path.
        PolicygenError: As :func:`open_environment`.
    """
    from policygen.evaluation import Environment

    if given is None or isinstance(given, Environment):
        return given, ()
    check_argument("environment", given, (str, os.PathLike, Iterable), "give an Environment, or paths of files")
    paths = [given] if isinstance(given, (str, os.PathLike)) else list(given)
    for path in paths:
        check_path(path)
    return open_environment(paths, parameters=parameters, shapes=shapes) if paths else (None, ())


def open_environment(
    paths: Iterable[str | Path],
    *,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
    stand_ins: bool = False,
) -> tuple[Environment, tuple[Problem, ...]]:
    """Return the environment in files and folders, and what of them could not be used; the rest is there all the same.

    One environment file is what it states.

    Args:
        paths: An environment file; or files and folders, whatever they hold.
        parameters: Values for templates.
        shapes: A file of further shapes.
        stand_ins: Whether names and ARNs that a template's deployment makes are made up.

    Raises:
        SourceError: The environment file, or the file of shapes, cannot be read.
        SuiteError: PG-T001 to PG-T004 of an environment file.
        DocumentError: Every problem of an environment file's documents.
    """
    from policygen.scenario import environment_in, environment_of

    listed = list(paths)
    if len(listed) == 1 and str(listed[0]) != "-" and not is_folder(listed[0]):
        text = read_text(listed[0], max_bytes=_MOST_BYTES)
        if states_environment(text):
            return environment_in(text, listed[0]), ()
    values, problems = environment_values(listed, parameters=parameters, shapes=shapes, stand_ins=stand_ins)
    try:
        return environment_of(values), problems
    except DocumentError as error:
        return environment_of({}), (*problems, *error.problems)


def environment_values(
    paths: Iterable[str | Path],
    *,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
    stand_ins: bool = False,
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return what was read as an environment file states it, with its documents parsed; and what cannot be used.

    Raises:
        SourceError: The file of shapes cannot be used.
    """
    from policygen.reading import cloudformation, read_paths, values_of

    made = cloudformation.stand_ins if stand_ins else None
    reading = read_paths(paths, parameters=parameters, shapes=shapes, stand_ins=made)
    values, problems = values_of(reading)
    return values, (*reading.problems, *problems)


def states_environment(text: str) -> bool:
    """Tell whether a text is an environment file: `version`, and what environments have.

    A text that cannot be read is taken for one, so that whoever reads it says what is wrong.
    """
    if not any(name in text for name in OF_ENVIRONMENTS) or "version" not in text[:_START]:
        return False
    try:
        names, _ = names_and_root(text, "environment")
    except PolicygenError:
        return True
    return "version" in names and bool(names & OF_ENVIRONMENTS)


def names_and_root(text: str, name: str) -> tuple[Set[str], Node | None]:
    """Return the names at the top of a text, and the text as it was read; None where the names were found without.

    Raises:
        SourceError: It is neither YAML nor JSON.
    """
    from policygen.source.json_quick import quick_names
    from policygen.source.nodes import Mapping as Tree
    from policygen.source.yaml_text import parse_text

    quick = quick_names(text)
    if quick is not None:
        return quick, None
    root = parse_text(text, name)
    return {key.text for key, _ in root} if isinstance(root, Tree) else set(), root


def as_file(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was read as an environment file: documents with their names, managed policies by ARN."""
    return {"version": 1} | {name: _plain(each, name) for name, each in values.items()}


def _plain(value: Any, name: str = "") -> Any:
    from policygen.document import PolicyDocument
    from policygen.document.write import thaw
    from policygen.evaluation import Grant
    from policygen.evaluation.reading import plain_grant
    from policygen.scenario.environments import Managed

    if isinstance(value, Managed):
        return {"managed": value.arn}
    if isinstance(value, PolicyDocument):
        document = thaw(value.written) or {"Statement": [{"Ref": each.message} for each in value.unresolved]}
        return document if name == "managed_policies" else {"name": value.source, "document": document}
    if isinstance(value, Grant):
        return plain_grant(value)
    if isinstance(value, Mapping):
        return {each: _plain(member, name) for each, member in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
