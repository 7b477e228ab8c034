"""The columnar kernel answers as the row engine does, row by row."""

import gc
import weakref

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import policygen as pg
from policygen.evaluation import EndpointPolicies, PrincipalPolicies, ResourcePolicies
from policygen.replay.kernel import Kernel
from policygen.replay.memory import Unreadable
from tests.property.strategies import Maker
from tests.replay.columns import batch_of

MANY = settings(max_examples=40, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
PARTS = ("principal", "action", "resource", "context")
BUCKET = "arn:aws:s3:::data"
ROLE = "arn:aws:iam::111122223333:role/app"


def answers(kernel, rows):
    """The answer for each row."""
    found = kernel.decide(batch_of(rows))
    return [found.answers[number] for number in found.numbers.to_pylist()]


def expected(target, rows):
    """What the row engine says of each row; None for what is no request."""
    engine = pg.compile(target)
    found = []
    for row in rows:
        try:
            found.append(engine.authorize(pg.Request(**row)).decision.value)
        except pg.RequestError:
            found.append(None)
    return found


def without_tags(row):
    """The row with a caller that columns can name."""
    principal = row["principal"]
    if isinstance(principal, dict):
        principal = {name: value for name, value in principal.items() if name != "tags"}
    return row | {"principal": principal}


def rows_like(request, random):
    """Requests that have parts of a request, and parts of others."""
    others = [Maker(random).make_request() for _ in range(6)]
    rows = []
    for _ in range(60):
        row = dict(request)
        for part in random.sample(PARTS, random.choice((1, 1, 2))):
            row[part] = Maker(random).context() if part == "context" else random.choice(others)[part]
        rows.append(without_tags(row))
    return rows


@given(st.randoms(use_true_random=False))
@MANY
def test_kernel_equals_engine(random):
    """Under any policy set, in two batches, every row gets the row engine's answer."""
    case = Maker(random).case()
    target = pg.PolicySet(**case.policies, settings=case.settings)
    rows = rows_like(case.request, random)
    kernel = Kernel(pg.compile(target))
    found = answers(kernel, rows[:30]) + answers(kernel, rows)
    assert [None if isinstance(each, Unreadable) else each for each in found] == expected(target, rows[:30] + rows)


def allow(action, resource="*", condition=None, principal=None, effect="Allow"):
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    statement |= {"Condition": condition} if condition else {}
    statement |= {"Principal": principal} if principal else {}
    return {"Version": "2012-10-17", "Statement": statement}


def row(principal, action, resource, **context):
    """One request; names of context keys with two underscores for the colon."""
    stated = {name.replace("__", ":"): value for name, value in context.items()}
    return {"principal": principal, "action": action, "resource": resource, "context": stated}


def user(name):
    """The ARN of a user."""
    return f"arn:aws:iam::111122223333:user/{name}"


def session(name, role="app"):
    """A session of a role."""
    return {"arn": f"arn:aws:sts::111122223333:assumed-role/{role}/{name}", "role": ROLE, "unique_id": f"AROA:{name}"}


KEYS = ["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890a" + each for each in "bc"]
SECRETS = [f"arn:aws:secretsmanager:us-east-1:111122223333:secret:db/{each}-AbCdEf" for each in "ab"]
KEY_ROWS = [row(session("a"), "kms:Decrypt", key) for key in KEYS]


def environment(principals=None, resources=None, **more):
    """An environment of documents."""
    read = pg.parse_policy
    return pg.Environment(
        principals={
            arn: PrincipalPolicies(identity_based=(read(document),), tags=tags)
            for arn, (document, tags) in (principals or {ROLE: (allow("*"), ())}).items()
        },
        resources={
            arn: ResourcePolicies(account="111122223333", resource_based=(read(document),), grants=grants)
            for arn, (document, grants) in (resources or {}).items()
        },
        **more,
    )


DENY_ALL = allow("*", "*", None, "*", "Deny")
SERVICE = "dynamodb.amazonaws.com"
TABLES = [f"arn:aws:dynamodb:us-east-1:111122223333:table/{each}" for each in ("a", "b", "c")]
TELLING = {
    "who, by a key that follows from the caller": (
        pg.PolicySet(identity_based=[allow("s3:*", "*", {"StringEquals": {"aws:username": "bob"}})]),
        [row(user("alice"), "s3:GetObject", f"{BUCKET}/k"), row(user("bob"), "s3:GetObject", f"{BUCKET}/k")],
    ),
    "who, by a variable of the resource": (
        pg.PolicySet(identity_based=[allow("s3:*", f"{BUCKET}/${{aws:username}}/*")]),
        [row(user(each), "s3:GetObject", f"{BUCKET}/bob/k") for each in ("alice", "bob")],
    ),
    "what, by a variable of the resource": (
        pg.PolicySet(identity_based=[allow("s3:*", f"{BUCKET}/${{aws:username}}/*")]),
        [row(user("bob"), "s3:GetObject", f"{BUCKET}/{each}/k") for each in ("alice", "bob")],
    ),
    "values of a key that a variable puts in": (
        pg.PolicySet(identity_based=[allow("s3:*", f"{BUCKET}/${{s3:prefix}}/*")]),
        [row(user("bob"), "s3:GetObject", f"{BUCKET}/a/k", s3__prefix=each) for each in ("a", "b")],
    ),
    "the session, by its unique id": (
        pg.PolicySet(identity_based=[allow("s3:*", "*", {"StringLike": {"aws:userid": "*:ann"}})]),
        [row(session(each), "s3:GetObject", f"{BUCKET}/k") for each in ("ann", "joe")],
    ),
    "tags that the environment knows": (
        environment(
            {
                user("a"): (allow("*", "*", {"StringEquals": {"aws:PrincipalTag/team": "red"}}), (("team", "red"),)),
                user("b"): (allow("*", "*", {"StringEquals": {"aws:PrincipalTag/team": "red"}}), (("team", "blue"),)),
            }
        ),
        [row(user(each), "s3:GetObject", f"{BUCKET}/k") for each in "ab"],
    ),
    "buckets with policies of their own": (
        environment(resources={BUCKET: (DENY_ALL, ()), f"{BUCKET}2": (allow("*", "*", None, "*"), ())}),
        [row(session("a"), "s3:GetObject", f"{each}/k") for each in (BUCKET, f"{BUCKET}2")],
    ),
    "keys with policies of their own": (
        environment(resources={KEYS[0]: (DENY_ALL, ()), KEYS[1]: (allow("*", "*", None, "*"), ())}),
        KEY_ROWS,
    ),
    "secrets in one folder with policies of their own": (
        environment(resources={SECRETS[0]: (DENY_ALL, ()), SECRETS[1]: (allow("*", "*", None, "*"), ())}),
        [row(session("a"), "secretsmanager:GetSecretValue", each) for each in SECRETS],
    ),
    "grants": (
        environment(
            {user("x"): (allow("*"), ())},
            {
                KEYS[0]: (
                    allow("kms:Put*", "*", None, "*"),
                    (pg.Grant(grantee=ROLE, operations=("Decrypt",), encryption_context_subset=(("a", "b"),)),),
                )
            },
        ),
        [row(session("a"), "kms:Decrypt", KEYS[0], kms__EncryptionContext__a=each) for each in ("b", "c")],
    ),
    "what a service's grant is for": (
        environment(
            resources={
                KEYS[0]: (
                    allow("kms:Decrypt", "*", {"StringEquals": {"aws:SourceArn": TABLES[2]}}, {"Service": SERVICE}),
                    (pg.Grant(grantee=SERVICE, operations=("Decrypt",), source_arn=TABLES[0]),),
                )
            },
        ),
        [row(SERVICE, "kms:Decrypt", KEYS[0], aws__SourceArn=each) for each in TABLES],
    ),
    "what a call passes": (
        pg.PolicySet(
            identity_based=[allow("sts:AssumeRole")], resource_based=allow("sts:AssumeRole", "*", None, {"AWS": "*"})
        ),
        [
            row(user("bob"), "sts:AssumeRole", ROLE),
            row(user("bob"), "sts:AssumeRole", ROLE, sts__SourceIdentity="bob"),
            row(user("bob"), "sts:AssumeRole", ROLE, sts__SourceIdentity=""),
        ],
    ),
    "VPC endpoints with policies of their own": (
        environment(
            vpc_endpoints={
                "vpce-1": EndpointPolicies(policy=pg.parse_policy(DENY_ALL)),
                "vpce-2": EndpointPolicies(policy=pg.parse_policy(allow("*", "*", None, "*"))),
            }
        ),
        [row(session("a"), "s3:GetObject", f"{BUCKET}/k", aws__SourceVpce=each) for each in ("vpce-1", "vpce-2")],
    ),
    "lists": (
        pg.PolicySet(identity_based=[allow("*", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})]),
        [row(user("bob"), "s3:PutBucketTagging", BUCKET, aws__TagKeys=each) for each in (["a"], ["a", "c"], [])],
    ),
    "names in any case": (
        pg.PolicySet(identity_based=[allow("*", "*", {"StringEquals": {"s3:prefix": "a"}})]),
        [
            row(user("bob"), "s3:ListBucket", BUCKET, s3__prefix="a"),
            row(user("bob"), "s3:ListBucket", BUCKET, s3__Prefix="a"),
            row(user("bob"), "s3:ListBucket", BUCKET, S3__PREFIX="b"),
        ],
    ),
    "the names of an encryption context": (
        pg.PolicySet(
            resource_based=allow(
                "*", "*", {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}}, {"AWS": "*"}
            )
        ),
        [row(user("bob"), "kms:Decrypt", KEYS[0], **{f"kms__EncryptionContext__{each}": "x"}) for each in "ab"],
    ),
    "values that a condition tells apart": (
        pg.PolicySet(identity_based=[allow("*", "*", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})]),
        [row(user("bob"), "s3:ListBucket", BUCKET, aws__SourceIp=each) for each in ("203.0.113.9", "198.51.100.9")],
    ),
    "owners of buckets": (
        pg.PolicySet(identity_based=[allow("*", "*", {"StringEquals": {"aws:ResourceAccount": "111122223333"}})]),
        [
            row(user("bob"), "s3:ListBucket", BUCKET) | {"resource_account": each}
            for each in ("111122223333", "444455556666")
        ],
    ),
}


