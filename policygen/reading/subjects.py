"""Whose it is: answers of AWS often do not say what they are about; the policy itself, neighbours and path may."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from policygen.aws.arns import ACCOUNT_ID, Arn, bucket_arn, parse_arn
from policygen.errors import Place, Problem, Severity
from policygen.reading.answers import TOKEN
from policygen.reading.documents import texts_of, value_of
from policygen.reading.records import KINDS, Record

_OF_BUCKETS = frozenset(
    {"encryption", "versioning", "replication", "ownership", "public-access-block", "location", "abac", "bucket"}
)
_OF_KEYS = frozenset({"key", "grant", "alias"})
_OF_PRINCIPALS = frozenset({"inline-policy", "attached", "names", "membership"})
_NAMED = ("role", "user", "group")
_ID_IN_PATH = re.compile(
    r"(?<![0-9A-Za-z-])(?P<id>r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12}|mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"(?![0-9A-Za-z-])"
)
_LAYOUT = re.compile(
    r"(?P<account>\d{12})/(?P<room>s3|kms|iam|sns|sqs)/(?P<name>[^/]+)(?:/(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?/[^/]+\Z"
)
_KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")


class Subjects:
    """Finds out what records are about."""

    def __init__(self, records: list[Record], parameters: Mapping[str, str]) -> None:
        """Look at everything that was read."""
        self.problems: list[Problem] = []
        self._parameters = parameters
        arns = [arn for each in records if (arn := parse_arn(str(each.value.get("of") or "")))]
        self._partition = parameters.get("AWS::Partition") or next((arn.partition for arn in arns), "aws")
        callers = {
            str(each.value["account"]) for each in records if each.kind == "caller" and each.value.get("account")
        }
        accounts = {arn.account for arn in arns if ACCOUNT_ID.match(arn.account)} | callers
        accounts |= {found for each in records if (found := _account_in(each.source))}
        stated = parameters.get("AWS::AccountId")
        self._account = stated or (
            accounts.pop() if len(accounts) == 1 else callers.pop() if len(callers) == 1 else None
        )
        self._names: dict[str, set[str]] = defaultdict(set)
        self._keys: dict[str, str] = {}
        for arn in arns:
            self._names[_name_of(arn)].add(str(arn))
            if arn.service == "kms":
                self._keys[arn.resource.rpartition("/")[2]] = str(arn)
        self._neighbours: dict[str, set[str]] = defaultdict(set)
        self._mentioned: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in records:
            self._look(each)

    def _look(self, record: Record) -> None:
        """Note which bucket or key a folder's files name, and which keys are spoken of."""
        folder = str(PurePath(record.source).parent)
        bucket = self._bucket(record)
        if bucket is not None:
            self._neighbours[folder].add(bucket)
            self._names[bucket.rpartition(":")[2]].add(bucket)
        if record.kind == "key" and record.value.get("of"):
            self._neighbours[folder].add(str(record.value["of"]))
        for text in texts_of(record.value):
            for found in _KEY_ARN.findall(text) if ":kms:" in text else ():
                _, _, _, region, account, _ = found.split(":", 5)
                self._mentioned[account, region].add(found)

    def all_placed(self, records: list[Record]) -> tuple[Record, ...]:
        """Return records with what they are about, and with ARNs where they name each other in a plan or template."""
        found = [self.placed(each) for each in records]
        names = {}
        for each in found:
            own = each.address or each.value.get("logical_id")
            if own is not None and each.of is not None and not each.of.startswith(TOKEN):
                names[each.source, TOKEN + str(own)] = each.of
        return tuple(_linked(each, names) for each in found) if names else tuple(found)

    def placed(self, record: Record) -> Record:
        """Return a record with what it is about, its account and Region."""
        value = record.value
        of = self._stated(record) or self._by_document(record) or self._by_path(record)
        arn = parse_arn(of or "")
        own = value.get("account") or value.get("account_id")
        account = str(own) if own else (arn.account if arn and ACCOUNT_ID.match(arn.account) else None)
        account = account or _account_in(record.source) or self._account
        region = value.get("region") or (arn.region if arn and arn.region else None)
        if region is None and (layout := _layout(record.source)):
            region = layout["region"]
        if of is None and record.kind in (
            _OF_BUCKETS | _OF_KEYS | _OF_PRINCIPALS | {"policy", "resource-policy", "tags", "abac"}
        ):
            self._not_known(record)
        return replace(record, of=of, account=account, region=region if isinstance(region, str) else None)

    def _not_known(self, record: Record) -> None:
        what = KINDS[record.kind]
        place = Place(source=record.source, pointer=record.pointer)
        if record.opened.text and not record.pointer:
            place = replace(place, line=1, column=1)
        hint = (
            "keep it beside an answer that names it, or in a folder such as `ACCOUNT/s3/BUCKET` or `ACCOUNT/iam/ROLE`"
        )
        message = f"this is {what}, and nothing tells of what"
        if record.kind == "policy":
            message, hint = (
                "this is a policy, and nothing tells whose it is",
                "keep it in a folder such as `ACCOUNT/iam/ROLE`",
            )
        self.problems.append(
            Problem(code="PG-I003", message=message, place=place, hint=hint, severity=Severity.WARNING)
        )

    def _stated(self, record: Record) -> str | None:
        """Return what a record itself says it is about."""
        value = record.value
        of = value.get("of")
        if isinstance(of, str) and parse_arn(of):
            return of
        return self._by_name(record) or (of if isinstance(of, str) and of.startswith(TOKEN) else None)

    def _by_name(self, record: Record) -> str | None:
        """Return what a record is about by the name that it gives."""
        value = record.value
        if record.kind == "managed-policy" and isinstance(value.get("name"), str):
            return self._entity("policy", value["name"], value.get("path"), record)
        for kind in _NAMED:
            if isinstance(value.get(kind), str):
                return self._entity(kind, value[kind], value.get("path"), record)
        if isinstance(value.get("key"), str):
            return self._key(value["key"])
        if isinstance(value.get("repository"), str):
            region, account = self._parameters.get("AWS::Region"), value.get("account") or self._account
            held = [each for each in self._names.get(value["repository"], ()) if ":ecr:" in each]
            made = f"arn:{self._partition}:ecr:{region}:{account}:repository/{value['repository']}"
            return held[0] if held else made if region and account else None
        return self._bucket(record)

    def _bucket(self, record: Record) -> str | None:
        """Return the ARN of the bucket that a record names, or whose policy it is."""
        name = record.value.get("bucket")
        if isinstance(name, str) and record.kind != "access-point":
            if name.startswith((TOKEN, "arn:")):
                return name
            return bucket_arn(self._partition, name)
        if record.kind in ("policy", "resource-policy"):
            found = self._by_document(record)
            return found if found and ":s3:::" in found else None
        return None

    def _entity(self, kind: str, name: str, path: Any, record: Record) -> str | None:
        """Return the ARN of a role, user, group or managed policy by its name."""
        if name.startswith((TOKEN, "arn:")):
            return name
        held = [each for each in self._names.get(name, ()) if f":{kind}/" in each]
        account = _account_in(record.source) or self._account
        same = [each for each in held if account is None or f":{account}:" in each]
        if same or len(held) == 1:
            return (same or held)[0]
        if account is None:
            return None
        return f"arn:{self._partition}:iam::{account}:{kind}{path if isinstance(path, str) and path else '/'}{name}"

    def _key(self, name: str) -> str | None:
        if name.startswith((TOKEN, "arn:")):
            return name
        return self._keys.get(name)

    def _by_document(self, record: Record) -> str | None:
        """Return the one resource that the policy of a resource names."""
        document = record.value.get("document")
        if record.kind not in ("policy", "resource-policy") or document is None:
            return None
        policy = value_of(document)
        statements = policy.get("Statement") if isinstance(policy, dict) else None
        listed = statements if isinstance(statements, list) else [statements]
        named = [each for each in listed if isinstance(each, dict) and ("Principal" in each or "NotPrincipal" in each)]
        if not named:
            return None
        found = {holder for each in named for text in texts_of(each.get("Resource")) if (holder := _holder(text))}
        return found.pop() if len(found) == 1 else None

    def _by_path(self, record: Record) -> str | None:
        """Return what a file's folder, neighbours and name tell."""
        kind = record.kind
        layout = _layout(record.source)
        folder = str(PurePath(record.source).parent)
        near = self._neighbours.get(folder, set())
        if kind in _OF_BUCKETS or kind == "tags" or (kind == "resource-policy" and not layout):
            buckets = {each for each in near if ":s3:::" in each}
            if len(buckets) == 1:
                return buckets.pop()
        if kind == "public-access-block" and (account := _account_alone(record.source)):
            return account
        if layout is not None and (found := self._by_layout(record, layout)):
            return found
        if kind in ("target-policy", "parent", "child", "policy-target", "account", "unit"):
            return self._id_in(record.source)
        keys = {each for each in near if ":kms:" in each}
        if kind in _OF_KEYS | {"resource-policy", "tags"} and len(keys) == 1:
            return keys.pop()
        return self._named_in(record)

    def _by_layout(self, record: Record, layout: dict[str, str]) -> str | None:
        room, name, account = layout["room"], layout["name"], layout["account"]
        if room == "s3" and record.kind in _OF_BUCKETS | {"tags", "policy", "resource-policy"}:
            return bucket_arn(self._partition, name)
        if room == "iam" and record.kind in _OF_PRINCIPALS | {"policy", "tags"}:
            return self._entity("role", name, None, record)
        region = layout["region"]
        if room == "kms" and region and record.kind in _OF_KEYS | {"policy", "resource-policy", "tags"}:
            spoken = self._mentioned.get((account, region), set())
            placeholder = f"arn:{self._partition}:kms:{region}:{account}:key/KEY-ID-OF-{name}"
            return spoken.copy().pop() if len(spoken) == 1 else placeholder
        return None

    def _id_in(self, source: str) -> str | None:
        """Return the last id of the organization's tree in a path."""
        found = [match["id"] for part in PurePath(source).parts for match in _ID_IN_PATH.finditer(part)]
        return found[-1] if found else None

    def _named_in(self, record: Record) -> str | None:
        """Return the one thing of a fitting kind whose name stands in the path, the longest name first."""
        wanted = {
            "bucket": _OF_BUCKETS | {"resource-policy", "tags"},
            "key": _OF_KEYS | {"resource-policy", "tags"},
            "principal": _OF_PRINCIPALS | {"policy"},
            "policy": {"policy-version", "names"},
        }
        parts = PurePath(record.source).parts[-4:]
        words = {*parts, *(part.partition(".")[0] for part in parts)}
        held = [(name, arn) for name in words for arn in self._names.get(name, ())]
        held += [(key, arn) for key, arn in self._keys.items() if any(key in part for part in parts)]
        if not held:
            held = [
                (name, arn)
                for name, arns in self._names.items()
                if len(name) > 3
                for arn in arns
                if _within(name, parts[-1])
            ]
        for form, kinds in wanted.items():
            fitting = [(name, arn) for name, arn in held if record.kind in kinds and _is_form(arn, form)]
            longest = max((len(name) for name, _ in fitting), default=0)
            found = {arn for name, arn in fitting if len(name) == longest}
            if len(found) == 1:
                return found.pop()
        return None


