"""The pytest plugin: suites are collected as tests; fixtures for tests in Python.

Every pytest run of every user loads this module, so it imports nothing of policygen until a suite is collected or a
fixture is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from policygen.evaluation import Environment, PolicySet
    from policygen.scenario import SuiteRun, TestResult
    from policygen.suite import TestCase

_SUFFIXES = (".policytest.yaml", ".policytest.yml", ".policytest.json")
_INI = "policygen_environment"
_STRICT = "--policygen-strict"
_WARNING = "policygen warning"
_COVERAGE = "--policygen-cov"
_RAN = "policygen test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    group = parser.getgroup("policygen")
    group.addoption(_STRICT, action="store_true", help="a warning about a request of a suite's test is an error")
    group.addoption(_COVERAGE, action="store_true", help="tell what of the policies in suites the tests exercise")
    parser.addini(_INI, "environment file of the fixture policygen_environment, relative to the root folder")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line(
        "markers", "policygen_environment(path): the environment file of the fixture policygen_environment"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Collect suites by their file names."""
    if file_path.name.endswith(_SUFFIXES):
        return SuiteFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show what is odd about the requests of suites: a test that expects a denial may be right by mistake."""
    if config.getoption(_COVERAGE):
        _show_coverage(terminalreporter)
    reports = (each for outcome in terminalreporter.stats.values() for each in outcome if hasattr(each, "when"))
    found = [
        f"{report.nodeid}: {text}"
        for report in reports
        if report.when == "call"
        for name, text in report.user_properties
        if name == _WARNING
    ]
    if found:
        terminalreporter.section("policygen warnings")
        for line in found:
            terminalreporter.write_line(line)


def _show_coverage(terminalreporter: Any) -> None:
    """Show what of the policies in suites the tests exercise that ran, in whatever process."""
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
            raise self.CollectError(str(error)) from None
        run = SuiteRun(
            suite,
            environment_of_spec,
            environment_at=load_environment,
            strict=self.config.getoption(_STRICT),
        )
        for test in suite.tests:
            yield SuiteItem.from_parent(self, name=test.title, test=test, run=run)


class SuiteItem(pytest.Item):
    """One test of a suite."""

    def __init__(self, *, test: TestCase, run: SuiteRun, **arguments: Any) -> None:
        """Hold the test and the run it belongs to."""
        super().__init__(**arguments)
        self.test = test
        self.run = run

    def runtest(self) -> None:
        """Judge the test."""
        result = self.run.run(self.test)
        if self.config.getoption(_COVERAGE):
            self.user_properties.append((_RAN, [str(self.path), self.test.id]))
        self.user_properties.extend((_WARNING, str(warning)) for warning in result.warnings)
        if not result.passed:
            raise SuiteFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the decision, what decided, and the nearest statement that failed."""
        if isinstance(excinfo.value, SuiteFailed):
            from policygen.report.tests import failure_text

            place = self.test.place
            first, *rest = failure_text(excinfo.value.result).splitlines()  # the first stands in the short summary
            why = [f"why: {self.test.why}"] if self.test.why else []
            source = [f"source: {self.test.source}"] if self.test.source else []
            return "\n".join([first, f"{place.source}:{place.line}: {self.test.title}", *rest, *why, *source])
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the test stands: file and line (from 0, as pytest counts)."""
        return self.path, (self.test.place.line or 1) - 1, f"policy test: {self.test.title}"


@pytest.fixture
def policy_set() -> Callable[..., PolicySet]:
    """Return a function that makes a PolicySet of its keyword arguments; documents may be files, as pathlib.Path."""
    import policygen

    return policygen.PolicySet


@pytest.fixture
def policygen_environment(request: pytest.FixtureRequest) -> Environment:
    """Return the environment of the marker ``policygen_environment(path)``, or of the ini option of that name.

    A marker's path is relative to the test's file, the ini option's to the root folder.
    """
    from policygen.api.environments import load_environment

    marker = request.node.get_closest_marker(_INI)
    if marker is not None:
        return load_environment(request.node.path.parent / marker.args[0])
    path = request.config.getini(_INI)
    if not path:
        pytest.fail(f"name the environment file: @pytest.mark.{_INI}(…), or the ini option {_INI}", pytrace=False)
    return load_environment(request.config.rootpath / str(path))
