"""The table of condition keys: look-ups, who carries a key and when, and what really is derived and filled in."""

import json

import pytest

import policygen as pg
from policygen.request import PrincipalKind
from policygen.request.condition_keys import (
    CONDITION_KEYS,
    DerivedFrom,
    FilledInBy,
    KeyType,
    Way,
    always_sent,
    can_carry,
    find_condition_key,
    is_multivalued,
)
from policygen.request.keys_together import said_of

ACCOUNT, OTHER = "111122223333", "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/ana"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s"
OBJECT = "arn:aws:s3:::b/k"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
CALLERS = {
    PrincipalKind.USER: {"arn": USER, "unique_id": "AIDAEXAMPLE", "tags": {"team": "a"}},
    PrincipalKind.ROOT: {"arn": f"arn:aws:iam::{ACCOUNT}:root"},
    PrincipalKind.ROLE_SESSION: {"arn": SESSION, "unique_id": "AROAEXAMPLE", "tags": {"team": "a"}},
    PrincipalKind.FEDERATED_USER: {"arn": f"arn:aws:sts::{ACCOUNT}:federated-user/f", "tags": {"team": "a"}},
    PrincipalKind.SERVICE: {"arn": "s3.amazonaws.com"},
    PrincipalKind.IDENTITY_PROVIDER: {"arn": f"arn:aws:iam::{ACCOUNT}:saml-provider/p", "unique_id": "id"},
    PrincipalKind.ORIGIN_ACCESS_IDENTITY: {"arn": "arn:aws:iam::cloudfront:user/oai E1", "unique_id": "id"},
    PrincipalKind.ANONYMOUS: {"arn": "anonymous"},
}
REQUESTS = (
    {"action": "s3:GetObject", "resource": OBJECT, "resource_account": OTHER},
    {"action": "kms:Decrypt", "resource": KEY, "context": {"kms:EncryptionContext:team": "a"}},
    {"action": "ec2:RunInstances", "resource": "*"},
)


def test_names_match_in_any_case():
    """A key is found by its name in any case (E184), a family by what begins with it; what is unknown is not found."""
    assert find_condition_key("AWS:SECURETRANSPORT").types == (KeyType.BOOL,)
    assert find_condition_key("aws:principaltag/Team").name == "aws:PrincipalTag/"
    assert find_condition_key("kms:encryptioncontext:aws:s3:arn").name == "kms:EncryptionContext:"
    assert find_condition_key("aws:PrincipalTag") is None
    assert find_condition_key("s3:prefix") is None


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("aws:TagKeys", True),
        ("AWS:CALLEDVIA", True),
        ("dynamodb:LeadingKeys", True),
        ("events:metadata/a", True),
        ("cognito-identity.amazonaws.com:amr", True),
        ("aws:CalledViaFirst", False),
        ("aws:PrincipalTag/TagKeys", False),
        ("identitystore:UserId", False),
        ("s3:prefix", False),
        ("nobody:knows", False),
    ],
)
def test_multivalued(name, several):
    """The look-up of multivalued keys says what the row says, for single keys and for families."""
    assert is_multivalued(name) is several
    key = find_condition_key(name)
    assert several is (key is not None and key.multivalued)


@pytest.mark.parametrize("caller", [PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS])
@pytest.mark.parametrize(
    "name",
    [
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalTag/team",
        "aws:PrincipalArn",
        "aws:MultiFactorAuthPresent",
        "aws:TokenIssueTime",
        "aws:SourceIdentity",
        "kms:ViaService",
    ],
)
def test_services_and_anonymous_callers_lack_what_identities_have(caller, name):
    """What comes with an identity in an account, or with its session, is in no request of another caller."""
    assert not can_carry(caller, name)
    assert can_carry(PrincipalKind.ROLE_SESSION, name)


