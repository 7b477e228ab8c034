"""Every condition value of some samples counts: change one character, and verification points to it."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policygen as pg
from tests.verification.judged import Judged

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = ("cross-account", "existing-objects", "guarded-buckets", "source-multi-region-key")
"""Samples that have every kind of statement between them; ``tests.verification.mutants`` takes all of them."""


@cache
def judged_sample(name):
    """Return a sample and its documents."""
    return Judged(pg.load_spec(SAMPLES / name / "spec.yaml"))


def another(char: str) -> str:
    """Return another letter or digit, not the same one in another case."""
    if char.isdigit():
        return str((int(char) + 1) % 10)
    return "c" if char.lower() == "b" else "b"


def values_of(documents: dict[str, str]) -> Iterator[tuple[str, int, str, str, int, str]]:
    """Yield path, statement, operator, key, position and text of every condition value."""
    for path, text in documents.items():
        for index, statement in enumerate(json.loads(text).get("Statement", [])):
            for operator, keys in statement.get("Condition", {}).items():
                for key, values in keys.items():
                    listed = values if isinstance(values, list) else [values]
                    for position, value in enumerate(listed):
                        yield path, index, operator, key, position, value


def changed(text: str, index: int, operator: str, key: str, position: int, value: str) -> tuple[str, str]:
    """Return the document with one condition value changed, and the statement's label."""
    document = copy.deepcopy(json.loads(text))
    statement = document["Statement"][index]
    keys = statement["Condition"][operator]
    if isinstance(keys[key], list):
        keys[key][position] = value
    else:
        keys[key] = value
    return json.dumps(document), statement.get("Sid", f"#{index}")


def place_in(value: str, number: int) -> int:
    """Return the first place that holds a letter or digit, or the last one, in turn."""
    found = [place for place, char in enumerate(value) if char.isalnum()]
    return found[-(number % 2)]


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_value_counts(name):
    """One character of any condition value changed: verify fails and names document, statement and element."""
    judged = judged_sample(name)
    texts = judged.texts
    number = 0
    for number, (path, index, operator, key, position, value) in enumerate(values_of(texts)):
        place = place_in(value, number)
        mutant = value[:place] + another(value[place]) + value[place + 1 :]
        text, label = changed(texts[path], index, operator, key, position, mutant)
        report = judged.verify({path: text})
        named = {(check.document, check.statement, check.element) for check in report.failures}
        assert (path, label, f"Condition/{operator}/{key}") in named, mutant
    assert number


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_counts(name):
    """A statement taken away is missed, and adding it is the one mend."""
    judged = judged_sample(name)
    texts = judged.texts
    for path, text in texts.items():
        document = json.loads(text)
        for index, statement in enumerate(document.get("Statement", [])):
            rest = [each for number, each in enumerate(document["Statement"]) if number != index]
            (mend,) = judged.mends({path: json.dumps({**document, "Statement": rest})})
            assert mend.to_dict() == {"document": path, "statement": None, "op": "add", "value": statement}


@pytest.mark.parametrize("action", ["s3:*", "kms:*", "s3:GetObject", "kms:CreateGrant"])
def test_an_action_too_many_is_found(action):
    """A role that may do more than the spec calls for fails verification."""
    judged = judged_sample("mrk-replication")
    texts = judged.texts
    path = "111122223333/iam/s3-replication/permissions-policy.json"
    document = json.loads(texts[path])
    document["Statement"].append({"Sid": "TooMuch", "Effect": "Allow", "Action": action, "Resource": "*"})
    report = judged.verify({path: json.dumps(document)})
    assert any((check.document, check.statement) == (path, "TooMuch") for check in report.failures)


def texts_in(value, path=()):
    """Yield (path, text) of every text in a JSON value, conditions, names and versions aside."""
    if isinstance(value, str):
        if value and not {"Condition", "Sid", "Version", "Id", "ID"} & set(path):
            yield path, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts_in(each, (*path, index))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from texts_in(each, (*path, name))


@pytest.mark.parametrize("name", ["two-destinations", "deny-unencrypted-uploads"])
def test_every_action_resource_and_principal_counts(name):
    """The last letter or digit of an action, resource, principal or setting changed: verify fails there."""
    judged = judged_sample(name)
    texts = judged.texts
    for path, text in texts.items():
        for pointer, value in texts_in(json.loads(text)):
            place = max((index for index, char in enumerate(value) if char.isalnum()), default=0)
            mutant = value[:place] + (another(value[place]) if value[place].isalnum() else "x") + value[place + 1 :]
            document = json.loads(text)
            target = document
            for part in pointer[:-1]:
                target = target[part]
            target[pointer[-1]] = mutant
            try:
                report = judged.verify({path: json.dumps(document)})
            except pg.DocumentError:
                continue
            assert path in {check.document for check in report.failures}, (pointer, mutant)


NAMES_OF_ELEMENTS = (
    "Version",
    "Statement",
    "Effect",
    "Action",
    "Resource",
    "Principal",
    "Condition",
    "Sid",
    "AWS",
    "StringLike",
    "Rules",
    "Role",
    "Destination",
    "Filter",
    "Policy",
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "*", "Allow", "s3:*", "arn:aws:s3:::b", "Enabled"]),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(NAMES_OF_ELEMENTS), children, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_json_document_is_judged_or_refused(data):
    """A document that is any JSON gives a report, or a clear error; nothing else is raised."""
    judged = judged_sample("mrk-replication")
    texts = judged.texts
    path = data.draw(st.sampled_from(sorted(texts)))
    with suppress(pg.DocumentError):
        json.dumps(judged.verify({path: json.dumps(data.draw(JSON))}).to_dict())
