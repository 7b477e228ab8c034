"""How the commands' time grows with their input: ``python -m tests.benchmarks.growth [--only TEXT] [--seconds N]``.

Each shape of input is doubled from small to the command's limit of size, or until one run takes N seconds. The exponent
is that of the last doublings: 1 where twice the input takes twice the time, 2 where it takes four times. Exit status 1
when something grows faster than n log n. Processor time; the least of three runs where they are short.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from math import log2
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from policygen.cli.main import EXIT_INTERNAL, run
from tests.benchmarks import inputs
from tests.benchmarks.workloads import ACCOUNT, VERSION

FASTEST = 1.3
"""The largest exponent that passes: n log n has 1.1 at these sizes, and the clock is no finer than the rest."""

_SPEC, _POLICY, _SUITE = 1024 * 1024, 4 * 1024 * 1024, 4 * 1024 * 1024
_LEAST_SECONDS = 0.05
_NAME = "bucket-name"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One way in which an input can be large.

    Attributes:
        name: What there is much of.
        command: The arguments before the file.
        text: The input with ``n`` of it.
        limit: The most bytes that are read.
        start: The n to begin with.
        file: The file's name.
    """

    name: str
    command: tuple[str, ...]
    text: Callable[[int], str]
    limit: int
    file: str = "input.json"
    start: int = 16

    def seconds(self, folder: Path, text: str) -> float:
        """Return the processor time of one run."""
        path = folder / self.file
        path.write_text(text, encoding="utf-8")
        with get_context("fork").Pool(1, maxtasksperchild=1) as pool:  # what one run keeps would make the next one fast
            return pool.apply(_measured, ([*self.command, str(path)],))


def _measured(arguments: list[str]) -> float:
    start = process_time()
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        status = run(arguments)
    if status == EXIT_INTERNAL:
        raise RuntimeError(said.getvalue())
    return process_time() - start


def _policy(**elements: Any) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | elements
    return json.dumps({"Version": VERSION, "Statement": [statement]})


def _statements(n: int, **elements: Any) -> str:
    each = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"} | elements
    return json.dumps({"Version": VERSION, "Statement": [{"Sid": f"S{number}"} | each for number in range(n)]})


def _numbered(text: str, n: int) -> list[str]:
    return [text.format(number) for number in range(n)]


def _validate() -> Iterator[Shape]:
    policies: dict[str, Callable[[int], str]] = {
        "statements": _statements,
        "statements with two errors each": lambda n: _statements(n, Effect="Maybe", Bogus=1),
        "statements of wrong types": lambda n: json.dumps({"Statement": list(range(n))}),
        "resources": lambda n: _policy(Resource=_numbered("arn:aws:s3:::b/k{}", n)),
        "resources with wildcards": lambda n: _policy(Resource=_numbered("arn:aws:s3:::b/*{}?*", n)),
        "broken resources": lambda n: _policy(Resource=_numbered("arn:aws:x:{}", n)),
        "actions": lambda n: _policy(Action=_numbered("s3:Get{}", n)),
        "actions with wildcards": lambda n: _policy(Action=_numbered("s3:*{}*", n)),
        "principals": lambda n: _policy(Principal={"AWS": _numbered("arn:aws:iam::111122223333:role/r{}", n)}),
        "condition keys": lambda n: _policy(
            Condition={"StringEquals": dict.fromkeys(_numbered("aws:RequestTag/t{}", n), "v")}
        ),
        "condition values": lambda n: _policy(Condition={"StringLike": {"aws:PrincipalArn": _numbered("a{}*", n)}}),
        "addresses": lambda n: _policy(
            Condition={"IpAddress": {"aws:SourceIp": [f"10.{a // 65536}.{a // 256 % 256}.{a % 256}" for a in range(n)]}}
        ),
        "operators": lambda n: _policy(Condition={key: {"aws:x": "v"} for key in _numbered("Operator{}", n)}),
        "a long action": lambda n: _policy(Action="s3:" + "*a" * n),
        "a long resource": lambda n: _policy(Resource="arn:aws:s3:::b/" + "*a" * n),
        "a long resource of colons": lambda n: _policy(Resource=":" * n),
        "many variables": lambda n: _policy(Resource="arn:aws:s3:::b/" + "${aws:username}" * n),
        "unfinished variables": lambda n: _policy(Resource="arn:aws:s3:::b/" + "${" * n),
        "a long value": lambda n: _policy(Condition={"StringLike": {"aws:PrincipalArn": "*a" * n}}),
        "white space": lambda n: _policy() + " \n" * n,
        "names given twice": lambda n: "{" + ",".join([f'"Version": "{VERSION}"'] * n) + "}",
        "a text that does not end": lambda n: '"\\' * n,
        "brackets": lambda n: "[" * n,
        "commas": lambda n: "[" + "," * n,
        "other elements": lambda n: json.dumps(dict.fromkeys(_numbered("x{}", n), 1)),
    }
    for name, text in policies.items():
        yield Shape(name=name, command=("validate",), text=text, limit=_POLICY)


