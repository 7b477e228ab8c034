"""The policies in a Terraform plan, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policygen.document import PolicyDocument
from policygen.errors import DocumentError, Problem
from policygen.reading.answers import records_in
from policygen.reading.documents import parsed
from policygen.reading.opened import Opened
from policygen.reading.records import SETTINGS, Found, Record, policies_in
from policygen.reading.shapes import load_shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPolicy:
    """A policy that a plan speaks of.

    Attributes:
        address: Where it stands: the resource's address; of a role's inline policies with the name behind it.
        policy_type: ``identity``, ``resource``, ``key``, ``trust``, ``scp``, ``rcp`` or ``vpc-endpoint``; None where
            its looks must tell.
        before: The policy as it is; None where there is none.
        after: As it will be; None where there will be none, or it is unknown.
        is_unknown: Whether what it will be is known only once the plan is applied.
    """

    address: str
    policy_type: str | None
    before: PolicyDocument | None = None
    after: PolicyDocument | None = None
    is_unknown: bool = False


def planned_policies(opened: Opened) -> list[PlannedPolicy]:
    """Return the policies in a plan, each once.

    Raises:
        DocumentError: A policy in it is none; every problem at once.
    """
    found: dict[str, PlannedPolicy] = {}
    numbers: dict[str, int] = {}
    problems: list[Problem] = []
    for side in ("before", "after"):
        for record in records_in(opened, load_shapes(), {}, before=side == "before"):
            for each in policies_in(record):
                known = found.setdefault(each.address, PlannedPolicy(address=each.address, policy_type=_type_of(each)))
                numbers.setdefault(each.address, _number(record))
                try:
                    document = replace(parsed(record, each), source=each.address)
                    found[each.address] = (
                        replace(known, before=document) if side == "before" else replace(known, after=document)
                    )
                except DocumentError as error:
                    problems += [each.at(record.opened.place(each.place.pointer)) for each in error.problems]
            for address, policy_type in _not_known(record):
                known = found.setdefault(address, PlannedPolicy(address=address, policy_type=policy_type))
                numbers.setdefault(address, _number(record))
                found[address] = replace(known, is_unknown=True)
    if problems:
        raise DocumentError(*problems)
    return sorted(found.values(), key=lambda each: numbers[each.address])


def _number(record: Record) -> int:
    """Return which change of the plan a record is of."""
    part = record.pointer.split("/")[2]
    return int(part) if part.isdecimal() else -1


def _type_of(found: Found) -> str | None:
    return "key" if found.resource_type == "AWS::KMS::Key" else found.policy_type


def _not_known(record: Record) -> Iterator[tuple[str, str | None]]:
    """Yield address and type of each policy of a record that is known only once the plan is applied."""
    for field in record.unknown if record.kind not in SETTINGS else ():
        name, _, own = field.partition(".")
        address = record.address or ""
        if name == "inline":
            yield (f"{address}.inline_policy.{own}" if own else f"{address}.inline_policy"), "identity"
        else:
            # what stands there is of the type that a policy would have
            like = replace(record, value={**record.value, name: "{}"}, unknown=())
            yield address, next((_type_of(each) for each in policies_in(like) if each.field == name), None)
