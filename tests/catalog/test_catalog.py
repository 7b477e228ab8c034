"""The catalogue: services, actions, resource types, condition keys, and what is odd about a request."""

import pytest

from policygen import Request, request_warnings
from policygen.catalog import load_catalog
from policygen.catalog.operations import ACTION_OF_OPERATION
from policygen.catalog.reference import Catalog
from policygen.matching.overlap import covers, overlap
from policygen.matching.wildcards import compile_glob, tokens_of
from policygen.request.condition_keys import KeyType, find_condition_key

USER = "arn:aws:iam::111122223333:user/ana"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def warned(action, resource="*", **context):
    """Return the codes of the warnings about a request."""
    request = Request(principal=USER, action=action, resource=resource, context=context)
    return [warning.code.value for warning in request_warnings(request)]


@pytest.mark.parametrize(
    ("action", "resource", "context", "codes"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", {}, []),
        ("S3:getobject", "arn:aws:s3:::b/k", {}, []),
        ("s3:ListBucket", "arn:aws:s3:::b", {"s3:prefix": "p/"}, []),
        ("kms:Decrypt", KEY, {"kms:EncryptionContext:team": "a", "kms:ViaService": "s3.us-east-1.amazonaws.com"}, []),
        ("kms:Decrypt", KEY, {"aws:PrincipalTag/team": "a", "aws:SourceVpce": "vpce-1"}, []),
        ("custom:Action", "*", {}, ["UNKNOWN_ACTION"]),
        ("s3:GetObjct", "arn:aws:s3:::b/k", {}, ["UNKNOWN_ACTION"]),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::b", {}, ["ACTION_TAKES_NO_RESOURCE"]),
        ("s3:ListAllMyBuckets", "*", {}, []),
        ("s3:ListBucket", "arn:aws:s3:::b/k", {}, ["RESOURCE_TYPE_NOT_TAKEN"]),
        ("s3:GetObject", "arn:aws:s3:::b", {}, ["RESOURCE_TYPE_NOT_TAKEN"]),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:alias/a", {}, ["RESOURCE_TYPE_NOT_TAKEN"]),
        ("s3:GetObject", "arn:aws:s3:::b/*k?", {}, ["WILDCARD_IN_REQUEST"]),
        ("sqs:SendMessage", "arn:aws:s3:::b/k", {}, ["UNKNOWN_RESOURCE_TYPE"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"SecureTransport": "true"}, ["UNKNOWN_CONTEXT_KEY"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"accounts.google.com:aud": "x"}, []),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"s3:x-amz-acl": "private"}, ["CONTEXT_KEY_NOT_CARRIED"]),
        ("s3:ListAllMyBuckets", "*", {"aws:ResourceTag/a": "b"}, ["CONTEXT_KEY_NOT_CARRIED"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"s3:bogus": "x"}, ["UNKNOWN_CONTEXT_KEY"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"aws:Bogus": "x"}, ["UNKNOWN_CONTEXT_KEY"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"custom:Key": "x"}, ["UNKNOWN_CONTEXT_KEY"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"aws:SecureTransport": "yes"}, ["CONTEXT_VALUE_TYPE"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"aws:CurrentTime": "soon"}, ["CONTEXT_VALUE_TYPE"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"aws:SourceIp": "10.0.0.0/8"}, ["CONTEXT_VALUE_TYPE"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"aws:PrincipalOrgID": ["o-1", "o-2"]}, ["CONTEXT_VALUE_TYPE"]),
        ("s3:GetObject", "arn:aws:s3:::b/k", {"aws:EpochTime": "1767225600"}, []),
    ],
)
def test_warnings(action, resource, context, codes):
    """A request that is odd has its warning; one that is not has none."""
    assert warned(action, resource, **context) == codes


