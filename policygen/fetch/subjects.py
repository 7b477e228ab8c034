"""What is asked about: a kind of thing, what is known of it, and with whose profile it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import is_account_id, parse_arn
from policygen.fetch.calls import KINDS, OF_A_BUCKET, OF_AN_ACCOUNT, Call, Follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What shall be read.

    Attributes:
        kinds: The kinds of things that are looked at.
        profiles: Profiles of the AWS CLI, ``""`` for the credentials that are found without one.
        tried_first: Those of them that belong to destinations.
        regions: The Regions that were asked for; none: those of the account, or the profile's.
        bucket: The bucket with which it begins; without one nothing of other accounts is looked at.
    """

    kinds: frozenset[str]
    profiles: tuple[str, ...]
    tried_first: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    bucket: str | None = None

    def starts(self) -> Iterator[tuple[str, str]]:
        """Yield what it begins with in each account: a kind and its field; ``account`` and ``home`` stand for them."""
        for kind in KINDS:
            if kind in self.kinds and not KINDS[kind].fields and not (kind == "regions" and self.regions):
                yield kind, ""
        if "member" in self.kinds:
            yield "member", "{account}"
        for kind in ("keys", "endpoints"):
            if kind in self.kinds:
                yield from ((kind, region) for region in self.regions or ("{home}",))


def of_bucket(bucket: str, profile: str, destinations: Sequence[str], region: str | None) -> Task:
    """Return the task of reading a bucket's configuration and what it names."""
    profiles = tuple(dict.fromkeys((profile, *destinations)))
    regions = (region,) if region else ()
    first = tuple(dict.fromkeys(destinations))
    return Task(kinds=OF_A_BUCKET, profiles=profiles, tried_first=first, regions=regions, bucket=bucket)


def of_account(profiles: Sequence[str], regions: Sequence[str], only: Iterable[str]) -> Task:
    """Return the task of reading whole accounts, or parts of them."""
    parts = tuple(only) or tuple(OF_AN_ACCOUNT)
    kinds = frozenset[str]().union(*(OF_AN_ACCOUNT[part] for part in parts))
    given = tuple(dict.fromkeys(profiles)) or ("",)
    return Task(kinds=kinds, profiles=given, regions=tuple(dict.fromkeys(regions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something that is asked about.

    Attributes:
        kind: What it is.
        caller: The account whose profile asks; None where no profile may.
        known: What is known of it, ``account`` and ``region`` always.
    """

    kind: str
    caller: str | None
    known: Mapping[str, str]

    @property
    def calls(self) -> tuple[Call, ...]:
        """What is asked about it."""
        return KINDS[self.kind].calls

    def parameters(self, call: Call) -> dict[str, str]:
        """Return the parameters of a call."""
        return {name: value.format_map(self.known) for name, value in call.parameters.items()}

    def file(self, call: Call) -> str:
        """Return the path of the file that keeps the answer."""
        parts = f"{KINDS[self.kind].folder}/{call.file}".split("/")
        return "/".join(as_file_name(part.format_map(self.known)) for part in parts)


def as_file_name(text: str) -> str:
    """Return a text that names one file or folder and leaves none.

    >>> as_file_name("alias/aws/s3")
    'alias%2Faws%2Fs3'
    """
    escaped = text.replace("/", "%2F")
    return f"%2E{escaped[1:]}" if escaped.startswith(".") else escaped


def child(parent: Subject, kind: str, values: Sequence[str], accounts: Iterable[str]) -> Subject:
    """Return what an answer about ``parent`` names.

    Args:
        parent: What was asked about.
        kind: What it is.
        values: The values of its fields; one that is missing is empty.
        accounts: The accounts of which there is a profile.
    """
    shape = KINDS[kind]
    fields = dict(zip(shape.fields, (*values, *[""] * len(shape.fields)), strict=False))
    known = {**parent.known, **fields}
    if not shape.by_arn:
        return Subject(kind=kind, caller=parent.caller, known=known)
    first = shape.fields[0]
    arn = parse_arn(known[first])
    resource = arn.resource if arn else known[first]
    name = resource if resource.startswith("alias/") else resource.rpartition("/")[2]
    if kind == "key" and name.startswith("alias/"):
        kind = "alias"
    known[f"{first}_name"] = name
    known["holder"] = arn.account if arn and arn.account else known["account"]
    known["region"] = arn.region if arn and arn.region else known["region"]
    caller = parent.caller
    for owner in (arn.account if arn else "", fields.get("owner", "")):
        if is_account_id(owner):
            known["account"] = owner
            caller = owner if owner in accounts else None if shape.own else caller
    return Subject(kind=kind, caller=caller, known=known)


def named_in(answer: Any, follow: Follow) -> list[list[str]]:
    """Return the rows of texts that an answer holds for what is looked at next; a row without its first is none."""
    import jmespath

    rows = jmespath.search(follow.expression, answer) or []
    texts = [[each if isinstance(each, str) else "" for each in row] for row in rows]
    return [row for row in texts if row and row[0]]
