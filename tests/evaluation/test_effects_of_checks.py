"""The checks of a request, as AWS tells them of a denied call: what each policy type comes to by itself (N15).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from random import Random

import pytest

from policygen import PolicySet, Request
from policygen.evaluation.checks import checks_of
from policygen.evaluation.results.checks import CheckEffect, CheckType
from tests.property.strategies import Maker

ANA = "arn:aws:iam::111122223333:user/ana"
SESSION = "arn:aws:sts::111122223333:assumed-role/Worker/ana"
FAY = "arn:aws:sts::111122223333:federated-user/Fay"
ROOT = "arn:aws:iam::111122223333:root"
OBJECT = "arn:aws:s3:::logs/a.txt"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234"
GET = ("s3:GetObject", OBJECT)
DECRYPT = ("kms:Decrypt", KEY)
ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
NONE = {"Statement": []}
SHUT = {"Statement": {"Sid": "Shut", "Effect": "Deny", "Action": "*", "Resource": "*"}}


def to(principal, effect="Allow"):
    """A resource's policy that names somebody."""
    return {"Statement": {"Effect": effect, "Principal": principal, "Action": "*", "Resource": "*"}}


def checks(policies, call, principal=ANA, account="111122223333", apart=False):
    """The checks of a call, in a line."""
    request = Request(principal=principal, action=call[0], resource=call[1], resource_account=account)
    found = checks_of(PolicySet(**policies), request, owner_apart=apart)
    return " ".join(f"{each.type.name}={each.effect.name}" for each in found.checks)


