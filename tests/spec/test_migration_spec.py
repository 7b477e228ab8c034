"""`migration:` as it is written: exact problems, short forms, durations, the way back to text."""

from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policygen.errors import PolicygenError
from policygen.source.nodes import plain
from policygen.source.yaml_text import parse_text
from policygen.spec.fields import SPEC
from policygen.spec.forms import parse_duration
from policygen.spec.kinds import KeyType, SourceObjects, Versioning
from policygen.spec.load import load_spec_text
from policygen.spec.migration_fields import STEP, STEPS
from policygen.spec.migration_model import KeyRef
from tests.pages.schema import schema_of
from tests.source_lines import without_source_lines

HERE = Path(__file__).parent
ERRORS = yaml.load((HERE / "migration_errors.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
GOOD = """\
version: 1
accounts: {prod: "111122223333"}
keys:
  old: {type: single-region, region: us-east-1, alias: alias/old}
buckets:
  legacy: {name: legacy-bucket, region: us-east-1, encryption: {sse: "aws:kms", key: old}}
  west: {name: west-bucket, region: us-west-1}
migration:
  current: {bucket: legacy, key: old}
  require:
    replicate_to: us-west-1
    recovery_point_objective: 15m
  proposals:
    A:
      - create-key: {name: new, type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}
      - create-bucket: {name: fresh, region: us-east-1, key: new}
      - enable-replication: {from: fresh, to: west, replica_key: new}
      - copy-objects: {from: legacy, to: fresh}
    D:
      - scheduled-copy: {from: legacy, to: west, every: 24h}
"""


def steps_of(*lines):
    """Return the steps of a proposal of these lines."""
    text = GOOD.partition("    D:\n")[0] + "    Z:\n" + "".join(f"      - {line}\n" for line in lines)
    return load_spec_text(text, "spec.yaml").migration.proposals[-1].steps


@pytest.mark.parametrize("case", ERRORS, ids=[str(number) for number in range(len(ERRORS))])
def test_exact_problems(case):
    """One broken thing gives exactly these problems, word for word."""
    text = GOOD
    for old, new in case["replace"].items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(PolicygenError) as caught:
        load_spec_text(text, "spec.yaml")
    assert without_source_lines(caught.value) == case["expected"]


def test_what_the_good_one_says():
    """Names, Regions and defaults arrive as they were meant."""
    migration = load_spec_text(GOOD, "spec.yaml").migration
    assert (migration.current.bucket, migration.current.key) == ("legacy", "old")
    assert migration.current.objects == (SourceObjects.SSE_KMS,)
    require = migration.require
    assert (require.replicate_to, require.same_key_in_both_regions, require.existing_objects) == (
        "us-west-1",
        False,
        False,
    )
    assert require.recovery_point_objective.seconds == 900
    assert [proposal.name for proposal in migration.proposals] == ["A", "D"]


def test_without_migration():
    """A spec without `migration` has none."""
    assert load_spec_text(GOOD.partition("migration:")[0], "spec.yaml").migration is None


def test_the_current_key_and_objects():
    """Without `key` the bucket's own counts; without `objects` what its default encryption makes."""
    text = GOOD.replace("bucket: legacy, key: old}", "bucket: legacy, objects: [sse-s3, sse-c]}")
    current = load_spec_text(text, "spec.yaml").migration.current
    assert (current.key, current.objects) == ("old", (SourceObjects.SSE_S3, SourceObjects.SSE_C))
    text = GOOD.replace("bucket: legacy, key: old}", "bucket: west}")
    current = load_spec_text(text, "spec.yaml").migration.current
    assert (current.key, current.objects) == (None, (SourceObjects.SSE_S3,))
    dsse = GOOD.replace('sse: "aws:kms", key: old', 'sse: "aws:kms:dsse", key: old')
    assert load_spec_text(dsse, "spec.yaml").migration.current.objects == (SourceObjects.DSSE_KMS,)


def test_short_forms():
    """Steps with one obvious field may be written as that field alone."""
    versioning, convert, batch = steps_of("enable-versioning: legacy", "convert-key: old", "batch-replication: legacy")
    assert (versioning.bucket, versioning.status) == ("legacy", Versioning.ENABLED)
    assert (convert.key.key, convert.type) == ("old", KeyType.MULTI_REGION)
    assert (batch.source, batch.object_statuses) == ("legacy", ("NONE", "FAILED"))


def test_ways_to_name_a_key():
    """A key has a name, a name with a Region, or an alias."""
    found = [
        steps_of(f"update-object-encryption: {{bucket: legacy, key: {text}}}")[0].key
        for text in ("old", "old@us-east-1", "alias/old")
    ]
    assert found == [
        KeyRef(key="old", text="old"),
        KeyRef(key="old", text="old@us-east-1", region="us-east-1"),
        KeyRef(key="old", text="alias/old", alias=True),
    ]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("region: us-east-1", KeyType.SINGLE_REGION),
        ("primary_region: us-east-1", KeyType.MULTI_REGION),
        ("region: us-east-1, replica_regions: [us-west-1]", KeyType.MULTI_REGION),
        ("type: multi-region, region: us-east-1", KeyType.MULTI_REGION),
    ],
)
def test_the_type_of_a_new_key(fields, kind):
    """A key with `primary_region` or `replica_regions` is meant to be multi-Region."""
    (step,) = steps_of(f"create-key: {{name: mine, {fields}}}")
    assert (step.type, step.home) == (kind, "us-east-1")


