"""What of the policies in suites their tests exercise: statements that decide, values that hold and that fail alone."""

from policygen.covering.cover import cover
from policygen.covering.result import Count, Coverage, PolicyCoverage, StatementCoverage, ValueCoverage

__all__ = ["Count", "Coverage", "PolicyCoverage", "StatementCoverage", "ValueCoverage", "cover"]
