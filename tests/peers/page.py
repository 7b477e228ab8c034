"""The first part of docs/peers.md, from the classes and the figures of the last comparison.

``python -m tests.peers.page`` writes it into the page, in the place of what stands there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from tests.peers.classes import CLASSES, DifferenceClass

FIGURES = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "peers.md"
_HEADINGS = ("## An open evaluator on 10,000 requests\n", "## Replication roles of published tools\n")
_FOUND = """[`@cloud-copilot/iam-simulate`](https://www.npmjs.com/package/@cloud-copilot/iam-simulate) {version} (npm),
run on {date} on {cases:,} random requests (seed {seed}) to S3, KMS, SQS and STS: users, role sessions,
federated users, root users, services and anonymous callers, in one account and across two, under identity-based
and resource-based policies (trust policies too), boundaries, session policies, SCPs, RCPs and VPC endpoint
policies, with condition operators of every type, wildcards, variables, NotAction, NotResource and NotPrincipal.
The keys that AWS fills in (`aws:PrincipalArn`, `kms:CallerAccount` …) were stated for the other evaluator; what
it refuses as invalid was drawn anew ({refused:,}), and what it has no words for is left out: KMS grants,
sessions of service-linked roles, several session policies. The three decisions of both were compared:
**{agree:,} agree, {differ:,} differ**{others}. The differences are of {classes} classes; in none of them does
the documentation contradict policygen.{no_class}
"""
_HOW = """
Each request that differs was cut down, statement by statement and value by value, to the least that still gives the
same two decisions; it is counted by what is left. The same again, in a folder where `npm install
@cloud-copilot/iam-simulate` was run; what fits no class is printed as a suite's own words:

```
python -m tests.peers.compare --cases {cases} --seed {seed} --node-modules node_modules
```

"""

Run = dict[str, Any]


def row(each: DifferenceClass, numbers: Sequence[int]) -> str:
    """Return a class as a row of the page's table, with its requests in each run."""
    facts = ", ".join(f"[{fact}](facts.md#{fact.lower()})" for fact in each.facts)
    says = f"{each.says} ({facts}, [AWS]({each.url})){each.beside}"
    counted = " | ".join(f"{number:,}" for number in numbers)
    return f"| {each.name} | {counted} | {each.ours} | {each.theirs} | {says} |"


def table(runs: Sequence[Run]) -> str:
    """Return the classes that the runs met, the most frequent of the first run first."""
    counted = [([run["classes"].get(each.fits.__name__, 0) for run in runs], each) for each in CLASSES]
    counted.sort(key=lambda pair: pair[0], reverse=True)
    seeds = " | ".join(f"seed {run['seed']}" for run in runs)
    head = f"| class | {seeds} | policygen | iam-simulate | what AWS says |"
    rows = [row(each, numbers) for numbers, each in counted if any(numbers)]
    return "\n".join([head, "| --- " * (4 + len(runs)) + "|", *rows]) + "\n"


def section(runs: Sequence[Run]) -> str:
    """Return the page's part on the comparison, the first run in full."""
    first, *others = runs
    unclassified = sum(run["unclassified"] for run in runs)
    told = {
        "differ": first["cases"] - first["agree"],
        "others": "".join(
            f"; of {each['cases']:,} more (seed {each['seed']}) {each['agree']:,} agree" for each in others
        ),
        "classes": len({name for run in runs for name in run["classes"]}),
        "no_class": f" **{unclassified} fit no class**: there policygen may be wrong." if unclassified else "",
    }
    found = fill(_FOUND.format(**(first | told)), 120, break_long_words=False, break_on_hyphens=False)
    return f"{_HEADINGS[0]}\n{found}\n\n{table(runs)}{_HOW.format(**first)}"


def main() -> None:
    """Write the part into the page."""
    text = PAGE.read_text(encoding="utf-8")
    start, end = (text.index(heading) for heading in _HEADINGS)
    runs = json.loads(FIGURES.read_text(encoding="utf-8"))["runs"]
    PAGE.write_text(text[:start] + section(runs) + text[end:], encoding="utf-8")


if __name__ == "__main__":
    main()
