"""Records of CloudTrail in numbers, written in columns: a few hundred roles, sessions, ids and objects that never end.

DuckDB draws them: a record follows from its number alone, so any part of them can be written at any time, as files of
CloudTrail or as Parquet with the columns of Athena's table. Roles, their sessions and objects are met as Zipf's law has
it: the share of what is met most often, next, and so on falls as 1, 1/2, 1/3. There are forty records a second.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from policygen.evaluation import Environment
from policygen.scenario import environment_in

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLES = 200
BUCKETS = 20

_SESSIONS = 50
_OBJECTS = 10**9
_A_SECOND = 40
_OF_A_FILE = 10_000
_OF_A_ROW_GROUP = 100_000
_OF_A_TABLE = 1_000_000
_ABSENT = re.compile(r'"(?:errorCode|errorMessage|accountId|resources)":null,')
"""What CloudTrail leaves out of a record where it does not apply."""


def role_arn(number: int) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/app-{number}"


def bucket_name(number: int) -> str:
    """The name of a bucket."""
    return f"amzn-s3-demo-bucket-{number}"


def environment(*, by_address: bool = False) -> dict[str, Any]:
    """The roles and buckets as an environment file states them.

    Args:
        by_address: Whether objects are read and written from the office alone, and by TLS alone.
    """
    tls = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    tls |= {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    bucket = {"account": ACCOUNT} | ({"resource_based": [_policy(tls)]} if by_address else {})
    account = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    of_key = _policy({"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"})
    return {
        "version": 1,
        "principals": {role_arn(each): {"identity_based": [_of_role(each, by_address)]} for each in range(ROLES)},
        "resources": {
            KEY: {"resource_based": [of_key]},
            **{f"arn:aws:s3:::{bucket_name(number)}": bucket for number in range(BUCKETS)},
        },
    }


def target(*, by_address: bool = False) -> Environment:
    """The same, opened."""
    return environment_in(json.dumps(environment(by_address=by_address)), "environment")


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _of_role(number: int, by_address: bool) -> dict[str, Any]:
    """The identity-based policy of a role: half of the buckets, and nothing below `secret/`."""
    names = [bucket_name((number + step) % BUCKETS) for step in range(BUCKETS // 2)]
    arns = [f"arn:aws:s3:::{name}{end}" for name in names for end in ("", "/*")]
    office = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/9"}}} if by_address else {}
    return _policy(
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:PutObject"], "Resource": arns} | office,
        {"Effect": "Allow", "Action": ["kms:Decrypt", "ec2:Describe*", "sts:*", "logs:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*/secret/*"},
    )


def write_parquet(folder: Path, records: int, *, all_differ: bool = False) -> None:
    """Write the first records as files of Parquet, of a million each.

    Args:
        folder: An empty folder.
        records: How many.
        all_differ: Whether every caller, object and address is another one, and half of the objects have a colon in
            their keys: of the records that name these, nothing is left out, and each is read on its own.
    """
    with _drawing() as connection:
        for number, start in enumerate(range(0, records, _OF_A_TABLE)):
            query = _query(_ATHENA, start, min(start + _OF_A_TABLE, records), all_differ=all_differ)
            form = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_OF_A_ROW_GROUP}"
            connection.execute(f"COPY ({query}) TO '{folder / f'{number:05}.parquet'}' ({form})")


def write_json(folder: Path, records: int, *, all_differ: bool = False) -> None:
    """Write the first records as CloudTrail does, arguments as for :func:`write_parquet`."""
    for number, text in enumerate(_files(records, all_differ=all_differ)):
        (folder / f"{number:05}.json.gz").write_bytes(gzip.compress(text.encode(), 6))


def write_both(folder: Path, records: int) -> tuple[list[Path], list[Path]]:
    """Write the first records in both ways, and return the files: CloudTrail's, and those of Parquet."""
    for name, write in (("json", write_json), ("parquet", write_parquet)):
        (folder / name).mkdir()
        write(folder / name, records)
    return sorted((folder / "json").iterdir()), sorted((folder / "parquet").iterdir())


def records(number: int) -> Iterator[dict[str, Any]]:
    """Yield the first records as values."""
    for text in _files(number, all_differ=False):
        yield from json.loads(text)["Records"]


def _files(records: int, *, all_differ: bool) -> Iterator[str]:
    with _drawing() as connection:
        for start in range(0, records, _OF_A_FILE):
            query = _query(_OWN, start, min(start + _OF_A_FILE, records), all_differ=all_differ)
            found = connection.execute(
                f"SELECT CAST(to_json({{'Records': list(each)}}) AS VARCHAR) FROM ({query}) each"
            )
            yield _ABSENT.sub("", found.fetchall()[0][0])


def _drawing() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return connection


