"""The classes of differences, without the other evaluator: each has a fact, an example, and its row of the page."""

import json
from random import Random

import pytest

from policygen import PolicySet, Request
from tests.differential.compare import engine, interpreter
from tests.pages.facts import fact_urls
from tests.peers.classes import CLASSES, class_of
from tests.peers.compare import Outcome, cut_down, judged, main, record
from tests.peers.cuts import cuts
from tests.peers.differences import Difference
from tests.peers.page import FIGURES, PAGE, section, table
from tests.peers.told import REFUSED, draw, simulation, without_keys
from tests.property.strategies import Case

RECORDED = json.loads(FIGURES.read_text(encoding="utf-8"))
NAMES = [each.fits.__name__ for each in CLASSES]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
USER = "arn:aws:iam::111122223333:user/ana"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:jobs"


def example(name):
    """Return a class's recorded difference."""
    found = RECORDED["examples"][name]
    case = Case(policies=found["policies"], request=found["request"])
    return Difference(case=case, ours=found["policygen"], theirs=found["iam-simulate"])


class Other:
    """An evaluator in the place of the other one: it knows no Deny, and refuses what it is told to."""

    def __init__(self, *, refuses=()):
        """Refuse the cases with these positions, counted over all that is asked."""
        self.refuses, self.asked = refuses, 0

    def answers(self, cases):
        """Return a word for each case."""
        return [self.answer(each) for each in cases]

    def answer(self, case):
        """Return ``allowed`` where policygen would allow if nothing denied."""
        self.asked += 1
        if self.asked - 1 in self.refuses:
            return REFUSED, []
        policies = json.loads(json.dumps(case.policies).replace('"Effect": "Deny"', '"Effect": "Allow"'))
        return PolicySet(**policies).authorize(Request(**case.request)).decision.value, []


def test_every_class_has_its_own_predicate():
    """No predicate serves two classes, and each says what it looks for."""
    assert len(set(NAMES)) == len(CLASSES)
    assert all(each.fits.__doc__ for each in CLASSES)


@pytest.mark.parametrize("each", CLASSES, ids=NAMES)
def test_every_class_rests_on_a_fact_and_its_page(each):
    """The facts have entries, and AWS's page is one that they name."""
    pages = fact_urls()
    assert each.url in {page for fact in each.facts for page in pages[fact]}


@pytest.mark.parametrize("name", NAMES)
def test_every_class_has_an_example(name):
    """A recorded difference is in its class, and policygen still decides it as it did."""
    found = example(name)
    fitting = class_of(found)
    assert fitting is not None
    assert fitting.fits.__name__ == name
    assert interpreter(found.case) == engine(found.case) == found.ours != found.theirs


@pytest.mark.parametrize("name", NAMES)
def test_no_class_takes_what_is_left_of_nothing(name):
    """A user and two policies without anything peculiar are in no class, whatever the two words."""
    resource = {"Version": "2012-10-17", "Statement": EVERYTHING | {"Principal": {"AWS": USER}}}
    identity = {"Version": "2012-10-17", "Statement": EVERYTHING}
    request = {"principal": USER, "action": "sqs:SendMessage", "resource": QUEUE, "context": {}}
    case = Case(policies={"identity_based": [identity], "resource_based": resource}, request=request)
    found = example(name)
    assert class_of(Difference(case=case, ours=found.ours, theirs=found.theirs)) is None


def test_root_user_that_assumes_a_role_is_in_no_class():
    """No root user can call AssumeRole: an evaluator that allows it is wrong."""
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Principal": "*"}}
    request = {"principal": "arn:aws:iam::444455556666:root", "action": "sts:AssumeRole", "context": {}}
    request["resource"] = "arn:aws:iam::111122223333:role/team/Worker"
    case = Case(policies={"resource_based": trust}, request=request)
    assert class_of(Difference(case=case, ours="allowed", theirs="implicitDeny")) is None


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("session_that_is_named", {"resource_account": "444455556666", "resource": "arn:aws:s3:::logs/x"}),
        ("rcps_without_a_resource", {"resource": "arn:aws:s3:::logs"}),
        ("bucket_policy_of_another_account", {"action": "s3:GetBucketAcl"}),
        ("root_user_of_the_owner", {"principal": "arn:aws:iam::999999999999:root"}),
        ("every_ipv4_address", {"context": {"aws:SourceIp": "2001:db8::1"}}),
        ("role_with_tags_or_source_identity", {"context": {}}),
    ],
)
def test_a_class_is_no_wider_than_its_name(name, changed):
    """The same two decisions on a request that differs in one thing are in no class, or in another."""
    found = example(name)
    request = found.case.request | {"action": "s3:GetObject"} if "resource_account" in changed else found.case.request
    other = Case(policies=found.case.policies, request=request | changed)
    fitting = class_of(Difference(case=other, ours=found.ours, theirs=found.theirs))
    assert fitting is None or fitting.fits.__name__ != name


def test_the_page_is_as_the_table_says():
    """docs/peers.md holds what ``python -m tests.peers.page`` makes of classes and figures."""
    assert section(RECORDED["runs"]) in PAGE.read_text(encoding="utf-8")


def test_every_request_of_a_run_is_counted_once():
    """What agrees, what differs by class and what is in no class make up all."""
    for run in RECORDED["runs"]:
        assert run["agree"] + sum(run["classes"].values()) + run["unclassified"] == run["cases"]
        assert set(run["classes"]) <= set(NAMES)


