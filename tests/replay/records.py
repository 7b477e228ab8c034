"""Random records of CloudTrail, and random policies that look at all that records tell."""

from __future__ import annotations

from random import Random
from typing import Any

import policygen as pg
from policygen.evaluation import EndpointPolicies, Grant, PrincipalPolicies, ResourcePolicies
from policygen.replay.holes import TOKENS
from tests.events.samples import ACCOUNT, BUCKET, KEY, OTHER, ROLE, SESSION, USER, of_key, of_object, record

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
OBJECTS = (
    "data/a.csv",
    "data/b.csv",
    "secret/x",
    "a b",
    "über.txt",
    "x:y",
    "",
    f"{TOKENS[1]}/x",
    "arn:aws:s3:::other/k",
    "${aws:username}/x",
)
SESSIONS = ("worker", "worker-2", "alice@example.com", "s3-replication", "i-0abc", TOKENS[1])
ADDRESSES = ("192.0.2.10", "10.1.2.3", "203.0.113.7", "2001:db8::1", "s3.amazonaws.com", "AWS Internal", "999.1.1.1")
TIMES = ("2026-11-30T09:15:00Z", "2026-01-01T00:00:00Z", "2025-06-30T23:59:59Z", "2026-02-30T00:00:00Z")
DENIED = f"User: {USER['arn']} is not authorized to perform: s3:GetObject because no identity-based policy allows the "
MESSAGES = (f"{DENIED}s3:GetObject action", "Access Denied", None)


def draw_record(random: Random) -> dict[str, Any]:
    """Return a record that AWS might write, or nearly so."""
    found = _call(random)
    found["userIdentity"] = _identity(random)
    found["eventID"] = f"{random.randrange(1 << 32):08x}"
    found["sourceIPAddress"] = random.choice(ADDRESSES)
    found["eventTime"] = random.choice(TIMES)
    for name, value in (
        ("vpcEndpointId", "vpce-1a2b3c4d"),
        ("additionalEventData", _additional(random)),
        ("userAgent", random.choice(("aws-cli/2", "[S3Console/0.4]", found["sourceIPAddress"]))),
        ("tlsDetails", None),
        ("awsRegion", "eu-west-1"),
    ):
        if random.random() < 0.2:
            found[name] = value
    if random.random() < 0.2:
        found["errorCode"] = random.choice(("AccessDenied", "NoSuchKey", "Client.UnauthorizedOperation"))
        found["errorMessage"] = random.choice(MESSAGES)
    if random.random() < 0.03:
        found[random.choice(list(found))] = random.choice((None, 7, "text", [], {"a": 1}, True))
    return found


def _additional(random: Random) -> dict[str, Any]:
    cipher = random.choice(("ECDHE-RSA-AES128-GCM-SHA256", None))
    return {"CipherSuite": cipher, "SignatureVersion": "SigV4", "x-amz-id-2": str(random.random())}


