"""The sample's plan word for word, and what holds of every plan: ways satisfy, and need each of their steps."""

import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import policygen as pg
from policygen.migration import plan_spec
from policygen.migration.judge import judge
from policygen.report.plan import print_plan, step_text
from policygen.spec.load import load_spec_text
from policygen.spec.migration_model import (
    BatchReplication,
    CopyObjects,
    CreateKey,
    SetDefaultEncryption,
    UpdateObjectEncryption,
)

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "samples" / "migrate-single-region-key" / "spec.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plan():
    """The plan of the sample."""
    return plan_spec(load_spec_text(TEXT, "spec.yaml"))


def _golden(name, text, update_golden):
    path = HERE / name
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_samples_verdicts(plan):
    """A reaches the target; B, C and D break at least what makes them wrong."""
    codes = {verdict.name: {each.code for each in verdict.broken} for verdict in plan.proposals}
    assert codes["A"] == set()
    assert codes["B"] == {"KEY_CANNOT_CONVERT"}
    assert codes["C"] >= {"KEY_NOT_SHAREABLE_ACROSS_REGIONS", "KEY_REGION_MISMATCH", "EXISTING_OBJECTS_NOT_COVERED"}
    assert codes["D"] >= {"RPO_TOO_LARGE", "KEY_REGION_MISMATCH"}
    assert [verdict.satisfies for verdict in plan.proposals] == [True, False, False, False]
    assert plan.ok


def test_the_samples_json(plan, update_golden):
    """The JSON of the sample's plan is the golden one."""
    _golden("sample.json", json.dumps(plan.to_dict(), indent=4, ensure_ascii=False) + "\n", update_golden)


def test_the_samples_text(plan, update_golden):
    """The text of the sample's plan is the golden one."""
    _golden("sample.txt", printed(plan), update_golden)


def printed(plan, *, quiet=False):
    """Return what is printed of a plan where nobody wraps lines."""
    file = StringIO()
    print_plan(plan, Console(file=file, width=160, soft_wrap=True, highlight=False), quiet=quiet)
    return file.getvalue()


def test_json_has_the_agreed_names(plan):
    """The JSON has exactly the names that programs rely on."""
    value = plan.to_dict()
    assert list(value) == ["proposals", "recommended"]
    assert list(value["proposals"]) == ["A", "B", "C", "D"]
    for verdict in value["proposals"].values():
        assert list(verdict) == ["satisfies", "broken", "notes"]
        assert all(list(broken) == ["code", "step", "reason", "doc_url"] for broken in verdict["broken"])
    for way in value["recommended"]:
        assert list(way) == ["steps", "why", "needs", "cannot"]
        assert all(len(step) == 1 for step in way["steps"])


def test_three_ways_are_recommended(plan):
    """One re-keys in place and runs Batch Replication, the classic one copies into a new bucket, one names no key."""
    in_place, classic, _ = ({type(step) for step in way.steps} for way in plan.recommended)
    assert {CreateKey, SetDefaultEncryption, UpdateObjectEncryption, BatchReplication} <= in_place
    assert {CreateKey, CopyObjects} <= classic
    assert not {UpdateObjectEncryption, BatchReplication} & classic


def test_by_the_objects_own_key(plan):
    """The newest way is that in place, but for the rule; it says what it needs and cannot (N1)."""
    in_place, _, own = plan.recommended
    changed = [(one, other) for one, other in zip(in_place.steps, own.steps, strict=True) if one != other]
    assert [(one.kind, str(one.replica_key), str(other.replica_key)) for one, other in changed] == [
        ("enable-replication", "old-multi-region", "source-multi-region")
    ]
    assert set(own.needs) - set(in_place.needs) == {
        (
            "UseSourceMultiRegionKey, a setting of November 2026: an AWS CLI or SDK that knows it. CloudFormation and"
            " Terraform do not know it yet (N1)."
        )
    }
    assert set(own.cannot) - set(in_place.cannot) == {
        (
            "Objects under a single-Region key, or under `aws/s3`, do not replicate by it; nor does AWS say that it"
            " works for a destination in another account (N1)."
        )
    }


def test_the_objects_own_key_is_for_one_key_in_both_regions():
    """Where one key in both Regions is not asked for, a rule that names its key will do."""
    text = TEXT.replace("same_key_in_both_regions: true", "same_key_in_both_regions: false")
    titles = [way.title for way in plan_spec(load_spec_text(text, "s")).recommended]
    assert titles == ["In place", "Over a new bucket"]


