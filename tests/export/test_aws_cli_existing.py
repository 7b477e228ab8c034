"""The script before it changes anything: what is there already, who must exist, a dry run."""

import json
import shutil
import subprocess

import jmespath
import pytest

from policygen.export import inventory
from policygen.generator.settings import BUCKET_DOCUMENTS
from policygen.spec.paths import DocumentKind
from tests.export.calls import calls, run, write_script
from tests.export.specs import spec_and_bundle

LOOKS = ("get-", "describe-", "head-")
SOURCE = "111122223333/s3/source/bucket-policy.json"
KEY = "111122223333/kms/source/us-east-1/key-policy.json"
MINE = {"Version": "2012-10-17", "Statement": [{"Sid": "Mine", "Effect": "Deny", "Action": "*", "Resource": "*"}]}


class Place:
    """The script of the sample with two accounts, and what its stand-in for the AWS CLI answers."""

    def __init__(self, folder):
        self.spec, self.bundle = spec_and_bundle("cross-account")
        self.script = write_script(self.spec, self.bundle, folder)
        self.folder, self.there = folder, folder / "there"
        self.there.mkdir()
        self.runs = 0

    def run(self, *arguments: str, **variables: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        """Run it; return how it went, and the subcommands that change something."""
        self.runs += 1
        records = self.folder / f"records-{self.runs}"
        done = run(self.spec, self.script, records, *arguments, FAKE_AWS_THERE=str(self.there), **variables)
        return done, [call.command for call in calls(records) if not call.command.startswith(LOOKS)]

    def kept(self, path):
        """Return what was kept of a document, one text a run."""
        return [each.read_text() for each in sorted(self.script.parent.glob(f"before/*/{path}"))]


@pytest.fixture
def place(tmp_path):
    """A script that was not run yet."""
    return Place(tmp_path)


@pytest.mark.parametrize(("command", "path"), [("get-key-policy", KEY), ("get-bucket-policy", SOURCE)])
def test_what_somebody_else_wrote_is_kept_shown_and_left(command, path, place):
    """A policy that is there stops the script before it changes anything; REPLACE=yes replaces it, and keeps it."""
    (place.there / command).write_text(json.dumps(MINE))
    done, changes = place.run()
    assert (done.returncode, changes) == (1, [])
    assert f"{path} would be lost: it is there, and this script did not put it; it is kept in before/" in done.stderr
    assert '\n-        "Sid": "Mine"' in done.stderr
    assert done.stderr.endswith("documents would be lost, see above: nothing was changed. REPLACE=yes replaces them.\n")
    assert place.kept(path) == [json.dumps(MINE)]
    done, changes = place.run(REPLACE="yes")
    assert done.returncode == 0
    assert command.replace("get-", "put-") in changes
    assert set(place.kept(path)) == {json.dumps(MINE)}


def test_a_setting_and_a_role_that_are_there(place):
    """Settings, replication configurations, roles' policies and boundaries are looked at like policies."""
    answers = {
        "get-bucket-versioning": {"Status": "Suspended"},
        "get-bucket-replication": {"Role": "arn:aws:iam::111122223333:role/mine", "Rules": [{"ID": "mine"}]},
        "get-role-policy": MINE,
    }
    for command, answer in answers.items():
        (place.there / command).write_text(json.dumps(answer))
    done, changes = place.run()
    assert (done.returncode, changes) == (1, [])
    lost = [
        line.partition(" ")[0].rpartition("/")[2] for line in done.stderr.splitlines() if " would be lost: " in line
    ]
    assert lost == ["versioning.json", "replication-configuration.json", "versioning.json", "permissions-policy.json"]


def test_the_same_in_another_form_is_no_difference(place):
    """Order and lists of one make no difference, nor do answers that say nothing."""
    policy = json.loads(place.bundle[SOURCE].to_json())
    policy["Statement"] = [dict(reversed(each.items())) for each in reversed(policy["Statement"])]
    for statement in policy["Statement"]:
        statement |= {
            name: [value] for name, value in statement.items() if name in ("Action", "Resource") and type(value) is str
        }
    (place.there / "get-bucket-policy").write_text(json.dumps(policy, separators=(",", ":")))
    (place.there / "get-bucket-versioning").write_text('{"Status": null}')
    (place.there / "get-bucket-encryption").write_text('{"Rules": []}')
    (place.there / "get-bucket-replication").write_text("None\n")
    done, _ = place.run(DRY_RUN="yes")
    assert f"as it is: {SOURCE}\n" in done.stderr
    assert "new: 111122223333/s3/source/versioning.json\n" in done.stderr


@pytest.mark.parametrize(
    ("algorithm", "blocked", "left"),
    [("AES256", ["SSE-C"], 0), ("AES256", None, 0), ("AES256", ["NONE"], 1), ("aws:kms", ["SSE-C"], 1)],
)
def test_what_every_new_bucket_has_is_no_answer(algorithm, blocked, left):
    """SSE-S3 is there without anybody's doing; SSE-C that is let in, and any other encryption, was chosen."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    rule |= {"BlockedEncryptionTypes": {"EncryptionType": blocked}} if blocked else {}
    answer = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    query = BUCKET_DOCUMENTS[DocumentKind.ENCRYPTION].query
    assert jmespath.search(query, answer) == {"Rules": [rule] * left}


def test_without_python_the_text_counts(place, tmp_path):
    """Without python3 white space makes no difference, nor do answers that say nothing."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in "bash sh sed grep diff cmp tr mktemp dirname date cp cat rm mkdir find wc".split():
        (programs / name).symlink_to(shutil.which(name))
    policy = json.loads(place.bundle[SOURCE].to_json())
    (place.there / "get-bucket-policy").write_text(json.dumps(policy))
    (place.there / "get-bucket-versioning").write_text('{\n    "Status": null\n}\n')
    (place.there / "get-bucket-encryption").write_text('{\n    "Rules": []\n}\n')
    (place.there / "get-bucket-replication").write_text("null\n")
    (place.there / "get-key-policy").write_text(json.dumps(MINE))
    found = f"{tmp_path}/records-1/bin:{programs}"
    done, changes = place.run(PATH=found)
    assert (done.returncode, changes) == (1, [])
    lost = [line.partition(" ")[0] for line in done.stderr.splitlines() if " would be lost: " in line]
    assert [path.rpartition("/")[2] for path in lost] == ["key-policy.json", "key-policy.json", "bucket-policy.json"]
    assert SOURCE not in lost


def test_what_it_put_itself_is_replaced(place):
    """A later run replaces what an earlier one put; where somebody changed it since, it stops."""
    (place.there / "get-key-policy").write_text(json.dumps(MINE))
    assert place.run(REPLACE="yes")[0].returncode == 0
    done, changes = place.run()
    assert done.returncode == 0
    assert f"{KEY} changes: an earlier run put what is there" in done.stderr
    assert "put-key-policy" in changes
    (place.there / "get-key-policy").write_text(json.dumps(MINE | {"Id": "changed"}))
    assert place.run()[0].returncode == 1


def test_a_dry_run(place):
    """DRY_RUN=yes and --dry-run say what is new and what differs, and change nothing."""
    done, changes = place.run(DRY_RUN="yes")
    assert (done.returncode, changes) == (0, [])
    assert place.run("--dry-run")[1] == []
    expected = [path for path in place.bundle if path != "manifest.json"]
    assert sorted(line.removeprefix("new: ") for line in done.stderr.splitlines() if line[:5] == "new: ") == sorted(
        expected
    )
    assert done.stderr.endswith("== Dry run: nothing was changed\n")


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("--dryrun",), {}, "not understood: --dryrun (the only argument is --dry-run)"),
        (("--dry-run", "all"), {}, "not understood: --dry-run all (the only argument is --dry-run)"),
        (("",), {}, "not understood:  (the only argument is --dry-run)"),
        ((), {"DRY_RUN": "true"}, "DRY_RUN is yes or no, not true"),
    ],
)
def test_a_dry_run_that_is_misspelled_changes_nothing(place, tmp_path, arguments, environment, said):
    """An argument that is not understood, or another value of DRY_RUN, is wrong usage: no call is made."""
    records = tmp_path / "records"
    done = run(place.spec, place.script, records, *arguments, **environment)
    assert (done.returncode, done.stderr, (records / "calls").exists()) == (2, f"{said}\n", False)


