"""Rules that leave objects out: what the configuration says, what stays of the rights, and what verify compares.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRuleFilter.html
"""

import json

import pytest
from botocore.validate import ParamValidator

import policygen as pg
from policygen.errors import Severity
from policygen.spec.load import load_spec_text
from policygen.verification.requests import derive_requests, routes_of
from tests.export.calls import operation

SPEC = """\
version: 1
accounts: {{prod: "111122223333"}}
buckets:
  source: {{name: source-bucket, region: us-east-1}}
  replica: {{name: replica-bucket, region: us-west-1}}
replication:
  nightly:
    source: source
    role: {{name: s3-replication}}
    rules:
      - {{id: west, destination: replica, {rule}}}
{more}"""
PATH = "111122223333/s3/source/replication-configuration.json"
TAG = {"Key": "team", "Value": "dev"}
TEST = {"Key": "env", "Value": "test"}
BOTH = "exclude: {prefixes: [logs/tmp/, logs/old/], tags: {team: dev, env: test}}"
FILTERS = {
    "priority: 1": {"Prefix": ""},
    "exclude: {}": {"Prefix": ""},
    "prefix: logs/": {"Prefix": "logs/"},
    "tags: {team: dev}": {"Tag": TAG},
    "exclude: {prefixes: [tmp/]}": {"Not": {"Prefix": "tmp/"}},
    "exclude: {tags: {team: dev}}": {"Not": {"Tag": TAG}},
    "exclude: {prefixes: [tmp/], tags: {team: dev}}": {"Not": {"Or": {"Prefixes": ["tmp/"], "Tags": [TAG]}}},
    "prefix: logs/, exclude: {prefixes: [logs/tmp/]}": {"And": {"Prefix": "logs/", "Not": {"Prefix": "logs/tmp/"}}},
    "tags: {env: test}, exclude: {tags: {team: dev}}": {"And": {"Tags": [TEST], "Not": {"Tag": TAG}}},
    f"prefix: logs/, {BOTH}": {
        "And": {"Prefix": "logs/", "Not": {"Or": {"Prefixes": ["logs/tmp/", "logs/old/"], "Tags": [TAG, TEST]}}}
    },
}
"""The options of a rule, and its Filter."""


def spec_of(rule, more=""):
    """Return a spec whose rule has these options; ``more`` are rules behind it."""
    return load_spec_text(SPEC.format(rule=rule, more=more), "spec.yaml")


def documents_of(spec):
    """Return what a spec generates, as JSON values."""
    return {path: json.loads(each.to_json()) for path, each in pg.generate(spec).items() if path != "manifest.json"}


def filtered(rule, written):
    """Return the report on a spec's documents with another Filter, and on nothing else."""
    spec = spec_of(rule)
    documents = documents_of(spec)
    documents[PATH]["Rules"][0]["Filter"] = written
    return pg.verify(spec, documents)


@pytest.mark.parametrize(("rule", "wanted"), FILTERS.items(), ids=FILTERS)
def test_a_filter_holds_exactly_one_member(rule, wanted):
    """Each is what botocore's model takes, and what validate accepts; verify finds it to be the spec's (R60, R104)."""
    spec = spec_of(rule)
    configuration = documents_of(spec)[PATH]
    assert configuration["Rules"][0]["Filter"] == wanted
    asked = {"Bucket": "source-bucket", "ReplicationConfiguration": configuration}
    shape = operation("s3", "put-bucket-replication").input_shape
    assert ParamValidator().validate(asked, shape).generate_report() == ""
    report = pg.verify(spec)
    assert report.ok
    assert [each.id for each in report.warnings] == []


def test_rights_stay_those_of_the_prefix():
    """IAM has no condition that leaves out a prefix: with and without the exclusion the policies are the same (N2)."""
    whole, part = (documents_of(spec_of(f"prefix: logs/{more}")) for more in ("", f", {BOTH}"))
    assert [path for path in whole if whole[path] != part[path]] == [PATH]


@pytest.mark.parametrize("left_out", ["logs/ex", "logs/example.txt", *(f"logs/{name}" for name in ("e", "a, logs/e"))])
def test_nothing_must_be_allowed_for_a_key_that_is_left_out(left_out):
    """The example is an object that the rule covers, and it stands for all below the prefix."""
    spec = spec_of(f"prefix: logs/, exclude: {{prefixes: [{left_out}]}}")
    (route,) = routes_of(spec)
    assert not any(route.object_key.startswith(each) for each in left_out.split(", "))
    asked = [each.request.resource for each in derive_requests(spec) if each.must_allow and "/logs/" in each.id]
    assert not any(f"/{each}" in resource for resource in asked for each in left_out.split(", "))
    assert pg.verify(spec).ok


def test_it_is_said_whose_the_exclusion_is():
    """The report tells that the configuration leaves them out, and no policy; without an exclusion it says nothing."""
    (told,) = pg.verify(spec_of("prefix: logs/, exclude: {prefixes: [logs/tmp/], tags: {team: dev}}")).actions_required[
        1:
    ]
    assert (told.id, told.passed, told.facts) == ("nightly/west/leaves-out", True, ("N2", "R104"))
    assert told.title == (
        "rule west leaves out logs/tmp/*, team=dev in the configuration alone: policies have no word for it, so the"
        " role may read and write those objects too"
    )
    assert len(pg.verify(spec_of("prefix: logs/")).actions_required) == 1


