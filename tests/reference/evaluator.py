"""A second evaluator, written from the facts alone: slow, naive, and without one line of policygen.

It takes the plain dicts of a suite (``policies``, ``request``, ``settings``) and returns the decision word. Every pattern
becomes a regular expression on each use. It knows every policy type; it does not know when a bucket policy is public.
What AWS's pages leave open is marked ``Unspecified:``, so that a comparison says what is known and what only agreed.
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime
from typing import Any

JsonMap = dict[str, Any]
ACCOUNT, ROLE, DIRECT = 1, 2, 3  # what an Allow of a resource policy hands over (E13-E20)
CROSS_ACCOUNT_KMS = re.compile(  # E84, K5
    r"kms:(encrypt|decrypt|reencrypt(from|to)|generatedatakey\w*|(generate|verify)mac|sign|verify|derivesharedsecret|"
    r"(en|de)capsulate|getpublickey|describekey|(create|revoke|retire)grant|listgrants|getkeyrotationstatus)"
)
TYPES = {"root": "Account", "user": "User", "federated-user": "FederatedUser", "assumed-role": "AssumedRole"}
PAIR = "kms:encryptioncontext:"


def decide(policies: JsonMap, request: JsonMap, settings: JsonMap | None = None) -> str:
    """The decision word AWS's rules give: ``allowed``, ``explicitDeny`` or ``implicitDeny``."""
    return Evaluation(policies, request, settings or {}).decide()


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one (E125)."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A JSON scalar as the text AWS compares (E126)."""
    return value if isinstance(value, str) else json.dumps(value)


def who(principal: Any) -> JsonMap:
    """The caller: kind, account, ARN, and the role or user behind a session (E136, E182)."""
    given = principal if isinstance(principal, dict) else {"arn": principal}
    arn = given["arn"]
    me = {"arn": arn, "role": None, "user": None, "uid": given.get("unique_id"), "tags": given.get("tags", {})}
    if not arn.startswith("arn:"):
        kind = "anonymous" if arn == "anonymous" else "service"
        return me | {"kind": kind, "account": None, "partition": None, "name": arn}
    _, partition, _, _, account, rest = arn.split(":", 5)
    kind, *names = rest.split("/")
    me |= {"account": account, "partition": partition, "kind": kind, "name": names[-1] if names else None}
    if kind == "assumed-role":
        me["role"] = given.get("role") or f"arn:{partition}:iam::{account}:role/{names[0]}"
    elif kind == "role":  # some session of the role, its name unknown
        me |= {"kind": "assumed-role", "role": arn, "arn": None, "name": None}
    elif kind == "federated-user":
        me["user"] = given.get("user")
    elif kind in {"oidc-provider", "saml-provider"}:
        me["kind"] = "provider"
    return me


