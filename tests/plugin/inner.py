"""Runs of pytest inside a test, in this process."""

import yaml

import policygen.api.targets
import policygen.report.tests
import policygen.testing

LOADED = (yaml, policygen.api.targets, policygen.report.tests, policygen.testing)
"""What such a run needs: loaded once, not anew in each of them."""

_WITHOUT = ("-p", "no:xdist", "-p", "no:cov", "-p", "no:hypothesispytest")


def run_inside(pytester, *arguments):
    """Run pytest in the folder of a test, with warnings as they are for everybody: here they are errors."""
    return pytester.runpytest_inprocess(*_WITHOUT, "-o", "filterwarnings=default", *arguments)
