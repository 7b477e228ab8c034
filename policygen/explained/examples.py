"""Examples of problems, causes and warnings: files of a sample with one change, and the command that shows it.

``problems.toml`` has an entry a code. A file is one of the sample that the entry names, or one of ``documents/``, what
``generate`` makes of its spec. ``good`` or ``bad`` is written where ``at`` (else ``good``) stands in the file ``in``;
or each is the whole file ``as``; where neither is given, both are commands. ``with`` are texts of the spec and what is
written instead of them in either case, ``encoding`` is that of the files. ``why`` says more, ``see`` is AWS's page,
``facts`` are ids; ``instead`` says what to do where no example can be written down.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from textwrap import dedent
from typing import Any

from policygen.explained.model import Example
from policygen.source.packaged import text_beside

SAMPLE = "mrk-replication"
"""The sample whose files an example changes where its entry names none."""

_RUNS = (
    (".policytest.yaml", "test {}"),
    ("documents/", "verify spec.yaml --documents documents --works"),
    ("spec.yaml", "generate spec.yaml"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of ``problems.toml``; what is not given is empty.

    Attributes:
        sample: The sample whose files are there.
        file: The file that is changed, or made; empty where the commands differ.
        whole: Whether the texts are the whole file.
        run: The command that shows it; empty where the texts are the commands.
        at: What stands in the file where the texts are written.
        beside: What is written into the spec for both, in the place of what.
        bad: What draws the code.
        good: What does not.
        encoding: How the files are encoded.
        why: More than the code's meaning says.
        instead: What to do, where there is no example.
        see: AWS's page.
        facts: Ids of facts.
    """

    sample: str
    file: str
    whole: bool
    run: str
    at: str
    beside: tuple[tuple[str, str], ...]
    bad: str
    good: str
    encoding: str
    why: str
    instead: str
    see: str
    facts: tuple[str, ...]

    def example(self, text: str) -> Example | None:
        """Return one of the two texts as people read it; None where there is none."""
        if not text:
            return None
        if not self.file:
            return Example(text=f"policygen {text}", where=f"the sample {self.sample}" if "spec.yaml" in text else "")
        of_sample = f" of the sample {self.sample}" if not self.whole else ""
        of_sample += "".join(f", with `{' '.join(now.split())}` in its spec" for _, now in self.beside)
        return Example(text=dedent(text).rstrip("\n"), where=f"{self.file}{of_sample}", run=f"policygen {self.run}")


@cache
def load_examples() -> dict[str, Entry]:
    """Return the entries by their codes."""
    entries = tomllib.loads(text_beside("policygen.explained", "problems.toml"))
    return {code: _entry(given) for code, given in entries.items()}


def _entry(given: dict[str, Any]) -> Entry:
    file = given.get("in") or given.get("as") or ""
    run = next((run.format(file) for part, run in _RUNS if part in file), "")
    return Entry(
        sample=given.get("sample", SAMPLE),
        file=file,
        whole="as" in given,
        run=given.get("run", run),
        encoding=given.get("encoding", "utf-8"),
        at=given.get("at", given.get("good", "")),
        beside=tuple(zip(given.get("with", ())[::2], given.get("with", ())[1::2], strict=True)),
        **{name: given.get(name, "") for name in ("bad", "good", "why", "instead", "see")},
        facts=tuple(given.get("facts", "").split()),
    )


NOTHING = _entry({})
"""What is said of a code without an entry."""