@pytest.mark.parametrize("what", TELLING)
def test_kernel_tells_apart(what):
    """Rows that differ in one thing alone, which the policies tell apart, have the row engine's answers."""
    target, rows = TELLING[what]
    right = expected(target, rows)
    assert len(set(right)) > 1
    assert answers(Kernel(pg.compile(target)), rows) == right


ROLES = [f"arn:aws:iam::111122223333:role/{name}" for name in ("app", "app/x", "team/app-1", "team/app-2")]
NAMES = (
    *(
        f"{BUCKET}{end}"
        for end in ("", "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/a b", "/a/b0", "/\U0010ffff", "2/a")
    ),
    *ROLES,
    *KEYS,
    KEYS[0].replace("key/", "alias/a/"),
    *SECRETS,
    "arn:aws:sqs:us-east-1:111122223333:queue",
    "arn:aws:sqs:us-east-1:444455556666:queue",
    "arn:aws:s3::111122223333:data/a",
    "arn:aws:s3:us-east-1:111122223333:accesspoint/p",
    "arn:aws:s/3:us-east-1:111122223333:x",
    "arn:aws:s/3:us-east-1:444455556666:x",
    "*",
    "data/a",
)
"""Resources that are alike in much, and two that are none."""

PATTERNS = (
    *NAMES[:-1],
    *(f"{BUCKET}{end}" for end in ("*", "/*", "/a*", "/a/*", "/a/b*", "/*/b", "/?", "/a/?/c", "/\U0010ffff*")),
    "arn:aws:iam::*:role/team/*",
    "arn:aws:kms:*:111122223333:key/*",
    "arn:*:s3:::data/*",
    "*/a",
    f"{BUCKET}/${{aws:username}}*",
)
ASKED = {"s3": "s3:GetObject", "kms": "kms:Decrypt", "iam": "sts:AssumeRole", "sqs": "sqs:SendMessage"}
CALLERS = (session("a"), session("b"), user("a"), user("ab"), "arn:aws:iam::444455556666:role/app", "s3.amazonaws.com")


