"""The four workloads, the same in every run: policies in a suite's own words, and requests.

- w1: one replication role, its bucket and key policies, 7 to 11 context keys a request, about half implicit denies.
- w2: 50 identity policies of 20 statements with about 10 action patterns each, three levels of SCPs, a boundary.
- w3: one statement with 1,000 resource ARN patterns.
- w4: records like CloudTrail's: 200 roles with sessions, callers and actions drawn by Zipf's law.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import accumulate
from random import Random
from typing import Any

import policygen as pg

_ENVIRONMENTS = import_module(pg.Environment.__module__)  # so that every version of policygen can be measured

ACCOUNT = "111122223333"
VERSION = "2012-10-17"
Document = dict[str, Any]
Fields = dict[str, Any]
"""The arguments of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What counts for a caller or lies on a resource, as documents."""

    identity_based: list[Document] = field(default_factory=list)
    permissions_boundary: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Policies and requests.

    Attributes:
        name: w1 to w4.
        about: What it is, in one line.
        roles: What is attached to roles, by ARN.
        resources: The policy of each resource, by ARN.
        service_control: Levels of SCPs.
        size: How many requests there are in all.
        draw: Draws one request.
    """

    name: str
    about: str
    roles: dict[str, Attached]
    resources: dict[str, Document] = field(default_factory=dict)
    service_control: list[list[Document]] = field(default_factory=list)
    size: int
    draw: Any

    def fields(self, number: int, seed: int = 7) -> Iterator[Fields]:
        """Yield the arguments of ``number`` requests."""
        random = Random(seed)
        return (self.draw(random) for _ in range(number))

    def requests(self, number: int, seed: int = 7) -> list[pg.Request]:
        """Return ``number`` requests."""
        return [pg.Request(**each) for each in self.fields(number, seed)]

    def target(self) -> pg.PolicySet | pg.Environment:
        """Return the policies as policygen reads them, parsed anew: a policy set for one caller, or an environment."""
        if len(self.roles) == 1 and not self.resources:
            (attached,) = self.roles.values()
            return pg.PolicySet(
                identity_based=attached.identity_based,
                permissions_boundary=attached.permissions_boundary,
                service_control=self.service_control,
            )
        read = pg.parse_policy
        return pg.Environment(
            principals={
                arn: _ENVIRONMENTS.PrincipalPolicies(
                    identity_based=tuple(read(each, "identity") for each in attached.identity_based),
                    permissions_boundary=attached.permissions_boundary
                    and read(attached.permissions_boundary, "boundary"),
                )
                for arn, attached in self.roles.items()
            },
            resources={
                arn: _ENVIRONMENTS.ResourcePolicies(account=ACCOUNT, resource_based=(read(document, arn),))
                for arn, document in self.resources.items()
            },
            service_control=tuple(tuple(read(each, "scp") for each in level) for level in self.service_control),
        )


def role_of(fields: Fields) -> str:
    """Return the ARN of the role that asks, or whose session does."""
    principal = fields["principal"]
    return str(principal.get("role", principal["arn"]) if isinstance(principal, dict) else principal)


def holder_of(fields: Fields) -> str:
    """Return the ARN under which the policy of a request's resource stands: an object's bucket, or itself."""
    resource = str(fields["resource"])
    return resource.partition("/")[0] if resource.startswith("arn:aws:s3:::") else resource


def context_of(fields: Fields) -> dict[str, Any]:
    """Return the context with what follows from the caller: its ARN, its account, its tags."""
    principal = fields["principal"]
    tags = principal.get("tags", {}) if isinstance(principal, dict) else {}
    derived = {"aws:PrincipalArn": role_of(fields), "aws:PrincipalAccount": ACCOUNT}
    return derived | {f"aws:PrincipalTag/{key}": value for key, value in tags.items()} | fields["context"]


