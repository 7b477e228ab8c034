"""From what a file holds to records: answers of AWS by their shapes, resources of plans and templates by type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from policygen.reading import cloudformation, terraform
from policygen.reading.opened import Opened
from policygen.reading.records import KINDS, SETTINGS, Record
from policygen.reading.shapes import Shape, Shapes
from policygen.source.nodes import child_pointer

TOKEN = "not-known:"
"""What stands for a name or ARN that is made when something is deployed, in front of who will have it."""

NAMED = ("role", "user", "group")
"""Who holds policies, by the fields that name them."""
_HOLDERS = tuple(f"{kind}s" for kind in NAMED)

_NATURAL = {"aws_s3_bucket": "bucket", "aws_iam_role": "name", "aws_iam_user": "name", "aws_iam_group": "name"}
"""The argument that is a resource's name in Terraform, where others refer to it by its id."""


def records_in(
    opened: Opened, shapes: Shapes, parameters: Mapping[str, str], *, before: bool = False, stand_ins: bool = False
) -> list[Record]:
    """Return what a file tells; nothing where its shape is not known.

    Args:
        opened: The file.
        shapes: What it is recognised by.
        parameters: Values for a template.
        before: Of a plan, what is before it.
        stand_ins: Whether names and ARNs that a template's deployment makes are made up, in their right form.
    """
    value = opened.value
    if terraform.is_plan(value) or terraform.is_state(value):
        return list(_of_terraform(opened, shapes, before=before))
    if cloudformation.is_template(value):
        return list(_of_template(opened, shapes, parameters, stand_ins=stand_ins))
    listed = isinstance(value, list)
    entries = [(each, f"/{number}") for number, each in enumerate(value)] if listed else [(value, "")]
    return [
        record
        for each, pointer in entries
        if isinstance(each, dict)
        for record in _of_answer(opened, shapes, each, pointer)
    ]


def _of_answer(opened: Opened, shapes: Shapes, value: dict[str, Any], pointer: str) -> Iterator[Record]:
    fitting = [row for row in shapes.answers if row.fits(value)]
    for row in fitting[:1] + [row for row in fitting[1:] if row.name == fitting[0].name]:
        item, below = value, pointer
        for part in row.each.split(".") if row.each else ():
            item, below = item.get(part) if isinstance(item, dict) else None, f"{below}/{part}"  # type: ignore[assignment]  # narrowed next
        if isinstance(item, list):
            if not item:
                yield Record(
                    kind=row.kind, value={"none": True}, opened=opened, pointer=below, shape=row.name, item=item
                )
            yield from (_record(opened, row, each, f"{below}/{number}") for number, each in enumerate(item))
        elif item is not None:
            yield _record(opened, row, item, below)


_NEEDED = {"role": "of", "user": "of", "managed-policy": "of", "key": "of", "vpc-endpoint": "id", "account": "id"}
"""What an entry must have to be of any use."""


def _record(opened: Opened, row: Shape, item: Any, pointer: str) -> Record:
    value = row.take(item) if isinstance(item, dict) else {}
    needed = _NEEDED.get(row.kind)
    expression = next((each.expression for name, each in row.fields if name == needed), needed)
    if not isinstance(item, dict):
        return _broken(opened, pointer, f"{KINDS[row.kind]} is an object")
    if needed is not None and not isinstance(value.get(needed), str):
        return _broken(opened, pointer, f"{KINDS[row.kind]} needs `{expression}`, a text")
    return Record(
        kind=row.kind, value=value, opened=opened, pointer=pointer, shape=row.name, item=item, about=row.about
    )


def _broken(opened: Opened, pointer: str, message: str) -> Record:
    return Record(kind="broken", value={"message": message}, opened=opened, pointer=pointer)


def _of_terraform(opened: Opened, shapes: Shapes, *, before: bool) -> Iterator[Record]:
    for number, change in enumerate(opened.value.get("resource_changes") or ()):
        if not isinstance(change, dict) or not isinstance(change.get("change"), dict):
            yield _broken(opened, f"/resource_changes/{number}", "a change of a plan has a `change`, an object")
    resources = list(terraform.resources_of(opened.value, before=before))
    references = terraform.references_of(opened.value)
    known = {each.address: each for each in resources}
    for resource in resources:
        for row in shapes.resources.get(f"terraform:{resource.type}", ()) if resource.values is not None else ():
            values = dict(resource.values or {})
            unknown = resource.unknown if isinstance(resource.unknown, dict) else {}
            for argument in unknown:
                target = known.get(references.get((_bare(resource.address), argument), ""))
                if (
                    unknown[argument] is True
                    and target is not None
                    and argument not in ("policy", "assume_role_policy")
                ):
                    values[argument] = _name_of(target, argument)
            if unknown.get("arn") is True:
                values["arn"] = TOKEN + resource.address
            missing = tuple(name for name, each in row.fields if name in ("document", "trust") and each.search(unknown))
            missing += tuple(_setting_unknown(row, unknown))
            missing += tuple(_inline_unknown(unknown.get("inline_policy"), values)) if row.kind == "role" else ()
            yield Record(
                kind=row.kind,
                value=_settled(row.take(values), row),
                opened=opened,
                pointer=resource.pointer,
                shape="terraform show -json",
                address=resource.address,
                item=values,
                about=row.about,
                unknown=missing,
            )


_MADE = ("id", "arn", "token", "region", "bucket", "tags", "tags_all")
"""Arguments of a bucket's setting that say nothing of it."""


