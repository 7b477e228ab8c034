"""The public function behind `generate --format`."""

from pathlib import Path

import pytest

import policygen as pg
from policygen.api.specs import EXPORTS

SAMPLE = Path(__file__).parents[2] / "samples/mrk-replication/spec.yaml"


@pytest.mark.parametrize("form", EXPORTS)
def test_each_form_ends_with_a_manifest(form):
    """Every form comes with the checksum of each of its files."""
    texts = pg.export_to(pg.load_spec(SAMPLE), form)
    assert list(texts)[-1] == f"manifest.{form}.json"
    assert all(path in texts[f"manifest.{form}.json"] for path in texts if path != f"manifest.{form}.json")


def test_a_form_that_does_not_exist():
    """Another form is refused, and those that exist are named."""
    with pytest.raises(pg.GenerationError, match="PG-G008 there is no form `pulumi`") as caught:
        pg.export_to(pg.load_spec(SAMPLE), "pulumi")
    assert caught.value.problems[0].hint == f"use one of {', '.join(EXPORTS)}"
