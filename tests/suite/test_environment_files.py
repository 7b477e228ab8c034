"""Environment files: the organization's tree, groups, managed policies, endpoints, settings of whole accounts."""

import json

import pytest

import policygen as pg

ROLE = "arn:aws:iam::111122223333:role/app"
USER = "arn:aws:iam::111122223333:user/ann"
BUCKET = "arn:aws:s3:::data"
PATH = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"


def _document(effect="Allow", action="*", **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*", **more}]}


def _tree(**levels):
    """An organization whose account stands below one unit; ``levels`` are SCPs of root, unit, account."""

    def attached(name):
        return {"service_control": levels[name]} if name in levels else {}

    account = {"111122223333": attached("account")}
    unit = {"ou-ab12-11111111": attached("unit") | {"accounts": account}}
    return {"id": "o-a1b2c3d4e5", "root": {"id": "r-ab12", "units": unit, **attached("root")}}


@pytest.fixture
def load(tmp_path):
    """Load."""

    def load(**values):
        path = tmp_path / "environment.json"
        path.write_text(json.dumps({"version": 1, **values}))
        return pg.load_environment(path)

    return load


def _decide(
    environment, principal=ROLE, action="s3:GetObject", resource=f"{BUCKET}/k", account="111122223333", **context
):
    request = pg.Request(
        principal=principal, action=action, resource=resource, resource_account=account, context=context
    )
    decision = environment.authorize(request)
    assert pg.compile(environment).authorize(request).decision == decision.decision
    return decision.decision.value


def _of_role(*documents):
    return {ROLE: {"identity_based": list(documents)}}


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_an_scp_of_any_level_of_the_tree_limits_the_account(load, level):
    """An scp of any level of the tree limits the account."""
    full = {each: [_document()] for each in ("root", "unit", "account")}
    assert _decide(load(principals=_of_role(_document()), organization=_tree(**full))) == "allowed"
    limited = full | {level: [_document(action="ec2:*")]}
    assert _decide(load(principals=_of_role(_document()), organization=_tree(**limited))) == "implicitDeny"


def test_a_level_without_policies_of_a_type_limits_nothing_and_an_empty_one_allows_nothing(load):
    """A level without policies of a type limits nothing and an empty one allows nothing."""
    assert _decide(load(principals=_of_role(_document()), organization=_tree(root=[_document()]))) == "allowed"
    assert _decide(load(principals=_of_role(_document()), organization=_tree(root=[]))) == "implicitDeny"


def test_an_account_outside_the_tree_has_no_scps(load):
    """An account outside the tree has no scps."""
    other = {"arn:aws:iam::444455556666:role/app": {"identity_based": [_document()]}}
    environment = load(principals=other, organization=_tree(root=[_document("Deny")]))
    assert _decide(environment, "arn:aws:iam::444455556666:role/app", account="444455556666") == "allowed"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("aws:PrincipalOrgPaths", PATH),
        ("aws:ResourceOrgID", "o-a1b2c3d4e5"),
        ("aws:ResourceOrgPaths", PATH),
    ],
)
def test_requests_carry_the_organization_of_caller_and_resource(load, key, value):
    """Requests carry the organization of caller and resource."""
    operator = "ForAnyValue:StringEquals" if key.endswith("Paths") else "StringEquals"
    for wanted, decision in ((value, "allowed"), ("o-other", "implicitDeny")):
        policy = _document(Condition={operator: {key: wanted}})
        assert _decide(load(principals=_of_role(policy), organization=_tree())) == decision


def test_what_a_request_states_of_its_organization_wins(load):
    """What a request states of its organization wins."""
    policy = _document(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}})
    environment = load(principals=_of_role(policy), organization=_tree())
    assert _decide(environment, **{"aws:PrincipalOrgID": "o-other"}) == "allowed"


def test_a_user_has_the_policies_of_its_groups(load):
    """A user has the policies of its groups."""
    group = "arn:aws:iam::111122223333:group/readers"
    principals = {USER: {"groups": [group]}}
    groups = {group: {"identity_based": [_document(action="s3:Get*")]}}
    assert _decide(load(principals=principals, groups=groups), USER) == "allowed"
    assert _decide(load(principals=principals, groups=groups), USER, "s3:PutObject") == "implicitDeny"


def test_a_managed_policy_stands_once_for_all_who_have_it(load):
    """A managed policy stands once for all who have it."""
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    values = {"principals": _of_role({"managed": arn}), "managed_policies": {arn: _document(action="s3:Get*")}}
    assert _decide(load(**values)) == "allowed"
    assert _decide(load(**values), action="s3:PutObject") == "implicitDeny"


