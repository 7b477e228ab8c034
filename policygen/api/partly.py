"""What of a diagnosis cannot be judged, or is judged with stand-ins: templates and plans before they are deployed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from policygen.api.spec_documents import Placed
from policygen.aws.arns import role_named
from policygen.errors import DocumentError, Problem
from policygen.reading.records import SETTINGS

if TYPE_CHECKING:
    from policygen.reading import Reading, Record
    from policygen.spec.model import Spec


def usable(placed: Mapping[str, Placed]) -> tuple[dict[str, Placed], tuple[Problem, ...]]:
    """Return the documents that can be judged, and what is wrong with the others: those are left out."""
    from policygen.verification import read_documents

    kept: dict[str, Placed] = {}
    refused: list[Problem] = []
    for path, each in placed.items():
        if each.record.kind in SETTINGS and each.record.unknown:
            continue  # of a part that is not known yet nothing is said
        found = _open_ends(each)
        try:
            read_documents({path: each.text(path)})
        except DocumentError as error:
            found = found or [_in_file(problem, placed) for problem in error.problems]
        refused += found
        kept |= {} if found else {path: each}
    return kept, tuple(refused)


def _open_ends(placed: Placed) -> list[Problem]:
    """Return what in a policy of a template is known only once it is deployed."""
    from policygen.reading.documents import functions_in, open_end
    from policygen.reading.records import policies_in

    own = (each for each in policies_in(placed.record) if each.pointer == placed.pointer)
    return [open_end(placed.record, each, *end) for each in own for end in functions_in(each.document)]


def _in_file(problem: Problem, placed: Mapping[str, Placed]) -> Problem:
    """Return a problem of a document at its place in the file that was read."""
    found = placed.get(problem.place.source)
    if found is None:
        return problem
    return problem.at(found.record.opened.place(found.pointer + problem.place.pointer))


def pending(spec: Spec, records: Iterable[Record]) -> Iterator[Problem]:
    """Yield what of a plan is known only once it is applied, of the buckets, keys and roles of a spec."""
    names = {bucket.arn for bucket in spec.buckets} | {key.arn(region) for key in spec.keys for region in key.regions}
    roles = {(role.account, role.name) for replication in spec.replication for role in replication.roles}
    listed = list(records)
    of_roles = (record for record in listed if role_named(record.of) in roles)
    names |= {arn for record in of_roles for arn in record.value.get("attached") or ()}
    for record in listed:
        if record.unknown and (record.of in names or role_named(record.of) in roles):
            message = f"a part of `{record.address}` is known only once the plan is applied"
            hint = "apply the plan, and give what `terraform show -json` prints of the state"
            place = record.opened.place(record.pointer)
            yield Problem(code="PG-I006", message=message, place=place, hint=hint)


def left_out(refused: Iterable[Problem]) -> Iterator[str]:
    """Yield what the answer is without, in words."""
    for each in refused:
        yield f"{each.place.source}:{each.place.line}: {each.message}: judged without it"


def stand_in_words(reading: Reading, parameters: Mapping[str, str]) -> Iterator[str]:
    """Yield what the templates that were read are judged with, where a deployment makes it."""
    from policygen.reading import cloudformation

    values = {each.source: each.opened.value for each in reading.records}
    for source, value in values.items():
        if not cloudformation.is_template(value):
            continue
        made = cloudformation.made_up(value, parameters)
        account = [f"{name}={made.pop(name)}" for name in ("AWS::AccountId", "AWS::Region") if name in made]
        if account:
            yield (
                f"{source}: deployed with {' and '.join(account)}; say where with "
                + " ".join(f"`--parameter {each.partition('=')[0]}=…`" for each in account)
            )
        if made:
            yield (
                f"{source}: stand-ins for the names that deploying makes up ({', '.join(made)}); say one with "
                f"`--parameter {next(iter(made))}=NAME`"
            )
