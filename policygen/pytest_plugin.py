"""The pytest plugin: suites are collected as tests; fixtures for tests in Python.

Every pytest run of every user loads this module, so it imports nothing of policygen until a suite is collected or a
fixture is asked for.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from policygen.evaluation import Environment, PolicySet
    from policygen.scenario import SuiteRun, TestResult
    from policygen.suite import TestCase

_SUFFIXES = (".policytest.yaml", ".policytest.yml", ".policytest.json")
_ENVIRONMENT = "policygen_environment"
_STRICT = "policygen_strict"
_MARKER = f"{_ENVIRONMENT}(path, ...): what the fixture {_ENVIRONMENT} reads, relative to the test's file"
_COVERAGE = "--policygen-cov"
_RAN = "policygen test"
_WARNING_IS_ERROR = "error::policygen.testing.PolicyTestWarning"

_environments: pytest.StashKey[dict[tuple[Path, ...], Environment]] = pytest.StashKey()
"""What was read for the fixture: environments never change, and many tests ask for one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    group = parser.getgroup("policygen")
    group.addoption("--policygen-strict", action="store_true", help="what is odd about a request fails its test")
    group.addoption(_COVERAGE, action="store_true", help="tell what of the policies in suites the tests exercise")
    parser.addini(_STRICT, "the same as --policygen-strict", type="bool", default=False)
    about = "a spec, an environment file, or a folder"
    parser.addini(_ENVIRONMENT, f"{about}: what the fixture {_ENVIRONMENT} reads, relative to the root folder")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; where it is strict, make warnings of tests in Python failures, as of any other kind."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_environments] = {}
    if _is_strict(config):
        config.addinivalue_line("filterwarnings", _WARNING_IS_ERROR)


def _is_strict(config: pytest.Config) -> bool:
    return bool(config.getoption(_STRICT) or config.getini(_STRICT))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Collect suites by their file names."""
    if file_path.name.endswith(_SUFFIXES):
        return SuiteFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show what of the policies in suites the tests exercise that ran, in whatever process."""
    if not config.getoption(_COVERAGE):
        return
    reports = [each for outcome in terminalreporter.stats.values() for each in outcome if hasattr(each, "when")]
    properties = (each for report in reports if report.when == "call" for each in report.user_properties)
    ran = {tuple(value) for name, value in properties if name == _RAN}
    if not ran:
        return
    from policygen.api.suites import coverage_of
    from policygen.report.coverage import lines_of

    paths = sorted({path for path, _ in ran})
    found = coverage_of(paths, lambda path, test: (str(path), test.id) in ran)
    terminalreporter.section("coverage of policies")
    for line in lines_of(found, quiet=terminalreporter.verbosity < 0):
        terminalreporter.write_line(line)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> None:
    """Show where a test of one's own gave something wrong to policygen, not the source of policygen."""
    errors = sys.modules.get("policygen.errors")
    if errors is None or call.excinfo is None or not isinstance(call.excinfo.value, errors.PolicygenError):
        return
    own, last, each = Path(__file__).parent, call.excinfo.tb, call.excinfo.tb.tb_next
    while each is not None:
        if own not in Path(each.tb_frame.f_code.co_filename).parents:
            last = each
        each = each.tb_next
    last.tb_next = None


class SuiteFailed(Exception):  # noqa: N818  # never raised out of the plugin; says that a test failed
    """A test of a suite did not meet its expectation."""

    def __init__(self, result: TestResult) -> None:
        """Carry the result."""
        super().__init__(result.test.id)
        self.result = result


class SuiteFile(pytest.File):
    """A suite; one item a test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the tests; a suite that cannot be read is a collection error with its problems."""
        from policygen.api.environments import environment_of_spec, load_environment
        from policygen.errors import PolicygenError
        from policygen.scenario import SuiteRun, load_suite

        try:
            suite = load_suite(self.path)
        except PolicygenError as error:
            raise self.CollectError(_shown(str(error), self.config)) from None
        run = SuiteRun(suite, environment_of_spec, environment_at=load_environment, strict=_is_strict(self.config))
        for name, test in _named(suite.tests):
            yield SuiteItem.from_parent(self, name=name, test=test, run=run)


def _shown(text: str, config: pytest.Config) -> str:
    """Return a text fit for a terminal, its paths as pytest shows them: without the folder in which it was called."""
    from policygen.source.shown import shown

    return shown(text.replace(f"{config.invocation_params.dir}{os.sep}", ""))


