"""Deciding requests: the engine, S3's word for public policies, and suites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policygen.api.environments import environment_of_spec, load_environment
from policygen.api.given import check_path
from policygen.document import Document, parse_policy
from policygen.errors import SuiteError

if TYPE_CHECKING:
    from policygen.engine import Engine
    from policygen.evaluation import Environment, PolicySet
    from policygen.scenario import SuiteResult


def compile(policies: PolicySet | Environment) -> Engine:  # noqa: A001  # the public name, used as policygen.compile
    """Return an engine that answers requests under ``policies``; safe to share between threads.

    Raises:
        ArgumentError: PG-A001 for anything else.
    """
    from policygen.engine import Engine

    return Engine(policies)


def is_public(bucket_policy: Document, *, access_point_network_origin: str | None = None) -> bool:
    """Tell whether a policy is public by S3's definition: one Allow not limited to fixed values is enough.

    Args:
        bucket_policy: The policy of a bucket, or of an access point.
        access_point_network_origin: For the policy of an access point, its network origin, as GetAccessPoint gives
            it: ``"VPC"`` (never public) or ``"Internet"``. None for the policy of a bucket; a policy whose every
            Resource is the ARN of an access point is taken for an access point's all the same.

    Raises:
        SourceError: The file cannot be read.
        DocumentError: It is no policy document.
        RequestError: PG-R008 for another network origin.

    Fact: E107, E108, S40, S42
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    from policygen.evaluation.public_access import is_public_policy, read_network_origin

    return is_public_policy(
        parse_policy(bucket_policy), network_origin=read_network_origin(access_point_network_origin)
    )


def run_suite(*paths: str | Path, strict: bool = False) -> SuiteResult:
    """Return the outcome of the tests in suites.

    Args:
        paths: Files, and folders that are searched for ``*.policytest.yaml``, ``.yml`` and ``.json``.
        strict: Whether a test whose requests draw a warning is an error.

    Raises:
        SuiteError: Every problem of every suite: one that cannot be read, or has another format; PG-T007 for a folder
            without suites.
    """
    from policygen.scenario import run_suites

    for path in paths:
        check_path(path)
    outcome, problems = run_suites(paths, environment_of_spec, environment_at=load_environment, strict=strict)
    if problems:
        raise SuiteError(*problems)
    return outcome
