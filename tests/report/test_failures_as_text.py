"""What failed, as text: each line says something that the others do not."""

import io

import policygen as pg
from policygen.report.verification import print_failures
from tests.verification.setups import SetUp, load


def printed(setup):
    """Return the lines about what fails in a set-up."""
    from rich.console import Console

    stream = io.StringIO()
    print_failures(pg.verify(load(**setup.options), setup.texts()), Console(file=stream, width=300))
    return [line.strip() for line in stream.getvalue().splitlines()]


def test_requests_that_differ_in_their_context_alone_are_one_line():
    """Under a Bucket Key that was ever changed S3 asks with the object and with the bucket: one line says both."""
    setup = SetUp(bucket_key="mixed")
    setup.statements("role")[4]["Action"] = ["kms:Encrypt"]
    asked = [line for line in printed(setup) if line.startswith("must be allowed: S3 verifies the bucket key")]
    key = "key/0987dcba-09fe-87dc-65ba-ab0987654321 in us-west-1"
    title = f"S3 verifies the bucket key of the replica (kms:Decrypt on {key})"
    assert asked == [f"must be allowed: {title}  is implicitDeny  (2 requests)"]
