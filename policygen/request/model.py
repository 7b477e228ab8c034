"""A request, with its context as AWS would send it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Self

from policygen.aws.arns import Arn, parse_arn
from policygen.errors import Problem, RequestError, check_argument
from policygen.request.callers import CALLERS, Caller, known_caller, read_caller
from policygen.request.calls import ACTIONS, Call, accounts_of, head_of, read_call
from policygen.request.context import (
    ENCRYPTION_CONTEXT,
    SPELLINGS,
    ContextValue,
    Raw,
    by_lower_case,
    kept,
    raw,
    read_context,
    read_values,
    values_of,
)
from policygen.request.derived import encryption_context_keys
from policygen.request.principal import Principal

_SPELLED_AS_USUAL = SPELLINGS.known
_NOTHING: dict[str, Raw] = {}


class Unchanging:
    """A value that never changes: a copy of it is the value itself."""

    __slots__ = ()

    def __copy__(self) -> Self:
        """Return the value itself."""
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Return the value itself."""
        return self


class Request(Unchanging):
    """One request. It cannot be changed.

    Context key names match without regard to case; ``context`` looks a name up in lower case.

    Making one costs little, because hardly anything is worked out: caller and call are looked up as they were read
    before, a context whose names are spelled as usual is taken as it is, and the rest waits until somebody asks.
    Rejected: an attribute for everything, set when the request is made, which takes ten times as long as a decision.

    Raises:
        RequestError: PG-R001/PG-R002 for the principal, PG-R003 no action, PG-R004 no resource, PG-R005 no account
            id, PG-R006 a context value that is neither text nor a list of texts, PG-R007 a context key stated twice.
    """

    __slots__ = ("_arn", "_call", "_caller", "_context", "_known", "_resource", "_stated", "_values")

    _caller: Caller
    _call: Call
    _resource: str
    _values: dict[str, Raw]
    """What is stated or known, by the spelling under which it is looked up."""
    _stated: tuple[ContextValue, ...] | dict[str, Raw]
    """What is stated, in order: values by name until somebody asks for them as pairs."""
    _known: tuple[ContextValue, ...]
    _arn: Arn | None
    _context: Mapping[str, ContextValue] | None

    def __init__(
        self,
        *,
        principal: str | Mapping[str, Any] | Principal,
        action: str,
        resource: str = "*",
        resource_account: str | None = None,
        context: Mapping[str, Any] | None = None,
        known: Mapping[str, Any] | None = None,
    ) -> None:
        """Check the parts, and freeze the request.

        Args:
            principal: Who asks: an ARN or a name, or a mapping ``{arn, role, user, unique_id, tags}``.
            action: ``service:Action``.
            resource: An ARN, or ``*`` for actions that take none.
            resource_account: 12-digit id of the resource's owner, where its ARN has none.
            context: Context keys with their values: texts, booleans, numbers, lists of them, or None.
            known: Context keys that somebody knows about principal and resource (tags, aliases …); like derived keys
                they are filled in only where ``context`` does not state them.
        """
        try:
            caller = CALLERS[principal] if type(principal) is str else known_caller(principal)
            kind = ACTIONS[action]
            slash = resource.rfind("/") if kind.by_kind else resource.find("/")
            head = resource[:slash] if slash > 0 else head_of(resource)
            self._call = kind.calls[head, resource_account, caller.accounts]
            self._caller = caller
            self._resource = resource
        except (KeyError, TypeError, AttributeError):
            problems = self._read(principal, action, resource, resource_account)
            if problems:
                self._read_context(context, known, problems)
        self._arn = self._context = None
        self._known = ()
        if not context and not known:
            self._stated = self._values = _NOTHING
        elif type(context) is not dict or known or not _SPELLED_AS_USUAL.issuperset(context):
            self._read_context(context, known, [])
        else:
            try:
                "".join(context.values())  # the cheapest way to see that all are texts
                self._stated = self._values = context.copy()
            except TypeError:
                self._read_values(context)

    def _read(self, principal: Any, action: Any, resource: Any, resource_account: Any) -> list[Problem]:
        """Read the parts of a request whose like was not met before; return every problem with them."""
        problems: list[Problem] = []
        accounts = accounts_of(None, None)
        try:
            self._caller = read_caller(principal)
            accounts = self._caller.accounts
        except RequestError as error:
            problems.extend(error.problems)
        call = read_call(action, resource, resource_account, accounts, problems)
        if call is not None:
            self._call, self._resource = call, str.__str__(resource)
        return problems

    def _read_context(self, context: Any, known: Any, problems: list[Problem]) -> None:
        """Read a context that is not spelled as usual, or has values of other types than usual.

        Raises:
            RequestError: With every problem, those of other parts included.
        """
        stated = read_context(context, problems) if context else ()
        background = read_context(known, problems) if known else ()
        if problems:
            raise RequestError(*problems)
        self._stated, self._known = stated, background
        self._values = kept(background) | kept(stated) if background else kept(stated)

    def _read_values(self, context: dict[str, Any]) -> None:
        """Read a context whose names are spelled as usual, and whose values are not texts alone.

        Raises:
            RequestError: With every problem.
        """
        read = {name: (value,) if type(value) is str else read_values(value) for name, value in context.items()}
        if None in read.values():
            self._read_context(context, None, [])
        else:
            self._stated = self._values = {name: raw(values) for name, values in read.items() if values is not None}

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self._caller.principal

    @property
    def action(self) -> str:
        """``service:Action`` as written."""
        return self._call.action.name

    @property
    def service(self) -> str:
        """Lower-case service prefix of the action."""
        return self._call.action.service

    @property
    def resource(self) -> str:
        """An ARN, or ``*`` for actions that take none."""
        return self._resource

    @property
    def resource_account(self) -> str | None:
        """12-digit id of the account that owns the resource.

        The one in its ARN, else the one that was stated, else the caller's; None when nobody can tell.
        """
        return self._call.resource_account

    @property
    def arn(self) -> Arn | None:
        """The resource's ARN taken apart; None for ``*``."""
        if self._arn is None and self._resource != "*":
            self._arn = parse_arn(self._resource)
        return self._arn

    @property
    def stated(self) -> tuple[ContextValue, ...]:
        """The context as it was stated, names and values in order."""
        stated = self._stated
        if isinstance(stated, dict):
            stated = self._stated = tuple([ContextValue(name, values_of(value)) for name, value in stated.items()])
        return stated

    @property
    def known(self) -> tuple[ContextValue, ...]:
        """What was known about principal and resource beside what was stated."""
        return self._known

    @property
    def filled_in(self) -> tuple[ContextValue, ...]:
        """The derived and known keys that were not stated, by name as AWS writes it."""
        return tuple(self._filled_in(by_lower_case(self.stated)))

    def _filled_in(self, stated: Mapping[str, ContextValue]) -> Iterator[ContextValue]:
        pairs = dict(self._caller.derived + self._call.derived)
        names = [value.name for value in stated.values()]
        pairs.update(encryption_context_keys(self._call.action.lowered, names))
        pairs.update(self._known)
        for name, values in pairs.items():
            if name.lower() not in stated:
                yield ContextValue(name, values)

    @property
    def context(self) -> Mapping[str, ContextValue]:
        """Every context key, stated, known and derived, by lower-case name; made when it is first asked for."""
        if self._context is None:
            stated = by_lower_case(self.stated)
            filled_in = {value.name.lower(): value for value in self._filled_in(stated)}
            self._context = MappingProxyType(stated | filled_in)
        return self._context

    def derived(self, name: str) -> Raw | None:
        """Return what follows for one context key from the rest of the request; None when nothing does.

        Args:
            name: The key, spelled as :data:`policygen.request.context.SPELLINGS` has it.
        """
        found = self._caller.context.get(name)
        if found is None:
            found = self._call.context.get(name)
        if found is None and name == "kms:EncryptionContextKeys":
            names = (value.name for value in by_lower_case(self.stated).values())
            for _, values in encryption_context_keys(self._call.action.lowered, names):
                return raw(values)
        return found

    def _key(self) -> tuple[object, ...]:
        return (self.principal, self.action, self.resource, self.resource_account, self.stated, self.known)

    def __eq__(self, other: object) -> bool:
        """Requests are equal when everything that was given is."""
        return self._key() == other._key() if isinstance(other, Request) else NotImplemented

    def __hash__(self) -> int:
        """Hash of what was given."""
        return hash(self._key())

    def __repr__(self) -> str:
        """Return the request as the call that makes it."""
        context = {value.name: list(value.values) for value in self.stated}
        parts = (
            f"principal={self.principal.arn!r}",
            f"action={self.action!r}",
            f"resource={self.resource!r}",
            f"resource_account={self.resource_account!r}",
            f"context={context!r}",
        )
        return f"Request({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was given; the rest is worked out anew."""
        return partial(Request, **self._given()), ()

    def with_context(self, changes: Mapping[str, Any]) -> Request:
        """Return this request with context keys stated anew; a value of None takes the statement away."""
        lowered = {name.lower() for name in changes}
        kept_names: dict[str, Any] = {
            value.name: list(value.values) for value in self.stated if value.name.lower() not in lowered
        }
        kept_names.update({name: value for name, value in changes.items() if value is not None})
        return Request(**(self._given() | {"context": kept_names}))

    def with_action(self, action: str) -> Request:
        """Return the same request for another action."""
        return Request(**(self._given() | {"action": action}))

    def with_resource(self, resource: str, resource_account: str | None) -> Request:
        """Return the same request on another resource, with the account that owns it where its ARN has none."""
        return Request(**(self._given() | {"resource": resource, "resource_account": resource_account}))

    def _given(self) -> dict[str, Any]:
        return {
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "resource_account": self.resource_account,
            "context": {value.name: list(value.values) for value in self.stated},
            "known": {value.name: list(value.values) for value in self._known},
        }

    def completed_like(self, other: Request) -> Request:
        """Return this request with the caller, the owner and the known context of ``other``, which has none stated."""
        found: Request = object.__new__(Request)
        same_owner = self.resource_account == other.resource_account
        found._call = self._call if same_owner else self._call.owned_by(other.resource_account)
        found._caller, found._resource, found._arn = other._caller, self._resource, self._arn
        found._stated, found._known, found._values = self._stated, other._known, {**other._values, **self._values}
        found._context = None
        return found

    def encryption_context(self) -> dict[str, str]:
        """Return the pairs of the KMS encryption context, names in the case in which they were stated."""
        return {
            value.name[len(ENCRYPTION_CONTEXT) :]: value.values[0]
            for value in self.stated
            if value.name.lower().startswith(ENCRYPTION_CONTEXT) and value.values
        }

    def to_dict(self) -> dict[str, object]:
        """Return the request as JSON-ready values: principal, action, resource, resource account and stated context."""
        return {
            "principal": self.principal.arn,
            "action": self.action,
            "resource": self.resource,
            "resource_account": self.resource_account,
            "context": {v.name: v.values[0] if len(v.values) == 1 else list(v.values) for v in self.stated},
        }


def check_request(request: object) -> None:
    """Refuse what is no request.

    Raises:
        ArgumentError: PG-A001.
    """
    check_argument("request", request, Request, "give a policygen.Request")
