"""Running the examples of ``problems.toml``: the files of a sample, one change, and the command that shows it."""

import re
import shlex
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from policygen.explained.examples import Entry, load_examples
from tests.command import ROOT, policygen

_REPEATED = re.compile(r"(.)\{([0-9]{3,})\}")
EXAMPLES = {code: entry for code, entry in load_examples().items() if entry.bad}
BESIDE = {
    "old.json": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
    "other.yaml": (ROOT / "samples/mrk-replication/spec.yaml").read_text(encoding="utf-8"),
}
"""Files that commands of the examples name, beside those of the sample."""


@cache
def _prepared(sample: str, beside: tuple[tuple[str, str], ...]) -> Path:
    """Return a folder with a sample's files and ``documents``, what is generated from its spec."""
    folder = Path(mkdtemp()) / sample
    shutil.copytree(ROOT / "samples" / sample, folder)
    spec = folder / "spec.yaml"
    for before, after in beside:
        text = spec.read_text(encoding="utf-8")
        assert before in text, before
        spec.write_text(text.replace(before, after, 1), encoding="utf-8")
    done = policygen("generate", "spec.yaml", "-o", "documents", cwd=folder)
    assert done.returncode == 0, done.stderr
    for name, text in BESIDE.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def printed(entry: Entry, text: str, folder: Path) -> str:
    """Return what the command of an example prints where ``text`` is written."""
    if entry.file and not entry.whole and text == entry.at:
        return _printed_unchanged(entry.sample, entry.beside, entry.run)
    shutil.copytree(_prepared(entry.sample, entry.beside), folder)
    if entry.file:
        path = folder / entry.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_whole(entry, text, path).encode(entry.encoding))
    return _run(entry.run if entry.file else text, folder)


@cache
def _printed_unchanged(sample: str, beside: tuple[tuple[str, str], ...], run: str) -> str:
    return _run(run, _prepared(sample, beside))


def _run(arguments: str, folder: Path) -> str:
    done = policygen(*shlex.split(arguments), cwd=folder, AWS_EC2_METADATA_DISABLED="true")
    assert done.returncode in (0, 1, 2, 3), done.stderr
    return done.stdout + done.stderr


def _whole(entry: Entry, text: str, path: Path) -> str:
    if entry.whole:
        return _REPEATED.sub(lambda match: match[1] * int(match[2]), text)
    before = path.read_text(encoding="utf-8")
    expanded = _REPEATED.sub(lambda match: match[1] * int(match[2]), text)
    assert entry.at in before, f"{entry.at!r} does not stand in {entry.file}"
    return before.replace(entry.at, expanded, 1)
