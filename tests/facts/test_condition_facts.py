"""One sentence of AWS's guide, one test: conditions."""

from pathlib import Path

import pytest
import yaml

from policygen.document import parse_policy
from policygen.evaluation.statements import compile_statements
from policygen.request import Request

DATA = yaml.load((Path(__file__).parent / "conditions.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
KEYS = {"id", "fact", "says", "given", "holds"}


def test_entries_are_whole():
    """Every entry has exactly the known keys, and no id stands twice."""
    assert all(set(entry) == KEYS for entry in DATA)
    assert len({entry["id"] for entry in DATA}) == len(DATA)


@pytest.mark.parametrize("entry", DATA, ids=[entry["id"] for entry in DATA])
def test_condition(entry):
    """A condition holds for a request context as AWS's guide says."""
    given = dict(entry["given"])
    context = given.pop("context")
    document = parse_policy(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": given},
        }
    )
    request = Request(principal="s3.amazonaws.com", action="s3:GetObject", context=context)
    statement = compile_statements(document, "policy")[0]
    assert statement.conditions_hold(request) is entry["holds"], entry["says"]
    traced = [each.matched for each in statement.trace(request, with_principal=False) if each.key is not None]
    assert all(traced) is entry["holds"]
