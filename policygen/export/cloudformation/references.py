"""Names in templates, and expressions for what policies and settings name: references where CloudFormation knows it.

A text that names what the same template makes becomes ``Fn::GetAtt`` or ``Fn::Sub``; the id of a key of another
template becomes a parameter; an ARN gets the pseudo parameter ``AWS::Partition``. Whatever else is literal stays
literal, and ``${`` in it is escaped where ``Fn::Sub`` would read it: policy variables are not CloudFormation's.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policygen.export.cloudformation.model import PartId, Uses
from policygen.export.inventory import NewRole, Target, created_role, new_roles
from policygen.generator.statements import sid, unique
from policygen.spec.kinds import KeyType
from policygen.spec.model import Bucket, Key, Spec

PARTITION = "${AWS::Partition}"
_ID_IN_ARN = re.compile(r":key/([A-Za-z0-9][A-Za-z0-9_.-]*)")

STAGE = "Stage"
"""The parameter that tells how far a template is deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Logical ids, alphanumeric and telling, by name of key, by entry of bucket, and by ARN of role."""

    keys: dict[str, str]
    buckets: dict[str, str]
    roles: dict[str, str]

    def key_id(self, key: str) -> str:
        """Return the name of the parameter, and of the output, that is the id of a key."""
        return f"{self.keys[key]}Id"

    def make_key(self, key: str) -> str:
        """Return the name of the parameter that says whether a template makes a key whose id is known."""
        return f"Make{self.keys[key]}"

    def is_made(self, key: str) -> str:
        """Return the name of the condition that holds when the template makes a key whose id is known."""
        return f"{self.keys[key]}IsMade"


def names_of(spec: Spec) -> Names:
    """Return the logical ids of a spec's keys, buckets and roles."""
    roles = new_roles(spec)
    return Names(
        keys=_named({key.name: key.name for key in spec.keys}, "Key"),
        buckets=_named({bucket.entry: bucket.entry for bucket in spec.buckets}, "Bucket"),
        roles=_named({arn: each.role.name for arn, each in roles.items()}, "Role"),
    )


def _named(entries: Mapping[str, str], kind: str) -> dict[str, str]:
    ids = unique(sid(text) for text in entries.values())
    return {entry: f"{each}{kind}" for entry, each in zip(entries, ids, strict=True)}


class Directory:
    """Where everything of a spec is made, and under which name; the same for all its templates."""

    def __init__(self, spec: Spec) -> None:
        """Note the ARNs of ``spec``."""
        self.names: Names = names_of(spec)
        self.partition = spec.partition
        self.keys: dict[str, tuple[Key, str]] = {}
        for key in spec.keys:
            for region in key.regions:
                self.keys.setdefault(key.arn(region), (key, region))
        self.ids = {key.id_or_placeholder: key for key in reversed(spec.keys)}
        self.buckets = {bucket.arn: bucket for bucket in spec.buckets}
        self.roles = new_roles(spec)

    def key_part(self, key: Key, region: str) -> PartId:
        """Return the part that makes a key in one Region."""
        return PartId(target=Target(account=key.account, region=region), name=self.names.keys[key.name])

    def bucket_part(self, bucket: Bucket) -> PartId:
        """Return the part that makes a bucket."""
        target = Target(account=bucket.account, region=bucket.region)
        return PartId(target=target, name=self.names.buckets[bucket.entry])

    def makes(self, key: Key, target: Target) -> bool:
        """Tell whether a key, or one related to it, is made by the template of ``target``."""
        managed = key.type is KeyType.AWS_MANAGED
        return not managed and key.account == target.account and target.region in key.regions