@pytest.mark.parametrize(
    ("name", "carriers"),
    [
        ("aws:username", {PrincipalKind.USER}),  # E182
        ("aws:PrincipalServiceName", {PrincipalKind.SERVICE}),  # G7
        ("aws:SourceArn", {PrincipalKind.SERVICE}),  # G58
        ("aws:SourceOrgPaths", {PrincipalKind.SERVICE}),  # G60
        ("lambda:SourceFunctionArn", {PrincipalKind.ROLE_SESSION}),  # G28
        ("aws:userid", set(PrincipalKind) - {PrincipalKind.SERVICE}),  # G10, E159a
        ("aws:SourceIp", set(PrincipalKind) - {PrincipalKind.SERVICE}),  # G31
        ("aws:RequestedRegion", set(PrincipalKind)),  # G53
        ("nobody:knows", set(PrincipalKind)),
    ],
)
def test_who_carries_a_key(name, carriers):
    """Exactly these kinds of callers can carry the key."""
    assert {kind for kind in PrincipalKind if can_carry(kind, name)} == carriers


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("aws:SourceIp", {Way.NETWORK}),  # G31
        ("aws:SourceVpc", {Way.VPC_ENDPOINT}),  # G32
        ("aws:SourceVpce", {Way.VPC_ENDPOINT}),  # G34
        ("aws:VpcSourceIp", {Way.VPC_ENDPOINT}),  # G38
        ("aws:CalledVia", {Way.FORWARDED}),  # G43
        ("kms:ViaService", {Way.FORWARDED}),  # K13
        ("aws:UserAgent", set(Way)),  # G61
    ],
)
def test_on_which_way_a_key_is_carried(name, ways):
    """Exactly these ways bring the key."""
    assert {way for way in Way if can_carry(PrincipalKind.ROLE_SESSION, name, way)} == ways


@pytest.mark.parametrize(
    ("caller", "name", "service", "carried"),
    [
        (PrincipalKind.SERVICE, "aws:SecureTransport", "s3", False),  # E109
        (PrincipalKind.SERVICE, "s3:TlsVersion", "s3", False),
        (PrincipalKind.SERVICE, "aws:VpcSourceIp", "s3", False),
        (PrincipalKind.SERVICE, "aws:SecureTransport", "sqs", True),
        (PrincipalKind.USER, "s3:TlsVersion", "s3", True),
        (PrincipalKind.USER, "aws:VpceAccount", "sqs", False),  # G35
        (PrincipalKind.USER, "aws:VpceOrgID", "sqs", True),  # G36
        (PrincipalKind.USER, "aws:VpceOrgID", "sts", False),
        (PrincipalKind.USER, "aws:VpceOrgPaths", "sts", True),  # G37
        (PrincipalKind.USER, "kms:KeySpec", "kms", True),
        (PrincipalKind.USER, "kms:KeySpec", "s3", False),
        (PrincipalKind.ROLE_SESSION, "ec2:SourceInstanceArn", "s3", True),  # G23
    ],
)
def test_which_services_get_a_key(caller, name, service, carried):
    """A key of one service is sent to that one; S3 takes the transport out of calls between services."""
    assert can_carry(caller, name, service=service) is carried


SENT = ("aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:UserAgent")
SENT += ("aws:ViaAWSService",)
OF_THE_CALLER = ("aws:PrincipalAccount", "aws:PrincipalType", "aws:userid")
OF_ENDPOINTS = ("aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp")
OF_KEYS = ("kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage", "kms:MultiRegion")


@pytest.mark.parametrize(
    ("caller", "way", "service", "on_kms_key", "names"),
    [
        (PrincipalKind.USER, Way.NETWORK, "s3", False, (*SENT, *OF_THE_CALLER, "aws:SourceIp")),
        (PrincipalKind.USER, Way.VPC_ENDPOINT, "s3", False, (*SENT, *OF_THE_CALLER, *OF_ENDPOINTS)),
        (PrincipalKind.USER, Way.FORWARDED, "s3", False, (*SENT, *OF_THE_CALLER)),
        (PrincipalKind.ROOT, Way.FORWARDED, "kms", True, (*SENT, *OF_THE_CALLER, *OF_KEYS)),
        (PrincipalKind.ANONYMOUS, Way.NETWORK, "s3", False, (*SENT, *OF_THE_CALLER, "aws:SourceIp")),
        (PrincipalKind.SERVICE, Way.NETWORK, "sqs", False, SENT),
        (PrincipalKind.SERVICE, Way.NETWORK, "s3", False, SENT[1:]),
        (PrincipalKind.IDENTITY_PROVIDER, Way.NETWORK, "sts", False, (*SENT, "aws:userid", "aws:SourceIp")),
    ],
)
def test_what_is_always_sent(caller, way, service, on_kms_key, names):
    """Each kind of request always has these keys, in this order (G2, G9, G10, G31 to G61, K18, E109)."""
    assert always_sent(caller, way, service, on_kms_key=on_kms_key) == names


