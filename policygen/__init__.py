"""Generates IAM, S3 bucket and KMS key policies from a short spec, and judges requests by AWS's logic, offline.

From a spec to documents, and the proof that they do what the spec asks for:

>>> import policygen as pg
>>> spec = pg.load_spec("spec.yaml")  # SpecError lists every problem, with file, line and column
>>> bundle = pg.generate(spec)  # by path: bundle["111122223333/s3/source/bucket-policy.json"].to_json()
>>> report = pg.verify(spec)  # or pg.verify(spec, "policies/"): files, edited or fetched from AWS
>>> report.ok, [check.title for check in report.failures]
(True, [])

One request under policies of your own. A policy document may be plain values, JSON text, a pathlib.Path or a generated
document, wherever one is taken:

>>> document = {
...     "Version": "2012-10-17",
...     "Statement": {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"},
... }
>>> policies = pg.PolicySet(identity_based=[document])  # and resource_based, permissions_boundary, session …
>>> request = pg.Request(
...     principal="arn:aws:iam::111122223333:user/bob",
...     action="s3:GetObject",
...     resource="arn:aws:s3:::bucket/key",
...     context={"aws:SecureTransport": "true"},
... )
>>> decision = policies.authorize(request)
>>> decision.allowed, [each.label for each in decision.matched_statements]  # print(decision.explain()) says why
(True, ['Read'])

Many requests, or a whole account:

>>> engine = pg.compile(policies)  # the same answers, fast; safe to share between threads
>>> [each.decision.value for each in engine.authorize_many([request, request])]
['allowed', 'allowed']
>>> environment = pg.load_environment("account.yaml")  # finds the policies of each request by itself
>>> environment.authorize(request).decision.value
'implicitDeny'

What does a change of a policy give and take? Proved over all requests, with one that shows it:

>>> narrower = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}}
>>> changed = pg.diff(document, narrower)
>>> changed.verdict, len(changed.gained), [each.statement for each in changed.lost]
('differs', 0, ['Read'])
>>> pg.check_no_new_access(narrower, than=document).result
'PASS'

The same access in fewer bytes, proved as well:

>>> double = {"Statement": [document["Statement"], narrower["Statement"]]}
>>> [len(each.statements) for each in pg.minimize(double).policies.values()]
[1]

Would AWS accept a document, is it public, and do the tests of a suite hold?

>>> [finding.issueCode for finding in pg.validate(document).findings]
[]
>>> pg.is_public({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}})
True
>>> pg.run_suite("suite.policytest.yaml").summary.failed
0

How good are the tests: what of the policies do they exercise, and which small changes would they not notice?

>>> pg.coverage("suite.policytest.yaml").percent
100.0
>>> [each.diff for each in pg.mutate("suite.policytest.yaml", max_mutants=20).survived]
[]

What AWS said of a denied call, beside what the policies say:

>>> pg.denied("message.txt", environment="account.yaml").calls[0].aws.effect.value
'IMPLICIT_DENY'

What of the calls of the past would policies decide otherwise (needs ``pip install 'policygen[replay]'``)?

>>> replayed = pg.replay_events("event.json", target="account.yaml")
>>> replayed.events, len(replayed.breaks)
(1, 0)

Results never change once made. Every error is a PolicygenError with ``problems``: code, message, place, hint, AWS's
page. policygen.testing has assertions for tests of your own. Names that are not in ``policygen.__all__`` are inner.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; importing it from typing takes longer than all of this

if TYPE_CHECKING:  # what type checkers and editors see; an alias marks a public name
    from policygen.api.asking import access as access
    from policygen.api.asking import who_can as who_can
    from policygen.api.clusters import athena_sql as athena_sql
    from policygen.api.clusters import replay_on_spark as replay_on_spark
    from policygen.api.deciding import compile as compile  # noqa: A004  # the public name; policygen.compile is what users write
    from policygen.api.deciding import is_public as is_public
    from policygen.api.deciding import run_suite as run_suite
    from policygen.api.denying import denied as denied
    from policygen.api.diagnosing import diagnose as diagnose
    from policygen.api.environments import load_environment as load_environment
    from policygen.api.proving import check_access_not_granted as check_access_not_granted
    from policygen.api.proving import check_never_matches as check_never_matches
    from policygen.api.proving import check_no_new_access as check_no_new_access
    from policygen.api.proving import check_no_public_access as check_no_public_access
    from policygen.api.proving import diff as diff
    from policygen.api.proving import minimize as minimize
    from policygen.api.replaying import replay_events as replay_events
    from policygen.api.specs import export_to as export_to
    from policygen.api.specs import generate as generate
    from policygen.api.specs import load_spec as load_spec
    from policygen.api.specs import plan as plan
    from policygen.api.suggesting import suggest as suggest
    from policygen.api.suites import coverage as coverage
    from policygen.api.suites import mutate as mutate
    from policygen.api.validating import validate as validate
    from policygen.api.verifying import verify as verify
    from policygen.catalog import RequestWarning as RequestWarning
    from policygen.covering import Coverage as Coverage
    from policygen.denials import Denied as Denied
    from policygen.document import PolicyDocument as PolicyDocument
    from policygen.document import parse_policy as parse_policy
    from policygen.engine import Engine as Engine
    from policygen.errors import ArgumentError as ArgumentError
    from policygen.errors import DocumentError as DocumentError
    from policygen.errors import GenerationError as GenerationError
    from policygen.errors import Place as Place
    from policygen.errors import PolicygenError as PolicygenError
    from policygen.errors import Problem as Problem
    from policygen.errors import RequestError as RequestError
    from policygen.errors import Severity as Severity
    from policygen.errors import SourceError as SourceError
    from policygen.errors import SpecError as SpecError
    from policygen.errors import SuiteError as SuiteError
    from policygen.evaluation import AccountPolicies as AccountPolicies
    from policygen.evaluation import Decision as Decision
    from policygen.evaluation import EndpointPolicies as EndpointPolicies
    from policygen.evaluation import Environment as Environment
    from policygen.evaluation import EvalDecision as EvalDecision
    from policygen.evaluation import Explanation as Explanation
    from policygen.evaluation import Grant as Grant
    from policygen.evaluation import MatchedStatement as MatchedStatement
    from policygen.evaluation import PolicySet as PolicySet
    from policygen.evaluation import PrincipalPolicies as PrincipalPolicies
    from policygen.evaluation import ResourcePolicies as ResourcePolicies
    from policygen.evaluation import Settings as Settings
    from policygen.generator import Bundle as Bundle
    from policygen.inference import Diagnosed as Diagnosed
    from policygen.inference import DiagnosedReplication as DiagnosedReplication
    from policygen.inference import InferredField as InferredField
    from policygen.lint import Finding as Finding
    from policygen.lint import Validation as Validation
    from policygen.migration import Plan as Plan
    from policygen.mutation import Mutation as Mutation
    from policygen.mutation import Survivor as Survivor
    from policygen.proofs import CheckResult as CheckResult
    from policygen.proofs import Diff as Diff
    from policygen.proofs import Difference as Difference
    from policygen.proofs import Minimized as Minimized
    from policygen.replay.result import Replayed as Replayed
    from policygen.request import Principal as Principal
    from policygen.request import Request as Request
    from policygen.rights import Access as Access
    from policygen.rights import WhoCan as WhoCan
    from policygen.scenario import SuiteResult as SuiteResult
    from policygen.scenario import TestResult as TestResult
    from policygen.scenario import request_warnings as request_warnings
    from policygen.spec.model import Spec as Spec
    from policygen.suggesting import Suggested as Suggested
    from policygen.suggesting import Suggestions as Suggestions
    from policygen.verification import Check as Check
    from policygen.verification import Report as Report

__version__: str

_HOMES = {
    # from a spec to verified documents
    "policygen.api.specs": "load_spec generate export_to plan",
    "policygen.api.verifying": "verify",
    "policygen.api.diagnosing": "diagnose",
    "policygen.api.environments": "load_environment",
    "policygen.api.deciding": "compile is_public run_suite",
    "policygen.api.suites": "coverage mutate",
    "policygen.api.validating": "validate",
    "policygen.api.denying": "denied",
    "policygen.api.replaying": "replay_events",
    "policygen.api.proving": "diff check_no_new_access check_access_not_granted check_no_public_access"
    " check_never_matches minimize",
    "policygen.api.asking": "who_can access",
    "policygen.api.clusters": "athena_sql replay_on_spark",
    "policygen.api.suggesting": "suggest",
    "policygen.spec.model": "Spec",
    "policygen.generator": "Bundle",
    "policygen.verification": "Report Check",
    "policygen.inference": "Diagnosed DiagnosedReplication InferredField",
    "policygen.migration": "Plan",
    # requests and the policies that decide them
    "policygen.evaluation": "PolicySet Environment AccountPolicies EndpointPolicies PrincipalPolicies ResourcePolicies "
    "Grant Settings"
    " Decision EvalDecision MatchedStatement Explanation",
    "policygen.request": "Request Principal",
    "policygen.engine": "Engine",
    "policygen.proofs": "Diff Difference CheckResult Minimized",
    "policygen.rights": "WhoCan Access",
    "policygen.suggesting": "Suggestions Suggested",
    "policygen.catalog": "RequestWarning",
    "policygen.denials": "Denied",
    "policygen.replay.result": "Replayed",
    # documents and suites
    "policygen.document": "parse_policy PolicyDocument",
    "policygen.lint": "Validation Finding",
    "policygen.scenario": "SuiteResult TestResult request_warnings",
    "policygen.covering": "Coverage",
    "policygen.mutation": "Mutation Survivor",
    # what is wrong, and where
    "policygen.errors": "PolicygenError Problem Place Severity"
    " ArgumentError DocumentError GenerationError RequestError SourceError SpecError SuiteError",
}
"""The rooms of the public names, in the order in which people meet them."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker reads lists alone, and has the aliases
    __all__ = [name for names in _HOMES.values() for name in names.split()]


def __getattr__(name: str) -> object:
    """Load a public name from the room it lives in."""
    if name == "__version__":
        from policygen.version import VERSION

        return VERSION
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module 'policygen' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    import_module("policygen.api.given")  # lets files be given as documents
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(_HOME_OF)
