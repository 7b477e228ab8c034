"""What tests ask, as values: requests with the policies that count for each, and the policies that they are about.

Whoever asks how good tests are changes a policy, or looks at what it does with each request; for both the policies are
needed in hand, without the suite around them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

from policygen.aws.arns import bucket_arn, parse_arn
from policygen.document import Document, PolicyDocument, parse_policy
from policygen.document.write import to_json
from policygen.errors import PolicygenError, Problem
from policygen.evaluation import Environment, PolicySource, authorize
from policygen.evaluation.policies import Policies
from policygen.proofs import Attachment, Kind
from policygen.proofs.callers import callers_named
from policygen.request import Request
from policygen.scenario.run import SuiteRun, expectation_met
from policygen.suite import Expectation, Suite, TestCase


class PolicyKey(NamedTuple):
    """What tells policies apart: the name, what is written, and the spec or environment that gives them their names."""

    name: str
    text: str
    scope: str = ""


def key_of(document: PolicyDocument, scope: str = "") -> PolicyKey:
    """Return what tells a policy from others."""
    return PolicyKey(document.source, to_json(document.written), scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request under the policies that count for it.

    Attributes:
        asker: Who asks, for people: the place and title of a test, or the id of a derived request.
        source: Where the policies stand.
        policies: Those that count.
        request: The request, with what is known of caller and resource.
        expect: What is expected of the decision.
    """

    asker: str
    source: PolicySource
    policies: Policies
    request: Request
    expect: Expectation

    def is_met(self, policies: Policies | None = None) -> bool:
        """Tell whether the decision is what is expected, under other policies where they are given."""
        return expectation_met(self.expect, authorize(policies or self.policies, self.request))


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedPolicy:
    """A policy that tests are about.

    Attributes:
        document: The policy.
        kind: What it is compared as.
        suite: The file of the suite that is about it.
        attached: What it is attached to, as far as that is known.
    """

    __test__: ClassVar[bool] = False  # pytest takes classes called Test… for tests

    document: PolicyDocument
    kind: Kind
    suite: str
    attached: Attachment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What suites ask.

    Attributes:
        policies: The policies, each once, in the order in which they are met, with the questions for which each counts.
        problems: What keeps tests from being judged.
    """

    policies: tuple[tuple[TestedPolicy, tuple[Question, ...]], ...]
    problems: tuple[Problem, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return what each policy is called: its name, with its suite where another one has the same."""
        found = [tested.document.source for tested, _ in self.policies]
        several = {each for each, times in Counter(found).items() if times > 1}
        return tuple(
            f"{tested.suite}: {name}" if name in several else name
            for name, (tested, _) in zip(found, self.policies, strict=True)
        )


Run = tuple[SuiteRun, Environment | None, Iterable[Question]]
"""A suite, the environment whose policies its tests are about (None where they state them), and further questions.

What a test states beside an environment it assumes: tests are about the environment's policies alone then.
"""


def asked_in(runs: Iterable[Run]) -> Asked:
    """Return what suites ask."""
    questions: list[Question] = []
    problems: list[Problem] = []
    found = _Found()
    for run, held, more in runs:
        suite = run.suite
        if held is not None:
            found.add(suite.source, _of_environment(held), scope=_scope(suite))
        for test in suite.tests:
            try:
                stated, asked = run.stated(test), tuple(_of_test(run, test))
            except PolicygenError as error:
                problems.extend(each for each in error.problems if each not in problems)
                continue
            questions.extend(asked)
            for each in asked if held is None else ():  # beside an environment they are what a test assumes
                found.add(suite.source, _of_policies(stated, each.request))
        questions.extend(more)
    by_policy = found.asked_by(questions)
    return Asked(
        policies=tuple((each, tuple(by_policy.get(key, ()))) for key, each in found.policies.items()),
        problems=tuple(problems),
    )


def _scope(suite: Suite) -> str:
    """Return the file of the spec or environment of a suite."""
    return os.path.normpath(Path(suite.source).parent / (suite.spec or suite.environment or ""))


def _of_test(run: SuiteRun, test: TestCase) -> Iterator[Question]:
    asker = f"{test.place.source}:{test.place.line} {test.title}"
    for source, policies, request in run.posed(test):
        yield Question(asker=asker, source=source, policies=policies, request=request, expect=test.expect)


_Standing = tuple[Document, str, Kind, Attachment | None]
"""A policy with a name for one that has none, what it is compared as, and what it is attached to."""


