"""Whose it is: answers of AWS often do not say what they are about; the policy itself, neighbours and path may."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

from policygen.aws.arns import ACCOUNT_ID, Arn, bucket_arn, key_arn, parse_arn
from policygen.errors import Place, Problem, Severity
from policygen.reading.answers import NAMED, TOKEN, by_holder
from policygen.reading.documents import names_principal, names_principals, services_in, statements_in, texts_of
from policygen.reading.records import KINDS, Record

_OF_BUCKETS = frozenset(
    "encryption versioning replication ownership public-access-block location abac object-lock bucket".split()
)
_OF_KEYS = frozenset({"key", "grant", "alias"})
_OF_PRINCIPALS = frozenset({"inline-policy", "attached", "names", "membership"})
_KEY_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_IN_PATH = re.compile(
    rf"(?<![0-9A-Za-z-])(?P<id>r-[0-9a-z]{{4,32}}|ou-[0-9a-z]{{4,32}}-[0-9a-z]{{8,32}}|\d{{12}}|{_KEY_ID.pattern})"
    r"(?![0-9A-Za-z-])"
)
_LAYOUT = re.compile(
    r"(?P<account>\d{12})/(?P<room>s3|kms|iam|sns|sqs)/(?P<name>[^/]+)(?:/(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?/[^/]+\Z"
)
_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?![*?${a-z0-9.-])")
_REGION = re.compile(r"(?<![A-Za-z0-9-])[a-z]{2}(?:-[a-z]+){1,3}-\d(?![0-9-])")
_KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")


class Subjects:
    """Finds out what records are about."""

    def __init__(self, records: list[Record], parameters: Mapping[str, str]) -> None:
        """Look at everything that was read."""
        self.problems: list[Problem] = []
        self._parameters = parameters
        arns = [arn for each in records if (arn := parse_arn(str(each.value.get("of") or "")))]
        told = {(arn.account, _name_of(arn)) for arn in arns if arn.service == "iam"}
        arns += [arn for arn in _roles_of(records) if (arn.account, _name_of(arn)) not in told]
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
        self._keys: dict[str, set[str]] = defaultdict(set)
        for arn in arns:
            self._names[_name_of(arn)].add(str(arn))
            if arn.service == "kms":
                self._keys[arn.resource.rpartition("/")[2]].add(str(arn))
        self._neighbours: dict[str, set[str]] = defaultdict(set)
        self._mentioned: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._spoken_of: dict[str, set[str]] = defaultdict(set)
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
        for each in texts_of(record.value):
            text = unquote(each) if each[:3].upper() == "%7B" else each
            for found in _KEY_ARN.findall(text) if ":kms:" in text else ():
                _, _, _, region, account, _ = found.split(":", 5)
                self._mentioned[account, region].add(found)
            for found in _BUCKET_ARN.findall(text) if ":s3:::" in text else ():
                self._spoken_of[found.rpartition(":")[2]].add(found)

    def all_placed(self, records: list[Record]) -> tuple[Record, ...]:
        """Return records with what they are about, and with ARNs where they name each other in a plan or template."""
        found = [self.placed(one) for each in records for one in by_holder(each)]
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
        for kind in NAMED:
            if isinstance(value.get(kind), str):
                return self._entity(kind, value[kind], value.get("path"), record)
        if isinstance(value.get("key"), str):
            return self._key(value["key"], record)
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

    def _key(self, name: str, record: Record) -> str | None:
        """Return the ARN of a key by its id: of related multi-Region keys the one of the Region that is named (M2)."""
        if name.startswith((TOKEN, "arn:")):
            return name
        own = parse_arn(str(record.value.get("arn") or ""))
        return _of_region(self._keys.get(name, set()), own.region if own else _region_in(record.source))

    def _by_document(self, record: Record) -> str | None:
        """Return the one resource that the policy of a resource names."""
        if record.kind not in ("policy", "resource-policy"):
            return None
        named = [each for each in statements_in(record.value.get("document")) if names_principal(each)]
        if not named:
            return None
        found = {holder for each in named for text in texts_of(each.get("Resource")) if (holder := _holder(text))}
        return found.pop() if len(found) == 1 else None

    def _by_path(self, record: Record) -> str | None:
        """Return what a file's name, neighbours and folder tell."""
        kind, forms = record.kind, _forms(record)
        layout = _layout(record.source)
        near = self._neighbours.get(str(PurePath(record.source).parent), set())
        if layout is None and (found := self._named_in(record, forms, deep=_NEAREST)):
            return found
        if "bucket" in forms and not (layout and kind == "resource-policy"):
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
        if "key" in forms and len(keys) == 1:
            return keys.pop()
        return self._named_in(record, forms, deep=_FURTHEST)

    def _by_layout(self, record: Record, layout: dict[str, str]) -> str | None:
        room, name, account = layout["room"], layout["name"], layout["account"]
        if room == "s3" and record.kind in _OF_BUCKETS | {"tags", "policy", "resource-policy"}:
            return bucket_arn(self._partition, name)
        if room == "iam" and record.kind in _OF_PRINCIPALS | {"policy", "tags"}:
            return self._entity("role", name, None, record)
        region = layout["region"]
        if room == "kms" and region and "key" in _forms(record):
            if _KEY_ID.fullmatch(name) or name in self._keys:
                return key_arn(self._partition, region, account, name)
            spoken = self._mentioned.get((account, region), set())
            placeholder = key_arn(self._partition, region, account, f"KEY-ID-OF-{name}")
            return spoken.copy().pop() if len(spoken) == 1 else placeholder
        return None

    def _id_in(self, source: str) -> str | None:
        """Return the last id of the organization's tree in a path."""
        found = [match["id"] for part in PurePath(source).parts for match in _ID_IN_PATH.finditer(part)]
        return found[-1] if found else None

    def _named_in(self, record: Record, forms: frozenset[str], *, deep: int) -> str | None:
        """Return the one thing of a fitting form whose name stands at the end of the path, the longest name first."""
        parts = PurePath(record.source).parts[-deep:]
        words = {*parts, *(part.partition(".")[0] for part in parts)}
        for form in _FORMS:
            if form not in forms:
                continue
            if form == "key":
                known = {arn for arns in (*self._keys.values(), *self._mentioned.values()) for arn in arns}
                by_id = [(arn.rpartition("/")[2], arn) for arn in known]
                held = [(key, arn) for key, arn in by_id if any(key in part for part in parts)]
            else:
                named = {**self._spoken_of, **self._names} if form == "bucket" else self._names
                held = [(name, arn) for name in words for arn in named.get(name, ()) if _is_form(arn, form)]
                held += [
                    (name, arn)
                    for name, arns in named.items()
                    if len(name) > _SHORT and name not in _COMMON_WORDS and any(_within(name, part) for part in parts)
                    for arn in arns
                    if _is_form(arn, form)
                ]
            longest = max((len(name) for name, _ in held), default=0)
            found = _of_region({arn for name, arn in held if len(name) == longest}, _region_in(record.source))
            if found is not None:
                return found
        return None


