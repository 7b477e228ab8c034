"""Rules of single services and settings, and what missing context does at its limits."""

import json

import pytest

import policygen as pg
from policygen.evaluation.public_access import is_public_policy

ACCOUNT = "111122223333"
OTHER = "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/ana"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
OBJECT = "arn:aws:s3:::b/k"
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    """Return a document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def request(**changes):
    """Return a request by a user of the bucket's account."""
    given = {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resource_account": ACCOUNT}
    return pg.Request(**{**given, **changes})


def missing(condition, **changes):
    """Return the missing context under an Allow with a condition."""
    policies = pg.PolicySet(identity_based=[policy({**ALLOW, "Condition": condition})])
    return policies.authorize(request(**changes)).missing_context


def test_a_number_that_python_does_not_convert():
    """A number of too many digits is no JSON for anybody here: a clear error, no traceback."""
    with pytest.raises(pg.DocumentError) as error:
        pg.parse_policy('{"Statement": ' + "9" * 5000 + "}", "p")
    assert error.value.problems[0].code in ("PG-D001", "PG-D004")


def test_a_public_policy_under_restrict_public_buckets():
    """A public bucket policy serves the owner's account only: an anonymous caller is refused with that reason."""
    public = policy({**ALLOW, "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})
    settings = {"block_public_access": {"RestrictPublicBuckets": True}}
    decision = pg.PolicySet(resource_based=public, settings=settings).authorize(request(principal="anonymous"))
    assert not decision.allowed
    assert "RestrictPublicBuckets" in decision.explain().because
    assert pg.PolicySet(resource_based=public).authorize(request(principal="anonymous")).allowed
    assert pg.PolicySet(resource_based=public, settings=settings).authorize(request()).allowed


def test_access_points_of_the_same_policy():
    """An access point's ARN with any name limits a bucket policy, not an access point's own."""
    condition = {"StringLike": {"s3:DataAccessPointArn": f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/*"}}
    statement = {**ALLOW, "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    document = pg.parse_policy(policy(statement), "p")
    assert not is_public_policy(document)
    assert is_public_policy(document, access_point=True)


def test_federated_sign_in_has_no_identity_based_policies():
    """Only the trust policy decides about AssumeRoleWithWebIdentity, whatever a user may do."""
    asked = request(action="sts:AssumeRoleWithWebIdentity", resource=ROLE, resource_account=None)
    decision = pg.PolicySet(identity_based=[policy(ALLOW)], resource_based=policy()).authorize(asked)
    assert not decision.allowed
    note = decision.explain().to_dict()["identity-based"]["note"]
    assert note == "only the trust policy decides about sts:AssumeRoleWithWebIdentity"


def test_passed_contexts_need_a_permission_of_their_own():
    """sts:SetContext must be allowed beside sts:AssumeRole when contexts are passed."""
    trust = {"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}
    context = {"sts:RequestContextProviders": "arn:aws:iam::aws:contextProvider/IdentityCenter"}
    asked = request(action="sts:AssumeRole", resource=ROLE, resource_account=None, context=context)
    assert not pg.PolicySet(resource_based=policy(trust)).authorize(asked).allowed
    both = policy({**trust, "Action": ["sts:AssumeRole", "sts:SetContext"]})
    assert pg.PolicySet(resource_based=both).authorize(asked).allowed


def test_unique_ids():
    """A user's unique id names the user; a role's id, which its sessions carry before the colon, names the role."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    user = {"arn": USER, "unique_id": "AIDAEXAMPLE"}
    session = {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/x", "unique_id": "AROAEXAMPLE:x"}
    for unique_id, principal, allowed in (
        ("AIDAEXAMPLE", user, True),
        ("AIDAOTHER", user, False),
        ("AROAEXAMPLE", session, True),
        ("AROAOTHER", session, False),
    ):
        policies = pg.PolicySet(resource_based=policy({**statement, "Principal": {"AWS": unique_id}}))
        assert policies.authorize(request(principal=principal)).allowed is allowed


def test_service_control_policies_cannot_restrict_every_service():
    """SCPs do not concern Mechanical Turk."""
    policies = pg.PolicySet(identity_based=[policy(ALLOW)], service_control=[[policy()]])
    assert policies.authorize(request(action="mechanicalturk:GetAccountBalance", resource="*")).allowed
    assert not policies.authorize(request()).allowed


def test_what_resource_control_policies_leave_alone():
    """An RCP concerns neither service-linked roles' trust policies, nor kms:RetireGrant, nor AWS managed keys."""
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/R"
    trust = policy({"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"})
    deny = policy({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"})
    retire = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    key = policy({**ALLOW, "Principal": {"AWS": USER}})
    guarded = pg.PolicySet(resource_based=key, resource_control=[[policy(retire)]])
    asked = {"resource": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", "resource_account": None}
    assert guarded.authorize(request(action="kms:RetireGrant", **asked)).allowed
    assert not guarded.authorize(request(action="kms:Decrypt", **asked)).allowed
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/s3"
    aws_managed = request(action="kms:DescribeKey", resource=alias, resource_account=None)
    assert guarded.authorize(aws_managed).allowed
    policies = pg.PolicySet(resource_based=trust, resource_control=[[deny]])
    assert policies.authorize(request(action="sts:AssumeRole", resource=role, resource_account=None)).allowed
    assert not policies.authorize(request(action="sts:AssumeRole", resource=ROLE, resource_account=None)).allowed


@pytest.mark.parametrize(
    ("visible", "encryption", "context", "action", "allowed"),
    [
        (True, ("aws:kms", "arn:key"), {}, "s3:PutObject", True),
        (True, ("aws:kms", None), {}, "s3:PutObject", True),
        (True, ("AES256", None), {}, "s3:PutObject", False),
        (True, None, {}, "s3:PutObject", False),
        (False, ("aws:kms", "arn:key"), {}, "s3:PutObject", False),
        (True, ("aws:kms", "arn:key"), {"s3:x-amz-server-side-encryption": "AES256"}, "s3:PutObject", False),
        (True, ("aws:kms", "arn:key"), {}, "s3:GetObject", False),
    ],
)
def test_default_encryption_may_be_visible(visible, encryption, context, action, allowed):
    """With the setting on, an upload without header is judged as if it asked for the bucket's default encryption."""
    condition = {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    policies = pg.PolicySet(identity_based=[policy({**ALLOW, "Condition": condition})])
    policies = policies.with_settings(default_encryption_visible=visible, default_encryption=encryption)
    assert policies.authorize(request(action=action, context=context)).allowed is allowed


def test_a_resource_based_policy_without_principal_names_nobody():
    """The explanation says that the element is missing."""
    decision = pg.PolicySet(resource_based=policy(ALLOW)).authorize(request())
    assert not decision.allowed
    (statement,) = decision.explain().to_dict()["resource-based"]["statements"]
    assert statement["elements"][0]["reason"] == "principal_element_missing"


def test_a_statement_without_action_covers_nothing():
    """A document that AWS would not save is judged as it is written."""
    for statement in ({"Effect": "Allow", "Resource": "*"}, {"Effect": "Allow", "Action": "*"}):
        decision = pg.PolicySet(identity_based=[policy(statement)]).authorize(request())
        assert not decision.allowed
        json.dumps(decision.explain().to_dict())


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({"NumericLessThan": {"aws:EpochTime": "1767225600"}}, ("aws:EpochTime",)),
        ({"NumericLessThan": {"aws:EpochTime": "many"}}, ()),
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, ("aws:CurrentTime",)),
        ({"DateLessThan": {"aws:CurrentTime": "soon"}}, ()),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, ("aws:SourceIp",)),
        ({"NotIpAddress": {"aws:SourceIp": "255.255.255.255/32"}}, ("aws:SourceIp",)),
        ({"IpAddress": {"aws:SourceIp": "nowhere"}}, ()),
        ({"StringLike": {"aws:userid": "AIDA${aws:PrincipalTag/x}?*"}}, ("aws:userid",)),
    ],
)
def test_missing_context(condition, keys):
    """A key that AWS always sends is missing when one of its values would change the decision."""
    assert missing(condition, context={"aws:PrincipalTag/x": "y"}) == keys


def test_missing_context_looks_at_a_few_places_only():
    """A resource that repeats what stands before a variable does not make the search grow without end."""
    statement = {**ALLOW, "Resource": "arn:aws:s3:::b/x${aws:userid}x*"}
    policies = pg.PolicySet(identity_based=[policy(statement)])
    assert policies.authorize(request(resource="arn:aws:s3:::b/" + "x" * 500)).missing_context == ("aws:userid",)


def test_missing_context_gives_up_in_the_end():
    """Thousands of values that are told apart are not all tried in every combination."""
    keys = ("aws:SourceIp", "aws:CurrentTime", "aws:userid", "aws:RequestedRegion", "aws:EpochTime")
    conditions = {
        "StringEquals": {key: [f"{key}-{number}" for number in range(40)] for key in keys},
        "StringNotEquals": {key: [f"{key}-{number}" for number in range(40)] for key in keys},
    }
    assert missing(conditions) == ()


def test_what_is_known_of_resources_in_an_environment(tmp_path):
    """Aliases, tags and multi-Region type of an environment's resources are context keys of its requests."""
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    file = tmp_path / "account.json"
    resource = {
        "resource_based": policy({**ALLOW, "Principal": {"AWS": USER}}),
        "aliases": ["alias/data"],
        "tags": {"team": "data"},
        "multi_region": "primary",
    }
    file.write_text(json.dumps({"version": 1, "resources": {key: resource}}))
    environment = pg.load_environment(file)
    decision = environment.authorize(request(action="kms:Decrypt", resource=key, resource_account=None))
    assert decision.allowed
    filled_in = {value.name: value.values for value in decision.request.filled_in}
    expected = {
        "aws:ResourceTag/team": ("data",),
        "kms:ResourceAliases": ("alias/data",),
        "kms:MultiRegion": ("true",),
        "kms:MultiRegionKeyType": ("PRIMARY",),
    }
    assert filled_in | expected == filled_in


def test_the_account_in_an_arn_owns_the_resource():
    """A stated resource account counts only for an ARN that carries none."""
    policies = pg.PolicySet(identity_based=[policy(ALLOW)])
    queue = "arn:aws:sqs:us-east-1:444455556666:q"
    assert not policies.authorize(request(action="sqs:SendMessage", resource=queue)).allowed
    assert policies.authorize(request()).allowed


@pytest.mark.parametrize(
    ("principal", "action", "resource", "keys"),
    [
        ("sns.amazonaws.com", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", ("aws:SecureTransport",)),
        ("cloudtrail.amazonaws.com", "s3:PutObject", OBJECT, ()),
        ("anonymous", "s3:PutObject", OBJECT, ("aws:SecureTransport", "aws:SourceIp")),
    ],
)
def test_services_send_no_address(principal, action, resource, keys):
    """A call of one service to another has no aws:SourceIp (G31), one to S3 no aws:SecureTransport either (E109)."""
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    allow = {**ALLOW, "Action": "*", "Principal": "*"}
    tls = {**allow, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policies = pg.PolicySet(resource_based=policy(allow, tls, {**tls, "Condition": condition}))
    decision = policies.authorize(request(principal=principal, action=action, resource=resource))
    assert decision.missing_context == keys


@pytest.mark.parametrize(
    ("context", "keys"),
    [
        ({}, ("aws:SourceIp",)),
        ({"aws:ViaAWSService": "false"}, ("aws:SourceIp",)),
        ({"aws:ViaAWSService": True}, ()),
        ({"aws:SourceVpce": "vpce-1"}, ()),
        ({"aws:VpceAccount": "111122223333"}, ()),
    ],
)
def test_an_address_comes_on_one_way_only(context, keys):
    """Neither a forwarded request has an aws:SourceIp (G31), nor one with a key that only VPC endpoints send."""
    assert missing({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, context=context) == keys


def test_services_have_no_user_id():
    """A key that a service principal never carries is not missing from its requests (E159a)."""
    policies = pg.PolicySet(
        resource_based=policy(
            {**ALLOW, "Principal": "*"},
            {**ALLOW, "Effect": "Deny", "Principal": "*", "Condition": {"StringLike": {"aws:userid": "AIDA*"}}},
        )
    )
    assert policies.authorize(request(principal="cloudtrail.amazonaws.com")).missing_context == ()
    assert policies.authorize(request(principal=USER)).missing_context == ("aws:userid",)


@pytest.mark.parametrize("principal", ["anonymous", "cloudtrail.amazonaws.com"])
def test_an_unknown_owner_is_not_the_management_account(principal):
    """An RCP counts for callers without an account when nobody says who owns the resource (E59)."""
    deny = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    policies = pg.PolicySet(resource_based=policy({**ALLOW, "Principal": "*"}), resource_control=[[deny]])
    decision = policies.authorize(request(principal=principal, resource_account=None))
    assert decision.decision.value == "explicitDeny"


@pytest.mark.parametrize(
    ("operations", "allowed"), [("", True), ("Decrypt", True), (["", "Decrypt"], False), ("Encrypt", False)]
)
def test_a_grant_that_passes_on_its_own(operations, allowed):
    """E91, E280: the operations of the new grant are among its own; one empty value is none."""
    grant = {"GranteePrincipal": USER, "Operations": ["CreateGrant", "Decrypt"]}
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1"
    asked = request(action="kms:CreateGrant", resource=key, context={"kms:GrantOperations": operations})
    assert pg.PolicySet(grants=[grant]).authorize(asked).allowed is allowed