def test_no_dry_run(place):
    """DRY_RUN=no is what no DRY_RUN is."""
    assert "put-bucket-policy" in place.run(DRY_RUN="no")[1]


def test_whoever_must_exist_is_looked_for_first(tmp_path):
    """Principals that do not exist are all named before anything is created."""
    spec, bundle = spec_and_bundle("new-keys")
    script = write_script(spec, bundle, tmp_path)
    done = run(spec, script, tmp_path / "records", FAKE_AWS_PRINCIPALS="")
    assert done.returncode == 1
    missing = [
        line.partition(" does not exist: create it first")[0] for line in done.stderr.splitlines() if "exist" in line
    ]
    assert missing == list(inventory.must_exist(spec, bundle))
    assert not any(call.command.startswith("create-") for call in calls(tmp_path / "records"))


def test_a_name_that_something_else_has(tmp_path):
    """An alias of another key, and a role of the same name under another path, stop it before a key is made."""
    spec, bundle = spec_and_bundle("new-keys")
    script = write_script(spec, bundle, tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there/describe-key").write_text("1234abcd-0000-0000-0000-1234567890ab\n")
    principals = " ".join((*inventory.must_exist(spec, bundle), "arn:aws:iam::111122223333:role/s3=replication@x"))
    done = run(
        spec, script, tmp_path / "records", FAKE_AWS_THERE=str(tmp_path / "there"), FAKE_AWS_PRINCIPALS=principals
    )
    assert done.returncode == 1
    assert "alias/data in us-west-1 is taken: it is 1234abcd-0000-0000-0000-1234567890ab\n" in done.stderr
    assert "role s3=replication@x is taken: it is arn:aws:iam::111122223333:role/s3=replication@x\n" in done.stderr
    assert not any(call.command.startswith("create-") for call in calls(tmp_path / "records"))


def test_object_lock_is_enabled_only_where_it_is_not(tmp_path):
    """A put would take away a default retention: only a bucket without Object Lock gets one, and a refusal stops."""
    spec, bundle = spec_and_bundle("new-keys")
    script = write_script(spec, bundle, tmp_path)
    state = tmp_path / "records/state"
    (tmp_path / "records/calls").mkdir(parents=True)
    state.mkdir()
    for name in ("bucket source-bucket-name", "bucket west-bucket-name", "lock west-bucket-name"):
        (state / name).touch()
    done = run(spec, script, tmp_path / "records")
    assert done.returncode == 0, done.stderr
    locked = [call for call in calls(tmp_path / "records") if call.command == "put-object-lock-configuration"]
    assert [call.parameters["Bucket"] for call in locked] == ["source-bucket-name"]
    done = run(spec, script, tmp_path / "refused", FAKE_AWS_FAILS="get-object-lock-configuration")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "An error occurred")
    assert calls(tmp_path / "refused")[-1].command == "get-object-lock-configuration"


def test_an_answer_that_is_refused(place):
    """What cannot be looked at stops the script: it could be lost unseen."""
    done, changes = place.run(FAKE_AWS_FAILS="get-bucket-policy")
    assert (done.returncode, changes) == (1, [])
    assert "An error occurred" in done.stderr
