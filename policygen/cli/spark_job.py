"""Replays events against policies on a Spark cluster; `policygen replay --script spark` prints this file.

    policygen environment account/ -o environment.json
    policygen replay --script spark > replay_job.py
    spark-submit replay_job.py s3://logs/AWSLogs/ --environment environment.json -o found.json
    spark-submit replay_job.py s3://lake/cloudtrail/ --parquet --environment new.json --against old.json -o found.json

Every Python of the cluster needs policygen[spark]: in the image, or packed with venv-pack and given by --archives.
What is found is written into the file of -o on the driver's machine, or printed, as `policygen replay --format json`
prints it; what could not be read goes to standard error, which spark-submit mixes with its output.

Exit status: 0 nothing breaks, 1 something does, 3 something could not be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from policygen import PolicygenError, replay_on_spark


def main() -> int:
    """Replay, and print what was found."""
    parser = argparse.ArgumentParser(description="Replay events against policies.")
    parser.add_argument("events", nargs="+", help="files and folders of CloudTrail, wherever Spark reads")
    parser.add_argument("--environment", required=True, help="the policies: a file of `policygen environment`")
    parser.add_argument("--against", help="other policies to compare with; else what AWS did")
    parser.add_argument("--output", "-o", help="write what is found into this file; else it is printed")
    parser.add_argument("--parquet", action="store_true", help="the events are tables in Parquet, not JSON")
    asked = parser.parse_args()
    session = SparkSession.builder.appName("policygen replay").getOrCreate()
    try:
        found = replay_on_spark(
            session, *asked.events, environment=asked.environment, against=asked.against, parquet=asked.parquet
        )
    except PolicygenError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return 3
    finally:
        session.stop()
    text = json.dumps(found.to_dict(), indent=4, ensure_ascii=False) + "\n"
    if asked.output is None:
        sys.stdout.write(text)
    else:
        Path(asked.output).write_text(text, encoding="utf-8")
    sys.stderr.writelines(f"{problem}\n" for problem in found.problems)
    return 3 if found.problems else 1 if found.breaks else 0


if __name__ == "__main__":
    raise SystemExit(main())
