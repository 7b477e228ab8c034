"""Authorization details of AWS beside what the policies say (N15).

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import json
from urllib.parse import quote

import pytest

import policygen as pg
from policygen.denials import denied_calls
from tests.denials.answers import write
from tests.denials.cases import (
    BOUNDARY,
    CALL,
    DETAILS,
    KEY,
    KEY_POLICY,
    READ,
    ROLE,
    SCP,
    TEXTS,
    decrypt,
    effects,
    judged,
    with_effect,
)

ANA = "arn:aws:iam::111122223333:user/ana"
SESSION = "arn:aws:sts::111122223333:assumed-role/app/report"


def environment(**policies):
    """An environment that holds the role, with these policies."""
    return pg.Environment(
        principals={ROLE: pg.PrincipalPolicies(**policies)},
        resources={KEY: pg.ResourcePolicies(resource_based=(TEXTS[KEY_POLICY],))},
    )


def test_both_agree():
    """Every evaluation is a call with the same effects on both sides; the denied one has a change that was tried."""
    found = denied_calls([CALL])
    assert [(each.action, each.agrees) for each in found.calls] == [("s3:GetObject", True), ("kms:Decrypt", True)]
    [_, call] = found.calls
    assert call.principal == SESSION
    assert (
        effects(call.ours)
        == effects(call.aws)
        == {
            "SERVICE_CONTROL_POLICY": "ALLOW",
            "RESOURCE": "ALLOW",
            "PRINCIPAL": "IMPLICIT_DENY",
            "PERMISSIONS_BOUNDARY": "ALLOW",
        }
    )
    assert [each.words for each in call.obstacles] == ["no identity-based policy allows kms:Decrypt"]
    assert call.change.gives.value == "ALLOW"
    [edit] = call.change.edits
    assert (edit.document, edit.statement, edit.op) == (READ, "Key", "replace")
    assert "s3.eu-west-1.amazonaws.com" in edit.value["Condition"]["StringLike"]["kms:ViaService"]


def test_levels_have_the_targets_of_aws():
    """SCPs stand level by level, from the root to the account, each with the ARN that AWS says."""
    call = denied_calls([CALL]).calls[1]
    targets = [each.target.rpartition("/")[2] for each in call.ours.checks if each.target]
    assert targets == ["r-ab12", "111122223333"]


# Linking


def test_a_policy_is_linked_by_its_name(tmp_path):
    """A file that is called as the percent-encoded URI is linked to it, whatever stands in it."""
    other = {"Version": "2012-10-17", "Statement": []}
    call = judged(tmp_path, decrypt(), TEXTS | {BOUNDARY: other})
    assert effects(call.ours)["PERMISSIONS_BOUNDARY"] == "IMPLICIT_DENY"
    assert call.differences == ("permissions boundary: AWS says ALLOW, the policies come to IMPLICIT_DENY",)


def test_policies_are_linked_by_sids_and_type(tmp_path):
    """Files of other names are linked where one entry alone can have such a text."""
    write(tmp_path, DETAILS, TEXTS, unnamed=TEXTS)
    found = denied_calls([tmp_path])
    assert found.problems == ()
    assert found.agrees


def test_a_policy_is_linked_by_its_type_alone(tmp_path):
    """Where no Sid matched, a text with principals is that of the resource, one without is that of the role."""
    answer = decrypt(checks=[{"checkType": "PRINCIPAL", "evaluatedEffect": "IMPLICIT_DENY"}])
    answer["policies"] = [each for each in DETAILS["policies"] if each["uri"] in (READ, KEY_POLICY)]
    texts = {uri: each for uri, each in TEXTS.items() if uri != BOUNDARY}
    write(tmp_path, answer, texts, unnamed=texts)
    found = denied_calls([tmp_path])
    assert found.problems == ()
    assert effects(found.calls[0].ours) == {"RESOURCE": "ALLOW", "PRINCIPAL": "IMPLICIT_DENY"}


def test_a_policy_that_may_be_several(tmp_path):
    """Two entries of a type with the same statements: neither is taken, and each file is named."""
    same = TEXTS | {BOUNDARY: TEXTS[READ]}
    answer = decrypt(checks=with_effect("PERMISSIONS_BOUNDARY", "ALLOW", []))
    write(tmp_path, answer, same, unnamed=(READ, BOUNDARY))
    found = denied_calls([tmp_path])
    assert [each.code for each in found.problems] == ["PG-Y003", "PG-Y003"]
    assert "can be that of no entry, or of several" in found.problems[0].message
    assert effects(found.calls[0].ours)["PRINCIPAL"] is None


def test_a_policy_of_another_call(tmp_path):
    """A policy belongs to the details of its own folder, not to those of another call."""
    write(tmp_path / "a", DETAILS, TEXTS)
    write(tmp_path / "b", DETAILS, {})
    found = denied_calls([tmp_path])
    known = [effects(each.ours)["PRINCIPAL"] is not None for each in found.calls]
    assert known == [True, True, False, False]


def test_a_policy_below_the_details(tmp_path):
    """The policies of a call may lie in a folder below its details."""
    write(tmp_path / "policies", {}, TEXTS)
    (tmp_path / "policies" / "details.json").unlink()
    (tmp_path / "details.json").write_text(json.dumps(DETAILS))
    assert denied_calls([tmp_path]).agrees


def test_files_given_one_by_one():
    """Details and policies may be given as files, in any order."""
    assert denied_calls(sorted(CALL.iterdir())).agrees


def test_calls_stand_in_the_order_of_files():
    """Whatever tells of them: first given, first answered."""
    files = (CALL.parent / "message.txt", CALL, CALL.parent / "event.json")
    assert [each.source.rpartition("/")[2] for each in denied_calls(files).calls] == [
        "message.txt",
        "details.json",
        "details.json",
        "event.json",
    ]


# What is not known


def test_a_missing_policy_is_not_guessed(tmp_path):
    """Without its text the check is not known; the command that gets it is named; nothing is agreed on."""
    call = judged(tmp_path, decrypt(), {uri: each for uri, each in TEXTS.items() if uri != READ})
    [unknown] = [each for each in call.ours.checks if each.effect is None]
    assert unknown.type.value == "PRINCIPAL"
    assert unknown.why_unknown == (
        f"the text of `{READ}` is not here: aws iam-toolbox get-request-authorization-policy --authorization-id ID "
        f"--policy-uri {READ} > {quote(READ, safe='')}.json"
    )
    assert (call.agrees, call.ours.effect, call.change) == (False, None, None)
    assert [each.words for each in call.obstacles] == ["by AWS's answer, no identity-based policy allows kms:Decrypt"]


def test_what_does_not_decide_may_be_unknown(tmp_path):
    """Where AWS tells of no explicit deny, a check that nothing allows denies whatever the unknown ones say."""
    call = judged(tmp_path, decrypt(), {uri: each for uri, each in TEXTS.items() if uri != BOUNDARY})
    assert effects(call.ours)["PERMISSIONS_BOUNDARY"] is None
    assert call.agrees


def test_a_known_deny_holds(tmp_path):
    """One of two policies of a type is known, and denies: the check is known."""
    deny = {"Version": "2012-10-17", "Statement": {"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}}
    more = {"type": "IDENTITY_BASED_POLICY", "uri": "inline-1", "inline": True, "attachedTo": [{"arn": ROLE}]}
    answer = decrypt(
        checks=with_effect("PRINCIPAL", "EXPLICIT_DENY", [{"uri": "inline-1"}]), evaluatedEffect="EXPLICIT_DENY"
    )
    answer["policies"] = [*DETAILS["policies"], more]
    call = judged(tmp_path, answer, {"inline-1": deny, KEY_POLICY: TEXTS[KEY_POLICY], BOUNDARY: TEXTS[BOUNDARY]})
    assert call.ours.effect.value == "EXPLICIT_DENY"
    assert call.agrees
    assert call.obstacles[0].statement == "No"


def test_the_environment_fills_in(tmp_path):
    """What AWS's answer does not hold is taken from the environment, a type as a whole."""
    call = judged(tmp_path, decrypt(), {BOUNDARY: TEXTS[BOUNDARY]}, environment(identity_based=(TEXTS[READ],)))
    assert None not in effects(call.ours).values()
    assert call.agrees
    assert call.change.edits[0].document == "identity-based policy #0"


