"""Files of events: whatever is damaged is named, the rest is done, and nothing counts twice."""

import gzip
import json
import os
import signal
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import policygen as pg
from policygen.replay.counting import counted
from policygen.replay.parts import parts_in
from policygen.replay.run import Policies, count
from policygen.replay.tally import Tally
from tests.events.samples import of_object, record
from tests.marked import ROOT

TARGET = pg.PolicySet(identity_based=[{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}])


def calls(number, start=0):
    """Records of calls, each with an id of its own."""
    return [of_object(eventID=f"event-{start + each}") for each in range(number)]


def packed(path, records):
    """Write records as CloudTrail does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return path


def table(path, records, columns=None, **options):
    """Write records as Parquet with the columns of Athena's table."""
    names = dict.fromkeys([*of_object(), "errorCode", "vpcEndpointId", "resources"])
    kept = [each for each in names if columns is None or each in columns]
    rows = [{name.lower(): _text(each.get(name)) for name in kept} for each in records]
    schema = pa.schema([(name.lower(), pa.string()) for name in kept])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, **options)
    return path


def _text(value):
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def told(found):
    """The codes and files of problems."""
    return [(each.code, each.place.source.rpartition("/")[2]) for each in found.problems]


def test_folders_as_s3_lays_them_out(tmp_path):
    """Files of a folder are found at any depth, digests are passed over, and a file given twice counts once."""
    first = packed(tmp_path / "AWSLogs/1/CloudTrail/us-east-1/2026/11/30/a.json.gz", calls(3))
    packed(tmp_path / "AWSLogs/1/CloudTrail/us-east-1/2026/12/01/b.json.gz", calls(2, 3))
    packed(tmp_path / "AWSLogs/1/CloudTrail-Digest/us-east-1/d.json.gz", calls(7))
    found = counted([tmp_path / "AWSLogs", first], TARGET)
    assert (found.events, found.problems) == (5, ())


def test_a_folder_without_events(tmp_path):
    """A folder without any file of events is named."""
    found = counted([tmp_path], TARGET)
    assert told(found) == [("PG-E005", tmp_path.name)]


def test_a_truncated_file(tmp_path):
    """Of a file that ends too early what there is counts once, and the other files count."""
    whole = packed(tmp_path / "a.json.gz", calls(400))
    data = whole.read_bytes()
    (tmp_path / "b.json.gz").write_bytes(data[: len(data) // 2])
    found = counted([tmp_path], TARGET)
    assert 400 < found.events < 800
    assert ("PG-E002", "b.json.gz") in told(found)
    assert ("PG-E002", "a.json.gz") not in told(found)


def test_a_damaged_page_of_parquet(tmp_path):
    """Of a Parquet file with a damaged page the other row groups count once."""
    path = table(tmp_path / "a.parquet", calls(300), row_group_size=100, compression="snappy")
    at = pq.read_metadata(path).row_group(1).column(0).data_page_offset
    data = bytearray(path.read_bytes())
    data[at : at + 60] = b"\xff" * 60
    path.write_bytes(data)
    found = counted([path], TARGET)
    assert told(found) == [("PG-E006", "a.parquet")]
    assert "row group 1 is read up to its row 0 and cannot be read further" in found.problems[0].message
    assert found.events == 200


def test_what_is_no_parquet(tmp_path):
    """A file that is no Parquet is named."""
    (tmp_path / "a.parquet").write_text("no")
    assert told(counted([tmp_path], TARGET)) == [("PG-E006", "a.parquet")]


@pytest.mark.parametrize("column", ["requestParameters", "vpcEndpointId"])
def test_a_dropped_column(tmp_path, column):
    """A table without a column that a verdict hangs on is refused by name; the others count."""
    every = [*of_object(), "errorCode", "vpcEndpointId", "resources"]
    table(tmp_path / "a.parquet", calls(3), [each for each in every if each != column], row_group_size=1)
    table(tmp_path / "b.parquet", calls(2))
    found = counted([tmp_path], TARGET)
    assert told(found) == [("PG-E007", "a.parquet")]
    assert f"`{column.lower()}`" in found.problems[0].message
    assert found.events == 2


def test_mixed_schemas(tmp_path):
    """JSON, lines, a table and requests in one folder: all count, each by its own form."""
    packed(tmp_path / "a.json.gz", calls(1))
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(each) + "\n" for each in calls(2)))
    table(tmp_path / "c.parquet", calls(4))
    requests = {"principal": ["anonymous"] * 8, "action": ["s3:GetObject"] * 8, "resource": ["arn:aws:s3:::b/k"] * 8}
    pq.write_table(pa.table(requests), tmp_path / "d.parquet")
    found = counted([tmp_path], TARGET)
    assert (found.events, found.problems) == (15, ())


