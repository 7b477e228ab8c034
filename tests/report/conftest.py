"""A browser for the tests of pages."""

import pytest

from tests.report.browser import Browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser for all tests of a file."""
    found = Browser(tmp_path_factory.mktemp("profile"))
    found.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    yield found
    found.close()
