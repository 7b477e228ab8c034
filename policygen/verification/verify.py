"""The main job: every request that a spec asks to allow or to deny, judged on its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from policygen.errors import PolicygenError, Severity
from policygen.evaluation import Decision, Environment, EvalDecision
from policygen.request import Request
from policygen.scenario import DocumentReader, expectation_met, judge_in, policy_set_of, warnings_in
from policygen.spec.model import Spec
from policygen.spec.paths import file_name_of
from policygen.suite import TestCase
from policygen.verification.checks import Check, CheckKind, Report
from policygen.verification.configuration.public import public_checks
from policygen.verification.configuration.replication import replication_configuration_checks
from policygen.verification.configuration.requirements import (
    object_lock_checks,
    prerequisite_checks,
    requirement_checks,
)
from policygen.verification.configuration.roles import role_checks
from policygen.verification.configuration.settings import lock_checks, settings_checks
from policygen.verification.diagnosis import Policies, diagnose
from policygen.verification.documents import Documents
from policygen.verification.environment import Reference, environment_of
from policygen.verification.own import OwnStatements
from policygen.verification.proved import proved_checks
from policygen.verification.requests import DerivedRequest, Purpose, derive
from policygen.verification.taken import with_bucket_keys

Progress = Callable[[int, int], None]
"""Called with (checks done, checks in all) while a verification runs."""


def verify_spec(
    spec: Spec,
    documents: Documents,
    generated: Documents,
    *,
    reference: Documents | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    works: bool = False,
) -> Report:
    """Return the report on ``documents``; what S3 asks of KMS follows the buckets' own Bucket Key settings in them.

    Args:
        spec: What is wanted.
        documents: The documents under verification: the generated ones, or files.
        generated: What the spec generates.
        reference: What failed requests are explained against, where what the spec generates may fail itself.
        progress: Called as the work goes on.
        strict: Whether a warning about a request of ``expect:`` fails its check.
        works: Whether it is asked only whether what must work does.
    """
    spec = with_bucket_keys(spec, documents)
    requests, grants = derive(spec)
    requests = tuple(each for each in requests if each.must_allow or not works)
    environment, own = environment_of(spec, documents), OwnStatements(spec)
    known = reference or generated
    explained = Reference(documents=known, environment=environment_of(spec, known))
    judges = _judges(spec, documents, own, environment)
    checks: list[Check] = []
    for number, asked in enumerate(requests, 1):
        judge, policies = judges[asked.must_allow]
        checks.append(_judged(asked, judge.authorize(asked.request), policies, explained))
        if progress is not None:
            progress(number, len(requests))
    checks.extend(_configuration_checks(spec, documents, generated, environment))
    if not works:
        checks.extend(own.checks(documents))
    checks.extend(_of_whole_statements(checks, proved_checks(spec, documents, requests, grants)))
    checks.extend(_expectation_checks(spec, environment, strict=strict))
    return Report(
        spec=spec.source,
        checks=tuple(_placed(each, documents) for each in checks if each.decides_works or not works),
        documents=tuple(_listed(documents, generated)),
        works_alone=works,
        replicates=bool(spec.replication),
    )


def _judges(
    spec: Spec, documents: Documents, own: OwnStatements, environment: Environment
) -> dict[bool, tuple[Environment, Policies]]:
    """Return what judges a request that must be allowed, or must not be, with the policies that it judges by.

    What the spec's own statements allow is asked for: what must be denied is judged without them.
    """
    found: dict[bool, tuple[Environment, Policies]] = {}
    for must_allow, those in ((True, documents), (False, own.without(documents, "Allow"))):
        whole = environment if those is documents else environment_of(spec, those)
        found[must_allow] = whole, {**_of_organization(spec), **those.policies}
    return found


def _placed(check: Check, documents: Documents) -> Check:
    """Return a check with the file in which its document stands, and the line there."""
    path = check.document
    if path is None:
        return check
    line = documents.line(path, check.statement, check.element)
    return replace(check, document=documents.files.get(path, path), line=line)


def _configuration_checks(
    spec: Spec, documents: Documents, generated: Documents, environment: Environment
) -> Iterator[Check]:
    yield from prerequisite_checks(spec, documents)
    for replication in spec.replication:
        yield from replication_configuration_checks(replication, documents, generated)
    yield from settings_checks(spec, documents, generated)
    yield from lock_checks(spec, documents)
    yield from requirement_checks(spec, documents)
    yield from object_lock_checks(spec, environment)
    yield from public_checks(spec, documents)
    yield from role_checks(spec, documents)


def _of_whole_statements(found: Sequence[Check], proved: Iterable[Check]) -> Iterator[Check]:
    """Yield what is proved, but for what follows in statements with a known cause of failure.

    A broken statement lets nothing through of what is asked, so nothing in it seems to be needed, and a Deny that hits
    what must work is told once. What such a statement allows unasked is allowed all the same.
    """
    broken = {(check.document, check.statement) for check in found if check.failed and check.cause}
    for each in proved:
        told = each.kind in (CheckKind.EXCESS, CheckKind.GUARD) or (each.document, each.statement) not in broken
        if each.passed or told:
            yield each


def _of_organization(spec: Spec) -> Policies:
    """Return the organization's policies by name: what may deny, and stands in no document of the spec."""
    return spec.organization.policies() if spec.organization is not None else {}


