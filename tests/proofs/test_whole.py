"""``pg.diff`` of policy sets and environments: what all their policies allow together."""

from __future__ import annotations

from dataclasses import replace

import pytest

import policygen as pg
from policygen.catalog import KnownCalls
from policygen.evaluation import PolicyType
from policygen.evaluation.policies import Policies
from policygen.evaluation.statements import compile_statements
from policygen.proofs import compare_whole
from policygen.proofs.fields import WORLD
from policygen.proofs.kinds import World
from policygen.proofs.whole_space import WholeSpace
from policygen.request.principal import parse_principal

OWN, OTHER, OUTSIDE = "111122223333", "444455556666", "777788889999"
ROLE = f"arn:aws:iam::{OWN}:role/app"
BUCKET, OBJECTS = "arn:aws:s3:::data", "arn:aws:s3:::data/*"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1234"
HIS_OWN = "policies of the caller's own"


def policy(*statements):
    """A document of this Version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="s3:GetObject", resource="*", **more):
    """An Allow."""
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(*given, **more):
    """A Deny."""
    return allow(*given, **more) | {"Effect": "Deny"}


EVERYTHING = policy(allow("*"))
IN = policy(allow(resource=OBJECTS, Principal={"AWS": ROLE}, Sid="In"))
DELEGATES = policy(allow("kms:*", Principal={"AWS": OWN}, Sid="Root"))
PUBLIC = policy(allow(resource=OBJECTS, Principal="*", Sid="All"))


def environment(role=None, bucket=None, key=None, **more):
    """A role that may use S3 and decrypt, a bucket without a policy, a key that lets its account decide."""
    own = {"identity_based": (policy(allow("s3:*"), allow("kms:Decrypt")),)} | (role or {})
    on_key = {"resource_based": (DELEGATES,)} | (key or {})
    return pg.Environment(
        principals={ROLE: pg.PrincipalPolicies(**own)},
        resources={
            BUCKET: pg.ResourcePolicies(**{"account": OWN} | (bucket or {})),
            KEY: pg.ResourcePolicies(**on_key),
        },
        **more,
    )


def shown(found):
    """Return who makes what differ: side, policy and statement."""
    return [
        *(("gained", each.policy, each.statement) for each in found.gained),
        *(("lost", each.policy, each.statement) for each in found.lost),
    ]


TLS = deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}, Sid="Tls")
NO_DELETE = policy(deny("s3:Delete*", Sid="NoDelete"))
CHANGES = {
    "a boundary": (
        environment(role={"permissions_boundary": policy(allow("s3:*"))}),
        [("lost", "permissions boundary", "")],
        "kms:Decrypt",
    ),
    "a level of SCPs that allows less": (
        environment(service_control=((EVERYTHING,), (policy(allow("kms:*")),))),
        [("lost", "SCP of level 1 #0", "")],
        "s3:",
    ),
    "a Deny in an SCP": (
        environment(service_control=((EVERYTHING, NO_DELETE),)),
        [("lost", "SCP of level 0 #1", "NoDelete")],
        "s3:Delete",
    ),
    "an RCP": (
        environment(resource_control=((policy(TLS),),)),
        [("lost", "RCP of level 0 #0", "Tls")],
        "s3:",
    ),
    "a grant": (
        environment(
            key={"grants": (pg.Grant(grantee=f"arn:aws:iam::{OTHER}:role/x", operations=("Encrypt",), name="g"),)}
        ),
        [("gained", "g", "#0")],
        "kms:Encrypt",
    ),
    "a key policy that is gone": (
        environment(key={"resource_based": ()}),
        [("lost", "resource-based policy #0", "Root")],
        "kms:",
    ),
    "a public bucket policy": (
        environment(bucket={"resource_based": (PUBLIC,)}),
        [("gained", "resource-based policy #0", "All")],
        "s3:GetObject",
    ),
    "an identity-based policy": (
        environment(role={"identity_based": (policy(allow("s3:*")),)}),
        [("lost", "identity-based policy #0", "#1")],
        "kms:Decrypt",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_one_part_of_an_environment_changes(change):
    """The part that makes the difference, with a request for the action that it is about, both ways."""
    new, expected, action = CHANGES[change]
    old = environment()
    found = pg.diff(old, new)
    assert (shown(found), found.unknown) == (expected, ())
    (difference,) = (*found.gained, *found.lost)
    assert difference.witness.action.startswith(action)
    decisions = [each.authorize(difference.witness).decision.value for each in (old, new)]
    assert [difference.old, difference.new] == decisions
    assert decisions.count("allowed") == 1
    back = pg.diff(new, old)
    opposite = {"gained": "lost", "lost": "gained"}
    assert shown(back) == [(opposite[side], *rest) for side, *rest in expected]


SAME = {
    "itself": environment(),
    "the same in other words": environment(
        role={"identity_based": (policy(allow("kms:Decrypt")), policy(allow("S3:*")))}
    ),
    "what the role may anyway": environment(bucket={"resource_based": (IN,)}),
    "a level of SCPs that allows everything": environment(service_control=((EVERYTHING,), (EVERYTHING,))),
    "a boundary as wide as the policies": environment(
        role={"permissions_boundary": policy(allow(["s3:*", "kms:Decrypt", "sqs:*"]))}
    ),
    "an RCP for a service that has none": environment(resource_control=((policy(deny("iam:*", Principal="*")),),)),
    "what needs no permission": environment(
        role={"identity_based": (policy(allow("s3:*"), allow("kms:Decrypt"), allow("sts:GetCallerIdentity")),)}
    ),
    "a Deny of what needs no permission": environment(
        role={"identity_based": (policy(allow("s3:*"), allow("kms:Decrypt"), deny("sts:GetCallerIdentity")),)}
    ),
    "tags of which no policy speaks": environment(key={"tags": (("team", "x"),)}),
    "block public access of a bucket that is not public": environment(
        bucket={"block_public_access": {"RestrictPublicBuckets": True}}
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_what_changes_no_access(case):
    """Other policies, the same access."""
    found = pg.diff(environment(), SAME[case])
    assert (found.verdict, shown(found), found.unknown) == ("same", [], ())


def test_a_right_on_a_key_without_a_policy_is_none():
    """A key that the environment holds has the policies that it has here: only others are assumed to let in."""
    decrypts = policy(allow("kms:Decrypt", KEY))
    found = [environment(role={"identity_based": each}, key={"resource_based": ()}) for each in ((), (decrypts,))]
    assert pg.diff(*found).verdict == "same"


def test_what_a_deny_of_all_other_resources_takes_away():
    """A statement with NotResource speaks of every resource that is not listed."""
    others = {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::other/*", "Sid": "Others"}
    writes = allow("s3:PutObject", OBJECTS)
    old, new = (environment(role={"identity_based": (policy(writes, *more),)}) for more in ((), (others,)))
    assert shown(pg.diff(old, new)) == [("lost", "identity-based policy #0", "Others")]


def test_block_public_access_is_part_of_an_environment():
    """A public bucket serves everybody once RestrictPublicBuckets is off; the owner's account it served before."""
    policies = {"resource_based": (PUBLIC,)}
    old = environment(bucket=policies | {"block_public_access": {"RestrictPublicBuckets": True}})
    found = pg.diff(old, environment(bucket=policies))
    assert shown(found) == [("gained", "block public access", "RestrictPublicBuckets")]
    (difference,) = found.gained
    assert "anonymous" in difference.principals
    assert not [each for each in difference.principals if OWN in each and ":saml-provider/" not in each]


