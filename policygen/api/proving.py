"""The public functions that prove something about policies, over all requests."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.given import MOST_BYTES_OF_A_DOCUMENT
from policygen.aws.quotas import QUOTAS, Quota
from policygen.document import Document, PolicyDocument, opened, parse_policy
from policygen.errors import ArgumentError, DocumentError, Problem, SourceError, check_argument

if TYPE_CHECKING:
    from policygen.api.compared import Given, Opened
    from policygen.proofs import CheckResult, Diff, Kind, Minimized


POLICY_TYPES = ("identity", "resource", "trust", "scp", "rcp", "boundary", "session", "vpc-endpoint")
"""The types of policies that something is proved about."""

QUOTA_NAMES = tuple(each for each in QUOTAS if each != "vpc-endpoint-policy")
"""The names of the quotas that policies are minimised for."""


def diff(
    old: Given,
    new: Given | None = None,
    *,
    policy_type: str | None = None,
    parameters: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Diff:
    """Return how the access that two sides give differs, proved over all requests.

    Args:
        old: A policy document; a policy set or an environment (what all its policies allow together is compared); a
            spec (the environment that it generates); or the path of a file with one of these, of a folder (documents
            with the same path below two folders are compared, one that only one of them has with no policy), or of a
            Terraform plan as ``terraform show -json`` prints it.
        new: Another one of the same kind (a spec is compared with an environment, too), a policy of the same type. None
            for a plan, which has both sides.
        policy_type: One of :data:`POLICY_TYPES`; guessed from the documents when None. Whether a ``resource`` is a key
            or a role they tell in any case.
        parameters: Values for templates, by parameter, pseudo parameter (``AWS::AccountId`` …) or logical id; what a
            deployment makes up and is not among them has the same stand-in on both sides.
        progress: Called with (done, all) as the work on environments goes on.

    Raises:
        SourceError: A file cannot be read.
        DocumentError: It is no policy document, or one that cannot be judged.
        PolicygenError: A spec or environment is none.
        ArgumentError: PG-A002 for another policy type, or two sides of which one is something else.
    """
    from policygen.api.compared import open_all

    kinds = _kinds(policy_type)
    sides = open_all([(old, "old"), *([] if new is None else [(new, "new")])], parameters)
    if len(sides) == 1 or any(each.kind == "a Terraform plan" for each in sides):
        return _of_plan(sides)
    before, after = sides
    if before.kind != after.kind and not {before.kind, after.kind} <= {"a spec", "an environment"}:
        message = f"{before.name} is {before.kind}, {after.name} is {after.kind}"
        raise ArgumentError(Problem(code="PG-A002", message=message, hint="compare two of one kind"))
    return _of_sides(before, after, kinds, progress)


def _of_sides(
    before: Opened, after: Opened, kinds: Collection[Kind], progress: Callable[[int, int], None] | None
) -> Diff:
    from policygen.catalog import KnownCalls
    from policygen.evaluation.policies import PolicySource
    from policygen.proofs import compare, compare_whole, merged

    old, new = before.value, after.value
    if isinstance(old, PolicySource) and isinstance(new, PolicySource):
        return compare_whole(old, new, KnownCalls(), progress)
    if isinstance(old, PolicyDocument) and isinstance(new, PolicyDocument):
        return compare(old, new, kinds, KnownCalls())
    earlier, later = (_policies_below(each) if isinstance(each, Path) else {} for each in (old, new))
    pairs = ((_at(name, earlier), _at(name, later)) for name in sorted({*earlier, *later}))
    return merged(compare(*each, kinds, KnownCalls()) for each in pairs)


def _at(name: str, documents: Mapping[str, PolicyDocument]) -> PolicyDocument:
    return documents[name] if name in documents else _no_policy(name)


def _no_policy(name: str) -> PolicyDocument:
    return parse_policy({"Statement": []}, name)


def _of_plan(sides: Sequence[Opened]) -> Diff:
    """Return what a Terraform plan changes, policy by policy.

    Raises:
        ArgumentError: PG-A002 where there is another side, or the one side is no plan.
    """
    from policygen.catalog import KnownCalls
    from policygen.proofs import Kind, compare, merged

    plan = sides[0].value
    if len(sides) > 1 or not isinstance(plan, list):
        message = f"{sides[0].name} is {sides[0].kind}, and nothing is given to compare it with"
        if len(sides) > 1:
            message = "a Terraform plan has both sides, what is and what will be"
        hint = "give OLD and NEW, or one plan as `terraform show -json` prints it"
        raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))
    unknown = tuple(
        f"{each.address}: the policy is known only once the plan is applied" for each in plan if each.is_unknown
    )
    found = merged(
        compare(
            each.before or _no_policy(each.address),
            each.after or _no_policy(each.address),
            {Kind(each.policy_type)} if each.policy_type else (),
            KnownCalls(),
        )
        for each in plan
        if not each.is_unknown
    )
    return replace(found, unknown=(*unknown, *found.unknown))


def _policy(document: Document, source: str = "policy") -> PolicyDocument:
    """Return a policy; one in a file may stand inside what the AWS CLI prints (``Policy``, ``PolicyDocument`` …)."""
    from policygen.document.wrapped import parse_wrapped

    if not isinstance(document, os.PathLike):
        return parse_policy(document, source)
    text, name = opened(document, source)
    return parse_wrapped(str(text), name)


def _policies_below(folder: Path) -> dict[str, PolicyDocument]:
    """Return the policies of a folder by their paths; every file that cannot be read is named at once."""
    from policygen.document.wrapped import parse_wrapped
    from policygen.lint import holds_document
    from policygen.source.files import files_below, is_of_tools, read_text

    found: dict[str, PolicyDocument] = {}
    problems: list[Problem] = []
    for path in files_below(folder, lambda name: name.endswith(".json"), skipped=is_of_tools):
        try:
            text = read_text(path, max_bytes=MOST_BYTES_OF_A_DOCUMENT)
            if holds_document(text) and "Statement" in text:
                name = path.relative_to(folder).as_posix()
                found[name] = parse_wrapped(text, name)
        except (SourceError, DocumentError) as error:
            problems.extend(error.problems)
    if problems:
        raise SourceError(*problems)
    return found


def _kinds(policy_type: str | None) -> Collection[Kind]:
    """Return what policies of a type may be: a resource's may be a key's or a role's; none for any."""
    from policygen.proofs import OF_RESOURCE, Kind

    if policy_type is None:
        return ()
    if policy_type not in POLICY_TYPES:
        hint = f"use one of {', '.join(POLICY_TYPES)}"
        message = f"policies of type `{policy_type}` are not compared"
        raise ArgumentError(Problem(code="PG-A002", message=message, hint=hint))
    return OF_RESOURCE if policy_type == Kind.RESOURCE.value else {Kind(policy_type)}


