"""The policies in a Terraform plan, and what a plan changes."""

import json

import pytest

import policygen as pg
from policygen.cli.main import run
from policygen.reading.opened import open_text
from policygen.reading.planned import planned_policies
from policygen.reading.terraform import is_plan

OWN = "111122223333"


def policy(action="s3:GetObject", resource="arn:aws:s3:::data/*", **more):
    """A policy as Terraform has it: text."""
    statement = {"Sid": "One", "Effect": "Allow", "Action": action, "Resource": resource} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]})


def change(address, before, after, unknown=None, **more):
    """A change of a resource."""
    kind, name = address.rpartition(".")[0].rpartition(".")[2] or address.partition(".")[0], address.rpartition(".")[2]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "change": {"actions": ["update"], "before": before, "after": after, "after_unknown": unknown or {}},
    } | more


def plan(*changes):
    """A plan."""
    return json.dumps({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": list(changes)})


def read(*changes):
    """The policies of a plan, as (address, type, before, after, unknown)."""
    found = planned_policies(open_text(plan(*changes), "plan.json"))
    return [
        (
            each.address,
            each.policy_type,
            *(one and one.statements[0].action for one in (each.before, each.after)),
            each.is_unknown,
        )
        for each in found
    ]


TRUST = policy("sts:AssumeRole", None, Principal={"AWS": OWN})
GET, PUT = ("s3:GetObject",), ("s3:PutObject",)
RESOURCES = {
    "aws_iam_policy": ("policy", "identity"),
    "aws_iam_role_policy": ("policy", "identity"),
    "aws_iam_user_policy": ("policy", "identity"),
    "aws_iam_group_policy": ("policy", "identity"),
    "aws_s3_bucket_policy": ("policy", "resource"),
    "aws_kms_key": ("policy", "key"),
    "aws_kms_key_policy": ("policy", "key"),
    "aws_sns_topic_policy": ("policy", "resource"),
    "aws_sqs_queue_policy": ("policy", "resource"),
    "aws_organizations_policy": ("content", "scp"),
    "aws_vpc_endpoint_policy": ("policy", "vpc-endpoint"),
}


@pytest.mark.parametrize("kind", RESOURCES)
def test_where_a_resource_has_its_policy(kind):
    """The attribute and the type of the policy, by the resource's type; in a module, too."""
    attribute, policy_type = RESOURCES[kind]
    address = f"module.a.{kind}.p"
    found = read(change(address, {attribute: policy()}, {attribute: policy("s3:PutObject")}))
    assert found == [(address, policy_type, GET, PUT, False)]


def test_a_role_has_a_trust_policy_and_inline_policies():
    """Inline policies are told apart by name."""
    inline = [{"name": "a", "policy": policy()}, {"name": "b", "policy": policy()}]
    later = [{"name": "b", "policy": policy("s3:PutObject")}]
    before, after = ({"assume_role_policy": TRUST, "inline_policy": each} for each in (inline, later))
    assert read(change("aws_iam_role.r", before, after)) == [
        ("aws_iam_role.r", "trust", ("sts:AssumeRole",), ("sts:AssumeRole",), False),
        ("aws_iam_role.r.inline_policy.a", "identity", GET, None, False),
        ("aws_iam_role.r.inline_policy.b", "identity", GET, PUT, False),
    ]


def test_an_organizations_policy_tells_its_type():
    """An RCP is one by its type; tag policies are passed over."""
    for name, expected in {"RESOURCE_CONTROL_POLICY": ["rcp"], "TAG_POLICY": []}.items():
        after = {"type": name, "content": policy()}
        assert [each[1] for each in read(change("aws_organizations_policy.p", None, after))] == expected


def test_what_is_made_and_what_goes():
    """Nothing before, or nothing after; a resource without a policy, data sources and other resources are none."""
    made = change("aws_s3_bucket_policy.a", None, {"policy": policy()})
    gone = change("aws_s3_bucket_policy.b", {"policy": policy()}, None)
    others = [
        change("aws_sqs_queue.q", {"policy": ""}, {"policy": None}),
        change("aws_s3_bucket_policy.d", {"policy": policy()}, {"policy": policy()}, mode="data"),
        change("aws_instance.i", {"policy": policy()}, {"policy": policy()}),
    ]
    assert [each[2:] for each in read(made, gone, *others)] == [(None, GET, False), (GET, None, False)]


def test_what_is_known_only_later():
    """A policy that is unknown until the plan is applied is said to be."""
    assert read(
        change("aws_s3_bucket_policy.p", None, {"bucket": "b"}, {"policy": True}),
        change("aws_iam_role.r", None, {"inline_policy": [{"name": "a"}]}, {"inline_policy": [{"policy": True}]}),
        change("aws_iam_role.s", None, {}, {"inline_policy": True}),
    ) == [
        ("aws_s3_bucket_policy.p", "resource", None, None, True),
        ("aws_iam_role.r.inline_policy.a", "identity", None, None, True),
        ("aws_iam_role.s.inline_policy", "identity", None, None, True),
    ]


def test_what_is_no_policy_is_named_with_its_place():
    """Every policy that cannot be read, with address and line."""
    text = json.dumps(json.loads(plan(*(change(f"aws_iam_policy.{n}", None, {"policy": "{"}) for n in "ab"))), indent=1)
    with pytest.raises(pg.DocumentError) as caught:
        planned_policies(open_text(text, "plan.json"))
    places = [each.place for each in caught.value.problems]
    assert [each.source for each in places] == ["plan.json"] * 2
    assert all('"policy": "{"' in text.splitlines()[each.line - 1] for each in places)


def test_what_is_a_plan():
    """A plan has resource_changes; nothing else is one."""
    answers = [is_plan(open_text(text, "x.json").value) for text in (plan(), "{}", '{"resource_changes": 1}', "[]")]
    assert answers == [True, False, False, False]


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """A plan that widens a bucket policy, narrows a role's policy, and has one that is not known."""
    monkeypatch.chdir(tmp_path)
    bucket = [policy(action, Principal={"AWS": OWN}) for action in ("s3:GetObject", "s3:*")]
    text = plan(
        change("aws_s3_bucket_policy.data", {"policy": bucket[0]}, {"policy": bucket[1]}),
        change("aws_iam_role_policy.app", {"policy": policy(["s3:GetObject", "s3:PutObject"])}, {"policy": policy()}),
        change("aws_kms_key_policy.k", None, {}, {"policy": True}),
        change("aws_iam_policy.same", {"policy": policy()}, {"policy": policy("s3:getobject")}),
    )
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    return tmp_path / "plan.json"


def test_diff_of_a_plan(planned, capsys):
    """One argument: what the plan gives and takes, by address; what is unknown is said."""
    assert run(["diff", str(planned), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["unknown"]) == (
        "differs",
        ["aws_kms_key_policy.k: the policy is known only once the plan is applied"],
    )
    assert [(each["policy"], each["statement"]) for each in found["gained"]] == [("aws_s3_bucket_policy.data", "One")]
    assert [(each["policy"], each["actions"]) for each in found["lost"]] == [
        ("aws_iam_role_policy.app", ["s3:PutObject"])
    ]
    assert pg.diff(planned).to_dict() == found


def test_a_plan_stands_alone(planned, capsys):
    """A plan has both sides; whatever else is compared needs two."""
    (planned.parent / "p.json").write_text(policy(), encoding="utf-8")
    for arguments, said in {
        ("plan.json", "plan.json"): "a Terraform plan has both sides",
        ("p.json", "plan.json"): "a Terraform plan has both sides",
        ("p.json",): "p.json is a policy, and nothing is given to compare it with",
    }.items():
        assert run(["diff", *arguments]) == 3
        assert said in capsys.readouterr().err


def test_every_kind_of_policy_in_a_plan_is_judged_as_what_it_is(tmp_path):
    """What the resource is tells the kind, not the looks of its policy."""
    everything = policy("*", "*", Principal={"AWS": OWN})
    changes = {
        "aws_kms_key.k": ("policy", everything, "kms:"),
        "aws_s3_bucket_policy.b": ("policy", everything, "s3:"),
        "aws_iam_role.r": ("assume_role_policy", TRUST, "sts:"),
        "aws_organizations_policy.o": ("content", policy("s3:*", "*"), "s3:"),
        "aws_vpc_endpoint.e": ("policy", policy("s3:*", "*", Principal="*"), "s3:"),
    }
    for address, (attribute, before, service) in changes.items():
        path = tmp_path / "plan.json"
        path.write_text(plan(change(address, {attribute: before}, None)), encoding="utf-8")
        found = pg.diff(path)
        assert (found.gained, found.unknown) == ((), ()), address
        (lost,) = found.lost
        assert (lost.policy, lost.witness.action.startswith(service)) == (address, True), address