LINES = {
    "whole": ("", 5, []),
    "an empty line": ("\n   \n", 5, []),
    "a broken one": ('{"eventName": \n', 5, ["PG-E003"]),
    "one of something else": ('{"a": 1}\n', 5, ["PG-E003"]),
    "a file among them": (json.dumps({"Records": calls(2)}) + "\n", 7, []),
}


@pytest.mark.parametrize("what", LINES)
def test_lines(tmp_path, what):
    """Of JSON lines each counts once, whatever stands between them, and what is no record is named."""
    between, events, codes = LINES[what]
    lines = [json.dumps(each) + "\n" for each in calls(5)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(lines[:3]) + between + "".join(lines[3:]))
    found = counted([path], TARGET)
    assert (found.events, [code for code, _ in told(found)]) == (events, codes)


def test_texts_that_are_hardly_json(tmp_path):
    """Half a surrogate and a number that is none count; a record of 5,000 levels is named; and the others count."""
    strange = {"userAgent": "\ud800", "requestParameters": {"bucketName": "b", "n": float("nan")}}
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    texts = [json.dumps({**each, **strange}) for each in calls(2)]
    texts.append(json.dumps(calls(1)[0]).replace('"responseElements": null', f'"requestParameters": {deep}'))
    (tmp_path / "a.json").write_text('{"Records": [' + ", ".join(texts) + "]}")
    packed(tmp_path / "b.json.gz", calls(3))
    found = counted([tmp_path], TARGET)
    assert (found.events, told(found)) == (5, [("PG-E003", "a.json")])


def test_another_table(tmp_path):
    """A table of something else is named."""
    pq.write_table(pa.table({"name": ["x"]}), tmp_path / "a.parquet")
    found = counted([tmp_path], TARGET)
    assert told(found) == [("PG-E007", "a.parquet")]
    assert found.problems[0].message == "has no columns of CloudTrail"


def test_several_processes_count_the_same(tmp_path, monkeypatch):
    """Processes count what one does."""
    from policygen.replay import parts

    for number in range(3):
        packed(tmp_path / f"{number}.json.gz", [*calls(4), record("ListUsers", "iam", eventID=f"u-{number}")])
    one = counted([tmp_path], TARGET)
    monkeypatch.setattr(parts, "_FEW_BYTES", 0)
    monkeypatch.setattr(parts, "_FILES_AT_ONCE", 1)
    assert counted([tmp_path], TARGET, processes=2) == one
    assert one.events == 15


class StoppedError(Exception):
    """Ends a run in the middle."""


def test_a_run_that_was_stopped_goes_on(tmp_path, monkeypatch):
    """A run that is taken up again loses no file and repeats none."""
    from policygen.replay import parts, run

    monkeypatch.setattr(parts, "_FILES_AT_ONCE", 1)
    for number in range(5):
        packed(tmp_path / "events" / f"{number}.json.gz", calls(4, 4 * number))
    whole = counted([tmp_path / "events"], TARGET)
    seen = []

    def stop(done, total, events):
        seen.append(events)
        if len(seen) == 2:
            raise StoppedError

    kept = tmp_path / "kept.json"
    with pytest.raises(StoppedError):
        counted([tmp_path / "events"], TARGET, resume=kept, asked="same", progress=stop)
    opened = []
    quick = run.portions_of
    monkeypatch.setattr(run, "portions_of", lambda parts, *more: opened.extend(parts) or quick(parts, *more))
    assert counted([tmp_path / "events"], TARGET, resume=kept, asked="same") == whole
    assert len(opened) == 3
    assert counted([tmp_path / "events"], TARGET, resume=kept, asked="same") == whole
    assert len(opened) == 3