def test_tags_of_the_environment_are_what_conditions_see():
    """Of a resource whose tag is known, no request can say otherwise; of others a request says what it is."""
    tagged = policy(allow("sqs:SendMessage", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}))
    queue = f"arn:aws:sqs:us-east-1:{OWN}:jobs"
    red, blue = (
        pg.Environment(
            principals={ROLE: pg.PrincipalPolicies(identity_based=(tagged,))},
            resources={queue: pg.ResourcePolicies(tags=(("team", team),))},
        )
        for team in ("red", "blue")
    )
    (difference,) = pg.diff(red, blue).lost
    assert (difference.witness.resource, difference.witness.stated) == (queue, ())
    without = replace(blue, principals={ROLE: pg.PrincipalPolicies()})
    (elsewhere,) = pg.diff(blue, without).lost
    assert (elsewhere.witness.resource == queue, len(elsewhere.witness.stated)) == (False, 1)


def test_a_user_has_its_tags_and_a_session_may_have_others():
    """The tag of a user cannot be stated otherwise; that of a role is what its sessions have by default."""
    wanted = policy(allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}))
    user = f"arn:aws:iam::{OWN}:user/ana"
    verdicts = {}
    for name in (user, ROLE):
        old, new = (
            pg.Environment(
                principals={name: pg.PrincipalPolicies(identity_based=documents, tags=(("team", "blue"),))},
                resources={},
            )
            for documents in ((), (wanted,))
        )
        verdicts[name] = pg.diff(old, new).verdict
    assert verdicts == {user: "same", ROLE: "differs"}


