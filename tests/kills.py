"""Kills ``policygen generate -o`` at random moments: ``python -m tests.kills [--times 200] [--seed 1]``.

Two specs take turns in one folder, so that what a killed run left is in the way of another one's documents. After each
kill every file must be whole, by one spec or the other; the next run must go through and leave its own files alone.
A run that could still do something (SIGINT, SIGTERM) must leave no temporary file and show no traceback. Half of the
kills wait for the first temporary file, for that is the moment that counts. Exit status 1 when something does not hold.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from tests.benchmarks import inputs

_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_LONGEST = 60


def _command(spec: Path, folder: Path) -> list[str]:
    return [sys.executable, "-m", "policygen", "generate", str(spec), "-o", str(folder), "--quiet"]


def _whole(spec: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(spec, folder), capture_output=True, text=True, timeout=_LONGEST, check=False)


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def _temporary(files: dict[str, str]) -> list[str]:
    return [path for path in files if Path(path).name.startswith(".policygen-")]


def _heed() -> None:
    """Let a child see Ctrl-C where this program runs in the background, which does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _kill(spec: Path, folder: Path, random: Random, usual: float) -> tuple[signal.Signals, int, str]:
    """Start a run, kill it at a random moment, and return the signal, the exit status and standard error."""
    number = random.choice(_SIGNALS)
    run = subprocess.Popen(
        _command(spec, folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed,  # noqa: PLW1509  # there are no threads here
    )
    if random.random() < 0.5:
        end = perf_counter() + _LONGEST
        while run.poll() is None and perf_counter() < end and not any(folder.rglob(".policygen-*")):
            sleep(0.0005)
        sleep(random.uniform(0, 0.02))
    else:
        sleep(random.uniform(0, usual))
    run.send_signal(number)
    _, said = run.communicate(timeout=_LONGEST)
    return number, run.returncode, said


def _wrong(
    folder: Path, number: signal.Signals, status: int, said: str, known: Sequence[dict[str, str]]
) -> Iterator[str]:
    """Yield what does not hold after a kill."""
    files = _files(folder) if folder.exists() else {}
    left = _temporary(files)
    for path, text in files.items():
        if path not in left and all(text != each.get(path) for each in known):
            yield f"{path} is neither of the two"
    if number is not signal.SIGKILL and left:
        yield f"left behind: {', '.join(left)}"
    if "Traceback" in said and "policygen" not in said:
        return  # Python itself was starting
    if "Traceback" in said:
        yield said
    if status not in (0, -number, 128 + number):
        yield f"exit status {status}: {said}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill; 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description="Kill generate at random moments.")
    parser.add_argument("--times", type=int, default=200, help="how often")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    random, found, problems = Random(options.seed), Counter[str](), 0
    with TemporaryDirectory() as name:
        work = Path(name)
        specs, known = [], []
        for each, (buckets, bucket) in enumerate(((4, "one"), (3, "other"))):
            specs.append(work / f"{each}.json")
            specs[-1].write_text(json.dumps(inputs.spec(buckets, 1, f"bucket-{bucket}")), encoding="utf-8")
            start = perf_counter()
            _whole(specs[-1], work / f"whole-{each}").check_returncode()
            usual = perf_counter() - start
            known.append(_files(work / f"whole-{each}"))
        folder = work / "out"
        for time in range(options.times):
            if random.random() < 0.2:
                shutil.rmtree(folder, ignore_errors=True)
            spec = random.choice(specs)
            number, status, said = _kill(spec, folder, random, usual)
            wrong = list(_wrong(folder, number, status, said, known))
            after = random.randrange(2)
            done = _whole(specs[after], folder)
            if done.returncode or _files(folder) != known[after]:
                differ = {path for path, _ in _files(folder).items() ^ known[after].items()}
                wrong.append(f"the next run: exit status {done.returncode} {done.stderr} {sorted(differ)}")
            found[f"{number.name} {'in time' if status else 'too late'}"] += 1
            problems += bool(wrong)
            for each in wrong:
                sys.stdout.write(f"{time}: {number.name}: {each}\n")
    told = ", ".join(f"{count} {word}" for word, count in sorted(found.items()))
    sys.stdout.write(f"{options.times} kills from seed {options.seed} ({told}): {problems} went wrong\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
