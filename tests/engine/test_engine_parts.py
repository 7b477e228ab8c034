"""The engine's parts: indexes, plans, conditions, callers, answers."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policygen as pg
from policygen.engine import Adaptive, conditions, limits
from policygen.engine.resources import Entry, compile_index, compile_quick
from policygen.engine.trie import compile_many
from policygen.evaluation import Grant, PrincipalPolicies, ResourcePolicies, authorize
from policygen.evaluation.policies import Holder
from policygen.matching.arns import compile_resource
from policygen.matching.conditions import evaluate
from policygen.matching.wildcards import tokens_of
from policygen.request import context as contexts
from policygen.request import model
from policygen.request.context import Spellings
from tests.engine.helpers import ACCOUNT, ALLOW, KEY, ROLE, asked, policy, request

# resources


PIECES = st.sampled_from(
    ("arn:aws:s3:::", "arn:aws:sqs:eu-1:1:", "a", "b", "/", ":", "*", "?", "team", "aa", "arn:*:s3")
)
PATTERNS = st.lists(PIECES, min_size=1, max_size=7).map("".join)


@given(st.lists(PATTERNS, min_size=1, max_size=12), st.lists(PATTERNS, min_size=1, max_size=8), st.booleans())
@settings(max_examples=300)
def test_an_index_finds_what_the_matchers_find(patterns, texts, quick):
    """An index answers with the bits of exactly those patterns that the interpreter's matchers match."""
    compiler = compile_quick if quick else compile_resource
    find = compile_index([Entry(tokens_of(each), 1 << n) for n, each in enumerate(patterns)], 0, compiler)
    one = compile_index([Entry(tokens_of(each), 1) for each in patterns], 0, compiler)
    for text in (*texts, *(each.replace("*", "x/y").replace("?", "z") for each in patterns)):
        bits = sum(1 << n for n, each in enumerate(patterns) if compile_resource(tokens_of(each))(text))
        assert find(text) == bits
        assert one(text) == (1 if bits else 0)


def arns(number, seed=1):
    """Return patterns of every kind below a few buckets."""
    random = Random(seed)
    found = set()
    while len(found) < number:
        bucket = f"arn:aws:s3:::{random.choice('abcdefgh')}{random.randrange(9)}"
        name = "".join(random.choices("xyz", k=random.randrange(1, 9)))
        found.add(
            random.choice(
                (
                    f"{bucket}/{name}/*",
                    f"{bucket}/{name}*",
                    f"{bucket}{name}*",
                    f"{bucket}/{name}",
                    f"{bucket}/*/{name}",
                )
            )
        )
    return sorted(found)


@pytest.mark.parametrize("compiler", [compile_resource, compile_quick])
@pytest.mark.parametrize("same_value", [True, False])
def test_an_index_over_many_patterns(compiler, same_value):
    """With hundreds of patterns in a few directories an index finds what the matchers find."""
    patterns = arns(250)
    values = [1 if same_value else 1 << (n % 50) for n in range(len(patterns))]
    find = compile_index(
        [Entry(tokens_of(each), value) for each, value in zip(patterns, values, strict=True)], 0, compiler
    )
    for text in (each.replace("*", random_part) for each in patterns for random_part in ("", "zz", "q/xy", ":x")):
        expected = 0
        for each, value in zip(patterns, values, strict=True):
            if compile_resource(tokens_of(each))(text):
                expected |= value
        assert find(text) == expected


def test_patterns_that_share_long_beginnings():
    """Patterns that branch at every character make no expression that is nested too deep."""
    patterns = [tokens_of("arn:aws:s3:::b/" + "a" * n + "*x") for n in range(400)]
    match = compile_many(patterns)
    assert match("arn:aws:s3:::b/" + "a" * 400 + "x")
    assert not match("arn:aws:s3:::b/" + "a" * 400)


def test_a_star_that_runs_past_its_field():
    """A `*` that ends a field covers further fields where the ARN has more colons, for one pattern and for many."""
    patterns = [f"arn:aws:*:{n}:{ACCOUNT}:key/*" for n in range(3)]
    text = f"arn:aws:kms:x:1:{ACCOUNT}:key/1"
    assert compile_resource(tokens_of(patterns[1]))(text)
    find = compile_index([Entry(tokens_of(each), 1) for each in patterns], 0, compile_quick)
    assert find(text) == 1
    assert find(text.replace("key/", "alias/")) == 0


