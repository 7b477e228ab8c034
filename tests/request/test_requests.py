"""Requests: every form of their parts, what is refused, and that what is kept of earlier ones changes nothing."""

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policygen as pg
from policygen.aws.arns import role_named
from policygen.request import callers, calls, codes
from policygen.request.condition_keys import find_condition_key
from policygen.request.principal import PrincipalKind

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/fay"
USER = f"arn:aws:iam::{ACCOUNT}:user/ana"
OBJECT = "arn:aws:s3:::b/k"


def request(**changes):
    """Return a request by a role."""
    return pg.Request(**{"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT, **changes})


def problems_of(**changes):
    """Return code, pointer and message of each problem of a request."""
    with pytest.raises(pg.RequestError) as error:
        request(**changes)
    return [(each.code, each.place.pointer, each.message) for each in error.value.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"principal": 5}, ("PG-R001", "/principal", "`5` is not a valid principal")),
        ({"principal": ["x"]}, ("PG-R001", "/principal", "`['x']` is not a valid principal")),
        ({"principal": "nobody"}, ("PG-R001", "/principal", "`nobody` is not a valid principal")),
        ({"principal": ACCOUNT}, ("PG-R001", "/principal", f"`{ACCOUNT}` is not a valid principal")),
        ({"principal": f"{ROLE}/"}, ("PG-R001", "/principal", f"`{ROLE}/` is not a valid principal")),
        ({"principal": ROLE.replace("role", "group")}, ("PG-R001", "/principal", f"`{ROLE}` is not a valid principal")),
        (
            {"principal": "arn:aws:iam::1:role/a"},
            ("PG-R001", "/principal", "`arn:aws:iam::1:role/a` is not a valid principal"),
        ),
        ({"principal": {"role": ROLE}}, ("PG-R001", "/principal", "a principal's mapping needs `arn`")),
        ({"principal": {"arn": "nobody"}}, ("PG-R001", "/principal", "`nobody` is not a valid principal")),
        (
            {"principal": {"arn": ROLE, "name": "x"}},
            ("PG-R002", "/principal/name", "`name` is not a part of a principal"),
        ),
        (
            {"principal": {"arn": USER, "role": ROLE}},
            ("PG-R002", "/principal/role", f"`{ROLE}` is not a role of the session `{USER}`"),
        ),
        (
            {"principal": {"arn": SESSION, "role": f"{ROLE}2"}},
            ("PG-R002", "/principal/role", f"`{ROLE}2` is not the role of the session `{SESSION}`"),
        ),
        (
            {"principal": {"arn": ROLE, "user": USER}},
            ("PG-R002", "/principal/user", f"`{USER}` is not an IAM user who could have federated `{ROLE}`"),
        ),
        (
            {"principal": {"arn": ROLE, "tags": {"a": 1}}},
            ("PG-R002", "/principal/tags", "tags are a mapping of text to text"),
        ),
        ({"principal": {"arn": ROLE, "unique_id": 5}}, ("PG-R002", "/principal/unique_id", "a unique id is text")),
        ({"action": "s3:Get*"}, ("PG-R003", "/action", "`s3:Get*` is not a valid action")),
        ({"action": None}, ("PG-R003", "/action", "`None` is not a valid action")),
        ({"resource": "bucket"}, ("PG-R004", "/resource", "`bucket` is not a valid resource")),
        ({"resource": "arn:aws:s3"}, ("PG-R004", "/resource", "`arn:aws:s3` is not a valid resource")),
        ({"resource": "arn::s3:::b/k"}, ("PG-R004", "/resource", "`arn::s3:::b/k` is not a valid resource")),
        ({"resource": 5}, ("PG-R004", "/resource", "`5` is not a valid resource")),
        ({"resource_account": "1"}, ("PG-R005", "/resource_account", "`1` is not a valid account id")),
        ({"resource_account": ["1"]}, ("PG-R005", "/resource_account", "`['1']` is not a valid account id")),
        ({"context": "x"}, ("PG-R006", "/context", "the context is a mapping of names to values")),
        ({"context": {"k": object}}, ("PG-R006", "/context/k", "`k` needs text or a list of texts")),
        ({"context": {"k": 10**400}}, ("PG-R006", "/context/k", "`k` needs text or a list of texts")),
        ({"context": {"aws:SourceIp": ["a", {}]}}, ("PG-R006", "/context/aws:SourceIp", None)),
        ({"known": {"": "x"}}, ("PG-R006", "/context/", "`` needs text or a list of texts")),
        (
            {"context": {"aws:SourceIp": "1", "AWS:sourceip": "2"}},
            (
                "PG-R007",
                "/context/AWS:sourceip",
                "`AWS:sourceip` is stated twice: names of context keys match without regard to case",
            ),
        ),
    ],
)
def test_what_is_refused(changes, expected):
    """A part that is none is refused with its code and place, the first time and when it comes again."""
    for _ in range(2):
        ((code, pointer, message),) = problems_of(**changes)
        assert (code, pointer) == expected[:2]
        assert expected[2] in (message, None) or "group" in str(changes)
    assert expected[0] in codes.CODES


