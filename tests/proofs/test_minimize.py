"""``pg.minimize``: fewer bytes or fewer policies, and never another access."""

from __future__ import annotations

import json

import pytest

import policygen as pg
from policygen.api.proving import QUOTA_NAMES
from policygen.aws.quotas import QUOTAS
from policygen.document import parse_policy
from policygen.document.write import thaw
from policygen.proofs import Kind, automaton, boxes, reducing, rewriting, why_not_same
from policygen.proofs.minimize import KINDS_OF_QUOTAS
from tests.proofs.hunt_minimized import hunt
from tests.proofs.test_diff import allow, deny, policy, when

OWN = "111122223333"
ROLE, SESSION = f"arn:aws:iam::{OWN}:role/app", f"arn:aws:sts::{OWN}:assumed-role/app/one"


def statements(found):
    """The statements of the only policy."""
    (document,) = found.policies.values()
    return thaw(document.written)["Statement"]


def to(principal, *given, **more):
    """An Allow of a resource's policy."""
    return {"Principal": principal} | allow(*given, **more)


SMALLER = {
    "a statement that another covers": ([allow("s3:Get*"), allow()], [allow("s3:Get*")]),
    "of two that are the same the first stays": (
        [allow() | {"Sid": "A"}, allow() | {"Sid": "B"}],
        [allow() | {"Sid": "A"}],
    ),
    "a statement that is denied": ([allow(), allow("s3:Put*"), deny("s3:Put*")], [allow(), deny("s3:Put*")]),
    "an action that another covers": ([allow(["s3:Get*", "s3:getobject"])], [allow("s3:Get*")]),
    "an action that another statement covers": (
        [allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*"), allow("s3:Get*", "arn:aws:s3:::*")],
        [allow("s3:PutObject", "arn:aws:s3:::a/*"), allow("s3:Get*", "arn:aws:s3:::*")],
    ),
    "a resource that another covers": (
        [allow(resource=["arn:aws:s3:::a/x", "arn:aws:s3:::a/*"])],
        [allow(resource="arn:aws:s3:::a/*")],
    ),
    "a resource that several cover": (
        [allow(resource=["arn:aws:s3:::a?*", "arn:aws:s3:::b*", "arn:aws:s3:::*/x", "arn:aws:s3:::b/x"])],
        [allow(resource=["arn:aws:s3:::a?*", "arn:aws:s3:::b*", "arn:aws:s3:::*/x"])],
    ),
    "what a NotAction says twice": (
        [{"Effect": "Deny", "NotAction": ["s3:Get*", "s3:GetObject"], "Resource": "*"}],
        [{"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"}],
    ),
    "a condition's value that another covers": (
        [allow(Condition=when(StringLike={"aws:userid": ["a", "a*"]}))],
        [allow(Condition=when(StringLike={"aws:userid": "a*"}))],
    ),
    "a negated condition's value": (
        [allow(Condition=when(StringNotLike={"aws:userid": ["ab*", "a*"]}))],
        [allow(Condition=when(StringNotLike={"aws:userid": "a*"}))],
    ),
    "a network in another one": (
        [allow(Condition=when(IpAddress={"aws:SourceIp": ["10.0.0.0/8", "10.1.0.0/16"]}))],
        [allow(Condition=when(IpAddress={"aws:SourceIp": "10.0.0.0/8"}))],
    ),
    "statements that differ in one list": ([allow(), allow("s3:PutObject")], [allow(["s3:GetObject", "s3:PutObject"])]),
    "a principal that is everybody's": (
        [to("*"), to({"AWS": OWN})],
        [to("*")],
    ),
    "a role by its session's": ([to({"AWS": [ROLE, ROLE]})], [to({"AWS": ROLE})]),
}


@pytest.mark.parametrize("name", SMALLER)
def test_what_is_made_smaller(name):
    """Each step on its own; what comes back gives the same access by ``pg.diff`` as well."""
    before, after = (policy(*each) for each in SMALLER[name])
    found = pg.minimize(before)
    assert statements(found) == after["Statement"]
    assert found.after["policy"] < found.before["policy"]
    assert (found.proved, found.left, len(found.done) > 0 or name.startswith("a role")) == (True, (), True)
    assert pg.diff(before, after).verdict == "same"


KEPT = {
    "another resource": [allow(), allow("s3:PutObject", "arn:aws:s3:::other/*")],
    "a Deny of what nothing here allows": [allow(), deny("s3:DeleteObject")],
    "a session beside its role": [to({"AWS": [ROLE, SESSION]})],
    "an account beside its role": [to({"AWS": [OWN, ROLE]})],
    "NotPrincipal, for a boundary": [
        to({"AWS": ROLE}),
        {"NotPrincipal": {"AWS": "*"}} | deny(),
    ],
    "a public statement that is denied": [
        to({"AWS": ROLE}, "s3:PutObject"),
        to("*"),
        {"Principal": "*"} | deny(),
    ],
    "a Deny of a user, for those whom it federates": [
        to({"AWS": f"arn:aws:sts::{OWN}:federated-user/fay"}, "s3:PutObject"),
        {"Principal": {"AWS": f"arn:aws:iam::{OWN}:user/ana"}}
        | deny(Condition=when(ArnNotLike={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:user/ana"})),
    ],
    "two conditions": [
        allow(Condition=when(StringLike={"aws:userid": "a*"})),
        allow(Condition=when(StringLike={"aws:UserAgent": "a*"})),
    ],
}


@pytest.mark.parametrize("name", KEPT)
def test_what_stays(name):
    """What would be missed beside another policy, under a boundary, or by Block Public Access stays."""
    found = pg.minimize(policy(*KEPT[name]))
    assert statements(found) == KEPT[name]
    assert (found.before, found.done) == (found.after, ())


def test_an_rcp_for_those_who_sign_in_stays():
    """Identity providers are judged on their own: what no service can call, they can."""
    signing_in = deny("sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{OWN}:*", Principal="*")
    given = [signing_in, deny("sts:AssumeRole", "arn:aws:iam::444455556666:*", Principal="*")]
    assert statements(pg.minimize(policy(*given), "rcp")) == given


def test_the_last_statement_stays():
    """A policy has a statement, though no request can meet it: as it is written, for any value of it could go."""
    nobody = allow(["s3:GetObject", "s3:PutObject"], Condition=when(StringEquals={"aws:PrincipalType": "Nobody"}))
    assert statements(pg.minimize(policy(nobody, nobody))) == [nobody]


def test_what_is_not_a_statement_stays():
    """Version and Id, the order of what is left, one statement that stands without a list."""
    found = pg.minimize({"Id": "mine", "Version": "2012-10-17", "Statement": allow(["s3:GetObject"])})
    assert (
        found.policies["policy"].to_json()
        == pg.parse_policy({"Id": "mine", "Version": "2012-10-17", "Statement": allow()}).to_json()
    )


def test_the_record():
    """The keys of the JSON are the attributes; what was done is said in words."""
    wide = allow("s3:Get*", "*") | {"Sid": "Read"}
    found = pg.minimize(policy(wide, allow(), deny("s3:Put*", "*")), "managed-policy")
    told = found.to_dict()
    assert list(told) == ["policies", "quota", "unit", "before", "after", "done", "left", "catalog", "proved"]
    assert told["quota"] == {"name": "managed-policy", "limit": 6144}
    assert (told["unit"], told["before"], told["after"]) == (
        "characters without white space",
        {"policy": 232},
        {"policy": 156},
    )
    assert told["done"] == ["policy: statement #1 (others cover it): taken out"]
    assert told["policies"] == {"policy": policy(wide, deny("s3:Put*", "*"))}


# What is not proved


def test_a_step_that_widens_is_refused(monkeypatch):
    """A wrong step is not taken: the policy stays as it was, and it is said."""

    def widened(given):
        return [each | {"Resource": "*"} for each in given]

    monkeypatch.setattr(reducing, "shortened", widened)
    found = pg.minimize(policy(allow(), deny("s3:Put*")))
    assert statements(found) == [allow(), deny("s3:Put*")]
    assert found.left == ("as it is written: what is denied would change",)


def test_a_merge_that_widens_is_refused(monkeypatch):
    """Statements that differ in a condition that has no alternatives stay two."""
    monkeypatch.setattr(rewriting, "has_alternatives", lambda _part: True)
    values = [allow(Condition=when(StringNotEquals={"aws:userid": each})) for each in "ab"]
    found = pg.minimize(policy(*values))
    assert statements(found) == values
    assert found.left[0] == (
        "policy: statements #0 and #1 differ in Condition StringNotEquals aws:userid alone: one statement now: "
        "what is allowed would change"
    )


def test_of_many_proposals_the_wrong_ones_alone_are_left(monkeypatch):
    """Where all together are not proved, they are halved: what is true is done."""
    given = [allow(), allow("s3:Get*", "*"), allow("s3:PutObject", "arn:aws:s3:::b*"), deny("s3:Put*", "*")]
    monkeypatch.setattr(reducing, "idle", lambda *_: ([reducing.Idle(number=each, why="so") for each in (0, 3)], ""))
    found = pg.minimize(policy(*given))
    assert statements(found) == given[1:]
    assert found.done == ("policy: statement #0 (so): taken out",)
    assert found.left == ("policy: statement #3 (so): what is denied would change",)


def test_a_field_that_is_too_rich_leaves_the_policy_as_it_is(monkeypatch):
    """What cannot be proved is not done, and said with the field; what reads the same needs no proof."""
    monkeypatch.setattr(automaton, "MOST_STATES", 3)
    what = "policy: statements #0 and #1 differ in Action alone: one statement now"
    given = policy(allow(["s3:GetObject", "s3:*a"]), allow("s3:*b"), allow("s3:*a*c", "*"))
    found = pg.minimize(given)
    assert statements(found)[1:] == given["Statement"][1:]
    rich = "Action has too many patterns that can hold together"
    assert found.left == (f"{what}: {rich}", f"policy: not all was looked at: {rich}")


def test_steps_that_run_out(monkeypatch):
    """Proofs that would take too many steps are none."""
    both = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*")
    given = policy(both, allow("s3:Get*", "*"), allow("s3:Put*", "arn:aws:s3:::a*"))
    assert len(statements(pg.minimize(given))) == 2
    monkeypatch.setattr(boxes, "MOST_STEPS", 0)
    found = pg.minimize(given)
    assert statements(found) == given["Statement"]
    assert found.left == ("policy: not all was looked at: the proof takes too many steps: Action has 18 cases",)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ([allow()], [allow("s3:Get*")], "what is allowed would change"),
        ([allow("s3:Get*")], [allow()], "what is allowed would change"),
        ([allow(), deny("s3:Put*")], [allow()], "what is denied would change"),
        ([allow()], [allow(), deny("s3:Put*")], "what is denied would change"),
        (
            [allow("*", "*"), deny()],
            [allow("*", "*"), deny("s3:Get*", "arn:aws:s3:::data/*")],
            "what is denied would change",
        ),
    ],
)
def test_why_not_the_same(old, new, why):
    """More and less are told, of what is allowed and of what is denied."""
    assert why_not_same([parse_policy(policy(*old))], [parse_policy(policy(*new))], Kind.IDENTITY) == why


def test_policies_of_two_versions_are_not_the_same():
    """A policy variable is none in the older Version."""
    mine = allow(resource="arn:aws:s3:::data/${aws:username}/*")
    old, new = policy(mine), policy(mine) | {"Version": "2008-10-17"}
    assert why_not_same([parse_policy(old)], [parse_policy(new)], Kind.IDENTITY) == "what is allowed would change"


# Quotas


def many(count, length=40, **more):
    """Statements that cannot be made one."""
    return [
        allow(f"s3:Get{number}", f"arn:aws:s3:::{'b' * length}{number}/*", **more) | {"Sid": f"Statement{number}"}
        for number in range(count)
    ]


def test_sids_go_only_where_the_quota_needs_it():
    """With its Sids the policy does not fit; without a quota they stay."""
    wide = policy(*many(45, 62))
    found = pg.minimize(wide, "managed-policy")
    assert found.done == ("Sids taken out, to fit the quota",)
    assert found.before["policy"] > 6144 >= found.after["policy"]
    assert statements(pg.minimize(wide)) == wide["Statement"]


def test_white_space_goes_only_where_it_counts():
    """A bucket policy that fits without white space alone is written so; a managed policy never is."""
    given = [to("*", f"s3:Get{number}", f"arn:aws:s3:::{'b' * 40}{number}/*") for number in range(105)]
    text = pg.minimize(policy(*given), "bucket-policy").texts["policy"]
    assert len(text) <= 20480 < len(json.dumps(policy(*given), indent=4))
    assert json.loads(text) == policy(*given)
    assert "\n    " in pg.minimize(policy(*many(3)), "managed-policy").texts["policy"]


@pytest.mark.parametrize(
    ("quota", "hint"),
    [
        ("managed-policy", "--split makes several policies of it, of which 20 can be attached"),
        ("role-inline", "the quota counts all inline policies together: attach managed policies"),
        ("session-policy", "take something out, or attach some of it in another way"),
    ],
)
def test_what_does_not_fit_is_refused(quota, hint):
    """The least size and the quota are said."""
    with pytest.raises(pg.DocumentError) as caught:
        pg.minimize(policy(*many(200)), quota)
    (problem,) = caught.value.problems
    limit = f"at most {QUOTAS[quota].limit:,} are possible ({quota})"
    assert (problem.code, problem.hint) == ("PG-D010", hint)
    assert problem.message.endswith(f"characters without white space at the least, {limit}")


def test_all_that_do_not_fit_are_named():
    """Several policies, each for itself: a problem each."""
    with pytest.raises(pg.DocumentError) as caught:
        pg.minimize([policy(*many(200)), policy(allow()), policy(*many(201))], "session-policy")
    assert [each.place.source for each in caught.value.problems] == ["policy 1", "policy 3"]


def test_a_policy_is_split_into_as_few_as_the_quota_allows():
    """All parts together give the same access, each fits, and no statement is in two of them."""
    wide = policy(*({name: each[name] for name in each if name != "Sid"} for each in many(100)))
    found = pg.minimize(wide, "managed-policy", split=True)
    assert list(found.policies) == ["policy-1", "policy-2"]
    assert max(found.after.values()) <= 6144
    together = [each for document in found.policies.values() for each in thaw(document.written)["Statement"]]
    assert sorted(json.dumps(each) for each in together) == sorted(json.dumps(each) for each in wide["Statement"])
    assert why_not_same([parse_policy(wide)], list(found.policies.values()), Kind.IDENTITY) == ""
    assert pg.diff(wide, policy(*together)).verdict == "same"


def test_a_statement_that_is_too_large_is_split_by_its_lists():
    """One statement of 300 resources becomes three policies, under the same Sid."""
    wide = allow(resource=[f"arn:aws:s3:::{'b' * 40}{number}/*" for number in range(230)]) | {"Sid": "Read"}
    found = pg.minimize(policy(wide), "managed-policy", split=True)
    assert len(found.policies) == 3
    parts = [thaw(each.written)["Statement"] for each in found.policies.values()]
    assert [each["Sid"] for (each,) in parts] == ["Read"] * 3
    assert [name for (each,) in parts for name in each["Resource"]] == wide["Resource"]


def test_what_fits_is_not_split():
    """A policy under its quota stays one, under its name."""
    assert list(pg.minimize(policy(allow()), "managed-policy", split=True).policies) == ["policy"]


def test_more_than_can_be_attached_is_refused():
    """RCPs beyond the most that one OU can have are no help."""
    given = policy(*(each | {"Effect": "Deny", "Principal": "*"} for each in many(30, 900)))
    with pytest.raises(pg.DocumentError) as caught:
        pg.minimize(given, "rcp", split=True)
    hint = "at most 4 can be attached: take something out, or attach some of it in another way"
    assert [(each.code, each.hint) for each in caught.value.problems] == [("PG-D010", hint)]


def test_policies_that_are_attached_together_become_fewer():
    """Managed policies of one role: what one of them says need not be said by another; the rest is packed."""
    given = [policy(allow("s3:Get*")), policy(allow(), deny("s3:Delete*")), policy(allow("s3:Put*"))]
    found = pg.minimize(given, "managed-policy")
    assert list(found.policies) == ["policy 1"]
    assert statements(found) == [allow(["s3:Get*", "s3:Put*"]), deny("s3:Delete*")]
    assert found.done == (
        "policy 2: statement #0 (others cover it): taken out",
        "the statements of 3 policies packed into 1",
    )


def test_policies_that_cannot_become_fewer_stay_where_they_are():
    """Two managed policies that need the room of two keep their statements."""
    given = [policy(*many(32)), policy(*(each | {"Effect": "Deny"} for each in many(32, 41)))]
    found = pg.minimize(given, "managed-policy")
    assert [thaw(each.written) for each in found.policies.values()] == given
    assert found.done == ()


def test_without_such_a_quota_each_policy_is_for_itself():
    """Two policies of two buckets have nothing to do with each other; names are told apart."""
    one = parse_policy(policy(to("*"), to("*")), "p.json")
    found = pg.minimize([one, one], "bucket-policy")
    assert {name: thaw(each.written) for name, each in found.policies.items()} == {
        "p.json": policy(to("*")),
        "p-2.json": policy(to("*")),
    }
    assert len(pg.minimize([policy(allow()), policy(allow())]).policies) == 2


def test_policies_of_different_versions_are_not_packed():
    """The Version says whether `${` begins a variable."""
    given = [policy(allow()), policy(allow("s3:Put*")) | {"Version": "2008-10-17"}]
    assert len(pg.minimize(given, "managed-policy").policies) == 2


def test_sids_stay_unique_where_policies_become_one():
    """Of two statements with one Sid, the later one loses it."""
    given = [policy(allow() | {"Sid": "A"}), policy(deny("s3:Put*") | {"Sid": "A"})]
    assert statements(pg.minimize(given, "role-inline")) == [allow() | {"Sid": "A"}, deny("s3:Put*")]


def test_every_quota_has_its_kind_of_policy():
    """The names that can be asked for are those of which something can be proved."""
    assert sorted(KINDS_OF_QUOTAS) == sorted(QUOTA_NAMES)


# Misuse


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("bucket-policies",), "PG-A002", "`bucket-policies` is not a quota of policies"),
        ((None, True), "PG-A002", "a policy is split to fit a quota: give its name"),
        (("bucket-policy", True), "PG-A002", "bucket-policy: only one can be attached, so it cannot be split"),
        (
            ("role-inline", True),
            "PG-A002",
            "role-inline: the quota counts all policies of this kind together, so splitting does not help",
        ),
        (("bucket-policy",), "PG-D011", "no statement has a Principal"),
    ],
)
def test_misuse(arguments, code, message):
    """A quota that is none, splitting what cannot be split, a policy of another kind."""
    with pytest.raises(pg.PolicygenError) as caught:
        pg.minimize(policy(allow()), *arguments)
    assert [(each.code, each.message) for each in caught.value.problems] == [(code, message)]


