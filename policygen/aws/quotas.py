"""AWS's quotas on the size of policies, by the way in which a policy is attached.

Unspecified: for trust, session, bucket, access point and key policies AWS does not say whether white space counts; here
it does not for the first two, and does for the others, whose limits are in bytes.

Fact: Q1, Q2, Q3, Q4, Q5, Q6, Q8, Q10, Q11, Q12, Q13, Q17, Q18, Q19
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import re
from dataclasses import dataclass

_AWS = "https://docs.aws.amazon.com/"
_BYTES, _CHARACTERS, _WITHOUT_SPACE = "bytes", "characters", "characters without white space"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """AWS's limit on a document.

    Attributes:
        name: The way of attaching, as people ask for it; empty for what is no policy.
        limit: The largest size, in ``unit``.
        unit: ``bytes``, ``characters`` or ``characters without white space``.
        doc_url: AWS's page.
        most: How many policies can be attached in this way in one place, each up to the limit; None where the limit is
            one for all of them together.
    """

    name: str = ""
    limit: int
    unit: str
    doc_url: str
    most: int | None = 1

    def size_of(self, text: str) -> int:
        """Return the size of a document's text, in ``unit``."""
        if self.unit == _BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text if self.unit == _CHARACTERS else re.sub(r"\s", "", text))

    @property
    def counts_space(self) -> bool:
        """Whether white space counts."""
        return self.unit != _WITHOUT_SPACE


_IAM = "IAM/latest/UserGuide/reference_iam-quotas.html"
_ORGANIZATIONS = "organizations/latest/userguide/orgs_reference_limits.html"
QUOTAS = {
    name: Quota(name=name, limit=limit, unit=unit, doc_url=_AWS + page, most=most)
    for name, limit, unit, most, page in (
        ("managed-policy", 6_144, _WITHOUT_SPACE, 20, _IAM),
        ("role-inline", 10_240, _WITHOUT_SPACE, None, _IAM),
        ("user-inline", 2_048, _WITHOUT_SPACE, None, _IAM),
        ("group-inline", 5_120, _WITHOUT_SPACE, None, _IAM),
        ("session-policy", 2_048, _WITHOUT_SPACE, 1, _IAM),
        ("trust-policy", 2_048, _WITHOUT_SPACE, 1, _IAM),
        ("bucket-policy", 20_480, _BYTES, 1, "AmazonS3/latest/userguide/add-bucket-policy.html"),
        ("access-point-policy", 20_480, _BYTES, 1, "AmazonS3/latest/userguide/add-bucket-policy.html"),
        ("key-policy", 32_768, _BYTES, 1, "kms/latest/developerguide/key-policy-overview.html"),
        ("vpc-endpoint-policy", 20_480, _CHARACTERS, 1, "vpc/latest/privatelink/vpc-endpoints-access.html"),
        ("scp", 10_240, _CHARACTERS, 10, _ORGANIZATIONS),
        ("rcp", 5_120, _CHARACTERS, 4, _ORGANIZATIONS),  # and RCPFullAWSAccess
    )
}
"""The quota of each way of attaching a policy, by its name."""

CONFIGURATION = Quota(
    limit=2_097_152, unit=_BYTES, doc_url=f"{_AWS}AmazonS3/latest/API/API_ReplicationConfiguration.html"
)
"""The quota of a replication configuration.

Fact: R60
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html
"""
