"""The fixed workload: some 200 ms of plain Python that depends on nothing of policygen.

Every figure of ``baseline.json`` is a ratio to the time that this takes in the same run, so that figures of different
machines and different days can be compared. **It is never changed again**: whoever changes it makes every figure that
was ever stored meaningless.
"""

from __future__ import annotations

ANSWER = 855_710
"""What the workload comes to."""


def _weight(word: str, weights: dict[str, int], default: int) -> int:
    found = weights.get(word)
    return default if found is None else found


def _fields(line: str) -> tuple[str, str]:
    head, _, tail = line.partition(":")
    return head.lower(), tail


def fixed_workload() -> int:
    """Look up, split, compare and call, and return the sum of what was found."""
    words = [f"name-{number % 97}" for number in range(400)]
    weights = {word: number for number, word in enumerate(words[:15])}
    lines = [f"Service{number % 13}:{word}/{word}/part-{number}" for number, word in enumerate(words)]
    total = 0
    for turn in range(1050):
        seen: dict[str, list[str]] = {}
        for line in lines:
            service, path = _fields(line)
            first, *rest = path.split("/")
            seen.setdefault(service, []).append(first)
            if first.startswith("name-1") and rest[-1] != "part-7":
                total += _weight(first, weights, turn & 3)
        total += sum(len(each) for each in seen.values()) + len(",".join(seen))
    return total
