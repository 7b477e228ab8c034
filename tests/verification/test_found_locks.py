"""Object Lock as buckets have it, laid beside the spec (F21): of the destination, and of the source."""

import json

import pytest

from tests.verification.setups import SetUp

SOURCE, REPLICA = "111122223333/s3/source/object-lock.json", "111122223333/s3/replica/object-lock.json"
ON = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
OFF = {"ObjectLockEnabled": "Disabled"}
WORDS = "Object Lock is on at the source, and the other side or the role is not ready for it: "


@pytest.mark.parametrize(
    ("lock", "path", "answer", "cause", "detail"),
    [
        ("true", REPLICA, OFF, "F21", f"{WORDS}wants Enabled, has nothing: if it is meant, write `object_lock: false`"),
        ("false", SOURCE, ON, "F21", f"{WORDS}wants nothing, has Enabled: if it is meant, write `object_lock: true`"),
        ("false", REPLICA, ON, None, "wants nothing, has Enabled: if it is meant, write `object_lock: true`"),
        ("true", REPLICA, ON, None, None),
        ("false", SOURCE, OFF, None, None),
    ],
)
def test_a_lock_is_as_the_spec_says(lock, path, answer, cause, detail):
    """What differs is told; where objects would not replicate with its cause."""
    setup = SetUp(lock=lock)
    report = setup.verify(setup.texts() | {path: json.dumps(answer)})
    found = [(each.cause, each.document, each.detail) for each in report.failures]
    assert found == ([(cause, path, f"{detail} into the spec; no mend is known")] if detail else [])
    assert report.works is (cause is None)
