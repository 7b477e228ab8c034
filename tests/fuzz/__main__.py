"""Fuzzing: ``python -m tests.fuzz [--cases 20000] [--seed 1] [--case N]``.

Every case breaks an input of one of the commands, or of one of the Python functions. Whatever it is, the command ends
with 0 to 3 and prints what its format says; a function answers or raises a PolicygenError; interpreter and engine give
the same answer. Each case is drawn by its number and can be run again alone (``--case``). Exit status 1 when something
does not hold.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NoReturn

from tests.fuzz.commands import Wrong, command
from tests.fuzz.functions import function

_LONGEST = 30
"""Seconds that a case may take, whatever the input."""


class _TooLong(BaseException):
    """A case that does not end."""


def _stop(_number: int, _frame: object) -> NoReturn:
    raise _TooLong


def case(seed: int, number: int, folder: Path, found: Counter[str]) -> str | None:
    """Run one case, count what came of it, and return what went wrong."""
    random = Random(f"{seed}-{number}")
    signal.alarm(_LONGEST)
    try:
        found[random.choice((command, command, function))(random, folder)] += 1
    except Wrong as error:
        return str(error)
    except (Exception, _TooLong):
        return traceback.format_exc(limit=-6)
    finally:
        signal.alarm(0)
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz; 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Break inputs at random.")
    parser.add_argument("--cases", type=int, default=20_000, help="how many cases")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    parser.add_argument("--case", type=int, help="this case alone")
    options = parser.parse_args(arguments)
    os.environ["POLICYGEN_DEBUG"] = "1"  # shows where an internal error comes from
    os.chdir("/")
    signal.signal(signal.SIGALRM, _stop)
    numbers = range(options.cases) if options.case is None else (options.case,)
    found, wrong, start = Counter[str](), 0, perf_counter()
    with TemporaryDirectory() as name:
        for number in numbers:
            problem = case(options.seed, number, Path(name), found)
            if problem is not None:
                wrong += 1
                sys.stdout.write(f"case {number}: {problem}\n")
                sys.stdout.flush()
    sys.stdout.write(", ".join(f"{word} {found[word]:,}" for word in sorted(found)) + "\n")
    told = f"{len(numbers):,} cases from seed {options.seed}, {wrong:,} went wrong"
    sys.stdout.write(f"{told}, {perf_counter() - start:.0f} s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
