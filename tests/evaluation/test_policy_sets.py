"""Policy sets: what they take, what they refuse, and what is public."""

from pathlib import Path

import pytest

import policygen as pg
from policygen.evaluation import PrincipalPolicies, Settings
from policygen.evaluation.policies import Grant

SAMPLE = Path(__file__).parents[2] / "samples" / "mrk-replication" / "spec.yaml"
USER = "arn:aws:iam::111122223333:user/ana"
OBJECT = "arn:aws:s3:::b/k"
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
GRANT = {"GranteePrincipal": USER, "Operations": ["Decrypt"]}


def request(**changes):
    """Return a request by a user of the bucket's account."""
    given = {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resource_account": "111122223333"}
    return pg.Request(**{**given, **changes})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"block_public_access": "x"}, "block_public_access is a mapping"),
        (
            {"block_public_access": {"RestrictPublicBuckets": "true"}},
            "`RestrictPublicBuckets` is true or false, not `true`",
        ),
        ({"block_public_access": {"Restrict": True}}, "`Restrict` is not a Block Public Access setting"),
        ({"vpc_endpoint_type": "tunnel"}, "`tunnel` is not a VPC endpoint type"),
        ({"management_account": 111122223333}, "`management_account` is a text"),
        ({"default_encryption_visible": "yes"}, "`default_encryption_visible` is true or false"),
        ({"management": "x"}, "`management` is not a setting"),
    ],
)
def test_settings_that_are_none(settings, message):
    """A setting that does not exist, or cannot have its value, is refused with what is possible."""
    with pytest.raises(pg.RequestError) as error:
        pg.PolicySet(settings=settings)
    (problem,) = error.value.problems
    assert (problem.code, problem.message) == ("PG-R008", message)
    assert problem.hint.startswith("use ")


@pytest.mark.parametrize(
    ("grant", "message"),
    [
        (5, "a grant is a JSON object"),
        ({"Operations": ["Decrypt"]}, "a grant needs GranteePrincipal, an ARN"),
        ({"GranteePrincipal": USER}, "a grant needs Operations, a list of operation names"),
        ({**GRANT, "Operations": [5]}, "a grant needs Operations, a list of operation names"),
        (
            {**GRANT, "Constraints": {"EncryptionContextEquals": "x"}},
            "the Constraints of a grant are a JSON object, its encryption contexts too",
        ),
        (
            {**GRANT, "Constraints": "x"},
            "the Constraints of a grant are a JSON object, its encryption contexts too",
        ),
        ({**GRANT, "RetiringPrincipal": 5}, "RetiringPrincipal of a grant is an ARN"),
        ({**GRANT, "KeyId": 5}, "KeyId and SourceArn of a grant are ARNs"),
        ({**GRANT, "Constraints": {"SourceArn": 5}}, "KeyId and SourceArn of a grant are ARNs"),
    ],
)
def test_grants_that_are_none(grant, message):
    """A grant that cannot be read is refused, beside every other problem."""
    with pytest.raises(pg.DocumentError) as error:
        pg.PolicySet(grants=[grant], identity_based=["{"])
    assert [problem.code for problem in error.value.problems] == ["PG-D001", "PG-D008"]
    assert error.value.problems[1].message == message


def test_forms_of_documents():
    """A document is JSON text, plain values, a parsed document, or a name with one of them; alone or in a list."""
    text = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    for given in (text, ALLOW, pg.parse_policy(text, "p"), [ALLOW], {"name": "mine", "document": text}, (ALLOW, text)):
        assert pg.PolicySet(identity_based=given).authorize(request()).allowed
    named = pg.PolicySet(identity_based={"name": "mine", "document": ALLOW}).authorize(request())
    assert named.matched_statements[0].policy == "mine"
    unnamed = pg.PolicySet(identity_based=[{"document": ALLOW}]).authorize(request())
    assert unnamed.matched_statements[0].policy == "identity-based policy #0"


def test_settings_and_grants_may_be_objects():
    """Settings and grants that exist already are taken as they are."""
    grant = Grant(grantee=USER, operations=("Decrypt",))
    policies = pg.PolicySet(grants=[grant], settings=Settings(management_account="999999999999"))
    assert policies.grants == (grant,)
    assert policies.settings.management_account == "999999999999"
    key = request(action="kms:Decrypt", resource=KEY, resource_account=None)
    assert policies.authorize(key).allowed
    assert pg.compile(policies).authorize(key).allowed
    assert [each.allowed for each in pg.compile(policies).authorize_many([key, request()])] == [True, False]


