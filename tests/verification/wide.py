"""Combinations of options, judged one by one; as a command many more of them than the tests judge.

``python -m tests.verification.wide --specs 520``
"""

import argparse
import sys
from collections.abc import Iterator
from multiprocessing import Pool

from policygen.lint import validate_text
from policygen.spec.load import load_spec_text
from tests.verification.judged import Judged
from tests.verification.matrix import Choices, matrix, name_of, spec_of


def faults(choices: Choices) -> Iterator[str]:
    """Yield what is wrong with a spec's documents: AWS would refuse one, a check fails, a condition is in vain."""
    judged = Judged(load_spec_text(spec_of(choices), "spec.json"))
    for path, text in judged.texts.items():
        yield from (f"{path}: {each.issueCode}" for each in validate_text(text, path).errors)
    yield from (f"{check.id}: {check.detail}" for check in judged.verify().failures)


def _named(choices: Choices) -> list[str]:
    return [f"{name_of(choices)}: {fault}" for fault in faults(choices)]


def main() -> None:
    """Judge the specs on every core, print what is wrong, and exit 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specs", type=int, default=520)
    chosen = matrix(parser.parse_args().specs)
    with Pool() as pool:
        found = [fault for those in pool.imap_unordered(_named, chosen, chunksize=8) for fault in those]
    print(*found, f"{len(chosen)} specs, {len(found)} faults", sep="\n")  # noqa: T201
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
