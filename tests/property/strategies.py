"""Random policies and requests that often match each other.

A :class:`Maker` draws everything from one ``random.Random``: under hypothesis that is a source hypothesis controls (so
that it can shrink), in the nightly run an ordinary seeded one. The alphabets are small on purpose: a policy value is
mostly the request's own value, whole, cut with a wildcard, or spelled with a variable. What AWS leaves open (several
values under a plain operator, incomplete ARNs outside identity-based policies …) is not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

OWN, OTHER, MANAGEMENT = "111122223333", "444455556666", "999999999999"
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/accounts.example.com"
ROLE = f"arn:aws:iam::{OWN}:role/team/Worker"
LINKED = f"arn:aws:iam::{OWN}:role/aws-service-role/s3.amazonaws.com/Linked"
SESSION = {"arn": f"arn:aws:sts::{OWN}:assumed-role/Worker/ana", "role": ROLE, "unique_id": "AROAEXAMPLE"}
FEDERATED = {"arn": f"arn:aws:sts::{OWN}:federated-user/Fay", "user": f"arn:aws:iam::{OWN}:user/ana"}
PRINCIPALS: tuple[Any, ...] = (
    f"arn:aws:iam::{OWN}:user/ana",
    {"arn": f"arn:aws:iam::{OWN}:user/team/ana", "unique_id": "AIDAEXAMPLE", "tags": {"team": "blue", "Cost": "*"}},
    f"arn:aws:iam::{OTHER}:user/ana",
    ROLE,
    SESSION,
    SESSION | {"tags": {"team": "red"}},
    f"arn:aws:sts::{OTHER}:assumed-role/Worker/ana",
    FEDERATED,
    f"arn:aws:sts::{OTHER}:federated-user/Fay",
    f"arn:aws:iam::{OWN}:root",
    f"arn:aws:iam::{OTHER}:root",
    {"arn": f"arn:aws:sts::{OWN}:assumed-role/Linked/s3", "role": LINKED},
    "s3.amazonaws.com",
    "anonymous",
    f"arn:aws-cn:iam::{OWN}:user/ana",
)
TARGETS = {
    "s3": (
        ("GetObject", "PutObject", "ListBucket", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
        ("arn:aws:s3:::logs", "arn:aws:s3:::logs/blue/a.txt", "arn:aws:s3:::logs/ana/x*y", "arn:aws:s3:::logs-2/ana"),
    ),
    "kms": (
        ("Decrypt", "Encrypt", "DescribeKey", "PutKeyPolicy", "CreateGrant", "RetireGrant", "GenerateDataKey"),
        (f"arn:aws:kms:us-east-1:{OWN}:key/mrk-1", f"arn:aws:kms:eu-west-1:{OTHER}:key/mrk-1"),
    ),
    "sts": (
        ("AssumeRole", "TagSession", "SetSourceIdentity"),
        (f"arn:aws:iam::{OWN}:role/team/Worker", f"arn:aws:iam::{OTHER}:role/Target", LINKED),
    ),
    "sqs": (
        ("SendMessage", "ReceiveMessage"),
        (f"arn:aws:sqs:us-east-1:{OWN}:jobs", f"arn:aws:sqs:us-east-1:{OTHER}:jobs"),
    ),
    "dynamodb": (("GetItem", "PutItem"), (f"arn:aws:dynamodb:us-east-1:{OWN}:table/jobs",)),
    "ecr": (
        ("BatchGetImage", "PutImage"),
        (f"arn:aws:ecr:us-east-1:{OWN}:repository/app", f"arn:aws:ecr:us-east-1:{OTHER}:repository/app"),
    ),
    "iam": (("GetRole", "PassRole"), (f"arn:aws:iam::{OWN}:role/team/Worker",)),
}
WITHOUT_RESOURCE = (
    "kms:ListKeys",
    "s3:ListAllMyBuckets",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "sts:GetFederationToken",
)
STRINGS: dict[str, tuple[str, ...]] = {
    "aws:username": ("ana", "Ana", "bob"),
    "aws:userid": ("AIDAEXAMPLE", "AROAEXAMPLE:ana", OWN),
    "aws:PrincipalAccount": (OWN, OTHER, "anonymous"),
    "aws:PrincipalType": ("User", "AssumedRole", "Account"),
    "aws:PrincipalTag/team": ("blue", "red", "Blue", ""),
    "aws:RequestTag/Team": ("blue", "red", "*"),
    "aws:ResourceAccount": (OWN, OTHER),
    "aws:RequestedRegion": ("us-east-1", "us-west-2", "eu-west-1"),
    "kms:CallerAccount": (OWN, OTHER),
    "kms:ViaService": ("s3.us-east-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"),
    "kms:EncryptionContext:app": ("web", "Web", "batch"),
    "s3:prefix": ("", "home/", "home/ana/"),
    "sts:SourceIdentity": ("ana", "bob"),
}
ARNS = {
    "aws:PrincipalArn": (f"arn:aws:iam::{OWN}:user/ana", ROLE, f"arn:aws:iam::{OWN}:root"),
    "aws:SourceArn": ("arn:aws:s3:::logs", f"arn:aws:sns:us-east-1:{OWN}:topic"),
}
LISTS = {
    "aws:TagKeys": ("env", "Env", "team"),
    "kms:EncryptionContextKeys": ("app", "App", "tenant"),
    "kms:GrantOperations": ("Decrypt", "Encrypt", "CreateGrant"),
}
BOOLEANS = ("aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService", "aws:ViaAWSService")
NUMBERS = ("1", "2.5", "10", "10.0")
DATES = ("2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "1767225600", "2027-06-30T12:00:00.5Z", "2026-01-01")
ADDRESSES = ("203.0.113.7", "198.51.100.1", "10.1.2.3", "2001:db8::1")
NETWORKS = ("203.0.113.0/24", "203.0.113.7", "10.9.9.9/8", "2001:db8::/32", "0.0.0.0/0")
BINARY = ("AQID", "BAUG")
ALWAYS_SENT = (
    "aws:securetransport",
    "aws:viaawsservice",
    "aws:currenttime",
    "aws:requestedregion",
    "aws:userid",
    "aws:sourceip",
)
VARIABLES = (
    "aws:username",
    "AWS:UserName",
    "aws:PrincipalTag/Team",
    "aws:userid",
    "aws:PrincipalAccount",
    "aws:TagKeys",
)
OPERATORS = {
    "String": ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"),
    "Arn": ("Equals", "NotEquals", "Like", "NotLike"),
    "Numeric": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question in a suite's own words.

    Attributes:
        policies: A suite's ``policies``.
        request: A suite's ``request``.
        settings: A suite's ``settings``.
    """

    policies: dict[str, Any]
    request: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)


