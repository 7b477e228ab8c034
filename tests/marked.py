"""Marked blocks of the documentation: fenced, with ``<!-- kind: argument -->`` above, so that a test can look at them.

In any page:

- ``output: COMMAND``: what the command prints to standard output in the project's folder;
- ``spec: FILE``: an excerpt of a file of the project;
- ``main-command``, ``test-command``: the README's two.

In a lesson, whose blocks are worked through from top to bottom in a folder of its own:

- ``file: NAME``: the file is written; ``add: NAME``: this is added at its end;
- ``change: NAME``: a difference, made in the file;
- ``in: NAME``: an excerpt of what stands in the file at this point;
- ``run: COMMAND``: what the command prints, both streams, with exit status 0; ``run N: COMMAND`` with exit status N;
- ``not run: REASON``: what needs something that the tests have not, an AWS account for example.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("samples/**/*.md")])
ANYTHING = "…"

_KINDS = r"output|spec|main-command|test-command|file|add|change|in|run(?: \d)?|not run"
_BLOCK = re.compile(
    rf"^<!-- (?P<kind>{_KINDS})(?:: (?P<argument>.+?))? -->\n+```\w*\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block with a marker above it."""

    page: Path
    kind: str
    argument: str
    body: str
    start: int

    @property
    def title(self) -> str:
        """What pytest calls it."""
        return f"{name_of(self.page)}: {self.argument[:60]}"


def text_of(path: Path) -> str:
    """Return what stands in a file."""
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    """Return a file's path in the project."""
    return path.relative_to(ROOT).as_posix()


def blocks_of(page: Path) -> list[Block]:
    """Return the marked blocks of a page, in their order."""
    return [
        Block(
            page=page,
            kind=match["kind"],
            argument=match["argument"] or "",
            body=match["body"],
            start=match.start("body"),
        )
        for match in _BLOCK.finditer(text_of(page))
    ]


def marked(kind: str) -> list[Block]:
    """Return the blocks of a kind in all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.kind == kind]


def rewrite(block: Block, body: str) -> None:
    """Put ``body`` in a block's place, which others before it may have moved since the page was read."""
    twins = [each.start for each in blocks_of(block.page) if (each.kind, each.argument, each.body) == _key(block)]
    start = min(twins, key=lambda each: abs(each - block.start))
    text = text_of(block.page)
    block.page.write_text(text[:start] + body + text[start + len(block.body) :], encoding="utf-8")


def _key(block: Block) -> tuple[str, str, str]:
    return block.kind, block.argument, block.body


def lines_of(text: str) -> list[str]:
    """Return the lines without white space at their ends, and without empty lines before and after."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n").split("\n")


def taken_apart(body: str) -> tuple[str, str]:
    """Return the command that a block begins with (``$ …``, one or several lines), and the output below it."""
    lines = lines_of(body)
    shown = 0
    if lines[0].startswith("$ "):
        while lines[shown].endswith("\\"):
            shown += 1
        shown += 1
    return "\n".join(lines[:shown]), "\n".join(lines[shown:])


def shows(output: str, printed: str) -> bool:
    """Tell whether a block shows what was printed; a line ``…`` stands for any number of lines."""
    parts = (r"(?:.*\n)*" if line.strip() == ANYTHING else re.escape(line) + r"\n" for line in lines_of(output))
    return re.fullmatch("".join(parts), "\n".join(lines_of(printed)) + "\n") is not None


def renewed(output: str, printed: str) -> str:
    """Return what a block is to show of what was printed: what it left out with ``…`` is left out again."""
    new = lines_of(printed)
    found: list[str] = []
    at, skipping = 0, False
    for line in lines_of(output):
        if line.strip() == ANYTHING:
            skipping = True
            continue
        place = _like(line, new, at)
        if place is None:
            continue
        found.extend([ANYTHING] if skipping else new[at:place])
        found.append(new[place])
        at, skipping = place + 1, False
    return "\n".join([*found, *([ANYTHING] if skipping else new[at:])])


def _like(line: str, lines: list[str], start: int) -> int | None:
    """Return where from ``start`` on a line stands, or else the one that is most like it."""
    if line in lines[start:]:
        return lines.index(line, start)
    alike = [(SequenceMatcher(None, line, each, autojunk=False).ratio(), -at) for at, each in enumerate(lines)]
    likeness, at = max(alike[start:], default=(0.0, 0))
    return -at if likeness > 0.6 else None