def _named(tests: tuple[TestCase, ...]) -> Iterator[tuple[str, TestCase]]:
    """Yield tests with a name each has alone, in one line: their titles; with their place where several have one."""
    from policygen.source.shown import in_one_line, shown

    titles = [shown(in_one_line(test.title)) for test in tests]
    times = Counter(titles)
    for title, test in zip(titles, tests, strict=True):
        yield (title if times[title] == 1 else f"{title} {test.id}"), test


class SuiteItem(pytest.Item):
    """One test of a suite."""

    def __init__(self, *, test: TestCase, run: SuiteRun, **arguments: Any) -> None:
        """Hold the test and the run it belongs to."""
        super().__init__(**arguments)
        self.test = test
        self.run = run
        self.extra_keyword_matches.update(each for each in (test.id, test.name) if each)

    def runtest(self) -> None:
        """Judge the test."""
        result = self.run.run(self.test)
        if self.config.getoption(_COVERAGE):
            self.user_properties.append((_RAN, [str(self.path), self.test.id]))
        if not result.passed:
            raise SuiteFailed(result)
        if result.warnings:
            from policygen.testing import PolicyTestWarning

            for warning in result.warnings:
                self.warn(PolicyTestWarning(_shown(str(warning), self.config)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what was expected and what came, what decided, and the nearest statement that failed."""
        from policygen.testing import PolicyTestWarning

        if isinstance(excinfo.value, SuiteFailed):
            from policygen.report.tests import failure_text

            return self._about(failure_text(excinfo.value.result), excinfo)
        if isinstance(excinfo.value, PolicyTestWarning):
            return self._about(str(excinfo.value), excinfo)
        return super().repr_failure(excinfo, style)

    def _about(self, text: str, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
        """Return a failure as pytest has them, of this text: its first line stands in summaries and in JUnit XML."""
        first, *rest = _shown(text, self.config).splitlines()
        path, line = _shown(str(self.path), self.config), self.test.place.line or 1
        why = [f"why: {self.test.why}"] if self.test.why else []
        source = [f"source: {self.test.source}"] if self.test.source else []
        lines = [first, f"{path}:{line}: {self.name}", *rest, *why, *source]
        failure = excinfo.getrepr(style="value")  # the one form that processes of pytest-xdist hand on whole
        if self.config.getoption("tbstyle") == "line":
            lines = []  # pytest shows the place and the first line by itself
        failure.reprtraceback.reprentries[0].lines = lines
        if failure.reprcrash is not None:
            failure.reprcrash.path, failure.reprcrash.lineno, failure.reprcrash.message = path, line, first
        return failure

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the test stands: file and line (from 0, as pytest counts)."""
        return self.path, (self.test.place.line or 1) - 1, f"policy test: {self.name}"


@pytest.fixture
def policy_set() -> type[PolicySet]:
    """Make a PolicySet of keyword arguments; documents in any form, files as pathlib.Path."""
    import policygen

    return policygen.PolicySet


@pytest.fixture
def policygen_environment(request: pytest.FixtureRequest) -> Environment:
    """Return the environment of the marker ``policygen_environment(path)``, or of the ini option of that name.

    A marker's paths are relative to the test's file, the ini option's to the root folder.
    """
    marker = request.node.get_closest_marker(_ENVIRONMENT)
    config = request.config
    if marker is not None:
        paths = tuple(request.node.path.parent / each for each in marker.args)
    else:
        stated = str(config.getini(_ENVIRONMENT))
        paths = (config.rootpath / stated,) if stated else ()
    if not paths:
        pytest.fail(f"name the environment: @pytest.mark.{_ENVIRONMENT}(…), or the ini option {_ENVIRONMENT}", False)
    known = config.stash[_environments]
    if paths not in known:
        known[paths] = _environment_at(paths)
    return known[paths]


def _environment_at(paths: tuple[Path, ...]) -> Environment:
    from policygen.api.environments import load_environment
    from policygen.api.targets import environment_at
    from policygen.errors import PolicygenError
    from policygen.source.shown import shown

    try:
        return load_environment(*paths) if len(paths) > 1 else environment_at(paths[0])
    except PolicygenError as error:
        problems = shown(str(error))
    pytest.fail(problems, pytrace=False)
