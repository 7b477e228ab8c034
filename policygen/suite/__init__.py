"""The format of test suites and environment files. No files are opened here, nothing is evaluated."""

from policygen.fields.read import Doc
from policygen.suite.model import Expectation, PoliciesAsWritten, RequestFields, Suite, TestCase
from policygen.suite.parse import build_tests, parse_environment, parse_suite, quick_environment

__all__ = [
    "Doc",
    "Expectation",
    "PoliciesAsWritten",
    "RequestFields",
    "Suite",
    "TestCase",
    "build_tests",
    "parse_environment",
    "parse_suite",
    "quick_environment",
]
