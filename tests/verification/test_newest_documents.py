"""Documents that AWS has had since 2025: attribute-based access control, and the key policy of AWS RAM (N3, N11)."""

import json

import pytest

import policygen as pg
from policygen.spec.load import load_spec_text
from tests.verification.setups import SPEC, SetUp, allow, policy

ABAC = "111122223333/s3/source/abac.json"
RAM = "111122223333/kms/here/us-east-1/key-policy.AWS_RAM.json"
STRANGER = "arn:aws:iam::777788889999:role/stranger"


def verified(abac, *more, works=False):
    """Return the report on a working set-up with further documents; the source's ABAC is as the spec is told."""
    setup = SetUp()
    text = SPEC.format(**setup.options)
    text = text.replace("acme-data,", f"acme-data, abac: {abac},", 1) if abac else text
    spec = load_spec_text(text, "spec.yaml")
    return pg.verify(spec, setup.texts() | {path: json.dumps(value) for path, value in more}, works=works)


@pytest.mark.parametrize(
    ("wanted", "status", "detail"),
    [
        ("true", "Enabled", None),
        ("false", "Disabled", None),
        ("false", None, None),
        ("true", "Disabled", "wants `Enabled`, has `Disabled`"),
        ("false", "Enabled", "wants `Disabled`, has `Enabled`"),
        ("true", None, "no file shows it: save what `aws s3api get-bucket-abac --bucket acme-data` prints there"),
    ],
)
def test_abac_is_as_the_spec_says(wanted, status, detail):
    """The AWS CLI's answer is laid beside the spec; off is what a bucket has that nobody told anything else."""
    answer = [(ABAC, {"AbacStatus": {"Status": status}})] if status else []
    report = verified(wanted, *answer)
    assert [(each.document, each.detail) for each in report.failures] == ([(ABAC, detail)] if detail else [])
    assert report.works
    mends = [(each.document, each.value) for each in report.mends]
    assert mends == ([(ABAC, {"Status": "Enabled" if wanted == "true" else "Disabled"})] if detail else [])


def test_a_policy_of_ram_gives_more_than_was_asked():
    """What RAM's policy gives a stranger is an excess in that file, which nobody but RAM can mend."""
    report = verified("", (RAM, {"Policy": json.dumps(policy(allow("kms:Decrypt", "*", principal={"AWS": STRANGER})))}))
    (failed,) = report.failures
    assert (failed.document, failed.kind.value, failed.statement) == (RAM, "excess", "#0")
    assert failed.request.principal.arn.startswith("arn:aws:sts::777788889999:assumed-role/stranger")
    assert failed.detail.endswith("no mend is known: AWS RAM alone writes this policy; change what is shared there")
    assert not report.mends


def test_the_union_of_both_key_policies_decides():
    """What the key's own policy lacks may stand in RAM's, and a Deny there hits what must work."""
    setup = SetUp()
    text = SPEC.format(**setup.options)
    texts = setup.texts()
    spec, own = load_spec_text(text, "spec.yaml"), setup.paths["source-key"]
    moved = {path: each for path, each in texts.items() if path != own} | {RAM: texts[own]}
    assert pg.verify(spec, moved, works=True).works
    assert not pg.verify(spec, {path: each for path, each in texts.items() if path != own}, works=True).works
    deny = policy({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"})
    report = pg.verify(spec, texts | {RAM: json.dumps(deny)}, works=True)
    assert {each.document for each in report.failures} == {RAM}
    assert "F18" in {each.cause for each in report.failures}


@pytest.mark.parametrize(
    ("condition", "hit"),
    [
        ({"StringNotEquals": {"s3:object-lock-event-hold": "ON"}}, True),
        ({"Null": {"s3:object-lock-event-hold-duration-days": "true"}}, True),
        ({"StringEquals": {"s3:object-lock-event-hold": "ON"}}, False),
    ],
)
def test_a_deny_on_event_holds_is_named(condition, hit):
    """Objects without a hold do not replicate where the destination denies ReplicateObject unless there is one (N7)."""
    setup = SetUp(lock="true")
    deny = {"Sid": "Held", "Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateObject"}
    deny |= {"Resource": "arn:aws:s3:::acme-data-replica/*", "Condition": condition}
    setup.documents["replica-policy"] = policy(deny)
    found = [each for each in setup.verify().failures if each.cause == "F18"]
    assert bool(found) is hit
    assert all(
        each.statement == "Held" and "under no event hold do not replicate (N7)" in each.detail for each in found
    )
