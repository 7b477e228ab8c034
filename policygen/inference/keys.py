"""The KMS keys of a spec: which there are, in which Regions, who administers and who uses them.

A key is known by what names it where it belongs: default encryption, and the rules of a replication configuration.

Fact: K2, K9, K10, K10a, K12, K26, M2, M3
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policygen.aws.arns import key_arn, parse_arn, root_arn
from policygen.inference.given import allows, condition, gives, principals, resources
from policygen.inference.known import Known, Part
from policygen.inference.values import Taken, plain, without_empty

_MANAGES = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateAlias", "kms:TagResource", "kms:EnableKey")
_USES = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")
_LAID_OUT = re.compile(r"\d{12}/kms/(?P<name>[^/]+)/[a-z0-9-]+/[^/]+\Z")
AWS_MANAGED = "alias/aws/s3"

IsTheRoles = Callable[[str], bool]
"""Tells whether an ARN is that of a role that S3 assumes."""


class Keys:
    """The keys that a spec needs, named as they come."""

    def __init__(self, known: Known, partition: str, assumed: list[str]) -> None:
        """Know of no key yet."""
        self._known = known
        self._partition = partition
        self._assumed = assumed
        self._regions: dict[tuple[str, str], dict[str, str]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._managed: dict[tuple[str, str], tuple[str, str]] = {}

    def use(self, arn: str, source: str, usual: str) -> str:
        """Return the name of a key's entry.

        Args:
            arn: The key's ARN.
            source: Where it stands.
            usual: What it is called where nothing gives it a name.
        """
        found = parse_arn(arn)
        account, region, id_ = (
            (found.account, found.region, found.resource.partition("/")[2]) if found else ("", "", arn)
        )
        self._regions.setdefault((account, id_), {}).setdefault(region, source)
        if (account, id_) not in self._names:
            self._names[account, id_] = self._new_name(arn, usual)
        return self._names[account, id_]

    def _new_name(self, arn: str, usual: str) -> str:
        record = self._known.policy(arn)
        laid_out = _LAID_OUT.search(record.record.source.replace("\\", "/")) if record is not None else None
        alias = self._alias(arn)
        name = laid_out["name"] if laid_out else alias.value.removeprefix("alias/") if alias else usual
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._") or usual
        taken = set(self._names.values())
        return next(each for each in _numbered(name) if each not in taken)

    def resolve(self, text: str, account: str, region: str) -> str | None:
        """Return the ARN of the key that an ARN, alias or id names; None for AWS's own key, and where nothing tells.

        Fact: K12, K26
        Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
        """
        arn = parse_arn(text)
        if arn is not None and arn.resource.startswith("key/"):
            return None if self.is_aws_managed(text) else text
        if text.endswith(AWS_MANAGED):
            return None
        if "alias/" in text:
            where = (arn.account, arn.region) if arn is not None else (account, region)
            return self._behind_alias("alias/" + text.partition("alias/")[2], *where)
        held = [each for each in self._known.keys if each.endswith(f":key/{text}")]
        return next((each for each in held if f":{region}:" in each), None) or key_arn(
            self._partition, region, account, text
        )

    def is_aws_managed(self, arn: str) -> bool:
        """Tell whether describe-key says that a key is AWS's own."""
        record = self._known.keys.get(arn)
        return record is not None and record.value.get("manager") == "AWS"

    def managed(self, account: str, region: str, source: str) -> str:
        """Return the entry of the AWS managed key of S3 in an account and Region."""
        return self._managed.setdefault((account, region), (f"aws-s3-{region}", source))[0]

    def _behind_alias(self, name: str, account: str, region: str) -> str | None:
        for record in self._known.aliases:
            own = parse_arn(str(record.value.get("arn") or ""))
            if record.value.get("name") == name and own is not None and (own.account, own.region) == (account, region):
                return key_arn(self._partition, region, account, str(record.value.get("key")).rpartition("/")[2])
        return None

    def _alias(self, arn: str) -> Part | None:
        """Return a customer's alias of a key."""
        found = parse_arn(arn)
        for record in self._known.aliases:
            own, name = parse_arn(str(record.value.get("arn") or "")), record.value.get("name")
            same = found is not None and str(record.value.get("key")).rpartition("/")[2] == arn.rpartition("/")[2]
            if same and own is not None and found is not None and own.region == found.region and isinstance(name, str):
                return Part(value=name, record=record, pointer=f"{record.pointer}/AliasName")
        return None

    # --- what a spec says of them -------------------------------------------------------------------------------------

    def tree(self, is_role: IsTheRoles, role_uses: Callable[[str], bool]) -> dict[str, Any]:
        """Return the keys of the spec.

        Args:
            is_role: Whether an ARN is that of a role that S3 assumes.
            role_uses: Whether a policy of such a role lets it use a key.
        """
        own = {name: self._entry(account, id_, is_role, role_uses) for (account, id_), name in self._names.items()}
        return own | {
            name: {
                "account": Taken(account, source),
                "type": Taken("aws-managed", source),
                "region": Taken(region, source),
                "alias": Taken(AWS_MANAGED, source),
            }
            for (account, region), (name, source) in self._managed.items()
        }

    def arns(self) -> Iterator[str]:
        """Yield the ARN of every key in each of its Regions."""
        for account, id_ in self._names:
            for region in self._with_related(account, id_):
                yield key_arn(self._partition, region, account, id_)

    def _entry(self, account: str, id_: str, is_role: IsTheRoles, role_uses: Callable[[str], bool]) -> dict[str, Any]:
        regions = self._with_related(account, id_)
        arns = {region: key_arn(self._partition, region, account, id_) for region in regions}
        first, source = next(iter(regions.items()))
        described = [self._known.keys[arn] for arn in arns.values() if arn in self._known.keys]
        own = {region: self._people(arn, account, is_role) for region, arn in arns.items()}
        same = all(plain(each) == plain(own[first]) for each in own.values())
        tree: dict[str, Any] = {"account": Taken(account, source)}
        if id_.startswith("mrk-"):
            primary = self._primary(described) or Taken(first, source)
            others = [region for region in regions if region != primary.value]
            tree |= {"type": Taken("multi-region", source), "primary_region": primary}
            tree["replica_regions"] = (
                Taken(others, regions[others[0]]) if same and others else {each: own[each] for each in others}
            )
            first = str(primary.value) if primary.value in own else first
        else:
            tree |= {"type": Taken("single-region", source), "region": Taken(first, source)}
        tree["id"] = Taken(id_, source)
        alias = self._alias(arns[next(iter(regions))])
        if alias is not None:
            tree["alias"] = Taken(alias.value, alias.where)
        tree |= own[first]
        tree["enable_iam_policies"] = self._enables(arns, account, own[first], role_uses, is_role)
        return without_empty(tree)

    def _with_related(self, account: str, id_: str) -> dict[str, str]:
        """Return the Regions of a key with where each is told: related keys that were read count (M2)."""
        found = dict(self._regions[account, id_])
        if id_.startswith("mrk-"):
            for arn, record in self._known.keys.items():
                other = parse_arn(arn)
                if other is not None and (other.account, other.resource) == (account, f"key/{id_}"):
                    found.setdefault(other.region, record.source)
            for part in self._known.key_policies():
                other = parse_arn(part.record.of or "")
                if other is not None and (other.account, other.resource) == (account, f"key/{id_}"):
                    found.setdefault(other.region, part.record.source)
        return found

    def _primary(self, described: list[Any]) -> Taken | None:
        for record in described:
            item = record.item if isinstance(record.item, Mapping) else {}
            configuration = item.get("MultiRegionConfiguration") or {}
            region = (configuration.get("PrimaryKey") or {}).get("Region")
            if isinstance(region, str):
                pointer = f"{record.pointer}/MultiRegionConfiguration/PrimaryKey/Region"
                return Taken(region, f"{record.source}:{pointer}")
        return None

    def _people(self, arn: str, account: str, is_role: IsTheRoles) -> dict[str, Any]:
        """Return the administrators and users whom a key policy shows as a spec would make it."""
        policy = self._known.policy(arn)
        found: dict[str, list[str]] = {"administrators": [], "users": []}
        where: dict[str, str] = {}
        for statement in allows([policy]) if policy is not None else ():
            kind = _kind(statement)
            if kind is None:
                continue
            callers = [each for each in principals(statement) if each.startswith("arn:") and not is_role(each)]
            callers = [each for each in callers if each != root_arn(self._partition, account)]
            found[kind] += [each for each in callers if each not in found[kind]]
            where.setdefault(kind, statement.where)
        return {kind: Taken(who, where[kind]) for kind, who in found.items() if who}

    def _enables(
        self,
        arns: Mapping[str, str],
        account: str,
        people: Mapping[str, Any],
        role_uses: Callable[[str], bool],
        is_role: IsTheRoles,
    ) -> Taken | None:
        """Return that a key policy leaves nothing to IAM policies, where it is meant so.

        It is meant so where it names the account nowhere, and the role's own policies do not count on it; a policy
        that nobody could change any more is meant by nobody (K9).
        """
        for arn in arns.values():
            policy = self._known.policy(arn)
            if policy is None or any(self._is_root(each, account) for each in allows([policy])):
                return None
            named = any(is_role(each) for statement in allows([policy]) for each in principals(statement))
            if "administrators" not in people or (role_uses(arn) and not named):
                return None
            return Taken(False, policy.where)
        return None

    def _is_root(self, statement: Part, account: str) -> bool:
        return root_arn(self._partition, account) in principals(statement) or account in principals(statement)


def _kind(statement: Part) -> str | None:
    """Return whether a statement of a key policy is for administrators or for users, as a spec would write it."""
    if condition(statement) or resources(statement) != ["*"]:
        return None
    manages, uses = (all(gives(statement, each) for each in actions) for actions in (_MANAGES, _USES))
    if manages and not any(gives(statement, each) for each in _USES[:-1]):
        return "administrators"
    return "users" if uses and not any(gives(statement, each) for each in _MANAGES) else None


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1
