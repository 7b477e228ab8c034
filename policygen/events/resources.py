"""The resources of a call: those that the record lists, else those that its parameters name.

Fact: N32
Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from policygen.aws.arns import is_account_id, key_arn, parse_arn, root_arn
from policygen.catalog.reference import Action, ResourceType
from policygen.events.calls import known_action, parameters_of
from policygen.events.causes import Cause
from policygen.events.view import View, is_hidden, texts
from policygen.matching.overlap import covers

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}|<([^>]*)>|\*")
_HOLE = re.compile(r"\{([^}]*)\}")
_WITHOUT_PATH = ("RoleNameWithPath", "UserNameWithPath", "GroupNameWithPath", "InstanceProfileNameWithPath")
_FIELDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A resource that a call names.

    Attributes:
        resource: Its ARN, or ``*`` for a call that names none.
        owner: The account that owns it, where its ARN has none and the record tells; else None.
        open: Why its ARN is not known to the end; None where it is.
    """

    resource: str
    owner: str | None = None
    open: Cause | None = None


def targets(view: View, service: str, action: str, template: str | None) -> tuple[Target, ...] | Cause:
    """Return the resources on which a call asks for an action; the cause where the record names none."""
    known = known_action(action)
    if template is not None:
        found = tuple(_filled(view, template))
    elif known is None:
        return Cause.UNKNOWN_OPERATION
    elif not known.resource_types:
        return (Target(resource="*"),)
    else:
        found = _of_types(view, service, known)
    if found:
        return tuple(dict.fromkeys(_owned(view, each) for each in found))
    if known is not None and not known.names_resource and service != "s3" and not view.has_no_parameters:
        return (Target(resource="*"),)
    return _why_none(view)


def _why_none(view: View) -> Cause:
    if view.has_no_parameters:
        return Cause.NO_PARAMETERS
    hidden = any(is_hidden(value) for value in view.direct.values())
    return Cause.HIDDEN if hidden or view.fields.get("requestParameters") == "truncated" else Cause.NO_RESOURCE


def _of_types(view: View, service: str, action: Action) -> tuple[Target, ...]:
    """Return the resources of the types that an action takes."""
    listed = tuple(arn for arn in _listed(view) if _fits(arn, action))
    if listed:
        return tuple(Target(resource=arn) for arn in listed)
    stated = tuple(
        arn for values in view.parameters.values() for arn in values if arn[:4] == "arn:" and _fits(arn, action)
    )
    if stated:
        return tuple(Target(resource=arn) for arn in dict.fromkeys(stated))
    return tuple(
        each for kind in action.resource_types.values() for each in _of_type(view, service, action, kind)
    ) or _own_user(view, action)


def _own_user(view: View, action: Action) -> tuple[Target, ...]:
    """Return the calling user where an operation of IAM that takes a user names none."""
    arn = view.text("userIdentity", "arn") or ""
    is_user = list(action.resource_types) == ["user"] and view.text("userIdentity", "type") == "IAMUser"
    return (Target(resource=arn),) if is_user and _fits(arn, action) and not view.has_no_parameters else ()


def _listed(view: View) -> Iterator[str]:
    listed = view.fields.get("resources")
    for each in listed if isinstance(listed, list) else ():
        arn = (each.get("ARN") or each.get("arn")) if isinstance(each, dict) else None
        if isinstance(arn, str) and arn.startswith("arn:"):
            yield arn


def _fits(arn: str, action: Action) -> bool:
    """Tell whether an ARN is of a type that an action takes; in S3 no object is a bucket."""
    fields = arn.split(":", _FIELDS - 1)
    if len(fields) != _FIELDS:
        return False
    if action.name.startswith("s3:") and fields[2] == "s3" and not fields[4]:
        return ("object" if "/" in fields[5] else "bucket") in action.resource_types
    return any(all(map(covers, kind.fields, fields)) for kind in action.resource_types.values())


def _of_type(view: View, service: str, action: Action, kind: ResourceType) -> Iterator[Target]:
    """Yield the resources of one type that the request parameters name."""
    head, _, rest = kind.arn.partition(":")
    fields = rest.split(":", _FIELDS - 2)
    if head != "arn" or len(fields) != _FIELDS - 1:
        return
    partition, space, region, account, resource = fields
    stem = [
        "arn",
        view.partition,
        space,
        view.region if region else "",
        (view.account or "") if "${" in account else account,
    ]
    if any("${" in each for each in (partition.replace("${Partition}", ""), space)) or ("${" in account and not stem[4]):
        return
    yield from _named(view, service, action, ":".join(stem), resource)