def check_no_new_access(new: Document, than: Document, *, policy_type: str | None = None) -> CheckResult:
    """Tell whether a policy allows nothing that another one of its type does not, as AWS's check of this name.

    Args:
        new: The policy.
        than: The one that it is compared with.
        policy_type: As for :func:`diff`.

    Returns:
        PASS or FAIL with its reasons, each with a request that shows it; UNKNOWN where it could not be told.

    Raises:
        PolicygenError: As :func:`diff`.
    """
    from policygen.catalog import KnownCalls
    from policygen.proofs import check_no_new_access as check

    after, before = _all([(new, "new"), (than, "old")])
    return check(after, before, _kinds(policy_type), KnownCalls())


def check_access_not_granted(
    policies: Document | Iterable[Document],
    actions: str | Iterable[str],
    resources: str | Iterable[str] = (),
    *,
    policy_type: str | None = None,
) -> CheckResult:
    """Tell whether policies, each for itself, allow none of some actions (on none of some resources).

    Args:
        policies: A policy or several.
        actions: Actions, ``service:Name``, or patterns of them.
        resources: ARNs or patterns of them; none for all resources.
        policy_type: As for :func:`diff`.

    Returns:
        As :func:`check_no_new_access`.

    Raises:
        PolicygenError: As :func:`diff`; PG-A001 and PG-A002 for what is no action and no ARN.
    """
    from policygen.catalog import KnownCalls
    from policygen.proofs import check_access_not_granted as check

    asked = _asked("actions", actions, ":", "give `service:Action`, such as s3:GetObject, or a pattern such as s3:Put*")
    on = _asked("resources", resources, "arn:", "give ARNs, or patterns such as arn:aws:s3:::bucket/*")
    return check(_several(policies), asked, on, _kinds(policy_type), KnownCalls())


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

    Returns:
        As :func:`check_no_new_access`.

    Raises:
        PolicygenError: As :func:`diff`; PG-D005 for what is no policy of a resource.

    Fact: E107, E108, S40
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    from policygen.catalog import KnownCalls
    from policygen.proofs import check_no_public_access as check

    return check(_several(policy), KnownCalls())


