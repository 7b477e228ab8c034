"""The main job: every request that a spec asks to allow or to deny, judged on its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from policygen.evaluation import Decision, EvalDecision
from policygen.spec.model import Spec
from policygen.spec.paths import file_name_of
from policygen.verification.checks import Check, CheckKind, Report
from policygen.verification.configuration import configuration_checks
from policygen.verification.cross_account import CrossAccount
from policygen.verification.diagnosis import Policies, diagnose
from policygen.verification.documents import Documents
from policygen.verification.environment import environment_of
from policygen.verification.expectations import expectation_checks
from policygen.verification.reference import Reference
from policygen.verification.requests import DerivedRequest, derive_requests
from policygen.verification.unused import condition_checks, permission_checks

Progress = Callable[[int, int], None]
"""Called with (checks done, checks in all) while a verification runs."""


def verify_spec(
    spec: Spec,
    documents: Documents,
    generated: Documents,
    *,
    reference: Documents | None = None,
    progress: Progress | None = None,
) -> Report:
    """Return the report on ``documents``.

    Args:
        spec: What is wanted.
        documents: The documents under verification: the generated ones, or files.
        generated: What the spec generates.
        reference: What failed requests are explained against, where what the spec generates may fail itself.
        progress: Called as the work goes on.
    """
    requests, environment = derive_requests(spec), environment_of(spec, documents)
    judge, explained = CrossAccount(spec=spec, whole=environment), Reference.of(spec, reference or generated)
    policies = {**_of_organization(spec), **documents.policies}
    checks: list[Check] = []
    for number, asked in enumerate(requests, 1):
        checks.append(_judged(asked, judge.decide(asked), policies, explained))
        if progress is not None:
            progress(number, len(requests))
    checks.extend(configuration_checks(spec, documents, generated, environment))
    needs = (*condition_checks(documents, generated, requests), *permission_checks(spec, documents, requests))
    checks.extend(_of_whole_statements(checks, needs))
    checks.extend(expectation_checks(spec, environment))
    return Report(spec=spec.source, checks=tuple(checks), documents=tuple(_listed(documents, generated)))


def _of_whole_statements(found: Sequence[Check], needs: Iterable[Check]) -> Iterator[Check]:
    """Yield the checks of what is needed, but for statements with a known cause of failure.

    A broken statement lets nothing through, so nothing in it seems to be needed: it is judged once it is mended.
    """
    broken = {(check.document, check.statement) for check in found if check.failed and check.cause}
    yield from (each for each in needs if each.passed or (each.document, each.statement) not in broken)


def _of_organization(spec: Spec) -> Policies:
    """Return the organization's policies by name: what may deny, and stands in no document of the spec."""
    organization = spec.organization
    levels = (*organization.service_control, *organization.resource_control) if organization is not None else ()
    return {document.source: document for level in levels for document in level}


def _judged(asked: DerivedRequest, decision: Decision, policies: Policies, reference: Reference) -> Check:
    passed = (decision.decision is EvalDecision.ALLOWED) is asked.must_allow
    diagnosis = {} if passed else asdict(diagnose(asked, decision, policies, reference))
    return Check(
        id=asked.id,
        title=asked.title,
        kind=CheckKind.MUST_ALLOW if asked.must_allow else CheckKind.MUST_DENY,
        passed=passed,
        severity=asked.severity,
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
