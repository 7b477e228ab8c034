"""Set-ups broken in the ways in which people break them: the one cause, the place to change, mends that work."""

import pytest

import policygen as pg
from policygen.spec.load import load_spec_text
from policygen.verification import CAUSES
from tests.verification.setups import (
    ACROSS,
    CONTEXT,
    EAST,
    REPLICA,
    ROLE,
    SOURCE,
    SOURCE_KEY,
    SPEC,
    VIA,
    WEST,
    SetUp,
    allow,
    deny,
    mended,
    policy,
    through,
)

KEYS = {"bucket_key": "true"}
PLAIN = {"objects": "[sse-kms, unencrypted]"}
OWNED = {"ownership": "bucket-owner-preferred", **ACROSS}
LOCKED = {"lock": "true"}
SOURCE_ALIAS = "arn:aws:kms:us-east-1:111122223333:alias/here"
REPLICA_ALIAS = "arn:aws:kms:us-west-1:111122223333:alias/there"
DOCUMENT, VIA_LIKE = "role", f"Condition/StringLike/{VIA}"
CONTEXT_LIKE = f"Condition/StringLike/{CONTEXT}"
WRITE, READ = "DstPutObjectNotPermitted", "SrcGetObjectNotPermitted"
REPLICA_KEY = "Destination/EncryptionConfiguration/ReplicaKmsKeyID"
SELECTION = "SourceSelectionCriteria/SseKmsEncryptedObjects/Status"


def put(name, index, element, value):
    """Return a change of one element of one statement; None takes it away."""

    def change(setup):
        found = setup.statements(name)[index]
        found.pop(element)
        if value is not None:
            found[element] = value

    return change


def without(name, index):
    """Return a change that takes one statement away."""
    return lambda setup: setup.statements(name).pop(index)


def lost(name):
    """Return a change that takes a document away."""
    return lambda setup: setup.documents.pop(name)


def new(name, *statements):
    """Return a change that writes a document anew."""
    return lambda setup: setup.documents.update({name: policy(*statements)})


def more(name, *statements):
    """Return a change that adds statements to a document."""

    def change(setup):
        setup.documents.setdefault(name, policy())
        setup.statements(name).extend(statements)

    return change


def merged(first, last, *statements):
    """Return a change that puts statements in the place of others in the role's policy."""

    def change(setup):
        setup.statements("role")[first:last] = statements

    return change


def rule(**elements):
    """Return a change of the replication rule; None takes an element away."""

    def change(setup):
        for name, value in elements.items():
            setup.rule.pop(name, None)
            if value is not None:
                setup.rule[name] = value

    return change


def destination(**elements):
    """Return a change of the rule's Destination; None takes an element away."""

    def change(setup):
        for name, value in elements.items():
            setup.rule["Destination"].pop(name, None)
            if value is not None:
                setup.rule["Destination"][name] = value

    return change


def replica_key(arn):
    """Return a change of the replica key that the rule names."""
    return destination(EncryptionConfiguration={"ReplicaKmsKeyID": arn})


def setting(name, value):
    """Return a change that adds a settings file."""
    return lambda setup: setup.documents.update({name: value})


def encryption(**rest):
    """Return a change that adds the destination's encryption as the AWS CLI prints it."""

    def change(setup):
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": rest.pop("key", setup.replica_key)}
        found = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False, **rest}
        setup.documents["replica-encryption"] = {"ServerSideEncryptionConfiguration": {"Rules": [found]}}

    return change


def old_rule(setup):
    """A rule of 2018: no Filter, no id of ours, no KMS selection."""
    found = setup.documents["configuration"]["Rules"][0]
    destination = found["Destination"]
    listed = [{"ID": "tf-2018", "Prefix": "", "Status": "Enabled", "Destination": destination}]
    setup.documents["configuration"] = {"ReplicationConfiguration": {"Role": setup.role, "Rules": listed}}


