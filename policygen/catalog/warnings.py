"""Warnings about a request: what AWS's reference says of its action, resource and context keys.

A warning never changes a decision: the catalogue may be older than AWS, and evaluation goes by the policies alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from policygen.catalog.operations import ACTION_OF_OPERATION
from policygen.catalog.reference import Action, Catalog, load_catalog
from policygen.catalog.spelling import WIDE, did_you_mean, shown
from policygen.errors import Place, Problem, Severity
from policygen.matching.conditions.values import read_address, read_bool, read_date, read_number
from policygen.request.condition_keys import GLOBAL_KEYS, ConditionKey, KeyType
from policygen.request.context import ContextValue
from policygen.request.model import Request, check_request

_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
_TABLE = f"{_REFERENCE}reference_policies_actions-resources-contextkeys.html"
_KEYS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"


class WarningCode(StrEnum):
    """What a warning is about."""

    UNKNOWN_ACTION = "UNKNOWN_ACTION"
    UNKNOWN_RESOURCE_TYPE = "UNKNOWN_RESOURCE_TYPE"
    ACTION_TAKES_NO_RESOURCE = "ACTION_TAKES_NO_RESOURCE"
    RESOURCE_TYPE_NOT_TAKEN = "RESOURCE_TYPE_NOT_TAKEN"
    UNKNOWN_CONTEXT_KEY = "UNKNOWN_CONTEXT_KEY"
    CONTEXT_KEY_NOT_CARRIED = "CONTEXT_KEY_NOT_CARRIED"
    CONTEXT_VALUE_TYPE = "CONTEXT_VALUE_TYPE"
    WILDCARD_IN_REQUEST = "WILDCARD_IN_REQUEST"
    NOT_IN_ENVIRONMENT = "NOT_IN_ENVIRONMENT"
    NO_POLICY = "NO_POLICY"


MEANINGS = {
    WarningCode.UNKNOWN_ACTION: "An action that AWS's reference does not know.",
    WarningCode.UNKNOWN_RESOURCE_TYPE: "A resource that is none of the action's service.",
    WarningCode.ACTION_TAKES_NO_RESOURCE: "A resource for an action that takes none.",
    WarningCode.RESOURCE_TYPE_NOT_TAKEN: "A resource of a type that the action does not take.",
    WarningCode.UNKNOWN_CONTEXT_KEY: "A condition key that AWS's reference does not know.",
    WarningCode.CONTEXT_KEY_NOT_CARRIED: "A condition key that AWS never sends with such a request.",
    WarningCode.CONTEXT_VALUE_TYPE: "A value that a condition key of its type cannot have.",
    WarningCode.WILDCARD_IN_REQUEST: "A resource with `*` or `?` in a request, where they are letters.",
    WarningCode.NOT_IN_ENVIRONMENT: "A caller whose account the environment covers, and whom it does not hold.",
    WarningCode.NO_POLICY: "A request for which no policy was given.",
}
"""What each code means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWarning:
    """One warning.

    Attributes:
        code: What it is about.
        message: What is odd, in one sentence.
        hint: What to do, or what was probably meant; empty when there is nothing to say.
        doc_url: AWS's page.
        key: The context key that it is about; empty for none.
    """

    code: WarningCode
    message: str
    hint: str = ""
    doc_url: str = _TABLE
    key: str = ""

    def __str__(self) -> str:
        """Return the warning as one line."""
        return f"{self.code.value} {self.message}" + (f"; {self.hint}" if self.hint else "")

    def at(self, place: Place) -> Problem:
        """Return the warning as a problem at a place."""
        return Problem(
            code=self.code.value,
            message=self.message,
            place=place,
            hint=self.hint or None,
            doc_url=self.doc_url,
            severity=Severity.WARNING,
        )

    def to_dict(self) -> dict[str, str]:
        """Return the warning as JSON-ready values."""
        found = {"code": self.code.value, "message": self.message, "key": self.key, "hint": self.hint}
        found["doc_url"] = self.doc_url
        return {name: value for name, value in found.items() if value}


def reference_warnings(request: Request, catalog: Catalog | None = None) -> tuple[RequestWarning, ...]:
    """Return what AWS's reference finds odd about a request; empty when nothing is.

    Args:
        request: The request; only context keys that it states are looked at.
        catalog: The catalogue; the installed one when None.
    """
    check_request(request)
    reference = catalog or load_catalog()
    prefix, _, name = request.action.partition(":")
    service = reference.service(prefix)
    action = service.actions.get(name.lower()) if service is not None else None
    if action is not None:
        found = tuple(_resource_warning(request, action, reference))
    else:
        message, hint = f"there is no service {shown(prefix)}", did_you_mean(prefix, reference.services, WIDE)
        if service is not None:
            names = [each.name.partition(":")[2] for each in service.actions.values()]
            message = f"{shown(request.action)} is not an action of {prefix.lower()}"
            allowing = ACTION_OF_OPERATION.get(request.action.lower())
            meant = did_you_mean(name, names, WIDE, prefix=f"{prefix}:")
            hint = f"what allows this operation is `{allowing}`" if allowing else meant
        found = (RequestWarning(code=WarningCode.UNKNOWN_ACTION, message=message, hint=hint),)
    return (*found, *_context_warnings(request, action, reference))