def _query(form: str, start: int, end: int, *, all_differ: bool) -> str:
    met = {
        "session": "number" if all_differ else f"hash(role, {_zipf(3, _SESSIONS)}, second // 3600)",
        "thing": "number" if all_differ else _zipf(4, _OBJECTS),
        "address": "number" if all_differ else "hash(number, 5) % 8192",
        "between": "if(number % 2 = 0, '-', ':')" if all_differ else "'-'",
    }
    return _DRAWN.format(start=start, end=end, role=_zipf(1, ROLES), **met, **_SQL) + form.format(**_SQL)


def _drawn(of: int) -> str:
    """Return the expression for a number from 0 to 1; another one for each ``of``."""
    return f"(hash(number, {of}) / 18446744073709551616.0)"


def _zipf(of: int, most: int) -> str:
    """Return the expression for a number below ``most``: 0 most often, 1 half as often."""
    return f"CAST(floor(pow({most + 1}, {_drawn(of)})) - 1 AS BIGINT)"


_SQL = {
    "drawn_at": _drawn(2),
    "denied": f"{_drawn(6)} < 0.02",
    "key": KEY,
    "account": ACCOUNT,
    "a_second": _A_SECOND,
    "buckets": BUCKETS,
    "roles": ROLES,
}
_DRAWN = """
WITH drawn AS (
    SELECT number, number // {a_second} AS second, {role} AS role, {session} AS session, {thing} AS thing,
        {address} AS address, {drawn_at} AS drawn_at, hash(number, 7) AS one, hash(number, 8) AS other,
        {denied} AS is_denied
    FROM (SELECT range AS number FROM range({start}, {end}))
),
named AS (
    SELECT *,
        CASE WHEN drawn_at < 0.40 THEN 'GetObject' WHEN drawn_at < 0.55 THEN 'PutObject'
            WHEN drawn_at < 0.75 THEN 'Decrypt' WHEN drawn_at < 0.85 THEN 'DescribeInstances'
            WHEN drawn_at < 0.90 THEN 'DescribeTags' WHEN drawn_at < 0.95 THEN 'ListObjects'
            WHEN drawn_at < 0.98 THEN 'CreateLogStream' ELSE 'AssumeRole' END AS name,
        printf('app-%d', role) AS role_name, printf('AROA%017d', role) AS role_id,
        printf('i-%017x', session) AS session_name, printf('ASIA%016X', session) AS access_key,
        strftime(TIMESTAMP '2026-11-01' + to_seconds(second), '%Y-%m-%dT%H:%M:%SZ') AS time,
        strftime(TIMESTAMP '2026-11-01' + to_hours(second // 3600), '%Y-%m-%dT%H:%M:%SZ') AS since,
        printf('amzn-s3-demo-bucket-%d', thing % {buckets}) AS bucket,
        printf('%s/%010d/part%s%05d.parquet',
            if(thing % 97 = 96, 'secret', 'data'), thing, {between}, thing % 7) AS object,
        printf('%d.%d.%d.%d', 10 + (address >> 24), address >> 16 & 255, address >> 8 & 255, address & 255)
            AS address_text
    FROM drawn
),
called AS (
    SELECT *,
        CASE WHEN drawn_at < 0.55 OR name = 'ListObjects' THEN 's3' WHEN name = 'Decrypt' THEN 'kms'
            WHEN name = 'CreateLogStream' THEN 'logs' WHEN name = 'AssumeRole' THEN 'sts' ELSE 'ec2' END AS service,
        CASE WHEN drawn_at < 0.55 THEN json_object('bucketName', bucket, 'Host', concat(bucket, '.s3.amazonaws.com'),
                'key', object)
            WHEN name = 'Decrypt' THEN json_object('encryptionContext', json_object('aws:s3:arn',
                concat('arn:aws:s3:::', bucket)), 'encryptionAlgorithm', 'SYMMETRIC_DEFAULT')
            WHEN name = 'ListObjects' THEN json_object('bucketName', bucket, 'prefix', 'data/',
                'Host', concat(bucket, '.s3.amazonaws.com'))
            WHEN name = 'CreateLogStream' THEN json_object('logGroupName', concat('/aws/lambda/f-', role % 90),
                'logStreamName', printf('2026/11/30/[$LATEST]%016x%016x', one, other))
            WHEN name = 'AssumeRole' THEN json_object('roleArn', printf('arn:aws:iam::{account}:role/app-%d',
                (role + 1) % {roles}), 'roleSessionName', printf('job-%012x', one >> 16))
            ELSE json_object('maxResults', 100 + one % 2 * 900, 'filterSet', json_object()) END AS parameters,
        json_object('SignatureVersion', 'SigV4', 'CipherSuite', 'TLS_AES_128_GCM_SHA256', 'bytesTransferredIn', 0,
            'AuthenticationMethod', 'AuthHeader', 'x-amz-id-2',
            printf('%016x%016x%016x%016x', one, other, hash(number, 9), hash(number, 10)),
            'bytesTransferredOut', one % 10000000) AS additional,
        CASE WHEN drawn_at < 0.55 THEN [{{type: 'AWS::S3::Object', account: NULL,
                arn: concat('arn:aws:s3:::', bucket, '/', object)}},
                {{type: 'AWS::S3::Bucket', account: '{account}', arn: concat('arn:aws:s3:::', bucket)}}]
            WHEN name = 'Decrypt' THEN [{{type: 'AWS::KMS::Key', account: '{account}', arn: '{key}'}}]
            WHEN name = 'ListObjects' THEN [{{type: 'AWS::S3::Bucket', account: '{account}',
                arn: concat('arn:aws:s3:::', bucket)}}]
        END AS things,
        if(is_denied, 'AccessDenied', NULL) AS error, if(is_denied, 'Access Denied', NULL) AS message,
        printf('%s:%s', role_id, session_name) AS principal,
        printf('arn:aws:sts::{account}:assumed-role/%s/%s', role_name, session_name) AS session_arn,
        concat('arn:aws:iam::{account}:role/', role_name) AS role_arn, service IN ('s3', 'kms') AS is_data,
        '[aws-sdk-java/2.31.5 Linux/6.1 OpenJDK_64-Bit_Server_VM/17.0.15 io/sync http/Apache]' AS agent,
        printf('%016X', other) AS request, printf('%08x-%04x-4%03x-8%03x-%012x', one >> 32, one >> 16 & 65535,
            one & 4095, other >> 52, other & 281474976710655) AS id
    FROM named
)
"""
_OWN = """
SELECT '1.11' AS eventVersion,
    {{type: 'AssumedRole', principalId: principal, arn: session_arn, accountId: '{account}', accessKeyId: access_key,
        sessionContext: {{
            sessionIssuer: {{type: 'Role', principalId: role_id, arn: role_arn, accountId: '{account}',
                userName: role_name}},
            attributes: {{creationDate: since, mfaAuthenticated: 'false'}}, ec2RoleDelivery: '2.0'}}}} AS userIdentity,
    time AS eventTime, concat(service, '.amazonaws.com') AS eventSource, name AS eventName, 'us-east-1' AS awsRegion,
    address_text AS sourceIPAddress, agent AS userAgent, error AS errorCode, message AS errorMessage,
    parameters AS requestParameters, NULL AS responseElements, additional AS additionalEventData,
    request AS requestID, id AS eventID, true AS readOnly,
    list_transform(things, lambda each: {{accountId: each.account, type: each.type, ARN: each.arn}}) AS resources,
    'AwsApiCall' AS eventType, NOT is_data AS managementEvent, '{account}' AS recipientAccountId,
    if(is_data, 'Data', 'Management') AS eventCategory,
    {{tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256',
        clientProvidedHostHeader: concat(service, '.us-east-1.amazonaws.com')}} AS tlsDetails
FROM called
"""
_ATHENA = """
SELECT '1.11' AS eventversion,
    {{type: 'AssumedRole', principalid: principal, arn: session_arn, accountid: '{account}',
        invokedby: NULL::VARCHAR, onbehalfof: NULL::STRUCT(userid VARCHAR, identitystorearn VARCHAR),
        accesskeyid: access_key, username: NULL::VARCHAR, sessioncontext: {{
            attributes: {{mfaauthenticated: 'false', creationdate: since}},
            sessionissuer: {{type: 'Role', principalid: role_id, arn: role_arn, accountid: '{account}',
                username: role_name}}, ec2roledelivery: '2.0',
            webidfederationdata: NULL::STRUCT(federatedprovider VARCHAR, attributes MAP(VARCHAR, VARCHAR))}}}}
        AS useridentity,
    time AS eventtime, concat(service, '.amazonaws.com') AS eventsource, name AS eventname, 'us-east-1' AS awsregion,
    address_text AS sourceipaddress, agent AS useragent, error AS errorcode, message AS errormessage,
    CAST(parameters AS VARCHAR) AS requestparameters, NULL::VARCHAR AS responseelements,
    CAST(additional AS VARCHAR) AS additionaleventdata, request AS requestid, id AS eventid,
    list_transform(things, lambda each: {{arn: each.arn, accountid: each.account, type: each.type}}) AS resources,
    'AwsApiCall' AS eventtype, NULL::VARCHAR AS apiversion, 'true' AS readonly, '{account}' AS recipientaccountid,
    NULL::VARCHAR AS serviceeventdetails, NULL::VARCHAR AS sharedeventid, NULL::VARCHAR AS vpcendpointid,
    NULL::VARCHAR AS vpcendpointaccountid, if(is_data, 'Data', 'Management') AS eventcategory,
    {{tlsversion: 'TLSv1.3', ciphersuite: 'TLS_AES_128_GCM_SHA256',
        clientprovidedhostheader: concat(service, '.us-east-1.amazonaws.com')}} AS tlsdetails,
    strftime(TIMESTAMP '2026-11-01' + to_seconds(second), '%Y/%m/%d') AS "timestamp"
FROM called
"""
"""The columns of Athena's table that AWS documents, as far as policies or people look at them.

Source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
"""