@pytest.mark.parametrize(
    "written",
    [
        {"And": {"Not": {"Or": {"Tags": [TEST, TAG], "Prefixes": ["logs/old/", "logs/tmp/"]}}, "Prefix": "logs/"}},
        {"And": {"Prefix": "logs/", "Not": {"Or": {"Prefixes": ["logs/tmp/", "logs/old/"], "Tags": [TAG, TEST]}}}},
    ],
)
def test_the_order_of_members_does_not_count(written):
    """The same is covered, whatever comes first."""
    assert filtered(f"prefix: logs/, {BOTH}", written).ok


@pytest.mark.parametrize(
    ("rule", "written", "works"),
    [
        # more than the spec's is covered: it works, and is not exact
        ("exclude: {prefixes: [tmp/]}", {"Prefix": ""}, True),
        ("exclude: {prefixes: [tmp/]}", {"Not": {"Prefix": "tmp/a/"}}, True),
        ("exclude: {tags: {team: dev, env: test}}", {"Not": {"Tag": TAG}}, True),
        # something of the spec's is left out
        ("prefix: logs/", {"And": {"Prefix": "logs/", "Not": {"Prefix": "logs/tmp/"}}}, False),
        ("exclude: {prefixes: [tmp/a/]}", {"Not": {"Prefix": "tmp/"}}, False),
        ("exclude: {tags: {team: dev}}", {"Not": {"Or": {"Tags": [TAG, TEST]}}}, False),
        ("exclude: {tags: {team: dev}}", {"Not": {"Prefix": "tmp/"}}, False),
        ("prefix: logs/", {"Not": {"Prefix": "logs/"}}, False),
        # a prefix that the rule does not cover is left out in vain
        ("prefix: logs/", {"And": {"Prefix": "logs/", "Not": {"Prefix": "tmp/"}}}, True),
    ],
)
def test_other_exclusions_than_the_specs(rule, written, works):
    """A Filter that leaves out what the spec covers stops its replication; one that leaves out less is not exact."""
    report = filtered(rule, written)
    assert (report.works, report.exact) == (works, not works)
    (check,) = [each for each in report.checks if each.id == "nightly/west/configuration/Filter"]
    assert not check.passed
    assert check.mends != ()


@pytest.mark.parametrize("written", [{"Not": {"Prefix": "a/", "Tag": TAG}}, {"Not": {"Or": {}}}, {"Not": "tmp/"}])
def test_an_exclusion_that_s3_refuses(written):
    """What PutBucketReplication would refuse is F24, whatever the spec says."""
    report = filtered("exclude: {prefixes: [a/]}", written)
    (check,) = [each for each in report.failures if each.id == "nightly/configuration/accepted"]
    assert (check.cause, report.works) == ("F24", False)


@pytest.mark.parametrize(
    ("first", "second", "applied"),
    [
        ("exclude: {prefixes: [a/]}", "prefix: a/", ["west", "b"]),
        ("exclude: {prefixes: [a/b/]}", "prefix: a/", ["west", "b"]),
        ("exclude: {prefixes: [a/]}", "prefix: a/b/", ["west", "b"]),
        ("exclude: {prefixes: [a/]}", "prefix: b/", ["west"]),
        ("exclude: {prefixes: [a/b/]}", "prefix: a/, exclude: {prefixes: [a/b/]}", ["west"]),
        ("exclude: {prefixes: [a/b/]}", "prefix: a/, exclude: {prefixes: [a/b/c/]}", ["west", "b"]),
        ("exclude: {tags: {x: y}}", "prefix: a/", ["west", "b"]),
        ("exclude: {tags: {x: y}}", "exclude: {tags: {x: y, z: w}}", ["west"]),
        ("exclude: {tags: {x: y}}", "tags: {x: z}", ["west"]),
        ("exclude: {tags: {x: y}}", "tags: {x: y}", ["west", "b"]),
        ("prefix: a/", "prefix: a/, exclude: {prefixes: [a/b/]}", ["west"]),
    ],
)
def test_what_is_left_out_another_rule_may_cover(first, second, applied):
    """A rule is behind another one only where that covers every object of it (R62)."""
    spec = spec_of(f"priority: 2, {first}", f"      - {{id: b, destination: replica, priority: 1, {second}}}\n")
    assert [rule.id for rule in spec.replication[0].applied_rules] == applied


def test_two_rules_that_leave_out_differently_are_two():
    """Of one destination and prefix, they do not collide; with one exclusion, in whatever order, they do."""
    first, second = "exclude: {prefixes: [a/, b/]}", "exclude: {prefixes: [b/, a/]}"
    rule = "      - {{id: b, destination: replica, {}}}\n"
    assert len(spec_of(first, rule.format("exclude: {prefixes: [a/]}")).replication[0].rules) == 2
    with pytest.raises(pg.SpecError) as error:
        spec_of(first, rule.format(second))
    assert [each.message for each in error.value.problems] == [
        "`west` and `b` cover the same objects for the same destination"
    ]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("prefix: logs/, exclude: {prefixes: [tmp/]}", "tmp/"),
        ("prefix: logs/, exclude: {prefixes: [logs]}", None),
        ("tags: {team: prod}, exclude: {tags: {team: dev}}", "team=dev"),
        ("tags: {env: test}, exclude: {tags: {team: dev}}", None),
    ],
)
def test_what_is_left_out_in_vain_is_a_warning(rule, text):
    """An exclusion outside of what the rule covers changes nothing; one that takes everything is a problem."""
    if text is None and "logs]" in rule:
        with pytest.raises(pg.SpecError) as error:
            spec_of(rule)
        assert [each.code for each in error.value.problems] == ["PG-S036"]
        return
    found = [(each.code, each.message, each.severity) for each in spec_of(rule).warnings]
    message = f"the rule `west` leaves out `{text}`, which it does not cover"
    assert found == ([("PG-S036", message, Severity.WARNING)] if text else [])
