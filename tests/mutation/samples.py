"""Every generated policy of every sample: all of it exercised, and every change noticed or proved to change nothing.

``python -m tests.mutation.samples [NAME...]``: prints for each sample what its suites and the derived requests leave
out, and the figures. Exit status 1 when anything is left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import policygen as pg

SAMPLES = Path(__file__).parents[2] / "samples"


def names():
    """Return the samples."""
    return sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml"))


def left_out(name, most=None, processes=1):
    """Return what tests of a sample leave out: of coverage, and of (some of) the mutants; with the figures."""
    covered = pg.coverage(SAMPLES / name)
    mutated = pg.mutate(SAMPLES / name, max_mutants=most, processes=processes)
    found = [f"{each.policy}: {gap}" for each in covered.policies for gap in each.missing]
    found += [f"{each.policy} {each.statement} {each.operator}\n{each.diff}" for each in mutated.survived]
    generated = {
        path for path in pg.generate(pg.load_spec(SAMPLES / name / "spec.yaml")) if path.endswith("policy.json")
    }
    found += [f"{each}: not looked at" for each in generated - {each.policy for each in covered.policies}]
    found += [f"fails as it stands: {each}" for each in mutated.failing]
    return found, covered, mutated


def main():
    """Look at the samples; 0 when nothing is left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="*", help="names of samples; all of them when none is given")
    status = 0
    for name in parser.parse_args().samples or names():
        found, covered, mutated = left_out(name, processes=os.cpu_count() or 1)
        counts = f"{covered.statements.total} statements, {covered.elements.total} elements"
        killed = f"{mutated.killed} of {mutated.mutants} mutants killed, {mutated.equivalent} equivalent"
        print(*found, f"{name}: {counts}; {killed}; {len(found)} left out", sep="\n", flush=True)  # noqa: T201
        status |= bool(found)
    return status


if __name__ == "__main__":
    sys.exit(main())
