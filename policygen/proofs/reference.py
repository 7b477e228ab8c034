"""What proofs ask of AWS's reference; the catalogue answers, and without one nothing is known and nothing ruled out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

from policygen.aws.arns import parse_arn


class Taken(Protocol):
    """The resources that calls of an action may name, as patterns of ARNs."""

    @property
    def arns(self) -> tuple[str, ...]:
        """Those of the types that it takes; empty when it takes none."""

    @property
    def others(self) -> tuple[str, ...]:
        """Those within them that are of other types."""

    @property
    def unnamed(self) -> tuple[str, ...]:
        """What policies are asked with when a call names no resource; empty when each names one."""


class Reference(Protocol):
    """Which calls there are, what they name and what they carry."""

    def names(self, service: str) -> Iterable[str]:
        """Return the actions of a service, as AWS spells them; nothing for a service that is not known."""

    def taken(self, action: str) -> Taken | None:
        """Return what calls of an action, in lower case, may name; None when that is not known."""

    def carries(self, action: str, key: str) -> bool:
        """Tell whether calls of an action may carry a condition key, both in lower case; true when not known."""


def spelled(action: str, reference: Reference) -> str:
    """Return an action, in any case of letters, as AWS spells it; as it stands where that is not known."""
    names = {each.lower(): each for each in reference.names(action.partition(":")[0].lower())}
    return names.get(action.lower(), action)


class NothingKnown:
    """No reference: every text is an action, and takes and carries everything."""

    def names(self, _service: str) -> Iterable[str]:
        """Know no actions."""
        return ()

    def taken(self, _action: str) -> Taken | None:
        """Know no types of resources."""
        return None

    def carries(self, _action: str, _key: str) -> bool:
        """Rule nothing out."""
        return True


NOTHING_KNOWN = NothingKnown()


def services_taken(reference: Reference, service: str) -> frozenset[str]:
    """Return the services whose resources the calls of a service name, as their ARNs have it; empty when not known."""
    kept: Any = reference  # a protocol says nothing of hashes
    return _services_taken(kept, service)


@lru_cache(maxsize=1024)
def _services_taken(reference: Any, service: str) -> frozenset[str]:
    taken = [reference.taken(each.lower()) for each in reference.names(service)]
    forms = {form for each in taken if each is not None for form in (*each.arns, *each.unnamed) if form != "*"}
    return frozenset(arn.service for form in forms if (arn := parse_arn(form)) is not None)