def test_an_alias_that_a_step_creates_is_known_in_its_proposal_only():
    """An alias of a `create-key` stands for that key, in the same proposal."""
    create = "create-key: {name: mine, region: us-east-1, alias: alias/mine}"
    use = "set-default-encryption: {bucket: legacy, key: alias/mine}"
    assert steps_of(create, use)[1].key.key == "mine"
    with pytest.raises(PolicygenError, match="no key has the alias `alias/mine`"):
        load_spec_text(f"{GOOD}    E:\n      - {create}\n    F:\n      - {use}\n", "spec.yaml")


def test_a_name_that_a_later_step_creates_is_no_typo():
    """The order of steps is judged by the plan, so the spec takes a name that comes later."""
    first, _ = steps_of("enable-versioning: later", "create-bucket: {name: later, region: us-east-1}")
    assert first.bucket == "later"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("15 minutes", 900),
        ("24h", 86400),
        ("1d", 86400),
        ("daily", 86400),
        ("Hourly", 3600),
        ("weekly", 604800),
        ("1h30m", 5400),
        ("90s", 90),
    ],
)
def test_durations(text, seconds):
    """Durations are read as people write them, and keep their text."""
    found = parse_duration(text)
    words = {"daily": "1d", "Hourly": "1h", "weekly": "1w"}
    assert (found.seconds, str(found)) == (seconds, words.get(text, text))


@pytest.mark.parametrize("text", ["", " ", "15", "m", "15x", "-1h", "1h and more", "15m;", "\u0661m", "9999999h"])
def test_no_durations(text):
    """What says no length of time is refused."""
    assert parse_duration(text) is None


@given(st.text(max_size=20))
def test_durations_never_raise(text):
    """Any text is a duration, or none."""
    found = parse_duration(text)
    assert found is None or found.seconds >= 0


def test_every_kind_of_step_goes_back_to_text():
    """A step's `to_dict` reads as the same step, whatever its fields; defaults are left out."""
    lines = [
        "create-key: {name: mine, type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}",
        "convert-key: {key: old, replica_regions: [us-west-1]}",
        "replicate-key: {key: mine, region: eu-west-1, account: prod}",
        "share-key: {key: old, region: us-west-1}",
        'create-bucket: {name: mine, region: us-east-1, sse: "aws:kms:dsse", key: mine, blocked_encryption_types: []}',
        "set-default-encryption: {bucket: legacy, key: old@us-east-1}",
        "enable-versioning: {bucket: legacy, status: suspended}",
        "enable-replication: {from: legacy, to: west, replica_key: old, replication_time_control: true}",
        "batch-replication: {from: legacy, to: west, object_statuses: [FAILED]}",
        "copy-objects: {from: legacy, to: west}",
        "update-object-encryption: {bucket: legacy, key: old}",
        "scheduled-copy: {from: legacy, to: west, every: 1h, existing_objects: true}",
    ]
    steps = steps_of(*lines)
    assert [step.kind for step in steps] == [each.name for each in STEPS]
    again = steps_of(*(str(step.to_dict()).replace("True", "true")[1:-1].replace("'", '"') for step in steps))
    assert again == steps
    assert steps[9].to_dict() == {"copy-objects": {"from": "legacy", "to": "west"}}
    assert "versioning" not in steps[4].to_dict()["create-bucket"]


def test_the_schema_knows_the_steps():
    """The JSON Schema takes the good one and refuses an unknown step and a missing field."""
    schema = schema_of(SPEC)
    jsonschema.validate(plain(parse_text(GOOD, "spec.yaml")), schema)
    for wrong in (GOOD.replace("copy-objects:", "copy-object:"), GOOD.replace("every: 24h", "key: old")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(plain(parse_text(wrong, "spec.yaml")), schema)


def test_every_step_is_in_the_table():
    """Each kind of step has fields with a sentence each."""
    assert len(STEP.fields) == 12
    assert [field.name for step in STEPS for field in step.fields if not field.doc] == []
