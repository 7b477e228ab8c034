"""Small changes of every generated policy of every sample: each is found, or changes nothing that anybody asks about.

``python -m tests.verification.mutants``: makes every mutant, verifies the set-up with it, and prints those that verify
passes in silence though the access is not the same; then one line with the figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import policygen as pg
from policygen.document import parse_policy
from policygen.proofs import compare
from policygen.verification.proved import CALLS
from tests.verification.judged import Judged

SAMPLES = Path(__file__).parents[2] / "samples"
_STRANGER = "arn:aws:iam::444400001111:role/Stranger"
_OTHER_OPERATORS = {
    "StringEquals": ("StringNotEquals", "StringLike", "StringEqualsIgnoreCase", "StringEqualsIfExists"),
    "StringLike": ("StringNotLike", "StringEquals", "StringLikeIfExists", "ForAnyValue:StringLike"),
    "StringNotEquals": ("StringEquals", "StringNotEqualsIfExists", "ForAnyValue:StringNotEquals"),
    "ArnNotEquals": ("ArnEquals", "ArnNotEqualsIfExists"),
    "ArnNotEqualsIfExists": ("ArnNotEquals", "ArnEqualsIfExists"),
    "ArnLike": ("ArnNotLike", "ArnLikeIfExists"),
    "Bool": ("BoolIfExists", "Null"),
    "NumericLessThan": ("NumericLessThanEquals", "NumericGreaterThan", "NumericLessThanIfExists"),
    "Null": ("Bool",),
}


def mutants(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each change of one statement, in words, with the policy after it."""
    for number, statement in enumerate(policy["Statement"]):
        for words, changed in _of_statement(statement):
            mutant = deepcopy(policy)
            mutant["Statement"][number : number + 1] = [changed] if changed else []
            yield f"{statement.get('Sid', number)}: {words}", mutant