@pytest.mark.parametrize(("levels", "effect"), [(2, "ALLOW"), (1, None)])
def test_the_environment_fills_in_levels(tmp_path, levels, effect):
    """SCPs without a text are those of the environment where it has as many levels as AWS says; else not known."""
    answer = json.loads(json.dumps(decrypt()).replace("p-FullAWSAccess", "p-own"))
    full = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    held = pg.Environment(principals={ROLE: pg.PrincipalPolicies()}, resources={}, service_control=((full,),) * levels)
    call = judged(tmp_path, answer, environment=held)
    assert effects(call.ours)["SERVICE_CONTROL_POLICY"] == effect
    assert call.agrees


def test_what_aws_left_out(tmp_path):
    """AWS's model: the effect of a check can reflect a policy that the list leaves out. It is not known here then."""
    answer = decrypt(checks=with_effect("PRINCIPAL", "ALLOW", []), evaluatedEffect="ALLOW")
    call = judged(tmp_path, answer)
    [unknown] = [each for each in call.ours.checks if each.effect is None]
    assert unknown.why_unknown.startswith("AWS names no policy for it, or one that is not listed")
    assert not call.agrees


def test_a_type_without_policies_limits_nothing(tmp_path):
    """AWS lists the session of every role; no session policy was passed, and both agree."""
    session = {"checkType": "SESSION", "evaluatedEffect": "ALLOW"}
    answer = decrypt(checks=[*DETAILS["evaluations"][1]["checks"], session])
    assert judged(tmp_path, answer).agrees