def test_a_role_without_its_tag():
    """What a condition on a tag gives to all sessions of a role goes with the role's tag."""
    wanted = policy(allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}))
    red, bare = (environment(role={"identity_based": (wanted,), "tags": tags}) for tags in ((("team", "red"),), ()))
    (difference,) = pg.diff(red, bare).lost
    assert (difference.witness.action, difference.witness.stated) == ("s3:GetObject", ())


def test_a_known_tag_stands_in_place_of_a_variable():
    """A user's tag says what a value with a variable matches; with one that is not known it stays open."""
    user = f"arn:aws:iam::{OWN}:user/ana"

    def given(*resources):
        documents = tuple(policy(allow(resource=each)) for each in resources)
        principal = pg.PrincipalPolicies(identity_based=documents, tags=(("team", "blue"),))
        return pg.Environment(principals={user: principal}, resources={BUCKET: pg.ResourcePolicies(account=OWN)})

    home = "arn:aws:s3:::data/${aws:PrincipalTag/team}/*"
    (gained,) = pg.diff(given(), given(home)).gained
    assert (gained.witness.resource, gained.witness.stated) == ("arn:aws:s3:::data/blue/x", ())
    assert pg.diff(given(home), given("arn:aws:s3:::data/blue/*")).verdict == "same"
    both = "arn:aws:s3:::data/${aws:PrincipalTag/team}-${aws:PrincipalTag/other}"
    found = pg.diff(given(), given(both))
    assert (found.verdict, found.gained) == ("unknown", ())


def test_who_is_not_held_is_said():
    """A caller that the environment does not hold may do what its own policies allow; that is one of the conditions."""
    queue = f"arn:aws:sqs:us-east-1:{OWN}:jobs"
    open_ = policy(allow("sqs:SendMessage", queue, Principal={"AWS": OUTSIDE}))
    old, new = (
        pg.Environment(principals={}, resources={queue: pg.ResourcePolicies(resource_based=documents)})
        for documents in ((), (open_,))
    )
    (difference,) = pg.diff(old, new).gained
    assert difference.principals == tuple(
        f"arn:aws:iam::{OUTSIDE}:{each}" for each in ("root", "user/somebody", "role/some-role")
    )
    assert difference.conditions == {}  # the root user needs none
    role = policy(allow("sqs:SendMessage", queue, Principal={"AWS": f"arn:aws:iam::{OUTSIDE}:role/x"}))
    named = pg.Environment(principals={}, resources={queue: pg.ResourcePolicies(resource_based=(role,))})
    (difference,) = pg.diff(old, named).gained
    assert difference.principals == (f"arn:aws:iam::{OUTSIDE}:role/x",)
    assert difference.conditions == {HIS_OWN: "allow it"}


def test_what_is_not_held_lets_the_account_in():
    """A right on a key of another account counts, for that account may give it; that is one of the conditions."""
    theirs = f"arn:aws:kms:us-east-1:{OUTSIDE}:key/9"
    old, new = (
        pg.Environment(principals={ROLE: pg.PrincipalPolicies(identity_based=documents)}, resources={})
        for documents in ((), (policy(allow("kms:Decrypt", theirs)),))
    )
    (difference,) = pg.diff(old, new).gained
    assert (difference.principals, difference.resources) == ((ROLE,), (theirs,))
    assert difference.conditions == {"the policy of the resource": "lets the caller's account in"}