def drawn_environment(random):
    """An environment that holds some of the resources, with policies that name some of them."""

    def drawn(principal=None):
        resources = random.sample(PATTERNS, random.choice((1, 2, 5, 20)))
        element = {random.choice(("Resource", "Resource", "NotResource")): resources}
        found = allow(random.choice(("*", "*", ["s3:*", "sts:*", "kms:*"])), "*", None, principal)
        found["Statement"].pop("Resource")
        found["Statement"] |= element | {"Effect": random.choice(("Allow", "Allow", "Deny"))}
        return found

    principals = {arn: (drawn(), ()) for arn in random.sample([ROLE, *ROLES, user("a")], 3)}
    held = random.sample(NAMES[:-2], random.choice((0, 1, 3, 6)))
    return environment(principals, {arn: (drawn(random.choice(("*", {"AWS": ROLE}))), ()) for arn in held})


def drawn_row(random):
    """A request, most often for an action of the resource's service."""
    name = random.choice(NAMES)
    usual = ASKED.get(name.split(":")[2]) if name.count(":") > 2 else None
    other = random.choice([*ASKED.values(), "secretsmanager:GetSecretValue"])
    return row(random.choice(CALLERS), usual if usual and random.random() < 0.8 else other, name)


@given(st.randoms(use_true_random=False))
@MANY
def test_kernel_equals_engine_on_resources(random):
    """In any environment, wherever policies stand and patterns end, every row gets the row engine's answer."""
    target = drawn_environment(random)
    rows = [drawn_row(random) for _ in range(150)]
    kernel = Kernel(pg.compile(target))
    found = answers(kernel, rows[:50]) + answers(kernel, rows)
    assert [None if isinstance(each, Unreadable) else each for each in found] == expected(target, rows[:50] + rows)