def test_unknown_operators():
    """A condition operator that AWS does not know makes a statement that nobody can judge."""
    condition = {"StringMatches": {"aws:username": "ana"}, "Zebra": {"aws:username": "x"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    with pytest.raises(pg.DocumentError) as error:
        pg.PolicySet(identity_based=[{"Statement": statement}])
    assert [(problem.code, problem.hint) for problem in error.value.problems] == [
        ("PG-D007", "did you mean `StringEquals`?"),
        ("PG-D007", None),
    ]


def test_decisions_are_not_conditions():
    """``if decision`` is refused: it would be true for a denial."""
    decision = pg.PolicySet(identity_based=ALLOW).authorize(request())
    with pytest.raises(TypeError, match=r"ask for `\.allowed`"):
        bool(decision)


def test_statements_in_results():
    """A matched statement is named by Sid or number, and can be written as JSON."""
    decision = pg.PolicySet(identity_based=ALLOW).authorize(request())
    (statement,) = decision.matched_statements
    assert statement.label == "#0"
    assert statement.to_dict() == {
        "policy_type": "identity-based",
        "policy": "identity-based policy #0",
        "sid": None,
        "index": 0,
        "effect": "Allow",
    }


def bucket_policy(**elements):
    """Return a bucket policy of one Allow."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    return {"Version": "2012-10-17", "Statement": [{**statement, **elements}]}


def limited(operator, key, value, **elements):
    """Return a bucket policy whose Allow has one condition."""
    return bucket_policy(Condition={operator: {key: value}}, **elements)


@pytest.mark.parametrize(
    ("policy", "public"),
    [
        (bucket_policy(), True),
        (bucket_policy(Effect="Deny"), False),
        (bucket_policy(Principal={"AWS": "*"}), True),
        (bucket_policy(Principal={"AWS": "111122223333"}), False),
        (bucket_policy(Principal={"AWS": ["111122223333", "*"]}), True),
        (bucket_policy(Principal={"Service": "s3.amazonaws.com"}), False),
        (bucket_policy(Principal={"Federated": "accounts.google.com"}), True),
        (limited("IpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
        (limited("IpAddress", "aws:SourceIp", "0.0.0.0/1"), True),
        (limited("IpAddress", "aws:SourceIp", "10.0.0.0/8"), False),
        (limited("IpAddress", "aws:SourceIp", "nowhere"), True),
        (limited("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0"]), True),
        (limited("StringEquals", "aws:SourceIp", "203.0.113.0/24"), True),
        (limited("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), False),
        (limited("StringLike", "aws:PrincipalOrgID", "o-*"), True),
        (limited("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), True),
        (limited("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), True),
        (limited("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), True),
        (limited("StringEquals", "aws:PrincipalOrgID", []), True),
        (limited("StringEquals", "aws:userid", "AIDAEXAMPLE"), False),
        (limited("StringLike", "aws:userid", "AROAEXAMPLE:*"), True),
        (limited("StringEquals", "s3:prefix", "x"), True),
        (limited("NumericEquals", "aws:SourceAccount", "111122223333"), True),
    ],
)
def test_public(policy, public):
    """S3's definition of public: every Allow must be limited to fixed values."""
    assert pg.is_public(policy) is public


@pytest.mark.parametrize(("origin", "public"), [("VPC", False), ("vpc", False), ("Internet", True), (None, True)])
def test_public_access_point(origin, public):
    """E108, S42: the policy of an access point with a VPC as origin is never public."""
    policy = limited("StringEquals", "s3:prefix", "x")
    assert pg.is_public(policy, access_point_network_origin=origin) is public


@pytest.mark.parametrize(
    ("value", "origin", "public"),
    [
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/*", None, False),
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/team-*", None, False),
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/te?m", None, False),
        ("arn:aws:s3:us-west-2:*:accesspoint/team", None, True),
        ("arn:aws:s3:*:111122223333:accesspoint/*", None, True),
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/${aws:username}", None, True),
        ("arn:aws:s3:us-west-2:111122223333:*", None, True),
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/team-*", "Internet", True),
        ("arn:aws:s3:us-west-2:111122223333:accesspoint/team", "Internet", False),
    ],
)
def test_public_by_access_points(value, origin, public):
    """S42: in a bucket's policy a wildcard may stand for the access point's name, in an access point's it may not."""
    policy = limited("StringLike", "s3:DataAccessPointArn", value)
    assert pg.is_public(policy, access_point_network_origin=origin) is public


@pytest.mark.parametrize(
    ("resource", "public"),
    [
        (["arn:aws:s3:us-west-2:111122223333:accesspoint/p/object/*"], True),
        (["arn:aws:s3:us-west-2:111122223333:accesspoint/p", "arn:aws:s3:::b"], False),
        (["arn:aws:s3:::b/*"], False),
        ("*", False),
        ([], False),
    ],
)
def test_an_access_point_policy_by_its_resources(resource, public):
    """S42: a policy that names access points alone is an access point's."""
    policy = limited("StringLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:111122223333:accesspoint/*")
    policy["Statement"][0]["Resource"] = resource
    assert pg.is_public(policy) is public


def test_a_network_origin_that_is_none():
    """Another network origin is refused with what there is."""
    with pytest.raises(pg.PolicygenError) as caught:
        pg.is_public(limited("StringEquals", "s3:prefix", "x"), access_point_network_origin="vpce")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("PG-R008", "`vpce` is not a network origin of an access point")
    assert problem.hint == "`VPC` or `Internet`"


def test_what_is_given_and_generated_cannot_be_changed():
    """A request's context and a bundle are frozen, as results are."""
    asked = request(context={"aws:SecureTransport": "true"})
    with pytest.raises(TypeError):
        asked.context["aws:securetransport"] = "false"
    bundle = pg.generate(pg.load_spec(SAMPLE))
    with pytest.raises(AttributeError):
        bundle.more = "x"
    with pytest.raises(TypeError):
        bundle["manifest.json"] = None


def test_a_document_of_an_environment_is_compiled_once():
    """Callers have what stands above all of them in common, and what is theirs alone."""
    read = pg.parse_policy
    users = [f"arn:aws:iam::111122223333:user/{name}" for name in "ab"]
    environment = pg.Environment(
        principals={arn: PrincipalPolicies(identity_based=(read(ALLOW, arn),)) for arn in users},
        resources={},
        service_control=((read(ALLOW, "scp"),),),
    )
    first, second = (environment.policies_for(request(principal=arn)) for arn in users)
    assert first.service_control[0][0] is second.service_control[0][0]
    assert [first.identity_based[0].name, second.identity_based[0].name] == users


def test_a_document_that_cannot_be_read_is_said_each_time():
    """What is wrong with a document is said of every request that needs it, not of the first alone."""
    environment = pg.Environment(principals={USER: PrincipalPolicies(identity_based=("{",))}, resources={})
    for _ in range(2):
        with pytest.raises(pg.DocumentError):
            environment.policies_for(request())
