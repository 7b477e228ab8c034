"""Every example that `explain` shows is so: the bad one draws the code, the good one does not."""

import re

import pytest

from tests.explained.examples import EXAMPLES, printed


@pytest.mark.parametrize("code", EXAMPLES)
def test_bad_draws_the_code_and_good_does_not(code, tmp_path):
    """The command of an example names the code where the bad text stands, and not where the good one does."""
    entry = EXAMPLES[code]
    named = re.compile(rf"(?<![\w-]){code}(?!\w)")
    assert named.search(bad := printed(entry, entry.bad, tmp_path / "bad")), bad
    if entry.good:
        assert not named.search(good := printed(entry, entry.good, tmp_path / "good")), good
