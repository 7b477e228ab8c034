"""The spec's own ``expect:`` list: names of keys, buckets and principals become ARNs.

``keys.NAME@REGION``, ``buckets.NAME``, ``buckets.NAME/KEY``, ``role/…`` and ``user/…``. A principal's short form stands
for the role of the spec that is called so, whatever its account; else for a principal of the account of the resource
that is asked about, or of the only account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from policygen.errors import Place, RequestError
from policygen.fields.read import Value
from policygen.request import Request
from policygen.spec.model import Replication
from policygen.spec.scope import Scope
from policygen.suite import TestCase

_KEY = re.compile(r"keys\.(?P<name>[^@/]+)(@(?P<region>.+))?\Z")
_BUCKET = re.compile(r"buckets\.(?P<name>[^/]+)(?P<key>/.*)?\Z")
_SHORT_FORMS = ("role/", "user/")


def resolve_expectations(
    tests: tuple[TestCase, ...], scope: Scope, replication: Iterable[Replication]
) -> tuple[TestCase, ...]:
    """Return the tests with the spec's names resolved; problems are noted in ``scope``."""
    roles = {f"role{role.path}{role.name}": role.arn for each in replication for role in each.roles}
    return tuple(_test(test, scope, roles) for test in tests)


def _test(test: TestCase, scope: Scope, roles: Mapping[str, str]) -> TestCase:
    request = test.request
    owner: str | None = request.resource_account
    resources = []
    for text in request.resources:
        arn, account = _resource(text, request.places.get("resource", test.place), scope)
        resources.append(arn)
        owner = owner or account
    home = owner or next(iter(scope.accounts.values()), None)
    place = request.places.get("principal", test.place)
    principals = tuple(_principal(each, place, scope, home, roles) for each in request.principals)
    fields = replace(request, principals=principals, resources=tuple(resources), resource_account=owner)
    resolved = replace(test, request=fields)
    if not scope.reader.noted(test.place.pointer):
        _check_requests(resolved, scope)
    return resolved


def _check_requests(test: TestCase, scope: Scope) -> None:
    """Note what is no request: a principal, an action, a resource or a context that AWS does not know the form of."""
    # a name that could not be resolved is noted where it is at fault
    names = (*test.request.resources, *(each for each in test.request.principals if isinstance(each, str)))
    unresolved = any(each.startswith(("keys.", "buckets.", *_SHORT_FORMS)) for each in names)
    if unresolved or scope.reader.noted("/accounts"):
        return
    for arguments in test.request.combinations():
        try:
            Request(**arguments)
        except RequestError as error:
            for problem in error.problems:
                _, name, *rest = problem.place.pointer.split("/", 2)
                place = test.request.places.get(name)
                if place is not None:  # else it follows from an account that is noted
                    place = replace(place, pointer="/".join((place.pointer, *rest)))
                    scope.problem(problem.code, problem.message, place, problem.hint, problem.doc_url)


def _resource(text: str, place: Place, scope: Scope) -> tuple[str, str | None]:
    """Return the ARN of a name, and the account that owns it."""
    key_match, bucket_match = _KEY.match(text), _BUCKET.match(text)
    if key_match:
        key = scope.named_key(key_match["name"], place)
        region = key_match["region"] or (key.region if key else "")
        if key is not None and region not in key.regions:
            hint = f"it exists in {', '.join(key.regions)}"
            scope.problem("PG-S009", f"the key `{key.name}` does not exist in `{region}`", place, hint)
        return (key.arn(region), key.account) if key else (text, None)
    if bucket_match:
        bucket = scope.named_bucket(bucket_match["name"], place)
        return (bucket.arn + (bucket_match["key"] or ""), bucket.account) if bucket else (text, None)
    return text, None


def _principal(value: Any, place: Place, scope: Scope, account: str | None, roles: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {**value, "arn": _principal(value.get("arn"), place, scope, account, roles)}
    if value in roles:
        return roles[value]
    if isinstance(value, str) and value.startswith(_SHORT_FORMS) and account is not None:
        return scope.principal(Value(data=value, place=place), account) or value
    return value
