"""Service principals, further statements, source keys, one role for both, SCPs of one account: what they change."""

import json

import pytest

import policygen as pg
from policygen.spec.load import load_spec_text

LOGS = """\
version: 1
accounts: {prod: "111122223333"}
organization: {id: o-a1b2c3d4e5}
keys:
  data:
    type: single-region
    region: us-east-1
    users: [{principal: delivery.logs.amazonaws.com, source_account: prod}]
buckets:
  logs:
    name: logs-b
    region: us-east-1
    encryption: {sse: "aws:kms", key: data}
    guards: {organization: true}
    readers: [role/Analyst]
    writers:
      - principal: logging.s3.amazonaws.com
        prefix: x/
        source_account: prod
        source_arn: arn:aws:s3:::source-*
"""
REPLICATED = """\
version: 1
accounts: {prod: "111122223333"}
keys:
  data: {type: multi-region, primary_region: us-east-1, replica_regions: [us-west-1]}
  old: {type: single-region, region: us-east-1, enable_iam_policies: false, administrators: [role/KeyAdmin]}
buckets:
  source:
    name: source-b
    region: us-east-1
    encryption: {sse: "aws:kms", key: data}
    readers: [{principal: role/A, prefix: a/}]
    statements:
      - {Sid: DenyDelete, Effect: Deny, Principal: "*", Action: "s3:DeleteBucket", Resource: "arn:aws:s3:::source-b"}
      - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/A"}, Action: "s3:GetObject",
         Resource: "arn:aws:s3:::source-b/*"}
  replica: {name: replica-b, region: us-west-1, encryption: {sse: "aws:kms", key: data}}
  ops: {name: ops-b, region: us-east-1}
replication:
  n:
    source: source
    role:
      name: rep
      path: /s3/
      trust: {source_account: true}
      statements:
        - {Sid: ReadSourceObjects, Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::source-b/*"}
    source_keys: [data, old]
    existing_objects: batch-replication
    batch: {role: {name: rep}, manifest_bucket: ops, report_prefix: reports/}
    rules: [{id: w, destination: replica, prefix: p/}]
"""
BUCKET = "111122223333/s3/{}/bucket-policy.json"
ROLE = "111122223333/iam/rep/{}.json"


def spec_and_documents(text):
    """Return a spec and what it generates, as plain values that a test may change."""
    spec = load_spec_text(text, "spec.yaml")
    bundle = pg.generate(spec)
    return spec, {path: json.loads(each.to_json()) for path, each in bundle.items() if path != "manifest.json"}


def statement(document, sid):
    """Return the statement of a document with a Sid."""
    (found,) = [each for each in document["Statement"] if each.get("Sid") == sid]
    return found


def failed(spec, documents):
    """Return the ids of the checks that failed."""
    return {check.id for check in pg.verify(spec, documents).failures}


@pytest.mark.parametrize("text", [LOGS, REPLICATED])
def test_what_is_generated_holds(text):
    """What the spec generates does what it asks for, and nothing else."""
    report = pg.verify(load_spec_text(text, "spec.yaml"))
    assert [check.id for check in report.failures] == []


def test_a_service_is_limited_to_its_source():
    """A service writes below its prefix for its source alone; the guards let it in, for it is in no organization."""
    _, documents = spec_and_documents(LOGS)
    policy = documents[BUCKET.format("logs")]
    assert statement(policy, "AllowWriteBelowXByLoggingS3") == {
        "Sid": "AllowWriteBelowXByLoggingS3",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs-b/x/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::source-*"},
        },
    }
    guard = statement(policy, "DenyOutsideOrganization")["Condition"]["StringNotEquals"]
    assert guard["aws:PrincipalServiceName"] == "logging.s3.amazonaws.com"
    key = documents["111122223333/kms/data/us-east-1/key-policy.json"]
    of_writer = statement(key, "AllowWritersOfLogsXByLoggingS3")
    assert (of_writer["Action"], list(of_writer["Condition"])) == (
        ["kms:GenerateDataKey", "kms:Decrypt"],
        ["StringEquals", "ArnLike"],
    )
    assert "AllowUseOfTheKeyByDeliveryLogs" in {each["Sid"] for each in key["Statement"]}


