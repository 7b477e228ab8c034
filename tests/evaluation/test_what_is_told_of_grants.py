"""Grants as ListGrants prints them, and checks where AWS names none."""

from policygen.evaluation import Grant, PolicySet
from policygen.evaluation.checks import _fitting
from policygen.evaluation.reading import plain_grant
from policygen.evaluation.results.checks import CheckEffect, CheckType
from policygen.matching.overlap import met_by_both
from policygen.request import Request

ROLE = "arn:aws:iam::111122223333:role/app"


def test_a_grant_is_told_as_it_is_listed():
    """What it does not have is left out; its constraints stand below their names."""
    grant = Grant(grantee=ROLE, operations=("Decrypt",), encryption_context_subset=(("a", "b"),))
    assert plain_grant(grant) == {
        "Name": "grant",
        "GranteePrincipal": ROLE,
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    }


def test_patterns_that_begin_otherwise_meet_in_nothing():
    """No text matches both where neither beginning continues the other."""
    assert met_by_both("a*c", "b*c") == ()


def test_where_nothing_is_checked_the_resource_denies():
    """A call that nothing allows has one check that says so, though no policy was looked at."""
    verdict = (
        PolicySet().authorize(Request(principal=ROLE, action="s3:GetObject", resource="arn:aws:s3:::b/k"))._verdict
    )
    (found,) = _fitting((), verdict, same_account=True)
    assert (found.type, found.effect) == (CheckType.RESOURCE, CheckEffect.IMPLICIT_DENY)