def _lines(text: str, n: int) -> str:
    return "".join(text.format(number) for number in range(n))


def _small(**parts: Any) -> str:
    return json.dumps(inputs.spec(2, 1) | parts)


def _of_bucket(n: int, **fields: str) -> str:
    """Return a spec whose first bucket has n texts in each of the fields."""
    spec = inputs.spec(2, 1)
    spec["buckets"]["b0"] |= {name: _numbered(text, n) for name, text in fields.items()}
    return json.dumps(spec)


def _of_key(n: int) -> str:
    spec = inputs.spec(2, 1)
    spec["keys"]["data"]["users"] = _numbered("role/user-{}", n)
    return json.dumps(spec)


def _over_quota(n: int) -> str:
    """Return a spec of n roles whose policies are minimised."""
    spec = inputs.spec(n, 1, "a-bucket-with-a-name-that-is-as-long-as-names-can-be")
    for name, entry in spec["replication"].items():
        rule = entry["rules"][0]
        entry["rules"] = [
            rule | {"id": f"{name}-{each}", "prefix": f"team-{each}/" * 9, "priority": each} for each in range(24)
        ]
        entry["encryption_context"] = "both"
    return json.dumps(spec)


def _rules(n: int) -> str:
    spec = inputs.spec(2, 1)
    rule = spec["replication"]["from-b0"]["rules"][0]
    spec["replication"]["from-b0"]["rules"] = [
        rule | {"id": f"r{each}", "prefix": f"p{each}/", "priority": each} for each in range(n)
    ]
    return json.dumps(spec)


def _of_expect(n: int) -> str:
    request = {"principal": "role/other", "action": "kms:Decrypt", "resource": "keys.data@us-east-1"}
    return _small(expect=[{"name": f"n{each}", "request": request, "expect": "denied"} for each in range(n)])


def _specs(command: str) -> Iterator[Shape]:
    one = {"region": "us-east-1"}
    key = {"type": "single-region", "region": "us-east-1"}
    texts: dict[str, Callable[[int], str]] = {
        "buckets": lambda n: _small(
            buckets={f"b{a}": one | {"name": f"{_NAME}-{a}"} for a in range(n)}, replication={}
        ),
        "keys": lambda n: _small(keys={f"k{a}": key for a in range(n)}, buckets={}, replication={}),
        "buckets that replicate": lambda n: json.dumps(inputs.spec(max(n, 2), 1)),
        "unknown fields": lambda n: _small(**dict.fromkeys(_numbered("x{}", n), 1)),
        "unknown fields in YAML": lambda n: _lines("x{}: 1\n", n),
        "names given twice in YAML": lambda n: "version: 1\n" * n,
        "comments": lambda n: _small() + "\n" if n == 0 else "# comment\n" * n + _small(),
        "readers of one bucket": lambda n: _of_bucket(n, readers="role/reader-{}"),
        "readers and writers of another account": lambda n: _of_bucket(
            n, readers="arn:aws:iam::999999999999:role/r-{}", writers="arn:aws:iam::999999999999:role/w-{}"
        ),
        "users of one key": _of_key,
        "roles over their quota": _over_quota,
        "rules of one replication": _rules,
        "expected requests": _of_expect,
        "accounts": lambda n: _small(accounts={"prod": ACCOUNT} | {f"a{each}": f"{each:012}" for each in range(n)}),
    }
    for name, text in texts.items():
        start = 2 if text in (_over_quota, _rules) else 16
        yield Shape(name=name, command=(command,), text=text, limit=_SPEC, file="spec.yaml", start=start)


