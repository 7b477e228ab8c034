"""Samples from end to end: set up in moto by our script for the AWS CLI, fetched, and diagnosed without their spec.

``python -m tests.fetch.samples`` does so with every sample, and says what came of each.

What moto does not keep, and so nobody can fetch from it: of a replication configuration SourceSelectionCriteria, the
filter and more, so that what the script put is read in place of moto's answer, which is said; batch jobs; which of
related keys is the primary one. SCPs are created by no script of ours, and so there are none. What must exist before,
an organization and the permissions boundary, is created beside.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from moto import mock_aws

import policygen as pg
from policygen.export import inventory
from policygen.spec.model import Spec
from tests.command import policygen
from tests.export.calls import Call, calls, run, write_script
from tests.export.specs import spec_and_bundle
from tests.export.test_aws_cli_moto import Accounts, replay

SAMPLES = (
    "cross-account",
    "excluded-prefix",
    "existing-objects",
    "guarded-buckets",
    "mrk-replication",
    "source-multi-region-key",
    "two-destinations",
    "two-destinations-bucket-keys",
    "two-way",
)
HOME = "us-east-1"
BOUNDARY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}],
}


@contextlib.contextmanager
def aws(folder: Path) -> Iterator[None]:
    """Let moto play AWS in this process, with no credentials but those of a file in a folder."""
    given = {
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "testing"),
        "AWS_DEFAULT_REGION": HOME,
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }
    with mock.patch.dict(os.environ, given), mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
            os.environ.pop(name, None)
        yield


def create_beside(spec: Spec, accounts: Accounts) -> None:
    """Create what the script does not: the organization that guards name, and the permissions boundary of roles."""
    if spec.organization is not None:
        own = accounts.client("organizations", spec.replication[0].role.account, HOME)
        accounts.ids[spec.organization.id] = own.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    for role in (each.role for each in spec.replication):
        if role.permissions_boundary is not None:
            iam = accounts.client("iam", role.account, HOME)
            iam.create_policy(
                PolicyName=role.permissions_boundary.rpartition("/")[2], PolicyDocument=json.dumps(BOUNDARY)
            )


def put_back(made: list[Call], accounts: Accounts, folder: Path) -> list[str]:
    """Write replication configurations as they were put over what moto made of them; return what moto had lost."""
    said = []
    for call in made:
        if call.command == "put-bucket-replication":
            put = accounts.translated(call.parameters)
            path = folder / call.account / "s3" / put["Bucket"] / "get-bucket-replication.json"
            kept = json.loads(path.read_text(encoding="utf-8"))["ReplicationConfiguration"]
            whole = put["ReplicationConfiguration"]
            lost = {
                name
                for one, other in zip(whole["Rules"], kept["Rules"], strict=True)
                for name in one
                if one[name] != other.get(name)
            }
            path.write_text(json.dumps({"ReplicationConfiguration": whole}), encoding="utf-8")
            said.append(f"moto lost of {put['Bucket']}'s rules: {', '.join(sorted(lost)) or 'nothing'}")
    return said


def deploy(name: str, folder: Path) -> tuple[Spec, Accounts]:
    """Set up a sample in moto by the calls of our script, and write a profile for each account, called by its id."""
    spec, bundle = spec_and_bundle(name, "aws")
    script = write_script(spec, bundle, folder / "script")
    done = run(spec, script, folder / "records")
    assert done.returncode == 0, done.stderr
    created = [
        (script.parent / "key-ids" / key.name).read_text(encoding="utf-8").strip() for key in inventory.new_keys(spec)
    ]
    accounts = Accounts(HOME)
    create_beside(spec, accounts)
    accounts.create_known(spec)
    replay(accounts, calls(folder / "records"), created)
    text = ""
    for account in dict.fromkeys(bucket.account for bucket in spec.buckets):
        accounts.client("sts", account, HOME)
        options = "".join(f"{option} = {value}\n" for option, value in accounts.credentials[account].items())
        text += f"[{account}]\n{options}"
    (folder / "credentials").write_text(text, encoding="utf-8")
    return spec, accounts


def fetched(spec: Spec, folder: Path) -> list[str]:
    """Fetch every source bucket with what it names; return what was said on standard error."""
    said = []
    for replication in spec.replication:
        source = replication.source
        others = {rule.destination.account for rule in replication.rules} - {source.account}
        options = [word for account in sorted(others) for word in ("--destination-profile", account)]
        done = policygen("fetch", "bucket", source.name, "--profile", source.account, *options, "-o", folder)
        assert done.returncode == 0, done.stderr
        said += [line for line in done.stderr.splitlines() if line.startswith("warning")]
    return said


def from_end_to_end(name: str, folder: Path) -> tuple[list[str], Any]:
    """Set a sample up, fetch it, diagnose it; return what could not be fetched, and the diagnosis."""
    with aws(folder):
        spec, accounts = deploy(name, folder)
        said = fetched(spec, folder / "fetched")
        said += put_back(calls(folder / "records"), accounts, folder / "fetched")
    return said, pg.diagnose(folder / "fetched")


def main() -> int:
    """Print what came of each sample; exit 1 where one does not work."""
    wrong = 0
    for name in SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            said, found = from_end_to_end(name, Path(folder))
        wrong += not found.works
        assumed = [each for one in found.replications for each in one.assumed]
        print(f"{name}: {'works' if found.works else 'FAILS'}", *said, *assumed, sep="\n  ")  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
