"""Checks of a document's size against AWS's quotas.

Unspecified: for trust, session, bucket and key policies AWS does not say whether white space counts; here it does not
for the first two, and does for the others, whose limits are in bytes.

Fact: Q1, Q4, Q5, Q6, Q10, Q12, Q17, Q18, Q19
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re

from policygen.lint.policy import Policy

_QUOTAS = {
    "identity": (10_240, False, "WARNING", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "boundary": (6_144, False, "WARNING", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "session": (2_048, False, "WARNING", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    "trust": (2_048, False, "WARNING", "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA"),
    "scp": (10_240, True, "ERROR", "POLICY_SIZE_EXCEEDS_SCP_QUOTA"),
    "rcp": (5_120, True, "ERROR", "POLICY_SIZE_EXCEEDS_RCP_QUOTA"),
    "vpc-endpoint": (20_480, True, "WARNING", "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA"),
}
_RESOURCE_QUOTAS = {"AWS::S3::Bucket": 20_480, "AWS::KMS::Key": 32_768}


def check_size(policy: Policy) -> None:
    """Check the size of a document, counted as AWS counts it for its type."""
    if policy.type == "resource":
        limit = _RESOURCE_QUOTAS.get(policy.resource_type or "")
        size = len(policy.text.encode("utf-8", "surrogatepass"))
        if limit is not None and size > limit:
            details = f"{size:,} bytes, at most {limit:,} are possible"
            policy.add("WARNING", "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", details, policy.root.place)
        return
    limit, white_space, finding_type, code = _QUOTAS[policy.type]
    size = len(policy.text if white_space else re.sub(r"\s", "", policy.text))
    if size > limit:
        counted = "characters" if white_space else "characters without white space"
        details = f"{size:,} {counted}, at most {limit:,} are possible"
        policy.add(finding_type, code, details, policy.root.place)
