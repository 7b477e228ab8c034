"""Spark answers as one machine does: on two cores of this one, with worker processes as on a cluster."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policygen.replay.replayer import Replayer
from policygen.replay.spark import Policies, tally_files, tally_parquet
from policygen.replay.tally import Tally
from policygen.scenario import environment_in
from tests.replay.athena_table import table_of
from tests.replay.drawn import drawn
from tests.replay.forms import lake

pyspark_sql = pytest.importorskip("pyspark.sql", reason="needs pip install 'policygen[spark]'")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own
]

ALLOW = {
    "Effect": "Allow",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.1"}},
}
ALICE = {"identity_based": [{"Version": "2012-10-17", "Statement": [ALLOW]}]}
BUCKET = {"account": "111122223333"}
ENVIRONMENT = json.dumps(
    {
        "version": 1,
        "principals": {"arn:aws:iam::111122223333:user/Alice": ALICE},
        "resources": {"arn:aws:s3:::amzn-s3-demo-bucket": BUCKET},
    }
)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Yield a session of two worker processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = pyspark_sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        found = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
        yield found
        found.stop()


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    """Return records of which many are alike."""
    rng = random.Random(3)
    return [drawn(rng) for _ in range(600)]


def here(records: list[dict[str, Any]], against: str | None = None) -> list[Any]:
    """What one machine says of records."""
    other = None if against is None else environment_in(against, "against")
    tally = Tally()
    tally.add(Replayer(environment_in(ENVIRONMENT, "environment"), other).answers_on(records))
    return list(tally)


def test_parquet(session: Any, records: list[dict[str, Any]], tmp_path: Path) -> None:
    """Files of Parquet, with columns as Athena's table has them, structures included, in several partitions."""
    for number in range(4):
        pq.write_table(table_of(records[number::4]), tmp_path / f"{number}.parquet")
    tally, problems = tally_parquet(session, [str(tmp_path)], Policies(ENVIRONMENT))
    assert list(tally) == here(records)
    assert {kind.verdict for kind, _ in tally} == {"allowed", "denied", "depends"}
    assert problems == ()


def test_security_lake_and_requests(session: Any, records: list[dict[str, Any]], tmp_path: Path) -> None:
    """Tables of Security Lake, with moments, pairs and structures, and of requests, whose columns have colons."""
    here_too = Replayer(environment_in(ENVIRONMENT, "environment"))
    asked = {"principal": ["anonymous"], "action": ["s3:GetObject"], "resource": ["arn:aws:s3:::b/k"]}
    for name, table in {"lake": lake(records), "asked": pa.table({**asked, "aws:SourceIp": ["192.0.2.1"]})}.items():
        (tmp_path / name).mkdir()
        pq.write_table(table, tmp_path / name / "a.parquet")
        tally, problems = tally_parquet(session, [str(tmp_path / name)], Policies(ENVIRONMENT))
        expected = Tally()
        expected.add(here_too.answered(table))
        assert (list(tally), problems) == (list(expected), ())
        assert tally.events == len(table)


def test_json_in_folders(session: Any, records: list[dict[str, Any]], tmp_path: Path) -> None:
    """Compressed files in S3's folders; one that ends too early is named, and what there is of it is counted."""
    for number in range(4):
        folder = tmp_path / f"AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/{number + 10}"
        folder.mkdir(parents=True)
        text = json.dumps({"Records": records[number::4]})
        (folder / "events.json.gz").write_bytes(gzip.compress(text.encode()))
    whole, problems = tally_files(session, [str(tmp_path)], Policies(ENVIRONMENT))
    assert list(whole) == here(records)
    assert problems == ()
    broken = folder / "events.json.gz"
    broken.write_bytes(broken.read_bytes()[:-200])
    rest, (problem, *_) = tally_files(session, [str(tmp_path)], Policies(ENVIRONMENT))
    assert str(problem).startswith(f"file:{broken}: PG-E002 ends too early")
    missing = whole.events - rest.events
    assert 0 < missing < len(records) // 4


def test_two_sets_of_policies(session: Any, records: list[dict[str, Any]], tmp_path: Path) -> None:
    """With two sets of policies the verdict of the second stands in the place of what AWS did."""
    (tmp_path / "lines.json").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    nothing = json.dumps({"version": 1, "principals": {"arn:aws:iam::111122223333:user/Alice": {}}})
    tally, _ = tally_files(session, [str(tmp_path)], Policies(ENVIRONMENT, nothing))
    assert list(tally) == here(records, nothing)