class Evaluation:
    """One request against one set of policies."""

    def __init__(self, policies: JsonMap, request: JsonMap, settings: JsonMap) -> None:
        self.policies, self.settings, self.request = policies, settings, request
        self.me, self.action, self.resource = who(request["principal"]), request["action"].lower(), request["resource"]
        parts = [*self.resource.split(":", 5), *[""] * 5]
        self.partition, self.owner = parts[1], parts[4] or request.get("resource_account") or self.me["account"]
        self.trust = self.action.startswith("sts:") and parts[2] == "iam" and parts[5].startswith("role/")
        self.key = self.action.startswith("kms:") and parts[2] == "kms" and parts[5].startswith("key/")
        self.context = self.derived() | {name.lower(): value for name, value in request.get("context", {}).items()}

    def derived(self) -> JsonMap:
        """The keys that follow from the request itself (E45, E148, E182; G1-G11)."""
        me, kind, account = self.me, self.me["kind"], self.me["account"]
        anonymous, iam = kind == "anonymous", kind in TYPES
        ids = {
            "root": account,
            "federated-user": f"{account}:{me['name']}",
            "user": me["uid"],
            "anonymous": "anonymous",
        }
        if kind == "assumed-role" and me["uid"] and me["name"]:
            ids[kind] = f"{me['uid']}:{me['name']}"
        names = [name[len(PAIR) :] for name in self.request.get("context", {}) if name.lower().startswith(PAIR)]
        found = {
            "aws:principalarn": (me["role"] or me["arn"]) if iam else None,
            "aws:principalaccount": "anonymous" if anonymous else account if iam else None,
            "aws:principaltype": "Anonymous" if anonymous else TYPES.get(kind),
            "aws:userid": ids.get(kind),
            "aws:username": me["name"] if kind == "user" else None,
            "aws:principalisawsservice": "true" if kind == "service" else "false" if iam else None,
            "aws:principalservicename": me["name"] if kind == "service" else None,
            "aws:resourceaccount": self.owner,
            "s3:resourceaccount": self.owner if self.action.startswith("s3:") else None,
            "kms:calleraccount": account if self.action.startswith("kms:") and iam else None,
            "kms:encryptioncontextkeys": names or None,
        } | {f"aws:principaltag/{key}".lower(): value for key, value in me["tags"].items()}
        return {key: value for key, value in found.items() if value is not None}

    def decide(self) -> str:
        """Explicit denies first, then every layer that must allow (E2, E6)."""
        if self.action == "sts:getcalleridentity":
            return "allowed"  # E2a
        layers = self.layers()
        if any(self.reach_of(document, layer, "Deny") for layer, documents in layers for document in documents):
            return "explicitDeny"
        reached = [
            (name, max((self.reach_of(d, name, "Allow") for d in documents), default=0)) for name, documents in layers
        ]
        if ("endpoint", 0) in reached:
            return "implicitDeny"  # E69
        if self.key and any(self.covers(grant) for grant in self.policies.get("grants") or []):
            return (
                "allowed"  # K21, E92. Unspecified: an implicit deny of SCP, boundary or session does not limit it (E93)
            )
        return "allowed" if ("scp", 0) not in reached and self.rights(dict(reached)) else "implicitDeny"  # E52-E54

    def layers(self) -> list[tuple[str, list[JsonMap]]]:
        """The policies that take part in this request, by type (E43, E46, E49, E50, E59-E62, E69)."""
        kind, management = self.me["kind"], self.settings.get("management_account")
        linked = "/aws-service-role/" in (self.me["role"] or "")
        found = [("resource", self.documents("resource_based"))]
        if kind in TYPES and kind != "root":
            found += [("identity", self.documents("identity_based"))]
            found += (
                [("boundary", self.documents("permissions_boundary"))]
                if self.policies.get("permissions_boundary")
                else []
            )
            found += [("session", self.documents("session"))] if "session" in self.policies and kind != "user" else []
        if kind in TYPES and not linked and self.me["account"] != management:
            found += [
                ("scp", [self.document(d) for d in level]) for level in self.policies.get("service_control") or []
            ]
        role = self.trust and ":role/aws-service-role/" in self.resource
        if not (linked or role or self.owner == management or self.action == "kms:retiregrant"):
            found += [
                ("rcp", [self.document(d) for d in level]) for level in self.policies.get("resource_control") or []
            ]
        return found + ([("endpoint", self.documents("vpc_endpoint"))] if self.policies.get("vpc_endpoint") else [])

    def documents(self, name: str) -> list[JsonMap]:
        """The documents of one policy type."""
        return [self.document(d) for d in as_list(self.policies.get(name) or [])]

    def document(self, given: JsonMap) -> JsonMap:
        """The policy itself, out of the form that names it."""
        return given.get("document", given)

    def reach_of(self, document: JsonMap, layer: str, effect: str) -> int:
        """How far the document's statements of one effect reach (E3)."""
        statements = [s for s in as_list(document["Statement"]) if s["Effect"] == effect]
        return max((self.applies(s, document, layer) for s in statements), default=0)

    def rights(self, allow: dict[str, int]) -> bool:
        """Whether the layers that grant do, once nothing denies (E11-E23, E36-E41, E72-E73, E79-E84)."""
        kind, account, resource = self.me["kind"], self.me["account"], allow["resource"]
        if kind not in TYPES:
            return resource == DIRECT  # E35, E45, E46
        limits = bool(allow.get("boundary", 1) and allow.get("session", kind != "federated-user"))  # E25, E30, E31
        own = kind == "root" or bool(allow["identity"] and limits)
        if self.partition and self.me["partition"] != self.partition:
            return False  # E41
        if account != self.owner:
            works = not self.key or bool(CROSS_ACCOUNT_KMS.fullmatch(self.action))  # E84
            return own and resource > 0 and works and self.action != "s3:putbucketpolicy"  # E36-E40, E110
        if resource == DIRECT or (resource == ROLE and limits):
            return True  # E15-E20
        return own and (resource > 0 or not (self.trust or self.key))  # E1, E11-E13, E72, E80

    def covers(self, grant: JsonMap) -> bool:
        """Whether a KMS grant covers the request (E88, E89, K21, K22)."""
        names = {f"kms:{name}".lower() for name in grant["Operations"]}
        if grant.get("KeyId", self.resource) != self.resource or self.action not in names:
            return False
        if grant["GranteePrincipal"] not in {self.me["arn"], self.me["role"]}:
            return False
        limits = {} if self.action in {"kms:describekey", "kms:retiregrant"} else grant.get("Constraints") or {}
        given = self.request.get("context", {}).items()
        pairs = {(name[len(PAIR) :], text(value)) for name, value in given if name.lower().startswith(PAIR)}
        equal = limits.get("EncryptionContextEquals")
        return (
            (equal is None or set(equal.items()) == pairs)
            and set(limits.get("EncryptionContextSubset", {}).items()) <= pairs
            and limits.get("SourceArn") in {None, self.context.get("aws:sourcearn")}
        )

    def applies(self, statement: JsonMap, document: JsonMap, layer: str) -> int:
        """0 when an element does not match, otherwise whom the statement reaches (E4)."""
        variables = document.get("Version") == "2012-10-17"  # E121
        if layer == "resource" and statement["Effect"] == "Deny" and self.spared():
            return 0
        for name, matches in (("Action", self.acts), ("Resource", lambda p: self.hit(p, variables, layer))):
            positive, patterns = name in statement, statement.get(name, statement.get(f"Not{name}"))
            if patterns is None and name == "Resource" and self.trust:
                continue  # a trust policy names no resource (E78)
            if patterns in (None, []) or any(matches(p) for p in as_list(patterns)) != positive:
                return 0  # E86, E116, E117, E150
        for operator, keys in statement.get("Condition", {}).items():
            if not all(self.test(operator, key, values, variables) for key, values in keys.items()):
                return 0  # E190
        return self.principals(statement, layer)

    def spared(self) -> bool:
        """The root user of the bucket's owner always reaches the bucket policy (E44)."""
        root = self.me["kind"] == "root" and self.me["account"] == self.owner
        return root and bool(re.fullmatch("s3:(get|put|delete)bucketpolicy", self.action))

    def acts(self, pattern: str) -> bool:
        """Whether an action pattern matches, in any case (E162, E163)."""
        return matches(regex(pattern.lower(), {}), self.action)

    def hit(self, pattern: str, variables: bool, layer: str) -> bool:
        """Whether a resource pattern matches; a star inside one of the first five segments stays there (E165-E170, E179)."""
        head, tail = pattern.split(":")[:5], pattern.split(":", 5)[5:]
        if pattern == "*" or (not tail and layer != "identity"):
            return matches(regex(pattern, {}), self.resource)
        hidden, known = self.hide(tail[0] if tail else "*", variables)
        segments = [re.sub(r"\.\*(?!$)", "[^:]*", regex(part, {}) or "") for part in [*head, *["*"] * (5 - len(head))]]
        last = regex(hidden, known)
        return last is not None and matches(":".join([*segments, last]), self.resource)  # E133, E168

    def hide(self, pattern: str, variables: bool) -> tuple[str, dict[str, str | None]]:
        """The pattern with each variable as one private character, and what these stand for (E173-E179).

        Unspecified: wildcards in a substituted value are literal (E181); a variable of a multivalued key has no value (E175).
        """
        known: dict[str, str | None] = {}

        def mark(found: re.Match[str]) -> str:
            name, default = found[1], found[2]
            value = name if name in {"*", "?", "$"} else self.context.get(name.lower(), default)
            known[sign := chr(0xE000 + len(known))] = None if value is None or isinstance(value, list) else text(value)
            return sign

        return (re.sub(r"\$\{([^},]*)(?:, '([^']*)')?\}", mark, pattern) if variables else pattern), known

    def principals(self, statement: JsonMap, layer: str) -> int:
        """Whom the Principal element reaches (E13-E20, E27, E70, E134-E140)."""
        if layer not in {"resource", "rcp", "endpoint"}:
            return DIRECT
        if "NotPrincipal" in statement:
            bounded = statement["Effect"] == "Deny" and self.policies.get("permissions_boundary")
            caught = bounded and self.me["kind"] in TYPES and self.me["kind"] != "root"
            return DIRECT if caught or not self.excepted(self.named(statement["NotPrincipal"])) else 0
        names, me, root = self.named(statement.get("Principal", [])), self.me, self.me["kind"] == "root"
        if "*" in names or me["arn"] in names:
            return DIRECT
        if {me["role"], me["user"]} - {None} & names:
            return ROLE
        gateway = "gateway" if self.action.startswith(("s3:", "dynamodb:")) else "interface"
        if layer == "endpoint" and not root and self.settings.get("vpc_endpoint_type", gateway) == "gateway":
            return 0
        return (DIRECT if root else ACCOUNT) if self.accounts() & names else 0

    def named(self, element: Any) -> set[str]:
        """The values of a Principal element."""
        values = element.values() if isinstance(element, dict) else [element]
        return {name for value in values for name in as_list(value)}

    def accounts(self) -> set[str]:
        """The two ways to write the caller's account (E136)."""
        me = self.me
        return {me["account"], f"arn:{me['partition']}:iam::{me['account']}:root"} if me["kind"] in TYPES else set()

    def excepted(self, names: set[str]) -> bool:
        """Whether NotPrincipal lists the caller: a session needs session, role and account (E118)."""
        me, account = self.me, bool(self.accounts() & names)
        if "*" in names or me["kind"] != "assumed-role":
            return "*" in names or me["arn"] in names or (me["kind"] == "root" and account)
        return account and me["role"] in names and me["arn"] in names

    def test(self, operator: str, key: str, values: Any, variables: bool) -> bool:
        """Whether one key of one operator holds (E151, E152, E188-E195, E223-E228)."""
        quantifier, _, base = operator.rpartition(":")
        base, if_exists = base.removesuffix("IfExists"), base.endswith("IfExists")
        value, wanted = self.context.get(key.lower()), as_list(values)
        given = [] if value is None else [text(v) for v in as_list(value)]
        if base == "Null":
            return quantifier == "ForAllValues" or (
                not quantifier and text(wanted[0]) == ("false" if given else "true")
            )
        negated, base = "Not" in base, base.replace("Not", "")
        if quantifier == "ForAllValues" and given in ([], [""]):
            return True  # E192, E194
        if not given:
            return if_exists or (negated and not quantifier)
        held = [any(self.compare(base, v, text(w), variables) for w in wanted) != negated for v in given]
        return bool(wanted) and (all(held) if quantifier == "ForAllValues" else any(held))

    def compare(self, base: str, value: str, wanted: str, variables: bool) -> bool:
        """One value of the request against one of the policy (E197-E221)."""
        if base.startswith("String"):
            hidden, known = self.hide(wanted, variables)
            pattern = regex(hidden, known, wildcards=base == "StringLike")
            return matches(pattern, value, re.IGNORECASE if base.endswith("IgnoreCase") else 0)
        if base.startswith("Arn"):
            hidden, known = self.hide(wanted, variables)
            left, right = hidden.split(":", 5), value.split(":", 5)
            pairs = zip(left, right, strict=False)
            return len(left) == len(right) == 6 and all(matches(regex(p, known), part) for p, part in pairs)
        if base == "IpAddress":  # E158, E214, E215
            return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
        if base in {"Bool", "BinaryEquals"}:
            return value == wanted
        read = float if base.startswith("Numeric") else moment
        left, right = read(value), read(wanted)
        tests = {"Equals": left == right, "LessThan": left < right, "GreaterThan": left > right}
        kind = re.sub("^(Numeric|Date)", "", base)
        return tests[kind] if kind in tests else tests["Equals"] or tests[kind.removesuffix("Equals")]


def regex(pattern: str, known: dict[str, str | None], wildcards: bool = True) -> str | None:
    """A pattern as a regular expression, or None when a variable in it has no value (E162, E169, E172, E178)."""
    if None in [known[sign] for sign in pattern if sign in known]:
        return None
    signs = {"*": ".*", "?": "."} if wildcards else {}
    return "".join(re.escape(known[s] or "") if s in known else signs.get(s, re.escape(s)) for s in pattern)


def matches(pattern: str | None, value: str, flags: int = 0) -> bool:
    """Whether the whole value is one of the pattern's."""
    return pattern is not None and re.fullmatch(pattern, value, flags | re.DOTALL) is not None


def moment(value: str) -> datetime:
    """A date in ISO 8601 or epoch seconds (E206). Unspecified: without a zone it is UTC (E209)."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", value):
        return datetime.fromtimestamp(float(value), UTC)
    found = datetime.fromisoformat(value if len(value) > 4 else f"{value}-01-01")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
