"""Every generated policy of every sample in other words that mean the same: verification says nothing.

``python -m tests.verification.rewrites``: prints the rewrites that verification complains of, last one line with the
figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import policygen as pg
from tests.verification.judged import Judged

SAMPLES = Path(__file__).parents[2] / "samples"
Statement = dict[str, Any]
Rewrite = Callable[[list[Statement]], list[Statement]]


def _each(change: Callable[[Statement], Statement]) -> Rewrite:
    return lambda statements: [change(each) for each in statements]


def _lists(change: Callable[[list[Any]], Any]) -> Rewrite:
    """Change every list of values, conditions' and principals' too; one value counts as a list."""

    def walked(value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {name: walked(each, depth + 1) for name, each in value.items()}
        return change(value if isinstance(value, list) else [value])

    keep = ("Sid", "Effect")
    return _each(
        lambda it: {name: value if name in keep or value == "*" else walked(value, 0) for name, value in it.items()}
    )


def _split(name: str) -> Rewrite:
    def split(statements: list[Statement]) -> list[Statement]:
        found = []
        for each in statements:
            values = each.get(name)
            several = values if isinstance(values, list) else [values]
            parts = [each | {name: one, "Sid": f"{each.get('Sid', 'S')}{n}"} for n, one in enumerate(several)]
            found += parts if name in each and len(several) > 1 else [each]
        return found

    return split


def _split_principals(statements: list[Statement]) -> list[Statement]:
    found = []
    for each in statements:
        principal = each.get("Principal")
        listed = principal.get("AWS") if isinstance(principal, dict) else None
        if isinstance(listed, list) and len(principal) == 1:
            found += [
                each | {"Principal": {"AWS": one}, "Sid": f"{each.get('Sid', 'S')}{n}"} for n, one in enumerate(listed)
            ]
        else:
            found.append(each)
    return found


def _conditions(change: Callable[[str, str, Any], tuple[str, str, Any]]) -> Rewrite:
    def changed(statement: Statement) -> Statement:
        if "Condition" not in statement:
            return statement
        block: dict[str, dict[str, Any]] = {}
        for operator, keys in statement["Condition"].items():
            for key, values in keys.items():
                other, name, those = change(operator, key, values)
                block.setdefault(other, {})[name] = those
        return statement | {"Condition": block}

    return _each(changed)


def _exactly(operator: str, key: str, values: Any) -> tuple[str, str, Any]:
    wild = any("*" in each or "?" in each for each in (values if isinstance(values, list) else [values]))
    return "StringEquals" if operator == "StringLike" and not wild else operator, key, values


def _text(old: str, new: str) -> Rewrite:
    return lambda statements: json.loads(json.dumps(statements).replace(old, new))


def _account_ids(statements: list[Statement]) -> list[Statement]:
    text = json.dumps(statements)
    for account in ("111122223333", "444455556666"):
        text = text.replace(f'"arn:aws:iam::{account}:root"', f'"{account}"')
    return json.loads(text)


def _doubled(statements: list[Statement]) -> list[Statement]:
    return [*statements, *({name: value for name, value in each.items() if name != "Sid"} for each in statements)]


def _actions_of_one(statement: Statement) -> Statement:
    actions = statement["Action"]
    several = actions if isinstance(actions, list) else [actions]
    return statement | {"Action": [*several, several[0].swapcase() if ":" in several[0] else several[0]]}


def _about_another_bucket(statements: list[Statement]) -> list[Statement]:
    """Add a statement of a bucket policy that can never match."""
    first = statements[0]
    if ":s3:::" not in str(first.get("Resource")) or "Principal" not in first:
        return statements
    elsewhere = {"Action": first["Action"], "Resource": "arn:aws:s3:::policygen-else/*"}
    somebody = {"Principal": {"AWS": "arn:aws:iam::111122223333:role/Somebody"}}
    return [*statements, {"Sid": "Elsewhere", "Effect": "Allow"} | somebody | elsewhere]


def _with_two_stars(statement: Statement) -> Statement:
    text = json.dumps(statement.get("Resource")).replace('/*"', '/**"')
    return statement | ({"Resource": json.loads(text)} if "Resource" in statement else {})


REWRITES: dict[str, Rewrite] = {
    "in reverse order": lambda statements: statements[::-1],
    "lists in reverse order": _lists(lambda values: values[::-1]),
    "every value a list": _lists(list),
    "lists of one as a value": _lists(lambda values: values[0] if len(values) == 1 else values),
    "values twice": _lists(lambda values: [*values, *values]),
    "no Sids": _each(lambda each: {name: value for name, value in each.items() if name != "Sid"}),
    "one action a statement": _split("Action"),
    "one resource a statement": _split("Resource"),
    "one principal a statement": _split_principals,
    "accounts by their ids": _account_ids,
    "actions in capitals": _each(lambda each: each | {"Action": json.loads(json.dumps(each["Action"]).upper())}),
    "an action in two spellings": _each(_actions_of_one),
    "keys in small letters": _conditions(lambda operator, key, values: (operator, key.lower(), values)),
    "StringEquals without wildcards": _conditions(_exactly),
    "ArnEquals for ArnLike": _conditions(
        lambda operator, key, values: (operator.replace("ArnLike", "ArnEquals"), key, values)
    ),
    "ArnNotLike for ArnNotEquals": _conditions(
        lambda operator, key, values: (operator.replace("ArnNotEquals", "ArnNotLike"), key, values)
    ),
    "StringNotLike for StringNotEquals": _conditions(
        lambda operator, key, values: (operator.replace("StringNotEquals", "StringNotLike"), key, values)
    ),
    "every statement twice": _doubled,
    "two stars": _each(_with_two_stars),
    "false in capitals": _text('"aws:SecureTransport": "false"', '"aws:SecureTransport": "FALSE"'),
    "a statement about another bucket": _about_another_bucket,
}
"""What means the same, by name."""


def rewritten(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each other form of a policy, with its name."""
    for name, rewrite in REWRITES.items():
        statements = rewrite(deepcopy(policy["Statement"]))
        if statements and statements != policy["Statement"]:
            yield name, policy | {"Statement": statements}


def complaints(names: list[str], every: int = 1) -> tuple[int, list[str]]:
    """Return how many rewrites of some samples' policies were tried, and what verification says of which.

    Args:
        names: The samples.
        every: Try every n-th rewrite alone.
    """
    number = tried = 0
    found = []
    for name in names:
        judged = Judged(pg.load_spec(SAMPLES / name / "spec.yaml"))
        usual = {each.id for each in judged.verify().checks if not each.passed}
        for path, text in judged.texts.items():
            policy = json.loads(text)
            for words, other in rewritten(policy) if policy.get("Statement") else ():
                number += 1
                if number % every:
                    continue
                tried += 1
                report = judged.verify({path: json.dumps(other)})
                wrong = [each for each in report.checks if not each.passed and each.id not in usual]
                found += [f"{name} {path} {words}: {each.id}: {each.detail}" for each in wrong[:2]]
    return tried, found


def main() -> int:
    """Try every rewrite; 0 when verification complains of none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="*", help="names of samples; all of them when none is given")
    names = parser.parse_args().samples or sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml"))
    tried, found = complaints(names)
    print(*found, f"{tried} rewrites, {len(found)} complaints", sep="\n")  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
