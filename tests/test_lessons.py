"""The tutorial, the how-tos and the explanations: worked through as a reader would, every page in a new folder."""

import re
import shlex
from pathlib import Path

import pytest

from tests.command import policygen
from tests.marked import ROOT, Block, blocks_of, name_of, renewed, rewrite, shows, taken_apart, text_of

LESSONS = [ROOT / "docs/tutorial.md", ROOT / "docs/how-aws-decides.md", ROOT / "docs/how-verify-proves.md"]
LESSONS += sorted(ROOT.glob("docs/how-to/*.md"))
_FENCES = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def changed(text: str, difference: str) -> str:
    """Return a text with a difference made in it, whose lines of before stand there exactly once."""
    lines = [line for line in difference.splitlines() if not line.startswith("@@")]
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    assert text.count(before) == 1, before
    return text.replace(before, after)


def indented_alike(text: str) -> str:
    """Return a text whose lines have no white space before or behind them: an excerpt may be moved to the left."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


class Reader:
    """Somebody who works through a page, block by block."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self.folder = folder
        self.update = update
        self.renewed: list[tuple[Block, str]] = []

    def read(self, block: Block) -> None:
        """Do what a block says, and see what it shows."""
        kind, _, status = block.kind.partition(" ")
        if kind == "run":
            self._run(block, int(status or 0))
            return
        path = self.folder / block.argument
        if kind == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
        elif kind == "add":
            path.write_text(text_of(path) + block.body, encoding="utf-8")
        elif kind == "change":
            path.write_text(changed(text_of(path), block.body), encoding="utf-8")
        elif kind == "in":
            assert indented_alike(block.body) in indented_alike(text_of(path))

    def _run(self, block: Block, status: int) -> None:
        command, output = taken_apart(block.body)
        assert shlex.split(command.replace("\\\n", " ")) == ["$", *shlex.split(block.argument)]
        program, *arguments = shlex.split(block.argument)
        assert program == "policygen"
        done = policygen(*arguments, cwd=self.folder, together=True)
        assert done.returncode == status, done.stdout
        if self.update and not shows(output, done.stdout):
            self.renewed.append((block, f"{command}\n{renewed(output, done.stdout)}\n"))
            return
        assert shows(output, done.stdout), done.stdout


@pytest.mark.parametrize("page", LESSONS, ids=name_of)
def test_a_lesson_goes_as_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool
) -> None:
    """Every command ends and prints as the page says, from top to bottom (rewritten by ``--update-golden``)."""
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    reader = Reader(tmp_path, update=update_golden)
    for block in blocks_of(page):
        reader.read(block)
    for block, body in reversed(reader.renewed):
        rewrite(block, body)


@pytest.mark.parametrize("page", LESSONS, ids=name_of)
def test_nothing_in_a_lesson_is_left_untried(page: Path) -> None:
    """Every fenced block has a marker; what the tests cannot run says why."""
    assert len(_FENCES.findall(text_of(page))) == len(blocks_of(page))


def test_a_difference_is_made_where_it_says() -> None:
    """Lines of before are replaced once; what is not there, or there twice, is an error of the page."""
    assert changed("a\nb\nc\n", "@@ -1 @@\n a\n-b\n+B\n") == "a\nB\nc\n"
    with pytest.raises(AssertionError):
        changed("b\nb\n", "-b\n+B\n")
