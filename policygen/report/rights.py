"""Who may do what: a table for people, CSV, and statements with a request each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from policygen.report.printed import Row, copied, paragraph, table
from policygen.report.proofs import in_words
from policygen.rights import Access, Right, WhoCan

if TYPE_CHECKING:
    from rich.console import Console

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula where spreadsheets open a CSV."""


def print_who(found: WhoCan, console: Console, *, quiet: bool = False) -> None:
    """Print who may: a table, a request for each of its rows, and the count (quiet: the names alone)."""
    rows = [(kind, each) for kind, rights in _kinds(found) for each in rights]
    if quiet:
        for _, each in rows:
            copied(console, each.who)
    elif rows:
        _print_table(rows, console)
        for number, (_, each) in enumerate(rows, 1):
            paragraph(console, f"{number}. allowed: {in_words(each.witness)}")
        console.print()
    for one in found.unknown:
        paragraph(console, f"not known: {one.who}: {one.reason}")
    if not quiet:
        paragraph(console, _counted(found))


def _kinds(found: WhoCan) -> Iterator[tuple[str, tuple[Right, ...]]]:
    yield from (("principal", found.principals), ("other", found.others), ("root user", found.root_users))


def _print_table(rows: list[tuple[str, Right]], console: Console) -> None:
    cells: list[Row] = []
    for number, (kind, each) in enumerate(rows, 1):
        when = "\nor\n".join("\n".join(f"{key} {words}" for key, words in way.items()) for way in each.conditions)
        cells.append((str(number), (kind, "red" if kind == "other" else ""), each.who, when or "-"))
    table(console, ("", "", "who", "when"), cells)


def _counted(found: WhoCan) -> str:
    def number(count: int, what: str) -> str:
        return f"{count:,} {what}{'' if count == 1 else 's'}"

    told = [number(len(found.principals), "principal"), number(len(found.others), "other")]
    told += [number(len(found.root_users), "root user")] if found.root_users else []
    told += [f"{len(found.unknown):,} not known"] if found.unknown else []
    return f"{found.action} on {found.resource}: {', '.join(told)}"


def who_as_csv(found: WhoCan) -> str:
    """Return who may as CSV, a line for each: ``kind,who,conditions,witness``.

    A cell that a spreadsheet would take for a formula has an apostrophe before it.
    """
    rows = []
    for kind, rights in _kinds(found):
        for each in rights:
            ways = " OR ".join(" AND ".join(f"{key} {words}" for key, words in way.items()) for way in each.conditions)
            rows.append((kind, each.who, ways, _json(each.witness.to_dict())))
    rows += [("not known", one.who, one.reason, "") for one in found.unknown]
    return _csv(("kind", "who", "conditions", "witness"), rows)


def access_as_csv(found: Access) -> str:
    """Return what a principal may do as CSV, a line for each statement: ``effect,action,resource,condition,witness``.

    Actions and resources of one statement are separated by spaces; before those of NotAction and NotResource stands
    that name. The condition is as in a policy.
    """
    rows = []
    for statement, witness in zip(found.statements, found.witnesses, strict=True):
        parts = [_values(statement, name) for name in ("Action", "Resource")]
        condition = _json(statement["Condition"]) if "Condition" in statement else ""
        rows.append((str(statement["Effect"]), *parts, condition, _json(witness.to_dict())))
    rows += [("not known", why, "", "", "") for why in found.unknown]
    return _csv(("effect", "action", "resource", "condition", "witness"), rows)


def _values(statement: Mapping[str, Any], name: str) -> str:
    negated = name not in statement
    values = statement[f"Not{name}" if negated else name]
    listed = [values] if isinstance(values, str) else values
    return " ".join([*([f"Not{name}:"] if negated else []), *listed])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def print_access(found: Access, console: Console, *, quiet: bool = False) -> None:
    """Print what a principal may do: each statement with a request that shows it (quiet: the statements alone)."""
    for number, (statement, witness) in enumerate(zip(found.statements, found.witnesses, strict=True), 1):
        copied(console, json.dumps(statement, indent=4, ensure_ascii=False))
        if not quiet:
            decided = "allowed" if statement["Effect"] == "Allow" else "denied"
            paragraph(console, f"{number}. {decided}: {in_words(witness)}\n")
    for why in found.unknown:
        paragraph(console, f"not known: {why}")
    if not quiet:
        allows = sum(each["Effect"] == "Allow" for each in found.statements)
        denies = len(found.statements) - allows
        told = f"{allows:,} that allow, {denies:,} that deny" if found.statements else "nothing is allowed"
        paragraph(console, f"{found.principal}: {told}")