def with_proposal(text, steps):
    """Return a spec text with one proposal more, of steps as `to_dict` writes them."""
    head, _, _ = text.partition("  proposals:")
    return f"{head}  proposals:\n    P:\n" + "".join(f"      - {step_text(step)}\n" for step in steps)


def test_ways_can_be_pasted(plan):
    """A recommended way, pasted as a proposal as it is printed, satisfies."""
    for way in plan.recommended:
        again = plan_spec(load_spec_text(with_proposal(TEXT, [step.to_dict() for step in way.steps]), "spec.yaml"))
        assert again.proposals[0].satisfies


def test_text_that_needs_quotes():
    """A step is printed as YAML reads it."""
    step = {"create-bucket": {"name": "b", "sse": "aws:kms", "object_lock": True, "blocked_encryption_types": []}}
    assert (
        step_text(step) == 'create-bucket: {name: b, sse: "aws:kms", object_lock: true, blocked_encryption_types: []}'
    )
    assert step_text({"enable-versioning": {"bucket": "null"}}) == 'enable-versioning: {bucket: "null"}'


@pytest.mark.parametrize("position", range(5))
def test_each_step_of_a_is_needed(position):
    """Without one of its steps proposal A does not satisfy (a step whose key or bucket is missing is a problem)."""
    spec = load_spec_text(TEXT, "spec.yaml")
    steps = spec.migration.proposals[0].steps
    assert not judge(spec, spec.migration, steps[:position] + steps[position + 1 :]).satisfies


def test_the_order_counts():
    """Copying before the rule is there leaves the copies behind (R80)."""
    spec = load_spec_text(TEXT, "spec.yaml")
    *first, rule, copy = spec.migration.proposals[0].steps
    broken = judge(spec, spec.migration, (*first, copy, rule)).broken
    assert [each.code for each in broken] == ["EXISTING_OBJECTS_NOT_COVERED"]


def test_the_abbreviated_steps_are_read():
    """Steps without versioning and replica key reach the target as well; notes say what was understood."""
    steps = """
      - create-key: {name: new, type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}
      - create-bucket: {name: fresh, region: us-east-1, key: new}
      - create-bucket: {name: copy, region: us-west-1, key: new}
      - enable-replication: {from: fresh, to: copy}
      - copy-objects: {from: legacy, to: fresh}
"""
    text = TEXT.partition("  proposals:")[0] + "  proposals:\n    A:" + steps
    (verdict,) = plan_spec(load_spec_text(text, "spec.yaml")).proposals
    assert verdict.satisfies
    assert sum("with versioning enabled" in note for note in verdict.notes) == 2


def test_nothing_proposed():
    """Without proposals a plan is ok when there is a way, and not when there is none."""
    text = TEXT.partition("  proposals:")[0]
    assert plan_spec(load_spec_text(text, "spec.yaml")).ok
    never = plan_spec(
        load_spec_text(text.replace("recovery_point_objective: 15m", "recovery_point_objective: 1m"), "s")
    )
    assert (never.ok, never.recommended) == (False, ())
    assert printed(never).endswith("not ok: no proposals, no way found\n")
    assert printed(plan_spec(load_spec_text(text, "s"))).endswith("ok: no proposals, 3 ways found\n")


def test_no_proposal_satisfies():
    """Where every proposal fails the plan is not ok, although there are ways."""
    text = TEXT.replace("    A:\n", "    A: []\n    E:\n").partition("    E:\n")[0]
    failing = plan_spec(load_spec_text(text, "spec.yaml"))
    assert (failing.ok, len(failing.recommended)) == (False, 3)
    assert printed(failing, quiet=True).splitlines() == [
        "A: NOT_REPLICATED",
        "  Nothing takes new objects from us-east-1 to us-west-1.",
        "  see: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html",
        "not ok: the proposal does not satisfy, 3 ways found",
    ]


def test_no_migration():
    """A spec without `migration` cannot be planned (PG-P001)."""
    with pytest.raises(pg.SpecError) as caught:
        pg.plan(load_spec_text(TEXT.partition("migration:")[0], "spec.yaml"))
    assert str(caught.value) == (
        "spec.yaml: PG-P001 the spec has no `migration`: there is nothing to plan\n"
        "  hint: add `migration:` with `current`, `require` and `proposals`; docs/plan.md shows one"
    )