def test_one_exact_warning():
    """A warning says what is odd, what was meant, and where AWS says so."""
    (warning,) = request_warnings(Request(principal=USER, action="s3:GetObjct", resource="arn:aws:s3:::b/k"))
    assert str(warning) == "UNKNOWN_ACTION `s3:GetObjct` is not an action of s3; did you mean `s3:GetObject`?"
    assert warning.to_dict() == {
        "code": "UNKNOWN_ACTION",
        "message": "`s3:GetObjct` is not an action of s3",
        "hint": "did you mean `s3:GetObject`?",
        "doc_url": "https://docs.aws.amazon.com/service-authorization/latest/reference/"
        "reference_policies_actions-resources-contextkeys.html",
    }


def test_filled_in_keys_are_not_looked_at():
    """Only stated keys are judged: nobody wrote the others."""
    assert warned("s3:ListAllMyBuckets") == []


def test_reference():
    """Actions have resource types and keys; families of keys end where the varying part begins."""
    catalog = load_catalog()
    assert isinstance(catalog, Catalog)
    assert load_catalog() is catalog
    assert len(catalog.version) >= 5
    action = catalog.action("S3:putobject")
    assert action is not None
    assert action.name == "s3:PutObject"
    assert action.access_level == "Write"
    assert "object" in action.resource_types
    assert action.carries("s3:RequestObjectTag/team")
    assert not action.carries("s3:ExistingObjectTag/team")
    assert catalog.action("s3:NoSuchAction") is None
    assert catalog.action("nosuchservice:Run") is None
    assert catalog.service("nosuchservice") is None
    key = catalog.condition_key("kms:EncryptionContext:aws:s3:arn")
    assert key is not None
    assert key.name == "kms:EncryptionContext:"
    assert key.types == (KeyType.STRING,)
    assert catalog.condition_key("kms:GrantOperations").multivalued
    assert catalog.condition_key("nosuchservice:key") is None
    assert catalog.condition_key("s3:nosuchkey") is None


def test_retired_actions():
    """Actions that the reference dropped are still known to be old ones."""
    assert load_catalog().is_retired("codestar:CreateProject")
    assert not load_catalog().is_retired("s3:NoSuchAction")


def test_global_keys():
    """Global keys match without regard to case; families take any tag key."""
    assert find_condition_key("AWS:SECURETRANSPORT").types == (KeyType.BOOL,)
    assert find_condition_key("aws:RequestTag/any/thing").name == "aws:RequestTag/"
    assert find_condition_key("aws:TagKeys").multivalued
    assert find_condition_key("aws:Nothing") is None


PATTERNS = ["", "*", "?", "a", "a*", "*a", "a?", "?a", "a*b", "*a*", "ab", "**", "*?", "a*a", "?*?"]
TEXTS = ["", "a", "b", "aa", "ab", "ba", "bb", "aab", "abb", "aba", "abab", "bab"]


@pytest.mark.parametrize("one", PATTERNS)
@pytest.mark.parametrize("other", PATTERNS)
def test_two_patterns(one, other):
    """Patterns overlap when one text matches both; one covers the other when every text of it matches."""
    first = {text for text in TEXTS if compile_glob(tokens_of(one))(text)}
    second = {text for text in TEXTS if compile_glob(tokens_of(other))(text)}
    assert overlap(one, other) is bool(first & second)
    if covers(one, other):
        assert second <= first


def test_operations_are_no_actions_and_what_allows_them_is_one():
    """Where AWS makes an action of an operation, or renames one, its row goes."""
    catalog = load_catalog()
    assert not [each for each in ACTION_OF_OPERATION if catalog.action(each)]
    assert all(map(catalog.action, ACTION_OF_OPERATION.values()))


@pytest.mark.parametrize(
    ("prefix", "arn", "name"),
    [
        ("lex", "arn:aws:lex:us-east-1:111122223333:bot/ABC", "bot"),
        ("lex", "arn:aws:lex:us-east-1:111122223333:bot:Flowers", "bot"),
        ("apigateway", "arn:aws:apigateway:us-east-1::/restapis/abc/deployments", "Deployments"),
        ("apigateway", "arn:aws:apigateway:us-east-1::/apis/abc/deployments", "Deployments"),
    ],
)
def test_a_resource_type_whose_arns_have_two_forms(prefix, arn, name):
    """The reference writes both into one text; each is known."""
    assert name in [each.name for each in load_catalog().types_meant(prefix, arn)]