def rows(names):
    """Return the rows of these keys by name; every key has one."""
    found = {name: find_condition_key(name) for name in names}
    assert [name for name, key in found.items() if key is None] == []
    return {key.name: key for key in found.values()}


def filled_in(kind):
    """Return the rows of what requests of a caller have beside what they state, one set a request."""
    requests = [pg.Request(principal=CALLERS[kind], **parts) for parts in REQUESTS]
    assert {request.principal.kind for request in requests} == {kind}
    return [(request.service, rows(value.name for value in request.filled_in)) for request in requests]


@pytest.mark.parametrize("kind", PrincipalKind)
def test_what_follows_from_a_caller(kind):
    """Requests of a caller have exactly the keys that the table derives from it and lets it carry."""
    derived = set()
    for service, found in filled_in(kind):
        assert [key.name for key in found.values() if key.derived_from is None] == []
        assert [key.name for key in found.values() if not key.can_be_carried(kind, service=service)] == []
        derived |= {key.name for key in found.values() if key.derived_from is DerivedFrom.CALLER}
    marked = {key.name for key in CONDITION_KEYS if key.derived_from is DerivedFrom.CALLER and kind in key.callers}
    assert derived == marked


def test_every_key_that_is_marked_as_derived_is_derived():
    """No row says of a key that it follows from the request when none does."""
    found = {name for kind in PrincipalKind for _, names in filled_in(kind) for name in names}
    assert found == {key.name for key in CONDITION_KEYS if key.derived_from is not None}


TAGS = {"tags": {"team": "a"}}
BUCKET = "arn:aws:s3:::b"
KNOWLEDGE = [
    (FilledInBy.ROLE_PATH, {"principals": {ROLE: {}}}),
    (FilledInBy.PRINCIPAL_TAGS, {"principals": {USER: TAGS}}),
    (FilledInBy.RESOURCE_ACCOUNT, {"resources": {BUCKET: {"account": OTHER}}}),
    (FilledInBy.RESOURCE_TAGS, {"resources": {KEY: TAGS, BUCKET: {**TAGS, "abac": True}}, "principals": {ROLE: TAGS}}),
    (FilledInBy.KEY_ALIASES, {"resources": {KEY: {"aliases": ["alias/a"]}}}),
    (FilledInBy.MULTI_REGION, {"resources": {KEY: {"multi_region": "replica"}}}),
]


def test_every_piece_of_knowledge_is_tried():
    """Each thing that an environment may know has its case below."""
    assert {knowledge for knowledge, _ in KNOWLEDGE} == set(FilledInBy)


@pytest.mark.parametrize(("knowledge", "known"), KNOWLEDGE, ids=lambda each: getattr(each, "name", ""))
def test_what_an_environment_fills_in(knowledge, known, tmp_path):
    """What an environment knows changes exactly the keys that the table marks with it, on the requests it is about."""
    file = tmp_path / "environment.json"
    file.write_text(json.dumps({"version": 1, **known}))
    environment = pg.load_environment(file)
    caller = SESSION if knowledge is FilledInBy.ROLE_PATH else USER
    changed = set()
    for action, resource in (("s3:GetObject", OBJECT), ("kms:Decrypt", KEY), ("iam:GetRole", ROLE)):
        request = pg.Request(principal=caller, action=action, resource=resource)
        placed = environment.authorize(request).request.context
        changed |= {name for name, value in placed.items() if request.context.get(name) != value}
    assert set(rows(changed)) == {key.name for key in CONDITION_KEYS if key.filled_in_by is knowledge}


def test_what_one_key_says_of_another():
    """An ARN names its account, a path its organization; of other keys nothing is said."""
    assert said_of("aws:sourceaccount", "arn:aws:s3:::bucket") is None
    assert said_of("aws:principalorgid", "o-a1b2c3d4e5") is None
    assert said_of("aws:username", "anything") is None
