"""What the documentation says is so: facts, links, outputs, programs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from policygen.cli.main import COMMANDS
from tests.command import policygen
from tests.marked import PAGES, ROOT, Block, lines_of, marked, name_of, renewed, rewrite, shows, taken_apart, text_of

DOCS = ROOT / "docs"
SOURCES = sorted((ROOT / "policygen").rglob("*.py"))

_ID = r"(?:[EFGKMNQRST]\d+a?)"
_FACT_LINES = re.compile(rf"\bFacts?: (?P<ids>{_ID}(?:,\s*{_ID})*)")
_ANY_ID = re.compile(rf"(?<![\w./-]){_ID}(?![\w-])")
_OVERRIDE = re.compile(r"# noqa: [A-Z0-9, ]+")
_ANCHOR = re.compile(r'<a id="(?P<id>[^"]+)"></a>')
_ENTRY = re.compile(rf'<a id="(?P<anchor>\w+)"></a>\*\*(?P<id>{_ID})\*\* (?P<text>.*)')
_LABEL = re.compile(r"\[(?P<label>[a-z0-9-]+)\](?![(:])")
_LABEL_DEFINED = re.compile(r"^\[(?P<label>[a-z0-9-]+)\]: (?P<url>\S+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_TRUSTED = ("https://docs.aws.amazon.com/", "https://aws.amazon.com/", "https://github.com/")


def _anchors_of_facts() -> set[str]:
    return {match["id"] for match in _ANCHOR.finditer(text_of(DOCS / "facts.md"))}


# --- facts ----------------------------------------------------------------------------------------------------------


def _cited(text: str) -> Iterator[str]:
    for match in _FACT_LINES.finditer(text):
        yield from re.findall(_ID, match["ids"])


def test_docstrings_cite_facts() -> None:
    """The pattern that finds citations finds them, lines that run on included."""
    text = "Fact: E1, E2a,\n    K10a\nSource: x\nFact: R44."
    assert list(_cited(text)) == ["E1", "E2a", "K10a", "R44"]
    assert sum(1 for path in SOURCES for _ in _cited(text_of(path))) > 100


def test_cited_facts_have_entries() -> None:
    """Every id behind ``Fact:`` in a docstring leads to an entry of docs/facts.md."""
    anchors = _anchors_of_facts()
    cited = {name_of(path): list(_cited(text_of(path))) for path in SOURCES}
    unknown = {name: [each for each in ids if each.lower() not in anchors] for name, ids in cited.items()}
    assert {name: ids for name, ids in unknown.items() if ids} == {}


def _files_that_name_facts() -> list[Path]:
    folders = ("policygen", "templates", "samples", "docs", "tests/facts")
    suffixes = (".py", ".j2", ".yaml", ".md")
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return [path for path in paths if path.suffix in suffixes and path != Path(__file__)]


def test_ids_of_facts_have_entries_wherever_they_stand() -> None:
    """An id in code, templates, samples, tables of facts or documentation leads to an entry of docs/facts.md."""
    anchors = _anchors_of_facts()
    unknown = {
        f"{name_of(path)}: {each}"
        for path in _files_that_name_facts()
        for each in _ANY_ID.findall(_OVERRIDE.sub("", text_of(path)))
        if each.lower() not in anchors
    }
    assert unknown == set()


def test_entries_are_whole() -> None:
    """Each fact stands once, under its own anchor, says something, and names a page."""
    text = text_of(DOCS / "facts.md")
    entries = list(_ENTRY.finditer(text))
    in_tables = "| <a id="
    assert Counter(match["anchor"] for match in entries).most_common(1)[0][1] == 1
    assert [match["id"] for match in entries if match["id"].lower() != match["anchor"]] == []
    assert len(entries) == len(_ANCHOR.findall(text))
    listed = [line for line in text.splitlines() if _ENTRY.search(line) and not line.startswith(in_tables)]
    assert [line for line in listed if not _LABEL.search(line)] == []


def test_pages_of_facts_are_known() -> None:
    """Each page that a fact names is defined once and used, and is AWS's or a public report."""
    text = text_of(DOCS / "facts.md")
    defined = [match["label"] for match in _LABEL_DEFINED.finditer(text)]
    used = {match["label"] for match in _LABEL.finditer(text)}
    assert sorted(defined) == sorted(used)
    urls = [match["url"] for match in _LABEL_DEFINED.finditer(text)]
    assert [url for url in urls if not url.startswith(_TRUSTED)] == []
    assert len(urls) == len(set(urls))


# --- links ----------------------------------------------------------------------------------------------------------


def _slug(heading: str) -> str:
    """Return the anchor that a heading gets on GitHub."""
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return plain.strip().replace(" ", "-")


def _anchors(path: Path) -> set[str]:
    text = _FENCED.sub("", text_of(path))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {_slug(heading) for heading in headings} | {match["id"] for match in _ANCHOR.finditer(text)}