_LINKS = ("attached", "boundary", "groups", "roles", "users", "list")


def _linked(record: Record, names: Mapping[tuple[str, str], str]) -> Record:
    """Return a record with the ARNs of what it names by address or logical id."""

    def arn(each: Any) -> Any:
        if isinstance(each, list):
            return [arn(one) for one in each]
        return names.get((record.source, each), each) if isinstance(each, str) else each

    of = names.get((record.source, record.of or ""), record.of)
    changed = {name: arn(each) if name in _LINKS else each for name, each in record.value.items()}
    return replace(record, of=of, value=changed)


def _within(name: str, part: str) -> bool:
    return name in part and re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", part) is not None


def _is_form(arn: str, form: str) -> bool:
    found = parse_arn(arn)
    if found is None:
        return False
    if form == "bucket":
        return found.service == "s3"
    if form == "key":
        return found.service == "kms"
    kinds = ("policy/",) if form == "policy" else ("role/", "user/", "group/")
    return found.service == "iam" and found.resource.startswith(kinds)


def _name_of(arn: Arn) -> str:
    return arn.resource.rpartition("/")[2] if arn.service in ("iam", "kms", "ecr") else arn.resource


def _account_in(source: str) -> str | None:
    """Return the account id that is nearest to a file in its path."""
    parts = [match for part in PurePath(source).parts for match in re.findall(r"(?<!\d)\d{12}(?!\d)", part)]
    return parts[-1] if parts else None


def _account_alone(source: str) -> str | None:
    """Return the account of a file that lies in an account's folder, or among what `aws s3control` answers of it."""
    parts = PurePath(source).parts[:-1]
    named = [part for part in parts if ACCOUNT_ID.match(part)]
    return named[-1] if named and parts[-1] in (named[-1], "s3control") else None


def _layout(source: str) -> dict[str, str] | None:
    found = _LAYOUT.search(PurePath(source).as_posix())
    return found.groupdict() if found else None


def _holder(resource: str) -> str | None:
    """Return the resource whose policy names another: a bucket for its objects."""
    arn = parse_arn(resource)
    if arn is None or "*" in arn.resource.partition("/")[0] or "${" in resource.partition("/")[0]:
        return None
    if arn.service == "s3" and not arn.region:
        return bucket_arn(arn.partition, arn.resource.partition("/")[0])
    return (
        resource
        if arn.service in ("sns", "sqs", "secretsmanager", "lambda", "dynamodb", "kinesis") and "*" not in resource
        else None
    )


def every_record(records: Iterator[Record]) -> dict[str, list[Record]]:
    """Return records by kind."""
    found: dict[str, list[Record]] = defaultdict(list)
    for each in records:
        found[each.kind].append(each)
    return found
