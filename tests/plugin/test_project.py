"""A project of its own that uses the plugin: its tests pass, and fail as the documentation says."""

import re
import shutil

from tests.conftest import ROOT
from tests.plugin.inner import run_inside

PROJECT = ROOT / "tests" / "plugin" / "project"
SUITE = "bucket.policytest.yaml"


def test_its_tests_pass(pytester):
    """Suite, fixtures, marker, ini options and assertions work together in another project, far from the checkout."""
    shutil.copytree(PROJECT, pytester.path, dirs_exist_ok=True)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=7)


def test_its_failures_are_as_documented(pytester, monkeypatch):
    """The failure that docs/pytest.md shows is what pytest prints when the request comes over TLS."""
    monkeypatch.setenv("CI", "true")  # the short summary cuts no line
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```\n(expected .*?)\n…\n```$", page, re.MULTILINE | re.DOTALL)
    shutil.copytree(PROJECT, pytester.path, dirs_exist_ok=True)
    suite = pytester.path / SUITE
    suite.write_text(suite.read_text().replace("SecureTransport: false", "SecureTransport: true"))
    result = run_inside(pytester, SUITE)
    result.assert_outcomes(passed=1, failed=1)
    first = shown.splitlines()[0]
    assert shown in result.stdout.str()
    assert f"FAILED {SUITE}::not-without-tls - {first}\n" in result.stdout.str()
