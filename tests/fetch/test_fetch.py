"""Reading from AWS: what is kept of what moto answers, by boto3 and by the script."""

import json
import stat
from types import SimpleNamespace

import pytest

from policygen.fetch import aws
from policygen.fetch.calls import CALLER
from tests.command import policygen
from tests.fetch.deployed import (
    AWAY,
    BACKUP,
    BOUNDARY,
    BUCKET_POLICY,
    HOME,
    INLINE,
    KEY_POLICY,
    MANAGED,
    SCP,
    SOURCE,
    TRUST,
)
from tests.fetch.shell import Shell

BUCKET = ("bucket", "source", "--profile", "source", "--destination-profile", "backup")
ACCOUNT = ("account", "--profile", "source", "--region", HOME, "--region", AWAY)


@pytest.fixture(scope="module")
def fetched(deployed, tmp_path_factory):
    """What is kept of the bucket and all that it names."""
    folder = tmp_path_factory.mktemp("bucket") / "answers"
    done = policygen("fetch", *BUCKET, "-o", folder, POLICYGEN_DEBUG="1")
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def account(deployed, tmp_path_factory):
    """What is kept of the whole account."""
    folder = tmp_path_factory.mktemp("account") / "answers"
    done = policygen("fetch", *ACCOUNT, "-o", folder, POLICYGEN_DEBUG="1")
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_a_page_of_something_between_is_noted():
    """A proxy's page instead of an answer is an answer that did not come, not a defect."""
    from botocore.parsers import ResponseParserError

    def client():
        message = "Unable to parse response, invalid XML received"
        raise ResponseParserError(message)

    answer = aws._answer(client, CALLER, {})
    assert (answer.value, answer.code) == (None, "NoAnswer")


def read(folder, *parts):
    """Return an answer."""
    return json.loads(folder.joinpath(*parts).read_text(encoding="utf-8"))


def tree(folder):
    """Return every file with what it holds, JSON as a value; without the caller, whose id is another each time."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.parent.name != "sts":
            text = path.read_text(encoding="utf-8").replace('"REPLICA"', '"PRIMARY"')  # moto says what it said last
            found[path.relative_to(folder).as_posix()] = json.loads(text) if text[0] in "{[" else text
    return found


def test_a_buckets_policy_and_settings_are_what_was_deployed(deployed, fetched):
    """The policy, versioning, encryption and replication of the bucket read back equal."""
    own = fetched / SOURCE / "s3" / "source"
    assert json.loads(read(own, "get-bucket-policy.json")["Policy"]) == BUCKET_POLICY
    assert read(own, "get-bucket-versioning.json") == {"Status": "Enabled"}
    (rule,) = read(own, "get-bucket-encryption.json")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "alias/data"
    assert read(own, "get-bucket-replication.json")["ReplicationConfiguration"]["Role"] == deployed.role


def test_a_bucket_of_another_account_is_read_with_its_profile(fetched):
    """The destination, whose rule names no account, is found in the account of the destination's profile."""
    assert read(fetched, BACKUP, "s3", "backup", "get-bucket-location.json") == {"LocationConstraint": AWAY}
    assert not (fetched / SOURCE / "s3" / "backup").exists()


def test_keys_are_read_in_their_regions(deployed, fetched):
    """The key behind the alias, its replica in the other Region, and the other account's key, each with its policy."""
    key = deployed.key.rpartition("/")[2]
    for region in (HOME, AWAY):
        found = read(fetched, SOURCE, "kms", key, region, "get-key-policy.json")
        assert json.loads(found["Policy"]) == KEY_POLICY
    other = deployed.backup_key.rpartition("/")[2]
    assert read(fetched, BACKUP, "kms", other, AWAY, "describe-key.json")["KeyMetadata"]["Arn"] == deployed.backup_key
    assert {path.name for path in (fetched / BACKUP / "kms" / other / AWAY).iterdir()} == {
        "describe-key.json",
        "get-key-policy.json",
        "list-aliases.json",
        "list-grants.json",
        "list-resource-tags.json",
    }


