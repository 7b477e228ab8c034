"""Every combination of options: what is generated verifies green, validates, and holds no condition in vain."""

import pytest

from tests.verification.matrix import OPTIONS, matrix, spec_of
from tests.verification.wide import faults

COUNT = 160
MATRIX = matrix(COUNT)


def test_the_matrix_covers_every_pair():
    """All specs are different, and each pair of choices of two options stands in one of them."""
    assert len({spec_of(choices) for choices in MATRIX}) >= COUNT - 10
    names = list(OPTIONS)
    for number, first in enumerate(names):
        for second in names[number + 1 :]:
            found = {(repr(choices[first]), repr(choices[second])) for choices in MATRIX}
            assert len(found) == len(OPTIONS[first]) * len(OPTIONS[second]), (first, second)


@pytest.mark.parametrize("choices", MATRIX, ids=range(len(MATRIX)))
def test_every_combination_verifies(choices):
    """A spec's documents pass every derived check, each condition is needed, and AWS would take every document."""
    assert list(faults(choices)) == []
