"""What is compared, opened by what it looks like: policies, folders, specs, environments, Terraform plans."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from policygen.api.environments import OF_ENVIRONMENTS, generated_environment, names_and_root, open_environment
from policygen.api.specs import spec_in
from policygen.document import Document, PolicyDocument, parse_policy
from policygen.document.wrapped import parse_wrapped
from policygen.errors import DocumentError, PolicygenError, Problem, Severity
from policygen.lint import holds_document
from policygen.source.files import is_folder, read_text

if TYPE_CHECKING:
    from policygen.evaluation import Environment, PolicySet
    from policygen.reading.planned import PlannedPolicy
    from policygen.spec.model import Spec

    Given = Document | PolicySet | Environment | Spec

MOST_BYTES = 64 * 1024 * 1024
"""The largest file that is compared: 64 MiB; plans are long."""

_SIGNS_OF_ACCOUNTS = ('"terraform_version"', "RoleDetailList", "AWS::IAM::", "AWS::S3::", "AWS::KMS::")
"""What states, dumps of accounts and templates hold: they are read as an environment."""
_SPEC = frozenset({"accounts", "buckets", "keys", "migration", "replication"})
_BEFORE = "\ufeff \t\r\n"
"""What may stand before a text begins."""


_WHAT_THERE_IS = (
    "a policy is JSON with a `Statement`; a spec has `version` and `buckets` or `keys`, an environment `version` and "
    "`principals` or `resources`"
)


class Kind(Enum):
    """What a file holds; what is read of accounts, plans and states among it, is an environment."""

    POLICY = "policy"
    SPEC = "spec"
    ENVIRONMENT = "environment"
    OF_ACCOUNTS = "accounts"


class Opened(NamedTuple):
    """One side of a comparison.

    Attributes:
        name: The file's name, or ``old`` and ``new``.
        kind: What it is, for people.
        value: The policy, the folder's path, the policy set or environment, or the plan's policies.
    """

    name: str
    kind: str
    value: PolicyDocument | Path | PolicySet | Environment | list[PlannedPolicy]


def open_all(given: Iterable[tuple[Given, str]], parameters: Mapping[str, str] | None = None) -> list[Opened]:
    """Open what is compared, each given with the name of one that has none; templates with values for parameters.

    Raises:
        PolicygenError: One cannot be read, or is nothing that is compared; the problems of all at once.
    """
    found: list[Opened] = []
    errors: list[PolicygenError] = []
    for each, name in given:
        try:
            found.append(_opened(each, name, parameters))
        except PolicygenError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])(*(problem for each in errors for problem in each.problems))
    return found


def _opened(given: Given, name: str, parameters: Mapping[str, str] | None) -> Opened:
    from policygen.evaluation import Environment, PolicySet
    from policygen.spec.model import Spec

    if isinstance(given, PolicySet):
        return Opened(name, "a policy set", given)
    if isinstance(given, Environment):
        return Opened(name, "an environment", given)
    if isinstance(given, Spec):
        return Opened(name, "a spec", generated_environment(given))
    if not isinstance(given, os.PathLike):
        return Opened(name, "a policy", parse_policy(given, name))
    path = Path(os.fsdecode(given))
    return Opened(str(path), "a folder", path) if is_folder(path) else _in_file(path, parameters)


def _in_file(path: Path, parameters: Mapping[str, str] | None) -> Opened:
    """Open a file: what is neither plan nor environment nor spec is a policy, or said to be none."""
    from policygen.reading.opened import open_text
    from policygen.reading.planned import planned_policies
    from policygen.reading.terraform import is_plan
    from policygen.scenario import environment_in

    text, name = read_text(path, max_bytes=MOST_BYTES), str(path)
    is_object = text.lstrip(_BEFORE)[:1] == "{"
    if is_object and '"resource_changes"' in text and is_plan((plan := open_text(text, name)).value):
        return Opened(name, "a Terraform plan", planned_policies(plan))
    kind = kind_in(text, name)
    if kind is Kind.OF_ACCOUNTS:
        return Opened(name, "an environment", _of_accounts(path, parameters))
    if kind is Kind.SPEC:
        return Opened(name, "a spec", generated_environment(spec_in(text, path)))
    if kind is Kind.ENVIRONMENT:
        return Opened(name, "an environment", environment_in(text, path))
    return Opened(name, "a policy", parse_wrapped(text, name))


def _of_accounts(path: Path, parameters: Mapping[str, str] | None) -> Environment:
    """Return what was read of accounts; what a template's deployment makes up is called alike on both sides."""
    found, problems = open_environment([path], parameters=parameters, stand_ins=True)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    if errors:
        raise DocumentError(*errors)
    return found


def kind_in(text: str, name: str) -> Kind:
    """Tell what a file holds by what it looks like.

    Raises:
        SourceError: It is neither YAML nor JSON.
        DocumentError: PG-D004 for YAML that is nothing of it.
    """
    from policygen.source.nodes import Mapping as Tree

    first = text.lstrip(_BEFORE)[:1]
    if first in ("", "["):
        return Kind.POLICY
    if any(sign in text for sign in _SIGNS_OF_ACCOUNTS) and (first != "{" or not holds_document(text)):
        return Kind.OF_ACCOUNTS
    names, root = names_and_root(text, name)
    if "version" in names and names & _SPEC:
        return Kind.SPEC
    if "version" in names and names & OF_ENVIRONMENTS:
        return Kind.ENVIRONMENT
    if isinstance(root, Tree) and first != "{":
        message = "this is no policy, spec, environment or Terraform plan"
        raise DocumentError(Problem(code="PG-D004", message=message, place=root.place, hint=_WHAT_THERE_IS))
    return Kind.POLICY
