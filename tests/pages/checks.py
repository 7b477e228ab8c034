"""The page of what ``validate`` finds, made from the checks and their examples."""

import json
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby

from policygen.lint import checks
from policygen.lint.check import Check
from policygen.lint.checks import load_checks
from policygen.lint.examples import Fragment, base_documents, load_examples
from policygen.lint.policy_types import POLICIES

_HEAD = """# What `validate` finds

Issue codes and finding types are those of AWS's IAM Access Analyzer where it has one. What only the
catalogue says about a service other than S3, KMS, IAM and STS is a WARNING instead of an ERROR: AWS's own
managed policies show that the catalogue does not know those services whole.

Each check has examples: where it finds something, and how it is written instead. An example is what is different from
the statement (or rule) of one of these documents, or from the document itself; `null` takes an element away, and
`x{1000}` stands for a thousand `x`. Where no policy type is named, an example is an identity-based policy.
"""


def checks_page() -> str:
    """Return the page of what ``validate`` finds as Markdown."""
    lines = [_HEAD, "| policy type | document |", "| --- | --- |"]
    lines.extend(f"| {name} | {_code(document)} |" for name, document in base_documents().items())
    for module, group in groupby(load_checks(), key=lambda each: each.module):
        doc = import_module(f"{checks.__name__}.{module}").__doc__ or ""
        subject = doc.partition("\n")[0].removeprefix("Checks of ").rstrip(".").partition("; ")[0]
        lines.extend(["", f"## {subject[:1].upper()}{subject[1:]}"])
        for check in group:
            lines.extend(_section(check))
    lines.extend(["", *(f"[{check.code}]: {check.url}" for check in load_checks())])
    return "\n".join(lines) + "\n"


def _section(check: Check) -> Iterator[str]:
    example = load_examples()[check.code]
    types = "all policies" if check.types >= POLICIES else ", ".join(sorted(each.value for each in check.types))
    facts = "".join(f", [{fact}](facts.md#{fact.lower()})" for fact in check.facts)
    kinds = [] if example.policy_type.value == "identity" else [example.policy_type.value]
    kinds += [example.resource_type] if example.resource_type else []
    where = f" ({', '.join(kinds)})" if kinds else ""
    also = f"; found as well: {', '.join(sorted(example.also))}" if example.also else ""
    yield from ("", f"### {check.code}", "", f"{check.finding_type.value}: {check.summary}. For {types}.")
    yield f"See [AWS's page][{check.code}]{facts}."
    yield ""
    yield from (f"- found{where}: {_code(fragment)}{also}" for fragment in example.bad)
    yield from (f"- instead: {_code(fragment)}" for fragment in example.good)


def _code(fragment: Fragment) -> str:
    text = fragment if isinstance(fragment, str) else json.dumps(fragment, ensure_ascii=False)
    return f"`{text}`".replace("|", "\\|")
