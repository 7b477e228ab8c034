# ruff: noqa: E501  # a resource a line
"""Terraform plans and states: policies are linked, before and after, and what is known only later is said."""

import json

import pytest

import policygen as pg
from policygen.reading import read_paths, values_of
from policygen.reading.records import policies_in
from policygen.scenario import environment_of
from tests.reading.given import ACCOUNT, BUCKET, ROLE, bucket_policy, policy, trust, written

_IDENTITY = {"address": "data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "name": "me"}
_IDENTITY |= {"values": {"account_id": ACCOUNT}}


def _change(address, after, before=None, unknown=None):
    kind = address.split(".")[-2]
    change = {"actions": ["create"], "before": before, "after": after, "after_unknown": unknown or {}}
    return {"address": address, "mode": "managed", "type": kind, "name": address.rpartition(".")[2], "change": change}


def _plan(*changes, references=None):
    resources = [
        {"address": address, "expressions": {name: {"references": each} for name, each in arguments.items()}}
        for address, arguments in (references or {}).items()
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "prior_state": {"values": {"root_module": {"resources": [_IDENTITY]}}},
        "resource_changes": list(changes),
        "configuration": {"root_module": {"resources": resources}},
    }


def _state(*resources, children=()):
    listed = [
        {"address": address, "mode": "managed", "type": address.split(".")[-2], "values": values}
        for address, values in resources
    ]
    module = {"resources": listed, "child_modules": list(children)}
    return {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": module}}


def _allowed(environment, principal, action, resource=f"{BUCKET}/k"):
    request = pg.Request(principal=principal, action=action, resource=resource, resource_account=ACCOUNT)
    return environment.authorize(request).allowed


NEW_BUCKET = _change("aws_s3_bucket.b", {"bucket": "data-of-orders"}, unknown={"id": True, "arn": True})
NEW_ROLE = _change(
    "aws_iam_role.r",
    {"name": "app", "path": "/", "assume_role_policy": json.dumps(trust()), "inline_policy": []},
    unknown={"arn": True, "id": True, "inline_policy": []},
)


def test_a_plan_of_new_things_is_linked_by_its_configuration(tmp_path):
    """Bucket and role have no ARN yet; their names are known, and the account by what the plan read."""
    plan = _plan(
        NEW_BUCKET,
        NEW_ROLE,
        _change("aws_s3_bucket_policy.p", {"policy": json.dumps(bucket_policy())}, unknown={"bucket": True}),
        _change("aws_iam_role_policy.p", {"name": "own", "policy": json.dumps(policy("s3:PutObject"))}, unknown={"role": True}),
        _change("aws_s3_bucket_public_access_block.x", {"restrict_public_buckets": True}, unknown={"bucket": True}),
        references={
            "aws_s3_bucket_policy.p": {"bucket": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]},
            "aws_s3_bucket_public_access_block.x": {"bucket": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]},
            "aws_iam_role_policy.p": {"role": ["aws_iam_role.r.id", "aws_iam_role.r"]},
        },
    )  # fmt: skip
    environment = pg.load_environment(written(tmp_path, plan=plan) / "plan.json")
    assert environment.principals.keys() == {ROLE}
    assert _allowed(environment, ROLE, "s3:PutObject")
    assert environment.resources[BUCKET].block_public_access["RestrictPublicBuckets"]
    assert len(environment.resources[BUCKET].resource_based) == 1


def test_managed_policies_are_attached_by_reference(tmp_path):
    """The policy's ARN is known only once the plan is applied; its name is."""
    plan = _plan(
        NEW_ROLE,
        _change("aws_iam_policy.p", {"name": "read", "path": "/", "policy": json.dumps(policy())}, unknown={"arn": True}),
        _change("aws_iam_role_policy_attachment.a", {"role": "app"}, unknown={"policy_arn": True}),
        references={"aws_iam_role_policy_attachment.a": {"policy_arn": ["aws_iam_policy.p.arn", "aws_iam_policy.p"]}},
    )  # fmt: skip
    environment = pg.load_environment(written(tmp_path, plan=plan))
    assert _allowed(environment, ROLE, "s3:GetObject")


