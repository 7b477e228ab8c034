"""The public functions that prove something about policies, over all requests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api import MOST_BYTES_OF_A_DOCUMENT
from policygen.document import Document, PolicyDocument, parse_policy
from policygen.errors import ArgumentError, DocumentError, Place, Problem, SourceError, check_argument

if TYPE_CHECKING:
    from policygen.proofs import CheckResult, Diff, Kind


def diff(old: Document, new: Document, *, policy_type: str | None = None) -> Diff:
    """Return how the access that two policies, or two folders of policies, give differs, proved over all requests.

    Args:
        old: A policy document, or the path of a folder; documents with the same path below two folders are compared,
            and one that only one of them has is compared with no policy.
        new: Another one of the same type.
        policy_type: ``identity``, ``resource``, ``trust``, ``scp``, ``rcp``, ``boundary`` or ``session``; guessed from
            the documents when None.

    Raises:
        SourceError: A file cannot be read, or only one of the two is a folder (PG-F001).
        DocumentError: It is no policy document, or one that cannot be judged.
        ArgumentError: PG-A002 for another policy type.
    """
    from policygen.proofs import compare, merged

    kind = _kind(policy_type)
    return merged(compare(before, after, kind, _action_names) for before, after in _pairs(old, new))


def _pairs(old: Document, new: Document) -> Iterator[tuple[PolicyDocument, PolicyDocument]]:
    """Yield the documents that are compared."""
    from policygen.source.files import is_folder

    folders = [Path(each) for each in (old, new) if isinstance(each, os.PathLike) and is_folder(Path(each))]
    if not folders:
        yield _policy(old, "old"), _policy(new, "new")
        return
    if len(folders) == 1:
        place, hint = Place(source=str(folders[0])), "give two files or two folders"
        raise SourceError(Problem(code="PG-F001", message="a folder stands beside a file", place=place, hint=hint))
    before, after = map(_policies_below, folders)
    for name in sorted({*before, *after}):
        none = parse_policy({"Statement": []}, name)
        yield before.get(name, none), after.get(name, none)


def _policy(document: Document, source: str = "policy") -> PolicyDocument:
    """Return a policy; one in a file may stand inside what the AWS CLI prints (``Policy``, ``PolicyDocument`` …)."""
    from policygen.source.files import read_text

    if not isinstance(document, os.PathLike):
        return parse_policy(document, source)
    return _policy_in(read_text(os.fspath(document), max_bytes=MOST_BYTES_OF_A_DOCUMENT), os.fspath(document))


def _policy_in(text: str, name: str) -> PolicyDocument:
    from policygen.document.wrapped import read_unwrapped

    return parse_policy(read_unwrapped(text, name)[0], name)


def _policies_below(folder: Path) -> dict[str, PolicyDocument]:
    """Return the policies of a folder by their paths; every file that cannot be read is named at once."""
    from policygen.lint import holds_document
    from policygen.source.files import files_below, read_text

    found: dict[str, PolicyDocument] = {}
    problems: list[Problem] = []
    for path in files_below(folder, lambda name: name.endswith(".json"), skipped=lambda name: name.startswith(".")):
        try:
            text = read_text(path, max_bytes=MOST_BYTES_OF_A_DOCUMENT)
            if holds_document(text) and "Statement" in text:
                name = path.relative_to(folder).as_posix()
                found[name] = _policy_in(text, name)
        except (SourceError, DocumentError) as error:
            problems.extend(error.problems)
    if problems:
        raise SourceError(*problems)
    return found


def _kind(policy_type: str | None) -> Kind | None:
    from policygen.proofs import Kind

    if policy_type is None or policy_type == "resource":
        return None
    known = [each.value for each in Kind if each is not Kind.KEY]
    if policy_type not in known:
        hint = f"use one of {', '.join(known)}"
        message = f"policies of type `{policy_type}` are not compared"
        raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))
    return Kind(policy_type)


def _action_names(service: str) -> Iterable[str]:
    """Return the actions of a service, as AWS's reference names them."""
    from policygen.catalog import load_catalog

    found = load_catalog().service(service)
    return [each.name for each in found.actions.values()] if found is not None else ()


def check_no_new_access(new: Document, than: Document, *, policy_type: str | None = None) -> CheckResult:
    """Tell whether a policy allows nothing that another one of its type does not, as AWS's check of this name.

    Raises:
        PolicygenError: As :func:`diff`.
    """
    from policygen.proofs import check_no_new_access as check

    return check(_policy(new, "new"), _policy(than, "old"), _kind(policy_type), _action_names)


def check_access_not_granted(
    policies: Document | Iterable[Document],
    actions: str | Iterable[str],
    resources: str | Iterable[str] = (),
    *,
    policy_type: str | None = None,
) -> CheckResult:
    """Tell whether policies, each for itself, allow none of some actions (on none of some resources).

    Raises:
        PolicygenError: As :func:`diff`; PG-A001 and PG-A002 for what is no action and no ARN.
    """
    from policygen.proofs import check_access_not_granted as check

    asked = _asked("actions", actions, ":", "give `service:Action`, such as s3:GetObject, or a pattern such as s3:Put*")
    on = _asked("resources", resources, "arn:", "give ARNs, or patterns such as arn:aws:s3:::bucket/*")
    return check(_several(policies), asked, on, _kind(policy_type), _action_names)


def _asked(name: str, given: str | Iterable[str], sign: str, hint: str) -> list[str]:
    """Return what a check asks about; ``*`` or a text that has ``sign`` in it."""
    check_argument(name, given, (str, Iterable), hint)
    found = [given] if isinstance(given, str) else list(given)
    for each in found:
        check_argument(name, each, str, hint)
        if each != "*" and sign not in each:
            message = f"`{each}` is none of the {name} that can be asked about"
            raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))
    return found


def check_no_public_access(policy: Document | Iterable[Document]) -> CheckResult:
    """Tell whether a policy of a resource (or each of several) lets nobody in whom it does not name.

    Raises:
        PolicygenError: As :func:`diff`; PG-D005 for what is no policy of a resource.
    """
    from policygen.proofs import check_no_public_access as check

    return check(_several(policy), names=_action_names)


def check_never_matches(policies: Document | Iterable[Document], *, policy_type: str | None = None) -> CheckResult:
    """Tell whether every statement of some policies, each for itself, makes a difference to some request.

    Raises:
        PolicygenError: As :func:`diff`.
    """
    from policygen.proofs import check_never_matches as check

    return check(_several(policies), _kind(policy_type))


def _several(policies: Document | Iterable[Document]) -> list[PolicyDocument]:
    if isinstance(policies, (list, tuple)):
        return [_policy(each, f"policy {number}") for number, each in enumerate(policies, 1)]
    return [_policy(policies)]  # type: ignore[arg-type]  # what is no document is refused there
