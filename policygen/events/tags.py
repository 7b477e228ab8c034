"""Tags and encryption contexts in the request parameters: keys whose names go on with the user's own.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requesttag
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from policygen.events.causes import Cause, Told
from policygen.events.view import View, as_text, is_hidden

_LISTS = ("tags", "tagset", "taglist", "tagging", "tagspecificationset", "tagspecifications", "tag")
"""Request parameters that hold tags, in lower case; each service has its own."""

_LISTED = frozenset(_LISTS)
_NAMES = (("key", "value"), ("tagkey", "tagvalue"))
_DEEPEST = 6


def request_tags(view: View, service: str, resource: str) -> Iterator[tuple[str, Told]]:
    """Yield the condition keys of the tags that a call states for a resource, and of an object's tags in S3.

    Nothing of a key that the call does not carry.
    """
    if view.has_no_parameters:
        yield "aws:RequestTag/", Cause.NO_PARAMETERS
        yield "aws:TagKeys", Cause.NO_PARAMETERS
        yield from _of_objects(view, service)
        return
    found: dict[str, str] = {}
    for name in () if _LISTED.isdisjoint(view.direct) else _LISTS:
        stated = view.direct.get(name)
        if is_hidden(stated):
            yield "aws:RequestTag/", Cause.HIDDEN
            yield "aws:TagKeys", Cause.HIDDEN
            return
        found |= dict(_pairs(_for_type(stated, resource), name, _DEEPEST))
    names = tuple(found) or _untagged(view)
    if service != "s3" or "tagging" not in view.direct or "key" not in view.direct:
        yield from ((f"aws:RequestTag/{key}", value) for key, value in found.items())
        if names:
            yield "aws:TagKeys", names
    yield from _of_objects(view, service)


def _for_type(stated: object, resource: str) -> object:
    """Return the tags for resources of one type: EC2 states for which type each of them is."""
    items = stated.get("items") if isinstance(stated, Mapping) else stated
    if not isinstance(items, list) or not any(isinstance(each, Mapping) and "resourceType" in each for each in items):
        return stated
    kind = resource.rpartition(":")[2].partition("/")[0]
    return [each for each in items if isinstance(each, Mapping) and each.get("resourceType") == kind]


def _untagged(view: View) -> tuple[str, ...]:
    """Return the names of tags that a call takes away."""
    stated = view.direct.get("tagkeys")
    return tuple(each for each in stated if isinstance(each, str)) if isinstance(stated, list) else ()


def _pairs(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield tags in whatever form a service has them: a list of pairs, a mapping, a list under other names."""
    if isinstance(value, list) and depth:
        for each in value:
            yield from _pairs(each, name, depth - 1)
    elif isinstance(value, Mapping) and depth:
        lowered = {str(key).lower(): inner for key, inner in value.items()}
        for key, label in _NAMES:
            if key in lowered and (label in lowered or len(lowered) == 1):
                yield str(as_text(lowered[key])), as_text(lowered.get(label)) or ""
                return
        inner = [each for key, each in lowered.items() if key in (*_LISTS, "items", "member")]
        if inner:
            for each in inner:
                yield from _pairs(each, name, depth - 1)
        elif name == "tags":
            yield from ((str(key), text) for key, each in value.items() if (text := as_text(each)) is not None)


def _of_objects(view: View, service: str) -> Iterator[tuple[str, Told]]:
    """Yield the keys of the tags that an upload gives to an object.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    if service != "s3":
        return
    if view.has_no_parameters:
        yield "s3:RequestObjectTag/", Cause.NO_PARAMETERS
        yield "s3:RequestObjectTagKeys", Cause.NO_PARAMETERS
        return
    stated = view.at("x-amz-tagging")
    pairs = parse_qsl(stated, keep_blank_values=True) if isinstance(stated, str) else []
    if not pairs and "key" in view.direct and "tagging" in view.direct:
        pairs = list(_pairs(view.direct["tagging"], "tagging", _DEEPEST))
    yield from ((f"s3:RequestObjectTag/{key}", value) for key, value in pairs)
    if pairs:
        yield "s3:RequestObjectTagKeys", tuple(key for key, _ in pairs)


def encryption_context(view: View, parameter: str | None) -> Iterator[tuple[str, Told]]:
    """Yield the condition keys of the encryption context of a call to KMS."""
    if view.has_no_parameters:
        yield "kms:EncryptionContext:", Cause.NO_PARAMETERS
        yield "kms:EncryptionContextKeys", Cause.NO_PARAMETERS
        return
    stated = view.at(parameter or "encryptionContext")
    if is_hidden(stated):
        yield "kms:EncryptionContext:", Cause.HIDDEN
        yield "kms:EncryptionContextKeys", Cause.HIDDEN
    elif isinstance(stated, Mapping):
        for key, value in stated.items():
            text = as_text(value)
            yield f"kms:EncryptionContext:{key}", Cause.HIDDEN if text is None or is_hidden(text) else text
