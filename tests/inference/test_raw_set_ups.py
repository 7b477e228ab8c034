"""Broken and healthy set-ups as raw outputs of the AWS CLI, under any name: the cause, the exit status, the spec."""

import pytest

from tests.command import policygen
from tests.inference.raw_set_ups import (
    LAYOUTS,
    broken,
    causes,
    diagnosed,
    documents_of,
    outputs_of,
    regenerated,
    sample,
)
from tests.reading.raw_outputs import raw_outputs, write_outputs

NAMES = (
    "F1-no-selection",
    "F2-source",
    "F2-key-policy",
    "F3-source",
    "F4-copied",
    "F4-key-policy",
    "F5-missing",
    "F5-other-key",
    "F6-missing",
    "F6-source-key",
    "F7-missing",
    "F8-no-root",
    "F9-role",
    "F11-alias",
    "F12-source-key",
    "F13-rule",
    "F14-replica",
    "F14-never",
    "F15-role",
    "F16-own-account",
    "F17-no-policy",
    "F17-path",
    "F18-organization",
    "F18-boundary",
    "F19-list",
    "F21-both",
    "F23-service",
    "F24-priority",
)
"""Twenty-eight: each cause that AWS's answers can show, and second ways of those that come most often."""

_LAYOUTS = tuple(LAYOUTS.values())


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES)), ids=NAMES)
def test_the_cause_is_found_without_the_spec(number, name):
    """The diagnosis names the cause that `verify` names with the spec, and no other; replication does not work."""
    setup, cause = broken(name)
    found = diagnosed(outputs_of(setup, seed=number, **_LAYOUTS[number % len(_LAYOUTS)]))
    assert causes(found) == {cause}
    assert not found.works


@pytest.mark.parametrize(
    ("name", "layout"),
    [("cross-account", "any name"), ("mrk-replication", "fetched"), ("two-way", "any name, details")],
)
def test_the_documents_are_made_again(name, layout):
    """Of a healthy sample the spec that was inferred generates the documents that were read."""
    spec, texts = sample(name)
    found = diagnosed(raw_outputs(spec, texts, seed=5, **LAYOUTS[layout]))
    assert found.works
    assert regenerated(found) == documents_of(spec, texts)


def test_the_command_says_works_or_fails_first(tmp_path):
    """Exit status 1 and the cause in the first line for a broken set-up; 0 for a healthy one."""
    setup, _ = broken("F2-source")
    write_outputs(tmp_path / "broken", outputs_of(setup, seed=3))
    done = policygen("diagnose", tmp_path / "broken")
    assert done.returncode == 1
    assert "F2" in done.stdout.splitlines()[0]
    write_outputs(tmp_path / "healthy", raw_outputs(*sample("cross-account"), seed=3))
    assert policygen("diagnose", tmp_path / "healthy").returncode == 0
