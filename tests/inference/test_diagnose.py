"""What `diagnose` says of files that people have: the answer, its place in them, what is inferred and assumed."""

import copy
import json
import re
from pathlib import Path

import pytest

import policygen as pg
from tests.command import policygen
from tests.inference.raw_set_ups import sample
from tests.reading.raw_outputs import raw_outputs

FAILS = Path(__file__).parent / "fails"
F2 = "F2 (with an S3 Bucket Key the encryption context is the bucket's ARN, the policy still names objects)"
SOURCE, REPLICA = "arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data-replica"
ROLE = "arn:aws:iam::111122223333:role/s3-replication"
SOURCE_KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
REPLICA_KEY = "arn:aws:kms:us-west-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321"


@pytest.fixture
def files(tmp_path):
    """Files of a set-up that works: the fixture's, its one mistake mended."""
    answers = {path.name: path.read_text() for path in FAILS.iterdir()}
    policy = json.loads(answers["role-policy.json"])
    policy["PolicyDocument"]["Statement"][3]["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"] = [SOURCE]
    return Answers(tmp_path, answers | {"role-policy.json": json.dumps(policy, indent=4)})


class Answers:
    """Answers of AWS in a folder, to be changed."""

    def __init__(self, folder, texts):
        self.folder = folder
        for name, text in texts.items():
            (folder / name).write_text(text)

    def read(self, name):
        """Return an answer."""
        return json.loads((self.folder / name).read_text())

    def write(self, name, value):
        """Write an answer."""
        (self.folder / name).write_text(value if isinstance(value, str) else json.dumps(value))

    def change(self, name, change):
        """Change an answer in place."""
        value = self.read(name)
        change(value)
        self.write(name, value)

    def rule(self, change):
        """Change the rule of the configuration."""
        self.change("acme-data-replication.json", lambda value: change(value["ReplicationConfiguration"]["Rules"][0]))

    def statements(self, change):
        """Change the statements of the role's policy."""
        self.change("role-policy.json", lambda value: change(value["PolicyDocument"]["Statement"]))

    def without(self, *names):
        """Take answers away."""
        for name in names:
            (self.folder / name).unlink()

    def diagnosed(self, **options):
        """Return the diagnosis of the one replication."""
        (found,) = pg.diagnose(self.folder, **options).replications
        return found

    def headline(self):
        """Return the first line that the command prints, without the folder's name."""
        return policygen("diagnose", self.folder).stdout.splitlines()[0].replace(f"{self.folder}/", "")


def failing(found):
    """Return the causes of what fails."""
    return {check.cause for check in found.report.failures}


# --- the answer -------------------------------------------------------------------------------------------------------


def test_the_answer_comes_first():
    """The first line says the cause, the statement to change in the user's own file, and that it was tried."""
    done = policygen("diagnose", "tests/inference/fails")
    where = "tests/inference/fails/role-policy.json:36"
    assert done.stdout.splitlines()[0] == f"fails because {F2}: change statement `#3` of {where}; tried"
    assert f"  mend 1: change {where}  #3\n" in done.stdout
    assert (done.returncode, done.stderr) == (1, "next: policygen diagnose tests/inference/fails --mend mended\n")


def test_it_works(files):
    """A set-up that works is one word, and exit status 0; asked exactly, it allows no more than is needed."""
    done = policygen("diagnose", files.folder, "--quiet")
    assert (done.returncode, done.stdout) == (0, "works\n")
    exact = policygen("diagnose", files.folder, "--quiet", "--exact")
    assert (exact.returncode, exact.stdout) == (0, "works; nothing more than was asked is allowed\n")


