"""What a record tells of the condition keys that make a difference: those with readers, and request parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from policygen.events.calls import keys_of
from policygen.events.causes import Cause, Told
from policygen.events.keys import CARRIED, OF_SERVICES, ONLY_CONDITIONS_LOOK, Reader
from policygen.events.view import View, is_hidden, text_in, texts

_FAMILIES = ("aws:requesttag/", "aws:tagkeys")
_FAMILIES_OF_SERVICES = {
    "s3": ("s3:requestobjecttag/", "s3:requestobjecttagkeys"),
    "kms": ("kms:encryptioncontext:", "kms:encryptioncontextkeys"),
}


def told(view: View, service: str, *, keys: frozenset[str] | None) -> Iterator[tuple[str, Told]]:
    """Yield keys that have a reader, each with what this record tells; of a key that the call did not carry nothing.

    Args:
        view: The record.
        service: Prefix of the service's actions.
        keys: The keys in lower case that policies look at; None for all.
    """
    wanted = _wanted(service, keys)
    for carries, readers in wanted.readers:
        if carries is None or carries(view):
            for key, read in readers:
                value = read(view)
                if value is not None:
                    yield key, value
    if view.has_no_parameters:
        yield from wanted.without_parameters
    else:
        stated = view.direct
        yield from ((wanted.by_name[name], _parameter(stated[name])) for name in stated if name in wanted.by_name)
        yield from ((key, _parameter(view.at(path))) for path, key in wanted.by_path)
    if service == "sts":
        yield from _claims(view)


class _Wanted(NamedTuple):
    """The keys that make a difference.

    Attributes:
        readers: Those with readers, and what tells the calls that carry any of them.
        by_name: Those that are request parameters, by the parameter.
        by_path: Those that stand deeper, each behind the path to it.
        without_parameters: What to say of both where the parameters are not told.
    """

    readers: tuple[tuple[Callable[[View], bool] | None, tuple[tuple[str, Reader], ...]], ...]
    by_name: Mapping[str, str]
    by_path: tuple[tuple[str, str], ...]
    without_parameters: tuple[tuple[str, Cause], ...]


@lru_cache(maxsize=1024)
def _wanted(service: str, keys: frozenset[str] | None) -> _Wanted:
    def counts(key: str) -> bool:
        return keys is None or key.lower() in keys or key.lower() not in ONLY_CONDITIONS_LOOK

    groups = (*CARRIED, (None, OF_SERVICES.get(service, {})))
    counting = ((carries, tuple(each for each in readers.items() if counts(each[0]))) for carries, readers in groups)
    parameters = {path.lower(): key for key, path in keys_of(service) if counts(key)}
    by_name = {path: key for path, key in parameters.items() if "." not in path}
    by_path = tuple((path, key) for path, key in parameters.items() if "." in path)
    return _Wanted(
        readers=tuple((carries, readers) for carries, readers in counting if readers),
        by_name=by_name,
        by_path=by_path,
        without_parameters=tuple(
            (key, Cause.NO_PARAMETERS) for key in (*by_name.values(), *(key for _, key in by_path))
        ),
    )


_CLAIMS = {"www.amazon.com": ("app_id", "user_id"), "graph.facebook.com": ("app_id", "id")}
"""The names of audience and subject where they are not ``aud`` and ``sub``."""


def _claims(view: View) -> Iterator[tuple[str, Told]]:
    """Yield the claims of the token of a web identity that the record has: audience and subject.

    Fact: T2
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    provider, subject = text_in(view.identity, "identityProvider"), text_in(view.identity, "userName")
    whole = text_in(view.identity, "principalId") or ""
    if provider is None or subject is None or view.kind != "WebIdentityUser":
        return
    host = provider.partition("oidc-provider/")[2] or provider
    named = _CLAIMS.get(host, ("aud", "sub"))
    yield f"{host}:{named[1]}", subject
    if whole.startswith(f"{provider}:") and whole.endswith(f":{subject}"):
        yield f"{host}:{named[0]}", whole[len(provider) + 1 : -len(subject) - 1]


def _parameter(stated: object) -> Told:
    if stated is None:
        return None
    found = texts(stated)
    if any(map(is_hidden, found)):
        return Cause.HIDDEN
    return found[0] if len(found) == 1 else found


@lru_cache(maxsize=4096)
def has_reader(service: str, key: str) -> bool:
    """Tell whether records of a service tell a key, given in lower case, or that a call did not carry it."""
    names = (
        *(name for _, readers in CARRIED for name in readers),
        *OF_SERVICES.get(service, ()),
        *(name for name, _ in keys_of(service)),
    )
    families = (*_FAMILIES, *_FAMILIES_OF_SERVICES.get(service, ()))
    return key in {name.lower() for name in names} or key.startswith(families)