def _identity(random: Random) -> dict[str, Any]:
    name = random.choice(SESSIONS)
    session = {**SESSION, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/App/{name}"}
    session["principalId"] = random.choice((f"AROAIDPPEZS35WEXAMPLE:{name}", "AROAIDPPEZS35WEXAMPLE:other"))
    session["accessKeyId"] = f"ASIA{random.randrange(99)}"
    started = {**SESSION["sessionContext"]["attributes"], "creationDate": random.choice(TIMES)}
    session["sessionContext"] = {**SESSION["sessionContext"], "attributes": started}
    others = (
        {"type": "AWSService", "invokedBy": "s3.amazonaws.com"},
        {"type": "AWSAccount", "accountId": OTHER, "principalId": "AIDAEXAMPLE"},
        {**session, "invokedBy": "cloudformation.amazonaws.com"},
        {"type": "Root", "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "principalId": ACCOUNT},
    )
    return random.choice((USER, session, session, session, random.choice(others)))


def _with_ids(random: Random) -> dict[str, Any]:
    """Return the record of a call that names what programs made up."""
    name = random.choice(
        (
            "i-0123456789abcdef0",
            "i-01234567890123456",
            "i-0f3ffffffffffffff",
            "us-east-1",
            "job-20261130-0001",
            "AES256",
            "7" * 12,
        )
    )
    stream, key = f"2026/11/30/[$LATEST]{name}", random.choice((KEY.rpartition("/")[2], "mrk-1234abcd12ab34cd", name))
    listed = [{"type": "AWS::X::Y", "ARN": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{name}"}]
    return random.choice(
        (
            record("TerminateInstances", "ec2", requestParameters={"instancesSet": {"items": [{"instanceId": name}]}}),
            record("StopInstances", "ec2", requestParameters={"instancesSet": {}}, resources=listed),
            record("CreateLogStream", "logs", requestParameters={"logGroupName": name, "logStreamName": stream}),
            record("DescribeKey", "kms", requestParameters={"keyId": key}),
            record("GetItem", "dynamodb", requestParameters={"tableName": name, "key": {"id": name}}),
            record("AssumeRole", "sts", requestParameters={"roleArn": ROLE, "roleSessionName": name}),
            record("GetObject", requestParameters={"bucketName": BUCKET, "key": name, "versionId": name}),
            record("PutBucketTagging", requestParameters={"bucketName": name, "tagging": {"tag": [{"key": name}]}}),
            record("CreateTags", "ec2", requestParameters={"resourcesSet": {"items": [{"resourceId": name}]}}),
        )
    )


def _call(random: Random) -> dict[str, Any]:
    key = random.choice(OBJECTS)
    kind = random.randrange(8)
    if kind < 4:
        name = random.choice(("GetObject", "PutObject", "HeadObject", "DeleteObject", "PutObjectAcl"))
        more = random.choice(
            (
                {},
                {"versionId": "3"},
                {"versionId": f"3HL4kqtJ.cXroDTDmJ_rmSpXd3dIb{random.randrange(3)}"},
                {"x-amz-acl": "private"},
                {"x-amz-tagging": "a=b"},
                {"X-Amz-Date": f"20261130T10150{random.randrange(3)}Z", "uploadId": "ab1cd2ef3", "key-1": "ab1cd2ef3"},
            )
        )
        listed = {} if random.random() < 0.7 else {"resources": None}
        return of_object(name, key=key, parameters=more, **listed)
    if kind == 4:
        context = random.choice((None, {"aws:s3:arn": f"{BUCKET_ARN}/{key}"}, {"a": "1", "b": "2"}))
        return of_key(random.choice(("Decrypt", "GenerateDataKey")), {"encryptionContext": context})
    if random.random() < 0.3:
        return _with_ids(random)
    if kind == 5:
        return record("ListObjectsV2", requestParameters={"bucketName": BUCKET, "prefix": key, "list-type": "2"})
    if kind == 6:
        objects = [{"key": each} for each in random.sample(OBJECTS, random.randrange(1, 6))]
        return record("DeleteObjects", requestParameters={"bucketName": BUCKET, "delete": {"objects": objects}})
    return random.choice(
        (
            record("CopyObject", requestParameters={"bucketName": BUCKET, "key": key, "x-amz-copy-source": "other/k"}),
            record("RunInstances", "ec2", requestParameters={"imageId": "ami-1", "iamInstanceProfile": {"name": "p"}}),
            record(
                "AssumeRole", "sts", requestParameters={"roleArn": ROLE, "roleSessionName": random.choice(SESSIONS)}
            ),
            record("CreateRole", "iam", requestParameters={"roleName": "r", "tags": [{"key": "team", "value": "x"}]}),
            record("CreateFunction20150331", "lambda", requestParameters={"functionName": "f", "role": ROLE}),
            record("DeleteRole", "iam", requestParameters={"roleName": "App"}),
            record("GetSecretValue", "secretsmanager", requestParameters={"secretId": "password"}),
            record("Nothing", "unheard-of"),
            record("ConsoleLogin", "signin", eventType="AwsConsoleSignIn"),
            record(
                "GetObject",
                eventType="AwsAggregatedEvent",
                summary={"primaryDimension": {"dimension": "resourceARN", "statistics": [{"name": "x", "value": 7}]}},
            ),
        )
    )


_CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}},
    {"NumericLessThan": {"aws:EpochTime": "1780000000"}},
    {"DateLessThan": {"aws:TokenIssueTime": "2026-06-01T00:00:00Z"}},
    {"StringLike": {"aws:UserAgent": "aws-cli*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "x"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    {"StringLike": {"aws:userid": "*:worker*"}},
    {"ArnLike": {"aws:PrincipalArn": ROLE}},
    {"StringLike": {"s3:prefix": "data/*"}},
    {"StringEquals": {"s3:ExistingObjectTag/secret": "true"}},
    {"StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{BUCKET_ARN}/data/*"}},
    {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:s3:arn"]}},
    {"Null": {"aws:ViaAWSService": "true"}},
    {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
    {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringEquals": {"sts:RoleSessionName": "worker"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": "600"}},
    {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}},
    {"Null": {"aws:FederatedProvider": "true"}},
    {"StringLike": {"aws:ResourceTag/part": "a*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}},
    {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    {"ArnLike": {"ec2:SourceInstanceArn": "arn:aws:ec2:*:*:instance/*"}},
    {"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}},
    {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
    {"StringEquals": {"aws:RequestTag/team": "x"}},
)
_RESOURCES = (
    "*",
    f"{BUCKET_ARN}/*",
    f"{BUCKET_ARN}/data/*",
    f"{BUCKET_ARN}/secret/?",
    f"{BUCKET_ARN}/${{aws:username}}/*",
    f"{BUCKET_ARN}/${{aws:userid}}/*",
    BUCKET_ARN,
    KEY,
    f"arn:aws:iam::{ACCOUNT}:role/service/*",
    "arn:aws:secretsmanager:*:*:secret:password-?????",
)
_ACTIONS = (
    "*",
    "s3:*",
    "s3:GetObject*",
    "s3:PutObject",
    "kms:*",
    "iam:*",
    "s3:DeleteObject",
    "sts:AssumeRole",
    ["kms:Decrypt", "iam:Delete*", "secretsmanager:Get*"],
)
_SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:password-"


def _policy(random: Random, principal: bool = False) -> Any:
    statements = []
    for _ in range(random.randrange(1, 4)):
        found: dict[str, Any] = {"Effect": random.choice(("Allow", "Allow", "Deny")), "Action": random.choice(_ACTIONS)}
        found["Resource"] = random.choice(_RESOURCES)
        if principal:
            found["Principal"] = random.choice(("*", {"AWS": ACCOUNT}, {"AWS": ROLE}, {"AWS": USER["arn"]}))
        condition = random.choice(_CONDITIONS)
        statements.append(found | ({"Condition": condition} if condition else {}))
    return pg.parse_policy({"Version": "2012-10-17", "Statement": statements})


def draw_target(random: Random) -> pg.PolicySet | pg.Environment:
    """Return policies: a policy set, or an environment with users, roles, a bucket and a key."""
    scp = ((pg.parse_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}), _policy(random)),)
    if random.random() < 0.5:
        resource_based = [_policy(random, principal=True)] if random.random() < 0.5 else []
        levels = scp if random.random() < 0.3 else None
        identity = [_policy(random) for _ in range(random.randrange(3))]
        return pg.PolicySet(identity_based=identity, resource_based=resource_based, service_control=levels)
    if random.random() < 0.5:
        return _organization(random)
    names = random.sample((ROLE, USER["arn"]), random.randrange(3))
    resources = {
        arn: ResourcePolicies(account=random.choice((ACCOUNT, ACCOUNT, OTHER)), resource_based=(_policy(random, True),))
        for arn in random.sample((BUCKET_ARN, KEY), random.randrange(3))
    }
    principals = {arn: PrincipalPolicies(identity_based=(_policy(random),)) for arn in names}
    return pg.Environment(
        principals=principals, resources=resources, service_control=scp if random.random() < 0.3 else ()
    )


def _organization(random: Random) -> pg.Environment:
    """Return an environment that uses whatever one can hold: boundaries, tags, grants, RCPs, endpoints, trust."""

    def some(value: Any, otherwise: Any) -> Any:
        return value if random.random() < 0.5 else otherwise

    everything = pg.parse_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    trusted = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    principals = {
        arn: PrincipalPolicies(
            identity_based=(some(everything, _policy(random)), _policy(random)),
            permissions_boundary=some(_policy(random), None),
            trust_policy=pg.parse_policy({"Statement": [trusted]}) if arn == ROLE else None,
            tags=some((("team", random.choice("xy")),), ()),
        )
        for arn in (ROLE, USER["arn"])
    }
    pairs = random.choice((None, (("a", "1"), ("b", "2")), (("aws:s3:arn", f"{BUCKET_ARN}/data/a.csv"),)))
    grant = Grant(grantee=random.choice((ROLE, USER["arn"])), operations=("Decrypt",), encryption_context_equals=pairs)
    bucket = ResourcePolicies(
        account=random.choice((ACCOUNT, OTHER)),
        resource_based=(_policy(random, True),),
        tags=(("team", "x"), ("part", "a1")),
        abac=random.random() < 0.5,
        block_public_access=some({"RestrictPublicBuckets": True}, {}),
    )
    key = ResourcePolicies(
        account=ACCOUNT, resource_based=(_policy(random, True),), grants=some((grant,), ()), tags=(("part", "b"),)
    )
    secret = ResourcePolicies(account=ACCOUNT, resource_based=(_policy(random, True),))
    return pg.Environment(
        principals=principals,
        resources={BUCKET_ARN: bucket, KEY: key} | some({f"{_SECRET}a1b2c3": secret}, {}),
        service_control=some(((everything,), (everything, _policy(random))), ()),
        resource_control=some(((_policy(random, True),),), ()),
        organization_id=some("o-a1b2c3d4e5", None),
        vpc_endpoints=some({"vpce-1a2b3c4d": EndpointPolicies(policy=some(_policy(random, True), None))}, {}),
    )