def test_a_policy_with_principals_is_none_of_a_role():
    """Its principals would be passed over."""
    with pytest.raises(pg.DocumentError) as caught:
        pg.minimize(policy(allow(), to("*")), "managed-policy")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.place.pointer) == (
        "PG-D011",
        "a statement has a Principal",
        "/Statement/1",
    )


def test_a_policy_that_cannot_be_judged_is_refused():
    """A template's function, an operator that AWS does not know: every problem of every policy."""
    given = [policy(allow(resource=["*", {"Fn::Sub": "x"}])), policy(allow(Condition={"Like": {"a": "b"}}))]
    with pytest.raises(pg.DocumentError) as caught:
        pg.minimize(given)
    assert [each.code for each in caught.value.problems] == ["PG-D009", "PG-D007"]


def test_what_nobody_knows_is_left_alone():
    """Other elements stay as they are written, and keep statements apart that differ in them."""
    mine = allow() | {"Note": [{"a": 1}, {"a": 1}]}
    assert statements(
        pg.minimize(policy(mine, mine | {"Action": "s3:PutObject"}, allow("s3:PutObject", Note="x")))
    ) == [mine | {"Action": ["s3:GetObject", "s3:PutObject"]}]


def test_one_and_true_are_two():
    """Values are told apart as JSON tells them."""
    given = allow(Condition=when(StringEquals={"aws:userid": [1, True, "1"]}))
    assert statements(pg.minimize(policy(given)))[0]["Condition"] == when(StringEquals={"aws:userid": [True, "1"]})


def test_no_policies():
    """Nothing is made of nothing."""
    assert dict(pg.minimize([], "managed-policy").policies) == {}


def test_progress():
    """Every statement is counted, once."""
    seen = []
    pg.minimize([policy(allow(), deny("s3:Put*")), policy(allow())], progress=lambda *each: seen.append(each))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_random_policies():
    """A few of what ``python -m tests.proofs.hunt_minimized`` tries by the thousand."""
    found = hunt(cases=40, seed=20261130, samples=10)
    assert found.wrong == []
    assert (found.smaller > 30, found.steps > 100, found.split > 0) == (True, True, True)
