"""The format of test suites and environment files. No files are opened here, nothing is evaluated."""

from policygen.suite.environment import EnvironmentAsWritten, PrincipalEntry, ResourceEntry, parse_environment
from policygen.suite.model import Doc, Expectation, PoliciesAsWritten, RequestFields, Suite, TestCase
from policygen.suite.parse import parse_suite, parse_tests

__all__ = [
    "Doc",
    "EnvironmentAsWritten",
    "Expectation",
    "PoliciesAsWritten",
    "PrincipalEntry",
    "RequestFields",
    "ResourceEntry",
    "Suite",
    "TestCase",
    "parse_environment",
    "parse_suite",
    "parse_tests",
]
