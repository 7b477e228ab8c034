"""Options and fixtures of the whole test suite."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("same-every-time", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same-every-time"))

SAMPLES = sorted(path.parent.name for path in (ROOT / "samples").glob("*/spec.yaml"))


def pytest_report_header():
    """Say what comes next: reading thousands of data files and samples takes a while before the first dot."""
    return "collecting some 5,000 tests takes half a minute on two cores, running them two minutes"


def pytest_addoption(parser):
    """Add the option that rewrites golden files."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files; review the diff")


@pytest.fixture
def update_golden(request):
    """Whether golden files are rewritten."""
    return request.config.getoption("--update-golden")


@pytest.fixture(params=SAMPLES)
def sample(request):
    """Each sample's folder, one after the other."""
    return ROOT / "samples" / request.param