SETS = {
    "an endpoint's policy": (
        {"identity_based": EVERYTHING},
        {"identity_based": EVERYTHING, "vpc_endpoint": policy(allow("s3:*", Principal="*"))},
        [("lost", "VPC endpoint policy", "")],
    ),
    "a gateway's endpoint means the root user by an account": (
        {"identity_based": policy(allow()), "vpc_endpoint": policy(allow("s3:*", Principal="*"))},
        {"identity_based": policy(allow()), "vpc_endpoint": policy(allow("s3:*", Principal={"AWS": OWN}))},
        [("lost", "VPC endpoint policy", "#0")],
    ),
    "a session policy": (
        {"identity_based": policy(allow("s3:*"))},
        {"identity_based": policy(allow("s3:*")), "session": [policy(allow("s3:Get*"))]},
        [("gained", "session policy #0", "#0"), ("lost", "session policy #0", "")],  # a federated user has none without
    ),
    "the session policies of a federated user": (
        {"resource_based": policy(allow(Principal={"AWS": f"arn:aws:iam::{OWN}:user/somebody"})), "session": []},
        {
            "resource_based": policy(allow(Principal={"AWS": f"arn:aws:iam::{OWN}:user/somebody"})),
            "session": [policy(allow())],
        },
        [("gained", "session policy #0", "#0")],
    ),
    "a session that the bucket's policy names is beyond it": (
        {
            "resource_based": policy(
                allow(resource=OBJECTS, Principal={"AWS": f"arn:aws:sts::{OWN}:assumed-role/app/s"})
            )
        },
        {
            "resource_based": policy(
                allow(resource=OBJECTS, Principal={"AWS": f"arn:aws:sts::{OWN}:assumed-role/app/s"})
            ),
            "session": [policy(allow("sqs:*"))],
        },
        [],
    ),
    "a role that the bucket's policy names is not": (
        {"resource_based": IN},
        {"resource_based": IN, "permissions_boundary": policy(allow("sqs:*"))},
        [("lost", "permissions boundary", "")],
    ),
    "the policy that was missing is the one that counts": (
        {"identity_based": policy(allow(resource=OBJECTS))},
        {
            "identity_based": policy(allow(resource=OBJECTS), allow("s3:Get*", OBJECTS, Sid="More")),
            "resource_based": policy(allow(resource=OBJECTS, Principal={"AWS": f"arn:aws:iam::{OTHER}:user/ana"})),
        },
        [("gained", "resource-based policy #0", "#0"), ("gained", "identity-based policy #0", "More")],
    ),
    "a key that calls of KMS alone carry": (
        {"identity_based": EVERYTHING, "resource_based": policy()},
        {
            "identity_based": EVERYTHING,
            "resource_based": policy(
                allow("kms:*", Principal={"AWS": OWN}, Condition={"StringNotEquals": {"kms:CallerAccount": OWN}})
            ),
        },
        [],
    ),
    "across accounts both must allow": (
        {"resource_based": policy(allow(resource=OBJECTS, Principal={"AWS": f"arn:aws:iam::{OTHER}:user/ana"}))},
        {
            "identity_based": policy(allow(resource=OBJECTS)),
            "resource_based": policy(allow(resource=OBJECTS, Principal={"AWS": f"arn:aws:iam::{OTHER}:user/ana"})),
        },
        [("gained", "identity-based policy #0", "#0")],
    ),
}


@pytest.mark.parametrize("case", SETS)
def test_policy_sets(case):
    """What a part of a policy set changes; the witness is confirmed by both sets."""
    old, new, expected = SETS[case]
    sides = pg.PolicySet(**old), pg.PolicySet(**new)
    found = compare_whole(*sides, KnownCalls())
    assert (shown(found), found.unknown) == (expected, ())
    for each in (*found.gained, *found.lost):
        assert [side.authorize(each.witness).decision.value for side in sides] == [each.old, each.new]


CONSTRAINTS = {
    "a pair more": ({"encryption_context_subset": (("app", "web"),)}, {}, ["gained"]),
    "subset and equal": (
        {"encryption_context_equals": (("app", "web"),)},
        {"encryption_context_subset": (("app", "web"),)},
        ["gained"],
    ),
    "the same": (
        {"encryption_context_equals": (("app", "web"),)},
        {"encryption_context_equals": (("app", "web"),)},
        [],
    ),
    "no pair at all": ({"encryption_context_equals": ()}, {"encryption_context_subset": ()}, ["gained"]),
    "a source": ({}, {"source_arn": "arn:aws:s3:::b"}, ["lost"]),
}


@pytest.mark.parametrize("case", CONSTRAINTS)
def test_constraints_of_grants(case):
    """What a grant's constraints leave open, over all encryption contexts."""
    before, after, expected = CONSTRAINTS[case]
    service = "dynamodb.amazonaws.com"
    old, new = (
        pg.PolicySet(grants=[pg.Grant(grantee=service, operations=("Decrypt",), **each)]) for each in (before, after)
    )
    found = pg.diff(old, new)
    assert ([side for side, *_ in shown(found)], found.unknown) == (expected, ())


