"""The keys that only a few actions carry, as the core holds them, beside the installed reference."""

from pathlib import Path

import pytest

from policygen.request import keys_of_few_actions
from policygen.request.multivalued_keys import REFERENCE_VERSION
from tests.catalog.keys_of_few_actions import module
from tests.catalog.multivalued_keys import version


def test_the_rows_are_the_references():
    """The file is what the command writes, from the version of the reference that the other one is from."""
    if version() != REFERENCE_VERSION:
        pytest.skip(f"the reference {version()} is not {REFERENCE_VERSION}")
    assert Path(keys_of_few_actions.__file__).read_text(encoding="utf-8") == module()