def test_a_plan_has_two_sides(tmp_path):
    """What is before it, and what will be after."""
    before, after = ({"name": "app", "role": "app", "policy": json.dumps(policy(each))} for each in ("s3:*", "s3:Get*"))
    plan = _plan(NEW_ROLE, _change("aws_iam_role_policy.p", after, before))
    path = written(tmp_path, plan=plan) / "plan.json"
    for side, actions in ((True, "s3:*"), (False, "s3:Get*")):
        records = read_paths([path], before=side).records
        found = [each for record in records if record.kind == "inline-policy" for each in policies_in(record)]
        assert [json.loads(each.document)["Statement"][0]["Action"] for each in found] == [actions]


def test_a_policy_that_is_known_only_later_is_said_when_it_matters(tmp_path):
    """The rest of the plan is judged."""
    plan = _plan(
        NEW_ROLE,
        _change("aws_iam_role_policy.p", {"name": "own", "role": "app"}, unknown={"policy": True}),
        _change("aws_s3_bucket_policy.p", {"bucket": "data-of-orders", "policy": json.dumps(bucket_policy())}),
    )
    environment = pg.load_environment(written(tmp_path, plan=plan))
    assert _allowed(environment, "anonymous", "s3:GetObject")
    with pytest.raises(pg.DocumentError) as caught:
        _allowed(environment, ROLE, "s3:GetObject")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == (
        "PG-I006",
        "the policy of `aws_iam_role_policy.p` is known only once the plan is applied",
    )


def test_a_state_is_read_with_its_modules(tmp_path):
    """Roles, policies, keys with aliases and grants, and what stands in modules."""
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    grant = {"key_id": key, "grantee_principal": ROLE, "operations": ["Decrypt"], "constraints": []}
    child = {
        "address": "module.m",
        "resources": [
            {
                "address": "module.m.aws_iam_role_policy.p",
                "type": "aws_iam_role_policy",
                "mode": "managed",
                "values": {"role": "app", "name": "own", "policy": json.dumps(policy("s3:PutObject"))},
            }
        ],
    }
    state = _state(
        ("aws_iam_role.r", {"arn": ROLE, "name": "app", "assume_role_policy": json.dumps(trust()), "tags": {"team": "a"}}),
        ("aws_kms_key.k", {"arn": key, "policy": json.dumps(policy("kms:*", Principal={"AWS": ROLE}))}),
        ("aws_kms_alias.a", {"name": "alias/a", "target_key_arn": key}),
        ("aws_kms_grant.g", grant),
        children=[child],
    )  # fmt: skip
    environment = pg.load_environment(written(tmp_path, state=state))
    assert environment.principals[ROLE].tags == (("team", "a"),)
    assert environment.resources[key].aliases == ("alias/a",)
    assert [each.grantee for each in environment.resources[key].grants] == [ROLE]
    assert _allowed(environment, ROLE, "s3:PutObject")


def test_inline_policies_of_a_role_have_addresses_of_their_own(tmp_path):
    """The role's address, and the policy's name behind it."""
    inline = [{"name": "own", "policy": json.dumps(policy())}]
    state = _state(("aws_iam_role.r", {"arn": ROLE, "name": "app", "inline_policy": inline}))
    (record,) = read_paths([written(tmp_path, state=state)]).records
    assert [each.address for each in policies_in(record)] == ["aws_iam_role.r.inline_policy.own"]


def test_a_key_without_a_name_is_left_out_and_named(tmp_path):
    """Nothing can be asked about a key whose id is made when the plan is applied."""
    plan = _plan(
        _change("aws_kms_key.k", {"policy": json.dumps(policy("kms:*", Principal="*"))}, unknown={"arn": True})
    )
    reading = read_paths([written(tmp_path, plan=plan)])
    values, (problem,) = values_of(reading)
    assert environment_of(values).resources == {}
    assert (problem.code, problem.severity.value) == ("PG-I003", "warning")
    assert problem.message == "the name of `aws_kms_key.k` is not known before it is deployed: it is left out"
    assert problem.place.line == 1