def by_plan(every: Iterable[Fields]) -> dict[tuple[str, str, str], list[int]]:
    """Return the numbers of requests by role, action and holder: one plan of an engine answers them all."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for number, fields in enumerate(every):
        resource = str(fields.get("resource", ""))
        holder = holder_of(fields) if resource.startswith(("arn:aws:s3:::", "arn:aws:kms:")) else ""
        found.setdefault((role_of(fields), fields["action"], holder), []).append(number)
    return found


def _policy(*statements: Document) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}


def _allow(action: Any, resource: Any, condition: Any = None, effect: str = "Allow") -> Document:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


FULL_ACCESS = _policy(_allow("*", "*"))

SOURCE, REPLICA = "arn:aws:s3:::source-bucket-name", "arn:aws:s3:::destination-bucket-name-1"
SOURCE_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
REPLICA_KEY = SOURCE_KEY.replace("us-east-1", "us-west-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/s3-replication"


def _through(service: str, context: str) -> Document:
    return {"StringLike": {"kms:ViaService": service, "kms:EncryptionContext:aws:s3:arn": context}}


def _bucket_policy(bucket: str) -> Document:
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    everybody = {"Principal": "*"}
    return _policy(
        {"Sid": "DenyWithoutTls", **everybody, **_allow("s3:*", [bucket, f"{bucket}/*"], plain, "Deny")},
        {
            "Sid": "DenyOtherEncryption",
            **everybody,
            **_allow(
                "s3:PutObject",
                f"{bucket}/*",
                {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
                "Deny",
            ),
        },
    )


def _key_policy() -> Document:
    root = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    admin = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/KeyAdmin"}}
    return _policy(
        {"Sid": "EnableIAMUserPermissions", **root, **_allow("kms:*", "*")},
        {"Sid": "Administrators", **admin, **_allow(["kms:Put*", "kms:Describe*", "kms:ScheduleKeyDeletion"], "*")},
    )


def w1() -> Workload:
    """The replication role of two buckets with SSE-KMS."""
    east, west = "s3.us-east-1.amazonaws.com", "s3.us-west-1.amazonaws.com"
    reads = [f"s3:GetObjectVersion{name}" for name in ("ForReplication", "Acl", "Tagging")]
    writes = [f"s3:Replicate{name}" for name in ("Object", "Delete", "Tags")]
    identity = _policy(
        _allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], SOURCE),
        _allow(reads, f"{SOURCE}/*"),
        _allow(writes, f"{REPLICA}/*"),
        _allow("kms:Decrypt", SOURCE_KEY, _through(east, f"{SOURCE}/key-prefix1/*")),
        _allow(["kms:Encrypt", "kms:GenerateDataKey"], REPLICA_KEY, _through(west, f"{REPLICA}/key-prefix1/*")),
    )
    shapes = (
        *((action, SOURCE, True) for action in reads),
        *((action, REPLICA, True) for action in writes),
        ("s3:ListBucket", SOURCE, False),
        ("s3:DeleteObject", SOURCE, True),
        *(("kms:Decrypt", SOURCE_KEY, False),) * 3,
        *(("kms:Encrypt", REPLICA_KEY, False),) * 3,
    )

    def draw(random: Random) -> Fields:
        action, resource, in_bucket = random.choice(shapes)
        key = f"{random.choice(('key-prefix1', 'key-prefix1', 'other'))}/{random.randrange(5000)}.txt"
        context: dict[str, Any] = {"aws:SecureTransport": "true", "aws:CurrentTime": "2026-05-01T12:00:00Z"}
        if action.startswith("kms:"):
            bucket = SOURCE if resource == SOURCE_KEY else REPLICA
            context["kms:ViaService"] = random.choice((east, west))
            context["kms:EncryptionContext:aws:s3:arn"] = f"{bucket}/{key}"
        elif in_bucket:
            bucket = random.choice((SOURCE, REPLICA)) if random.random() < 0.45 else resource
            resource = f"{bucket}/{key}"
        if random.random() < 0.5:
            context["aws:SourceIp"] = f"203.0.113.{random.randrange(250)}"
        return {
            "principal": ROLE,
            "action": action,
            "resource": resource,
            "resource_account": ACCOUNT,
            "context": context,
        }

    return Workload(
        name="w1",
        about="a replication role, its bucket and key policies",
        roles={ROLE: Attached(identity_based=[identity])},
        resources={
            SOURCE: _bucket_policy(SOURCE),
            REPLICA: _bucket_policy(REPLICA),
            SOURCE_KEY: _key_policy(),
            REPLICA_KEY: _key_policy(),
        },
        size=10_000,
        draw=draw,
    )


SERVICES = (
    "s3",
    "ec2",
    "iam",
    "sqs",
    "sns",
    "rds",
    "ecs",
    "eks",
    "ecr",
    "logs",
    "events",
    "lambda",
    "dynamodb",
    "glue",
    "athena",
    "kinesis",
    "firehose",
    "ssm",
    "cloudwatch",
    "cloudtrail",
    "config",
    "backup",
    "batch",
    "codebuild",
    "codecommit",
    "elasticache",
    "route53",
    "acm",
    "waf",
    "redshift",
    "emr",
    "states",
    "apigateway",
    "cognito-idp",
    "secretsmanager",
    "transfer",
    "workspaces",
    "xray",
)
VERBS = ("Get", "List", "Describe", "Put", "Create", "Delete", "Update", "Start", "Stop", "Tag")
NOUNS = ("Object", "Instance", "Key", "Queue", "Topic", "Table", "Function", "Role", "Cluster", "Policy", "Job", "Rule")
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1")


def _action_pattern(random: Random, service: str) -> str:
    verb, noun = random.choice(VERBS), random.choice(NOUNS)
    return f"{service}:" + random.choice(
        (f"{verb}{noun}", f"{verb}{noun}", f"{verb}*", f"*{noun}", f"{verb}{noun[:2]}*")
    )


def _resource_pattern(random: Random, service: str) -> str:
    noun = random.choice(NOUNS).lower()
    region = random.choice((*REGIONS, "*"))
    name = f"{noun}/team-{random.randrange(40)}"
    return f"arn:aws:{service}:{region}:{ACCOUNT}:" + random.choice((f"{name}-*", f"{noun}/*", name))


def _some_condition(random: Random) -> Document | None:
    return random.choice(
        (
            None,
            None,
            None,
            {"StringEquals": {"aws:RequestedRegion": random.choice(REGIONS)}},
            {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}},
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            {"StringLike": {"aws:PrincipalTag/team": ["blue*", "red"]}},
        )
    )


def _random_statement(random: Random) -> Document:
    """About ten patterns of actions of two services, on resources of these services."""
    services = random.sample(SERVICES, 2)
    resources = [_resource_pattern(random, random.choice(services)) for _ in range(random.randrange(1, 4))]
    return _allow(
        [_action_pattern(random, random.choice(services)) for _ in range(random.randrange(7, 14))],
        "*" if random.random() < 0.3 else resources,
        _some_condition(random),
        "Deny" if random.random() < 0.05 else "Allow",
    )


def _regions_policy() -> Document:
    condition = {"StringNotEquals": {"aws:RequestedRegion": list(REGIONS)}}
    return _policy({"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": condition})


def _draw_call(random: Random, principal: Any) -> Fields:
    service, verb, noun = random.choice(SERVICES), random.choice(VERBS), random.choice(NOUNS)
    region = random.choice(REGIONS)
    resource = f"arn:aws:{service}:{region}:{ACCOUNT}:{noun.lower()}/team-{random.randrange(40)}"
    if random.random() < 0.5:
        resource += f"-{random.randrange(1000)}"
    context = {
        "aws:RequestedRegion": region,
        "aws:SourceIp": f"203.0.{random.choice((113, 114))}.{random.randrange(250)}",
        "aws:SecureTransport": "true",
        "aws:MultiFactorAuthPresent": random.choice(("true", "false")),
    }
    return {"principal": principal, "action": f"{service}:{verb}{noun}", "resource": resource, "context": context}


def w2() -> Workload:
    """Many policies on one caller."""
    random = Random(2)
    policies = [_policy(*(_random_statement(random) for _ in range(20))) for _ in range(50)]
    role = f"arn:aws:iam::{ACCOUNT}:role/developer"
    caller = {"arn": role, "tags": {"team": "blue-1"}}
    busy = [_draw_call(random, caller) for _ in range(400)]

    def draw(random: Random) -> Fields:
        found = random.choice(busy)
        address = f"203.0.113.{random.randrange(250)}"
        return found | {"context": found["context"] | {"aws:SourceIp": address}}

    return Workload(
        name="w2",
        about="50 identity policies of 20 statements, three levels of SCPs, a boundary",
        roles={role: Attached(identity_based=policies, permissions_boundary=_policy(_allow("*", "*")))},
        service_control=[[FULL_ACCESS], [FULL_ACCESS, _regions_policy()], [FULL_ACCESS]],
        size=10_000,
        draw=draw,
    )


def _words(random: Random, number: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(random.choices(letters, k=random.randrange(4, 14))) for _ in range(number)]


def arn_patterns(number: int, seed: int = 3) -> list[str]:
    """Return ``number`` patterns of S3 resources: buckets, prefixes, single objects, and some with a star inside."""
    random = Random(seed)
    words = _words(random, max(50, number // 2))
    found: dict[str, None] = {}
    while len(found) < number:
        bucket = f"arn:aws:s3:::{random.choice(words)}-{random.choice(words)}"
        folder = random.choice(words)
        forms = (f"{bucket}/*", f"{bucket}/{folder}/*", f"{bucket}/{folder}*", f"{bucket}/{folder}/data.csv")
        form = random.choice(forms) if random.random() < 0.95 else f"{bucket}/*/{folder}/*.parquet"
        found[form] = None
    return list(found)


def with_arns(number: int) -> Workload:
    """Return w3 with another number of patterns."""
    patterns = arn_patterns(number)
    role = f"arn:aws:iam::{ACCOUNT}:role/reader"

    def draw(random: Random) -> Fields:
        resource = random.choice(patterns).replace("*", f"part-{random.randrange(1000)}")
        if random.random() < 0.4:
            resource = resource.replace("arn:aws:s3:::", "arn:aws:s3:::x")
        context = {"aws:SecureTransport": "true", "aws:SourceIp": f"203.0.113.{random.randrange(250)}"}
        return {
            "principal": role,
            "action": "s3:GetObject",
            "resource": resource,
            "resource_account": ACCOUNT,
            "context": context,
        }

    statement = _allow(["s3:GetObject", "s3:PutObject"], patterns)
    return Workload(
        name="w3",
        about=f"one statement with {number:,} resource ARNs",
        roles={role: Attached(identity_based=[_policy(statement)])},
        size=10_000,
        draw=draw,
    )


def w3() -> Workload:
    """One statement with 1,000 resource ARN patterns."""
    return with_arns(1000)


def _zipf(number: int) -> list[float]:
    """Cumulative weights: the n-th is drawn 1/n as often as the first."""
    return list(accumulate(1 / rank for rank in range(1, number + 1)))


def _role_policies(random: Random, calls: list[Fields]) -> list[Document]:
    """Three policies of eight statements, most of which cover some of the role's calls."""

    def statement() -> Document:
        some = random.sample(calls, 8)
        actions = [call["action"] if random.random() < 0.6 else call["action"][:-3] + "*" for call in some]
        resources = [call["resource"].rpartition("/")[0] + "/*" for call in some[:3]]
        effect = "Deny" if random.random() < 0.04 else "Allow"
        return _allow(actions, "*" if random.random() < 0.4 else resources, _some_condition(random), effect)

    return [_policy(*(statement() for _ in range(8))) for _ in range(3)]