@pytest.mark.parametrize(
    ("sid", "operator", "found"),
    [
        ("AllowWriteBelowXByLoggingS3", "StringEquals", "logs/writer-1/PutObject/other-source-account"),
        ("AllowWriteBelowXByLoggingS3", "ArnLike", "logs/writer-1/PutObject/no-source-resource"),
        ("DenyOutsideOrganization", "StringNotEquals", "logs/guard/bucket-1"),
    ],
)
def test_a_service_without_its_condition(sid, operator, found):
    """Without a condition on its source a service acts for anybody; without the guard's exception it gets nowhere."""
    spec, documents = spec_and_documents(LOGS)
    condition = statement(documents[BUCKET.format("logs")], sid)["Condition"]
    del condition[operator]
    assert found in failed(spec, documents)


def test_a_guard_that_keeps_out_the_service():
    """A guard without the service's name denies what the spec gives it."""
    spec, documents = spec_and_documents(LOGS)
    guard = statement(documents[BUCKET.format("logs")], "DenyOutsideOrganization")["Condition"]["StringNotEquals"]
    del guard["aws:PrincipalServiceName"]
    assert "logs/writer-1/PutObject" in failed(spec, documents)


def test_further_statements_stand_as_they_are():
    """They come last, unchanged; a Sid of theirs is taken, and ours gets a number."""
    _, documents = spec_and_documents(REPLICATED)
    assert documents[BUCKET.format("source")]["Statement"][-2]["Sid"] == "DenyDelete"
    assert "Sid" not in documents[BUCKET.format("source")]["Statement"][-1]
    sids = [each["Sid"] for each in documents[ROLE.format("permissions-policy")]["Statement"]]
    assert (sids[1], sids[-1]) == ("ReadSourceObjects2", "ReadSourceObjects")


def test_a_further_statement_that_is_missing():
    """A document without one of the spec's own statements fails, and says which."""
    spec, documents = spec_and_documents(REPLICATED)
    policy = documents[BUCKET.format("source")]
    policy["Statement"] = [each for each in policy["Statement"] if each.get("Sid") != "DenyDelete"]
    (check,) = pg.verify(spec, documents).failures
    assert check.title == "the spec's own statement `DenyDelete` stands in the policy"
    assert check.fix["Action"] == "s3:DeleteBucket"


def test_a_further_statement_is_asked_for_and_no_other():
    """What a statement of the spec's own allows is no mistake; the same in a statement that it does not have is one."""
    spec, documents = spec_and_documents(REPLICATED)
    documents[BUCKET.format("source")]["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/A"},
            "Action": "s3:DeleteObject",
            "Resource": "arn:aws:s3:::source-b/*",
        }
    )
    assert failed(spec, documents) == {
        "source/reader-1/GetObject/unasked-DeleteObject",
        f"{BUCKET.format('source')}/#5/asked",
    }


def test_every_source_key_is_decrypted_under():
    """The role decrypts under each of the source keys, in its own policy or in the key's; without one it fails."""
    spec, documents = spec_and_documents(REPLICATED)
    old = documents["111122223333/kms/old/us-east-1/key-policy.json"]
    use = statement(old, "AllowNDecryptSourceObjectsUnderOld")
    assert use["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/s3/rep"}
    old["Statement"].remove(use)
    assert {check for check in failed(spec, documents) if check.startswith("n/")} == {"n/w/decrypt-source-old"}