class Maker:
    """Draws a case: first the request, then policies around it."""

    def __init__(self, random: Random, *, silent: bool = False, nested: bool = True) -> None:
        """Draw from ``random``.

        With silent, the request states none of the keys that AWS always sends, and the policies ask for them. Without
        nested there are no sessions of sessions.
        """
        self.nested = nested
        self.random = random
        self.silent = silent
        self.request: dict[str, Any] = {}

    def chance(self, percent: int) -> bool:
        """True in ``percent`` of a hundred."""
        return self.random.randrange(100) < percent

    def pick(self, values: Any) -> Any:
        """One of the values."""
        return self.random.choice(tuple(values))

    def some(self, make: Any, most: int = 2) -> Any:
        """One made value, alone or in a list, or several in a list."""
        found = [make() for _ in range(1 + self.random.randrange(most))]
        return found[0] if len(found) == 1 and self.chance(50) else found

    def case(self) -> Case:
        """A request, the policies around it, and settings."""
        self.request = self.make_request()
        policies: dict[str, Any] = {}
        if self.chance(75):
            policies["identity_based"] = [self.document("identity") for _ in range(1 + self.random.randrange(2))]
        if self.chance(70):
            policies["resource_based"] = self.document("resource")
        if self.chance(25):
            policies["permissions_boundary"] = self.document("boundary")
        if self.chance(25) or (self.arn.split(":")[-1].startswith("federated") and self.chance(60)):
            policies["session"] = [self.document("session") for _ in range(self.pick((0, 1, 1, 2)))]
            if self.nested and self.chance(25):  # a session of a session (N12)
                policies["session"] = [policies["session"], [self.document("session")]]
        if self.chance(20):
            policies["service_control"] = [self.level("scp") for _ in range(1 + self.random.randrange(2))]
        if self.chance(20):
            policies["resource_control"] = [self.level("rcp")]
        if self.chance(15):
            policies["vpc_endpoint"] = self.document("endpoint")
        if ":key/" in self.request["resource"] and self.chance(30):
            policies["grants"] = [self.grant() for _ in range(1 + self.random.randrange(2))]
        return Case(policies=policies, request=self.request, settings=self.make_settings())

    @property
    def arn(self) -> str:
        """The caller as text."""
        principal = self.request["principal"]
        return str(principal["arn"] if isinstance(principal, dict) else principal)

    def make_settings(self) -> dict[str, Any]:
        """Settings, mostly none."""
        found: dict[str, Any] = {}
        if self.chance(10):
            found["management_account"] = self.pick((OWN, OTHER, MANAGEMENT))
        if self.chance(10):
            found["vpc_endpoint_type"] = self.pick(("gateway", "interface"))
        return found

    def make_request(self) -> dict[str, Any]:
        """Principal, action, resource and context."""
        principal, service = self.pick(PRINCIPALS), self.pick(TARGETS)
        actions, resources = TARGETS[service]
        action, resource = f"{service}:{self.pick(actions)}", self.pick(resources)
        if self.chance(5):
            action, resource = self.pick(WITHOUT_RESOURCE), "*"
        elif self.chance(3):
            principal, action, resource = PROVIDER, "sts:AssumeRoleWithWebIdentity", self.pick(TARGETS["sts"][1])
        found = {"principal": principal, "action": action, "resource": resource, "context": self.context()}
        if resource.startswith("arn:aws:s3:") and self.chance(80):
            found["resource_account"] = self.pick((OWN, OWN, OTHER))
        return found

    def context(self) -> dict[str, Any]:
        """Each key is there in a quarter of the cases, its name in any case."""
        found: dict[str, Any] = {}
        for key, values in (STRINGS | ARNS).items():
            if self.chance(15):
                found[self.spelled(key)] = self.pick(values)
        for key, values in LISTS.items():
            if self.chance(30):
                found[self.spelled(key)] = (
                    [v for v in values if self.chance(45)] if self.chance(85) else self.pick(("", [""]))
                )
        for key in BOOLEANS:
            if self.chance(25):
                found[self.spelled(key)] = self.pick(("true", "false", True, False))
        singles = {"aws:MultiFactorAuthAge": (*NUMBERS, 10), "aws:CurrentTime": DATES, "aws:SourceIp": ADDRESSES}
        for key, values in (singles | {"custom:Blob": BINARY}).items():
            if self.chance(30):
                found[self.spelled(key)] = self.pick(values)
        return {key: value for key, value in found.items() if not self.silent or key.lower() not in ALWAYS_SENT}

    def spelled(self, key: str) -> str:
        """A key's name in some case; the pairs of an encryption context keep theirs."""
        return key if key.startswith("kms:EncryptionContext:") else self.pick((key, key, key.lower(), key.upper()))

    def level(self, layer: str) -> list[Any]:
        """One level of SCPs or RCPs; an SCP level mostly has full access."""
        found = [self.document(layer) for _ in range(self.random.randrange(2))]
        full = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        return [full, *found] if layer == "scp" and self.chance(80) else found

    def document(self, layer: str) -> dict[str, Any]:
        """A policy of one to three statements."""
        found: dict[str, Any] = {"Statement": self.some(lambda: self.statement(layer), 3)}
        version = self.pick(("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", None))
        found = found | ({"Version": version} if version else {})
        return {"name": f"the {layer} policy", "document": found} if self.chance(5) else found

    def statement(self, layer: str) -> dict[str, Any]:
        """A statement that often applies."""
        deny = layer == "rcp" or self.chance(20)
        found: dict[str, Any] = {"Effect": "Deny" if deny else "Allow"}
        if layer == "rcp":
            found["Principal"] = self.pick(("*", {"AWS": "*"}))
        elif layer in {"resource", "endpoint"}:
            found["NotPrincipal" if deny and self.chance(20) else "Principal"] = self.principal()
        found["NotAction" if self.chance(10) else "Action"] = self.some(self.action) if not self.chance(2) else []
        without = layer == "resource" and self.request["action"].startswith(("sts:", "ecr:"))
        if not (without and self.chance(90)) and not self.chance(2):
            resources = self.some(lambda: self.resource(layer)) if not self.chance(2) else []
            found["NotResource" if self.chance(10) else "Resource"] = resources
        if self.chance(80 if self.silent else 40):
            found["Condition"] = self.condition()
        return found

    def principal(self) -> Any:
        """A Principal element that mostly names the caller, in one of its capacities."""
        if self.chance(25):
            return "*"
        found: dict[str, Any] = {"AWS": self.some(self.aws_principal, 3)}
        if self.chance(15):
            found["Service"] = self.pick(("s3.amazonaws.com", "ec2.amazonaws.com"))
        if self.arn == PROVIDER:
            found["Federated"] = self.pick((PROVIDER, f"{PROVIDER}/x"))
        return found

    def aws_principal(self) -> str:
        """One value under AWS."""
        if self.chance(10):
            return "*"
        if self.chance(20) or not self.arn.startswith("arn:aws:") or self.arn == PROVIDER:
            return str(self.pick((OWN, OTHER, ROLE, f"arn:aws:iam::{OWN}:user/ana", f"arn:aws:iam::{OWN}:user/*")))
        account, given = self.arn.split(":")[4], self.request["principal"]
        names = [account, f"arn:aws:iam::{account}:root", self.arn, self.arn]
        if isinstance(given, dict):
            names += [given[name] for name in ("role", "user") if name in given] * 2
        elif ":assumed-role/" in self.arn:
            names += [f"arn:aws:iam::{account}:role/Worker"] * 2
        return str(self.pick(names))

    def action(self) -> str:
        """A pattern of actions, in any case."""
        service, _, name = self.request["action"].partition(":")
        patterns = (
            f"{service}:{name}",
            f"{service}:*",
            f"{service}:{name[:3]}*",
            f"{service}:*{name[-4:]}",
            f"{service}:{name[:2]}?{name[3:]}",
            f"{service}:{name}?",
            "*",
            f"{service}:Other",
            "ec2:*",
        )
        found = str(self.pick(patterns))
        return self.pick((found, found, found.lower(), found.upper()))

    def resource(self, layer: str) -> str:
        """A pattern of resources; incomplete ARNs stand in identity-based policies only."""
        whole = self.request["resource"]
        if whole == "*" or self.chance(25):
            return "*"
        if self.chance(10):
            return str(self.pick(self.pick(list(TARGETS.values()))[1]))
        parts = whole.split(":", 5)
        if layer == "identity" and self.chance(10):
            return ":".join(parts[: self.pick((2, 3, 4, 5))])
        if self.chance(20):
            at = self.pick((1, 3, 4))
            parts[at] = self.pick(("*", parts[at][:2] + "*", parts[at][:-1] + "?", "*" + parts[at][-2:], parts[at]))
        if self.chance(15):
            return (
                ":".join(parts[: self.pick((3, 4, 5)) if layer == "identity" else 5]) + ":*"
                if self.chance(50)
                else ":".join([*parts[:3], "*", "", "x"])
            )
        parts[5] = self.around(parts[5])
        return ":".join(parts)

    def around(self, text: str) -> str:
        """A pattern that covers a text, mostly."""
        cut = self.random.randrange(len(text) + 1)
        forms = (
            text,
            text[:cut] + "*",
            "*" + text[cut:],
            text[:cut] + "*" + text[cut + 1 :],
            text[:cut] + "?" + text[cut + 1 :],
            text.replace("*", "${*}"),
            text.replace("ana", "${aws:username}"),
            text.replace("ana", "${aws:username, 'ana'}"),
            text.replace("blue", "${aws:PrincipalTag/team}"),
            text + "${" + self.pick(VARIABLES) + "}",
            text.upper(),
            text.replace("ana", "${aws:userid}"),
        )
        return str(self.pick(forms))

    def condition(self) -> dict[str, Any]:
        """One or two tests."""
        found: dict[str, Any] = {}
        for _ in range(self.pick((1, 1, 2))):
            tests = (self.string_test, self.string_test, self.other_test, self.list_test)
            operator, key, values = self.always_sent_test() if self.silent else self.pick(tests)()
            found.setdefault(operator, {})[key] = values
        return found

    def stated(self, key: str, values: Any) -> Any:
        """Mostly the value that the request states."""
        found = {name.lower(): value for name, value in self.request["context"].items()}.get(key.lower())
        return found if found is not None and not isinstance(found, list) and self.chance(60) else self.pick(values)

    def suffixed(self, operator: str) -> str:
        """An operator, now and then with IfExists or on a single value with a set operator."""
        operator += "IfExists" if self.chance(15) else ""
        return f"{self.pick(('ForAllValues', 'ForAnyValue'))}:{operator}" if self.chance(8) else operator

    def string_test(self) -> tuple[str, str, Any]:
        """A String or ARN operator."""
        if self.chance(10):
            return self.null_test()
        family, pool = self.pick((("String", STRINGS), ("String", STRINGS), ("Arn", ARNS)))
        key = self.pick(pool)

        def value() -> str:
            text = str(self.stated(key, pool[key]))
            return self.around(text) if self.chance(50) and (family == "String" or ":" in text) else text

        values = self.some(value) if not self.chance(2) else []
        if family == "Arn" and values:
            values = [v for v in ([values] if isinstance(values, str) else values) if v.count(":") >= 5] or [ROLE]
        return self.suffixed(family + self.pick(OPERATORS[family])), self.spelled(key), values

    def always_sent_test(self) -> tuple[str, str, Any]:
        """A test of a key that AWS always sends, or one that compares such a key's variable with what is stated."""
        while True:
            operator, key, values = self.pick((self.string_test, self.other_test))()
            if key.lower() in ALWAYS_SENT:
                return operator, key, values
            if "String" in operator and isinstance(self.request["context"].get(key), str) and self.chance(10):
                return operator.split(":")[-1], key, "${aws:userid}"

    def null_test(self) -> tuple[str, str, Any]:
        """The Null operator."""
        operator = self.pick(("Null", "Null", "Null", "ForAllValues:Null", "ForAnyValue:Null"))
        return operator, self.pick((*STRINGS, *LISTS)), self.pick(("true", "false", True, False))

    def other_test(self) -> tuple[str, str, Any]:
        """An operator of another type."""
        kind = self.pick(("Bool", "Numeric", "Date", "IpAddress", "NotIpAddress", "BinaryEquals"))
        if kind == "Bool":
            return self.suffixed(kind), self.pick(BOOLEANS), self.pick(("true", "false", True, False))
        if kind == "BinaryEquals":
            return self.suffixed(kind), "custom:Blob", self.some(lambda: self.pick(BINARY))
        if kind == "Numeric":
            name = kind + self.pick(OPERATORS["Numeric"])
            return self.suffixed(name), "aws:MultiFactorAuthAge", self.some(lambda: self.pick((*NUMBERS, 2.5, 10)))
        if kind == "Date":
            name = kind + self.pick(OPERATORS["Numeric"])
            return self.suffixed(name), "aws:CurrentTime", self.some(lambda: self.pick(DATES))
        return self.suffixed(kind), "aws:SourceIp", self.some(lambda: self.pick(NETWORKS))

    def list_test(self) -> tuple[str, str, Any]:
        """A key of several values, with a set operator."""
        key = self.pick(LISTS)
        operator = f"{self.pick(('ForAllValues', 'ForAnyValue'))}:String{self.pick(OPERATORS['String'])}"
        values = (
            self.some(lambda: self.pick((*LISTS[key], "*", "e*", "${aws:username}")), 3) if not self.chance(5) else []
        )
        return operator, self.spelled(key), values

    def grant(self) -> dict[str, Any]:
        """A KMS grant that often covers the request."""
        given = self.request["principal"]
        names = [self.arn if self.arn.startswith("arn:") else ROLE, ROLE, f"arn:aws:iam::{OWN}:user/ana"]
        names += [given["role"]] * 2 if isinstance(given, dict) and "role" in given else []
        operation = self.request["action"].partition(":")[2]
        found: dict[str, Any] = {
            "GranteePrincipal": self.pick(names),
            "Operations": [operation, "Decrypt"][self.chance(20) :],
        }
        if self.chance(50):
            found["KeyId"] = self.pick((self.request["resource"], self.request["resource"], TARGETS["kms"][1][0]))
        if self.chance(40):
            pairs = self.pick(({"app": "web"}, {"App": "web"}, {}, {"app": "batch", "tenant": "7"}))
            found["Constraints"] = {self.pick(("EncryptionContextEquals", "EncryptionContextSubset")): pairs}
            found["Constraints"] |= {"SourceArn": self.pick(ARNS["aws:SourceArn"])} if self.chance(20) else {}
        return found


def cases(*, silent: bool = False) -> st.SearchStrategy[Case]:
    """Cases drawn by hypothesis."""
    return st.randoms(use_true_random=False).map(lambda random: Maker(random, silent=silent).case())
