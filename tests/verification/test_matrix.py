"""Every combination of options: what is generated verifies green, validates, and holds no condition in vain."""

import pytest

from policygen.lint import validate_text
from policygen.spec.load import load_spec_text
from tests.verification.judged import Judged
from tests.verification.matrix import OPTIONS, matrix, name_of, spec_of

COUNT = 520
MATRIX = matrix(COUNT)


def test_the_matrix_covers_every_pair():
    """At least 500 specs, and each pair of choices of two options stands in one of them."""
    assert len(MATRIX) >= 500
    assert len({spec_of(choices) for choices in MATRIX}) >= 500
    names = list(OPTIONS)
    for number, first in enumerate(names):
        for second in names[number + 1 :]:
            found = {(repr(choices[first]), repr(choices[second])) for choices in MATRIX}
            assert len(found) == len(OPTIONS[first]) * len(OPTIONS[second]), (first, second)


@pytest.mark.parametrize("choices", MATRIX, ids=range(len(MATRIX)))
def test_every_combination_verifies(choices):
    """A spec's documents pass every derived check, each condition is needed, and AWS would take every document."""
    spec = load_spec_text(spec_of(choices), "spec.json")
    judged = Judged(spec)
    for path, text in judged.texts.items():
        assert validate_text(text, path).errors == (), (name_of(choices), path)
    report = judged.verify()
    assert [(check.id, check.detail) for check in report.failures] == [], name_of(choices)