class References:
    """Turns values into expressions for one template, and notes what they refer to.

    Attributes:
        uses: What was referred to so far.
    """

    def __init__(self, directory: Directory, target: Target, buckets: Iterable[Bucket] = ()) -> None:
        """Serve the template of ``target``; only ``buckets`` are referred to, others are named."""
        self._directory = directory
        self._target = target
        self._buckets = frozenset(bucket.arn for bucket in buckets)
        self.uses = Uses()

    def expression(self, value: Any) -> Any:
        """Return a JSON value with each text in it as an expression; names of members are left alone."""
        if isinstance(value, dict):
            return {name: self.expression(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.expression(each) for each in value]
        return self._text(value) if isinstance(value, str) else value

    def key_arn(self, key: Key, region: str) -> Any:
        """Return the ARN of a key in one Region."""
        directory, target = self._directory, self._target
        before = f"arn:{PARTITION}:kms:{region}:{key.account}:key/"
        if not directory.makes(key, target) or region != target.region:
            return self._with_id(before, key, "")
        part = directory.key_part(key, region)
        self._note(part)
        made = {"Fn::GetAtt": [part.name, "Arn"]}
        return made if key.id is None else self._if_made(key, made, {"Fn::Sub": f"{before}${{{self._given_id(key)}}}"})

    def key_id(self, key: Key) -> dict[str, Any]:
        """Return the id of a key: that of the key, or of a related one, in this template (M2), or a parameter."""
        directory, target = self._directory, self._target
        if not directory.makes(key, target):
            if key.type is not KeyType.AWS_MANAGED:
                self._note(directory.key_part(key, key.region))
            return {"Ref": self._given_id(key)}
        part = directory.key_part(key, target.region)
        self._note(part)
        made = {"Ref": part.name}
        return made if key.id is None else self._if_made(key, made, {"Ref": self._given_id(key)})

    def _if_made(self, key: Key, made: Any, given: Any) -> dict[str, Any]:
        return {"Fn::If": [self._directory.names.is_made(key.name), made, given]}

    def _given_id(self, key: Key) -> str:
        self.uses |= Uses(keys=frozenset({key.name}))
        return self._directory.names.key_id(key.name)

    def _with_id(self, before: str, key: Key, after: str) -> dict[str, Any]:
        """Return a text around the id of a key; what stands before and after it is escaped already."""
        found = self.key_id(key)
        if "Ref" in found:
            return {"Fn::Sub": f"{before}${{{found['Ref']}}}{after}"}
        return {"Fn::Sub": [f"{before}${{KeyId}}{after}", {"KeyId": found}]}

    def _note(self, part: PartId) -> None:
        self.uses |= Uses(needs=frozenset({part}))

    def _text(self, text: str) -> Any:
        directory = self._directory
        if text in directory.keys:
            return self.key_arn(*directory.keys[text])
        if text in directory.ids:
            return self.key_id(directory.ids[text])
        role = created_role(text, directory.roles)
        if role is not None:
            return self._role(text, role)
        bucket = text.split("/", 1)[0]
        if bucket in self._buckets:
            part = directory.bucket_part(directory.buckets[bucket])
            self._note(part)
            tail = text.removeprefix(bucket)
            return {"Fn::Sub": f"${{{part.name}.Arn}}{escaped(tail)}"} if tail else {"Fn::GetAtt": [part.name, "Arn"]}
        return self._substituted(text)

    def _role(self, arn: str, role: NewRole) -> Any:
        """Return the ARN of a role, or that of a session of it, in which the role's name stands."""
        part = PartId(target=role.target, name=self._directory.names.roles[role.role.arn])
        self._note(part)
        if part.target != self._target:
            return self._substituted(arn)
        if arn == role.role.arn:
            return {"Fn::GetAtt": [part.name, "Arn"]}
        session = escaped(arn.rpartition("/")[2])
        account = role.role.account
        return {"Fn::Sub": f"arn:{PARTITION}:sts::{account}:assumed-role/${{{part.name}}}/{session}"}

    def _substituted(self, text: str) -> Any:
        """Return the text with the partition of an ARN, and the id of a key in it, as CloudFormation's own."""
        found = escaped(text)
        prefix = f"arn:{self._directory.partition}:"
        if found.startswith(prefix):
            found = f"arn:{PARTITION}:{found.removeprefix(prefix)}"
        match = _ID_IN_ARN.search(found)
        key = self._directory.ids.get(match[1]) if match else None
        if match and key:
            return self._with_id(found[: match.start(1)], key, found[match.end(1) :])
        return text if found == escaped(text) else {"Fn::Sub": found}


def escaped(text: str) -> str:
    """Return a text as ``Fn::Sub`` takes it literally.

    >>> escaped("target/${aws:username}/*")
    'target/${!aws:username}/*'
    """
    return text.replace("${", "${!")