def test_the_role_is_read_with_its_policies_and_boundary(fetched):
    """The trust policy, the inline policy, the attached policy's default version, the boundary's."""
    iam = fetched / SOURCE / "iam"
    assert read(iam, "replication", "get-role.json")["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert read(iam, "replication", "get-role-policy.own.json")["PolicyDocument"] == INLINE
    for name, document in (("decrypt", MANAGED), ("limit", BOUNDARY)):
        found = read(iam, "policies", name, "get-policy-version.v1.json")
        assert found["PolicyVersion"]["Document"] == document


def test_policies_of_the_organization_above_the_account_are_read(deployed, fetched):
    """The account's unit and root are found upwards, and the SCP attached there."""
    own = fetched / SOURCE / "organizations"
    assert read(own, SOURCE, "list-parents.json")["Parents"][0]["Id"] == deployed.unit
    assert (own / deployed.root / "list-policies-for-target.SERVICE_CONTROL_POLICY.json").is_file()
    found = read(own, "policies", f"describe-policy.{deployed.scp}.json")
    assert json.loads(found["Policy"]["Content"]) == SCP


def test_that_there_is_none_is_kept_in_awss_words(fetched):
    """A bucket without a policy has a file with AWS's error, as the AWS CLI prints it, and nothing was refused."""
    text = (fetched / BACKUP / "s3" / "backup" / "get-bucket-policy.json").read_text(encoding="utf-8")
    assert text.startswith("An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: ")
    assert read(fetched, "not-fetched.json") == []


def test_answers_are_for_their_owner_alone(fetched):
    """Files have the mode 600, folders 700."""
    modes = {stat.S_IMODE(path.stat().st_mode) for path in fetched.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (fetched, *fetched.rglob("*")) if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_no_secret_is_kept(deployed, fetched):
    """None of the credentials stands in any file."""
    values = [line.partition(" = ")[2] for line in deployed.credentials.read_text(encoding="utf-8").splitlines()]
    secrets = [value for value in values if value]
    assert len(secrets) == 6
    kept = "".join(path.read_text(encoding="utf-8") for path in fetched.rglob("*") if path.is_file())
    assert not [value for value in secrets if value in kept]


@pytest.fixture
def refusing(monkeypatch):
    """Refuse the operations of a set, and note every call that is made."""
    found = SimpleNamespace(operations=frozenset(), made=[])
    original = aws.Aws.ask

    def ask(self, call, account, region, parameters):
        found.made.append((call.operation, account))
        if call.operation in found.operations:
            return aws.Answer(None, "AccessDenied", "An error occurred (AccessDenied) when calling it: no")
        return original(self, call, account, region, parameters)

    monkeypatch.setattr(aws.Aws, "ask", ask)
    return found


def test_a_refused_call_is_noted_and_asked_again_while_the_rest_stays(deployed, tmp_path, refusing):
    """What was refused is in not-fetched.json and on standard error; the next run asks for it and nothing else."""
    refusing.operations = frozenset({"GetBucketPolicy"})
    options = ("fetch", "account", "--only", "s3", "--profile", "source", "-o", tmp_path / "out")
    done = policygen(*options)
    file = f"{SOURCE}/s3/source/get-bucket-policy.json"
    assert done.returncode == 0
    assert done.stderr == f"warning: {file}: PG-N004 `s3api get-bucket-policy` brought no answer: AccessDenied\n"
    noted = {"call": "s3api get-bucket-policy", "file": file, "account": SOURCE, "region": HOME, "code": "AccessDenied"}
    assert read(tmp_path, "out", "not-fetched.json") == [noted]
    assert not (tmp_path / "out" / file).exists()
    refusing.made.clear()
    refusing.operations = frozenset()
    again = policygen(*options, "--format", "json")
    assert refusing.made == [("GetBucketPolicy", SOURCE)]
    assert (tmp_path / "out" / file).is_file()
    assert read(tmp_path, "out", "not-fetched.json") == []
    assert json.loads(again.stdout)["asked"] == 1
    refusing.made.clear()
    assert policygen(*options, "--refresh").returncode == 0
    assert ("GetBucketVersioning", SOURCE) in refusing.made


def test_settings_are_read_where_the_location_is_refused(deployed, tmp_path, refusing):
    """A bucket whose location may not be read is asked about in the profile's Region."""
    refusing.operations = frozenset({"GetBucketLocation"})
    done = policygen("fetch", *BUCKET, "-o", tmp_path / "out")
    assert done.returncode == 0
    assert {each["call"] for each in read(tmp_path, "out", "not-fetched.json")} == {"s3api get-bucket-location"}
    assert (tmp_path / "out" / SOURCE / "s3" / "source" / "get-bucket-policy.json").is_file()


def test_nothing_read_is_an_error(deployed, tmp_path):
    """Where nothing of the bucket could be read the exit status is 3, with the reason."""
    done = policygen("fetch", "bucket", "missing", "--profile", "source", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert f"{tmp_path / 'out'}: PG-N003 nothing could be read: AWS refused it (NoSuchBucket" in done.stderr


def test_every_profile_that_cannot_be_used_is_named(deployed, tmp_path):
    """Two profiles that do not exist are two problems, and nothing is written."""
    done = policygen("fetch", "account", "--profile", "one", "--profile", "two", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert done.stderr.count("PG-N002 the profile `") == 2
    assert not (tmp_path / "out").exists()


def test_a_whole_account_is_read_and_no_other(deployed, account):
    """Identities, buckets, keys by Region, endpoints, the organization's tree; nothing of the destination's account."""
    own = account / SOURCE
    roles = read(own, "iam", "get-account-authorization-details.json")["RoleDetailList"]
    assert [each["RoleName"] for each in roles] == ["replication"]
    assert json.loads(read(own, "s3", "source", "get-bucket-policy.json")["Policy"]) == BUCKET_POLICY
    key = deployed.key.rpartition("/")[2]
    assert {path.name for path in (own / "kms" / key).iterdir()} == {HOME, AWAY}
    assert read(own, "ec2", AWAY, "describe-vpc-endpoints.json") == {"VpcEndpoints": []}
    below = read(own, "organizations", deployed.unit, "list-accounts-for-parent.json")["Accounts"]
    assert [each["Id"] for each in below] == [SOURCE]
    assert not (account / BACKUP).exists()


@pytest.mark.parametrize(("run", "options"), [("fetched", BUCKET), ("account", ACCOUNT)], ids=["bucket", "account"])
def test_the_script_keeps_the_same_answers(deployed, tmp_path, request, run, options):
    """The script for the AWS CLI leaves the same files as the run; its second run saves nothing again."""
    script = policygen("fetch", *options, "--script").stdout
    shell = Shell(deployed, tmp_path / "shell")
    done = shell.run(script, str(tmp_path / "script"))
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(tmp_path / "script") == tree(request.getfixturevalue(run))
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "script").rglob("*.json")} == {0o600}
    shell.calls.clear()
    assert shell.run(script, str(tmp_path / "script")).returncode == 0
    assert {words[5] for words in shell.calls if "json" in words} == {"get-caller-identity"}


def test_the_script_notes_what_is_refused(deployed, tmp_path):
    """A bucket that does not exist: each call is noted with AWS's code, and the exit status is 3."""
    script = policygen("fetch", "bucket", "missing", "--profile", "source", "--script").stdout
    done = Shell(deployed, tmp_path / "shell").run(script, str(tmp_path / "out"))
    assert done.returncode == 3
    assert "not fetched: s3api get-bucket-location (NoSuchBucket): " in done.stderr
    codes = {each["call"]: each["code"] for each in read(tmp_path, "out", "not-fetched.json")}
    assert codes["s3api get-bucket-policy"] == "NoSuchBucket"