def test_more_than_is_needed(files):
    """What works and allows more is exit status 0, and 1 where it is asked exactly."""
    files.statements(lambda listed: listed.append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    assert policygen("diagnose", files.folder).returncode == 0
    done = policygen("diagnose", files.folder, "--exact")
    assert done.returncode == 1
    assert done.stdout.startswith("works; it allows more than was asked\n")


def test_a_rule_that_is_disabled(files):
    """Where every rule is disabled nothing replicates, whatever the policies say."""
    files.rule(lambda rule: rule.update(Status="Disabled"))
    assert files.headline() == "fails: every rule of the configuration is disabled, so nothing replicates"
    assert policygen("diagnose", files.folder).returncode == 1


def test_a_key_that_is_disabled(files):
    """What no mend of a document helps says in the first line what does."""
    metadata = {"KeyId": REPLICA_KEY[-36:], "Arn": REPLICA_KEY, "AWSAccountId": "111122223333", "KeyState": "Disabled"}
    files.write("key.json", {"KeyMetadata": metadata})
    enable = f"aws kms enable-key --region us-west-1 --key-id {REPLICA_KEY}"
    assert files.headline().endswith(f"): DescribeKey says KeyState `Disabled`: {enable}; no mend is known")


# --- JSON and Python --------------------------------------------------------------------------------------------------


def test_json_is_verifys_with_what_was_inferred():
    """The JSON of one replication is verify's report, `inferred` and `assumed`; documents are the user's files."""
    value = json.loads(policygen("diagnose", "tests/inference/fails", "--format", "json").stdout)
    assert list(value) == [
        *("ok", "works", "exact", "documents_from", "version", "checks", "mends", "documents", "inferred", "assumed")
    ]
    failed = next(check for check in value["checks"] if not check["passed"])
    assert failed["document"] == "tests/inference/fails/role-policy.json"
    assert (failed["cause"], failed["statement"], failed["line"]) == ("F2", "#3", 36)
    assert value["mends"][0]["document"] == "tests/inference/fails/role-policy.json"
    inferred = {each["field"]: each for each in value["inferred"]}
    assert inferred["buckets.acme-data.encryption.bucket_key"] == {
        "field": "buckets.acme-data.encryption.bucket_key",
        "value": "true",
        "from": "tests/inference/fails/acme-data-encryption.json:"
        "/ServerSideEncryptionConfiguration/Rules/0/BucketKeyEnabled",
    }
    files = {each["file"] for each in value["documents"]}
    assert {None, "tests/inference/fails/role.json"} < files


def test_several_replications(files):
    """Several replications are judged one by one, each under the names of its sources; `--source` picks one."""
    other = copy.deepcopy(files.read("acme-data-replication.json"))
    other["ReplicationConfiguration"]["Rules"][0]["Status"] = "Disabled"
    files.write("other-bucket-replication.json", other)
    files.write("other-bucket-policy.json", {"Policy": json.dumps(_allowing("arn:aws:s3:::other-bucket"))})
    done = policygen("diagnose", files.folder)
    assert done.stdout.splitlines()[0] == "acme-data: works"
    assert done.stdout.splitlines()[1].startswith("other-bucket: fails because not allowed: S3 reads the repl")
    assert done.returncode == 1
    value = json.loads(policygen("diagnose", files.folder, "--format", "json").stdout)
    assert [each["sources"] for each in value["replications"]] == [["acme-data"], ["other-bucket"]]
    assert (value["ok"], value["works"], value["exact"]) == (False, False, None)
    assert policygen("diagnose", files.folder, "--source", "acme-data", "-q").stdout == "works\n"
    refused = policygen("diagnose", files.folder, "--spec-out", files.folder / "spec.yaml")
    assert refused.returncode == 2
    assert "pick one with --source (acme-data, other-bucket)" in refused.stderr


def _allowing(bucket):
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:ListBucket", "Resource": bucket}
    return {"Version": "2012-10-17", "Statement": [statement]}


# --- what is written --------------------------------------------------------------------------------------------------


def test_the_spec_is_written_with_its_sources(files, tmp_path):
    """`--spec-out` writes a spec that verify reads: the same answer; it never overwrites."""
    target = tmp_path / "out" / "spec.yaml"
    assert policygen("diagnose", FAILS, "--spec-out", target).returncode == 1
    text = target.read_text()
    assert '      bucket_key: "true"  # ' in text
    assert "# assumed: no answer of get-bucket-ownership-controls for acme-data" in text
    spec = pg.load_spec(target)
    assert (spec.replication[0].role.arn, spec.keys[0].arn("us-east-1")) == (ROLE, SOURCE_KEY)
    again = policygen("diagnose", FAILS, "--spec-out", target)
    assert (again.returncode, again.stdout) == (2, "")
    assert "is there already" in again.stderr


def test_the_mended_documents_work(tmp_path):
    """`--mend` writes the documents laid out, what was assumed left out; diagnosed again, they work."""
    mended = tmp_path / "mended"
    assert policygen("diagnose", FAILS, "--mend", mended).returncode == 1
    names = sorted(path.relative_to(mended).as_posix() for path in mended.rglob("*.json"))
    assert names == [
        "111122223333/iam/s3-replication/policy-replication.json",
        "111122223333/iam/s3-replication/role.json",
        "111122223333/s3/acme-data-replica/encryption.json",
        "111122223333/s3/acme-data-replica/versioning.json",
        "111122223333/s3/acme-data/encryption.json",
        "111122223333/s3/acme-data/replication-configuration.json",
        "111122223333/s3/acme-data/versioning.json",
    ]
    assert policygen("diagnose", mended, "-q").stdout == "works\n"


# --- what is not there ------------------------------------------------------------------------------------------------


def test_no_configuration(files):
    """Without a replication configuration one sentence says what was read, and what reads the missing answer."""
    files.without("acme-data-replication.json")
    done = policygen("diagnose", files.folder)
    told = "PG-C001 no replication configuration was read: 3 files tell of the buckets `acme-data`, `acme-data-replica`"
    assert told.partition("3 files")[0] in done.stderr
    assert "`aws s3api get-bucket-replication --bucket acme-data`" in done.stderr
    assert (done.returncode, done.stdout) == (3, "")


def test_aws_says_that_there_is_no_configuration(files):
    """The saved answer that there is none is said to be AWS's."""
    code = "ReplicationConfigurationNotFoundError"
    text = f"An error occurred ({code}) when calling the GetBucketReplication operation: there is none"
    files.write("acme-data-replication.json", text)
    done = policygen("diagnose", files.folder)
    assert "PG-C001 `acme-data` has no replication configuration: that is what AWS answered" in done.stderr
    assert done.returncode == 3


def test_another_source_is_asked_for(files):
    """A bucket without a configuration among others: those that have one are named."""
    done = policygen("diagnose", files.folder, "--source", "acme")
    assert done.stderr == (
        "PG-C001 no replication configuration of `acme` was read\n"
        "  hint: there is one of the bucket `acme-data`: --source acme-data\n"
    )
    assert done.returncode == 3


def test_a_configuration_of_which_nothing_tells(tmp_path):
    """Whose a configuration is that stands alone, `--source` says; a policy of its role does as well."""
    answers = Answers(tmp_path, {"out.json": (FAILS / "acme-data-replication.json").read_text()})
    done = policygen("diagnose", tmp_path)
    assert "out.json:1:1: PG-C001 nothing tells of which bucket this replication configuration is\n" in done.stderr
    assert "  hint: say it: `--source BUCKET`\n" in done.stderr
    told = policygen("diagnose", tmp_path, "--source", "acme-data")
    again = f"policygen diagnose {tmp_path} --source acme-data --mend mended"
    assert (told.returncode, told.stderr) == (1, f"next: {again}\n")
    assert told.stdout.splitlines()[0].endswith("; not read: every policy of the role s3-replication")
    answers.write("policy.json", (FAILS / "role-policy.json").read_text())
    assert pg.diagnose(tmp_path).replications[0].sources == ("acme-data",)


def test_a_file_that_cannot_be_read(files):
    """What can be read is judged all the same; exit status 3 wins."""
    files.write("broken.json", "{")
    done = policygen("diagnose", files.folder, "-q")
    assert (done.returncode, done.stdout) == (3, "works\n")
    assert "broken.json:1:2: PG-F006" in done.stderr
    with pytest.raises(pg.DocumentError, match="PG-F006"):
        pg.diagnose(files.folder)


def test_what_is_assumed_is_said_with_the_call_that_reads_it(files):
    """Settings and key policies that were not read are taken to be right, and said; policies of buckets to be none."""
    assert [each.partition("; fetch")[0] for each in files.diagnosed().assumed][:2] == [
        "no answer of get-bucket-ownership-controls for acme-data: assumed to be bucket owner enforced",
        "no answer of get-public-access-block for acme-data: assumed to be on",
    ]
    files.without("acme-data-policy.txt", "acme-data-versioning.json")
    found = files.diagnosed()
    assert found.works
    assert (
        "no answer of get-bucket-policy for acme-data: assumed there is none; fetch it with "
        "`aws s3api get-bucket-policy --bucket acme-data > acme-data-get-bucket-policy.json`" in found.assumed
    )
    assert any(each.startswith("no answer of get-bucket-versioning for acme-data: assumed") for each in found.assumed)


def test_policies_that_are_named_and_not_read(files):
    """A policy whose text was not read is said in the first line: it may allow what fails."""
    files.without("role-policy.json")
    files.write("s3-replication-policies.json", {"PolicyNames": ["replication"]})
    assert (
        policygen("diagnose", files.folder, "--source", "acme-data")
        .stdout.splitlines()[0]
        .endswith("; not read: the inline policy replication of the role s3-replication")
    )


# --- what is inferred -------------------------------------------------------------------------------------------------


def spec_of(files):
    """Return the inferred spec's bucket, rule and replication."""
    spec = files.diagnosed().spec
    replication = spec["replication"]["replication"]
    return spec["buckets"]["acme-data"], replication["rules"][0], replication


def test_the_configuration_is_what_is_meant(files):
    """A role's policy that names another key is a cause of failure, and never makes the spec."""
    other = SOURCE_KEY.replace("1234abcd", "9999abcd")
    files.statements(lambda listed: listed[3].update(Resource=[other]))
    found = files.diagnosed()
    assert failing(found) == {"F5"}
    assert SOURCE_KEY[-36:] in {key["id"] for key in found.spec["keys"].values()}
    assert other[-36:] not in {key["id"] for key in found.spec["keys"].values()}


def test_a_key_that_the_rule_does_not_name_is_the_destinations(files):
    """Where the rule lacks what is needed, the spec has what makes it work (F1)."""
    files.rule(lambda rule: rule["Destination"].pop("EncryptionConfiguration"))
    found = files.diagnosed()
    assert failing(found) == {"F1"}
    assert "replica_key" not in spec_of(files)[1]


def test_the_options_of_a_rule(files):
    """Filter, tags, what is left out, priority, markers, RTC, storage class and modifications are the rule's."""

    def change(rule):
        left_out = {"Or": {"Prefixes": ["data/tmp/"], "Tags": [{"Key": "keep", "Value": "no"}]}}
        rule["Filter"] = {"And": {"Prefix": "data/", "Not": left_out}}
        rule["Priority"] = 7
        rule["SourceSelectionCriteria"]["ReplicaModifications"] = {"Status": "Enabled"}
        timed = {"Status": "Enabled", "Time": {"Minutes": 15}}
        metrics = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
        rule["Destination"] |= {"StorageClass": "STANDARD_IA", "ReplicationTime": timed, "Metrics": metrics}

    files.rule(change)
    assert spec_of(files)[1] == {
        "id": "all",
        "destination": "acme-data-replica",
        "prefix": "data/",
        "exclude": {"prefixes": ["data/tmp/"], "tags": {"keep": "no"}},
        "priority": 7,
        "replica_modifications": True,
        "replication_time_control": True,
        "storage_class": "STANDARD_IA",
    }


def test_a_rule_without_filter_replicates_delete_markers(files):
    """A rule of 2018 is a V1 rule: it has no Filter, and replicates delete markers (R61)."""
    files.rule(lambda rule: [rule.pop(name) for name in ("Filter", "Priority", "DeleteMarkerReplication")])
    files.rule(lambda rule: rule.update(Prefix="data/"))
    assert spec_of(files)[1] | {"id": ""} == {
        "id": "",
        "destination": "acme-data-replica",
        "prefix": "data/",
        "delete_markers": True,
    }


def test_the_aws_managed_key(files):
    """A destination under `aws/s3`, in the same account: its key is AWS's own, and an alias is no ARN (F13)."""
    alias = "arn:aws:kms:us-west-1:111122223333:alias/aws/s3"
    files.rule(lambda rule: rule["Destination"].update(EncryptionConfiguration={"ReplicaKmsKeyID": alias}))
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    files.write("acme-data-replica-encryption.json", {"ServerSideEncryptionConfiguration": {"Rules": [default]}})
    found = files.diagnosed()
    assert failing(found) == {"F13"}
    assert found.spec["keys"]["aws-s3-us-west-1"]["type"] == "aws-managed"


def test_both_contexts_are_a_bucket_key_that_came_later(files):
    """A statement that asks for the bucket's and the objects' context says that Bucket Keys came later (R48)."""
    both = [SOURCE, f"{SOURCE}/*"]
    context = "kms:EncryptionContext:aws:s3:arn"
    files.statements(lambda listed: listed[3]["Condition"]["StringLike"].update({context: both}))
    files.statements(lambda listed: listed[4]["Condition"]["StringLike"].update({context: [REPLICA, f"{REPLICA}/*"]}))
    assert spec_of(files)[0]["encryption"]["bucket_key"] == "mixed"
    assert files.diagnosed(exact=True).ok


def test_what_a_bucket_policy_shows(files):
    """Guards, uploads, readers and writers are a spec's where a statement says as much as one that a spec makes."""
    everything = [SOURCE, f"{SOURCE}/*"]
    analyst = {"AWS": "arn:aws:iam::111122223333:role/Analyst"}
    sse = "s3:x-amz-server-side-encryption"

    def deny(condition, action="s3:*", resource=everything):
        head = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
        return head | {"Condition": condition}

    statements = [
        deny({"Bool": {"aws:SecureTransport": "false"}}),
        deny({"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        deny({"StringNotEquals": {sse: "aws:kms"}}, "s3:PutObject", f"{SOURCE}/*"),
        deny({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        {"Effect": "Allow", "Principal": analyst, "Action": "s3:GetObject", "Resource": f"{SOURCE}/in/*"},
        {
            "Effect": "Allow",
            "Principal": analyst,
            "Action": "s3:ListBucket",
            "Resource": SOURCE,
            "Condition": {"StringLike": {"s3:prefix": "in/*"}},
        },
        {"Effect": "Allow", "Principal": analyst, "Action": "s3:PutObject", "Resource": f"{SOURCE}/out/*"},
    ]
    files.without("acme-data-policy.txt")
    policy = {"Version": "2012-10-17", "Id": "own", "Statement": statements}
    files.write("policy.json", {"Policy": json.dumps(policy)})
    bucket = spec_of(files)[0]
    assert bucket["encryption"]["enforce"] == "header-required"
    assert {name: bucket[name] for name in ("tls_only", "minimum_tls_version", "policy_id", "readers", "writers")} == {
        "tls_only": True,
        "minimum_tls_version": "1.2",
        "policy_id": "own",
        "readers": [{"principal": analyst["AWS"], "prefix": "in/"}],
        "writers": [{"principal": analyst["AWS"], "prefix": "out/"}],
    }
    assert "guards" not in bucket


def test_administrators_and_a_key_without_the_account(files):
    """A key policy that names administrators and the role, and not the account, leaves nothing to IAM policies (K2)."""
    admin = {"AWS": "arn:aws:iam::111122223333:role/Admin"}
    manage = [f"kms:{each}" for each in ("Create*", "Describe*", "Enable*", "Put*", "Schedule*", "Tag*")]
    via = {"StringLike": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": SOURCE}}
    role = {"Principal": {"AWS": ROLE}, "Action": "kms:Decrypt", "Resource": "*", "Condition": via}
    statements = [
        {"Effect": "Allow", "Principal": admin, "Action": manage, "Resource": "*"},
        {"Effect": "Allow", **role},
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    files.write(f"{SOURCE_KEY[-36:]}.json", {"Policy": json.dumps(policy), "PolicyName": "default"})
    files.write("key.json", {"KeyMetadata": {"KeyId": SOURCE_KEY[-36:], "Arn": SOURCE_KEY}})
    found = files.diagnosed()
    assert found.works
    assert found.spec["keys"]["source-key"]["administrators"] == [admin["AWS"]]
    assert found.spec["keys"]["source-key"]["enable_iam_policies"] is False


def test_what_no_spec_can_describe(files):
    """A set-up that no spec describes is a problem with the field's place, and no traceback."""
    files.rule(lambda rule: rule["Destination"].update(StorageClass="COLD"))
    done = policygen("diagnose", files.folder)
    assert "PG-C003 the replication of `acme-data` cannot be judged: " in done.stderr
    assert "/Rules/0/Destination/StorageClass)" in done.stderr
    assert done.returncode == 3


def test_a_bucket_whose_encryption_was_not_read(files):
    """What policies ask of the encryption context says whether a bucket has a Bucket Key, where no answer does."""
    files.without("acme-data-encryption.json", "acme-data-replica-encryption.json")
    found = files.diagnosed()
    assert found.works
    for name, key in (("acme-data", "source-key"), ("acme-data-replica", "replica-key")):
        assert found.spec["buckets"][name]["encryption"] == {"sse": "aws:kms", "key": key, "bucket_key": "true"}
        assert any(each.startswith(f"no answer of get-bucket-encryption for {name}: assumed") for each in found.assumed)


def test_a_rule_without_an_id(files):
    """A rule that has no id is called by its place."""
    files.rule(lambda rule: rule.pop("ID"))
    assert spec_of(files)[1]["id"] == "rule-1"


def test_an_scp_that_was_read_is_judged(tmp_path):
    """An SCP above the role's account that denies it is the cause, named by its file (F18)."""
    spec, texts = sample("guarded-buckets")
    outputs = raw_outputs(spec, texts, seed=2, fetched=True)
    name = next(path for path, text in outputs.items() if "describe-policy" in path and "LeaveOrganization" in text)
    denied = outputs[name].replace("organizations:LeaveOrganization", "s3:Replicate*")
    for path, text in (outputs | {name: denied}).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (found,) = pg.diagnose(tmp_path).replications
    failed = {(check.cause, check.request.action) for check in found.report.failures}
    assert ("F18", "s3:ReplicateObject") in failed
    assert any(name in check.detail for check in found.report.failures)


def test_what_has_no_mend_is_said_beside_what_was_tried(tmp_path):
    """That mends were tried does not say that they are enough, where a key cannot be used at all."""
    answers = {path.name: path.read_text() for path in FAILS.iterdir()}
    metadata = {"Arn": SOURCE_KEY, "KeyId": SOURCE_KEY.rpartition("/")[2], "KeyUsage": "ENCAPSULATE_DECAPSULATE"}
    described = json.dumps({"KeyMetadata": metadata | {"KeySpec": "ML_KEM_768", "KeyState": "Enabled"}})
    given = Answers(tmp_path, answers | {"describe-key.json": described})
    assert (
        policygen("diagnose", given.folder, "-q").stdout.splitlines()[0].endswith("; tried; no mend is known for F12")
    )


def test_what_was_not_read_is_read_by_the_commands(files):
    """Each command that is told, run in the folder, leaves an answer that is no longer missing."""
    answers = {
        "get-bucket-ownership-controls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        "get-public-access-block": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
        "get-key-policy": {"Policy": json.dumps({"Version": "2012-10-17", "Statement": []}), "PolicyName": "default"},
    }
    told = json.loads(policygen("diagnose", files.folder, "--format", "json").stdout)["assumed"]
    commands = [re.search(r"`aws \S+ (\S+) .* > (\S+)`", each) for each in told if "fetch it with" in each]
    assert len(commands) >= 3
    for found in commands:
        files.write(found[2], answers[found[1]])
    told = json.loads(policygen("diagnose", files.folder, "--format", "json").stdout)["assumed"]
    assert [each for each in told if "fetch it with" in each] == []
