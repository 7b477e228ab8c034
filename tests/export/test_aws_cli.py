"""The script: it is run with a stand-in for the AWS CLI, and every call of it is held against AWS's own models."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from policygen.export import inventory
from policygen.export.aws_cli import aws_cli
from policygen.export.shell import comment
from policygen.generator.template_files import read_page
from tests.export.calls import calls, run, write_script
from tests.export.specs import CASES, NAMES, spec_and_bundle

GOLDEN = Path(__file__).parent / "golden" / "aws-cli"
FUNCTIONS = read_page("deploy-functions.sh")
_PLACEHOLDER = re.compile(r"KEY\\-ID\\-OF\\-(?:[A-Za-z0-9_]|\\[-.])+")  # in an escaped text
_KEY_ID = "[A-Za-z0-9-]{36}"


class Run:
    """A script that was run once."""

    def __init__(self, name: str, partition: str, folder: Path) -> None:
        self.folder = folder
        self.spec, self.bundle = spec_and_bundle(name, partition)
        self.script = write_script(self.spec, self.bundle, folder)
        self.done = run(self.spec, self.script, folder / "first")
        self.calls = calls(folder / "first")

    def positions(self, command: str, **parameters: str) -> list[int]:
        """Return where a call with these parameters stands."""
        return [
            number
            for number, call in enumerate(self.calls)
            if call.command == command and parameters.items() <= call.parameters.items()
        ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Each case by name and partition, run when it is first asked for, and once."""
    return cache(lambda name, partition: Run(name, partition, tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def case(request, runs):
    """One case after the other, each with all its tests: two processes need not run it."""
    return runs(*request.param)


def test_it_runs_to_its_end(case):
    """The script succeeds, and says so last."""
    assert case.done.returncode == 0, case.done.stderr
    assert case.done.stderr.endswith("== Done\n")


def strange_values(value: Any, shape: Any) -> Iterator[str]:
    """Yield values that the model's own lists do not know."""
    if shape.type_name == "structure":
        for name, child in value.items():
            yield from strange_values(child, shape.members[name])
    elif shape.type_name == "list":
        for child in value:
            yield from strange_values(child, shape.member)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{shape.name}: {value}"


def test_every_call_is_one_of_aws(case):
    """botocore's models accept the parameters of every call: names, types, lengths, what is required, choices."""
    for call in case.calls:
        shape = call.operation.input_shape
        report = ParamValidator().validate(call.parameters, shape)
        assert not report.has_errors(), (call.command, report.generate_report())
        strange = list(strange_values(call.parameters, shape))
        assert [each for each in strange if not each.startswith("BucketLocationConstraint: ")] == [], call.command


def test_each_call_is_made_in_its_account(case):
    """The profile is that of the account which owns what the call is about, and no bucket of another is touched."""
    owners = {bucket.name: (bucket.account, bucket.region) for bucket in case.spec.buckets}
    for call in case.calls:
        name = call.parameters.get("Bucket")
        if name is not None:
            assert (call.account, call.region) == owners[name]
            if call.command != "create-bucket":
                assert call.parameters["ExpectedBucketOwner"] == call.account


def test_every_document_is_used_with_the_ids_filled_in(case):
    """Each document of the bundle is handed over; it is the bundle's but for the ids of keys that were unknown."""
    unused = {path for path in case.bundle if path != "manifest.json"}
    for call in case.calls:
        for name, text in call.files.items():
            path = next(path for path in case.bundle if name.endswith(f"/{path}"))
            expected = re.escape(case.bundle[path].to_json())
            assert re.fullmatch(_PLACEHOLDER.sub(_KEY_ID, expected), text), path
            unused.discard(path)
    assert unused == set()


def test_roles_come_before_the_policies_that_name_them(case):
    """KMS and S3 refuse principals that do not exist: a role is created before a policy with its ARN is saved."""
    for number, call in enumerate(case.calls):
        if call.command in ("put-key-policy", "put-bucket-policy"):
            policy = json.loads(call.parameters["Policy"])
            for role in inventory.named_roles(policy, inventory.new_roles(case.spec)):
                assert case.positions("create-role", RoleName=role.name)[0] < number


def test_replication_comes_last(case):
    """Versioning is on at both sides (R1), role and policies are there before the configuration is saved (R7)."""
    for replication in case.spec.replication:
        at = case.positions("put-bucket-replication", Bucket=replication.source.name)[0]
        for bucket in {replication.source, *(rule.destination for rule in replication.rules)}:
            assert case.positions("put-bucket-versioning", Bucket=bucket.name)[0] < at
        assert case.positions("put-role-policy", RoleName=replication.role.name)[0] < at
        assert max(case.positions("put-bucket-policy") + case.positions("put-key-policy")) < at
        for job in case.positions("create-job"):
            assert at < job


def test_what_is_created(case):
    """Keys without an id, their replicas and aliases, every bucket, every role: each once, and nothing else."""
    created = [call.command for call in case.calls if call.command.startswith(("create-", "replicate-"))]
    keys = inventory.new_keys(case.spec)
    assert created.count("create-key") == len(keys)
    assert created.count("replicate-key") == sum(len(key.replica_regions) for key in keys)
    assert created.count("create-alias") == sum(len(key.regions) for key in keys if key.alias)
    assert created.count("create-bucket") == len(case.spec.buckets)
    assert created.count("create-role") == len(inventory.new_roles(case.spec))
    assert created.count("create-job") == sum(each.batch is not None for each in case.spec.replication)


def test_settings_that_are_no_documents(runs):
    """Where a bucket is, its Object Lock, Requester Pays, a role's path and boundary, a disabled key."""
    found = runs("new-keys", "aws")
    created = [call.parameters for call in found.calls if call.command == "create-bucket"]
    assert created[0] == {"Bucket": "source-bucket-name", "ObjectLockEnabledForBucket": True}
    assert created[1]["CreateBucketConfiguration"] == {"LocationConstraint": "us-west-1"}
    assert found.positions("put-object-lock-configuration") == []  # it came with the bucket
    role = found.calls[found.positions("create-role")[0]].parameters
    assert (role["RoleName"], role["Path"]) == ("s3=replication@x", "/a$b`c/")
    found = runs("settings", "aws")
    assert len(found.positions("put-bucket-request-payment", Bucket="logs-bucket-name")) == 1
    assert found.positions("disable-key") == [len(found.calls) - 1]
    found = runs("batch", "aws")
    boundaries = [call.parameters.get("PermissionsBoundary") for call in found.calls if call.command == "create-role"]
    assert boundaries == ["arn:aws:iam::111122223333:policy/Edge", None]


def test_a_second_run_creates_nothing(runs):
    """What exists is found again; policies and settings are put again."""
    for name in ("new-keys", "batch"):
        first = runs(name, "aws")
        again = first.folder / "again"
        shutil.copytree(first.folder / "first" / "state", again / "state")
        done = run(first.spec, first.script, again)
        assert done.returncode == 0, done.stderr
        second = calls(again)
        made = [call for call in second if call.command.startswith(("create-", "replicate-"))]
        assert made == []
        put = [(call.command, call.parameters) for call in second if call.command.startswith("put-")]
        boundary = [call for call in put if call[0] == "put-role-permissions-boundary"]
        before = [(call.command, call.parameters) for call in first.calls if call.command.startswith("put-")]
        assert [call for call in put if call not in boundary] == before
        assert len(boundary) == (1 if name == "batch" else 0)
        assert [call.command for call in second].count("update-assume-role-policy") == len(
            inventory.new_roles(first.spec)
        )


@pytest.mark.parametrize(
    ("command", "tries"),
    [("create-key", 1), ("create-bucket", 1), ("create-role", 1), ("put-bucket-policy", 7), ("put-key-policy", 7)],
)
def test_it_stops_at_the_first_error(tmp_path, command, tries):
    """The call that fails is the last one; where a role or key may be too new it is tried again first."""
    spec, bundle = spec_and_bundle("new-keys")
    done = run(spec, write_script(spec, bundle, tmp_path), tmp_path / "records", FAKE_AWS_FAILS=command)
    assert done.returncode != 0
    made = [call.command for call in calls(tmp_path / "records")]
    assert made[-tries:] == [command] * tries
    assert made.count(command) == tries
    assert "Done" not in done.stderr


def test_a_profile_of_another_account_is_refused(tmp_path):
    """Nothing is created with the wrong credentials."""
    spec, bundle = spec_and_bundle("cross-account")
    script = write_script(spec, bundle, tmp_path)
    done = run(spec, script, tmp_path / "records", PROFILE_BACKUP="111122223333")
    assert done.returncode == 1
    assert done.stderr == "profile 111122223333 is for account 111122223333, not for 444455556666\n"
    assert {call.command for call in calls(tmp_path / "records")} == {"get-caller-identity"}


def test_a_profile_must_be_named(tmp_path):
    """Without a profile nothing is called at all."""
    spec, bundle = spec_and_bundle("cross-account")
    done = run(spec, write_script(spec, bundle, tmp_path), tmp_path / "records", PROFILE_BACKUP="")
    assert done.returncode != 0
    assert "PROFILE_BACKUP: the profile of the AWS CLI for account 444455556666" in done.stderr
    assert not (tmp_path / "records" / "calls").exists()


def test_a_key_that_should_exist_and_does_not(tmp_path):
    """A missing key stops the script before anything is created."""
    spec, bundle = spec_and_bundle("cross-account")
    script = write_script(spec, bundle, tmp_path)
    done = run(spec, script, tmp_path / "records", FAKE_AWS_KNOWN="1234abcd-12ab-34cd-56ef-1234567890ab")
    assert done.returncode != 0
    made = [call.command for call in calls(tmp_path / "records")]
    assert made == ["get-caller-identity"] * 2 + ["describe-key"] * 2


def test_patience(tmp_path):
    """A call that fails twice and then succeeds is made three times, and prints once."""
    counter = tmp_path / "tries"
    script = f"""set -euo pipefail
{FUNCTIONS}
flaky() {{
  printf x >>{counter}
  if [ "$(wc -c <{counter})" -lt 3 ]; then
    return 1
  fi
  echo fine
}}
patiently flaky >{tmp_path}/printed
"""
    done = subprocess.run(
        ["bash", "-c", script],
        env={"RETRY_SECONDS": "0", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "try 1 of 7 failed\ntry 2 of 7 failed\n")
    assert (tmp_path / "printed").read_text(encoding="utf-8") == "fine\n"


def test_names_are_no_shell(runs):
    """An account's name, which may be any text, runs nothing and ends no comment."""
    found = runs("settings", "aws")
    text = found.script.read_text(encoding="utf-8")
    assert "$(id)" not in text
    assert "PROFILE_ID_X" in text
    assert "uid=" not in found.done.stderr + found.done.stdout


def test_a_comment_is_one_line():
    """Text with line ends makes no command."""
    assert comment("a role\n$(id)\r\nrm -r x") == "# a role $(id) rm -r x"


@pytest.mark.parametrize("name", NAMES)
def test_bash_and_shellcheck_find_nothing(name, tmp_path):
    """The script is bash, and clean by shellcheck where that is present."""
    script = write_script(*spec_and_bundle(name), tmp_path)
    tools = [["bash", "-n"], *([["shellcheck"]] if shutil.which("shellcheck") else [])]
    for tool in tools:
        done = subprocess.run([*tool, script], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_documents_are_the_bundles_byte_for_byte():
    """Beside the script stand the bundle's documents under their own paths, the manifest apart."""
    spec, bundle = spec_and_bundle("new-keys")
    files = aws_cli(spec, bundle)
    assert next(iter(files)) == "aws-cli/deploy.sh"
    expected = {f"aws-cli/{path}": text for path, text in bundle.texts().items() if path != "manifest.json"}
    assert {path: text for path, text in files.items() if path != "aws-cli/deploy.sh"} == expected


@pytest.mark.parametrize("name", ["cross-account", "new-keys"])
def test_golden_files(name, update_golden):
    """The script is exactly its golden file."""
    golden = GOLDEN / f"{name}.sh"
    text = aws_cli(*spec_and_bundle(name))["aws-cli/deploy.sh"]
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