def test_from_python():
    """`pg.plan` is public, and its result is frozen."""
    plan = pg.plan(pg.load_spec(SAMPLE))
    assert isinstance(plan, pg.Plan)
    with pytest.raises(AttributeError):
        plan.proposals = ()


REPLICATED = """
version: 1
accounts: {prod: "111122223333"}
keys:
  data: {type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}
buckets:
  here: {name: here-bucket, region: us-east-1, encryption: {sse: "aws:kms", key: data}}
  there: {name: there-bucket, region: us-west-1, encryption: {sse: "aws:kms", key: data}}
replication:
  live: {source: here, role: {name: r}, rules: [{id: a, destination: there}]}
migration:
  current: {bucket: here}
  require: {replicate_to: us-west-1, same_key_in_both_regions: true}
"""


def test_what_the_spec_replicates_already():
    """Replication of the spec counts; when it is enough there is nothing to do, else only what is missing."""
    (way,) = plan_spec(load_spec_text(REPLICATED, "s")).recommended
    assert (way.title, way.steps) == ("As it is", ())
    more = plan_spec(load_spec_text(REPLICATED.replace("same_key", "existing_objects: true, same_key"), "s"))
    assert [step.to_dict() for step in more.recommended[0].steps] == [
        {"batch-replication": {"from": "here", "to": "there"}}
    ]
    assert more.recommended[1].title == "Over a new bucket"


def test_an_existing_multi_region_key_gets_a_replica():
    """Where the key is a multi-Region key already, a replica is all that is done about it (M5)."""
    text = TEXT.partition("  proposals:")[0].replace(
        "old: {type: single-region, region: us-east-1, id: 1234abcd-12ab-34cd-56ef-1234567890ab,",
        "old: {type: multi-region, primary_region: us-east-1,",
    )
    plan = plan_spec(load_spec_text(text, "spec.yaml"))
    for way in plan.recommended:
        kinds = [step.kind for step in way.steps]
        assert kinds[0] == "replicate-key"
        assert "create-key" not in kinds
        assert "update-object-encryption" not in kinds
        assert "kms:ReplicateKey on the primary key and kms:CreateKey in us-west-1 (M5)." in way.needs


@pytest.mark.parametrize("objects", ["dsse-kms", "sse-c", "unencrypted"])
def test_what_cannot_be_rekeyed_is_copied(objects):
    """Objects that UpdateObjectEncryption does not take leave the classic way only, by either key (R101)."""
    text = TEXT.partition("  proposals:")[0].replace(
        "key: old}\n  require", f"key: old, objects: [{objects}]}}\n  require"
    )
    plan = plan_spec(load_spec_text(text, "spec.yaml"))
    assert [way.title for way in plan.recommended] == ["Over a new bucket", "By the objects' own key"]
    assert all(any(step.kind == "copy-objects" for step in way.steps) for way in plan.recommended)


def test_object_lock_is_kept():
    """A locked bucket gets locked buckets, and nothing is re-encrypted in place (R3, R101)."""
    text = TEXT.partition("  proposals:")[0].replace(
        "    region: us-east-1\n", "    region: us-east-1\n    object_lock: true\n"
    )
    for way in plan_spec(load_spec_text(text, "spec.yaml")).recommended:
        buckets = [step for step in way.steps if step.kind == "create-bucket"]
        assert [bucket.object_lock for bucket in buckets] == [True, True]


def test_names_that_are_taken():
    """New keys and buckets have names of their own, whatever the spec has."""
    taken = (
        "  legacy-us-west-1: {name: a-bucket, region: us-west-1}\n  Legacy-New: {name: b-bucket, region: us-west-1}\n"
    )
    text = TEXT.partition("  proposals:")[0]
    text = text.replace("\nmigration:", taken + "\nmigration:")
    text = text.replace("\nbuckets:", "  old-multi-region: {type: single-region, region: us-east-1}\n\nbuckets:")
    plan = plan_spec(load_spec_text(text, "spec.yaml"))
    names = {step.name for way in plan.recommended for step in way.steps if hasattr(step, "name")}
    assert names == {"old-multi-region-2", "legacy-us-west-1-2", "legacy-new-2"}