def test_full_access_is_known(tmp_path):
    """The text of AWS's own SCP FullAWSAccess need not be saved: it is always the same."""
    assert SCP.endswith("/p-FullAWSAccess")
    assert effects(judged(tmp_path, decrypt()).ours)["SERVICE_CONTROL_POLICY"] == "ALLOW"


# Disagreements


@pytest.mark.parametrize(
    ("checks", "effect", "differences"),
    [
        (with_effect("PERMISSIONS_BOUNDARY", "IMPLICIT_DENY"), "IMPLICIT_DENY",
         ["permissions boundary: AWS says IMPLICIT_DENY, the policies come to ALLOW"]),
        (DETAILS["evaluations"][1]["checks"], "ALLOW", ["in all: AWS says ALLOW, the policies come to IMPLICIT_DENY"]),
        (with_effect("PRINCIPAL", "ALLOW", [{"uri": READ, "matchedStatements": [{"sid": "Key"}]}]), "ALLOW",
         ["principal: AWS says ALLOW, the policies come to IMPLICIT_DENY",
          "in all: AWS says ALLOW, the policies come to IMPLICIT_DENY"]),
        (with_effect("PERMISSIONS_BOUNDARY", "ALLOW", [{"uri": READ, "matchedStatements": [{"sid": "Key"}]}]),
         "IMPLICIT_DENY",
         [f"permissions boundary: AWS says that `Key` of {READ} applies, and here it does not"]),
    ],
)  # fmt: skip
def test_disagreements(tmp_path, checks, effect, differences):
    """Another effect of a check, of the whole, a statement that applies for AWS alone: each is said."""
    call = judged(tmp_path, decrypt(checks=checks, evaluatedEffect=effect))
    assert (call.agrees, list(call.differences)) == (False, differences)


def test_generated_sids_are_no_difference(tmp_path):
    """AWS gives statements without a Sid one of its own: nothing is compared there."""
    matched = [{"uri": KEY_POLICY, "matchedStatements": [{"sid": "GENERATED-1"}]}]
    assert judged(tmp_path, decrypt(checks=with_effect("RESOURCE", "ALLOW", matched))).agrees


