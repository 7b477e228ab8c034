"""A project of its own that uses the plugin: its tests pass."""

import shutil
from pathlib import Path

PROJECT = Path(__file__).parent / "project"


def test_its_tests_pass(pytester):
    """Suite, fixtures, marker, ini options and assertions work together in another project, far from the checkout."""
    shutil.copytree(PROJECT, pytester.path, dirs_exist_ok=True)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=7)
