"""What DescribeKey says of keys (K27, N10): whether S3 can use them, whatever the spec says."""

import json

import pytest

import policygen as pg
from tests.reading.raw_outputs import raw_outputs, write_outputs
from tests.verification.setups import ACROSS, SetUp, load

PATH = "444455556666/kms/there/us-west-1/key-description.json"
ARN = "arn:aws:kms:us-west-1:444455556666:key/0987dcba-09fe-87dc-65ba-ab0987654321"
USABLE = {"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT"}
ENABLE = f"aws kms enable-key --region us-west-1 --key-id {ARN}"
CANCEL = f"aws kms cancel-key-deletion --region us-west-1 --key-id {ARN}"
NEVER = "S3 cannot encrypt under it; name another key, its kind never changes"
WORDS = "the key is not the one that is wanted, stands in another Region, or cannot be used: "
UNUSABLE = {
    "disabled": ({"KeyState": "Disabled"}, "KeyState", f"DescribeKey says KeyState `Disabled`: {ENABLE}"),
    "to be deleted": (
        {"KeyState": "PendingDeletion"},
        "KeyState",
        f"DescribeKey says KeyState `PendingDeletion`: {CANCEL}; {ENABLE}",
    ),
    "without material": ({"KeyState": "PendingImport"}, "KeyState", "DescribeKey says KeyState `PendingImport`"),
    "for signatures": (
        {"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"},
        "KeyUsage",
        f"DescribeKey says KeyUsage `SIGN_VERIFY`, KeySpec `RSA_2048`: {NEVER}",
    ),
    "for key encapsulation": (
        {"KeyUsage": "ENCAPSULATE_DECAPSULATE", "KeySpec": "ML_KEM_768"},
        "KeyUsage",
        f"DescribeKey says KeyUsage `ENCAPSULATE_DECAPSULATE`, KeySpec `ML_KEM_768`: {NEVER}",
    ),
    "asymmetric": ({"KeySpec": "RSA_4096"}, "KeySpec", f"DescribeKey says KeySpec `RSA_4096`: {NEVER}"),
}


@pytest.mark.parametrize(("told", "element", "detail"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_s3_cannot_use(told, element, detail):
    """F12, with what DescribeKey says and what makes the key usable where anything does; nothing replicates."""
    setup = SetUp(**ACROSS)
    answer = {"KeyMetadata": {"Arn": ARN, **USABLE, **told}}
    report = setup.verify(setup.texts() | {PATH: json.dumps(answer)})
    (failed,) = report.failures
    assert (failed.cause, failed.document, failed.element) == ("F12", PATH, element)
    assert failed.detail == f"{WORDS}{detail}; no mend is known"
    assert failed.s3_failure_code == ("DstKmsKeyInvalidState" if element == "KeyState" else None)
    assert not report.works


@pytest.mark.parametrize("state", ["Enabled", "Updating"])
def test_a_key_that_s3_can_use(state):
    """A key that is enabled, or whose primary Region changes, is no finding; it is looked at all the same."""
    setup = SetUp(**ACROSS)
    report = setup.verify(setup.texts() | {PATH: json.dumps({"Arn": ARN, **USABLE, "KeyState": state})})
    assert report.ok
    assert {each.id for each in report.checks if each.document == PATH} == {
        "dr/all/replica-key-enabled",
        "dr/all/replica-key-symmetric",
    }


@pytest.mark.parametrize("fetched", [False, True])
def test_answers_of_describe_key_are_judged_under_any_name(fetched, tmp_path):
    """`verify --documents` and `diagnose` say the same of a fetched key that cannot be used."""
    setup = SetUp(**ACROSS)
    spec = load(**setup.options)
    outputs = raw_outputs(spec, setup.texts(), 3, fetched=fetched)
    wrong = {
        path: text.replace("SYMMETRIC_DEFAULT", "ML_KEM_768").replace("ENCRYPT_DECRYPT", "ENCAPSULATE_DECAPSULATE")
        for path, text in outputs.items()
    }
    write_outputs(tmp_path, wrong)
    told = [
        {each.id.partition("/")[2] for each in report.failures if each.cause == "F12"}
        for report in (pg.verify(spec, tmp_path), pg.diagnose(tmp_path).replications[0].report)
    ]
    assert told == [{"all/source-key-symmetric", "all/replica-key-symmetric"}] * 2