def test_without_checks(tmp_path):
    """To a caller outside the organization AWS tells no checks: the whole is compared."""
    answer = decrypt()
    del answer["evaluations"][0]["checks"]
    call = judged(tmp_path, answer)
    assert (call.aws.checks, call.agrees) == ((), True)


@pytest.mark.parametrize(("number", "effect"), [(0, "ALLOW"), (1, "IMPLICIT_DENY")])
def test_an_evaluation_without_an_effect(tmp_path, number, effect):
    """AWS need not say what an evaluation comes to: its checks do."""
    evaluation = {name: each for name, each in DETAILS["evaluations"][number].items() if name != "evaluatedEffect"}
    call = judged(tmp_path, DETAILS | {"evaluations": [evaluation]})
    assert (call.aws.effect.value, call.agrees) == (effect, True)


# Requests


def test_the_context_of_an_evaluation_wins(tmp_path):
    """What an evaluation says of the context stands in the place of what the whole request says."""
    call = judged(tmp_path, decrypt() | {"requestContext": DETAILS["requestContext"] | {"kms:ViaService": "x"}})
    assert call.agrees
    answer = decrypt(context={"aws:ResourceAccount": "111122223333", "kms:ViaService": "s3.us-east-1.amazonaws.com"})
    assert judged(tmp_path / "b", answer).ours.effect.value == "ALLOW"


@pytest.mark.parametrize(
    ("context", "principal"),
    [
        ({"aws:PrincipalArn": ROLE, "aws:userid": "AROAEXAMPLE:report"}, SESSION),
        ({"AWS:PRINCIPALARN": ROLE}, ROLE),
        ({}, ROLE),
        ({"aws:PrincipalArn": ANA, "aws:userid": "AIDA"}, ANA),
        ({"aws:PrincipalIsAWSService": True, "aws:PrincipalServiceName": "s3.amazonaws.com"}, "s3.amazonaws.com"),
        ({"aws:PrincipalAccount": "anonymous"}, "anonymous"),
    ],
)  # fmt: skip
def test_who_called(tmp_path, context, principal):
    """The context tells the caller, a session by the end of aws:userid; else what the policies are attached to."""
    assert judged(tmp_path, decrypt() | {"requestContext": context}).principal == principal


def test_nobody_is_told(tmp_path):
    """Without any sign of the caller the evaluation is a problem, with its place, and the rest is judged."""
    write(tmp_path, decrypt() | {"requestContext": {}, "policies": []}, {})
    found = denied_calls([tmp_path])
    assert found.calls == ()
    [problem] = found.errors
    assert (problem.code, problem.message, problem.place.line) == ("PG-Y002", "nothing here tells who called", 1)


def test_a_policy_of_another_resource(tmp_path):
    """Of several resources' policies each call has that of its own."""
    shut = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}
    bucket = {"type": "RESOURCE_BASED_POLICY", "uri": "bucket-1", "attachedTo": [{"arn": "arn:aws:s3:::reports"}]}
    answer = DETAILS | {"policies": [*DETAILS["policies"], bucket]}
    write(tmp_path, answer, TEXTS | {"bucket-1": shut})
    found = denied_calls([tmp_path])
    assert [each.ours.effect.value for each in found.calls] == ["EXPLICIT_DENY", "IMPLICIT_DENY"]


def test_further_pages(tmp_path):
    """Details with a `nextToken` are not all: it is said, unless the last page lies beside."""
    write(tmp_path, DETAILS | {"nextToken": "t"}, TEXTS)
    assert [each.code for each in denied_calls([tmp_path]).problems] == ["PG-Y004"]
    (tmp_path / "page-2.json").write_text(json.dumps(decrypt()))
    found = denied_calls([tmp_path])
    assert (found.problems, len(found.calls)) == ((), 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"evaluations": [1]}, "an entry of `evaluations` is an object"),
        ({"evaluations": [{"action": "s3:GetObject"}]}, "an evaluation has `action` and `resource`, texts"),
        ({"evaluations": [{"action": "s3", "resource": "*"}]}, "`s3` is not a valid action"),
        ({"policies": [{"uri": 1}]}, "a policy has `uri` and `type`, texts"),
        ({"evaluations": [{"action": "s3:GetObject", "resource": "*", "checks": [{"checkType": "NEW"}]}]},
         "`NEW` is a word that is not known here"),
    ],
)  # fmt: skip
def test_what_is_broken(tmp_path, change, message):
    """What AWS never writes is a problem at its place; never a traceback."""
    write(tmp_path, DETAILS | change, TEXTS)
    problems = denied_calls([tmp_path]).errors
    assert message in [each.message for each in problems]
    assert all(each.place.line == 1 for each in problems)