READS_OF_2017 = ["s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
WRITES = ["s3:ReplicateObject", "s3:ReplicateTags"]
EVERYTHING_OF_REPLICA = [REPLICA, f"{REPLICA}/*"]
FROM_SOURCE = "AllowReplicationFromSource"
SOURCE_ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
OLD_ROLE = {"AWS": "arn:aws:iam::111122223333:role/old-replication"}
S3 = {"Service": "s3.amazonaws.com"}
BOTH_OBJECTS = [f"{SOURCE}/*", f"{REPLICA}/*"]
OTHER_KEY = SOURCE_KEY.replace("1234abcd", "9999abcd")

BROKEN = [
    # id, cause, S3's code, options, change, document, statement, element
    ("F1-no-selection", "F1", None, {}, rule(SourceSelectionCriteria=None), "configuration", "all", SELECTION),
    ("F1-no-key", "F1", None, ACROSS, destination(EncryptionConfiguration=None), "configuration", "all", REPLICA_KEY),
    ("F1-v1-rule", "F1", None, {"markers": "true"}, old_rule, "configuration", "tf-2018", SELECTION),
    (
        "F2-source",
        "F2",
        None,
        KEYS,
        put("role", 3, "Condition", through(EAST, f"{SOURCE}/*")),
        "role",
        "#3",
        CONTEXT_LIKE,
    ),
    (
        "F2-arn-like",
        "F2",
        None,
        KEYS,
        put("role", 3, "Condition", {"StringEquals": {VIA: [EAST]}, "ArnLike": {CONTEXT: f"{SOURCE}/*"}}),
        "role",
        "#3",
        f"Condition/ArnLike/{CONTEXT}",
    ),
    (
        "F2-key-policy",
        "F2",
        None,
        KEYS | ACROSS,
        put("replica-key", 1, "Condition", through(WEST, f"{REPLICA}/*")),
        "replica-key",
        "#1",
        CONTEXT_LIKE,
    ),
    (
        "F2-one-statement",
        "F2",
        None,
        KEYS,
        merged(3, 5, allow(["kms:Decrypt", "kms:Encrypt"], "*", through("s3.*.amazonaws.com", *BOTH_OBJECTS))),
        "role",
        "#3",
        CONTEXT_LIKE,
    ),
    ("F3-source", "F3", None, {}, put("role", 3, "Condition", through(EAST, SOURCE)), "role", "#3", CONTEXT_LIKE),
    (
        "F3-mixed",
        "F3",
        None,
        {"bucket_key": "mixed"},
        put("role", 3, "Condition", through(EAST, SOURCE)),
        "role",
        "#3",
        CONTEXT_LIKE,
    ),
    (
        "F3-equals",
        "F3",
        None,
        ACROSS,
        put("role", 4, "Condition", {"StringEquals": {VIA: WEST, CONTEXT: REPLICA}}),
        "role",
        "#4",
        f"Condition/StringEquals/{CONTEXT}",
    ),
    ("F4-copied", "F4", None, {}, put("role", 4, "Condition", through(EAST, f"{REPLICA}/*")), "role", "#4", VIA_LIKE),
    (
        "F4-and-context",
        "F4",
        None,
        {},
        put("role", 4, "Condition", through(EAST, f"{SOURCE}/*")),
        "role",
        "#4",
        VIA_LIKE,
    ),
    (
        "F4-key-policy",
        "F4",
        None,
        ACROSS,
        put("replica-key", 1, "Condition", through(EAST, f"{REPLICA}/*")),
        "replica-key",
        "#1",
        VIA_LIKE,
    ),
    ("F5-missing", "F5", None, ACROSS, without("role", 3), "role", "DecryptSourceObjects", None),
    (
        "F5-action",
        "F5",
        None,
        {},
        put("role", 3, "Action", ["kms:Encrypt", "kms:GenerateDataKey"]),
        "role",
        "#3",
        "Action",
    ),
    ("F5-other-key", "F5", None, {}, put("role", 3, "Resource", [OTHER_KEY]), "role", "#3", "Resource"),
    (
        "F5-equals-with-wildcard",
        "F5",
        None,
        {},
        put("role", 3, "Condition", {"StringEquals": {VIA: EAST, CONTEXT: f"{SOURCE}/*"}}),
        "role",
        "#3",
        f"Condition/StringEquals/{CONTEXT}",
    ),
    ("F6-missing", "F6", None, ACROSS, without("role", 4), "role", "EncryptReplicasInReplica", None),
    ("F6-action", "F6", None, ACROSS, put("role", 4, "Action", ["kms:GenerateDataKey"]), "role", "#4", "Action"),
    ("F6-source-key", "F6", None, {}, put("role", 4, "Resource", [SOURCE_KEY]), "role", "#4", "Resource"),
    (
        "F7-missing",
        "F7",
        WRITE,
        ACROSS,
        without("replica-key", 1),
        "replica-key",
        "AllowDrEncryptReplicasInReplica",
        None,
    ),
    (
        "F7-own-account",
        "F7",
        WRITE,
        ACROSS,
        put("replica-key", 1, "Principal", {"AWS": "arn:aws:iam::444455556666:root"}),
        "replica-key",
        "#1",
        "Principal",
    ),
    (
        "F7-path",
        "F7",
        WRITE,
        {"path": "/service-role/", **ACROSS},
        put("replica-key", 1, "Principal", {"AWS": ROLE}),
        "replica-key",
        "#1",
        "Principal",
    ),
    ("F8-no-root", "F8", None, {}, without("source-key", 0), "source-key", "EnableIAMUserPermissions", None),
    (
        "F8-root-administers",
        "F8",
        None,
        {},
        put("source-key", 0, "Action", ["kms:Describe*", "kms:List*", "kms:Put*"]),
        "source-key",
        "Enable IAM User Permissions",
        "Action",
    ),
    (
        "F8-role-not-named",
        "F8",
        None,
        {"iam": "false"},
        without("source-key", 1),
        "source-key",
        "AllowDrDecryptSourceObjects",
        None,
    ),
    (
        "F8-misspelt-role",
        "F8",
        None,
        {"iam": "false"},
        put("source-key", 1, "Principal", {"AWS": "arn:aws:iam::111122223333:role/s3-replicatoin"}),
        "source-key",
        "#1",
        "Principal",
    ),
    ("F9-role", "F9", None, KEYS, put("role", 4, "Action", ["kms:Encrypt"]), "role", "#4", "Action"),
    (
        "F9-key-policy",
        "F9",
        None,
        KEYS | ACROSS,
        put("replica-key", 1, "Action", "kms:Encrypt"),
        "replica-key",
        "#1",
        "Action",
    ),
    ("F10-role", "F10", None, PLAIN, put("role", 4, "Action", ["kms:Encrypt"]), "role", "#4", "Action"),
    (
        "F10-key-policy",
        "F10",
        None,
        PLAIN | ACROSS,
        put("replica-key", 1, "Action", "kms:Encrypt"),
        "replica-key",
        "#1",
        "Action",
    ),
    (
        "F11-alias",
        "F11",
        None,
        ACROSS,
        replica_key("arn:aws:kms:us-west-1:444455556666:alias/aws/s3"),
        "configuration",
        "all",
        REPLICA_KEY,
    ),
    (
        "F11-default-encryption",
        "F11",
        None,
        PLAIN | ACROSS,
        encryption(key="alias/aws/s3"),
        "replica-encryption",
        None,
        "Rules/0/ApplyServerSideEncryptionByDefault/KMSMasterKeyID",
    ),
    ("F12-source-key", "F12", "DstKmsKeyNotFound", {}, replica_key(SOURCE_KEY), "configuration", "all", REPLICA_KEY),
    (
        "F13-no-arn",
        "F13",
        None,
        {},
        replica_key("0987dcba-09fe-87dc-65ba-ab0987654321"),
        "configuration",
        "all",
        REPLICA_KEY,
    ),
    ("F13-rule", "F13", None, {}, replica_key(REPLICA_ALIAS), "configuration", "all", REPLICA_KEY),
    ("F13-another-Region", "F13", None, {}, replica_key(SOURCE_ALIAS), "configuration", "all", REPLICA_KEY),
    ("F13-source", "F13", None, {}, put("role", 3, "Resource", SOURCE_ALIAS), "role", "#3", "Resource"),
    (
        "F13-merged",
        "F13",
        None,
        {},
        merged(3, 5, allow(["kms:Decrypt", "kms:Encrypt"], [SOURCE_ALIAS, REPLICA_ALIAS])),
        "role",
        "#3",
        "Resource",
    ),
    (
        "F14-replica",
        "F14",
        "DstBucketUnversioned",
        {},
        setting("replica-versioning", {"Status": "Suspended"}),
        "replica-versioning",
        None,
        "Status",
    ),
    (
        "F14-never",
        "F14",
        "DstBucketUnversioned",
        ACROSS,
        setting("replica-versioning", ""),
        "replica-versioning",
        None,
        "Status",
    ),
    (
        "F14-source",
        "F14",
        None,
        {},
        setting("source-versioning", {"Status": "Suspended"}),
        "source-versioning",
        None,
        "Status",
    ),
    ("F15-role", "F15", WRITE, OWNED, put("role", 2, "Action", WRITES), "role", "#2", "Action"),
    (
        "F15-bucket-policy",
        "F15",
        WRITE,
        OWNED,
        put("replica-policy", 0, "Action", WRITES),
        "replica-policy",
        "#0",
        "Action",
    ),
    (
        "F15-configuration",
        "F15",
        None,
        OWNED,
        destination(AccessControlTranslation=None),
        "configuration",
        "all",
        "Destination/AccessControlTranslation/Owner",
    ),
    ("F16-own-account", "F16", READ, {}, put("role", 1, "Action", READS_OF_2017), "role", "#1", "Action"),
    (
        "F16-across",
        "F16",
        READ,
        ACROSS,
        put("role", 1, "Action", ["s3:GetObject", *READS_OF_2017]),
        "role",
        "#1",
        "Action",
    ),
    (
        "F16-merged",
        "F16",
        READ,
        {},
        merged(
            0, 2, allow(["s3:ListBucket", "s3:GetReplicationConfiguration", *READS_OF_2017], [SOURCE, f"{SOURCE}/*"])
        ),
        "role",
        "#0",
        "Action",
    ),
    (
        "F17-no-policy",
        "F17",
        WRITE,
        ACROSS,
        lost("replica-policy"),
        "replica-policy",
        "AllowReplicationFromSource",
        None,
    ),
    (
        "F17-path",
        "F17",
        WRITE,
        {"path": "/service-role/", **ACROSS},
        put("replica-policy", 0, "Principal", {"AWS": ROLE}),
        "replica-policy",
        "#0",
        "Principal",
    ),
    (
        "F17-path-and-owner",
        "F17",
        WRITE,
        {"path": "/service-role/", **OWNED},
        put("replica-policy", 0, "Principal", {"AWS": ROLE}),
        "replica-policy",
        "#0",
        "Principal",
    ),
    ("F17-no-policy-and-owner", "F17", WRITE, OWNED, lost("replica-policy"), "replica-policy", FROM_SOURCE, None),
    (
        "F17-old-role",
        "F17",
        WRITE,
        ACROSS,
        put("replica-policy", 0, "Principal", OLD_ROLE),
        "replica-policy",
        "#0",
        "Principal",
    ),
    (
        "F18-endpoint",
        "F18",
        WRITE,
        ACROSS,
        more(
            "replica-policy",
            deny("s3:*", EVERYTHING_OF_REPLICA, {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}),
        ),
        "replica-policy",
        "#1",
        "Condition/StringNotEquals/aws:SourceVpce",
    ),
    (
        "F18-address",
        "F18",
        None,
        {},
        more(
            "source-policy", deny("s3:*", [SOURCE, f"{SOURCE}/*"], {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
        ),
        "source-policy",
        "#0",
        "Condition/NotIpAddress/aws:SourceIp",
    ),
    (
        "F18-not-principal",
        "F18",
        WRITE,
        ACROSS,
        more(
            "replica-policy",
            {"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE]}, "Action": "s3:*", "Resource": EVERYTHING_OF_REPLICA},
        ),
        "replica-policy",
        "#1",
        "NotPrincipal",
    ),
    (
        "F18-organization",
        "F18",
        WRITE,
        ACROSS,
        more(
            "replica-policy",
            deny("s3:*", EVERYTHING_OF_REPLICA, {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        ),
        "replica-policy",
        "#1",
        "Condition/StringNotEquals/aws:PrincipalOrgID",
    ),
    (
        "F18-encryption",
        "F18",
        WRITE,
        {},
        more(
            "replica-policy",
            deny("s3:Replicate*", f"{REPLICA}/*", {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}),
        ),
        "replica-policy",
        "#0",
        "Condition/StringNotEquals/s3:x-amz-server-side-encryption",
    ),
    ("F18-boundary", "F18", None, {}, new("boundary", allow("s3:*", "*")), "boundary", "#0", "Action"),
    (
        "F18-own-deny",
        "F18",
        WRITE,
        {},
        more("role", deny("s3:Replicate*", "*", principal=None)),
        "role",
        "#5",
        "Action",
    ),
    ("F19-list", "F19", None, {}, put("role", 0, "Resource", [f"{SOURCE}/*"]), "role", "#0", "Resource"),
    ("F19-read", "F19", READ, {}, put("role", 1, "Resource", [SOURCE]), "role", "#1", "Resource"),
    ("F19-slash", "F19", WRITE, {}, put("role", 2, "Resource", f"{REPLICA}/"), "role", "#2", "Resource"),
    (
        "F19-bucket-policy",
        "F19",
        WRITE,
        OWNED,
        put("replica-policy", 0, "Resource", [REPLICA]),
        "replica-policy",
        "#0",
        "Resource",
    ),
    (
        "F21-both",
        "F21",
        "SrcGetRetentionNotPermitted",
        LOCKED,
        put("role", 1, "Action", ["s3:GetObjectVersionForReplication", *READS_OF_2017[1:]]),
        "role",
        "#1",
        "Action",
    ),
    (
        "F21-legal-hold",
        "F21",
        "SrcGetLegalHoldNotPermitted",
        LOCKED | ACROSS,
        lambda setup: setup.statements("role")[1]["Action"].remove("s3:GetObjectLegalHold"),
        "role",
        "#1",
        "Action",
    ),
    (
        "F23-service",
        "F23",
        "AssumeRoleNotPermitted",
        {},
        put("trust", 0, "Principal", {"Service": "ec2.amazonaws.com"}),
        "trust",
        "#0",
        "Principal",
    ),
    (
        "F23-batch",
        "F23",
        "AssumeRoleNotPermitted",
        {},
        put("trust", 0, "Principal", {"Service": ["batchoperations.s3.amazonaws.com"]}),
        "trust",
        "#0",
        "Principal",
    ),
    (
        "F23-action",
        "F23",
        "AssumeRoleNotPermitted",
        {},
        put("trust", 0, "Action", "sts:AssumeRoleWithSAML"),
        "trust",
        "#0",
        "Action",
    ),
    (
        "F23-source-arn",
        "F23",
        "AssumeRoleNotPermitted",
        ACROSS,
        new("trust", allow("sts:AssumeRole", None, {"ArnLike": {"aws:SourceArn": SOURCE}}, S3)),
        "trust",
        "#0",
        "Condition/ArnLike/aws:SourceArn",
    ),
    (
        "F23-deny",
        "F23",
        "AssumeRoleNotPermitted",
        {},
        more("trust", deny("sts:AssumeRole", None, {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
        "trust",
        "#1",
        "Condition/StringNotEquals/aws:PrincipalOrgID",
    ),
    (
        "F24-empty-selection",
        "F24",
        None,
        {},
        rule(SourceSelectionCriteria={}),
        "configuration",
        "all",
        "SourceSelectionCriteria",
    ),
    ("F24-priority", "F24", None, {}, rule(Priority=None), "configuration", "all", "Priority"),
    (
        "F24-markers",
        "F24",
        None,
        ACROSS,
        rule(DeleteMarkerReplication=None),
        "configuration",
        "all",
        "DeleteMarkerReplication",
    ),
    (
        "F24-markers-with-tag",
        "F24",
        None,
        {"rule": ", tags: {dr: 'yes'}"},
        rule(Filter={"Tag": {"Key": "dr", "Value": "yes"}}, DeleteMarkerReplication={"Status": "Enabled"}),
        "configuration",
        "all",
        "DeleteMarkerReplication",
    ),
    (
        "F24-no-metrics",
        "F24",
        None,
        {"rule": ", replication_time_control: true"},
        destination(ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}),
        "configuration",
        "all",
        "Destination/Metrics",
    ),
    (
        "F24-account",
        "F24",
        None,
        OWNED,
        destination(Account="111122223333"),
        "configuration",
        "all",
        "Destination/Account",
    ),
    (
        "F25-blocked",
        "F25",
        None,
        {"objects": "[sse-kms, sse-c]"},
        encryption(BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]}),
        "replica-encryption",
        None,
        "Rules/0/BlockedEncryptionTypes/EncryptionType/0",
    ),
]


@pytest.mark.parametrize(
    ("cause", "code", "options", "change", "document", "label", "element"),
    [each[1:] for each in BROKEN],
    ids=[each[0] for each in BROKEN],
)
def test_broken_set_up(cause, code, options, change, document, label, element):
    """One cause and no other, with S3's code, document, statement and element; its mends work, all at once."""
    setup = SetUp(**options)
    assert options.get("rule") or [check.id for check in setup.verify().failures] == []
    change(setup)
    texts = setup.texts()
    report = setup.verify(texts)
    assert {check.cause for check in report.failures if check.cause} == {cause}
    first = next(check for check in report.failures if check.cause)
    place = (first.s3_failure_code, first.document, first.statement)
    assert place == (code, setup.paths[document], label)
    known = CAUSES[cause]
    assert all(check.s3_failure_code in (None, *known.s3_failure_codes) for check in report.failures if check.cause)
    assert known.words in first.detail
    assert (first.element or "").startswith(element or "")
    assert (first.element is None) is (element is None)
    assert all(check.mends for check in report.failures)
    assert [(check.id, check.detail) for check in setup.verify(mended(texts, report)).failures] == []


MISSPELT = "kms:EncryptionContext:arn:aws:arn"
NO_CAUSE = {
    "the key of AWS's troubleshooting page": (
        {},
        put("role", 3, "Condition", {"StringLike": {VIA: EAST, MISSPELT: [f"{SOURCE}/*"]}}),
        ("role", "#3", f"Condition/StringLike/{MISSPELT}", None),
        f"; S3 never sends `{MISSPELT}`: `{CONTEXT}` is meant (R53)",
    ),
    "a bucket policy for uploads": (
        ACROSS,
        put("replica-policy", 0, "Action", ["s3:PutObject"]),
        ("replica-policy", "#0", "Action", WRITE),
        "Action: names `s3:PutObject`, the request has `s3:ReplicateObject`",
    ),
    "an action that is missing where the role is named": (
        OWNED,
        put("replica-policy", 0, "Action", ["s3:ObjectOwnerOverrideToBucketOwner"]),
        ("replica-policy", "#0", "Action", WRITE),
        "names `s3:ObjectOwnerOverrideToBucketOwner`, the request has `s3:ReplicateObject`",
    ),
    "no reading at all": (
        {},
        put("role", 1, "Action", ["s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]),
        ("role", "#1", "Action", READ),
        "the request has `s3:GetObjectVersionForReplication`",
    ),
}


@pytest.mark.parametrize(("options", "change", "place", "words"), NO_CAUSE.values(), ids=NO_CAUSE)
def test_no_cause_where_none_fits(options, change, place, words):
    """What none of the causes says of this failure is told in words alone: S3's code stands beside it all the same."""
    setup = SetUp(**options)
    change(setup)
    report = setup.verify()
    assert not report.works
    assert {check.cause for check in report.failures} == {None}
    document, *rest = place
    first = report.failures[0]
    assert (first.document, first.statement, first.element, first.s3_failure_code) == (setup.paths[document], *rest)
    assert words in first.detail


def test_what_pages_of_aws_disagree_on():
    """A right that AWS's pages disagree on (R44) has no cause of F9 or F10: the spec has neither what they speak of."""
    setup = SetUp()
    text = SPEC.format(**setup.options).replace("minimal", "robust")
    report = pg.verify(load_spec_text(text, "spec.yaml"), setup.texts())
    assert report.ok
    assert {(each.request.action, each.cause) for each in report.warnings} == {
        ("kms:Decrypt", None),
        ("kms:GenerateDataKey", None),
    }
    assert all(each.detail.endswith("; AWS's pages disagree on whether S3 needs it (R44)") for each in report.warnings)


def test_a_deny_that_compares_the_key_with_its_bare_id():
    """S3 sends the ARN of the replica key: what a Deny compares it with is said to be no ARN."""
    setup = SetUp(**ACROSS)
    bare = setup.replica_key.rpartition("/")[2]
    condition = {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": bare}}
    more("replica-policy", deny("s3:ReplicateObject", f"{REPLICA}/*", condition))(setup)
    first = next(check for check in setup.verify().failures if check.cause)
    assert (first.cause, first.statement) == ("F18", "#1")
    assert first.detail.endswith(f": S3 sends the ARN of the key, which `{bare}` is not")
    condition["StringNotEquals"] = {"s3:x-amz-server-side-encryption-aws-kms-key-id": setup.replica_key}
    assert not [check for check in setup.verify().failures if check.decides_works]


FOREIGN_KEY = "id: 0987dcba-09fe-87dc-65ba-ab0987654321"


@pytest.mark.parametrize(
    "change", [("single-region, account: backup", "aws-managed, account: backup"), (", key: there", "")]
)
def test_a_replica_key_that_s3_does_not_take(change):
    """F11 says what has to change in the spec: nothing of what it says is proposed for the configuration."""
    text = SPEC.format(**SetUp(**ACROSS).options).replace(*change)
    text = text.replace(f", {FOREIGN_KEY}", "") if "aws-managed" in text else text
    report = pg.verify(load_spec_text(text, "spec.yaml"), SetUp(**ACROSS).texts())
    (failed,) = [check for check in report.failures if check.decides_works]
    assert (failed.cause, failed.fix) == ("F11", None)
    assert ": name a key of the destination's account as the rule's `replica_key`" in failed.detail


def test_the_aws_managed_key_within_one_account():
    """`alias/aws/s3` as the replica key is an alias where an ARN belongs (F13): in one account it is no foreign key."""
    setup = SetUp()
    replica_key("arn:aws:kms:us-west-1:111122223333:alias/aws/s3")(setup)
    assert {(check.cause, check.s3_failure_code) for check in setup.verify().failures} == {("F13", None)}


def test_a_rule_for_what_the_spec_leaves_out():
    """A selection and a key that the spec does not ask for are no missing half of anything (F1): it works."""
    setup = SetUp(objects="[sse-s3]")
    report = setup.verify()
    assert report.works
    assert {check.cause for check in report.failures} == {None}


def test_a_rule_that_is_off():
    """What is wrong in a rule that the spec has switched off stops nothing (F1, F13)."""
    setup = SetUp(rule=", status: disabled")
    setup.rule["Status"] = "Disabled"
    replica_key(REPLICA_ALIAS)(setup)
    failed = [check for check in setup.verify().failures if check.document == setup.paths["configuration"]]
    assert [(check.element, check.cause, check.decides_works) for check in failed] == [(REPLICA_KEY, None, False)]


def test_both_halves_missing():
    """A rule that neither selects objects under KMS nor names the key is not told that one half is missing."""
    setup = SetUp()
    rule(SourceSelectionCriteria=None)(setup)
    destination(EncryptionConfiguration=None)(setup)
    failures = setup.verify().failures
    assert {(check.cause, check.element) for check in failures} == {("F1", SELECTION), ("F1", REPLICA_KEY)}
    assert not any("half" in check.detail for check in failures)


def test_a_role_without_its_policy():
    """A file that is missing is told of; the causes that speak of a policy's contents are not named (F9, F10, F16)."""
    setup = SetUp(**KEYS, **PLAIN, **ACROSS)
    lost("role")(setup)
    failures = [check for check in setup.verify().failures if check.decides_works]
    assert {check.cause for check in failures} == {None, "F5", "F6"}
    assert all(f"{setup.paths['role']} does not exist" in check.detail for check in failures)


def unchanged(setup):
    """Change nothing."""


TWINS = {
    "across": (ACROSS, unchanged),
    "owner": (OWNED, unchanged),
    "service-role": ({"path": "/service-role/", **ACROSS}, unchanged),
    "two inline policies": (
        {},
        lambda setup: setup.documents.update(more=policy(*(setup.statements("role").pop() for _ in range(2)))),
    ),
    "other operators": (
        {},
        put("role", 3, "Condition", {"StringEquals": {VIA: EAST}, "ArnLike": {CONTEXT: f"{SOURCE}/*"}}),
    ),
    "other operators, Bucket Keys": (KEYS, put("role", 3, "Condition", {"StringEquals": {VIA: EAST, CONTEXT: SOURCE}})),
    "caller's account in the key policy": (
        ACROSS,
        lambda setup: setup.statements("replica-key")[1]["Condition"].update(
            StringEquals={"kms:CallerAccount": "111122223333"}
        ),
    ),
    "endpoints for all but the role": (
        {},
        more(
            "source-policy",
            deny(
                "s3:*",
                f"{SOURCE}/*",
                {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}, "ArnNotEquals": {"aws:PrincipalArn": ROLE}},
            ),
        ),
    ),
    "priority": ({}, rule(Priority=0)),
    "no account": (ACROSS, destination(Account=None)),
    "own account": ({}, destination(Account="111122223333")),
    "another rule id": ({}, rule(ID="terraform-20240101")),
    "empty filter": ({}, rule(Filter={})),
    "filter in And": ({}, rule(Filter={"And": {"Prefix": "", "Tags": []}})),
    "no blocked types": ({"blocked": "[sse-c]"}, encryption()),
    "key by its id": ({}, encryption(key="0987dcba-09fe-87dc-65ba-ab0987654321")),
    "empty file for no policy": ({}, setting("source-policy", "\n")),
}


@pytest.mark.parametrize(("options", "change"), TWINS.values(), ids=TWINS)
def test_working_set_up(options, change):
    """What works, and gives no more than is asked, is no error however it is written."""
    setup = SetUp(**options)
    change(setup)
    assert [(check.id, check.detail) for check in setup.verify().failures] == []


WIDE = {
    "everything of S3": ({}, more("role", allow("s3:*", "*")), "role", "#5"),
    "everything of KMS": (ACROSS, more("role", allow("kms:*", "*")), "role", "#5"),
    "s3:* for the writes": ({}, put("role", 2, "Action", "s3:*"), "role", "#2"),
    "s3:Replicate*": (ACROSS, put("role", 2, "Action", "s3:Replicate*"), "role", "#2"),
    "bucket policy with s3:*": (ACROSS, put("replica-policy", 0, "Action", "s3:*"), "replica-policy", "#0"),
    "AWS's second statement": (
        ACROSS,
        more("replica-policy", allow(["s3:List*", "s3:PutBucketVersioning"], REPLICA, principal={"AWS": ROLE})),
        "replica-policy",
        "#1",
    ),
    "an action for the source account": (
        ACROSS,
        more("replica-policy", allow("s3:GetBucketVersioning", REPLICA, None, SOURCE_ACCOUNT)),
        "replica-policy",
        "#1",
    ),
    "key policy with kms:*": (ACROSS, put("replica-key", 1, "Action", "kms:*"), "replica-key", "#1"),
    "key policy without condition": (ACROSS, put("replica-key", 1, "Condition", None), "replica-key", "#1"),
    "no condition": ({}, put("role", 3, "Condition", None), "role", "#3"),
    "any key": ({}, put("role", 3, "Resource", "*"), "role", "#3"),
    "any bucket": (ACROSS, put("role", 1, "Resource", "*"), "role", "#1"),
    "a bucket too many": ({}, put("role", 2, "Resource", [f"{REPLICA}/*", "arn:aws:s3:::acme-logs/*"]), "role", "#2"),
    "another bucket's name": ({}, put("role", 2, "Resource", f"{REPLICA}*"), "role", "#2"),
    "no ViaService": ({}, put("role", 4, "Condition", {"StringLike": {CONTEXT: f"{REPLICA}/*"}}), "role", "#4"),
    "IfExists": (
        {},
        put("role", 4, "Condition", {"StringLikeIfExists": through(WEST, f"{REPLICA}/*")["StringLike"]}),
        "role",
        "#4",
    ),
    "everybody": (ACROSS, put("replica-policy", 0, "Principal", "*"), "replica-policy", "#0"),
    "source account for the role": (
        ACROSS,
        put("replica-policy", 0, "Principal", SOURCE_ACCOUNT),
        "replica-policy",
        "#0",
    ),
}


@pytest.mark.parametrize(("options", "change", "document", "label"), WIDE.values(), ids=WIDE)
def test_too_wide(options, change, document, label):
    """What gives more than is asked fails, in one account and across, and every failure points to that statement."""
    setup = SetUp(**options)
    change(setup)
    report = setup.verify()
    found = {(check.document, check.statement, check.cause) for check in report.failures if check.element}
    assert (setup.paths[document], label, None) in found
    assert {cause for _, _, cause in found} == {None}
    assert setup.verify(mended(setup.texts(), report)).ok


def test_a_rule_that_the_spec_does_not_have():
    """A further rule that is enabled fails, with the rule disabled as its mend; a disabled one does not."""
    setup = SetUp()
    elsewhere = {
        **setup.rule,
        "ID": "elsewhere",
        "Priority": 2,
        "Destination": {**setup.rule["Destination"], "Bucket": f"{REPLICA}-2"},
    }
    setup.documents["configuration"]["Rules"].append(elsewhere)
    texts = setup.texts()
    report = setup.verify(texts)
    assert [(check.statement, check.element) for check in report.failures] == [("elsewhere", "Status")]
    assert setup.verify(mended(texts, report)).ok


def test_what_follows_from_a_cause_is_no_failure_of_its_own():
    """In a statement that lets nothing through nothing seems to be needed; what it allows unasked is told."""
    setup = SetUp()
    put("role", 4, "Condition", through(EAST, f"{REPLICA}/*"))(setup)
    found = [(check.kind.value, check.cause) for check in setup.verify().failures]
    assert found == [("must-allow", "F4"), ("excess", None)]
    assert (setup.verify().works, setup.verify().exact) == (False, False)
    setup.statements("role")[4]["Condition"] = through(WEST, f"{REPLICA}/*", "arn:aws:s3:::acme-logs/*")
    assert [(check.cause, check.element) for check in setup.verify().failures] == [(None, CONTEXT_LIKE)]


def test_the_report_says_the_cause_first(capsys):
    """One statement is one block: the cause in words at its head, the rest counted, the mend last."""
    from rich.console import Console

    from policygen.report.verification import print_report

    setup = SetUp()
    put("role", 1, "Action", READS_OF_2017)(setup)
    print_report(setup.verify(), Console(width=400), quiet=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"FAILED {setup.paths['role']}  #1  Action"
    assert lines[2].startswith(
        "  cause: F16 (SrcGetObjectNotPermitted): S3 reads with s3:GetObjectVersionForReplication;"
    )
    assert lines[3].startswith("  must be allowed: S3 reads the object version (s3:GetObjectVersionForReplication on ")
    assert lines[4:6] == [
        "  2 more of this statement may follow from it: see --format json",
        f"  mend 1: change {setup.paths['role']}:1  #1",
    ]
    assert '    +        "s3:GetObjectVersionForReplication",' in lines
    assert sum(line.startswith("FAILED") for line in lines) == 1