def _setting_unknown(row: Shape, unknown: dict[str, Any]) -> Iterator[str]:
    """Yield the field of a bucket's setting of which a part is known only once the plan is applied."""
    if row.kind not in SETTINGS:
        return
    if _holds_true({name: each for name, each in unknown.items() if name not in _MADE}):
        yield "value"


def _holds_true(value: Any) -> bool:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is True or any(_holds_true(each) for each in below)


def _inline_unknown(unknown: Any, values: dict[str, Any]) -> Iterator[str]:
    """Yield ``inline``, or ``inline.NAME`` for each inline policy that is known only once the plan is applied."""
    if unknown is True:
        yield "inline"
    blocks = values.get("inline_policy")
    for number, each in enumerate(unknown if isinstance(unknown, list) else ()):
        if isinstance(each, dict) and each.get("policy") is True and isinstance(blocks, list) and number < len(blocks):
            yield f"inline.{_dict(blocks[number]).get('name')}"


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _bare(address: str) -> str:
    """Return an address without the index of its resource: the configuration knows none."""
    return address.rpartition("[")[0] if address.endswith("]") else address


def _name_of(target: terraform.Resource, argument: str) -> str:
    values = target.values or {}
    natural = values.get(_NATURAL.get(target.type, "")) if argument not in ("policy_arn", "arn") else None
    return str(natural or values.get("arn") or TOKEN + target.address)


def _of_template(opened: Opened, shapes: Shapes, parameters: Mapping[str, str], *, stand_ins: bool) -> Iterator[Record]:
    for name, resource in opened.value["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield _broken(opened, child_pointer("/Resources", name), "a resource of a template has a `Type`, a text")
        elif not isinstance(resource.get("Properties", {}), dict):
            yield _broken(opened, child_pointer("/Resources", name), "the `Properties` of a resource are an object")
    if stand_ins:
        parameters = cloudformation.stand_ins(opened.value) | dict(parameters)
    for resource in cloudformation.resources_of(opened.value, parameters):
        token = TOKEN + resource.name
        for row in shapes.resources.get(f"cloudformation:{resource.type}", ()):
            item = resource.properties.get(row.each) if row.each else resource.properties
            value = _with_tokens(_settled(row.take(item), row))
            if item is None or (row.kind in SETTINGS and not value):
                continue
            own = row.kind in _OWN or row.kind in SETTINGS
            if own or (row.kind == "resource-policy" and resource.arn is not None):
                value.setdefault("of", resource.arn or token)
            if row.kind == "bucket" and resource.physical is not None:
                value["bucket"] = resource.physical
            if row.kind == "bucket" and "AWS::Region" in parameters:
                value["region"] = parameters["AWS::Region"]
            if row.kind == "vpc-endpoint":
                value["id"] = parameters.get(resource.name, token)
            yield Record(
                kind=row.kind,
                value=value | {"logical_id": resource.name},
                opened=opened,
                pointer=child_pointer(resource.pointer, row.each) if row.each else resource.pointer,
                shape="a CloudFormation template",
                item=item,
                about=row.about,
            )


_OWN = ("role", "user", "group", "managed-policy", "bucket", "key", "access-point", "resource")
"""Kinds of what a resource of a template is itself."""


def _settled(value: dict[str, Any], row: Shape) -> dict[str, Any]:
    """Return fields; a bucket's setting as AWS answers it, which its row puts together of what a tool writes."""
    return {name: _as_answered(each) if row.kind in SETTINGS else each for name, each in value.items()}


def _as_answered(value: Any) -> Any:
    """Return a setting without members that are not there, truth values as such, and tags as a list."""
    if isinstance(value, dict):
        told = {name: _as_answered(each) for name, each in value.items() if each is not None}
        tags = told.get("Tags")
        if isinstance(tags, dict):
            told["Tags"] = [{"Key": key, "Value": each} for key, each in tags.items()]
        return told
    if isinstance(value, list):
        return [_as_answered(each) for each in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


_DOCUMENTS = ("document", "trust", "inline", "value")


def _with_tokens(value: dict[str, Any]) -> dict[str, Any]:
    """Return fields with tokens in the place of names that refer to resources without a known name."""

    def named(each: Any) -> Any:
        if isinstance(each, list):
            return [named(one) for one in each]
        if isinstance(each, dict) and len(each) == 1:
            function, argument = next(iter(each.items()))
            if function == "Ref" and isinstance(argument, str):
                return TOKEN + argument
            if function == "Fn::GetAtt" and argument and isinstance(argument, (str, list)):
                return TOKEN + (argument.split(".")[0] if isinstance(argument, str) else str(argument[0]))
            if function.startswith("Fn::"):
                return TOKEN + function
        return each

    return {name: each if name in _DOCUMENTS or name == "tags" else named(each) for name, each in value.items()}


def by_holder(record: Record) -> Iterator[Record]:
    """Yield a record; where it lists who holds its policy, one for each of them, as AWS's answers have it."""
    named = [(kind, name) for kind in NAMED for name in record.value.get(f"{kind}s") or () if isinstance(name, str)]
    if record.kind not in ("inline-policy", "managed-policy") or not named:
        yield record
        return
    value = {name: each for name, each in record.value.items() if name not in _HOLDERS}
    if record.kind == "managed-policy":
        yield replace(record, value=value)
    for kind, name in named:
        if record.kind == "inline-policy":
            yield replace(record, value={**value, kind: name})
        else:
            yield replace(record, kind="attached", value={kind: name, "attached": [_arn_of(record)]}, unknown=())


def _arn_of(record: Record) -> str:
    """Return what names a managed policy of a template: its ARN, or who will have it."""
    return str(record.value.get("of") or f"{TOKEN}{record.value.get('logical_id')}")