_FORMS = ("bucket", "key", "principal", "policy")
_NEAREST, _FURTHEST = 2, 4
"""How many parts at the end of a path are looked at: the file's name and its folder, before its neighbours are."""

_SHORT = 3
_COMMON_WORDS = frozenset(
    "abac access block bucket controls encryption location lock object ownership policy public replication tagging "
    "versioning".split()
)
"""Words of the calls, which a file is called by: no bucket of that name is meant."""


def _forms(record: Record) -> frozenset[str]:
    """Return what a record may be about: a bucket, a key, a principal, a managed policy."""
    kind, document = record.kind, record.value.get("document")
    if record.about is not None:
        return frozenset({record.about})
    if kind in ("resource-policy", "tags") or (kind == "policy" and names_principals(document)):
        found = {_FORM_OF_SERVICE[each] for each in services_in(document) if each in _FORM_OF_SERVICE}
        return frozenset(found) or _EITHER
    found = {"bucket"} if kind in _OF_BUCKETS else {"key"} if kind in _OF_KEYS else set()
    found |= {"principal"} if kind in _OF_PRINCIPALS | {"policy"} else set()
    return frozenset(found | ({"policy"} if kind in ("policy-version", "names") else set()))


_FORM_OF_SERVICE = {"s3": "bucket", "kms": "key", "sts": "principal"}
_EITHER = frozenset({"bucket", "key"})


def _region_in(source: str) -> str | None:
    """Return the Region that is named last in a path."""
    found: list[str] = _REGION.findall(source)
    return found[-1] if found else None


def _of_region(arns: set[str], region: str | None) -> str | None:
    """Return the only one of some ARNs, of several the only one of a Region; None where there is none such."""
    if len(arns) > 1:
        arns = {each for each in arns if (arn := parse_arn(each)) is not None and arn.region == region}
    return next(iter(arns)) if len(arns) == 1 else None


def _roles_of(records: list[Record]) -> Iterator[Arn]:
    """Yield the roles that replication configurations name."""
    for record in records:
        value = record.value.get("value") if record.kind == "replication" else None
        arn = parse_arn(str(value.get("Role"))) if isinstance(value, dict) else None
        if arn is not None and arn.service == "iam":
            yield arn


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
