"""The command that maps a file of real events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.events.corpus import main
from tests.events.samples import of_object, record


@pytest.mark.parametrize("wrapped", [True, False])
def test_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str], wrapped: bool) -> None:
    """It counts records, requests and causes, whatever form the lines have."""
    events = [of_object(), of_object(eventTime="2026-11-30T10:00:00Z"), record("ConsoleLogin", "signin")]
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(json.dumps({"event": each} if wrapped else each) for each in events))
    assert main([str(path)]) == 0
    printed = capsys.readouterr().out
    assert "       2      2 s3.amazonaws.com" in printed
    assert "       1 action: the record is of no call that policies decide" in printed
    assert "3 records, 2 signatures, " in printed


def test_a_file_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read is named, and ends with 1."""
    path = tmp_path / "other.json"
    path.write_text('{"a": 1}')
    assert main([str(path)]) == 1
    assert "PG-E001" in capsys.readouterr().err
