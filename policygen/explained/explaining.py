"""Every code there is, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from policygen.catalog import MEANINGS, WarningCode
from policygen.errors import CODES
from policygen.explained.examples import NOTHING, load_examples
from policygen.explained.facts import load_facts
from policygen.explained.model import CodeKind, Example, Explained
from policygen.lint.check import Check
from policygen.lint.checks import load_checks
from policygen.lint.examples import load_examples as examples_of_checks
from policygen.source.packaged import text_beside
from policygen.verification.causes import CAUSES


@cache
def problem_codes() -> dict[str, str]:
    """Return every problem code with what it means: those of each room that declares some, in its module ``codes``."""
    found = dict(CODES)
    package = find_spec("policygen")
    for room in iter_modules(package.submodule_search_locations if package is not None else ()):
        name = f"policygen.{room.name}.codes"
        if room.ispkg and find_spec(name) is not None:
            found.update(import_module(name).CODES)
    return dict(sorted(found.items()))


@cache
def all_codes() -> dict[str, CodeKind]:
    """Return every code with what it is of: problems, causes, issues, warnings, facts."""
    return {
        **dict.fromkeys(problem_codes(), CodeKind.PROBLEM),
        **dict.fromkeys(CAUSES, CodeKind.CAUSE),
        **dict.fromkeys(sorted(each.code for each in load_checks()), CodeKind.ISSUE),
        **dict.fromkeys((each.value for each in WarningCode), CodeKind.WARNING),
        **{fact: CodeKind.FACT for fact in load_facts() if fact not in CAUSES},
    }


def kind_of(code: str) -> CodeKind | None:
    """Return what a code is of; None for one that does not exist."""
    return all_codes().get(code)


def nearest(code: str) -> str | None:
    """Return the code that is meant: the same in other letters, or the nearest one; None where none is near."""
    written = code.strip().upper().replace("_", "-")
    forms = {each.upper().replace("_", "-"): each for each in all_codes()}
    own = [form for form in forms if form.startswith("PG-") == written.startswith("PG-")]
    near = [written] if written in forms else get_close_matches(written, own, n=1, cutoff=0.7)
    return forms[near[0]] if near else None


def explain(code: str) -> Explained | None:
    """Return what is said of a code; None for one that does not exist.

    Raises:
        SourceError: PG-F014 when the page of the facts is missing.
    """
    return _found(code) if code in all_codes() else None


def _found(code: str) -> Explained:
    return _EXPLAINING[all_codes()[code]](code)


def _of_problem(code: str) -> Explained:
    return _with_example(code, CodeKind.PROBLEM, problem_codes()[code])


def _of_warning(code: str) -> Explained:
    return _with_example(code, CodeKind.WARNING, MEANINGS[WarningCode(code)])


def _of_cause(code: str) -> Explained:
    cause = CAUSES[code]
    why = [_fact_text(each) for each in (code, *cause.facts)]
    if cause.s3_failure_codes:
        why.append(f"S3's failure codes: {', '.join(cause.s3_failure_codes)}")
    why.append(f"It shows as {cause.kind.value}{'; replication stops' if cause.stops_replication else ''}.")
    found = _with_example(code, CodeKind.CAUSE, _sentence(cause.words), *cause.facts)
    pages = tuple(dict.fromkeys((*load_facts()[code].pages, *found.pages)))
    return replace(found, why="\n".join(part for part in (*why, found.why) if part), pages=pages)


def _with_example(code: str, kind: CodeKind, what: str, *facts: str) -> Explained:
    """Return what the entry of a code in ``problems.toml`` says, beside what is known of it."""
    entry = load_examples().get(code, NOTHING)
    cited = tuple(dict.fromkeys((*facts, *entry.facts)))
    known = load_facts()
    pages = (entry.see, *(page for fact in cited for page in known[fact].pages))
    why = (entry.why, *(_fact_text(each) for each in entry.facts), entry.instead)
    return Explained(
        code=code,
        kind=kind,
        what=what,
        why="\n".join(part for part in why if part),
        bad=entry.example(entry.bad),
        good=entry.example(entry.good),
        facts=cited,
        pages=tuple(dict.fromkeys(page for page in pages if page)),
    )


def _of_issue(code: str) -> Explained:
    check = next(each for each in load_checks() if each.code == code)
    example = examples_of_checks()[code]
    known = load_facts()
    where = f"a policy of the type {example.policy_type.value}"
    run = f"policygen validate policy.json --policy-type {example.policy_type.value}"
    if example.resource_type:
        run += f" --resource-type {example.resource_type}"
    bad, good = (
        Example(text=example.shown(texts[0]), where=where, run=run) if texts else None
        for texts in (example.bad, example.good)
    )
    return Explained(
        code=code,
        kind=CodeKind.ISSUE,
        what=f"{check.finding_type.value}: {check.summary}.",
        why="\n".join(_fact_text(each) for each in check.facts),
        bad=bad,
        good=good,
        facts=check.facts,
        pages=tuple(dict.fromkeys((check.url, *(page for each in check.facts for page in known[each].pages)))),
    )


def _of_fact(code: str) -> Explained:
    """Return what is said of a fact; where it decides no request by itself, the example is one of what rests on it."""
    fact = load_facts()[code]
    resting = [name for name, facts in _citing().items() if code in facts]
    bad, good = (_of_data(_examples_of_facts().get(code, {}).get(side)) for side in ("bad", "good"))
    if bad is None and good is None:
        bad, good = next(((each.bad, each.good) for each in map(_found, resting) if each.bad), (None, None))
    why = f"These rest on it: {', '.join(resting)}." if resting else ""
    return Explained(code=code, kind=CodeKind.FACT, what=fact.text, why=why, bad=bad, good=good, pages=fact.pages)


def _of_data(given: dict[str, Any] | None) -> Example | None:
    return None if given is None else Example(text=given["text"], where=given["where"])


@cache
def _examples_of_facts() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(text_beside("policygen.explained", "facts.json"))
    return found


@cache
def _citing() -> dict[str, tuple[str, ...]]:
    """Return the facts of every cause, issue and problem that rests on some."""
    checks: dict[str, Check] = {each.code: each for each in load_checks()}
    found = {code: cause.facts for code, cause in CAUSES.items()}
    found |= {code: check.facts for code, check in sorted(checks.items())}
    return found | {code: entry.facts for code, entry in load_examples().items() if entry.facts}


def _fact_text(fact: str) -> str:
    return f"{fact}: {load_facts()[fact].text}"


def _sentence(words: str) -> str:
    first = words.partition(" ")[0]
    return f"{words[:1].upper() if first.isalpha() else words[:1]}{words[1:]}."


_EXPLAINING: dict[CodeKind, Callable[[str], Explained]] = {
    CodeKind.PROBLEM: _of_problem,
    CodeKind.CAUSE: _of_cause,
    CodeKind.ISSUE: _of_issue,
    CodeKind.WARNING: _of_warning,
    CodeKind.FACT: _of_fact,
}
