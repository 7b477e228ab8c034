"""Running suites: files are opened, documents resolved, tests judged."""

from policygen.scenario.files import Loader, find_suites, load_environment, load_suite
from policygen.scenario.run import (
    SuiteRun,
    TestResult,
    expectation_met,
    judge_in,
    policy_set_of,
    run_suite,
    run_test,
)

__all__ = [
    "Loader",
    "SuiteRun",
    "TestResult",
    "expectation_met",
    "find_suites",
    "judge_in",
    "load_environment",
    "load_suite",
    "policy_set_of",
    "run_suite",
    "run_test",
]
