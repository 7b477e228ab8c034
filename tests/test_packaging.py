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
from policygen.generator import NAMES, templates_root
from policygen.generator.template_files import PAGES

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


def test_the_wheel_holds_the_package_and_the_templates(wheel: Path) -> None:
    """Every file of policygen/ and of templates/ is in the wheel, and nothing else but its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {f"policygen/{name}" for name in _files_below(ROOT / "policygen")}
    expected |= {f"policygen/templates/{name}" for name in _files_below(ROOT / "templates")}
    metadata = f"policygen-{policygen.__version__}.dist-info/"
    assert {name for name in names if not name.startswith(metadata)} == expected
    assert "policygen/py.typed" in names


def test_the_wheel_carries_license_and_entry_points(wheel: Path) -> None:
    """The wheel has the full license text, the command and the pytest plugin."""
    assert _read(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    entry_points = _read(wheel, "entry_points.txt").decode()
    assert "policygen = policygen.cli:main" in entry_points
    assert "policygen = policygen.pytest_plugin" in entry_points


def _verify(installed: Path, folder: Path) -> str:
    """Verify a sample with the policygen in ``installed``, far from the checkout; return where that policygen is."""
    script = "import sys, policygen; from policygen.cli import main; print(policygen.__file__); main()"
    environment = os.environ | {"PYTHONPATH": str(installed)}
    spec = folder / "spec.yaml"
    spec.write_bytes(SAMPLE.read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", script, "verify", str(spec), "--quiet"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[0]


def test_the_unpacked_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """The wheel's files are enough to generate and verify: nothing of the checkout is needed."""
    installed = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    assert _verify(installed, tmp_path).startswith(str(installed))


def test_the_zipped_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """Templates and data are found inside a zip file too."""
    assert _verify(wheel, tmp_path).startswith(str(wheel))


def test_the_checkout_finds_its_templates() -> None:
    """An editable install takes the templates from the top of the checkout: all of them, and no others."""
    root = templates_root()
    assert sorted(each.name for each in root.iterdir()) == sorted((*NAMES, *PAGES))
    assert root.joinpath(NAMES[0]).read_bytes() == (ROOT / "templates" / NAMES[0]).read_bytes()


def test_the_source_distribution_can_be_tested(tmp_path: Path) -> None:
    """The sdist holds templates, tests, samples and docs, so that whoever gets it can build and test."""
    built = _build("sdist", tmp_path)
    top = f"policygen-{policygen.__version__}/"
    with tarfile.open(built) as archive:
        names = {name.removeprefix(top) for name in archive.getnames()}
    expected = {f"templates/{name}" for name in (*NAMES, *PAGES)}
    expected |= {"tests/test_packaging.py", "samples/mrk-replication/spec.yaml", "docs/facts.md"}
    expected |= {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml"}
    assert expected - names == set()


def test_versions_agree() -> None:
    """pyproject.toml and the package state one version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == policygen.__version__
