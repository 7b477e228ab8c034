"""The resources of a call: those that the record lists, else those that its parameters name.

Fact: T6, T7
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from policygen.aws.arns import COLONS, FIELDS, is_account_id, key_arn, parse_arn, root_arn
from policygen.aws.s3 import ALIAS_END
from policygen.catalog.reference import Action
from policygen.events.calls import Parameter, known_action
from policygen.events.causes import Cause
from policygen.events.kinds import Kind, kinds_of
from policygen.events.view import View, is_hidden, text_in, texts

_HOLE = re.compile(r"\{([^}]*)\}")
_WITHOUT_PATH = ("RoleNameWithPath", "UserNameWithPath", "GroupNameWithPath", "InstanceProfileNameWithPath")


class Target(NamedTuple):
    """A resource that a call names.

    Attributes:
        resource: Its ARN, or ``*`` for a call that names none.
        owner: The account that owns it, where its ARN has none and the record tells; else None.
        open: Why its ARN is not known to the end; None where it is.
    """

    resource: str
    owner: str | None = None
    open: Cause | None = None


def targets(view: View, service: str, action: str, template: str | None) -> tuple[tuple[Target, ...], Cause | None]:
    """Return the resources on which a call asks for an action, and why one is missing; None where none is."""
    known = known_action(action)
    if template is not None:
        found, missing = tuple(_filled(view, template)), False
    elif known is None:
        return (), Cause.UNKNOWN_OPERATION
    elif not known.resource_types:
        return (Target("*"),), None
    else:
        found, missing = _of_types(view, service, known)
    if not found and known is not None and _names_none(view, service, known):
        return (Target("*"),), None
    owned = [_owned(view, each) for each in found]
    named = tuple(dict.fromkeys(owned)) if len(owned) > 1 else tuple(owned)
    return named, _why_none(view) if missing or not named else None


def _names_none(view: View, service: str, action: Action) -> bool:
    """Tell whether a call that may name a resource names none: it lists things, or has no parameters at all."""
    if action.names_resource or service == "s3" or view.has_no_parameters:
        return False
    lists = action.access_level == "List" and "tag" not in action.name.lower()
    return lists or not view.parameters


def _why_none(view: View) -> Cause:
    if view.has_no_parameters:
        return Cause.NO_PARAMETERS
    hidden = any(is_hidden(value) for value in view.direct.values())
    return Cause.HIDDEN if hidden else Cause.NO_RESOURCE


def _of_types(view: View, service: str, action: Action) -> tuple[tuple[Target, ...], bool]:
    """Return the resources of the types that an action takes, and whether one that every call names is missing.

    ARNs of the record's list and of the parameters go before what is put together from names.
    """
    kinds, listed = kinds_of(service, action.name), _taken_apart(_listed(view))
    by_type = {kind.name: _of(kind, listed) for kind in kinds}
    if service != "s3" or not any(by_type.values()):  # S3 lists all that there is
        missing = [kind for kind in kinds if not by_type[kind.name]]
        named = _taken_apart(_named_arns(view)) if missing and service != "s3" else {}
        for kind in missing:
            by_type[kind.name] = _of(kind, named) or tuple(_of_type(view, service, action, kind))
    found = tuple([each for targets_of_type in by_type.values() for each in targets_of_type])
    if not found:
        return _own_user(view, action), False
    return found, any(not by_type.get(name) for name in action.required_types if name in by_type)


def _taken_apart(arns: Iterable[str]) -> dict[str, list[str]]:
    """Return ARNs with their six fields, each once."""
    return {arn: fields for arn in arns if len(fields := arn.split(":", COLONS)) == FIELDS}


def _of(kind: Kind, arns: Mapping[str, list[str]]) -> tuple[Target, ...]:
    return tuple([Target(arn) for arn, fields in arns.items() if kind.holds(fields)]) if arns else ()


def _named_arns(view: View) -> Iterator[str]:
    """Return the ARNs in the parameters; those of a call to S3 are of other buckets, roles and functions."""
    return (each for values in view.parameters.values() for each in values if each.startswith("arn:"))


def _own_user(view: View, action: Action) -> tuple[Target, ...]:
    """Return the calling user where an operation of IAM that takes a user names none."""
    arn = text_in(view.identity, "arn") or ""
    is_user = view.kind == "IAMUser" and list(action.resource_types) == ["user"]
    return (Target(arn),) if is_user and arn and not view.has_no_parameters else ()


def _listed(view: View) -> Iterator[str]:
    listed = view.fields.get("resources")
    for each in listed if isinstance(listed, list) else ():
        arn = (each.get("ARN") or each.get("arn")) if isinstance(each, dict) else None
        if isinstance(arn, str) and arn.startswith("arn:"):
            yield arn


def _of_type(view: View, service: str, action: Action, kind: Kind) -> Iterator[Target]:
    """Yield the resources of one type that the request parameters name."""
    if not kind.names or not kind.fields or ("${" in kind.fields[4] and view.account is None):
        return
    values = [_values(view, each) for each in kind.parameters]
    if not all(values):
        if service == "ec2" and len(values) == 1 and _is_created(view, action, kind.names[0]):
            yield Target(_stem(view, kind) + "*".join(kind.between))
        return
    if any(len(each) > 1 for each in values[:-1]):
        return  # which of them belongs to which of the last is not told
    stem, firsts = _stem(view, kind), [each[0] for each in values[:-1]]
    path = view.at("path") if action.name.startswith("iam:") else None
    for last in values[-1]:
        arn = stem + kind.put([*firsts, last])
        yield _with_path(arn, kind.names[-1], path) if service in ("iam", "sts") else _with_end(arn, kind.names)


def _stem(view: View, kind: Kind) -> str:
    """Return an ARN up to its last field."""
    _, _, service, region, account, _ = kind.fields
    region = view.region if "${" in region else region
    account = (view.account or "") if "${" in account else account
    return f"arn:{view.partition}:{service}:{region}:{account}:"


def _with_path(arn: str, name: str, path: Any) -> Target:
    """Return an IAM entity with its path, which records have only where it is made."""
    if isinstance(path, str) and path.startswith("/"):
        head, slash, own = arn.rpartition("/")
        return Target(f"{head}{path if path.endswith('/') else path + slash}{own}")
    return Target(arn, open=Cause.PATH if name in _WITHOUT_PATH else None)


def _with_end(arn: str, names: tuple[str, ...]) -> Target:
    """Return a resource that was named; to the name of a secret its ARN adds six signs that nobody names.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
    """
    return Target(f"{arn}-??????", open=Cause.SUFFIX) if names == ("SecretId",) else Target(arn)


def _is_created(view: View, action: Action, name: str) -> bool:
    """Tell whether an EC2 call makes the thing: its ARN has a wildcard in the place of the id then.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html
    """
    verb = action.name.partition(":")[2]
    making = verb.startswith(("Create", "Run", "Allocate", "Register", "Import", "Request", "Copy"))
    return making and name.lower() not in view.parameters and verb.lower() != "createtags" and _is_own(verb, name)


def _is_own(verb: str, name: str) -> bool:
    """Tell whether what is made has this name in it: CreateVpc makes a VpcId; RunInstances a list of its own."""
    made = {"RunInstances": ("InstanceId", "VolumeId", "NetworkInterfaceId"), "AllocateAddress": ("AllocationId",)}
    return name in made.get(verb, ()) or verb.lower().endswith(name.lower().removesuffix("id"))


def _values(view: View, parameters: Iterable[Parameter]) -> tuple[str, ...]:
    """Return the values of the first of some parameters that names something."""
    for name, how in parameters:
        direct = view.at(name)
        found = texts(direct) if direct is not None else ()
        found = found or view.parameters.get(name, ()) or view.parameters.get(f"{name}s", ())
        read = [(each, _read(each, how, view)) for each in dict.fromkeys(found)]
        kept = tuple([text for each, text in read if text and not is_hidden(each)])
        if kept and not any(each.startswith("arn:") for each in kept):
            return kept
    return ()


_READERS: dict[str, Callable[[str], str]] = {
    "object": lambda text: unquote(text.lstrip("/").partition("?")[0]),
    "version": lambda text: text.partition("versionId=")[2],
    "bucket": lambda text: "" if text.endswith(ALIAS_END) else text,  # such an alias does not tell its access point
    "id": lambda text: "" if text.startswith("alias/") else text,
    "relative": lambda text: text.removeprefix("/"),
    "queue": lambda text: text.rstrip("/").rpartition("/")[2],
}
"""How a parameter is read that the data file names with ``|`` behind it."""


def _read(text: str, how: str, view: View) -> str | None:
    """Return what a parameter names: an object to copy, a queue's URL, a key's id."""
    if not how:
        return text
    if how in _READERS:
        return _READERS[how](text) or None
    if how.endswith("-"):
        return text if text.startswith(how) else None
    if how == "root":
        return root_arn(view.partition, text) if is_account_id(text) else text if text.startswith("arn:") else None
    if how == "key":
        if text.startswith("alias/") or ":alias/" in text or view.account is None:
            return None
        return text if text.startswith("arn:") else key_arn(view.partition, view.region, view.account, text)
    return text


def has(view: View, parameter: Parameter | None) -> bool:
    """Tell whether a call states a parameter, such as ``versionId``; its reader must find something."""
    stated = None if parameter is None else view.at(parameter.name)
    if parameter is None or stated is None:
        return False
    return any(_read(each, parameter.how, view) for each in texts(stated))


def _filled(view: View, template: str) -> Iterator[Target]:
    """Yield the resources of a template of the data file; one for each item of a list that it names."""
    found = [template]
    for match in _HOLE.finditer(template):
        values = _of_hole(view, match.group(1))
        found = [each.replace(match.group(), value) for each in found for value in values]
    for each in found:
        yield Target(each)


def _of_hole(view: View, hole: str) -> tuple[str, ...]:
    if hole == "partition":
        return (view.partition,)
    name, _, how = hole.partition("|")
    if "[]" in name:
        outer, _, inner = name.partition("[].")
        listed = view.at(outer)
        items = listed if isinstance(listed, list) else [listed] if isinstance(listed, dict) else []
        return tuple(text for each in items if isinstance(each, dict) for text in texts(each.get(inner)) if text)
    return tuple(text for each in texts(view.at(name)) if (text := _read(each, how, view)))


def _owned(view: View, target: Target) -> Target:
    """Return a resource with its owner: in S3 the record tells it beside the bucket."""
    fields = target.resource.split(":", COLONS)
    if len(fields) != FIELDS or fields[4] or parse_arn(target.resource) is None:
        return target
    listed = view.fields.get("resources")
    holder = target.resource.partition("/")[0]
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("ARN") in (holder, target.resource):
            account = each.get("accountId")
            if isinstance(account, str) and is_account_id(account):
                return Target(target.resource, owner=account, open=target.open)
    return target