@st.composite
def migrations(draw):
    """Return the text of a spec with a random migration."""
    key = draw(
        st.sampled_from(
            [
                "{type: single-region, region: us-east-1}",
                "{type: multi-region, primary_region: us-east-1}",
                "{type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}",
                "{type: multi-region, primary_region: us-west-1, replica_regions: [us-east-1]}",
                "{type: aws-managed, region: us-east-1}",
            ]
        )
    )
    kinds = st.lists(
        st.sampled_from(["sse-kms", "dsse-kms", "sse-s3", "unencrypted", "sse-c"]), unique=True, min_size=1
    )
    yes = st.sampled_from(["true", "false"])
    objective = draw(st.sampled_from(["", ", recovery_point_objective: 15m", ", recovery_point_objective: 2h"]))
    encryption = draw(
        st.sampled_from(["", ', encryption: {sse: "aws:kms", key: old}', ', encryption: {sse: "aws:kms"}'])
    )
    objects = draw(st.sampled_from(["", f", objects: [{', '.join(draw(kinds))}]"]))
    current_key = draw(st.sampled_from(["", ", key: old"]))
    versioning = draw(st.sampled_from(["enabled", "suspended", "disabled"]))
    target = draw(st.sampled_from(["us-west-1", "us-east-1"]))
    same, existing = draw(yes), draw(yes)
    return f"""
version: 1
accounts: {{prod: "111122223333"}}
keys: {{old: {key}}}
buckets:
  legacy: {{name: legacy-bucket, region: us-east-1, versioning: {versioning}, object_lock: {draw(yes)}{encryption}}}
  west: {{name: west-bucket, region: us-west-1}}
migration:
  current: {{bucket: legacy{current_key}{objects}}}
  require: {{replicate_to: {target}, same_key_in_both_regions: {same}, existing_objects: {existing}{objective}}}
"""


@settings(max_examples=120)
@given(migrations())
def test_ways_always_satisfy_and_need_each_step(text):
    """There is always a way; each, pasted, satisfies, and does not without any one of its steps."""
    spec = load_spec_text(text, "spec.yaml")
    plan = plan_spec(spec)
    assert plan.recommended
    for way in plan.recommended:
        pasted = load_spec_text(with_proposal(text.rstrip() + "\n  proposals:", [s.to_dict() for s in way.steps]), "s")
        assert pasted.migration.proposals[0].steps == way.steps
        assert judge(pasted, pasted.migration, way.steps).satisfies
        for position in range(len(way.steps)):
            rest = way.steps[:position] + way.steps[position + 1 :]
            assert not judge(spec, spec.migration, rest).satisfies


@settings(max_examples=120)
@given(st.data())
def test_any_order_of_any_steps_is_judged(data):
    """Whatever the steps of the sample and in whatever order: a verdict, and each broken rule with its step."""
    spec = load_spec_text(TEXT, "spec.yaml")
    every = [step for proposal in spec.migration.proposals for step in proposal.steps]
    every += [step for way in plan_spec(spec).recommended for step in way.steps]
    steps = tuple(data.draw(st.lists(st.sampled_from(every), max_size=8)))
    verdict = judge(spec, spec.migration, steps)
    assert verdict.satisfies is (verdict.broken == ())
    for broken in verdict.broken:
        assert broken.doc_url.startswith("https://docs.aws.amazon.com/")
        if broken.step is not None:
            position, _, kind = broken.step.partition(" ")
            assert steps[int(position) - 1].kind == kind


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_other_partitions(partition):
    """The sample has the same verdicts in every partition, with ARNs of that partition."""
    regions = {"aws-cn": ("cn-north-1", "cn-northwest-1"), "aws-us-gov": ("us-gov-east-1", "us-gov-west-1")}[partition]
    text = TEXT.replace("version: 1\n", f"version: 1\npartition: {partition}\n", 1)
    text = text.replace("us-east-1", regions[0]).replace("us-west-1", regions[1])
    plan = plan_spec(load_spec_text(text, "spec.yaml"))
    assert [verdict.satisfies for verdict in plan.proposals] == [True, False, False, False]
    assert len(plan.recommended) == 3
    assert f"arn:{partition}:kms:{regions[1]}:" in str(plan.proposals[0].notes)


def test_names_are_no_markup():
    """A proposal's name is printed as it is, whatever it looks like."""
    text = TEXT.partition("  proposals:")[0] + '  proposals:\n    "[red]A[/red]": []\n'
    plan = plan_spec(load_spec_text(text, "spec.yaml"))
    assert "[red]A[/red]" in printed(plan)
    good = TEXT.replace("    A:\n", '    "[b]A":\n')
    assert printed(plan_spec(load_spec_text(good, "s"))).endswith("ok: [b]A of 4 proposals, 3 ways found\n")