def _of_statement(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    yield "dropped", None
    yield "flipped", statement | {"Effect": "Deny" if statement["Effect"] == "Allow" else "Allow"}
    for name in ("Action", "Resource"):
        if name in statement:
            yield from _of_list(statement, name)
    if "Principal" in statement:
        yield from _of_principal(statement)
    if "Condition" in statement:
        yield from _of_conditions(statement)


def _of_list(statement: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    values = statement[name] if isinstance(statement[name], list) else [statement[name]]
    rest = {key: value for key, value in statement.items() if key != name}
    yield f"Not{name}", rest | {f"Not{name}": values}
    yield f"{name} *", statement | {name: "*"}
    for number, value in enumerate(values):
        before, after = values[:number], values[number + 1 :]
        if before or after:
            yield f"{name} without {value}", statement | {name: [*before, *after]}
        for words, other in _of_text(value):
            yield f"{name} {value} {words}", statement | {name: [*before, other, *after]}


def _of_text(text: str) -> Iterator[tuple[str, str]]:
    if not text.endswith("*"):
        yield "widened", f"{text}*"
    elif len(text) > 1:
        yield "narrowed", f"{text[:-1]}x*"
        yield "without its star", text[:-1]
    if "us-east-1" in text or "us-west-1" in text:
        yield "in another Region", text.replace("us-east-1", "eu-west-3").replace("us-west-1", "eu-west-3")
    for account in ("111122223333", "444455556666"):
        if account in text:
            yield "of another account", text.replace(account, "444400001111")
    if ":s3:::" in text:
        bucket, slash, key = text.partition("/")
        yield "of another bucket", f"{bucket}-2{slash}{key}"
        if key:
            yield "of the bucket", bucket


def _of_principal(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    principal = statement["Principal"]
    yield "Principal *", statement | {"Principal": "*"}
    yield "another principal", statement | {"Principal": {"AWS": _STRANGER}}
    rest = {key: value for key, value in statement.items() if key != "Principal"}
    yield "NotPrincipal", rest | {"NotPrincipal": principal if principal != "*" else {"AWS": _STRANGER}}
    if isinstance(principal, dict):
        for kind, values in principal.items():
            listed = values if isinstance(values, list) else [values]
            yield "one principal more", statement | {"Principal": principal | {"AWS": [*listed, _STRANGER]}}
            for number, value in enumerate(listed):
                if len(listed) > 1:
                    fewer = listed[:number] + listed[number + 1 :]
                    yield f"without {value}", statement | {"Principal": principal | {kind: fewer}}
                for account in ("111122223333", "444455556666"):
                    if account in value:
                        root = [*listed[:number], f"arn:aws:iam::{account}:root", *listed[number + 1 :]]
                        yield f"the account of {value}", statement | {"Principal": principal | {kind: root}}


def _of_conditions(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    block = statement["Condition"]
    for operator, keys in block.items():
        for key, values in keys.items():
            without = {each: dict(those) for each, those in block.items()}
            del without[operator][key]
            left = {each: those for each, those in without.items() if those}
            rest = {name: value for name, value in statement.items() if name != "Condition"}
            yield f"without {operator} {key}", rest | ({"Condition": left} if left else {})
            for other in _OTHER_OPERATORS.get(operator, ()):
                changed = deepcopy(left)
                changed.setdefault(other, {})[key] = values
                yield f"{other} for {operator} of {key}", statement | {"Condition": changed}
            listed = values if isinstance(values, list) else [values]
            for number, value in enumerate(listed):
                for words, text in [*_of_text(value), ("another", "policygen-other")]:
                    changed = deepcopy(block)
                    changed[operator][key] = [*listed[:number], text, *listed[number + 1 :]]
                    yield f"{key} {value} {words}", statement | {"Condition": changed}
                if len(listed) > 1:
                    changed = deepcopy(block)
                    changed[operator][key] = listed[:number] + listed[number + 1 :]
                    yield f"{key} without {value}", statement | {"Condition": changed}


def outcome(judged: Judged, path: str, mutant: dict[str, Any]) -> str:
    """Return ``found``, ``warned``, ``equivalent`` (proved), ``no policy``, or what verify passes in silence."""
    try:
        report = judged.verify({path: json.dumps(mutant)})
    except pg.DocumentError:
        return "no policy"
    if not report.ok:
        return "found"
    if report.warnings:
        return "warned"
    old, new = parse_policy(judged.texts[path], path), parse_policy(json.dumps(mutant), path)
    kind, attached = judged.attached(path)
    found = compare(old, new, {kind}, CALLS, attached, closed=True)
    if found.verdict == "same":
        return "equivalent"
    return f"{found.verdict}: gains {[str(each.witness) for each in found.gained]}, loses {len(found.lost)}"


def hunt(names: list[str], every: int = 1) -> tuple[Counter[str], list[str]]:
    """Return how many mutants have each outcome, and those that are passed in silence; one of ``every`` mutants."""
    counts: Counter[str] = Counter()
    silent: list[str] = []
    for name in names:
        judged = Judged(pg.load_spec(SAMPLES / name / "spec.yaml"))
        for path, text in judged.texts.items():
            policy = json.loads(text)
            if "Statement" not in policy or path.endswith("boundary.json"):
                continue
            for words, mutant in list(mutants(policy))[::every]:
                result = outcome(judged, path, mutant)
                known = result in ("found", "warned", "equivalent", "no policy")
                counts[result if known else "silent"] += 1
                silent += [] if known else [f"{name} {path} {words}: {result}"]
    return counts, silent


def main() -> int:
    """Run the hunt; 0 when nothing is passed in silence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="*", help="names of samples; all of them when none is given")
    names = parser.parse_args().samples or sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml"))
    counts, silent = hunt(names)
    print(*silent, dict(counts), sep="\n")  # noqa: T201
    return int(bool(silent))


if __name__ == "__main__":
    sys.exit(main())