def _named(view: View, service: str, action: Action, stem: str, resource: str) -> Iterator[Target]:
    holes = [match for match in _PLACEHOLDER.finditer(resource) if match.group() != "*"]
    names = [match.group(1) or match.group(2) for match in holes]
    values = [_values(view, service, name) for name in names]
    if not all(values) and service == "ec2" and len(holes) == 1 and _is_created(view, action, names[0]):
        yield Target(resource=f"{stem}:{_PLACEHOLDER.sub('*', resource)}")
    if not holes or not all(values) or any(len(each) > 1 for each in values[:-1]):
        return
    for last in values[-1]:
        filled = iter([*(each[0] for each in values[:-1]), last])
        text = _PLACEHOLDER.sub(lambda match: "*" if match.group() == "*" else next(filled), resource)  # noqa: B023
        arn = f"{stem}:{text}"
        path = view.at("path") if action.name.startswith("iam:") else None
        yield _with_path(arn, names[-1], path) if service in ("iam", "sts") else _with_end(arn, names)


def _with_path(arn: str, name: str, path: Any) -> Target:
    """Return an IAM entity with its path, which records have only where it is made."""
    if isinstance(path, str) and path.startswith("/"):
        head, slash, own = arn.rpartition("/")
        return Target(resource=f"{head}{path if path.endswith('/') else path + slash}{own}")
    return Target(resource=arn, open=Cause.PATH if name in _WITHOUT_PATH else None)


def _with_end(arn: str, names: list[str]) -> Target:
    """Return a resource that was named; to the name of a secret its ARN adds six signs that nobody names.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
    """
    return Target(resource=f"{arn}-??????", open=Cause.SUFFIX) if names == ["SecretId"] else Target(resource=arn)


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


def _values(view: View, service: str, placeholder: str) -> tuple[str, ...]:
    for parameter in parameters_of(service, placeholder):
        name, _, how = parameter.partition("|")
        direct = view.at(name)
        found = texts(direct) if direct is not None else ()
        found = found or view.parameters.get(name.lower(), ()) or view.parameters.get(f"{name.lower()}s", ())
        kept = tuple(text for each in dict.fromkeys(found) if (text := _read(each, how, view)) and not is_hidden(each))
        if service == "ssm" and placeholder == "ParameterNameWithoutLeadingSlash":
            kept = tuple(each.removeprefix("/") for each in kept)
        if kept and not any(each.startswith("arn:") for each in kept):
            return kept
    return ()


def _read(text: str, how: str, view: View) -> str | None:
    """Return what a parameter names: an object to copy, a queue's URL, a key's id …"""
    if how == "object":
        return unquote(text.lstrip("/").partition("?")[0]) or None
    if how == "version":
        return text.partition("versionId=")[2] or None
    if how == "queue":
        return text.rstrip("/").rpartition("/")[2] or None
    if how == "root":
        return root_arn(view.partition, text) if is_account_id(text) else text if text.startswith("arn:") else None
    if how == "key":
        if text.startswith("alias/") or ":alias/" in text or view.account is None:
            return None
        return text if text.startswith("arn:") else key_arn(view.partition, view.region, view.account, text)
    return text


def has(view: View, parameter: str | None) -> bool:
    """Tell whether a call states a parameter, such as ``versionId``; a reader behind ``|`` must find something."""
    if parameter is None:
        return False
    name, _, how = parameter.partition("|")
    return any(_read(each, how, view) for each in texts(view.at(name)))


def _filled(view: View, template: str) -> Iterator[Target]:
    """Yield the resources of a template of the data file; one for each item of a list that it names."""
    found = [template]
    for match in _HOLE.finditer(template):
        values = _of_hole(view, match.group(1))
        found = [each.replace(match.group(), value) for each in found for value in values]
    for each in found:
        yield Target(resource=each)


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
    arn = parse_arn(target.resource)
    if arn is None or arn.account:
        return target
    listed = view.fields.get("resources")
    holder = target.resource.partition("/")[0]
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("ARN") in (holder, target.resource):
            account = each.get("accountId")
            if isinstance(account, str) and is_account_id(account):
                return Target(resource=target.resource, owner=account, open=target.open)
    return target