def test_resources_that_policies_tell_nothing_of_are_one_call():
    """Where an environment holds a role, the roles that it does not hold have their policies, none, in one place."""
    target = environment()
    rows = [row(session("a"), "iam:GetRole", f"{ROLE}-{number}") for number in range(50)]
    kernel = Kernel(pg.compile(target))
    assert answers(kernel, rows) == ["allowed"] * 50
    assert kernel.combinations == 1


def test_one_decision_for_alike_rows():
    """Rows that the policies do not tell apart are decided once."""
    target = pg.PolicySet(identity_based=[allow("s3:GetObject", f"{BUCKET}/a/*")])
    rows = [row(session(str(n)), "s3:GetObject", f"{BUCKET}/a/{n}", aws__SourceIp=f"203.0.113.{n}") for n in range(50)]
    asked = []

    def judge(plan, request):
        asked.append(request)
        return plan.once(request).decision.value

    assert answers(Kernel(pg.compile(target), judge), rows) == ["allowed"] * 50
    assert len(asked) == 1


def test_a_row_that_is_no_request():
    """It has an answer of its own, which says why; the others are decided."""
    rows = [row(user("bob"), "s3:GetObject", BUCKET), row("bob?", "s3:GetObject", BUCKET)]
    first, second = answers(Kernel(pg.compile(pg.PolicySet(identity_based=[allow("*")]))), rows)
    assert first == "allowed"
    assert isinstance(second, Unreadable)


def test_values_are_forgotten():
    """Where more values come than are remembered, the answers stay right."""
    target = pg.PolicySet(identity_based=[allow("s3:GetObject", [f"{BUCKET}/{each}/*" for each in "abc"])])
    rows = [row(user(f"u{n}"), "s3:GetObject", f"{BUCKET}/{'abcdef'[n % 6]}/{n}") for n in range(30)]
    kernel = Kernel(pg.compile(target), most=5)
    for start in range(0, 30, 6):
        assert answers(kernel, rows[start : start + 6]) == expected(target, rows[start : start + 6])


class Circle:
    """Something that holds itself."""

    itself: object = None


@pytest.mark.parametrize("is_on", [True, False])
def test_garbage_is_collected_as_before(is_on):
    """Deciding leaves Python's search for garbage as it was, on or off; what is garbage is still found."""
    kernel = Kernel(pg.compile(pg.PolicySet(identity_based=[allow("*")])))
    circle = Circle()
    circle.itself = circle
    met = weakref.ref(circle)
    was_on = gc.isenabled()
    (gc.enable if is_on else gc.disable)()
    try:
        answers(kernel, [row(user("a"), "s3:GetObject", BUCKET)])
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if was_on else gc.disable)()
    del circle
    gc.collect()
    assert met() is None


def test_many_statements_tell_resources_apart():
    """Where more statements concern a call than are asked one by one, every row gets the row engine's answer."""
    document = allow("s3:GetObject")
    element = document.pop("Statement")
    document["Statement"] = [element | {"Resource": f"{BUCKET}/{n}/*{'x' * (n % 3)}"} for n in range(40)]
    rows = [row(user("a"), "s3:GetObject", f"{BUCKET}/{n}/{end}") for n in range(0, 60, 7) for end in ("x", "xx", "y")]
    target = pg.PolicySet(identity_based=[document])
    right = expected(target, rows)
    assert len(set(right)) > 1
    assert answers(Kernel(pg.compile(target)), rows) == right