def _resource_warning(request: Request, action: Action, catalog: Catalog) -> Iterator[RequestWarning]:
    taken = ", ".join(sorted(action.resource_types))
    meant = catalog.types_meant(request.service, request.resource.replace("*", "x").replace("?", "x"))
    if request.resource == "*" or {each.name for each in meant} & set(action.resource_types):
        return
    if not taken:
        code = WarningCode.ACTION_TAKES_NO_RESOURCE
        message = f"{action.name} takes no resource: AWS asks its policies with `*`"
        hint = "policies that name a resource never match it"
    elif not meant:
        code = WarningCode.UNKNOWN_RESOURCE_TYPE
        message = f"{shown(request.resource)} is not the ARN of a resource of {request.service}"
        hint = f"{action.name} takes {taken}"
    else:
        code = WarningCode.RESOURCE_TYPE_NOT_TAKEN
        message = f"{action.name} does not take a resource of the type {meant[0].name}"
        hint = f"it takes {taken}"
    yield RequestWarning(code=code, message=message, hint=hint)


def _context_warnings(request: Request, action: Action | None, catalog: Catalog) -> Iterator[RequestWarning]:
    for value in request.stated:
        key = catalog.condition_key(value.name)
        if key is None:
            yield from _unknown_key(value.name, catalog)
            continue
        yield from _not_carried(value.name, key, action, request)
        yield from _wrong_values(value, key)


def _unknown_key(name: str, catalog: Catalog) -> Iterator[RequestWarning]:
    prefix, colon, _ = name.partition(":")
    service = catalog.service(prefix)
    if prefix.lower() == "aws":
        hint = did_you_mean(name, GLOBAL_KEYS, WIDE)
        message = f"there is no global condition key {shown(name)}"
    elif service is not None:
        hint = did_you_mean(name, [each.name for each in service.condition_keys.values()], WIDE)
        message = f"{shown(name)} is not a condition key of {prefix.lower()}"
    elif "." in prefix or "/" in prefix:  # a claim of an identity provider
        return
    else:
        near = did_you_mean(f"aws:{name}", GLOBAL_KEYS, WIDE) if not colon else ""
        hint = near or "a condition key begins with `aws:`, or with the prefix of a service"
        message = f"there is no condition key {shown(name)}"
    yield RequestWarning(code=WarningCode.UNKNOWN_CONTEXT_KEY, message=message, hint=hint, doc_url=_KEYS, key=name)


def _not_carried(name: str, key: ConditionKey, action: Action | None, request: Request) -> Iterator[RequestWarning]:
    kind = request.principal.kind
    if not key.can_be_carried(kind):
        message = f"requests of a caller of this kind ({kind.value}) never carry {shown(name)}"
    elif action is not None and key.listed and not action.carries(name):
        message = f"requests for {action.name} do not carry {shown(name)}"
    else:
        return
    hint = "in AWS the key is absent, whatever is stated here"
    yield RequestWarning(code=WarningCode.CONTEXT_KEY_NOT_CARRIED, message=message, hint=hint, key=name)


_READERS: dict[KeyType, tuple[Callable[[str], object], str]] = {
    KeyType.BOOL: (read_bool, "`true` or `false`"),
    KeyType.NUMERIC: (read_number, "a number"),
    KeyType.DATE: (read_date, "a date such as `2026-01-31T00:00:00Z`"),
    KeyType.IP_ADDRESS: (read_address, "an IP address"),
}


def _wrong_values(value: ContextValue, key: ConditionKey) -> Iterator[RequestWarning]:
    if len(value.values) > 1 and not key.multivalued:
        yield RequestWarning(
            code=WarningCode.CONTEXT_VALUE_TYPE,
            message=f"{shown(value.name)} has {len(value.values)} values, and AWS sends one",
            doc_url=_KEYS,
            key=value.name,
        )
    readers = [_READERS[each] for each in key.types if each in _READERS]
    if not readers or len(readers) < len(key.types):
        return
    for text in value.values:
        if all(read(text) is None for read, _ in readers):
            yield RequestWarning(
                code=WarningCode.CONTEXT_VALUE_TYPE,
                message=f"{shown(text)} is not a value of {shown(value.name)}",
                hint=f"expected {readers[0][1]}",
                doc_url=_KEYS,
                key=value.name,
            )