def check_never_matches(policies: Document | Iterable[Document], *, policy_type: str | None = None) -> CheckResult:
    """Tell whether every statement of some policies, each for itself, makes a difference to some request.

    Returns:
        As :func:`check_no_new_access`.

    Raises:
        PolicygenError: As :func:`diff`.
    """
    from policygen.catalog import KnownCalls
    from policygen.proofs import check_never_matches as check

    return check(_several(policies), _kinds(policy_type), KnownCalls())


def minimize(
    policies: Document | Iterable[Document],
    quota: str | None = None,
    split: bool = False,  # the public signature
    *,
    wildcards: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Minimized:
    """Return policies that give the same access in fewer bytes or fewer policies, each step proved.

    Args:
        policies: A policy or several. Where the quota is of a way of attaching of which there can be several, they are
            taken as attached together, to one principal, OU or account; else each is for itself.
        quota: One of :data:`QUOTA_NAMES`, which they must fit; None for none.
        split: Whether a policy that does not fit may become several.
        wildcards: Whether lists of actions may become wildcards that match no other action of the catalogue; what AWS
            adds later they match as well.
        progress: Called with (done, all) as the work goes on.

    Raises:
        PolicygenError: As :func:`diff`; PG-D010 for each that does not fit its quota, PG-D011 for one that cannot be
            attached in its way, PG-A002 for a quota that is none, or of which a policy cannot be split.
    """
    from policygen.catalog import KnownCalls, load_catalog
    from policygen.proofs import KINDS_OF_QUOTAS
    from policygen.proofs import minimize as minimized

    limit = _quota(quota)
    why = why_not_split(quota) if split else ""
    if why:
        raise ArgumentError(Problem(code="PG-A002", message=why))
    kinds = {KINDS_OF_QUOTAS[quota]} if quota is not None else ()
    date = load_catalog().date if wildcards else None
    given = _apart(_several(policies))
    return minimized(given, kinds, limit, KnownCalls(), split=split, catalog=date, progress=progress)


def _quota(name: str | None) -> Quota | None:
    if name is not None and name not in QUOTA_NAMES:
        hint = f"use one of {', '.join(QUOTA_NAMES)}"
        raise ArgumentError(Problem(code="PG-A002", message=f"`{name}` is not a quota of policies", hint=hint))
    return QUOTAS[name] if name is not None else None


def why_not_split(quota: str | None) -> str:
    """Return why a policy under a quota cannot become several; an empty text where it can."""
    limit = _quota(quota)
    if limit is None:
        return "a policy is split to fit a quota: give its name"
    if limit.most is None:
        return f"{limit.name}: the quota counts all policies of this kind together, so splitting does not help"
    return f"{limit.name}: only one can be attached, so it cannot be split" if limit.most == 1 else ""


def _apart(documents: Iterable[PolicyDocument]) -> list[PolicyDocument]:
    """Return documents of which no two have the same name."""
    found: dict[str, PolicyDocument] = {}
    for each in documents:
        path, number, name = Path(each.source), 1, each.source
        while name in found:
            number += 1
            name = str(path.with_stem(f"{path.stem}-{number}"))
        found[name] = each if number == 1 else replace(each, source=name)
    return list(found.values())


def _several(policies: Document | Iterable[Document]) -> list[PolicyDocument]:
    """Return one policy or several; the problems of all of them are raised at once."""
    if isinstance(policies, Iterable) and not isinstance(policies, (str, bytes, Mapping, PolicyDocument)):
        return _all((each, f"policy {number}") for number, each in enumerate(policies, 1))
    return _all([(policies, "policy")])


def _all(given: Iterable[tuple[Document, str]]) -> list[PolicyDocument]:
    """Return policies, each given with the name of one that has none."""
    found: list[PolicyDocument] = []
    errors: list[SourceError | DocumentError] = []
    for document, name in given:
        try:
            found.append(_policy(document, name))
        except (SourceError, DocumentError) as error:
            errors.append(error)
    if errors:
        raise type(errors[0])(*(problem for each in errors for problem in each.problems))
    return found
