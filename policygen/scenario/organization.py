"""The organization of an environment file: two lists of levels, or a tree with levels of each account's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policygen.document import PolicyDocument
from policygen.errors import Problem, SuiteError
from policygen.evaluation import AccountPolicies
from policygen.fields.read import Doc, Entry

_KINDS = ("service_control", "resource_control")
_INHERITANCE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html"

ReadLevel = Callable[[Iterable[Doc]], tuple[PolicyDocument, ...]]
"""Reads the documents of one level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """An account in the tree: its id, where it stands, and what is attached to it and above it."""

    account: str
    entry: Entry
    policies: AccountPolicies


def read_organization(written: Entry, read: ReadLevel) -> dict[str, Any]:
    """Return what an environment file says of its organization and accounts, as arguments of an environment.

    Args:
        written: The file.
        read: Reads the documents of one level.

    Raises:
        SuiteError: PG-T005 for an account in two places, PG-T006 for a root beside lists of levels.
    """
    organization = written["organization"]
    found: dict[str, Any] = {name: tuple(read(level) for level in organization[name] or ()) for name in _KINDS}
    accounts: dict[str, AccountPolicies] = {}
    if organization.given("root"):
        _check_forms(organization)
        placed = tuple(_below(organization["root"], read, AccountPolicies()))
        _check_once(placed)
        accounts = {each.account: each.policies for each in placed}
        found["members"] = frozenset(accounts)
    for account, settings in written["accounts"].items():
        own = settings["block_public_access"].stated()
        accounts[account] = replace(accounts.get(account, AccountPolicies()), block_public_access=own)
    return found | {"management_account": organization["management_account"], "accounts": accounts}


def _below(entry: Entry, read: ReadLevel, above: AccountPolicies) -> Iterator[_Placed]:
    """Yield the accounts of the root or of a unit, with all that is attached from the root down to them."""
    here = _with(entry, read, above)
    for account, own in entry["accounts"].items():
        yield _Placed(account=account, entry=own, policies=_with(own, read, here))
    if any(each.name == "units" for each in entry.table.fields):
        for unit in entry["units"].values():
            yield from _below(unit, read, here)


def _with(entry: Entry, read: ReadLevel, above: AccountPolicies) -> AccountPolicies:
    """Return what comes down to an entry and what is attached to it.

    Unspecified: an S3 policy that does not let those below change it (``@@operators_allowed_for_child_policies``); here
    the nearest to the account counts, as it does without that.

    Fact: E52, E59, N4
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
    """
    levels: dict[str, Any] = {name: (*getattr(above, name), read(entry[name])) for name in _KINDS if entry.given(name)}
    return replace(above, **levels, s3_policy=entry["s3_policy"] or above.s3_policy)


def _check_forms(organization: Entry) -> None:
    stated = [name for name in _KINDS if organization.given(name)]
    if stated:
        message = f"an organization has a `root` or `{stated[0]}`, not both"
        hint = "attach what all accounts have in common to the root"
        raise SuiteError(Problem(code="PG-T006", message=message, place=organization.at(stated[0]), hint=hint))


def _check_once(placed: Iterable[_Placed]) -> None:
    seen: dict[str, Entry] = {}
    problems = []
    for each in placed:
        first = seen.setdefault(each.account, each.entry)
        if first is not each.entry:
            hint = f"it stands first in line {first.place.line}: an account is in one unit"
            message = f"the account `{each.account}` stands in two places of the organization"
            problems.append(
                Problem(code="PG-T005", message=message, place=each.entry.place, hint=hint, doc_url=_INHERITANCE)
            )
    if problems:
        raise SuiteError(*problems)