def test_a_hostile_glob_takes_linear_time():
    """Twelve stars and ten thousand characters are matched without going back."""
    pattern = "arn:aws:s3:::b/" + "a*" * 12 + "b"
    assert not compile_quick(tokens_of(pattern))("arn:aws:s3:::b/" + "a" * 10_000)
    assert compile_quick(tokens_of(pattern))("arn:aws:s3:::b/" + "a" * 10_000 + "b")


# plans


@pytest.mark.parametrize("number", [1, 3, 10, 50, 200])
@pytest.mark.parametrize("conditions_too", [False, True])
def test_statements_with_prefixes_of_their_own(number, conditions_too):
    """Any number of statements on one action is told apart by their resources, and by their conditions."""
    statements = [
        {
            "Sid": f"S{n}",
            **ALLOW,
            "Resource": [f"arn:aws:s3:::b/team-{n}/*", f"arn:aws:s3:::c/{n}", f"arn:aws:s3:::*-{n}"],
        }
        for n in range(number)
    ]
    if conditions_too:
        for n, each in enumerate(statements):
            each["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": f"t{n % 3}"}}
    policies = pg.PolicySet(
        identity_based=policy(*statements, {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"})
    )
    for n in {0, number - 1, number}:
        for resource in (f"arn:aws:s3:::b/team-{n}/x", f"arn:aws:s3:::c/{n}", f"arn:aws:s3:::zz-{n}"):
            asked(policies, request(principal={"arn": ROLE, "tags": {"team": "t0"}}, resource=resource))


OPEN = f"arn:aws:kms:*:{ACCOUNT}"
ELEMENTS = (
    [f"{OPEN}:key/a", f"{OPEN}:key/b", f"{OPEN}:key/c*"],
    [f"{OPEN}:key/*", "arn:aws:kms:*:*:alias/x", f"arn:aws:kms:us-east-1:*:key/d{ACCOUNT}"],
    [f"{OPEN}:key", f"{OPEN}:key", f"{OPEN}:k*", "arn:aws:s3:::b*", "arn:aws:s3:::b/*/x"],
    ["arn:aws:s3:::b/k/*", "arn:aws:s3:::b/k*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "*:x"],
    [f"arn:aws:s3:::b/{n}" for n in range(60)],
    [f"arn:aws:s3:::b/{n}*x" for n in range(12)],
    [f"arn:aws:s3:::b/{n}/*" for n in range(12)],
    [f"arn:aws:s3:::c{n}*" for n in range(12)],
)
RESOURCES = (
    *(
        f"arn:aws:kms:{region}:{ACCOUNT}:{name}"
        for region in ("us-east-1", "")
        for name in ("key/a", "key/cc", "key", "k:x")
    ),
    "arn:aws:kms:x:1:alias/x",
    f"arn:aws:kms:us-east-1:1:key/d{ACCOUNT}",
    f"arn:aws:kms:a:b:{ACCOUNT}:key/a",
    *(
        f"arn:aws:s3:::{name}"
        for name in ("b", "bb", "b/k", "b/k/7", "b/7", "b/7x", "b/7/x", "b/59", "c7", "c7/x", "d")
    ),
)


@pytest.mark.parametrize("first", range(len(ELEMENTS)))
@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_resource_elements_of_every_form(monkeypatch, first, number):
    """Whatever forms of patterns stand side by side, the compiled plan matches as the interpreter does."""
    monkeypatch.setattr(limits, "HOT", 2)
    chosen = [ELEMENTS[(first + n) % len(ELEMENTS)] for n in range(number)]
    statements = [{**ALLOW, "Resource": each} for each in chosen]
    policies = pg.PolicySet(identity_based=policy(*statements, *statements))
    engine = pg.compile(policies)
    for action in ("kms:Decrypt", "s3:GetObject"):
        questions = [request(action=action, resource=each) for each in RESOURCES]
        expected = [policies.authorize(each) for each in questions]
        for _ in range(3):
            for question, answer in zip(questions, expected, strict=True):
                assert engine.authorize(question).matched_statements == answer.matched_statements


def test_many_statements_with_variables_and_grants():
    """A plan of more statements than bits has tests of its own, too: variables, NotResource, grants."""
    own = [{**ALLOW, "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"}, {"Effect": "Allow", "Action": "*"}]
    own.append({"Effect": "Deny", "Action": "*", "NotResource": ["arn:aws:s3:::b/*", "arn:aws:kms:*"]})
    many = [{**ALLOW, "Resource": f"arn:aws:s3:::b/{n}/*"} for n in range(100)]
    tested = [{**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]
    tested += [{**ALLOW, "Condition": {"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}}}]
    grants = [{"GranteePrincipal": ROLE, "Operations": ["Decrypt"]}]
    policies = pg.PolicySet(identity_based=policy(*many, *own, *tested), grants=grants)
    caller = {"arn": ROLE, "tags": {"team": "blue"}}
    for resource in ("arn:aws:s3:::b/blue/x", "arn:aws:s3:::b/7/x", "arn:aws:s3:::c/7"):
        for context in (
            {},
            {"aws:SecureTransport": "true", "s3:prefix": "blue/x"},
            {"aws:SecureTransport": ["a", "b"]},
        ):
            asked(policies, request(principal=caller, resource=resource, context=context))
    for question in (request(action="kms:Decrypt", resource=KEY), request(action="kms:Encrypt", resource=KEY)):
        asked(policies, question)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"k": "a"}},
        {"StringNotEquals": {"k": ["a", "b"]}, "StringEquals": {"k": ["c", "a"]}},
        {"StringLike": {"k": ["a*", "b"]}},
        {"StringNotLike": {"k": ["a*", "*b*"]}, "StringLikeIfExists": {"k": "*"}},
        {"StringLike": {"k": ["x*", "y*"]}, "StringEqualsIgnoreCase": {"k": "XX"}, "Bool": {"k": "true"}},
        {"StringEquals": {"k": ""}},
        {"StringEquals": {"k": ["a", "b"]}},
        {"StringNotEquals": {"k": ["a", "b"]}},
        {"StringLike": {"k": ["a*", "b", "c"]}},
        {"StringEquals": {"k": []}},
        {"ForAnyValue:StringEquals": {"k": ["a", "b"]}, "Null": {"k": "false"}},
        {"ForAllValues:StringLike": {"k": ["a*", "b"]}},
        {"StringEqualsIfExists": {"k": "${aws:PrincipalAccount}"}, "StringNotEquals": {"k": "${aws:userid, 'x'}"}},
        {"NumericLessThan": {"k": "10"}, "NumericGreaterThan": {"k": "1"}},
    ],
)
def test_conditions_of_every_form(condition):
    """A condition holds in a compiled plan for the values for which the interpreter says so."""
    names = [{**ALLOW, "Condition": {operator: keys}} for operator, keys in condition.items()]
    policies = pg.PolicySet(identity_based=policy({**ALLOW, "Condition": condition}, *names))
    values = [None, [], "", "a", "ab", "b", "c", "true", "xx", "5", ACCOUNT, ["a", "b"], ["a"], ["z", "y"]]
    engine = pg.compile(policies)
    questions = [request(context={} if value is None else {"K": value}) for value in values]
    for _ in range(30):
        for question in questions:
            assert engine.authorize(question).matched_statements == policies.authorize(question).matched_statements


def test_rules_that_look_at_more_than_statements():
    """Grants, trust policies, further permissions, default encryption and public buckets come out as interpreted."""
    trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    assume = pg.PolicySet(identity_based=policy({**ALLOW, "Action": "sts:AssumeRole"}), resource_based=trust)
    target = f"arn:aws:iam::{ACCOUNT}:role/target"
    assert asked(assume, request(action="sts:AssumeRole", resource=target)).allowed
    identified = request(action="sts:AssumeRole", resource=target, context={"sts:SourceIdentity": "ana"})
    assert not asked(assume, identified).allowed
    pairs = {"kms:EncryptionContext:app": "web"}
    constraint = {"EncryptionContextEquals": {"app": "web"}}
    grants = [{"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": constraint}]
    granted = pg.PolicySet(grants=grants, resource_based=policy({**ALLOW, "Principal": {"AWS": ACCOUNT}}))
    assert asked(granted, request(action="kms:Decrypt", resource=KEY, context=pairs)).allowed
    assert not asked(granted, request(action="kms:Decrypt", resource=KEY)).allowed
    public = pg.PolicySet(
        resource_based=policy({**ALLOW, "Principal": "*"}),
        settings={"block_public_access": {"RestrictPublicBuckets": True}},
    )
    assert not asked(public, request(principal="anonymous")).allowed
    assert asked(public, request(principal="s3.amazonaws.com")).allowed


def test_default_encryption_that_is_visible():
    """An upload without header is judged as if it had the bucket's default encryption, where that is visible."""
    statement = {**ALLOW, "Condition": {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}
    environment = pg.Environment(
        principals={ROLE: PrincipalPolicies(identity_based=(policy(statement),))},
        resources={"arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, default_encryption=("aws:kms", None))},
        default_encryption_visible=True,
    )
    assert asked(environment, request(action="s3:PutObject")).allowed
    assert not asked(environment, request(action="s3:GetObject")).allowed


def test_what_an_environment_fills_in():
    """Tags, aliases and accounts that an environment knows take part, and what nobody looks at is not filled in."""
    tagged = {**ALLOW, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:ResourceTag/team": "red"}}}
    environment = pg.Environment(
        principals={ROLE: PrincipalPolicies(identity_based=(policy(tagged),), tags=(("team", "blue"),))},
        resources={
            "arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, tags=(("team", "red"),), abac=True),
            "arn:aws:s3:::c": ResourcePolicies(account=ACCOUNT, tags=(("team", "blue"),), abac=True),
            "arn:aws:s3:::c/own": ResourcePolicies(
                account=ACCOUNT, resource_based=(policy({**ALLOW, "Principal": "*"}),)
            ),
        },
    )
    decision = asked(environment, request())
    assert decision.allowed
    assert decision.request.context["aws:resourcetag/team"].values == ("red",)
    assert not asked(environment, request(resource="arn:aws:s3:::c/k")).allowed
    assert asked(environment, request(resource="arn:aws:s3:::c/own")).allowed
    assert not asked(environment, request(resource="*", action="s3:ListAllMyBuckets")).allowed


def test_a_request_that_knows_more_keeps_it_in_an_environment():
    """What a request was told about its resource is kept beside what the environment knows."""
    environment = pg.Environment(principals={ROLE: PrincipalPolicies(tags=(("team", "blue"),))}, resources={})
    placed = environment.completed(request(known={"aws:ResourceTag/a": "1"}))
    assert placed.context["aws:resourcetag/a"].values == ("1",)
    assert environment.completed(request(principal="anonymous")) == request(principal="anonymous")


def test_a_request_that_knows_more_keeps_it_in_an_engine():
    """What one request was told about its resource is its own; a plan takes it with the role's tags."""
    condition = {"StringEquals": {"aws:ResourceTag/a": "1", "aws:PrincipalTag/team": "blue"}}
    attached = policy({**ALLOW, "Condition": condition})
    role = PrincipalPolicies(identity_based=(attached,), tags=(("team", "blue"),))
    environment = pg.Environment(principals={ROLE: role}, resources={})
    engine = pg.compile(environment)
    for told, allowed in ((None, False), ({"aws:ResourceTag/a": "1"}, True), ({"aws:ResourceTag/a": "2"}, False)) * 3:
        question = request(known=told)
        assert engine.authorize(question).allowed is allowed
        assert environment.authorize(question).allowed is allowed


def test_an_arn_whose_slash_is_not_the_buckets():
    """A slash before the bucket's name does not make two buckets one."""
    named = policy({**ALLOW, "Principal": "*"})
    held = {"arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, resource_based=(named,))}
    environment = pg.Environment(principals={}, resources=held)
    engine = pg.compile(environment)
    for _ in range(4):
        assert engine.authorize(request(resource="arn:aws:s3:::b")).allowed
        assert engine.authorize(request(resource="arn:aws:s3:::b/k")).allowed
        assert engine.authorize(request(resource="arn:a/ws:s3:::b/k")).decision is pg.EvalDecision.IMPLICIT_DENY
        assert engine.authorize(request(resource="arn:aws:s3::111122223333:b/k")).allowed


# callers


def sessions(number):
    """Return callers: sessions of one role."""
    return [{"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s{n}", "unique_id": f"AROA{n}"} for n in range(number)]


def test_more_sessions_than_are_remembered(monkeypatch):
    """Sessions of a role with tags are judged alike, each with its own name, when earlier ones have been forgotten."""
    monkeypatch.setattr(limits, "MOST_HOLDERS", 2)
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:userid": ["AROA1:s1", "AROA4:s4"]}}
    role = PrincipalPolicies(identity_based=(policy({**ALLOW, "Condition": condition}),), tags=(("team", "blue"),))
    environment = pg.Environment(principals={ROLE: role}, resources={})
    engine = pg.compile(environment)
    for number, session in [*enumerate(sessions(5))] * 2:
        question = request(principal=session)
        assert environment.authorize(question).allowed is (number in {1, 4})
        assert engine.authorize(question).allowed is (number in {1, 4})


@pytest.mark.parametrize("form", ["values", "text", "named", "parsed"])
def test_a_session_that_is_named(form):
    """A policy that names one session tells it from the others, in an environment and in a policy set."""
    named = policy(
        {**ALLOW, "Principal": {"AWS": [f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1"]}, "Sid": "one"},
        {
            **ALLOW,
            "Effect": "Deny",
            "NotPrincipal": {"AWS": [ACCOUNT, ROLE, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1"]},
        },
    )
    forms = {
        "values": named,
        "text": str(named).replace("'", '"'),
        "named": {"name": "bucket policy", "document": named},
        "parsed": pg.parse_policy(named, "bucket policy"),
    }
    held = {"arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, resource_based=(forms[form],))}
    for target in (pg.PolicySet(resource_based=[forms[form]]), pg.Environment(principals={}, resources=held)):
        engine = pg.compile(target)
        for _ in range(3):
            words = [engine.authorize(request(principal=each)).decision.value for each in sessions(4)]
            assert words == ["explicitDeny", "allowed", "explicitDeny", "explicitDeny"]
        assert len(engine._plans_of_alike) == 2


def test_callers_under_a_document_that_cannot_be_read():
    """Where a document cannot be read no callers are taken for alike, and whoever needs it gets the error."""
    held = {"arn:aws:s3:::b": ResourcePolicies(account=ACCOUNT, resource_based=("{",))}
    trusting = PrincipalPolicies(trust_policy=policy({**ALLOW, "Principal": "*"}))
    environment = pg.Environment(principals={ROLE: trusting}, resources=held, resource_control=((policy(ALLOW),),))
    engine = pg.compile(environment)
    for each in sessions(3):
        assert not engine.authorize(request(principal=each, resource="arn:aws:sqs:us-east-1:111122223333:q")).allowed
    assert len(engine._plans_of_alike) == 3
    with pytest.raises(pg.DocumentError):
        engine.authorize(request())


# answers


def test_a_decision_is_frozen():
    """A decision of the engine cannot be changed, is no truth value, and shows itself."""
    decision = pg.compile(pg.PolicySet()).authorize(request())
    with pytest.raises(AttributeError):
        decision.decision = pg.EvalDecision.ALLOWED
    with pytest.raises(TypeError, match="allowed"):
        bool(decision)
    assert repr(decision).startswith("Decision(decision=<EvalDecision.IMPLICIT_DENY")
    assert decision.explain() is decision.explain()
    assert decision.missing_context == ()


def test_decisions_are_compared_by_value():
    """The engine's decision equals the interpreter's on the same request, and no other one; so do their hashes."""
    policies = pg.PolicySet(identity_based=policy(ALLOW))
    engine = pg.compile(policies)
    assert engine.authorize(request()) == policies.authorize(request())
    assert len({engine.authorize(request()), policies.authorize(request())}) == 1
    assert engine.authorize(request()) != engine.authorize(request(context={"aws:SourceIp": "192.0.2.1"}))
    assert engine.authorize(request()) != pg.compile(pg.PolicySet()).authorize(request())
    assert engine.authorize(request()) != "allowed"


def test_few_requests_are_interpreted():
    """A handful of requests under few statements makes no engine; many requests, or many statements, do."""
    small = Adaptive(pg.PolicySet(identity_based=policy(ALLOW)))
    for _ in range(limits.FEW_REQUESTS):
        assert small.authorize(request()).allowed
    assert small._engine is None
    assert small.authorize(request()).allowed
    assert small._engine is not None
    assert small.authorize(request()).allowed
    large = Adaptive(pg.PolicySet(identity_based=policy(*[ALLOW] * 100)))
    assert large.authorize(request()).allowed
    assert large._engine is not None


def test_an_environment_makes_itself_an_engine():
    """An environment answers alike before and after it has been asked often."""
    environment = pg.Environment(
        principals={
            ROLE: PrincipalPolicies(identity_based=(policy({**ALLOW, "Action": ["s3:Get?bject", "s3:G*t*"]}),))
        },
        resources={},
    )
    assert {environment.authorize(request()).decision.value for _ in range(100)} == {"allowed"}
    assert {environment.authorize(request(action="s3:Put")).decision.value for _ in range(9)} == {"implicitDeny"}


def test_an_engine_knows_what_it_answers_for():
    """The policies that were compiled are there to be looked at."""
    policies = pg.PolicySet()
    assert pg.compile(policies).target is policies


def in_turn(policies, questions):
    """Ask one engine each question in turn, often, and check that every answer is the interpreter's."""
    engine = pg.compile(policies)
    expected = [policies.authorize(each) for each in questions]
    for _ in range(10):
        for question, answer in zip(questions, expected, strict=True):
            assert engine.authorize(question).decision is answer.decision
    return [answer.decision.value for answer in expected]


def test_callers_who_differ_in_a_rule_only():
    """Callers whom no policy names are told apart where a rule does: service-linked roles stand outside SCPs."""
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/s3.amazonaws.com/Linked"
    deny = policy({**ALLOW, "Effect": "Deny"})
    policies = pg.PolicySet(identity_based=policy(ALLOW), service_control=[[policy(ALLOW), deny]])
    words = in_turn(policies, [request(), request(principal=linked)])
    assert words == ["explicitDeny", "allowed"]


def test_requests_that_differ_in_the_owner_only():
    """The same call on a resource of another account is another question."""
    policies = pg.PolicySet(identity_based=policy(ALLOW))
    words = in_turn(policies, [request(), request(resource_account="444455556666")])
    assert words == ["allowed", "implicitDeny"]


def test_federated_users_with_and_without_the_user_behind_them():
    """A NotPrincipal that lists a federated user spares it, unless its user is known and not listed."""
    fay = f"arn:aws:sts::{ACCOUNT}:federated-user/Fay"
    spared = {"Effect": "Deny", "NotPrincipal": {"AWS": [ACCOUNT, fay]}, "Action": "*", "Resource": "*"}
    policies = pg.PolicySet(resource_based=policy({**ALLOW, "Principal": "*"}, spared))
    known = {"arn": fay, "user": f"arn:aws:iam::{ACCOUNT}:user/ana"}
    words = in_turn(policies, [request(principal=known), request(principal=fay)])
    assert words == ["explicitDeny", "allowed"]


# what is said once


class Knowing:
    """A source of policies that fills in a key of its own, as an environment of the future might."""

    def __init__(self, policies):
        self._policies = policies

    def __getattr__(self, name):
        """Be a policy set in everything else."""
        return getattr(self._policies, name)

    def completed(self, asked):
        """Tell the colour of the bucket that the request names."""
        colour = "blue" if "blue" in asked.resource else "red"
        return pg.Request(
            principal=asked.principal,
            action=asked.action,
            resource=asked.resource,
            resource_account=asked.resource_account,
            context={value.name: list(value.values) for value in asked.stated},
            known={"custom:Colour": colour},
        )

    def policies_for(self, _asked):
        """Return the same policies for every request."""
        return self._policies

    def holder(self, _asked):
        """Return RESOURCE: what is filled in differs from resource to resource."""
        return Holder.RESOURCE


def test_a_key_that_is_filled_in_and_nobody_was_told_of(monkeypatch):
    """A key that only `completed` knows of takes part in the engine's decisions as in the interpreter's."""
    monkeypatch.setattr(limits, "HOT", 2)
    condition = {"StringEquals": {"custom:colour": "blue"}}
    source = Knowing(pg.PolicySet(identity_based=policy({**ALLOW, "Condition": condition})))
    engine = pg.Engine(source)
    for _ in range(4):
        for bucket, stated, expected in (("blue", {}, True), ("b", {}, False), ("b", {"CUSTOM:colour": "blue"}, True)):
            question = request(resource=f"arn:aws:s3:::{bucket}/k", context=stated)
            assert authorize(source, question).allowed is expected
            assert engine.authorize(question).allowed is expected


def test_a_grant_that_names_a_role_with_its_path():
    """A session's ARN does not tell its role's path; an environment does, and a grant to that role counts for it."""
    role = f"arn:aws:iam::{ACCOUNT}:role/team/worker"
    grant = Grant(grantee=role, operations=("Decrypt",))
    environment = pg.Environment(
        principals={role: PrincipalPolicies()}, resources={KEY: ResourcePolicies(grants=(grant,))}
    )
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/s"
    assert asked(environment, request(principal=session, action="kms:Decrypt", resource=KEY)).allowed


@pytest.mark.parametrize(("requests", "policies"), [(0, 0), (0, 2), (1, 1), (1, 3), (2, 9)])
def test_names_of_keys_when_the_table_of_spellings_is_full(monkeypatch, requests, policies):
    """Names that come when no further spelling is kept are looked up all the same, in policies and in requests."""
    spellings = Spellings(())
    for module in (contexts, conditions, evaluate):
        monkeypatch.setattr(module, "SPELLINGS", spellings)
    monkeypatch.setattr(model, "_SPELLED_AS_USUAL", spellings.known)
    monkeypatch.setattr(contexts, "MOST_OF_REQUESTS", requests)
    monkeypatch.setattr(contexts, "MOST_SPELLINGS", policies)
    names = ("custom:One", "Custom:Two", "custom:three")
    asked = {(name, spelled): {spelled: "x"} for name in names for spelled in (name, name.upper(), name.lower())}
    before = {key: request(context=stated) for key, stated in reversed(asked.items())}
    statements = [{**ALLOW, "Sid": name, "Condition": {"StringEquals": {name: "x"}}} for name in names]
    stated = pg.PolicySet(identity_based=policy(*statements))
    engine = pg.compile(stated)
    for key, question in (*before.items(), *((key, request(context=each)) for key, each in asked.items())):
        (found,) = engine.authorize(question).matched_statements
        assert found.sid == key[0]
        assert stated.authorize(question).matched_statements == (found,)
    assert len(spellings.known) <= max(requests, policies)


def test_requests_that_know_more_than_their_environment():
    """What a request was told about its resource takes part beside what the environment fills in, plan or no plan."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:ResourceTag/a": "1"}}
    environment = pg.Environment(
        principals={
            ROLE: PrincipalPolicies(
                identity_based=(policy({**ALLOW, "Condition": condition}),), tags=(("team", "blue"),)
            )
        },
        resources={},
    )
    assert asked(environment, request(known={"aws:ResourceTag/a": "1"})).allowed
    assert not asked(environment, request(known={"aws:ResourceTag/a": "2"})).allowed
    assert not asked(environment, request()).allowed


def test_what_is_no_request_and_what_has_no_policies():
    """An engine refuses what is no request, and what it could not ask for policies."""
    with pytest.raises(pg.ArgumentError, match="`request` cannot be of the type dict"):
        pg.compile(pg.PolicySet()).authorize({"principal": ROLE})
    with pytest.raises(pg.ArgumentError, match="`policies` cannot be of the type str"):
        pg.Engine("policies")
