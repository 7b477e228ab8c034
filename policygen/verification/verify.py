"""The main job: every request that a spec asks to allow or to deny, judged on its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from policygen.evaluation import Decision, EvalDecision
from policygen.spec.model import Spec
from policygen.spec.paths import file_name_of
from policygen.verification.batch import job_probes, jobs_of
from policygen.verification.buckets import bucket_probes
from policygen.verification.causes import cause_of, in_words
from policygen.verification.checks import Check, CheckKind, Report
from policygen.verification.configuration import configuration_checks
from policygen.verification.diagnose import Policies, diagnose
from policygen.verification.documents import Documents
from policygen.verification.environment import environment_of
from policygen.verification.exercised import unexercised_conditions
from policygen.verification.expectations import expectation_checks
from policygen.verification.guards import guard_probes
from policygen.verification.keys import key_probes
from policygen.verification.locate import Yardstick, locate
from policygen.verification.probes import Probe, distinct
from policygen.verification.public import public_checks
from policygen.verification.requirements import object_lock_checks, requirement_checks
from policygen.verification.routes import route_probes, routes_of
from policygen.verification.settings import settings_checks
from policygen.verification.sides import Sides
from policygen.verification.surplus import surplus_checks
from policygen.verification.wrong import unasked_actions, wrong_requests

Progress = Callable[[int, int], None]
"""Called with (checks done, checks in all) while a verification runs."""


def probes_of(spec: Spec) -> tuple[Probe, ...]:
    """Return every request that a spec asks to allow or to deny, derived from the spec alone."""

    def derived() -> Iterator[Probe]:
        for route in routes_of(spec):
            allowed = tuple(route_probes(route))
            yield from allowed
            yield from wrong_requests(route, allowed)
            yield from unasked_actions(route, allowed)
        for job in jobs_of(spec):
            yield from job_probes(job)
        for bucket in spec.buckets:
            yield from bucket_probes(spec, bucket)
            yield from guard_probes(spec, bucket)
        for key in spec.keys:
            yield from key_probes(spec, key)

    return tuple(distinct(derived()))


def verify_spec(
    spec: Spec,
    documents: Documents,
    generated: Documents,
    *,
    exemplary: Documents | None = None,
    progress: Progress | None = None,
) -> Report:
    """Return the report on ``documents``.

    Args:
        spec: What is wanted.
        documents: The documents under verification: the generated ones, or files.
        generated: What the spec generates.
        exemplary: What failed requests are explained against, where what the spec generates may fail itself.
        progress: Called as the work goes on.
    """
    probes = probes_of(spec)
    environment = environment_of(spec, documents)
    exemplary = exemplary or generated
    yardstick = Yardstick(documents=exemplary, environment=environment_of(spec, exemplary))
    sides = Sides(spec=spec, whole=environment)
    policies = {**_of_organization(spec), **documents.policies}
    checks: list[Check] = []
    for number, probe in enumerate(probes, 1):
        decision = sides.decide(probe)
        checks.append(_judged(probe, decision, policies, yardstick))
        if progress is not None:
            progress(number, len(probes))
    checks.extend(configuration_checks(spec, documents, generated))
    checks.extend(settings_checks(spec, documents, generated))
    checks.extend(requirement_checks(spec, documents))
    checks.extend(object_lock_checks(spec, environment))
    checks.extend(public_checks(spec, documents))
    checks.extend(_of_whole_statements(checks, unexercised_conditions(documents, generated, probes)))
    checks.extend(_of_whole_statements(checks, surplus_checks(spec, documents, probes)))
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


def _judged(probe: Probe, decision: Decision, policies: Policies, yardstick: Yardstick) -> Check:
    allowed = decision.decision is EvalDecision.ALLOWED
    passed = allowed is probe.must_allow
    parts: dict[str, Any] = {}
    if not passed:
        target = None
        if probe.must_allow and decision.decision is EvalDecision.IMPLICIT_DENY:
            target = locate(probe, decision.explain(), policies, yardstick)
        diagnosis = diagnose(probe, decision, target, policies, yardstick)
        cause = cause_of(probe, decision, target)
        parts = {
            "document": diagnosis.document,
            "statement": diagnosis.statement,
            "element": diagnosis.element,
            "fix": diagnosis.fix,
            "detail": in_words(cause.cause, diagnosis.detail),
            "cause": cause.cause,
            "s3_failure_code": cause.s3_failure_code,
        }
    return Check(
        id=probe.id,
        title=probe.title,
        kind=CheckKind.MUST_ALLOW if probe.must_allow else CheckKind.MUST_DENY,
        passed=passed,
        severity=probe.severity,
        request=probe.request,
        decision=decision,
        facts=probe.facts,
        **parts,
    )


def _listed(documents: Documents, generated: Documents) -> Iterator[Mapping[str, Any]]:
    found = {**documents.policies, **documents.configurations, **documents.settings}
    wanted = {**generated.policies, **generated.configurations, **generated.settings}
    for path in sorted({*found, *wanted}):
        yield {
            "path": path,
            "kind": file_name_of(path).removesuffix(".json"),
            "exists": path in found,
            "generated": path in wanted,
        }
