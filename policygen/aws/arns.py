"""Amazon Resource Names: taking them apart and putting them together.

Matching patterns against ARNs is :mod:`policygen.matching`; this module knows only the six fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCOUNT_ID = re.compile(r"[0-9]{12}\Z")
"""A 12-digit AWS account id, kept as text because it may begin with zero."""


FIELDS = 6
"""How many fields an ARN has."""

COLONS = FIELDS - 1
"""How many colons part them; the last field may hold more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """The six fields of ``arn:partition:service:region:account:resource``.

    Attributes:
        partition: ``aws``, ``aws-cn``, ``aws-us-gov`` …
        service: The service's namespace, for example ``s3``.
        region: Region code; empty where the service has none in its ARNs.
        account: 12-digit id; empty where the service has none in its ARNs.
        resource: All that follows the fifth colon, further colons included.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """

    partition: str
    service: str
    region: str = ""
    account: str = ""
    resource: str = ""

    def __str__(self) -> str:
        """Return the ARN as text."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """Return the fields of ``text``; None when it is no ARN (six fields beginning with ``arn``).

    >>> parse_arn("arn:aws:s3:::bucket/key").resource
    'bucket/key'
    """
    parts = text.split(":", COLONS)
    if len(parts) != FIELDS or parts[0] != "arn" or not parts[1] or not parts[2]:
        return None
    _, partition, service, region, account, resource = parts
    return Arn(partition=partition, service=service, region=region, account=account, resource=resource)


def is_account_id(text: str) -> bool:
    """Tell whether ``text`` is a 12-digit account id."""
    return ACCOUNT_ID.match(text) is not None


def bucket_arn(partition: str, bucket: str) -> str:
    """Return the ARN of an S3 bucket: no Region, no account."""
    return f"arn:{partition}:s3:::{bucket}"


def key_arn(partition: str, region: str, account: str, key_id: str) -> str:
    """Return the ARN of a KMS key.

    A multi-Region key's related keys share their id; only the Region differs.

    Fact: M2
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
    """
    return f"arn:{partition}:kms:{region}:{account}:key/{key_id}"


def role_arn(partition: str, account: str, path: str, name: str) -> str:
    """Return the ARN of an IAM role; ``path`` begins and ends with ``/``."""
    return f"arn:{partition}:iam::{account}:role{path}{name}"


def role_named(arn: str | None) -> tuple[str, str] | None:
    """Return account and name of the role that an ARN names, whatever its path; None where it names none.

    Fact: E245
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    found = parse_arn(arn or "")
    if found is None or found.service != "iam" or not found.resource.startswith("role/"):
        return None
    return found.account, found.resource.rpartition("/")[2]


def is_service_linked_role(arn: str) -> bool:
    """Tell whether an ARN names a role that is linked to a service: its path begins with ``/aws-service-role/``.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    return ":role/aws-service-role/" in arn


def root_arn(partition: str, account: str) -> str:
    """Return the ARN that stands for an account, and for its root user."""
    return f"arn:{partition}:iam::{account}:root"


def via_service(service: str, region: str) -> str:
    """Return the value of ``kms:ViaService``: ``.amazonaws.com`` in every partition, China included.

    Fact: K13
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    return f"{service}.{region}.amazonaws.com"