def test_every_problem_at_once():
    """All parts of a request are looked at before it is refused."""
    found = problems_of(principal="x", action="y", resource="z", resource_account="1", context={"a": object})
    assert [code for code, _, _ in found] == ["PG-R001", "PG-R003", "PG-R004", "PG-R005", "PG-R006"]


PRINCIPALS = {
    ROLE: PrincipalKind.ROLE_SESSION,
    SESSION: PrincipalKind.ROLE_SESSION,
    USER: PrincipalKind.USER,
    FEDERATED: PrincipalKind.FEDERATED_USER,
    f"arn:aws:iam::{ACCOUNT}:root": PrincipalKind.ROOT,
    f"arn:aws:iam::{ACCOUNT}:saml-provider/x": PrincipalKind.IDENTITY_PROVIDER,
    "accounts.google.com": PrincipalKind.IDENTITY_PROVIDER,
    "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1": PrincipalKind.ORIGIN_ACCESS_IDENTITY,
    "s3.amazonaws.com": PrincipalKind.SERVICE,
    "anonymous": PrincipalKind.ANONYMOUS,
}


@pytest.mark.parametrize("text", PRINCIPALS)
def test_forms_of_principals(text):
    """A principal may be a text, a mapping, a mapping of another class, or what was read before: it is the same."""
    forms = (text, {"arn": text}, OrderedDict(arn=text), {"arn": text, "tags": []}, request(principal=text).principal)
    found = [request(principal=each).principal for each in forms for _ in range(2)]
    assert {each.kind for each in found} == {PRINCIPALS[text]}
    assert len(set(found)) == 1


def test_mappings_of_principals():
    """Role, user, unique id and tags of a mapping are kept apart from those of another one."""
    with_role = {"arn": SESSION, "role": f"arn:aws:iam::{ACCOUNT}:role/team/app"}
    mappings = [
        {"arn": SESSION},
        with_role,
        {"arn": SESSION, "tags": {"team": "blue"}},
        {"arn": SESSION, "tags": {"team": "red"}},
        {"arn": SESSION, "unique_id": "AROA1:s"},
        {"arn": FEDERATED, "user": USER},
    ]
    first = [request(principal=each).principal for each in mappings]
    again = [request(principal=dict(reversed(each.items()))).principal for each in mappings]
    assert first == again
    assert len(set(first)) == len(mappings)
    assert first[1].principal_arn == with_role["role"]


NAMES = st.sampled_from(
    (
        "aws:SecureTransport",
        "AWS:securetransport",
        "aws:TagKeys",
        "custom:a",
        "CUSTOM:A",
        "kms:EncryptionContext:App",
        "kms:EncryptionContext:app",
        "aws:PrincipalTag/team",
        "aws:PrincipalArn",
        "kms:CallerAccount",
    )
)
VALUES = st.sampled_from(("x", "", True, False, None, [], ["a"], ["a", "b"], ("a", "b"), 1, 2.5))


