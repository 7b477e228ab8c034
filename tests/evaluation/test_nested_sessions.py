"""A session of a session has what the policies of both allow (N12: AWS's service model, sts:GetScopedCredentials)."""

import pytest

import policygen as pg
from policygen.errors import ArgumentError, SuiteError
from policygen.scenario import run_suite
from policygen.suite import parse_suite

SESSION = "arn:aws:sts::111122223333:assumed-role/reader/now"
FEDERATED = "arn:aws:sts::111122223333:federated-user/bob"


def allow(*actions):
    """Return a policy that allows actions everywhere."""
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": "*"}}


GET, PUT, BOTH = allow("s3:GetObject"), allow("s3:PutObject"), allow("s3:GetObject", "s3:PutObject")


def judged(session, action="s3:GetObject", principal=SESSION):
    """Return the decision for a session whose role may do everything; the engine says the same."""
    policies = pg.PolicySet(identity_based=allow("*"), session=session)
    request = pg.Request(principal=principal, action=action, resource="arn:aws:s3:::b/k")
    decision = policies.authorize(request)
    assert {pg.compile(policies).authorize(request).decision for _ in range(3)} == {decision.decision}
    return decision


@pytest.mark.parametrize("principal", [SESSION, FEDERATED])
@pytest.mark.parametrize(
    ("session", "gets", "puts"),
    [
        ([[GET], [PUT]], False, False),
        ([[BOTH], [PUT]], False, True),
        ([[GET], [BOTH]], True, False),
        ([[GET, PUT], [BOTH], [GET]], True, False),
        ([[BOTH], []], False, False),
        ([GET, PUT], True, True),
        ([[GET, PUT]], True, True),
        ([[]], False, False),
    ],
)
def test_every_session_must_allow(session, gets, puts, principal):
    """Policies of one session are joined, those of several each limit."""
    assert judged(session, "s3:GetObject", principal).allowed is gets
    assert judged(session, "s3:PutObject", principal).allowed is puts


def test_a_deny_in_any_session_counts():
    """A Deny of the outer session ends the matter."""
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}}
    assert judged([[BOTH, deny], [BOTH]]).decision.value == "explicitDeny"


def test_the_explanation_says_which_session_limits():
    """Each session is a level of its own."""
    explained = judged([[BOTH], [PUT]]).explain()
    assert explained.because == "the session policy of level 1 does not allow s3:GetObject"
    assert [each["outcome"] for each in explained.to_dict()["session"]] == ["allowed", "implicitDeny"]
    assert judged([[PUT]]).explain().because == "the session policy does not allow s3:GetObject"


def test_documents_beside_lists_are_refused():
    """Such a list would be one session and several at once."""
    with pytest.raises(ArgumentError, match="session"):
        pg.PolicySet(session=[GET, [PUT]])


SUITE = """\
version: 1
policies: {identity_based: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}}
defaults: {request: {principal: "arn:aws:sts::111122223333:assumed-role/reader/now", resource: "arn:aws:s3:::b/k"}}
tests:
  - policies: {session: SESSION}
    request: {action: ["s3:GetObject", "s3:PutObject"]}
    expect: denied
"""
ALLOW_GET = '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "s3:GetObject", Resource: "*"}}'
ALLOW_PUT = ALLOW_GET.replace("Get", "Put")


@pytest.mark.parametrize(
    ("session", "passed"),
    [
        (f"[[{ALLOW_GET}], [{ALLOW_PUT}]]", True),
        (f"[{ALLOW_GET}, {ALLOW_PUT}]", False),
        (f"[[{ALLOW_GET}, {ALLOW_PUT}]]", False),
        ("[[], []]", True),
        (ALLOW_GET.replace("Get", "List"), True),
    ],
)
def test_suites_write_a_list_of_lists(session, passed):
    """One allows Get, the other Put: both requests are denied."""
    suite = parse_suite(SUITE.replace("SESSION", session), "t.policytest.yaml")
    assert [each.passed for each in run_suite(suite)] == [passed]


def test_suites_refuse_documents_beside_lists():
    """The problem stands where the list does."""
    with pytest.raises(SuiteError) as caught:
        parse_suite(SUITE.replace("SESSION", f"[{ALLOW_GET}, [{ALLOW_PUT}]]"), "t.policytest.yaml")
    problem = caught.value.problems[0]
    assert (problem.code, problem.place.line, problem.place.pointer) == ("PG-T002", 5, "/tests/0/policies/session")
    assert problem.message == "`session` holds documents and lists of documents"
