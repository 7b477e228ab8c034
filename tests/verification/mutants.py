"""Small changes of every generated policy of every sample: each is found, or changes nothing that anybody asks about.

``python -m tests.verification.mutants``: makes every mutant, verifies the set-up with it, and prints those that verify
passes in silence though the access is not the same; then one line with the figures. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import policygen as pg
from policygen.document import parse_policy
from policygen.mutation import mutants
from policygen.mutation.judge import is_closed
from policygen.proofs import compare
from policygen.verification.proved import CALLS
from tests.verification.judged import Judged

SAMPLES = Path(__file__).parents[2] / "samples"


def outcome(judged: Judged, path: str, mutant: str) -> str:
    """Return ``found``, ``warned``, ``equivalent`` (proved), ``no policy``, or what verify passes in silence."""
    try:
        report = judged.verify({path: mutant})
    except pg.DocumentError:
        return "no policy"
    if not report.ok:
        return "found"
    if report.warnings:
        return "warned"
    old, new = parse_policy(judged.texts[path], path), parse_policy(mutant, path)
    kind, attached = judged.attached(path)
    found = compare(old, new, {kind}, CALLS, attached, closed=is_closed(old, new))
    if found.verdict == "same":
        return "equivalent"
    return f"{found.verdict}: gains {[str(each.witness) for each in found.gained]}, loses {len(found.lost)}"


def hunt(names: list[str], every: int = 1) -> tuple[Counter[str], list[str]]:
    """Return how many mutants have each outcome, and those that are passed in silence; one of ``every`` mutants."""
    counts: Counter[str] = Counter()
    silent: list[str] = []
    for name in names:
        judged = Judged(pg.load_spec(SAMPLES / name / "spec.yaml"))
        for path, text in judged.texts.items():
            if "Statement" not in json.loads(text) or path.endswith("boundary.json"):
                continue
            for mutant in list(mutants(parse_policy(text, path)))[::every]:
                result = outcome(judged, path, mutant.text)
                known = result in ("found", "warned", "equivalent", "no policy")
                counts[result if known else "silent"] += 1
                silent += [] if known else [f"{name} {path} {mutant.statement} {mutant.operator}: {result}"]
    return counts, silent


def main() -> int:
    """Run the hunt; 0 when nothing is passed in silence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="*", help="names of samples; all of them when none is given")
    names = parser.parse_args().samples or sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml"))
    counts, silent = hunt(names)
    print(*silent, dict(counts), sep="\n")  # noqa: T201
    return int(bool(silent))


if __name__ == "__main__":
    sys.exit(main())