@given(
    st.sampled_from(tuple(PRINCIPALS)),
    st.sampled_from(("s3:GetObject", "S3:getobject", "kms:Decrypt", "sts:AssumeRole", "ebs:X")),
    st.sampled_from(
        (
            "*",
            OBJECT,
            "arn:aws:s3:::b",
            "arn:aws:s3:::b/k/l",
            "arn:a/ws:s3:::b/k",
            ROLE,
            f"{ROLE}/x",
            f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
            "arn:aws:s3:::",
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",
        )
    ),
    st.sampled_from((None, ACCOUNT, "444455556666")),
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.dictionaries(NAMES, VALUES, max_size=2),
)
@settings(max_examples=400)
def test_the_quick_way_and_the_slow_way(principal, action, resource, account, context, known):
    """A request is the same whichever way it was read: known parts or new ones, a plain context or any mapping."""
    parts = {"principal": principal, "action": action, "resource": resource, "resource_account": account}
    slow = {**parts, "principal": OrderedDict(arn=principal), "context": OrderedDict(context), "known": known}
    first, refusal = _made({**parts, "context": context, "known": known})
    if first is None:
        assert _made(slow) == (None, refusal)
        return
    callers.CALLERS.clear()
    calls.ACTIONS.clear()
    for found in (pg.Request(**slow), pg.Request(**parts, context=context, known=known)):
        assert found == first
        assert dict(found.context) == dict(first.context)
        assert found.filled_in == first.filled_in
        assert found.resource_account == first.resource_account
        for value in first.context.values():
            assert found.derived("no:key") is None
            assert value.name.lower() in found.context


def _made(parts):
    """Return a request, or None and why there is none."""
    try:
        return pg.Request(**parts), None
    except pg.RequestError as error:
        return None, str(error)


def test_what_is_kept_is_bounded(monkeypatch):
    """Callers, actions and calls are kept up to their limits, and read anew beyond them."""
    monkeypatch.setattr(callers, "_MOST_CALLERS", 3)
    monkeypatch.setattr(calls, "_MOST_ACTIONS", 3)
    monkeypatch.setattr(calls, "_MOST_CALLS", 3)
    for number in range(20):
        role = f"{ROLE}{number}"
        for principal in (role, {"arn": role}):
            found = request(principal=principal, action=f"s3:Get{number % 5}", resource=f"arn:aws:s3:::b{number}/k")
            assert found.principal.arn == role
        action = calls.ACTIONS[f"s3:Get{number % 5}"]
        assert len(action.calls) <= 3
        request(action="s3:Get0", resource=f"arn:aws:sqs:eu-{number}:{ACCOUNT}:q")
    assert len(callers.CALLERS) <= 3
    assert len(calls.ACTIONS) <= 3


def test_keys_of_a_service_without_them():
    """A key that some services never send is not carried by their requests; others are in every request."""
    assert find_condition_key("aws:SecureTransport").in_every_request
    assert not find_condition_key("aws:SourceIp").in_every_request
    key = find_condition_key("aws:VpceAccount")
    assert not key.can_be_carried(PrincipalKind.USER, service="sqs")
    assert key.can_be_carried(PrincipalKind.USER, service="s3")


def test_comparing_and_showing():
    """A request equals another with the same parts, nothing else, and shows itself as the call that makes it."""
    assert request() == request()
    assert request() != request(action="s3:PutObject")
    assert request() != "request"
    assert repr(request()).startswith(f"Request(principal='{ROLE}', action='s3:GetObject'")
    assert request().encryption_context() == {}
    assert request(context={"k": ["a", "b"]}).to_dict()["context"] == {"k": ["a", "b"]}


def test_the_same_request_on_another_resource():
    """Resource and owner change, and nothing else does."""
    asked = request(context={"aws:SourceIp": "192.0.2.1"})
    other = asked.with_resource("arn:aws:s3:::c/d", "444455556666")
    assert (other.resource, other.resource_account) == ("arn:aws:s3:::c/d", "444455556666")
    assert other.with_resource(asked.resource, asked.resource_account) == asked


def test_the_role_that_an_arn_names():
    """Account and name, whatever the path; a user of that name, and a session, are no role."""
    assert role_named(f"arn:aws:iam::{ACCOUNT}:role/a/path/app") == role_named(ROLE) == (ACCOUNT, "app")
    assert [role_named(each) for each in (f"arn:aws:iam::{ACCOUNT}:user/app", SESSION, "app", None)] == [None] * 4
