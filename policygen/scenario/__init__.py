"""Running suites: files are opened, documents resolved, tests judged."""

from policygen.scenario.environments import environment_in, environment_of, load_environment
from policygen.scenario.files import DocumentReader, load_suite
from policygen.scenario.results import SuiteResult, Summary, TestResult, decision_to_dict
from policygen.scenario.run import (
    SuiteRun,
    expectation_met,
    judge_in,
    policy_set_of,
    run_suite,
    warnings_in,
)
from policygen.scenario.selection import Selection, parse_selection
from policygen.scenario.suites import Chosen, choose, load_suites, run_suites
from policygen.scenario.warnings import request_warnings

__all__ = [
    "Chosen",
    "DocumentReader",
    "Selection",
    "SuiteResult",
    "SuiteRun",
    "Summary",
    "TestResult",
    "choose",
    "decision_to_dict",
    "environment_in",
    "environment_of",
    "expectation_met",
    "judge_in",
    "load_environment",
    "load_suite",
    "load_suites",
    "parse_selection",
    "policy_set_of",
    "request_warnings",
    "run_suite",
    "run_suites",
    "warnings_in",
]