def test_managed_policies_and_groups_that_are_not_stated_are_named_at_once(load):
    """Managed policies and groups that are not stated are named at once."""
    principals = {USER: {"identity_based": [{"managed": "arn:aws:iam::aws:policy/A"}], "groups": ["arn:of:group"]}}
    with pytest.raises(pg.DocumentError) as caught:
        load(principals=principals)
    assert {(each.code, each.message) for each in caught.value.problems} == {
        ("PG-T009", "the managed policy `arn:aws:iam::aws:policy/A` is not stated"),
        ("PG-T009", "the group `arn:of:group` is not stated"),
    }


def test_the_endpoint_that_a_request_names_adds_its_policy(load):
    """The endpoint that a request names adds its policy."""
    endpoint = {"vpce-1": {"policy": _document(action="s3:Get*", Principal="*")}, "vpce-2": {}}
    environment = load(principals=_of_role(_document()), vpc_endpoints=endpoint)
    engine = pg.compile(environment)

    def asked(name, action):
        context = {} if name is None else {"aws:SourceVpce": name}
        request = pg.Request(principal=ROLE, action=action, resource=f"{BUCKET}/k", context=context)
        decision = environment.authorize(request)
        assert engine.authorize(request).decision is decision.decision
        return decision.allowed

    assert asked("vpce-1", "s3:GetObject")
    assert not asked("vpce-1", "s3:PutObject")
    assert all(asked(name, "s3:PutObject") for name in ("vpce-2", "vpce-3", None))


def test_block_public_access_of_the_account_holds_for_its_buckets(load):
    """Block public access of the account holds for its buckets."""
    policy = _document(Principal="*")
    bucket = {BUCKET: {"account": "111122223333", "resource_based": policy}}
    stranger = "arn:aws:iam::444455556666:role/app"
    values = {"resources": bucket, "principals": {stranger: {"identity_based": [_document()]}}}
    assert _decide(load(**values), stranger) == "allowed"
    blocked = {"111122223333": {"block_public_access": {"RestrictPublicBuckets": True}}}
    assert _decide(load(**values, accounts=blocked), stranger) == "implicitDeny"


def test_endpoints_that_differ_are_not_called_the_same(load):
    """Proofs do not follow requests through endpoints: what is the same on both sides is no difference."""
    first = {"vpce-1": {"policy": _document(action="s3:Get*", Principal="*")}}
    second = {"vpce-1": {"policy": _document(Principal="*")}}
    principals = _of_role(_document(action="s3:GetObject"))
    old, same, new = (load(principals=principals, vpc_endpoints=each) for each in (first, first, second))
    assert pg.diff(old, same).verdict == "same"
    found = pg.diff(old, new)
    assert found.verdict == "unknown"
    assert found.unknown == ("requests through VPC endpoints: their policies are not the same on both sides",)


def test_a_condition_that_the_organization_meets_makes_no_difference(load):
    """Its id is known of every request of the role."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    old = load(principals=_of_role(_document(action="s3:GetObject", Condition=condition)), organization=_tree())
    new = load(principals=_of_role(_document(action="s3:GetObject")), organization=_tree())
    assert pg.diff(old, new).verdict == "same"


def test_disk_volumes_carry_no_organization_of_the_resource(load):
    """EBS's own calls are an exception of aws:ResourceOrgID (G40, G39)."""
    policy = _document(Condition={"Null": {"aws:ResourceOrgID": "false"}})
    environment = load(principals=_of_role(policy), organization=_tree())
    assert _decide(environment, action="ebs:ListSnapshotBlocks", resource="*") == "implicitDeny"
    assert _decide(environment) == "allowed"


def test_the_engine_keeps_the_plan_of_each_endpoint(load):
    """Asked twice through one endpoint, with another one between, it answers as the environment does."""
    endpoints = {"vpce-1": {"policy": _document(Principal="*")}, "vpce-2": {"policy": _document(action="s3:Put*")}}
    environment = load(principals=_of_role(_document()), vpc_endpoints=endpoints)
    engine = pg.compile(environment)
    asked = [
        pg.Request(
            principal=ROLE, action="s3:GetObject", resource=f"{BUCKET}/{key}", context={"aws:SourceVpce": endpoint}
        )
        for key, endpoint in (("a", "vpce-1"), ("b", "vpce-2"), ("c", "vpce-1"), ("d", "vpce-1"))
    ]
    expected = [environment.authorize(each).decision for each in asked]
    assert [engine.authorize(each).decision for each in asked] == expected
    assert len(set(expected)) == 2


def test_an_endpoints_policy_that_cannot_be_read_is_named_when_it_matters():
    """Requests that come another way are judged."""
    endpoints = {"vpce-1": pg.EndpointPolicies(policy="{}")}
    environment = pg.Environment(principals={}, resources={}, vpc_endpoints=endpoints)
    request = pg.Request(principal=ROLE, action="s3:GetObject", resource=f"{BUCKET}/k")
    assert not environment.authorize(request).allowed
    with pytest.raises(pg.DocumentError):
        environment.authorize(request.with_context({"aws:SourceVpce": "vpce-1"}))
