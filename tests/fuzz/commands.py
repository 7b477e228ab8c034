"""One run of a command on broken files, in this process, and what must hold of it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

from policygen.api.proving import QUOTA_NAMES
from policygen.cli.main import run
from policygen.source.shown import shown
from tests.fuzz import seeds, values

ENCODINGS = ("utf-8", "utf-8", "cp1252", "ascii", "latin-1", "utf-16")
QUERIES = (
    "@",
    "files[::0]",
    "files[0].findings[*].{a: issueCode, b: location}",
    "to_number('1e999')",
    "to_number('NaN')",
    "sum(`[1e308, 1e308]`)",
    "avg(`[]`)",
    "max_by(@, &x)",
    "&files",
    "sort(@)",
    "join('', @)",
    "checks[?passed]",
    "not_null(@)",
    "[" * 300,
    "[-9999999999999999999999]",
    '`"\\ud800"`',
)
TEMPLATES = (
    "{{ statement | json }}",
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{{ nothing.x }}",
    '{"Statement": []}',
    "{{ 'x' * 10**9 }}",
    "{% if",
    "{{ ''.__class__ }}",
)


class Wrong(Exception):  # noqa: N818  # not an error of the program that raises it
    """Something that does not hold."""


def command(random: Random, folder: Path) -> str:
    """Run one command, and return its name and exit status.

    Raises:
        Wrong: An exit status that is none, output that is not what it says it is, or that acts on a terminal.
    """
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    name, make = random.choice(_COMMANDS)
    arguments = [name, *make(random, folder)]
    form = _option(arguments, "--format")
    query = None
    if random.random() < 0.15:
        query = values.text(random, random.choice(QUERIES)) if random.random() < 0.5 else random.choice(QUERIES)
        arguments += ["--query", query]
    arguments += random.choice(((), (), ("--quiet",), ("--color", "never")))
    with _streams(random.choice(ENCODINGS)) as (out, err):
        status = run(arguments)
        said, answered = _text(err), _text(out)
    told = f"{' '.join(map(repr, arguments))}\n{said[-2000:]}"
    if status not in (0, 1, 2, 3) or "Traceback" in said:
        raise Wrong(f"exit status {status}: {told}")
    if shown(answered) != answered or shown(said) != said:
        raise Wrong(f"a character that acts: {told}")
    if form in ("text", "mermaid") and any(line.lstrip().startswith("::") for line in answered.splitlines()):
        raise Wrong(f"a workflow command: {told}")
    _check_form("json" if query is not None else form, answered, told)
    return f"{name} {status}"


def _check_form(form: str, answered: str, told: str) -> None:
    try:
        if answered and form == "json":
            json.loads(answered, parse_constant=_no_constant)
        elif answered and form in ("junit", "svg"):
            ElementTree.fromstring(answered.encode())
    except (ValueError, ElementTree.ParseError) as error:
        raise Wrong(f"not {form}: {error}: {told}") from None


def _no_constant(text: str) -> None:
    raise ValueError(text)


@contextmanager
def _streams(encoding: str) -> Iterator[tuple[TextIOWrapper, TextIOWrapper]]:
    out, err = (TextIOWrapper(BytesIO(), encoding=encoding, write_through=True) for _ in range(2))
    with patch.object(sys, "stdout", out), patch.object(sys, "stderr", err):
        yield out, err


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    return buffer.getvalue().decode(stream.encoding)  # type: ignore[attr-defined]  # it is a BytesIO


def _option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1] if name in arguments else "text"


def _file(random: Random, folder: Path, name: str, tree: Any) -> str:
    as_yaml = name.startswith("s") and random.random() < 0.4
    path = folder / (name.replace(".json", ".yaml") if as_yaml else name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(values.data(random, tree, as_yaml=as_yaml))
    return random.choice((str(path),) * 40 + (str(folder), str(path) + "x", "a\0b", "x" * 5000))


def _form(random: Random, *forms: str) -> list[str]:
    return random.choice(([], ["--format", random.choice(("text", "json", *forms))]))


def _validate(random: Random, folder: Path) -> list[str]:
    files = [_file(random, folder, f"{each}.json", seeds.policy(random)) for each in range(random.choice((1, 1, 2)))]
    kind = ["--policy-type", random.choice(("identity", "resource", "trust", "scp", "replication-configuration"))]
    resource = ["--resource-type", random.choice(("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::X"))]
    return [*files, *random.choice(([], kind, resource)), *_form(random)]


def _evaluate(random: Random, folder: Path) -> list[str]:
    def part(usual: str) -> str:
        return usual if random.random() < 0.95 else random.choice(values.TEXTS)

    given = ["--principal", part(f"arn:aws:iam::{values.ACCOUNT}:role/r"), "--action", part("s3:GetObject")]
    given += ["--resource", part("arn:aws:s3:::b/k"), "--context", f"{part('aws:SourceIp')}={part('10.0.0.1')}"]
    options = ("--identity-policy", "--resource-policy", "--permissions-boundary", "--scp", "--vpc-endpoint-policy")
    if random.random() < 0.15:
        return [*given, "--environment", _file(random, folder, "e.json", seeds.ENVIRONMENT), *_form(random)]
    for option in random.sample(options, random.randrange(3)):
        given += [option, _file(random, folder, f"{option[2:]}.json", seeds.policy(random))]
    if random.random() < 0.2:
        given += ["--grants", _file(random, folder, "grants.json", seeds.GRANTS)]
    return [*given, *_form(random)]


def _test(random: Random, folder: Path) -> list[str]:
    _file(random, folder, "environment.json", seeds.ENVIRONMENT)
    return [_file(random, folder, "s.policytest.json", seeds.suite(random)), *_form(random, "junit", "github")]


def _generate(random: Random, folder: Path) -> list[str]:
    given = [_file(random, folder, "spec.json", seeds.spec(random))]
    if random.random() < 0.2:
        template = folder / "templates" / "bucket-policy.json.j2"
        template.parent.mkdir()
        template.write_text(values.text(random, random.choice(TEMPLATES)), "utf-8", "surrogatepass")
        given += ["--templates", str(template.parent)]
    if random.random() < 0.3:
        given += ["-o", str(folder / "out")]
    if random.random() < 0.1:
        given += ["--only", random.choice(("*bucket-policy.json", *values.TEXTS))]
    return [*given, *_form(random, "cloudformation", "terraform", "aws-cli", "mermaid")]


def _verify(random: Random, folder: Path) -> list[str]:
    given = [_file(random, folder, "spec.json", seeds.spec(random))]
    if random.random() < 0.5:
        base = folder / "documents" / values.ACCOUNT
        for name in random.sample(_DOCUMENTS, 3):
            path = base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(values.data(random, seeds.policy(random)))
        given += ["--documents", str(folder / "documents")]
    return [*given, *_form(random, "html", "svg", "mermaid")]


_DOCUMENTS = (
    "s3/source/bucket-policy.json",
    "s3/source/replication-configuration.json",
    "s3/source/versioning.json",
    "s3/replica/encryption.json",
    "kms/data/us-east-1/key-policy.json",
    "iam/s3-replication/permissions-policy.json",
    "iam/s3-replication/trust-policy.json",
    "iam/s3-replication/other.json",
)


def _plan(random: Random, folder: Path) -> list[str]:
    return [_file(random, folder, "spec.json", seeds.spec(random)), *_form(random)]


def _denied(random: Random, folder: Path) -> list[str]:
    details, event, text = seeds.DENIED
    given = [_file(random, folder, "call/details.json", details)]
    given += [_file(random, folder, f"call/{each}.json", {"policyDocument": seeds.policy(random)}) for each in "ab"]
    if random.random() < 0.4:
        given = [_file(random, folder, "event.json", event)]
    elif random.random() < 0.4:
        (folder / "message.txt").write_text(values.text(random, text), encoding="utf-8", errors="replace")
        given = [str(folder / "message.txt")]
    if random.random() < 0.5:
        given += ["--environment", _file(random, folder, "e.json", seeds.ENVIRONMENT)]
    return [*given, *_form(random, "aws")]


def _pair(random: Random, folder: Path) -> tuple[str, str, list[str]]:
    """Return two policies, the second often the first with a few things changed, and a policy type or none."""
    old = seeds.policy(random)
    new = values.broken(random, old) if random.random() < 0.8 else seeds.policy(random)
    kinds = ("identity", "resource", "trust", "scp", "rcp", "boundary", "session")
    kind = random.choice(([], [], ["--policy-type", random.choice(kinds)]))
    return _file(random, folder, "old.json", old), _file(random, folder, "new.json", new), kind


def _diff(random: Random, folder: Path) -> list[str]:
    old, new, kind = _pair(random, folder)
    return [old, new, *kind, *_form(random)]


def _check(random: Random, folder: Path) -> list[str]:
    old, new, kind = _pair(random, folder)
    asked = ["--action", random.choice(("s3:GetObject", "kms:*", "*", *values.TEXTS))]
    asked += random.choice(([], ["--resource", random.choice(("arn:aws:s3:::b/*", *values.TEXTS))]))
    given = random.choice(
        (
            ["no-new-access", new, "--than", old, *kind],
            ["access-not-granted", old, new, *asked, *kind],
            ["no-public-access", old, new],
            ["never-matches", old, new, *kind],
        )
    )
    return [*given, *_form(random)]


def _minimize(random: Random, folder: Path) -> list[str]:
    old, new, _ = _pair(random, folder)
    quota = random.choice(([], ["--quota", random.choice(QUOTA_NAMES)]))
    more = [each for each in ("--split", "--wildcards") if random.random() < 0.3]
    written = random.choice(([], ["-o", str(folder / "smaller")]))
    return [*random.choice(([old], [old, new])), *quota, *more, *written, *_form(random)]


_Maker = Callable[[Random, Path], list[str]]
_COMMANDS: tuple[tuple[str, _Maker], ...] = (
    *(("validate", _validate),) * 6,
    *(("evaluate", _evaluate),) * 6,
    *(("test", _test),) * 5,
    *(("diff", _diff),) * 3,
    *(("check", _check),) * 3,
    *(("minimize", _minimize),) * 3,
    *(("generate", _generate),) * 3,
    *(("denied", _denied),) * 3,
    ("verify", _verify),
    ("plan", _plan),
)
"""Each as often as it is quick."""