def test_abac_changes_how_tags_are_set():
    """Once ABAC is on for a bucket, its tags are changed by other calls."""
    (difference,) = pg.diff(environment(), environment(bucket={"abac": True})).lost
    assert (difference.policy, difference.statement) == ("settings", "abac")
    assert difference.witness.action.lower() in ("s3:putbuckettagging", "s3:deletebuckettagging")


def test_names_in_the_encryption_context_of_a_grant_keep_their_case():
    """A policy asks for the pair in any case, the grant in its own: the request has the grant's."""
    condition = {"StringEquals": {"kms:EncryptionContext:app": "web"}}
    denies = policy(deny("kms:*", Principal="*", Condition=condition, Sid="No"))
    grant = pg.Grant(
        grantee="dynamodb.amazonaws.com", operations=("Decrypt",), encryption_context_subset=(("App", "web"),)
    )
    old, new = (pg.PolicySet(grants=[grant], resource_based=each) for each in (None, denies))
    (lost,) = pg.diff(old, new).lost
    assert (lost.statement, lost.witness.encryption_context()) == ("No", {"App": "web"})


@pytest.mark.parametrize("service", ["ecr", "lambda"])
def test_policies_that_imply_their_resource(service):
    """A statement without Resource speaks of the resource it stands on, in the services that write it so."""
    anything = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:user/ana"}, "Action": ["ec2:*", "sqs:*"]}
    more = anything | {"Action": f"{service}:*", "Sid": "Implied"}
    old, new = (pg.PolicySet(resource_based=policy(*each)) for each in ((anything,), (anything, more)))
    found = pg.diff(old, new)
    assert shown(found) == [("gained", "resource-based policy #0", "Implied")]
    assert found.gained[0].witness.action.startswith(service)


def test_service_linked_roles_are_beyond_scps():
    """Where SCPs allow nothing, a right is still one for a service-linked role."""
    old, new = (pg.PolicySet(identity_based=each, service_control=[[]]) for each in (policy(), policy(allow("s3:*"))))
    (gained,) = pg.diff(old, new).gained
    assert {each.split("/")[1] for each in gained.principals} == {"aws-service-role"}


