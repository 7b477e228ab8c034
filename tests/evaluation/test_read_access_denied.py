"""AWS's sentences about denied calls, read: as its page writes them, and as they come out of tools (N14).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from random import Random

import pytest

from policygen import EvalDecision, PolicySet, Request
from policygen.evaluation import PolicyType
from policygen.evaluation.message import AccessDenied, read_access_denied
from tests.evaluation.test_access_denied_messages import EXAMPLES, message
from tests.property.strategies import Maker

ANA = "arn:aws:iam::111122223333:user/ana"
SAID = f"User: {ANA} is not authorized to perform: s3:GetObject on resource: "
SCP = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd"


def one(text):
    """The only sentence of a text, read."""
    [found] = read_access_denied(text)
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_written_is_read(name):
    """Each example of AWS's page says who was denied what, on what, by which type of policy, and how."""
    policies, request, _ = EXAMPLES[name]
    found = one(message(policies, request)[0])
    kind, how = name.rsplit(", ", 1)
    words = {"role trust policy": "resource-based", "key policy": "resource-based"}
    kind = words.get(kind, kind.removesuffix(" policy").replace(" ", "-").lower())
    assert (found.principal, found.action, found.resource) == request
    assert found.policy_type is PolicyType({"vpc-endpoint": "vpc-endpoint"}.get(kind, kind))
    assert found.decision is EvalDecision(f"{how}Deny")
    assert found.policy is None


def test_random_sentences_are_read():
    """Every sentence that is written of a random verdict is read back as that verdict."""
    random, read = Random(3), 0
    for _ in range(120):
        case = Maker(random).case()
        decision = PolicySet(**case.policies, settings=case.settings).authorize(Request(**case.request))
        explanation = decision.explain()
        if explanation.message is not None:
            read += 1
            found = one(explanation.message)
            assert found.decision is decision.decision
            assert (found.principal, found.resource) == (decision.request.principal.arn, decision.request.resource)
    assert read > 40


def test_the_arn_of_the_policy():
    """The ARN of a denying policy is read, without the full stop behind it."""
    text = f"{SAID}arn:aws:s3:::b/k with an explicit deny in a service control policy: {SCP}."
    assert one(text) == AccessDenied(
        principal=ANA,
        action="s3:GetObject",
        resource="arn:aws:s3:::b/k",
        decision=EvalDecision.EXPLICIT_DENY,
        policy_type=PolicyType.SERVICE_CONTROL,
        policy=SCP,
    )


FORMS = {
    '"arn:aws:s3:::b/a key" because no identity-based policy allows the s3:GetObject action': "identity-based",
    "arn:aws:s3:::b/a key with an explicit deny in a sessions policy": "session",
    "arn:aws:s3:::b/a key with an explicit deny in the role trust policy": "resource-based",
    "arn:aws:s3:::b/a key because no\n  VPC endpoint policy allows the\n  s3:GetObject action": "vpc-endpoint",
    "arn:aws:s3:::b/a key with an explicit deny in a new kind of policy": None,
}


@pytest.mark.parametrize("end", FORMS)
def test_forms_of_the_sentence(end):
    """A resource in quotes or with spaces, other words for a type, broken lines, a type that is not known."""
    found = one(SAID + end)
    assert found.resource == "arn:aws:s3:::b/a key"
    assert (found.policy_type and found.policy_type.value) == FORMS[end]
    assert found.decision is not None


@pytest.mark.parametrize(
    "end", ["", ".", " (Service: S3, Status Code: 403, Request ID: 1)", '"}', "\n\tat com.example.App"]
)
def test_a_sentence_without_a_reason(end):
    """Nothing is said of how, and what stands behind the resource is not taken for a part of it."""
    found = one(f"{SAID}arn:aws:s3:::b/k{end}")
    assert found == AccessDenied(principal=ANA, action="s3:GetObject", resource="arn:aws:s3:::b/k")


def test_the_frame_of_terraform():
    """The bars that Terraform draws in front of each line are no part of the sentence."""
    text = "╷\n│ Error: reading S3 Bucket\n│ api error AccessDenied: " + SAID.replace(" to ", "\n│ to ")
    assert one(f"{text}arn:aws:s3:::b/k\n╵").action == "s3:GetObject"


def test_several_sentences():
    """A text with several tells of each."""
    bob = "User: bob is not authorized to perform: sqs:SendMessage"
    found = read_access_denied(
        f"12:00 {SAID}arn:aws:s3:::b/k because no session policy allows the s3:GetObject action\n12:01 {bob}"
    )
    assert [(each.principal, each.resource) for each in found] == [(ANA, "arn:aws:s3:::b/k"), ("bob", "*")]


def test_the_authorization_id():
    """The ID under which AWS tells the details of the denial is read where the message has it."""
    assert one(f"{SAID}arn:aws:s3:::b/k. Authorization ID: 0a1b2c3d4e5f").authorization_id == "0a1b2c3d4e5f"


@pytest.mark.parametrize("text", ["", "Access Denied", "User: is not authorized to perform: everything", "x" * 200_000])
def test_no_sentence(text):
    """A text without the sentence tells of nothing."""
    assert read_access_denied(text) == ()
