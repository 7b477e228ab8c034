"""Every check of what can be shown without a request that must be allowed or denied."""

from __future__ import annotations

from collections.abc import Iterator

from policygen.evaluation import Environment
from policygen.spec.model import Spec
from policygen.verification.checks import Check
from policygen.verification.configuration.prerequisites import prerequisite_checks
from policygen.verification.configuration.public import public_checks
from policygen.verification.configuration.replication import replication_configuration_checks
from policygen.verification.configuration.requirements import object_lock_checks, requirement_checks
from policygen.verification.configuration.settings import settings_checks
from policygen.verification.documents import Documents


def configuration_checks(
    spec: Spec, documents: Documents, generated: Documents, environment: Environment
) -> Iterator[Check]:
    """Yield every configuration check of a spec.

    Args:
        spec: The spec.
        documents: The documents under verification.
        generated: What the spec generates: configurations and settings as they should be.
        environment: The environment that the documents make.
    """
    yield from prerequisite_checks(spec)
    for replication in spec.replication:
        yield from replication_configuration_checks(replication, documents, generated)
    yield from settings_checks(spec, documents, generated)
    yield from requirement_checks(spec, documents)
    yield from object_lock_checks(spec, environment)
    yield from public_checks(spec, documents)