def test_every_obstacle_is_named(tmp_path):
    """Behind the first obstacle stand all others, each Deny with its statement."""
    nothing = {"Version": "2012-10-17", "Statement": []}
    shut = {
        "Version": "2012-10-17",
        "Statement": {"Sid": "Shut", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
    }
    checks = with_effect("PERMISSIONS_BOUNDARY", "IMPLICIT_DENY", [])
    for each in checks:
        if each["checkType"] == "RESOURCE":
            each |= {"evaluatedEffect": "EXPLICIT_DENY", "matchedPolicies": [{"uri": KEY_POLICY}]}
    answer = decrypt(checks=checks, evaluatedEffect="EXPLICIT_DENY")
    call = judged(tmp_path, answer, TEXTS | {KEY_POLICY: shut, BOUNDARY: nothing})
    assert call.agrees
    assert [(each.check.value, each.effect.value, each.statement) for each in call.obstacles] == [
        ("RESOURCE", "EXPLICIT_DENY", "Shut"),
        ("PRINCIPAL", "IMPLICIT_DENY", None),
        ("PERMISSIONS_BOUNDARY", "IMPLICIT_DENY", None),
    ]


def test_statements_that_are_added_were_tried(tmp_path):
    """Where no statement comes near, one is added to each policy that must allow: they were tried together."""
    nothing = {"Version": "2012-10-17", "Statement": []}
    answer = decrypt(checks=with_effect("PERMISSIONS_BOUNDARY", "IMPLICIT_DENY", []))
    call = judged(tmp_path, answer, TEXTS | {READ: nothing, BOUNDARY: nothing})
    assert [(each.document, each.op, each.statement) for each in call.change.edits] == [
        (READ, "add", None),
        (BOUNDARY, "add", None),
    ]
    assert call.change.edits[0].value == {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}
    texts = {READ: {"Version": "2012-10-17", "Statement": [call.change.edits[0].value]}}
    texts[BOUNDARY] = {"Version": "2012-10-17", "Statement": [call.change.edits[1].value]}
    assert judged(tmp_path / "after", answer, TEXTS | texts).ours.effect.value == "ALLOW"


def test_a_grant_allows_by_itself(tmp_path):
    """A KMS grant that AWS lists as a policy gives its right across accounts, without a policy of the caller."""
    grant = {"type": "RESOURCE_BASED_POLICY", "uri": "grant-1", "attachedTo": [{"arn": KEY}],
             "policySource": {"type": "KMS_GRANT", "typeName": "Grant", "grantId": "g1"}}  # fmt: skip
    text = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:role/app"},
            "Action": "kms:Decrypt",
            "Resource": "*",
        },
    }
    context = {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/app", "aws:userid": "AROAEXAMPLE:s"}
    checks = [{"checkType": "RESOURCE", "evaluatedEffect": "ALLOW", "matchedPolicies": [{"uri": "grant-1"}]},
              {"checkType": "PRINCIPAL", "evaluatedEffect": "NO_IMPACT"}]  # fmt: skip
    answer = decrypt(checks=checks, evaluatedEffect="ALLOW") | {"requestContext": context, "policies": [grant]}
    call = judged(tmp_path, answer, {"grant-1": text})
    assert (call.agrees, call.ours.effect.value) == (True, "ALLOW")
    text["Statement"]["Action"] = "kms:Encrypt"
    assert judged(tmp_path / "b", answer, {"grant-1": text}).agrees is False
