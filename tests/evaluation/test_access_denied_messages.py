"""AWS's own sentence about a denied call, as its page and its announcement of 2026 show it (N14).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import pytest

import policygen as pg

JOHN = "arn:aws:iam::123456789012:user/John"
OTHER = "arn:aws:iam::777788889999:user/John"
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
NOTHING = {"Version": "2012-10-17", "Statement": []}
DENY = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
OPEN = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
SHUT = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*"
ROLE = "arn:aws:iam::123456789012:role/target"
SESSION = "arn:aws:sts::123456789012:assumed-role/app/now"
NO_TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}

EXAMPLES = {
    "service control policy, implicit": (
        {"identity_based": ALL, "service_control": [[]]},
        (OTHER, "codecommit:ListRepositories", "*"),
        ("codecommit:ListRepositories because no service control policy allows the codecommit:ListRepositories action"),
    ),
    "service control policy, explicit": (
        {"identity_based": ALL, "service_control": [[ALL, DENY]]},
        (OTHER, "codecommit:ListRepositories", "*"),
        "codecommit:ListRepositories with an explicit deny in a service control policy",
    ),
    "resource control policy, explicit": (
        {"identity_based": ALL, "resource_control": [[SHUT]]},
        (JOHN, "secretsmanager:GetSecretValue", SECRET),
        (f"secretsmanager:GetSecretValue on resource: {SECRET} with an explicit deny in a resource control policy"),
    ),
    "VPC endpoint policy, implicit": (
        {"identity_based": ALL, "vpc_endpoint": NOTHING},
        (JOHN, "codecommit:ListRepositories", "*"),
        ("codecommit:ListRepositories because no VPC endpoint policy allows the codecommit:ListRepositories action"),
    ),
    "VPC endpoint policy, explicit": (
        {"identity_based": ALL, "vpc_endpoint": SHUT},
        (JOHN, "codedeploy:ListDeployments", GROUP),
        (f"codedeploy:ListDeployments on resource: {GROUP} with an explicit deny in a VPC endpoint policy"),
    ),
    "permissions boundary, implicit": (
        {"identity_based": ALL, "permissions_boundary": NOTHING},
        (JOHN, "codedeploy:ListDeployments", GROUP),
        (
            f"codedeploy:ListDeployments on resource: {GROUP} because no permissions boundary allows the "
            "codedeploy:ListDeployments action"
        ),
    ),
    "permissions boundary, explicit": (
        {"identity_based": ALL, "permissions_boundary": DENY},
        (OTHER, "sagemaker:ListModels", "*"),
        "sagemaker:ListModels with an explicit deny in a permissions boundary",
    ),
    "session policy, implicit": (
        {"identity_based": ALL, "session": [NOTHING]},
        (SESSION, "codecommit:ListRepositories", "*"),
        ("codecommit:ListRepositories because no session policy allows the codecommit:ListRepositories action"),
    ),
    "session policy, explicit": (
        {"identity_based": ALL, "session": [ALL, DENY]},
        (SESSION, "codedeploy:ListDeployments", GROUP),
        f"codedeploy:ListDeployments on resource: {GROUP} with an explicit deny in a session policy",
    ),
    "resource-based policy, implicit": (
        {"identity_based": ALL},
        (OTHER, "secretsmanager:GetSecretValue", SECRET),
        (
            f"secretsmanager:GetSecretValue on resource: {SECRET} because no resource-based policy allows "
            "the secretsmanager:GetSecretValue action"
        ),
    ),
    "resource-based policy, explicit": (
        {"identity_based": ALL, "resource_based": SHUT},
        (JOHN, "secretsmanager:GetSecretValue", SECRET),
        (f"secretsmanager:GetSecretValue on resource: {SECRET} with an explicit deny in a resource-based policy"),
    ),
    "role trust policy, implicit": (
        {"identity_based": ALL},
        (JOHN, "sts:AssumeRole", ROLE),
        (f"sts:AssumeRole on resource: {ROLE} because no role trust policy allows the sts:AssumeRole action"),
    ),
    "role trust policy, explicit": (
        {"identity_based": ALL, "resource_based": NO_TRUST},
        (JOHN, "sts:AssumeRole", ROLE),
        f"sts:AssumeRole on resource: {ROLE} with an explicit deny in the role trust policy",
    ),
    "identity-based policy, implicit": (
        {},
        (JOHN, "codecommit:ListRepositories", "*"),
        ("codecommit:ListRepositories because no identity-based policy allows the codecommit:ListRepositories action"),
    ),
    "identity-based policy, explicit": (
        {"identity_based": [ALL, DENY]},
        (JOHN, "codedeploy:ListDeployments", GROUP),
        (f"codedeploy:ListDeployments on resource: {GROUP} with an explicit deny in an identity-based policy"),
    ),
    "key policy, implicit": (
        {"identity_based": ALL},
        (JOHN, "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/k"),
        (
            "kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/k because no resource-based "
            "policy allows the kms:Decrypt action"
        ),
    ),
}


def message(policies, request):
    """Return AWS's sentence of a request, and the whole explanation."""
    principal, action, resource = request
    decision = pg.PolicySet(**policies).authorize(pg.Request(principal=principal, action=action, resource=resource))
    explained = decision.explain()
    assert explained.to_dict().get("message") == explained.message
    return explained.message, str(explained)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_s_examples(name):
    """Each example of AWS's page, with the resource where the call has one; the explanation ends in it."""
    policies, request, said = EXAMPLES[name]
    found, explained = message(policies, request)
    expected = f"User: {request[0]} is not authorized to perform: {said}"
    assert found == expected
    assert explained.endswith(f"\n  in AWS's words: {expected}")


def test_the_arn_of_the_policy_follows_where_it_has_one():
    """As AWS's announcement shows it, for an SCP; a policy of another name is not said."""
    arn = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd"
    request = ("arn:aws:iam::123456789012:user/Matt", "iam:ListRoles", "arn:aws:iam::123456789012:role/*")
    said = "User: arn:aws:iam::123456789012:user/Matt is not authorized to perform: iam:ListRoles on resource: "
    said += "arn:aws:iam::123456789012:role/* with an explicit deny in a service control policy"
    for name, end in ((arn, f": {arn}"), ("guardrails/scp.json", ""), ("arn:aws:iam::1:role/r", "")):
        policies = {"identity_based": ALL, "service_control": [[ALL, {"name": name, "document": DENY}]]}
        assert message(policies, request)[0] == said + end


@pytest.mark.parametrize(
    ("policies", "request_"),
    [
        ({"identity_based": ALL}, (JOHN, "s3:ListAllMyBuckets", "*")),
        ({}, ("anonymous", "s3:GetObject", "arn:aws:s3:::b/k")),
        ({"resource_based": SHUT}, ("logging.s3.amazonaws.com", "s3:PutObject", "arn:aws:s3:::b/k")),
        ({"resource_based": OPEN}, ("arn:aws:iam::123456789012:root", "sts:AssumeRole", ROLE)),
    ],
)
def test_no_sentence_where_aws_has_none(policies, request_):
    """An allowed call, a caller who is nobody's identity, a call that no policy could allow."""
    found, explained = message(policies, request_)
    assert found is None
    assert "in AWS's words" not in explained