def w4() -> Workload:
    """200 roles with about 75 kinds of calls each, and records of their calls by Zipf's law."""
    random = Random(4)
    roles = [f"arn:aws:iam::{ACCOUNT}:role/team-{number % 20}/app-{number}" for number in range(200)]
    calls = {role: [_draw_call(random, "") for _ in range(75)] for role in roles}
    attached = {
        role: Attached(
            identity_based=_role_policies(random, calls[role]),
            permissions_boundary=FULL_ACCESS if random.random() < 0.2 else None,
        )
        for role in roles
    }
    role_weights, call_weights = _zipf(len(roles)), _zipf(75)

    def draw(random: Random) -> Fields:
        (role,) = random.choices(roles, cum_weights=role_weights)
        (call,) = random.choices(calls[role], cum_weights=call_weights)
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/session-{random.randrange(25)}"
        resource = call["resource"].rpartition("-")[0] + f"-{random.randrange(600)}"
        context = call["context"] | {"aws:SourceIp": f"203.0.113.{random.randrange(250)}"}
        return call | {"principal": {"arn": session, "role": role}, "resource": resource, "context": context}

    return Workload(
        name="w4",
        about="CloudTrail-like records: 200 roles with sessions, by Zipf's law",
        roles=attached,
        service_control=[[FULL_ACCESS, _regions_policy()]],
        size=1_000_000,
        draw=draw,
    )


WORKLOADS = (w1, w2, w3, w4)