CASES = {
    "a user's own policies alone": ({"identity_based": ALL}, GET, {}, "PRINCIPAL=ALLOW"),
    "nothing": ({}, GET, {}, "PRINCIPAL=IMPLICIT_DENY"),
    "an allow of the bucket policy in one account stands in the principal's check": (
        {"resource_based": to({"AWS": ANA})}, GET, {}, "PRINCIPAL=ALLOW"),
    "a deny of the bucket policy, too": (
        {"identity_based": ALL, "resource_based": to("*", "Deny")}, GET, {}, "PRINCIPAL=EXPLICIT_DENY"),
    "asked apart, the bucket policy has its own": (
        {"identity_based": ALL, "resource_based": to("*", "Deny")}, GET, {"apart": True},
        "RESOURCE=EXPLICIT_DENY PRINCIPAL=ALLOW"),
    "asked apart, a bucket policy that need not allow": (
        {"identity_based": ALL}, GET, {"apart": True}, "RESOURCE=NO_IMPACT PRINCIPAL=ALLOW"),
    "across accounts both are asked": (
        {"identity_based": ALL}, GET, {"account": "444455556666"}, "RESOURCE=IMPLICIT_DENY PRINCIPAL=ALLOW"),
    "across accounts the caller's own must allow": (
        {"resource_based": to({"AWS": ANA})}, GET, {"account": "444455556666"},
        "RESOURCE=ALLOW PRINCIPAL=IMPLICIT_DENY"),
    "a key policy that names the caller is another path": (
        {"resource_based": to({"AWS": ANA})}, DECRYPT, {}, "RESOURCE=ALLOW PRINCIPAL=NO_IMPACT"),
    "a key policy that names the account needs the caller's own": (
        {"resource_based": to({"AWS": ROOT})}, DECRYPT, {}, "RESOURCE=ALLOW PRINCIPAL=IMPLICIT_DENY"),
    "a key without a policy": ({"identity_based": ALL}, DECRYPT, {}, "RESOURCE=IMPLICIT_DENY PRINCIPAL=ALLOW"),
    "a grant is another path": (
        {"grants": [{"GranteePrincipal": ANA, "Operations": ["Decrypt"]}], "permissions_boundary": NONE}, DECRYPT, {},
        "RESOURCE=ALLOW PRINCIPAL=NO_IMPACT BOUNDARY=NO_IMPACT"),
    "a boundary that allows nothing": (
        {"identity_based": ALL, "permissions_boundary": NONE}, GET, {}, "PRINCIPAL=ALLOW BOUNDARY=IMPLICIT_DENY"),
    "a boundary does not limit what names the caller": (
        {"resource_based": to({"AWS": ANA}), "permissions_boundary": NONE}, GET, {},
        "PRINCIPAL=ALLOW BOUNDARY=NO_IMPACT"),
    "a session policy does not limit what names the session": (
        {"resource_based": to({"AWS": SESSION}), "session": [NONE]}, GET, {"principal": SESSION},
        "PRINCIPAL=ALLOW SESSION=NO_IMPACT"),
    "a session policy limits what names the role": (
        {"resource_based": to({"AWS": "arn:aws:iam::111122223333:role/Worker"}), "session": [NONE]}, GET,
        {"principal": SESSION}, "PRINCIPAL=ALLOW SESSION=IMPLICIT_DENY"),
    "a session without a session policy has no such check": (
        {"identity_based": ALL}, GET, {"principal": SESSION}, "PRINCIPAL=ALLOW"),
    "a federated user without a session policy has nothing": (
        {"identity_based": ALL}, GET, {"principal": FAY}, "PRINCIPAL=ALLOW SESSION=IMPLICIT_DENY"),
    "levels from the root, RCPs before SCPs": (
        {"identity_based": ALL, "service_control": [[ALL], [NONE]], "resource_control": [[], [to("*", "Deny")]]}, GET,
        {}, ("RESOURCE_CONTROL=ALLOW RESOURCE_CONTROL=EXPLICIT_DENY SERVICE_CONTROL=ALLOW "
             "SERVICE_CONTROL=IMPLICIT_DENY PRINCIPAL=ALLOW")),
    "an endpoint's policy": (
        {"identity_based": ALL, "vpc_endpoint": NONE}, GET, {}, "VPC_ENDPOINT=IMPLICIT_DENY PRINCIPAL=ALLOW"),
    "a service has no policies of its own": (
        {}, GET, {"principal": "logging.s3.amazonaws.com"}, "RESOURCE=IMPLICIT_DENY"),
    "what needs no permission is denied by nothing": (
        {"identity_based": SHUT}, ("sts:GetCallerIdentity", "*"), {}, "PRINCIPAL=NO_IMPACT"),
    "the root user has what it owns": ({}, GET, {"principal": ROOT}, "RESOURCE=NO_IMPACT"),
    "what no policy can allow to this caller": (
        {"identity_based": ALL}, ("sts:GetFederationToken", "*"), {"principal": SESSION}, "PRINCIPAL=IMPLICIT_DENY"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_each_check_comes_to(name):
    """As AWS's model describes the checks: which there are, in which order, and what each comes to."""
    policies, call, more, expected = CASES[name]
    assert checks(policies, call, **more) == expected


def test_checks_come_to_the_verdict():
    """Over random policies, the checks come to the verdict as AWS's do, in AWS's order.

    An explicit deny has a check that denies so; an implicit one has one, and no explicit one; an allowed call has none.
    """
    random, order = Random(5), list(CheckType)
    for _ in range(150):
        case = Maker(random).case()
        found = checks_of(PolicySet(**case.policies, settings=case.settings), Request(**case.request))
        effects = [each.effect for each in found.checks]
        denials = [each for each in (CheckEffect.EXPLICIT_DENY, CheckEffect.IMPLICIT_DENY) if each in effects]
        assert (denials or [CheckEffect.ALLOW])[0] is found.effect
        assert sorted(found.checks, key=lambda each: order.index(each.type)) == list(found.checks)


def test_statements_that_matched():
    """A check names every statement that applies, those that deny first."""
    policies = PolicySet(identity_based=[ALL, SHUT])
    [check] = checks_of(policies, Request(principal=ANA, action=GET[0], resource=GET[1])).checks
    assert [(each.policy, each.label) for each in check.matched] == [
        ("identity-based policy #1", "Shut"),
        ("identity-based policy #0", "#0"),
    ]
