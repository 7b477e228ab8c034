"""The shape of the code: rooms, sizes, docstrings, and what evaluating loads. Nothing about behaviour."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import policygen

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "policygen"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))

MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 50
HEAVY = ("click", "jinja2", "jmespath", "markupsafe", "policyuniverse", "pytest", "rich", "yaml")

OPENS_FILES = (
    "policygen/source/files.py",
    "policygen/source/packaged.py",
    "policygen/generator/template_files.py",
    "policygen/events/calls.py",
    "policygen/replay/spark.py",
)
"""The only modules below the edge that open files: the user's, the package's own templates and data, and copies that a
worker of Spark makes."""

OF_PYTEST = ["policygen/pytest_plugin.py", "policygen/testing/parameters.py"]
"""The only modules that import pytest: the plugin, and what makes parameters for its tests."""

EDGE = ("__main__.py", "api", "cli", "pytest_plugin.py", "scenario", "testing")
"""Rooms that are meant to meet files."""

_OPENING_METHODS = frozenset({"open", "read_bytes", "read_text", "write_bytes", "write_text"})
_OVERRIDE = re.compile(r"# (?:noqa|type: ignore)(?P<rest>.*)")
_LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path), str(path))


def _offenders(paths: Iterable[Path], check: Callable[[Path], Iterable[object]]) -> dict[str, list[object]]:
    """Return what ``check`` finds in each file, by its path in the project; files without findings are left out."""
    found = {path.relative_to(ROOT).as_posix(): list(check(path)) for path in paths}
    return {name: findings for name, findings in found.items() if findings}


def _functions(path: Path) -> Iterator[_Function]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, _Function))


def _run(script: str) -> str:
    """Run a script in a Python of its own, in the project's folder; return what it prints."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_is_something_to_check() -> None:
    """The other tests of this file look at files that exist."""
    assert len(SOURCES) > 50
    assert (PACKAGE / "evaluation" / "combine.py") in SOURCES
    assert Path(__file__) in TEST_FILES


def test_rooms_import_downward_only() -> None:
    """The import contracts in pyproject.toml hold: rooms, what lies inside them, and the standard-library core."""
    printed = _run("import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))")
    assert ", 0 broken." in printed
    for contract in ("rooms:", "lint:", "verification:", "the evaluation core"):
        assert re.search(rf"^{contract}.* KEPT$", printed, re.MULTILINE), contract


def test_files_are_short() -> None:
    """No file has more than 500 lines."""

    def too_long(path: Path) -> Iterator[object]:
        lines = len(_text(path).splitlines())
        if lines > MOST_LINES_OF_A_FILE:
            yield f"{lines} lines"

    assert _offenders(SOURCES, too_long) == {}


def test_functions_are_short() -> None:
    """No function has more than 50 lines, docstring included."""

    def too_long(path: Path) -> Iterator[object]:
        for node in _functions(path):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MOST_LINES_OF_A_FUNCTION:
                yield f"{node.name}: {lines} lines"

    assert _offenders(SOURCES, too_long) == {}


def _public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, _Function | ast.ClassDef]]:
    """Yield public functions and classes of a body, and public methods of public classes."""
    for node in body:
        if isinstance(node, _Function | ast.ClassDef) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}{node.name}.")


def test_public_names_have_docstrings() -> None:
    """Every module, public class, function and method says what it is."""

    def silent(path: Path) -> Iterator[object]:
        tree = _tree(path)
        nodes = [("the module", tree), *_public(tree.body)]
        return (name for name, node in nodes if not ast.get_docstring(node))

    assert _offenders(SOURCES, silent) == {}


def _opens_files(path: Path) -> Iterator[object]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id == "open":
                yield f"line {node.lineno}: open"
            if isinstance(function, ast.Attribute) and function.attr in _OPENING_METHODS:
                yield f"line {node.lineno}: {function.attr}"


def test_files_are_opened_at_the_edge_only() -> None:
    """Below the edge exactly the modules that are there for it open files."""
    below = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] not in EDGE]
    assert sorted(_offenders(below, _opens_files)) == sorted(OPENS_FILES)


def _imports_pytest(path: Path) -> Iterator[object]:
    for node in ast.walk(_tree(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (f"line {node.lineno}" for name in names if name.partition(".")[0] in ("pytest", "_pytest"))


def test_pytest_is_the_plugins_alone() -> None:
    """Only what serves tests imports pytest: nothing else needs it at run time."""
    assert list(_offenders(SOURCES, _imports_pytest)) == OF_PYTEST


EVALUATE = """
import sys
import policygen as pg

document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
policies = pg.PolicySet(identity_based=[document])
request = pg.Request(
    principal="arn:aws:iam::111122223333:user/bob", action="s3:GetObject", resource="arn:aws:s3:::bucket/key"
)
decision = pg.compile(policies).authorize(request)
assert decision.allowed, decision.explain()
assert str(decision.explain()).startswith("ALLOWED")
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_evaluating_loads_nothing_heavy() -> None:
    """Evaluating through the public API leaves YAML, Jinja, rich and all the others unloaded."""
    loaded = set(_run(EVALUATE).split())
    assert "policygen" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & set(HEAVY))


def test_importing_policygen_loads_no_room() -> None:
    """``import policygen`` alone costs next to nothing: public names are loaded when they are used."""
    printed = _run("import sys, policygen; print(*(name for name in sys.modules if name.startswith('policygen.')))")
    assert printed.split() == []


def test_every_public_name_can_be_loaded() -> None:
    """Each name of ``policygen.__all__`` exists, and is listed once."""
    printed = _run("import policygen; print(*(name for name in policygen.__all__ if getattr(policygen, name)))")
    names = printed.split()
    assert {"PolicySet", "Request", "load_spec", "generate", "verify"} <= set(names)
    assert len(names) == len(set(names))


def test_every_test_says_what_must_hold() -> None:
    """Each test function has a docstring."""

    def silent(path: Path) -> Iterator[object]:
        tests = (node for node in _functions(path) if node.name.startswith("test_"))
        return (node.name for node in tests if not ast.get_docstring(node))

    assert _offenders(TEST_FILES, silent) == {}


def test_test_files_have_names_of_their_own() -> None:
    """Test files are collected by their bare names: no two are called the same."""
    names = [path.name for path in TEST_FILES if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_overrides_say_why() -> None:
    """Every comment that silences a linter has its reason beside it."""

    def without_reason(path: Path) -> Iterator[object]:
        for number, line in enumerate(_text(path).splitlines(), 1):
            match = _OVERRIDE.search(line)
            if match and "#" not in match["rest"]:
                yield f"line {number}"

    assert _offenders(SOURCES, without_reason) == {}


def test_nothing_is_left_for_later() -> None:
    """No reminders and no stubs: what is not built is refused, or is not there."""
    assert _offenders(SOURCES, lambda path: _LEFT_FOR_LATER.findall(_text(path))) == {}


def test_no_public_name_is_a_room() -> None:
    """A public function that bears a room's name would be overwritten by the room once that is imported."""
    rooms = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert not rooms & set(policygen.__all__)
