"""A diagnosis as text: the answer in one line, causes with their mends, what was inferred, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from policygen.inference import Diagnosed, DiagnosedReplication
from policygen.report.printed import paragraph, table
from policygen.report.verdict import judged
from policygen.report.verification import grouped, print_failures
from policygen.verification.causes import CAUSES
from policygen.verification.checks import Check
from policygen.verification.edits import Edit, EditOp

if TYPE_CHECKING:
    from rich.console import Console

_MOST_CAUSES = 3


def headline(found: DiagnosedReplication) -> str:
    """Return the answer in one line: it works, or why not and what to change, and whether all of it was judged."""
    return _answer(found) + ("; not all could be judged, see what is assumed" if found.is_partial else "")


def _answer(found: DiagnosedReplication) -> str:
    if found.works:
        works, _, rest = found.answers.partition("; ")
        return works.removeprefix("replication ") + ("" if found.report.works_alone else f"; {rest}")
    if found.off and found.report.works:
        return "fails: every rule of the configuration is disabled, so nothing replicates"
    failing = [check for check in found.report.failures if check.decides_works]
    first = next(iter(grouped(failing)))[0]
    causes = list(dict.fromkeys(check.cause for check in failing if check.cause))
    named = [f"{cause} ({CAUSES[cause].words})" for cause in causes[:_MOST_CAUSES]]
    more = f" and {', '.join(causes[_MOST_CAUSES:])}" if len(causes) > _MOST_CAUSES else ""
    denied = f"not {'allowed' if first.request is not None else 'so'}: {first.title}"
    why = f"because {'; '.join(named)}{more}" if named else f"because {denied}"
    change = _change(first, found)
    change = "" if change in why else f": {change}"
    return f"fails {why}{change}" + (f"; not read: {', '.join(found.unread)}" if found.unread else "")


def _change(check: Check, found: DiagnosedReplication) -> str:
    """Return what to change, in words."""
    if not check.mends:
        words = f"{CAUSES[check.cause].words}: " if check.cause else ""
        return (check.detail or "no mend is known").removeprefix(words)
    edits = [found.report.mends[number] for number in check.mends]
    others = len(found.report.mends) - 1
    more = f", and {others} more change{'' if others == 1 else 's'}" if others else ""
    left = [each.cause or each.title for each in found.report.failures if each.decides_works and not each.mends]
    without = f"; no mend is known for {', '.join(dict.fromkeys(left))}" if left else ""
    return f"{_words(edits[0])}{more}; tried{without}"


def _words(edit: Edit) -> str:
    file, _, below = edit.document.partition("#/")
    where = file + (f":{edit.line}" if edit.line is not None else "") + (f" (/{below})" if below else "")
    if edit.statement is not None:
        verb, link = ("take", "from") if edit.op is EditOp.REMOVE else ("change", "of")
        return f"{verb} statement `{edit.statement}` {link} {where}"
    if edit.op is EditOp.REMOVE:
        return f"remove {where}"
    if edit.value is not None and "Effect" in edit.value:
        return f"add a statement to {where}"
    return f"{'write' if edit.before is None else 'change'} {where}"


def print_diagnosed(found: Diagnosed, console: Console, *, quiet: bool = False) -> None:
    """Print a diagnosis; the answers come first."""
    several = len(found.replications) > 1
    for each in found.replications:
        style = "bold green" if each.ok else "bold red"
        name = f"{', '.join(each.sources)}: " if several else ""
        paragraph(console, f"{name}{headline(each)}", style=style)
    for each in found.replications:
        if several and (each.report.failures or not quiet):
            console.print()
            paragraph(console, ", ".join(each.sources), style="bold")
        print_failures(replace(each.report, documents_from=None), console)  # files have their whole names
        if not quiet:
            _print_inferred(each, console)
            _print_assumed(each, console)
    if not quiet:
        console.print()
        for line in dict.fromkeys(judged(each.report) for each in found.replications):
            paragraph(console, line)


def _print_inferred(found: DiagnosedReplication, console: Console) -> None:
    rows = [(name, value, _files(found, field)) for name, value, field in _rows(found)]
    console.print()
    table(console, ("inferred", "as", "from"), rows)
    paragraph(console, f"{len(found.inferred)} values, each with its place: --format json, or --spec-out FILE")


def _rows(found: DiagnosedReplication) -> Iterator[tuple[str, str, str]]:
    """Yield what was inferred, thing by thing: what it is, how it is, and the field that it stands in."""
    spec = found.spec
    for name, each in spec.get("replication", {}).items():
        yield "source", _bucket(spec, each["source"]), f"buckets.{each['source']}"
        role = each["role"]
        yield "role", f"{role.get('path', '/').lstrip('/')}{role['name']}", f"replication.{name}.role"
        for number, rule in enumerate(each["rules"]):
            off = ", disabled" if rule.get("status") == "disabled" else ""
            below = f" below {rule['prefix']}" if rule.get("prefix") else ""
            key = f", replicas under {rule['replica_key']}" if rule.get("replica_key") else ""
            field = f"replication.{name}.rules[{number}]"
            yield f"rule {rule['id']}", f"to {rule['destination']}{below}{key}{off}", field
        for entry in dict.fromkeys(rule["destination"] for rule in each["rules"]):
            yield "destination", _bucket(spec, entry), f"buckets.{entry}"
    for name, key in spec.get("keys", {}).items():
        regions = [key.get("region") or key.get("primary_region"), *key.get("replica_regions", ())]
        yield f"key {name}", f"{key.get('id', key.get('alias'))} in {', '.join(regions)}", f"keys.{name}"


def _bucket(spec: Mapping[str, Any], entry: str) -> str:
    bucket = spec["buckets"][entry]
    encryption = bucket["encryption"]
    key = f" under {encryption['key']}" if "key" in encryption else ""
    bucket_key = {"true": ", S3 Bucket Key", "mixed": ", S3 Bucket Key, not from the first"}
    more = bucket_key.get(encryption.get("bucket_key", ""), "")
    return f"{bucket['name']} in {bucket['region']} of {bucket['account']}, {encryption['sse']}{key}{more}"


def _files(found: DiagnosedReplication, field: str) -> str:
    """Return the files that a thing was inferred from, a line each."""
    below = (each for each in found.inferred if each.field.startswith((f"{field}.", f"{field}[")))
    named = dict.fromkeys(each.source.partition(":/")[0] for each in below)
    files = {document["file"] for document in found.report.documents if document.get("file")}
    return "\n".join(each for each in named if each in files)


def _print_assumed(found: DiagnosedReplication, console: Console) -> None:
    if found.assumed:
        console.print()
        paragraph(console, "assumed:", style="bold")
    for each in found.assumed:
        paragraph(console, f"- {each}")