def _judged(asked: DerivedRequest, decision: Decision, policies: Policies, reference: Reference) -> Check:
    passed = (decision.decision is EvalDecision.ALLOWED) is asked.must_allow
    # tags that nobody needs to allow are refused by a Deny all the same (R34)
    refused = asked.purpose is Purpose.WRITE_TAGS and decision.decision is EvalDecision.EXPLICIT_DENY
    diagnosis = {} if passed else asdict(diagnose(asked, decision, policies, reference))
    return Check(
        id=asked.id,
        title=asked.title,
        kind=CheckKind.MUST_ALLOW if asked.must_allow else CheckKind.MUST_DENY,
        passed=passed,
        severity=Severity.ERROR if refused else asked.severity,
        request=asked.request,
        decision=decision,
        facts=asked.facts,
        **diagnosis,
    )


def _listed(documents: Documents, generated: Documents) -> Iterator[Mapping[str, Any]]:
    found, wanted = documents.written(), generated.written()
    for path in sorted({*found, *wanted}):
        kind = file_name_of(path).removesuffix(".json")
        yield {"path": path, "kind": kind, "exists": path in found, "generated": path in wanted}


def _expectation_checks(spec: Spec, environment: Environment, *, strict: bool) -> Iterator[Check]:
    """Yield a check for each request of ``expect:``."""
    for test in spec.expect:
        for number, arguments in enumerate(test.request.combinations(), 1):
            yield _check(test, number, arguments, environment, strict=strict)


def _check(
    test: TestCase, number: int, arguments: dict[str, object], environment: Environment, *, strict: bool
) -> Check:
    kind = CheckKind.MUST_ALLOW if test.expect.decision == "allowed" else CheckKind.MUST_DENY
    name = f"expect/{test.id.lstrip('#')}" + (f"-{number}" if number > 1 else "")
    title = test.name or f"expect {test.expect}"
    try:
        request = Request(**arguments)  # type: ignore[arg-type]  # the request's own checks follow
        policies = policy_set_of(test.policies, test.settings, DocumentReader(test.place.source))
    except PolicygenError as error:
        messages = (problem.message for problem in error.problems)
        return Check(id=name, title=title, kind=kind, passed=False, detail="; ".join(messages))
    decision = judge_in(environment, test, policies, request)
    warnings = warnings_in(environment, test, policies, request)
    met = expectation_met(test.expect, decision)
    detail = None if met else f"expected {test.expect}: {decision.explain().because}"
    if met and strict and warnings:
        detail = "; ".join(map(str, warnings))
    first = decision.matched_statements[0] if decision.matched_statements and not met else None
    return Check(
        id=name,
        title=title,
        kind=kind,
        passed=detail is None,
        request=request,
        decision=decision,
        warnings=warnings,
        detail=detail,
        document=first.policy if first else None,
        statement=first.label if first else None,
    )
