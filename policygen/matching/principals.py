"""Does a Principal or NotPrincipal element name the caller, and in which capacity?

How a resource-based policy names the caller decides which other policies limit the grant, so the answer is a
:class:`PrincipalMatch`, not a yes or no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

from policygen.aws.arns import is_account_id, parse_arn
from policygen.document.model import PrincipalElement, PrincipalEntry
from policygen.request.principal import Principal, PrincipalKind


class PrincipalMatch(IntEnum):
    """How an element names the caller, weakest first.

    Attributes:
        NONE: It does not.
        ACCOUNT: Through the caller's account: that only delegates to the account (E13).
        PARENT: Through the role of a session, or the IAM user who federated it: boundary and session policy limit
            such a grant (E16, E20).
        DIRECT: The caller itself: the user, the session, the root user, the service, or everybody (E15, E17, E18, E19).

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """

    NONE = 0
    ACCOUNT = 1
    PARENT = 2
    DIRECT = 3


_NAMED_BY_ARN = (PrincipalKind.USER, PrincipalKind.ORIGIN_ACCESS_IDENTITY)
WITHOUT_POLICIES = (
    PrincipalKind.SERVICE,
    PrincipalKind.IDENTITY_PROVIDER,
    PrincipalKind.ORIGIN_ACCESS_IDENTITY,
    PrincipalKind.ANONYMOUS,
)
"""Callers without policies of their own: only the resource's policy can name them (E35, E45, E46, E276)."""


class PrincipalMatcher:
    """A Principal element, ready to be judged: users and roles are looked up, however many are listed."""

    __slots__ = ("_of_one", "_others")

    def __init__(self, element: PrincipalElement) -> None:
        """Sort the element's values."""
        self._of_one = {entry.value: entry for entry in element.entries if _is_of_one(entry)}
        self._others = tuple(entry for entry in element.entries if not _is_of_one(entry))

    def match(self, caller: Principal) -> PrincipalMatch:
        """Return the strongest way in which the element names ``caller``; its values are OR-ed."""
        likely = [self._of_one[name] for name, _ in _names(caller) if name in self._of_one] if self._of_one else []
        likely.extend(self._others)
        return max((match_entry(entry, caller) for entry in likely), default=PrincipalMatch.NONE)


def _is_of_one(entry: PrincipalEntry) -> bool:
    """Tell whether a value is the ARN of one user or role, which names nobody else: lists of them are long."""
    return entry.kind == "AWS" and (":user/" in entry.value or ":role/" in entry.value)


def match_entry(entry: PrincipalEntry, caller: Principal) -> PrincipalMatch:
    """Return how one value names ``caller``.

    ``CanonicalUser`` values name accounts by an id that no request carries, so they match nobody here.

    Fact: E134, E135, E136, E138, E140, E142, E143, E145, E276
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if entry.kind == "*" or (entry.kind == "AWS" and entry.value == "*"):
        return PrincipalMatch.DIRECT
    if entry.kind == "Service":
        return _direct(caller.kind is PrincipalKind.SERVICE and entry.value == caller.arn)
    if entry.kind == "Federated":
        federates = caller.kind in (PrincipalKind.IDENTITY_PROVIDER, PrincipalKind.SERVICE)
        return _direct(federates and entry.value == caller.arn)
    if entry.kind == "AWS" and caller.kind not in (PrincipalKind.SERVICE, PrincipalKind.IDENTITY_PROVIDER):
        return _match_aws(entry.value, caller)
    return PrincipalMatch.NONE


def _direct(named: bool) -> PrincipalMatch:
    return PrincipalMatch.DIRECT if named else PrincipalMatch.NONE


def _match_aws(value: str, caller: Principal) -> PrincipalMatch:
    if names_account(value, caller):
        return PrincipalMatch.DIRECT if caller.kind is PrincipalKind.ROOT else PrincipalMatch.ACCOUNT
    return next((match for name, match in _names(caller) if value == name), PrincipalMatch.NONE)


def _names(caller: Principal) -> Iterator[tuple[str, PrincipalMatch]]:
    """Yield the texts of an element that name a caller beside its account, and the capacity in which each does.

    Fact: E135, E138, E140
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if caller.session_arn is not None:
        yield caller.session_arn, PrincipalMatch.DIRECT
    if caller.kind in _NAMED_BY_ARN:
        yield caller.arn, PrincipalMatch.DIRECT
    for parent in (caller.role_arn, caller.user_arn):
        if parent is not None:
            yield parent, PrincipalMatch.PARENT
    if caller.unique_id is not None:
        user = caller.kind is PrincipalKind.USER
        yield caller.unique_id.partition(":")[0], PrincipalMatch.DIRECT if user else PrincipalMatch.PARENT


def names_of(caller: Principal) -> tuple[str, ...]:
    """Return every text by which an element can tell a caller from others of its kind and account."""
    own = () if caller.kind not in WITHOUT_POLICIES else (caller.arn,)
    return (*own, *(name for name, _ in _names(caller)))


def names_account(value: str, caller: Principal) -> bool:
    """Tell whether ``value`` is the caller's account: its id, or its root ARN, which mean the same (E136, E137)."""
    if caller.account is None:
        return False
    if is_account_id(value):
        return value == caller.account
    arn = parse_arn(value)
    return (
        arn is not None
        and (arn.service, arn.resource) == ("iam", "root")
        and (arn.partition, arn.account) == (caller.partition, caller.account)
    )


def names_everyone(element: PrincipalElement) -> bool:
    """Tell whether one of the element's values is ``*``, bare or as ``{"AWS": "*"}``."""
    return any(entry.value == "*" and entry.kind in ("*", "AWS") for entry in element.entries)


def exempted_by_not_principal(element: PrincipalElement, caller: Principal) -> bool:
    """Tell whether a NotPrincipal element spares ``caller``.

    A role session is spared only when its session ARN, the role's ARN and the account are listed.

    Unspecified: for users and federated users AWS says it less plainly; here their ARN and the account must be listed.

    Fact: E118
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if names_everyone(element):
        return True
    if caller.kind in WITHOUT_POLICIES:
        return PrincipalMatcher(element).match(caller) is PrincipalMatch.DIRECT
    values = tuple(entry.value for entry in element.entries if entry.kind == "AWS")
    return any(names_account(value, caller) for value in values) and _names_all(values, caller)


def _names_all(values: Iterable[str], caller: Principal) -> bool:
    listed = set(values)
    named = [match for name, match in _names(caller) if name in listed]
    if caller.kind is PrincipalKind.ROLE_SESSION:
        return PrincipalMatch.DIRECT in named and PrincipalMatch.PARENT in named
    if caller.kind is PrincipalKind.FEDERATED_USER:
        return caller.arn in listed and (caller.user_arn is None or caller.user_arn in listed)
    return caller.kind is PrincipalKind.ROOT or PrincipalMatch.DIRECT in named
