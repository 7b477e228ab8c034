"""What a proof over all requests asks the reference: which calls there are, what they name, which keys they carry.

Only of services whose every name the reference knows is anything ruled out; of the others, every call is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from policygen.catalog.reference import Catalog, load_catalog

_OF_BUCKETS = "arn:*:s3:::*"
"""What AWS's own examples write for actions of S3 that take no resource, such as s3:ListAllMyBuckets."""

_IN_ONE_REQUEST = "sts"
"""The service of which one call asks for several actions, with the condition keys of all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesTaken:
    """The resources that calls of an action may name.

    Attributes:
        arns: Patterns of the ARNs of the resource types that it takes; empty when it takes none.
        others: Those within them that are ARNs of another type: in S3, objects are no buckets.
        unnamed: Patterns of what policies are asked with when a call names no resource; empty when each names one.
    """

    arns: tuple[str, ...]
    others: tuple[str, ...]
    unnamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownCalls:
    """The installed catalogue, opened when it is first asked for.

    Attributes:
        last: Tells of an action, in lower case, whether it is named behind the others of its service.
    """

    last: Callable[[str], bool] = bool

    def names(self, service: str) -> Iterable[str]:
        """Return the actions of a service, as AWS spells them; nothing for a service that is not known."""
        found = load_catalog().service(service)
        names = [each.name for each in found.actions.values()] if found is not None else []
        return sorted(names, key=lambda name: self.last(name.lower()))

    def taken(self, action: str) -> ResourcesTaken | None:
        """Return the resources that calls of an action, in lower case, may name; None when that is not known."""
        return _taken(action) if Catalog.knows_whole(action.partition(":")[0]) else None

    def carries(self, action: str, key: str) -> bool:
        """Tell whether calls of an action, in lower case, may carry a condition key; true when that is not known.

        Of keys that requests to every service may carry nothing is ruled out.
        """
        prefix = action.partition(":")[0]
        if not Catalog.knows_whole(prefix) or prefix == _IN_ONE_REQUEST:
            return True
        return _carries(action, key)


@lru_cache(maxsize=4096)
def _taken(action: str) -> ResourcesTaken | None:
    catalog = load_catalog()
    prefix, known = action.partition(":")[0], catalog.action(action)
    if known is None:
        return None
    forms = catalog.forms(prefix)
    taken = [form for each, form in forms if each.name in known.resource_types]
    others = {other for form in taken for other in catalog.narrower(prefix, form)} - set(taken)
    none = (_OF_BUCKETS,) if prefix == "s3" and not taken else ()
    return ResourcesTaken(
        arns=tuple(":".join(each) for each in taken),
        others=tuple(":".join(each) for each in sorted(others)),
        unnamed=() if known.names_resource else ("*", *none),
    )


@lru_cache(maxsize=4096)
def _carries(action: str, key: str) -> bool:
    catalog = load_catalog()
    known, row = catalog.action(action), catalog.condition_key(key)
    return known is None or row is None or row.any_service or not row.listed or known.carries(key)