def test_a_default_encryption_that_conditions_see_is_unknown():
    """It is not modelled: a difference may hang on it, so nothing is called the same."""
    header = {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    old, new = (
        environment(
            bucket={
                "default_encryption": default,
                "resource_based": (policy(deny("s3:PutObject", OBJECTS, Principal="*", Condition=header)),),
            },
            default_encryption_visible=True,
        )
        for default in (("aws:kms", None), ("AES256", None))
    )
    found = pg.diff(old, new)
    assert found.verdict == "unknown"
    assert found.unknown == ("conditions on the encryption of uploads: the default encryption is visible to them",)


def test_another_owner_is_unknown():
    """A bucket that changes its owner has other policies around it on each side."""
    found = pg.diff(environment(), environment(bucket={"account": OTHER}))
    assert (f"{BUCKET}: it has another owner" in found.unknown, found.verdict == "same") == (True, False)


def test_two_kinds_are_not_compared():
    """A policy set beside an environment is refused, in words."""
    with pytest.raises(pg.ArgumentError) as caught:
        pg.diff(pg.PolicySet(), environment())
    assert str(caught.value.problems[0].message) == "old is a policy set, new is an environment"


def test_every_document_that_cannot_be_read_is_named():
    """The problems of all documents of both sides come at once."""
    old = environment(role={"identity_based": ({"Statement": [{"Effect": "allow"}]},)})
    new = environment(bucket={"resource_based": ({"Statement": 1},)})
    with pytest.raises(pg.DocumentError) as caught:
        pg.diff(old, new)
    assert {each.code for each in caught.value.problems} == {"PG-D004", "PG-D006"}


def test_a_spec_is_compared_with_what_there_is(tmp_path):
    """What a spec generates beside an environment: the bucket's policy is not there yet."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(f'version: 1\naccounts: {{a: "{OWN}"}}\nbuckets: {{b: {{name: data, region: us-east-1}}}}\n')
    there = pg.Environment(principals={}, resources={BUCKET: pg.ResourcePolicies(account=OWN)})
    (lost,) = pg.diff(there, spec).lost
    assert (lost.policy, lost.statement) == (f"{OWN}/s3/b/bucket-policy.json", "DenyInsecureTransport")


def test_which_calls_carry_a_key_is_asked_of_a_caller_with_an_account():
    """kms:CallerAccount is there in calls of KMS, be the first caller one that has no account."""
    condition = {"StringNotEquals": {"kms:CallerAccount": OWN}}
    (statement,) = compile_statements(pg.parse_policy(policy(deny("kms:*", Condition=condition))), "policy")
    callers = map(parse_principal, ("s3.amazonaws.com", f"arn:aws:iam::{OWN}:user/a"))
    worlds = [World(caller=each, owner=OWN) for each in callers]
    space = WholeSpace(worlds, [statement], ())
    boxes = space.boxes_of((PolicyType.IDENTITY_BASED, None), Policies(), statement)
    assert {space.layout.masks(box)[WORLD] for _, box in boxes} == {0b01}


def test_a_call_that_aws_may_add_takes_resources_of_its_service():
    """No action of KMS, known or to come, is asked for on an object."""
    bucket = policy(allow(["kms:*", "sqs:*"], OBJECTS, Principal="*"))
    sides = (
        pg.PolicySet(resource_based=policy(allow("sqs:*", OBJECTS, Principal="*"))),
        pg.PolicySet(resource_based=bucket),
    )
    assert compare_whole(*sides, KnownCalls()).verdict == "same"
    assert compare_whole(*sides).verdict == "differs"


def test_a_known_tag_among_too_many_patterns():
    """What is known answers the patterns that are put aside; of a role's tag, which sessions may change, not so."""
    patterns = [f"*{a}{b}*" for a in "abcdef" for b in "ghijkl"]
    statements = [
        allow(f"s3:Get{number}", Condition={"StringLike": {"aws:PrincipalTag/team": each}})
        for number, each in enumerate(patterns)
    ]
    user, verdicts = f"arn:aws:iam::{OWN}:user/ana", {}
    for name, tag in ((user, "xagx"), (user, "none"), (ROLE, "xagx")):
        old, new = (
            pg.Environment(
                principals={name: pg.PrincipalPolicies(identity_based=(policy(*each),), tags=(("team", tag),))},
                resources={},
            )
            for each in (statements[1:], statements)
        )
        verdicts[name, tag] = pg.diff(old, new).verdict
    assert verdicts == {(user, "xagx"): "differs", (user, "none"): "same", (ROLE, "xagx"): "unknown"}


def test_progress_is_told():
    """How far the work is, and how much there is."""
    seen = []
    pg.diff(environment(), CHANGES["a boundary"][0], progress=lambda done, of: seen.append((done, of)))
    assert [done for done, _ in seen] == list(range(len(seen)))
    assert {of for _, of in seen} == {len(seen)}


def test_a_session_has_the_path_of_the_role_that_is_held():
    """A session of a service-linked role, named by its ARN alone: no RCP limits what it may do."""
    linked = f"arn:aws:iam::{OWN}:role/aws-service-role/x.amazonaws.com/Linked"
    session = f"arn:aws:sts::{OWN}:assumed-role/Linked/s"
    assumes = policy(allow("sts:*"))
    named = policy({"Effect": "Allow", "Principal": {"AWS": session}, "Action": "sts:*"})
    old, new = (
        pg.Environment(
            principals={
                linked: pg.PrincipalPolicies(identity_based=(assumes,)),
                ROLE: pg.PrincipalPolicies(trust_policy=named),
            },
            resources={},
            resource_control=levels,
        )
        for levels in ((), ((policy(deny("sts:*", Principal="*", Sid="No")),),))
    )
    found = pg.diff(old, new)
    assert (shown(found), found.unknown) == ([("lost", "RCP of level 0 #0", "No")], ())
    assert not [each for each in found.lost[0].principals if "Linked" in each]


def test_a_statement_without_resource_is_about_its_service_alone():
    """A repository's policy that lists every action, and no Resource, decides about ECR's: they are told apart."""
    repository = f"arn:aws:ecr:us-east-1:{OWN}:repository/app"
    statement = {"Principal": "*", "Action": "*"}

    def given(effect):
        held = pg.ResourcePolicies(resource_based=(policy({"Effect": effect, **statement}),))
        role = pg.PrincipalPolicies(identity_based=(EVERYTHING,))
        return pg.Environment(principals={ROLE: role}, resources={repository: held})

    found = pg.diff(given("Deny"), given("Allow"))
    assert [(each.actions, each.resources) for each in found.gained] == [(("ecr:*",), (repository,))]
