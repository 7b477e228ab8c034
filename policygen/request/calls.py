"""Calls, read once: an action on resources of one kind and owner, with the context keys that follow from it.

A resource's text up to its fifth colon says partition, service, Region and account. Few of these stand before many
resources, so what a request needs of action and resource is kept, and found again by a text that is cheap to cut off.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from policygen.aws.arns import COLONS, FIELDS, is_account_id
from policygen.errors import Problem
from policygen.request.context import SPELLINGS, Raw, context_problem, raw, remember
from policygen.request.derived import call_context

_MOST_ACTIONS = 4_096
_MOST_CALLS = 4_096
"""Actions that are kept, and calls of each; when there are more, all are forgotten and read anew."""

_ACTION = re.compile(r"([A-Za-z0-9-]+):([A-Za-z0-9_-]+)\Z")


class Action:
    """An action, ready for requests, with the calls of it that were made so far.

    Attributes:
        name: As written.
        lowered: In lower case.
        service: Lower-case service prefix.
        by_kind: Whether the kind of resource matters beside partition and service: keys and their aliases, and roles
            with their paths, are judged by rules of their own.
        calls: Its calls by what tells them apart cheaply: the resource up to a slash (the first, the last where the
            kind matters), the stated owner, the caller's accounts.
    """

    __slots__ = ("_made", "by_kind", "calls", "lowered", "name", "service")

    def __init__(self, name: str) -> None:
        """Take ``name`` apart."""
        self.name = name
        self.lowered = name.lower()
        self.service = self.lowered.partition(":")[0]
        self.by_kind = self.service in ("kms", "sts")
        self.calls: dict[tuple[str, str | None, Accounts], Call] = {}
        self._made: dict[tuple[object, ...], Call] = {}

    def call(self, fields: list[str], owner: str | None, signing_account: str | None) -> Call:
        """Return the call on resources with ``fields``: one object for all that are alike."""
        key = (*fields[:-1], _kind(self, fields), owner, signing_account)
        found = self._made.get(key)
        if found is None:
            found = remember(self._made, key, Call(self, fields, owner, signing_account), _MOST_CALLS)
        return found


class Call:
    """An action on resources of one kind and owner.

    Requests with caller and call in common differ in nothing but resource and context.

    Attributes:
        action: The action.
        resource_account: 12-digit id of the account that owns the resource: the one in its ARN, else the one that was
            stated, else the caller's; None when nobody can tell.
        kind: What rules look at of a resource beside its owner: partition, service, for keys and roles the text up to
            the last slash; empty for ``*``.
        width: The length of the resource's head: what stands before the text behind its fifth colon.
        without_region: That head with its Region left out; empty for ``*``.
        derived: The context keys that follow from the call, by AWS's name.
        context: The same by the spelling under which requests look them up.
    """

    __slots__ = (
        "_fields",
        "_signing_account",
        "action",
        "context",
        "derived",
        "kind",
        "resource_account",
        "width",
        "without_region",
    )

    def __init__(
        self, action: Action, fields: list[str], resource_account: str | None, signing_account: str | None
    ) -> None:
        """Work out what follows from the parts; ``fields`` are the resource's."""
        self.action = action
        self.kind = _kind(action, fields)
        self.resource_account = resource_account
        self.width = sum(len(field) + 1 for field in fields[:-1]) if len(fields) == FIELDS else len(fields[0])
        self.without_region = ":".join((*fields[:3], "", fields[4], "")) if len(fields) == FIELDS else ""
        self.derived = call_context(action.lowered, resource_account, signing_account)
        self.context: dict[str, Raw] = {SPELLINGS.of_request(name): raw(values) for name, values in self.derived}
        self._fields = fields
        self._signing_account = signing_account

    def owned_by(self, account: str | None) -> Call:
        """Return the same call on a resource of another account."""
        return self.action.call(self._fields, account, self._signing_account)

    @property
    def key(self) -> tuple[str, str | None, str]:
        """What makes two calls alike: action in lower case, owner, kind of resource."""
        return (self.action.lowered, self.resource_account, self.kind)


ACTIONS: dict[str, Action] = {}
"""Actions by name as written."""


class Accounts:
    """What a call depends on of its caller: its account, and the account that signs its requests.

    There is one object for each pair (see :func:`accounts_of`), so that it is compared and hashed at no cost.
    """

    __slots__ = ("own", "signing")

    def __init__(self, own: str | None, signing: str | None) -> None:
        """Hold both."""
        self.own = own
        self.signing = signing


@lru_cache(maxsize=_MOST_CALLS)
def accounts_of(own: str | None, signing: str | None) -> Accounts:
    """Return the accounts of a caller."""
    return Accounts(own, signing)


def read_call(name: Any, resource: Any, stated_owner: Any, accounts: Accounts, problems: list[Problem]) -> Call | None:
    """Return the call, kept for the next request like it; None with ``problems`` when a part is none."""
    fields = _checked(name, resource, stated_owner, problems)
    if problems:
        return None
    action = ACTIONS.get(name)
    if action is None:
        action = remember(ACTIONS, name, Action(name), _MOST_ACTIONS)
    owner = fields[4] if len(fields) == FIELDS and is_account_id(fields[4]) else stated_owner
    call = action.call(fields, owner or accounts.own, accounts.signing)
    slash = resource.rfind("/") if action.by_kind else resource.find("/")
    head = resource[:slash] if slash > 0 else head_of(resource)
    if head == resource or head.count(":") >= COLONS:  # else the slash stands before the fifth colon
        remember(action.calls, (head, stated_owner, accounts), call, _MOST_CALLS)
    return call


def head_of(resource: str) -> str:
    """Return what a resource without a slash is kept by: the text up to its fifth colon; ``*`` itself."""
    rest = resource.split(":", COLONS)[-1]
    return resource[: len(resource) - len(rest)] or resource


def _kind(action: Action, fields: list[str]) -> str:
    if len(fields) != FIELDS:
        return ""
    kind = f"{fields[1]}:{fields[2]}"
    return f"{kind}:{fields[5].rpartition('/')[0]}" if action.by_kind else kind


def _checked(name: Any, resource: Any, stated_owner: Any, problems: list[Problem]) -> list[str]:
    """Return the resource's fields; what is wrong goes into ``problems``."""
    if not isinstance(name, str) or not _ACTION.match(name):
        hint = "give one action such as `s3:GetObject`, without wildcards"
        problems.append(context_problem("PG-R003", f"`{name}` is not a valid action", "/action", hint))
    fields = resource.split(":", COLONS) if isinstance(resource, str) else []
    is_arn = len(fields) == FIELDS and fields[0] == "arn" and all(fields[1:3])
    if not is_arn and resource != "*":
        hint = "give an ARN, or `*` for an action that takes no resource"
        problems.append(context_problem("PG-R004", f"`{resource}` is not a valid resource", "/resource", hint))
    if stated_owner is not None and not (isinstance(stated_owner, str) and is_account_id(stated_owner)):
        hint = "an account id has 12 digits; write it in quotes"
        problems.append(
            context_problem("PG-R005", f"`{stated_owner}` is not a valid account id", "/resource_account", hint)
        )
    return fields