class _Found:
    """The policies that were met, each once."""

    def __init__(self) -> None:
        self.policies: dict[PolicyKey, TestedPolicy] = {}
        self._keys: dict[int, tuple[PolicyDocument, PolicyKey]] = {}

    def add(self, suite: str, standing: Iterable[_Standing], *, scope: str = "") -> None:
        """Add policies; one that is met in several places is attached to what all of them are attached to."""
        for given, name, kind, attached in standing:
            document = parse_policy(given, name)
            key = self._key(document, scope)
            new = TestedPolicy(document=document, kind=kind, suite=suite, attached=attached)
            known = self.policies.setdefault(key, new)
            if known.attached != attached:
                self.policies[key] = replace(known, attached=_both(known.attached, attached))

    def _key(self, document: PolicyDocument, scope: str = "") -> PolicyKey:
        """Return what tells a policy from others, worked out once; it is kept, so that no other one has its id."""
        if id(document) not in self._keys:
            self._keys[id(document)] = document, key_of(document, scope)
        return self._keys[id(document)][1]

    def asked_by(self, questions: Iterable[Question]) -> dict[PolicyKey, list[Question]]:
        """Return the questions for which each policy counts."""
        keys: dict[int, tuple[Policies, frozenset[PolicyKey]]] = {}
        found: dict[PolicyKey, list[Question]] = {}
        for question in questions:
            policies = question.policies
            if id(policies) not in keys:
                keys[id(policies)] = policies, frozenset(self._key(each.document) for each in policies.policies())
            for key in keys[id(policies)][1]:
                found.setdefault(key, []).append(question)
        return found


def _both(one: Attachment | None, other: Attachment | None) -> Attachment | None:
    if one is None or other is None or one.owner != other.owner or one.caller != other.caller:
        return None
    return replace(one, resources=tuple(dict.fromkeys((*one.resources, *other.resources))))


def _of_environment(held: Environment) -> Iterator[_Standing]:
    """Yield the policies of an environment with what each is attached to."""
    for arn, resource in held.resources.items():
        named = parse_arn(arn)
        owner = resource.account or (named.account if named else "")
        kind = Kind.KEY if named is not None and named.service == "kms" else Kind.RESOURCE
        attached = Attachment(owner=owner, resources=_of_resource(arn)) if owner else None
        yield from ((each, arn, kind, attached) for each in resource.resource_based)
    for arn, principal in held.principals.items():
        named, caller = parse_arn(arn), next(callers_named([arn]), None)
        owner = named.account if named else ""
        own = Attachment(owner=owner, caller=caller) if owner and caller else None
        yield from ((each, arn, Kind.IDENTITY, own) for each in principal.identity_based)
        yield from ((each, arn, Kind.BOUNDARY, own) for each in _there(principal.permissions_boundary))
        on = Attachment(owner=owner, resources=(arn,)) if owner else None
        yield from ((each, arn, Kind.TRUST, on) for each in _there(principal.trust_policy))
    accounts = held.accounts.values()
    for scps in (held.service_control, *(each.service_control for each in accounts)):
        yield from ((each, "SCP", Kind.SCP, None) for level in scps for each in level)
    for rcps in (held.resource_control, *(each.resource_control for each in accounts)):
        yield from ((each, "RCP", Kind.RCP, None) for level in rcps for each in level)
    for name, endpoint in held.vpc_endpoints.items():
        yield from ((each, name, Kind.ENDPOINT, None) for each in _there(endpoint.policy))


def _there(document: Document | None) -> tuple[Document, ...]:
    return () if document is None else (document,)


def _of_policies(stated: Policies, request: Request) -> Iterator[_Standing]:
    """Yield the policies that a test states; one of a resource is attached to what the test asks about."""
    arn = request.arn
    service = arn.service if arn is not None else request.service
    kind = {"kms": Kind.KEY, "iam": Kind.TRUST, "sts": Kind.TRUST}.get(service, Kind.RESOURCE)
    on = None
    if arn is not None and request.resource_account:
        on = Attachment(owner=request.resource_account, resources=_of_resource(request.resource))
    levels = ((Kind.SCP, stated.service_control), (Kind.RCP, stated.resource_control), (Kind.SESSION, stated.session))
    of_kinds = (
        (Kind.IDENTITY, stated.identity_based),
        (kind, stated.resource_based),
        (Kind.BOUNDARY, (stated.permissions_boundary,)),
        (Kind.ENDPOINT, (stated.vpc_endpoint,)),
        *((each, level) for each, several in levels for level in several or ()),
    )
    for each, policies in of_kinds:
        for policy in policies:
            if policy is not None:
                yield policy.document, policy.name, each, on if each.is_of_resource else None


def _of_resource(arn: str) -> tuple[str, ...]:
    """Return what a policy decides about that stands on a resource: a bucket's about its objects, too."""
    named = parse_arn(arn)
    if named is None or named.service != "s3" or named.region:
        return (arn,)
    bucket = bucket_arn(named.partition, named.resource.partition("/")[0])
    return bucket, f"{bucket}/*"
