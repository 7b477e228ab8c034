"""A record of CloudTrail, looked at: its fields and its request parameters by name, whatever somebody wrote there.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from policygen.aws.arns import is_account_id
from policygen.aws.partitions import partition_of_region

_DEEPEST = 5
_MOST_VALUES = 1_000
_HIDDEN = ("HIDDEN_DUE_TO_SECURITY_REASONS", "***")
_NOTHING: Mapping[str, Any] = {}


class View:
    """One record.

    Attributes:
        fields: The record, as CloudTrail's own JSON has it.
        region: The Region that was called; empty where it is not told.
        partition: The partition of the Region.
        identity: Who called: ``userIdentity``.
        kind: The kind of caller, as recorded; None: not told.
        service_that_calls: The AWS service that made the call, as recorded; None where somebody else did.
        session: What is recorded of the caller's session: ``sessionContext``.
        account: The caller's account: where a call names things of its own account, it is theirs; None: not told.
        failed: Whether the call ended in an error.
        has_no_parameters: Whether the parameters of the call are not told: some services leave them out where it fails.
    """

    __slots__ = (
        "_direct",
        "_parameters",
        "account",
        "failed",
        "fields",
        "has_no_parameters",
        "identity",
        "kind",
        "partition",
        "region",
        "service_that_calls",
        "session",
    )

    def __init__(self, fields: Mapping[str, Any]) -> None:
        """Look at ``fields``."""
        self.fields: Mapping[str, Any] = fields if isinstance(fields, dict) else _NOTHING
        self.region = text_in(self.fields, "awsRegion") or ""
        self.partition = partition_of_region(self.region)
        self.identity = mapping_in(self.fields, "userIdentity")
        self.kind = text_in(self.identity, "type")
        self.service_that_calls = text_in(self.identity, "invokedBy")
        self.session = mapping_in(self.identity, "sessionContext")
        self.account = self._account()
        self.failed = text_in(self.fields, "errorCode") is not None
        self.has_no_parameters = self.failed and not self.mapping("requestParameters")
        self._parameters: Mapping[str, tuple[str, ...]] | None = None
        self._direct: Mapping[str, Any] | None = None

    def _account(self) -> str | None:
        for holder, name in ((self.identity, "accountId"), (self.fields, "recipientAccountId")):
            stated = text_in(holder, name)
            if stated is not None and is_account_id(stated):
                return stated
        return None

    def text(self, name: str, *path: str) -> str | None:
        """Return the text at a path of names; None where there is none, or an empty one."""
        holder = self.fields
        for each in path:
            holder, name = mapping_in(holder, name), each
        return text_in(holder, name)

    def mapping(self, *path: str) -> Mapping[str, Any]:
        """Return the object at a path of names; an empty one where there is none."""
        found = self.fields
        for name in path:
            found = mapping_in(found, name)
        return found

    @property
    def parameters(self) -> Mapping[str, tuple[str, ...]]:
        """Every text and number in the request parameters, at any depth, by name in lower case."""
        if self._parameters is not None:
            return self._parameters
        found: dict[str, list[str]] = {}
        _gather(self.mapping("requestParameters"), "", _DEEPEST, found)
        self._parameters = {name: tuple(values) for name, values in found.items()}
        return self._parameters

    @property
    def direct(self) -> Mapping[str, Any]:
        """The request parameters themselves by name in lower case; a lone object around them is taken off."""
        if self._direct is not None:
            return self._direct
        stated = self.mapping("requestParameters")
        if len(stated) == 1:
            ((name, inner),) = stated.items()
            if isinstance(inner, dict) and name.lower().endswith("request"):
                stated = inner
        self._direct = {name.lower(): value for name, value in stated.items() if isinstance(name, str)}
        return self._direct

    def at(self, path: str) -> Any:
        """Return the request parameter at a path such as ``replicationConfiguration.role``; None where there is none.

        Letter case does not count: CloudTrail writes names of parameters as each service does.
        """
        first, *rest = _steps(path)
        found = self.direct.get(first)
        for name in rest:
            if not isinstance(found, dict):
                return None
            found = next((value for key, value in found.items() if str(key).lower() == name), None)
        return found


def mapping_in(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object of a name; an empty one where there is none."""
    found = holder.get(name)
    return found if isinstance(found, dict) else _NOTHING


def text_in(holder: Mapping[str, Any], name: str) -> str | None:
    """Return the text of a name; None where there is none, or an empty one."""
    found = holder.get(name)
    if found is None:
        return None
    return (found if isinstance(found, str) else as_text(found)) or None


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.lower().split("."))


def as_text(value: object) -> str | None:
    """Return a text, number or truth value as text; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else None


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a value: its own, or those of a list, which may stand under ``items`` or ``member``."""
    if isinstance(value, dict):
        value = next((value[name] for name in ("items", "member") if name in value), None)
    if isinstance(value, (list, tuple)):
        return tuple(text for each in value if (text := as_text(each)) is not None)
    single = as_text(value)
    return () if single is None else (single,)


def is_hidden(value: object) -> bool:
    """Tell whether CloudTrail has put something in the place of a value."""
    return isinstance(value, str) and value.startswith(_HIDDEN)


def _gather(value: object, name: str, depth: int, found: dict[str, list[str]]) -> None:
    """Put the texts in a value under their names in lower case; those of a list stand under the list's."""
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            _gather(inner, name if key in ("items", "member", "content") else str(key), depth - 1, found)
    elif isinstance(value, list) and depth:
        for inner in value:
            _gather(inner, name, depth - 1, found)
    elif (text := as_text(value)) and not is_hidden(text):
        values = found.setdefault(name.lower(), [])
        if len(values) < _MOST_VALUES:
            values.append(text)