KILLED = """
import os, signal, sys
from policygen.replay import kept, parts
from policygen.replay.counting import counted
from tests.replay.test_files_of_events import TARGET

kept._PAUSE, parts._FILES_AT_ONCE, parts._FEW_BYTES = 0, 1, 0
seen = []

def progress(*how_far):
    seen.append(how_far)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    counted([sys.argv[1]], TARGET, resume=sys.argv[2], asked="same", progress=progress, processes=int(sys.argv[3]))
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_run_that_was_killed_goes_on(tmp_path, monkeypatch, processes):
    """Killed without a chance to say anything, a run loses no file that is in its list, and repeats none."""
    from policygen.replay import run

    for number in range(6):
        packed(tmp_path / "events" / f"{number}.json.gz", calls(4, 4 * number))
    kept, script = tmp_path / "kept.json", tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(tmp_path / "events"), str(kept), processes]
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    opened = []
    quick = run.portions_of
    monkeypatch.setattr(run, "portions_of", lambda parts, *more: opened.extend(parts) or quick(parts, *more))
    found = counted([tmp_path / "events"], TARGET, resume=kept, asked="same")
    assert len(opened) == 3
    assert found == counted([tmp_path / "events"], TARGET)
    assert found.events == 24


def test_what_was_kept_for_other_policies_does_not_count(tmp_path):
    """Counts of other policies are dropped, with a warning."""
    path, kept = packed(tmp_path / "a.json.gz", calls(4)), tmp_path / "kept.json"
    counted([path], TARGET, resume=kept, asked="these")
    found = counted([path], TARGET, resume=kept, asked="those")
    assert (found.events, told(found)) == (4, [("PG-E010", "kept.json")])


def test_a_file_is_one_however_its_path_is_spelled(tmp_path, monkeypatch):
    """A file that is given by another path, or by a link, is counted once, in one run and in two."""
    path, kept = packed(tmp_path / "a.json.gz", calls(4)), tmp_path / "kept.json"
    (tmp_path / "link.json.gz").symlink_to(path)
    spelled = [path, tmp_path / "link.json.gz", tmp_path / ".." / tmp_path.name / "a.json.gz"]
    assert counted(spelled, TARGET).events == 4
    for each in spelled:
        assert counted([each], TARGET, resume=kept, asked="same").events == 4


def test_other_policies_are_told_without_a_word(tmp_path):
    """Without a word on what is asked, the policies tell themselves apart, and equal ones do not."""
    path, kept = packed(tmp_path / "a.json.gz", calls(4)), tmp_path / "kept.json"
    nothing = pg.PolicySet(identity_based=[])
    assert len(pg.replay_events(path, target=TARGET, resume=kept).breaks) == 0
    found = pg.replay_events(path, target=nothing, resume=kept)
    assert (len(found.breaks), told(found)) == (1, [("PG-E010", "kept.json")])
    assert told(pg.replay_events(path, target=pg.PolicySet(identity_based=[]), resume=kept)) == []


def test_insights_are_passed_over(tmp_path):
    """Folders of a trail that hold no calls are not looked into."""
    packed(tmp_path / "CloudTrail/a.json.gz", calls(2))
    packed(tmp_path / "CloudTrail-Insight/b.json.gz", [{"eventType": "AwsCloudTrailInsight"}])
    found = counted([tmp_path], TARGET)
    assert (found.events, found.problems) == (2, ())


def test_a_file_that_has_changed_since(tmp_path):
    """A file that was counted and is another one now is no reason to count it twice."""
    path, kept = packed(tmp_path / "a.json.gz", calls(4)), tmp_path / "kept.json"
    counted([path], TARGET, resume=kept, asked="same")
    packed(path, calls(9))
    with pytest.raises(pg.SourceError) as error:
        counted([path], TARGET, resume=kept, asked="same")
    assert [each.code for each in error.value.problems] == ["PG-E008"]


def test_a_file_that_holds_something_else_is_not_overwritten(tmp_path):
    """`resume` takes no file that a replay did not write."""
    kept = tmp_path / "kept.json"
    kept.write_text("{}")
    with pytest.raises(pg.SourceError) as error:
        counted([packed(tmp_path / "a.json.gz", calls(1))], TARGET, resume=kept)
    assert [each.code for each in error.value.problems] == ["PG-F012"]
    assert kept.read_text() == "{}"


def test_progress_tells_bytes_and_events(tmp_path):
    """Progress is told bytes done, bytes in all and events counted."""
    path, seen = packed(tmp_path / "a.json.gz", calls(4)), []
    count(Policies(TARGET, None), parts_in([path], print), tally=Tally(), progress=lambda *each: seen.append(each))
    size = path.stat().st_size
    assert seen == [(size, size, 4)]
