"""Running suites: files are opened, documents resolved, tests judged."""

from policygen.scenario.files import DocumentReader, environment_in, load_environment, load_suite
from policygen.scenario.results import SuiteResult, Summary, TestResult, decision_to_dict
from policygen.scenario.run import (
    SuiteRun,
    expectation_met,
    judge_in,
    policy_set_of,
    run_suite,
    run_suites,
    warnings_in,
)
from policygen.scenario.warnings import request_warnings

__all__ = [
    "DocumentReader",
    "SuiteResult",
    "SuiteRun",
    "Summary",
    "TestResult",
    "decision_to_dict",
    "environment_in",
    "expectation_met",
    "judge_in",
    "load_environment",
    "load_suite",
    "policy_set_of",
    "request_warnings",
    "run_suite",
    "run_suites",
    "warnings_in",
]