def _broken_links(page: Path) -> Iterator[str]:
    for match in _LINK.finditer(_FENCED.sub("", text_of(page))):
        target = match["target"]
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    """Every relative link leads to a file of the project, and its fragment to a heading or anchor there."""
    assert list(_broken_links(page)) == []


# --- marked blocks: outputs, excerpts, the two commands ---------------------------------------------------------------


def _run(command: str) -> str:
    """Run a command of the documentation in the project's folder; return its standard output."""
    program, *arguments = shlex.split(command)
    assert program == "policygen"
    with pytest.MonkeyPatch.context() as environment:
        for name in ("COLUMNS", "FORCE_COLOR"):
            environment.delenv(name, raising=False)
        done = policygen(*arguments)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_a_line_of_dots_stands_for_any_lines() -> None:
    """A block matches what is printed, white space at line ends aside; ``…`` matches none or many lines."""
    assert shows("a\n…\nd\n", "\na  \nb\nc\nd\n\n")
    assert shows("a\n…\n", "a\n")
    assert not shows("a\nd\n", "a\nb\nd\n")
    assert not shows("", "a\n")


def test_an_output_is_renewed_with_its_dots() -> None:
    """What a block leaves out stays left out when the rest is written again."""
    assert renewed("a\n…\n9 hold", "a\nb\nc\n8 hold") == "a\n…\n8 hold"
    assert renewed("1 row\nb\n…", "2 row\nb\nc\nd") == "2 row\nb\n…"
    assert renewed("a\nb", "a\nc\nb") == "a\nc\nb"


@pytest.mark.parametrize("block", marked("output"), ids=lambda block: block.title)
def test_outputs_are_what_is_printed(block: Block, update_golden: bool) -> None:
    """Every output in the documentation is what its command prints (rewritten by ``--update-golden``)."""
    command, output = taken_apart(block.body)
    assert shlex.split(command.replace("\\\n", " ")) == ["$", *shlex.split(block.argument)]
    printed = _run(block.argument)
    if update_golden and not shows(output, printed):
        rewrite(block, f"{command}\n{renewed(output, printed)}\n")
        return
    assert shows(output, printed), printed


def _programs() -> list[str]:
    """Return the Python programs of the README and of docs/python.md."""
    pages = text_of(ROOT / "README.md") + text_of(DOCS / "python.md")
    return re.findall(r"^```python\n(.*?)^```$", pages, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("program", _programs(), ids=lambda program: program.splitlines()[-1][:40])
def test_programs_run(program: str) -> None:
    """The Python programs of README and docs/python.md run as they stand, in the project's folder."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", marked("spec"), ids=lambda block: block.title)
def test_excerpts_stand_in_their_files(block: Block) -> None:
    """An excerpt in the documentation stands in the file that it is taken from, line by line."""
    assert "\n".join(lines_of(block.body)) in "\n".join(lines_of(text_of(ROOT / block.argument)))


def test_the_readme_shows_outputs_and_excerpts() -> None:
    """The README's marked blocks are found, so the tests above look at something."""
    pages = [block.page.name for kind in ("output", "spec") for block in marked(kind)]
    assert pages.count("README.md") >= 3
    assert len(_programs()) >= 3


@pytest.mark.parametrize("kind", ["main-command", "test-command"])
def test_the_readme_has_its_two_commands(kind: str) -> None:
    """The README states the main command and the test command: one line each, setting up and running."""
    (block,) = (each for each in marked(kind) if each.page == ROOT / "README.md")
    (line,) = lines_of(block.body)
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert line.endswith({"main-command": "spec.yaml", "test-command": "-m pytest -n auto --dist worksteal"}[kind])


def test_the_readme_answers_with_every_command() -> None:
    """The table of questions names each command, so a reader finds it without knowing its name."""
    rows = [line for line in text_of(ROOT / "README.md").splitlines() if line.startswith("| ") and "?" in line]
    answers = " ".join(re.split(r"(?<!\\)\|", row)[2] for row in rows)
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", answers)] == []


def test_the_index_names_every_page() -> None:
    """docs/index.md leads to each page of the documentation."""
    linked = {match["target"] for match in _LINK.finditer(text_of(DOCS / "index.md"))}
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    assert pages - linked == set()


# --- plugin -----------------------------------------------------------------------------------------------------------


def test_the_pytest_page_names_what_the_plugin_registers() -> None:
    """docs/pytest.md names the fixtures, the marker and ini option, and the helpers."""
    page = text_of(DOCS / "pytest.md")
    names = ("policy_set", "assert_allowed", "assert_denied", "requests(", "pytest.mark.", "PolicyTestWarning")
    names += ("policygen_environment", "policygen_strict", "--policygen-strict")
    assert [name for name in names if name not in page] == []