def _suites() -> Iterator[Shape]:
    broken = {"request": {"principal": "x", "action": "y", "resource": "z"}, "expect": "allowed"}
    texts: dict[str, Callable[[int], str]] = {
        "tests": lambda n: json.dumps(inputs.suite(n)),
        "tests that fail": lambda n: json.dumps(
            inputs.suite(0) | {"tests": [each | {"expect": "allowed"} for each in inputs.suite(n)["tests"]]}
        ),
        "tests that cannot be judged": lambda n: json.dumps(inputs.suite(0) | {"tests": [broken] * n}),
        "tests with unknown fields": lambda n: json.dumps(inputs.suite(0) | {"tests": [{"x": 1}] * n}),
        "combinations": lambda n: json.dumps(_combinations(n)),
        "statements": lambda n: json.dumps(
            inputs.suite(20) | {"policies": {"identity_based": [json.loads(_statements(n))]}}
        ),
    }
    for name, text in texts.items():
        yield Shape(name=name, command=("test", "--quiet"), text=text, limit=_SUITE, file="s.policytest.json")


def _combinations(n: int) -> dict[str, Any]:
    suite = inputs.suite(1)
    suite["tests"][0]["request"]["resource"] = _numbered("arn:aws:s3:::bucket-name/team-{}/x", n)
    return suite


def shapes() -> list[Shape]:
    """Return everything that is measured."""
    return [*_validate(), *_specs("generate"), *_specs("verify"), *_suites()]


def points(shape: Shape, most_seconds: float) -> Iterator[tuple[int, float]]:
    """Yield (bytes, seconds) for sizes that double."""
    with TemporaryDirectory() as name:
        n = shape.start
        (Path(name) / shape.file).write_text(shape.text(n), encoding="utf-8")
        _measured([*shape.command, str(Path(name) / shape.file)])  # what is imported and read once is no growth
        while True:
            text = shape.text(n)
            if len(text.encode()) > shape.limit:
                return
            seconds = shape.seconds(Path(name), text)
            if seconds < 1:
                seconds = min(seconds, *(shape.seconds(Path(name), text) for _ in range(2)))
            if seconds > _LEAST_SECONDS / 8:
                yield len(text), seconds
            if seconds > most_seconds:
                return
            n *= 2


def exponent(found: Sequence[tuple[int, float]]) -> float | None:
    """Return by which power of the size the time grew over the last doublings; None where all was too fast to tell."""
    told = [each for each in found if each[1] >= _LEAST_SECONDS][-4:]
    if len(told) < 2:
        return None
    (size, seconds), (larger, longer) = told[0], told[-1]
    return log2(longer / seconds) / log2(larger / size)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every shape; 0 when nothing grows faster than n log n."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description="Measure growth.")
    parser.add_argument("--only", default="", help="shapes with this text in `command: name`")
    parser.add_argument("--seconds", type=float, default=4, help="do not double what takes longer")
    options = parser.parse_args(arguments)
    wrong = 0
    for shape in shapes():
        name = f"{shape.command[0]}: {shape.name}"
        if options.only not in name:
            continue
        found = list(points(shape, options.seconds))
        power = exponent(found)
        size, seconds = found[-1] if found else (0, 0.0)
        wrong += power is not None and power > FASTEST
        told = "too fast to tell" if power is None else f"exponent {power:.2f}{'  TOO FAST' if power > FASTEST else ''}"
        sys.stdout.write(f"{name:44} {size:>10,} bytes {seconds:8.2f} s  {told}\n")
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
