"""Set-ups that are broken, and healthy ones, as raw outputs of the AWS CLI: diagnosed without their spec.

``python -m tests.inference.raw_set_ups [--seed N]`` diagnoses all of them in every layout, and lists the misses.

Nothing that AWS answers shows that unencrypted objects (F10) or objects under SSE-C (F25) are to be replicated: a spec
says so, and no diagnosis can. The batch job of a sample leaves no answer either.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import policygen as pg
from policygen.spec.load import load_spec_text
from policygen.spec.model import Spec
from tests.command import ROOT
from tests.reading.raw_answers import made_id
from tests.reading.raw_outputs import raw_outputs, write_outputs
from tests.verification.setups import SetUp, load
from tests.verification.test_diagnosis import BROKEN

NOT_SHOWN = {"F10-role", "F10-key-policy", "F25-blocked"}
LAYOUTS: dict[str, dict[str, bool]] = {
    "any name": {},
    "any name, details": {"details": True},
    "fetched": {"fetched": True},
    "fetched, details": {"fetched": True, "details": True},
}
SAMPLES = (
    "cross-account",
    "excluded-prefix",
    "guarded-buckets",
    "mrk-replication",
    "source-multi-region-key",
    "two-destinations",
    "two-destinations-bucket-keys",
    "two-way",
)
"""Samples whose documents can be made again from what AWS answers about them."""


def broken(name: str) -> tuple[SetUp, str]:
    """Return a set-up that is broken, by its id in the verification's tests, and its cause."""
    ((_, cause, _, options, change, *_),) = [each for each in BROKEN if each[0] == name]
    setup = SetUp(**options)
    change(setup)
    return setup, cause


def outputs_of(setup: SetUp, seed: int, **layout: bool) -> dict[str, str]:
    """Return a set-up's raw outputs."""
    return raw_outputs(load(**setup.options), setup.texts(), seed, **layout)


def causes(diagnosed: Any) -> set[str]:
    """Return the causes that a diagnosis names."""
    return {each.cause for one in diagnosed.replications for each in one.report.failures if each.cause}


def sample(name: str) -> tuple[Spec, dict[str, str]]:
    """Return a sample and what it generates."""
    spec = pg.load_spec(ROOT / "samples" / name / "spec.yaml")
    return spec, generated(spec)


def generated(spec: Spec) -> dict[str, str]:
    """Return what a spec generates."""
    return {path: each.to_json() for path, each in pg.generate(spec).items()}


def regenerated(diagnosed: Any) -> dict[str, Any]:
    """Return what the specs of a diagnosis generate, by what it is about."""
    found: dict[str, Any] = {}
    for each in diagnosed.replications:
        spec = load_spec_text(json.dumps(each.spec), "inferred.json")
        found |= documents_of(spec, generated(spec))
    return found


def documents_of(spec: Spec, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return documents by the ARN of what they are about, without Sids and the order of what has none.

    A Sid hangs on the names of a spec's entries, which no answer of AWS knows.
    """
    ids = {key.id_or_placeholder: made_id(key) for key in spec.keys if key.id is None}

    def known(text: str) -> str:
        for name, each in ids.items():
            text = re.sub(rf"{re.escape(name)}(?![\w.-])", each, text)
        return text

    folders = {f"{bucket.account}/s3/{bucket.entry}/": f"{bucket.arn}/" for bucket in spec.buckets}
    for key in spec.keys:
        folders |= {f"{key.account}/kms/{key.name}/{region}/": f"{known(key.arn(region))}/" for region in key.regions}
    found = {}
    for path, text in texts.items():
        if path.endswith(".json") and not path.startswith("manifest"):
            folder = next((each for each in folders if path.startswith(each)), None)
            about = folders[folder] + path.removeprefix(folder) if folder else path
            found[about] = unnamed(json.loads(known(text)))
    return found


def unnamed(value: Any) -> Any:
    """Return a JSON value without Sids and Ids, its lists sorted, those of one item as the item."""
    if isinstance(value, dict):
        return {name: unnamed(each) for name, each in value.items() if name not in ("Sid", "Id")}
    if not isinstance(value, list):
        return value
    items = sorted((unnamed(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return items[0] if len(items) == 1 and not isinstance(items[0], (dict, list)) else items


def diagnosed(outputs: Mapping[str, str]) -> Any:
    """Return the diagnosis of raw outputs."""
    with tempfile.TemporaryDirectory() as folder:
        write_outputs(Path(folder), outputs)
        return pg.diagnose(folder)


def misses(seed: int, progress: Callable[[str], None]) -> Iterator[str]:
    """Yield what is not diagnosed as `verify` does with the spec, and what is not made again."""
    for layout, options in LAYOUTS.items():
        for name, *_ in BROKEN:
            setup, cause = broken(name)
            report = setup.verify()
            found = diagnosed(outputs_of(setup, seed, **options))
            right = found.works is report.works and (report.works or cause in causes(found))
            progress(f"{layout}: {name}")
            if not right:
                yield f"{layout}: {name}: works {found.works}, causes {sorted(causes(found))}"
        for name in SAMPLES:
            spec, texts = sample(name)
            found = diagnosed(raw_outputs(spec, texts, seed, **options))
            progress(f"{layout}: {name}")
            if not found.works or regenerated(found) != documents_of(spec, texts):
                yield f"{layout}: {name}: works {found.works}, other documents"


def main() -> int:
    """Print the misses; exit 1 where one is not known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    tried: list[str] = []
    found = list(misses(seed, tried.append))
    known = [each for each in found if each.split(": ")[1] in NOT_SHOWN]
    last = f"{len(tried)} diagnosed, {len(found)} misses, {len(known)} of them cannot be seen"
    print(*found, last, sep="\n")  # noqa: T201
    return int(len(found) > len(known))


if __name__ == "__main__":
    sys.exit(main())
