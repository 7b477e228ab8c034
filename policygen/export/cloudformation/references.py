"""Expressions for what policies and settings name: references where CloudFormation knows the value.

A text that names what the same template makes becomes ``Fn::GetAtt`` or ``Fn::Sub``; the id of a key of another
template becomes a parameter; an ARN gets the pseudo parameter ``AWS::Partition``. Whatever else is literal stays
literal, and ``${`` in it is escaped where ``Fn::Sub`` would read it: policy variables are not CloudFormation's.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from policygen.export.cloudformation.model import Home, PartId, Uses
from policygen.export.cloudformation.names import Names, names_of, roles_of
from policygen.spec.kinds import KeyType
from policygen.spec.model import Bucket, Key, Spec

PARTITION = "${AWS::Partition}"
_ID_IN_ARN = re.compile(r":key/([A-Za-z0-9][A-Za-z0-9_.-]*)")


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
        self.roles = {each.role.arn: each for each in roles_of(spec)}

    def key_part(self, key: Key, region: str) -> PartId:
        """Return the part that makes a key in one Region."""
        return PartId(home=Home(account=key.account, region=region), name=self.names.keys[key.name])

    def bucket_part(self, bucket: Bucket) -> PartId:
        """Return the part that makes a bucket."""
        home = Home(account=bucket.account, region=bucket.region)
        return PartId(home=home, name=self.names.buckets[bucket.entry])

    def role_part(self, arn: str) -> PartId:
        """Return the part that makes a role."""
        return PartId(home=self.roles[arn].home, name=self.names.roles[arn])

    def makes(self, key: Key, home: Home) -> bool:
        """Tell whether a key, or one related to it, is made by the template of ``home``."""
        managed = key.type is KeyType.AWS_MANAGED
        return not managed and key.account == home.account and home.region in key.regions


class References:
    """Turns values into expressions for one template, and notes what they refer to.

    Attributes:
        uses: What was referred to so far.
    """

    def __init__(self, directory: Directory, home: Home, buckets: Iterable[Bucket] = ()) -> None:
        """Serve the template of ``home``; only ``buckets`` are referred to, others are named."""
        self._directory = directory
        self._home = home
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
        directory, home = self._directory, self._home
        before = f"arn:{PARTITION}:kms:{region}:{key.account}:key/"
        if not directory.makes(key, home) or region != home.region:
            return self._with_id(before, key, "")
        part = directory.key_part(key, region)
        self._note(part)
        made = {"Fn::GetAtt": [part.name, "Arn"]}
        return made if key.id is None else self._if_made(key, made, {"Fn::Sub": f"{before}${{{self._given_id(key)}}}"})

    def key_id(self, key: Key) -> dict[str, Any]:
        """Return the id of a key: that of the key, or of a related one, in this template (M2), or a parameter."""
        directory, home = self._directory, self._home
        if not directory.makes(key, home):
            if key.type is not KeyType.AWS_MANAGED:
                self._note(directory.key_part(key, key.region))
            return {"Ref": self._given_id(key)}
        part = directory.key_part(key, home.region)
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
        if text in directory.roles:
            return self._role(text)
        bucket = text.split("/", 1)[0]
        if bucket in self._buckets:
            part = directory.bucket_part(directory.buckets[bucket])
            self._note(part)
            tail = text.removeprefix(bucket)
            return {"Fn::Sub": f"${{{part.name}.Arn}}{escaped(tail)}"} if tail else {"Fn::GetAtt": [part.name, "Arn"]}
        return self._substituted(text)

    def _role(self, arn: str) -> Any:
        part = self._directory.role_part(arn)
        self._note(part)
        if part.home == self._home:
            return {"Fn::GetAtt": [part.name, "Arn"]}
        return self._substituted(arn)

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

    >>> escaped("home/${aws:username}/*")
    'home/${!aws:username}/*'
    """
    return text.replace("${", "${!")
