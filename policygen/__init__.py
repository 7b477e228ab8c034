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

Would AWS accept a document, is it public, and do the tests of a suite hold?

>>> [finding.issueCode for finding in pg.validate(document).findings]
[]
>>> pg.is_public({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}})
True
>>> pg.run_suite("suite.policytest.yaml").summary.failed
0

Results never change once made. Every error is a PolicygenError with ``problems``: code, message, place, hint, AWS's
page. policygen.testing has assertions for tests of your own. Names that are not in ``policygen.__all__`` are inner.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policygen.api import (
        compile,  # noqa: A004  # the public name; policygen.compile is what users write
        export_to,
        generate,
        is_public,
        load_environment,
        load_spec,
        plan,
        run_suite,
        validate,
        verify,
    )
    from policygen.catalog import RequestWarning
    from policygen.document import PolicyDocument, parse_policy
    from policygen.engine import Engine
    from policygen.errors import (
        ArgumentError,
        DocumentError,
        GenerationError,
        Place,
        PolicygenError,
        Problem,
        RequestError,
        Severity,
        SourceError,
        SpecError,
        SuiteError,
    )
    from policygen.evaluation import (
        Decision,
        Environment,
        EvalDecision,
        Explanation,
        Grant,
        MatchedStatement,
        PolicySet,
        PrincipalPolicies,
        ResourcePolicies,
        Settings,
    )
    from policygen.generator import Bundle
    from policygen.lint import Finding, Validation
    from policygen.migration import Plan
    from policygen.request import Principal, Request
    from policygen.scenario import SuiteResult, TestResult, request_warnings
    from policygen.spec.model import Spec
    from policygen.verification import Check, Report

__version__ = "0.1.0"

_HOMES = {
    "policygen.api": (
        "compile",
        "export_to",
        "generate",
        "is_public",
        "load_environment",
        "load_spec",
        "plan",
        "run_suite",
        "validate",
        "verify",
    ),
    "policygen.catalog": ("RequestWarning",),
    "policygen.document": ("PolicyDocument", "parse_policy"),
    "policygen.errors": (
        "ArgumentError",
        "DocumentError",
        "GenerationError",
        "Place",
        "PolicygenError",
        "Problem",
        "RequestError",
        "Severity",
        "SourceError",
        "SpecError",
        "SuiteError",
    ),
    "policygen.engine": ("Engine",),
    "policygen.evaluation": (
        "Decision",
        "Environment",
        "EvalDecision",
        "Explanation",
        "Grant",
        "MatchedStatement",
        "PolicySet",
        "PrincipalPolicies",
        "ResourcePolicies",
        "Settings",
    ),
    "policygen.generator": ("Bundle",),
    "policygen.lint": ("Finding", "Validation"),
    "policygen.migration": ("Plan",),
    "policygen.request": ("Principal", "Request"),
    "policygen.scenario": ("SuiteResult", "TestResult", "request_warnings"),
    "policygen.spec.model": ("Spec",),
    "policygen.verification": ("Check", "Report"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022  # in the order in which people meet them
    # from a spec to verified documents
    "load_spec",
    "generate",
    "verify",
    "export_to",
    "plan",
    "Spec",
    "Bundle",
    "Report",
    "Check",
    "Plan",
    # requests and the policies that decide them
    "PolicySet",
    "Request",
    "Principal",
    "Grant",
    "Settings",
    "compile",
    "Engine",
    "load_environment",
    "Environment",
    "PrincipalPolicies",
    "ResourcePolicies",
    "Decision",
    "EvalDecision",
    "MatchedStatement",
    "Explanation",
    "request_warnings",
    "RequestWarning",
    # documents and suites
    "parse_policy",
    "PolicyDocument",
    "is_public",
    "validate",
    "Validation",
    "Finding",
    "run_suite",
    "SuiteResult",
    "TestResult",
    # what is wrong, and where
    "PolicygenError",
    "Problem",
    "Place",
    "Severity",
    "ArgumentError",
    "DocumentError",
    "GenerationError",
    "RequestError",
    "SourceError",
    "SpecError",
    "SuiteError",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the room it lives in."""
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module 'policygen' has no attribute {name!r}"
        raise AttributeError(message)
    import_module("policygen.api")  # lets files be given as documents
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