def test_one_role_for_both():
    """One role has both trusts and both sets of rights; the condition is for S3 alone, and one role is made."""
    spec, documents = spec_and_documents(REPLICATED)
    first, second = documents[ROLE.format("trust-policy")]["Statement"]
    assert first["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert second == {
        "Effect": "Allow",
        "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    sids = {each["Sid"] for each in documents[ROLE.format("permissions-policy")]["Statement"]}
    assert {"ReplicateToReplica", "InitiateReplication", "WriteAndReadManifest"} <= sids
    assert [path for path in documents if path.endswith("permissions-policy.json")] == [
        ROLE.format("permissions-policy")
    ]
    texts = pg.export_to(spec, "cloudformation")
    assert sum(text.count('"AWS::IAM::Role"') for text in texts.values()) == 1
    job = documents["111122223333/s3control/n/batch-job.json"]
    assert job["RoleArn"] == "arn:aws:iam::111122223333:role/s3/rep"
    documents[ROLE.format("trust-policy")]["Statement"].remove(second)
    assert "n/batch/AssumeRole" in failed(spec, documents)


def test_control_of_one_account():
    """An SCP of one account is that account's alone, below the common levels; an engine says the same."""
    texts = {
        "all.json": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
        "deny.json": '{"Version": "2012-10-17", "Statement": [{"Sid": "NoGet", "Effect": "Deny", '
        '"Action": "s3:GetObject", "Resource": "*"}, {"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    }
    text = """\
version: 1
accounts: {prod: "111122223333", backup: "444455556666"}
organization:
  id: o-a1b2c3d4e5
  service_control: [[all.json]]
  accounts: {backup: {service_control: [[deny.json]]}}
buckets:
  a: {name: a-b, account: prod, region: us-east-1, readers: [role/R], tls_only: false}
  b: {name: b-b, account: backup, region: us-east-1, readers: [role/R], tls_only: false}
"""
    report = pg.verify(load_spec_text(text, "spec.yaml", texts.__getitem__))
    assert {check.id for check in report.failures} == {"b/reader-1/GetObject"}
    (check,) = report.failures
    assert (check.document, check.statement) == ("deny.json", "NoGet")


def test_an_engine_knows_the_accounts_levels():
    """A compiled environment asks the levels of the caller's account, and those of the resource's owner."""
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    deny = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    principals = {f"arn:aws:iam::{each}:role/R": pg.PrincipalPolicies(identity_based=(allow,)) for each in (ONE, TWO)}
    environment = pg.Environment(
        principals=principals,
        resources={f"arn:aws:s3:::b{each}": pg.ResourcePolicies(account=each) for each in (ONE, TWO)},
        accounts={TWO: pg.AccountPolicies(resource_control=((deny,),), service_control=((allow,), (allow,)))},
    )
    engine = pg.compile(environment)
    for account, allowed in ((ONE, True), (TWO, False)):
        request = pg.Request(
            principal=f"arn:aws:iam::{account}:role/R",
            action="s3:GetObject",
            resource=f"arn:aws:s3:::b{account}/k",
            resource_account=account,
        )
        assert environment.authorize(request).allowed is engine.authorize(request).allowed is allowed


def test_warnings_about_expected_requests():
    """A denial that is right by mistake is a warning of its check, in JSON too; where warnings are errors it fails."""
    requests = {
        "a typo": ("s3:GetObjct", "denied"),
        "as it is meant": ("s3:GetObject", "allowed"),
    }
    request = "{{principal: role/A, action: {!r}, resource: buckets.a/k}}"
    lines = [
        f"  - {{name: {name}, expect: {expect}, request: {request.format(action)}}}"
        for name, (action, expect) in requests.items()
    ]
    buckets = "buckets: {a: {name: a-b, region: us-east-1, readers: [role/A]}}"
    accounts = 'accounts: {prod: "111122223333"}'
    text = "\n".join(["version: 1", accounts, buckets, "expect:", *lines, ""])
    spec = load_spec_text(text, "spec.yaml")
    report = pg.verify(spec)
    found = {
        check.id: [each.code for each in check.warnings] for check in report.checks if check.id.startswith("expect")
    }
    assert found == {"expect/0": ["UNKNOWN_ACTION"], "expect/1": []}
    assert report.ok
    (warned,) = [each for each in report.to_dict()["checks"] if "warnings" in each]
    assert warned["warnings"][0]["hint"] == "did you mean `s3:GetObject`?"
    strict = pg.verify(spec, strict=True)
    assert [check.id for check in strict.failures] == ["expect/0"]


ONE, TWO = "111122223333", "444455556666"


def test_a_statement_of_ones_own_that_aws_does_not_take():
    """A further statement that AWS would refuse is no set-up that holds."""
    spec = load_spec_text(REPLICATED.replace("Sid: ReadSourceObjects", "Sid: read objects"), "spec.yaml")
    (failed,) = pg.verify(spec).failures
    assert failed.document == "111122223333/iam/rep/permissions-policy.json"
    assert "/Sid UNSUPPORTED_SID: the Sid `read objects` holds more than letters and digits; " in failed.detail