def test_the_table_leaves_out_what_was_not_met():
    """A class without requests has no row; the largest comes first."""
    first, second = CLASSES[0], CLASSES[1]
    runs = [
        {"seed": 1, "classes": {first.fits.__name__: 2, second.fits.__name__: 1_000}},
        {"seed": 2, "classes": {first.fits.__name__: 3}},
    ]
    rows = table(runs).splitlines()[2:]
    expected = [[f"| {second.name}", "1,000", "0"], [f"| {first.name}", "2", "3"]]
    assert [each.split(" | ")[:3] for each in rows] == expected


def test_what_is_told_is_drawn_anew_alike():
    """A number makes the same case in every run; the other evaluator is told every layer that it has."""
    assert draw(Random("7 3")) == draw(Random("7 3"))
    told = [simulation(draw(Random(f"7 {number}"))) for number in range(300)]
    for layer in ("sessionPolicy", "resourcePolicy", "permissionBoundaryPolicies", "vpcEndpointPolicies"):
        assert any(layer in each for each in told)
    assert {each["request"]["resource"]["accountId"] for each in told} <= {"111122223333", "444455556666"}
    assert any("aws:PrincipalArn" in each["request"]["contextVariables"] for each in told)


def test_pairs_of_the_encryption_context_stay_where_they_belong():
    """A key that the other evaluator leaves out goes, a pair stays for Decrypt alone."""
    context = {"kms:EncryptionContext:app": "web", "KMS:ViaService": "s3.us-east-1.amazonaws.com"}
    names = ["kms:EncryptionContext:app", "kms:viaservice"]
    kept = [
        list(without_keys(Case(policies={}, request={"action": action, "context": context}), names).request["context"])
        for action in ("kms:Decrypt", "kms:PutKeyPolicy")
    ]
    assert kept == [["kms:EncryptionContext:app"], []]


def test_a_difference_is_cut_down_to_its_cause():
    """Of many statements and keys those stay without which both would decide otherwise."""
    deny = {"Effect": "Deny", "Action": ["sqs:SendMessage", "sqs:Other"], "Resource": [QUEUE]}
    deny["Condition"] = {"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}, "Bool": {"a:b": "true"}}
    identity = {"Statement": [EVERYTHING, deny, EVERYTHING | {"Action": "s3:*"}]}
    request = {"principal": {"arn": USER, "tags": {"team": "blue"}}, "action": "sqs:SendMessage", "resource": QUEUE}
    request["context"] = {"aws:RequestedRegion": "us-east-1", "a:b": "true", "aws:SourceIp": "203.0.113.7"}
    policies = {"identity_based": [identity], "permissions_boundary": {"Statement": EVERYTHING}}
    found = cut_down(
        Difference(case=Case(policies=policies, request=request), ours="explicitDeny", theirs="allowed"), Other()
    )
    everything_denied = EVERYTHING | {"Effect": "Deny"}
    assert found.case.policies == {"identity_based": [{"Statement": everything_denied, "Version": "2012-10-17"}]}
    assert found.case.request == request | {"principal": {"arn": USER}, "context": {}}


def test_cuts_leave_what_another_difference_could_take_the_place_of():
    """Session policy, resource-based policy and the principals of an Allow stay."""
    principal = {"AWS": [USER, "111122223333"]}
    resource = {"Version": "2012-10-17", "Statement": EVERYTHING | {"Principal": principal}}
    session = [{"Version": "2012-10-17", "Statement": EVERYTHING}]
    request = {"principal": USER, "action": "sqs:SendMessage", "resource": QUEUE, "context": {}}
    smaller = list(cuts(Case(policies={"session": session, "resource_based": resource}, request=request)))
    assert [each.policies["session"] for each in smaller] == [session, session]
    named = [each.policies["resource_based"]["Statement"]["Principal"] for each in smaller]
    assert named == [{"AWS": "111122223333"}, {"AWS": USER}]


def test_what_fits_no_class_is_shown():
    """An evaluator without Denies differs in no known way; each such case is counted and printed."""
    found = judged(7, range(60), Other(refuses=(0, 60)))
    assert found.refused == 2
    assert found.agree + found.differ == 60
    assert found.unclassified > 0
    assert "policygen explicitDeny, iam-simulate" in found.shown[0]
    assert {"policies", "request"} == set(json.loads(found.shown[0].partition("\n")[2]))


def test_outcomes_add_up():
    """Figures are added, the first example of a class stays, and only so many texts are kept."""
    first = Outcome(agree=2, examples={"a": {"n": 1}}, unclassified=15, shown=["x"] * 40)
    first.classes["a"] = 1
    second = Outcome(agree=3, refused=1, examples={"a": {"n": 2}, "b": {"n": 3}}, unclassified=15, shown=["y"] * 40)
    second.classes["a"] = 2
    first.add(second)
    assert (first.agree, first.refused, first.classes["a"], first.differ, len(first.shown)) == (5, 1, 3, 33, 50)
    assert first.examples == {"a": {"n": 1}, "b": {"n": 3}}


def test_a_run_takes_the_place_of_the_one_before(tmp_path):
    """A seed has one run; the first run's examples win."""
    path = tmp_path / "figures.json"
    record(path, {"seed": 1, "agree": 1}, {"a": 1})
    record(path, {"seed": 2, "agree": 2}, {"a": 2, "b": 2})
    record(path, {"seed": 1, "agree": 3}, {"a": 3})
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["runs"] == [{"seed": 1, "agree": 3}, {"seed": 2, "agree": 2}]
    assert kept["examples"] == {"a": 3, "b": 2}


def test_a_folder_without_the_package_is_refused(tmp_path, capsys):
    """The command says what it needs."""
    with pytest.raises(SystemExit, match="2"):
        main(["--cases", "1", "--node-modules", str(tmp_path)])
    assert "iam-simulate" in capsys.readouterr().err
