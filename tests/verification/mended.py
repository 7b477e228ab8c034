"""Broken set-ups and their mends: how many hold once all mends of one run are applied.

``python -m tests.verification.mended --samples 300``
"""

import argparse
import json
import sys
from multiprocessing import Pool
from pathlib import Path

import policygen as pg
from policygen.errors import DocumentError
from policygen.verification import documents_of_bundle, mended_texts, read_documents, verify_spec, with_mends
from tests.verification.breaking import broken
from tests.verification.setups import SetUp, load
from tests.verification.test_diagnosis import BROKEN, WIDE

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*/spec.yaml"))


class Judge:
    """Judges documents of one spec: what is generated is made once."""

    def __init__(self, spec):
        self.spec = spec
        self.generated = documents_of_bundle({path: each.value for path, each in pg.generate(spec).items()})

    def __call__(self, documents):
        """Return the report on documents."""
        return verify_spec(self.spec, documents, self.generated)

    def mended(self, texts):
        """Return the report on files with its mends, and the report on the files as they make them."""
        documents = read_documents(texts)
        report = with_mends(self(documents), documents, self.generated, self)
        return report, self(read_documents(mended_texts(texts, report.mends)))


def outcome(judge, texts):
    """Return how a broken set-up ends: it held all the time, is mended, says that no mend is known, or neither."""
    try:
        report, after = judge.mended(texts)
    except DocumentError:
        return "held", ()
    if report.ok:
        return "held", ()
    if after.ok:
        return "mended", ()
    before = {check.id for check in report.failures}
    new = [check.id for check in after.failures if check.id not in before]
    untold = [c.id for c in report.failures if not c.mends and "no mend is known" not in (c.detail or "")]
    left = [f"{check.id}: {check.detail}" for check in after.failures]
    return ("wrong", (*new, *untold, *left)) if new or untold else ("no mend is known", tuple(left))


def _of_set_up(entry):
    name, options, change = entry
    setup = SetUp(**options)
    change(setup)
    return name, *outcome(Judge(load(**setup.options)), setup.texts())


def _of_sample(entry):
    path, seed = entry
    spec = pg.load_spec(path)
    judge = Judge(spec)
    texts = {each: value.to_json() for each, value in pg.generate(spec).items() if each != "manifest.json"}
    texts, told = broken(texts, f"{path.parent.name} {seed}")
    return f"{path.parent.name} {seed} ({'; '.join(told)})", *outcome(judge, texts)


def main() -> None:
    """Mend every set-up, print what is not mended, and exit 1 where less than 98 of 100 are, or one says nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0, help="the first sample's seed")
    options = parser.parse_args()
    kinds = {}
    found = [_of_set_up((each[0], each[3], each[4])) for each in BROKEN]
    found += [_of_set_up((name, each[0], each[1])) for name, each in WIDE.items()]
    with Pool(2) as pool:
        entries = [(SAMPLES[seed % len(SAMPLES)], seed) for seed in range(options.seed, options.seed + options.samples)]
        found += pool.imap_unordered(_of_sample, entries, chunksize=4)
    for name, kind, left in found:
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind not in ("mended", "held"):
            print(f"{name}: {kind}", *left[:3], sep="\n    ")  # noqa: T201
    judged = sum(number for kind, number in kinds.items() if kind != "held")
    print(f"{judged} broken set-ups: {json.dumps(kinds)}")  # noqa: T201
    sys.exit(kinds.get("mended", 0) < 0.98 * judged or kinds.get("wrong", 0) > 0)


if __name__ == "__main__":
    main()
