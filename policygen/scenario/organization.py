"""The organization of an environment: two lists of levels, or a tree with levels of each account's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from policygen.document import PolicyDocument
from policygen.errors import Problem, SuiteError
from policygen.evaluation import AccountPolicies
from policygen.fields.read import Entry

_KINDS = ("service_control", "resource_control")
_INHERITANCE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html"

ReadLevel = Callable[[Iterable[Any]], tuple[PolicyDocument, ...]]
"""Returns the documents of one level."""

_Branch = Mapping[str, Any]


def organization_of(values: Mapping[str, Any], read: ReadLevel) -> dict[str, Any]:
    """Return what an environment's values say of its organization and accounts, as arguments of an environment.

    Unspecified: an S3 policy that does not let those below change it (``@@operators_allowed_for_child_policies``); here
    the nearest to the account counts, as it does without that.

    Args:
        values: As an environment file has them.
        read: Returns the documents of one level.

    Fact: E52, E59, N4
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
    """
    organization: Mapping[str, Any] = values.get("organization", {})
    found: dict[str, Any] = {name: tuple(map(read, organization.get(name, ()))) for name in _KINDS}
    accounts: dict[str, dict[str, Any]] = {}
    root = organization.get("root")
    if root is not None:
        names = (organization.get("id"), root.get("id"))
        start = "".join(f"{each}/" for each in names) if all(names) else ""
        for account, path, above in _walk(root, start, ()):
            levels = {kind: tuple(read(each[kind]) for each in above if kind in each) for kind in _KINDS}
            nearest = next((each["s3_policy"] for each in reversed(above) if each.get("s3_policy")), None)
            accounts[account] = {"path": path or None, "s3_policy": nearest, **levels}
        found["members"] = frozenset(accounts)
    for account, settings in values.get("accounts", {}).items():
        accounts.setdefault(account, {})["block_public_access"] = settings.get("block_public_access", {})
    found |= {"management_account": organization.get("management_account"), "organization_id": organization.get("id")}
    return found | {"accounts": {account: AccountPolicies(**each) for account, each in accounts.items()}}


def _walk(branch: _Branch, path: str, above: Sequence[_Branch]) -> Iterator[tuple[str, str, Sequence[_Branch]]]:
    """Yield each account below the root or a unit, its path, and what stands above it with itself, root first."""
    levels = (*above, branch)
    for account, entry in branch.get("accounts", {}).items():
        yield account, path, (*levels, entry)
    for name, unit in branch.get("units", {}).items():
        yield from _walk(unit, path and f"{path}{name}/", levels)


def check_organization(written: Entry) -> None:
    """Refuse an organization that is stated twice.

    Raises:
        SuiteError: PG-T005 for an account in two places, PG-T006 for a root beside lists of levels.
    """
    organization = written["organization"]
    if not organization.given("root"):
        return
    stated = [name for name in _KINDS if organization.given(name)]
    if stated:
        message = f"an organization has a `root` or `{stated[0]}`, not both"
        hint = "attach what all accounts have in common to the root"
        raise SuiteError(Problem(code="PG-T006", message=message, place=organization.at(stated[0]), hint=hint))
    _check_once(_accounts(organization["root"]))


def _accounts(entry: Entry) -> Iterator[tuple[str, Entry]]:
    yield from entry["accounts"].items()
    if any(each.name == "units" for each in entry.table.fields):
        for unit in entry["units"].values():
            yield from _accounts(unit)


def _check_once(placed: Iterable[tuple[str, Entry]]) -> None:
    seen: dict[str, Entry] = {}
    problems = []
    for account, entry in placed:
        first = seen.setdefault(account, entry)
        if first is not entry:
            hint = f"it stands first in line {first.place.line}: an account is in one unit"
            message = f"the account `{account}` stands in two places of the organization"
            problems.append(
                Problem(code="PG-T005", message=message, place=entry.place, hint=hint, doc_url=_INHERITANCE)
            )
    if problems:
        raise SuiteError(*problems)
