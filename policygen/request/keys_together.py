"""Condition keys that go together: AWS sends both or neither, and what one says the other says, too.

Fact: G3, G4, G40, G41, G43, G44, G45, G57, G58, G59, G60
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from policygen.aws.arns import COLONS, FIELDS

KEYS_TOGETHER = (
    ("aws:principalorgid", "aws:principalorgpaths"),
    ("aws:resourceorgid", "aws:resourceorgpaths"),
    ("aws:sourceorgid", "aws:sourceorgpaths"),
    ("aws:sourceaccount", "aws:sourcearn"),
    ("aws:calledvia", "aws:calledviafirst"),
    ("aws:calledvia", "aws:calledvialast"),
    ("aws:calledviafirst", "aws:calledvialast"),
)
"""Pairs in lower case, of which one is never there without the other."""

_ACCOUNT = 4


def said_of(whole: str, value: str) -> str | None:
    """Return what the second key of a pair says of the first; None where it does not say.

    Args:
        whole: The first key, in lower case.
        value: A value of the second key, or how a value begins: what it says depends on no more.

    >>> said_of("aws:sourceaccount", "arn:aws:sqs:us-east-1:111122223333:queue")
    '111122223333'
    >>> said_of("aws:principalorgid", "o-a1b2c3d4e5/r-ab12/")
    'o-a1b2c3d4e5'
    """
    if whole == "aws:sourceaccount":
        fields = value.split(":", COLONS)
        return (fields[_ACCOUNT] or None) if len(fields) == FIELDS else None
    if whole.endswith("orgid"):
        organization, slash, _ = value.partition("/")
        return organization if slash else None
    return None
