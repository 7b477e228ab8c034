"""What is shipped: the wheel's contents, and that it works unpacked, zipped and as an editable install."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import policygen
from policygen.generator import NAMES
from policygen.generator.template_files import PAGES
from policygen.source.packaged import IN_CHECKOUT, packaged

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "mrk-replication" / "spec.yaml"


def _build(kind: str, folder: Path) -> Path:
    """Build a ``wheel`` or an ``sdist`` with the installed build backend, without a network."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return _build("wheel", tmp_path_factory.mktemp("wheel"))


def _read(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(f"policygen-{policygen.__version__}.dist-info/{name}")


def _files_below(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in paths}


def test_the_wheel_holds_the_package_and_its_files(wheel: Path) -> None:
    """Every file of policygen/, templates/ and samples/ is in the wheel, and the facts; nothing else but metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        facts = archive.read("policygen/facts.md")
    expected = {f"policygen/{name}" for name in _files_below(ROOT / "policygen")} | {"policygen/facts.md"}
    for folder in ("templates", "samples"):
        expected |= {f"policygen/{folder}/{name}" for name in _files_below(ROOT / folder)}
    metadata = f"policygen-{policygen.__version__}.dist-info/"
    assert {name for name in names if not name.startswith(metadata)} == expected
    assert facts == (ROOT / "docs" / "facts.md").read_bytes()
    assert "policygen/py.typed" in names


def test_the_wheel_carries_license_and_entry_points(wheel: Path) -> None:
    """The wheel has the full license text, the command and the pytest plugin."""
    assert _read(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    entry_points = _read(wheel, "entry_points.txt").decode()
    assert "policygen = policygen.__main__:main" in entry_points
    assert "policygen = policygen.pytest_plugin" in entry_points


def _run(installed: Path, folder: Path, script: str, *arguments: str) -> list[str]:
    """Run a script with the policygen in ``installed``, far from the checkout; return the lines it prints."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


FOUND = """
import policygen
from policygen.source.packaged import packaged

print(policygen.__file__)
print(*sorted(each.name for each in packaged("samples").iterdir()))
print(packaged("samples").joinpath("guarded-buckets", "spec.yaml").read_text(encoding="utf-8").splitlines()[0])
print(packaged("facts.md").read_text(encoding="utf-8").splitlines()[0])
"""
VERIFY = "import policygen.cli; policygen.cli.main()"


def _check(installed: Path, folder: Path) -> None:
    """Verify a sample, explain codes, and find the samples and the facts, with the policygen in ``installed``."""
    spec = folder / "spec.yaml"
    spec.write_bytes(SAMPLE.read_bytes())
    _run(installed, folder, VERIFY, "verify", str(spec), "--quiet")
    explained = _run(installed, folder, VERIFY, "explain", "F4", "INVALID_ACTION", "E197", "PG-S012")
    assert sum(line.startswith(("bad (", "not met (")) for line in explained) == 4
    where, samples, first_of_spec, first_of_facts = _run(installed, folder, FOUND)
    assert where.startswith(str(installed))
    assert samples.split() == sorted(each.name for each in (ROOT / "samples").iterdir())
    guarded = ROOT / "samples" / "guarded-buckets" / "spec.yaml"
    assert first_of_spec == guarded.read_text(encoding="utf-8").splitlines()[0]
    assert first_of_facts == (ROOT / "docs" / "facts.md").read_text(encoding="utf-8").splitlines()[0]


def test_the_unpacked_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """The wheel's files are enough to verify, and hold samples and facts: nothing of the checkout is needed."""
    installed = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    _check(installed, tmp_path)


def test_the_zipped_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """Templates, samples, facts and data are found inside a zip file too."""
    _check(wheel, tmp_path)


def test_the_checkout_finds_its_files() -> None:
    """An editable install takes templates, samples and facts from where they stand in the checkout."""
    root = packaged("templates")
    assert sorted(each.name for each in root.iterdir()) == sorted((*NAMES, *PAGES))
    for name, place in IN_CHECKOUT.items():
        assert packaged(name) == ROOT / place


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """An installation that has lost its files says so, with a code and what to do."""
    package = tmp_path / "policygen"
    for name in ("__init__.py", "errors.py", "source/__init__.py", "source/packaged.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes((ROOT / "policygen" / name).read_bytes())
    script = """
from policygen.errors import SourceError
from policygen.source.packaged import packaged
try:
    packaged("samples")
except SourceError as error:
    print(error)
"""
    assert _run(tmp_path, tmp_path, script) == [
        "PG-F014 policygen's own `samples` cannot be found",
        "  hint: reinstall the package",
    ]


def test_the_source_distribution_can_be_tested(tmp_path: Path) -> None:
    """The sdist holds templates, tests, samples and docs: it works where it is unpacked, and can be tested."""
    built = _build("sdist", tmp_path)
    top = f"policygen-{policygen.__version__}/"
    with tarfile.open(built) as archive:
        names = {name.removeprefix(top) for name in archive.getnames()}
    expected = {f"templates/{name}" for name in (*NAMES, *PAGES)}
    expected |= {"tests/test_packaging.py", "samples/mrk-replication/spec.yaml", "docs/facts.md"}
    expected |= {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml"}
    assert expected - names == set()
    unpacked = tmp_path / "unpacked"
    with tarfile.open(built) as archive:
        archive.extractall(unpacked, filter="data")
    _check(unpacked / top, tmp_path)


def test_versions_agree() -> None:
    """pyproject.toml and the package state one version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == policygen.__version__
