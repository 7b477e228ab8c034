"""A second evaluator, written from the facts alone: slow, naive, and without one line of policygen.

It takes the plain dicts of a suite (``policies``, ``request``, ``settings``) and returns the decision word. Every
pattern becomes a regular expression on each use. It knows every policy type, but not when a bucket policy is public.
What AWS leaves open is marked ``Unspecified:``; there a comparison shows agreement, not truth.
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
TYPES = {"root": "Account", "user": "User", "federated-user": "FederatedUser", "assumed-role": "AssumedRole"}  # E182
FURTHER = {"sts:sourceidentity": "SetSourceIdentity", "sts:requestcontextproviders": "SetContext"}  # E75
FURTHER |= {"aws:requesttag/": "TagSession", "aws:tagkeys": "TagSession"}  # E275
FEDERATED = {"sts:getcalleridentity", "sts:getscopedcredentials", "sts:getdelegatedaccesstoken"}  # E279, N12
PAIR = "kms:encryptioncontext:"
MULTIVALUED = {"aws:tagkeys", "aws:calledvia", "kms:encryptioncontextkeys", "kms:grantoperations"}  # E175
LITERAL = {ord("*"): "\ue000", ord("?"): "\ue001"}  # what a wildcard character becomes where it is none


def decide(policies: JsonMap, request: JsonMap, settings: JsonMap | None = None) -> str:
    """The decision word AWS's rules give: ``allowed``, ``explicitDeny`` or ``implicitDeny``."""
    actions, keys = (
        [request["action"]],
        {name.lower() for name, value in request.get("context", {}).items() if any(as_list(value))},
    )
    if actions[0].startswith("sts:AssumeRole"):
        actions += [f"sts:{name}" for key, name in FURTHER.items() if any(each.startswith(key) for each in keys)]
    found = [Evaluation(policies, request | {"action": action}, settings or {}).decide() for action in actions]
    return next((word for word in found if word != "allowed"), "allowed")


def sessions(given: JsonMap) -> list[list[JsonMap]]:
    """The documents of each session: of the role's, and of the sessions that were made of it (N12)."""
    written = given.get("session", None)
    nested = isinstance(written, list) and any(isinstance(each, list) for each in written)
    return [] if written is None else written if nested else [written]


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one (E125)."""
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A JSON scalar as the text AWS compares (E126)."""
    return value if isinstance(value, str) else json.dumps(value)


def who(principal: Any) -> JsonMap:
    """The caller: kind, account, ARN, and the role or user behind a session (E136, E182)."""
    given = principal if isinstance(principal, dict) else {"arn": principal}
    arn, found = given["arn"], {"role": None, "user": None, "account": None, "partition": None, "tags": {}, **given}
    if not arn.startswith("arn:"):
        return found | {"kind": "anonymous" if arn == "anonymous" else "service", "name": arn}
    _, partition, _, _, account, rest = arn.split(":", 5)
    kind, *names = rest.split("/")
    found |= {"account": account, "partition": partition, "kind": kind, "name": names[-1] if names else None}
    if kind == "assumed-role":
        found["role"] = found["role"] or f"arn:{partition}:iam::{account}:role/{names[0]}"
    elif kind == "role":  # some session of the role, its name unknown
        found |= {"kind": "assumed-role", "role": arn, "arn": None, "name": None}
    return found


class Evaluation:
    """One request against one set of policies."""

    def __init__(self, policies: JsonMap, request: JsonMap, settings: JsonMap) -> None:
        self.policies, self.settings, self.request = policies, settings, request
        self.me, self.action, self.resource = who(request["principal"]), request["action"].lower(), request["resource"]
        parts = [*self.resource.split(":", 5), *[""] * 5]
        self.partition, self.owner = parts[1], parts[4] or request.get("resource_account") or self.me["account"]
        self.trust = self.action.startswith("sts:") and parts[2] == "iam" and parts[5].startswith("role/")
        self.key = self.action.startswith("kms:") and parts[2] == "kms" and parts[5].startswith("key/")
        stated = request.get("context", {}).items()
        self.pairs = {name[len(PAIR) :]: text(value) for name, value in stated if name.lower().startswith(PAIR)}
        self.context = self.derived() | {name.lower(): value for name, value in stated}
        account = {self.me["account"], f"arn:{self.me['partition']}:iam::{self.me['account']}:root"}  # E136
        self.accounts = account if self.me["kind"] in TYPES else set()
        self.policy_of_bucket = re.fullmatch("s3:(get|put|delete)bucketpolicy", self.action)
        self.spared = self.policy_of_bucket and self.me["kind"] == "root" and self.me["account"] == self.owner  # E44

    def derived(self) -> JsonMap:
        """The keys that follow from the request itself (E45, E148, E182; G1-G11)."""
        me, kind, account, uid = self.me, self.me["kind"], self.me["account"], self.me.get("unique_id")
        service, iam = kind == "service", kind in TYPES
        ids = {"root": account, "user": uid, "federated-user": f"{account}:{me['name']}", "anonymous": kind}
        ids["assumed-role"] = f"{uid}:{me['name']}" if uid and me["name"] else None
        found = {
            "aws:principalarn": (me["role"] or me["arn"]) if iam else None,  # E148
            "aws:principalaccount": kind if kind == "anonymous" else account if iam else None,  # E45
            "aws:principaltype": "Anonymous" if kind == "anonymous" else TYPES.get(kind),
            "aws:userid": ids.get(kind),
            "aws:username": me["name"] if kind == "user" else None,
            "aws:principalisawsservice": "true" if service else "false" if iam else None,
            "aws:principalservicename": me["name"] if service else None,
            "aws:resourceaccount": self.owner,
            "s3:resourceaccount": self.owner if self.action.startswith("s3:") else None,
            "kms:calleraccount": account if self.action.startswith("kms:") and iam else None,
            "kms:encryptioncontextkeys": (list(self.pairs) or None) if self.action.startswith("kms:") else None,  # K15
        } | {f"aws:principaltag/{key}".lower(): value for key, value in me["tags"].items()}
        return {key: value for key, value in found.items() if value is not None}

    def decide(self) -> str:
        """Explicit denies first, then every layer that must allow (E2, E6)."""
        free = self.action == "sts:getsessiontoken" and self.me["kind"] in {"user", "root"}  # E278
        if free or (self.action == "sts:getcalleridentity" and not self.nobody()):
            return "allowed"  # E2a
        layers = self.layers()
        if any(self.reach(document, layer, "Deny") for layer, documents in layers for document in documents):
            return "explicitDeny"
        found = [(name, max([0, *(self.reach(d, name, "Allow") for d in documents)])) for name, documents in layers]
        foreign = self.me["partition"] and self.partition and self.me["partition"] != self.partition
        if foreign or self.nobody() or ("endpoint", 0) in found or ("scp", 0) in found:
            return "implicitDeny"  # E41, E52-E54, E69
        granted = self.key and any(self.covers(grant) for grant in self.policies.get("grants", []))  # K21, E92
        # Unspecified: an SCP's implicit deny limits a grant, a boundary's or a session policy's does not (E93);
        # a grant to an IAM user covers the sessions that the user federates.
        found += [("session", 0)] if ("session", 0) in found else []  # every session must allow: the last one counts
        return "allowed" if granted or self.rights(dict(found)) else "implicitDeny"

    def nobody(self) -> bool:
        """Whether this caller can never make the call (E277, E279, K30)."""
        kind, service = self.me["kind"], self.action.partition(":")[0]
        unsigned = kind not in TYPES and kind != "service"
        wrong_provider = {"saml-provider": "sts:assumerolewithwebidentity", "oidc-provider": "sts:assumerolewithsaml"}
        return (
            (unsigned and (service == "kms" or self.action in {"sts:assumerole", "sts:getcalleridentity"}))
            or (kind == "root" and self.action == "sts:assumerole")
            or wrong_provider.get(kind) == self.action  # E142
            or (kind == "federated-user" and service in {"sts", "iam"} and self.action not in FEDERATED)
            or (kind == "assumed-role" and self.action in {"sts:getsessiontoken", "sts:getfederationtoken"})
        )

    def layers(self) -> list[tuple[str, list[JsonMap]]]:
        """The policies that take part in this request, by type (E43, E46, E49, E50, E59-E62, E69)."""
        kind, given, management = self.me["kind"], self.policies, self.settings.get("management_account", "none")
        linked = "/aws-service-role/" in (self.me["role"] or "")
        found = [("resource", given.get("resource_based", []))]
        if kind in TYPES and kind != "root":
            found += [("identity", given.get("identity_based", []))]
            found += [("boundary", given["permissions_boundary"])] if "permissions_boundary" in given else []
            found += [("session", each) for each in sessions(given)] if kind != "user" else []
        if kind in TYPES and not linked and self.me["account"] != management:
            found += [("scp", level) for level in given.get("service_control", [])]
        linked = (
            linked or (self.trust and ":role/aws-service-role/" in self.resource) or self.action.startswith("iam:")
        )  # E64
        if self.partition and not (linked or self.owner == management or self.action == "kms:retiregrant"):
            found += [("rcp", level) for level in given.get("resource_control", [])]
        found += [("endpoint", given["vpc_endpoint"])] if "vpc_endpoint" in given else []
        return [(name, [d.get("document", d) for d in as_list(documents)]) for name, documents in found]

    def reach(self, document: JsonMap, layer: str, effect: str) -> int:
        """How far the document's statements of one effect reach (E3)."""
        statements = [s for s in as_list(document["Statement"]) if s["Effect"] == effect]
        return max((self.applies(s, document, layer) for s in statements), default=0)

    def rights(self, allow: dict[str, int]) -> bool:
        """Whether the layers that grant do, once nothing denies (E11-E23, E36-E40, E72-E73, E79-E84)."""
        kind, resource = self.me["kind"], allow["resource"]
        if kind not in TYPES:
            return resource == DIRECT and not self.policy_of_bucket  # E35, E45, E46, E110
        limits = bool(allow.get("boundary", 1) and allow.get("session", kind != "federated-user"))  # E25, E30-E31, N12
        own = kind == "root" or bool(allow["identity"] and limits)
        if self.me["account"] != self.owner and (self.action, kind == "root") != ("sts:assumeroot", False):  # E274
            works = not self.key or bool(CROSS_ACCOUNT_KMS.fullmatch(self.action))  # E84
            return own and resource > 0 and works and not self.policy_of_bucket  # E36-E40, E110
        if resource == DIRECT or (resource == ROLE and limits):
            return True  # E15-E20
        return own and (resource > 0 or not (self.trust or self.key))  # E1, E11-E13, E72, E80

    def covers(self, grant: JsonMap) -> bool:
        """Whether a KMS grant covers the request (E88, E89, E91, E280, K21, K22, N9)."""
        limits = {} if self.action == "kms:retiregrant" else grant.get("Constraints", {})
        limits = {"SourceArn": limits.get("SourceArn")} if self.action == "kms:describekey" else limits  # N9
        kind, asked = (self.context.get(f"kms:grant{key}", []) for key in ("constrainttype", "operations"))
        return (
            grant.get("KeyId", self.resource) == self.resource
            and self.action in {f"kms:{name}".lower() for name in grant["Operations"]}
            and (self.action != "kms:creategrant" or set([] if asked == [""] else asked) <= set(grant["Operations"]))
            and not ("EncryptionContextEquals" in limits and "EncryptionContextSubset" in as_list(kind))
            and grant["GranteePrincipal"] in {self.me["arn"], self.me["role"], self.me["user"]}
            and limits.get("EncryptionContextEquals", self.pairs) == self.pairs
            and limits.get("EncryptionContextSubset", {}).items() <= self.pairs.items()
            and limits.get("SourceArn") in {None, self.context.get("aws:sourcearn")}
        )

    def applies(self, statement: JsonMap, document: JsonMap, layer: str) -> int:
        """0 when an element does not match, otherwise whom the statement reaches (E4)."""
        variables = document.get("Version") == "2012-10-17"  # E121
        if layer == "resource" and statement["Effect"] == "Deny" and self.spared:
            return 0
        for name in ("Action", "Resource"):
            positive, patterns = name in statement, statement.get(name, statement.get(f"Not{name}"))
            implied = self.trust or self.action.startswith(("ecr", "elasticfilesystem:", "lambda:"))
            if patterns is None and (name, layer) == ("Resource", "resource") and implied:
                continue  # a trust policy names no resource (E78), nor do some services' policies (E281)
            where = layer if name == "Resource" else "action"
            if patterns in (None, []) or any(self.hit(p, variables, where) for p in as_list(patterns)) != positive:
                return 0  # E86, E116, E117, E150
        for operator, keys in statement.get("Condition", {}).items():
            if not all(self.test(operator, key, values, variables) for key, values in keys.items()):
                return 0  # E190
        return self.principals(statement, layer)

    def hit(self, pattern: str, variables: bool, layer: str) -> bool:
        """Whether an action or resource pattern matches; wildcards stay in the first five segments (E162-E170)."""
        if layer == "action":
            return matches(regex(pattern.lower()), self.action)
        head, tail = pattern.split(":")[:5], pattern.split(":", 5)[5:]
        if pattern == "*" or (not tail and layer != "identity"):
            return matches(regex(pattern), self.resource)
        segments = [regex(part, "[^:]") for part in [*head, *["*"] * (5 - len(head))]]
        segments = [re.sub(r"(?<!\\)\[\^:\]\*$", ".*", segment) for segment in segments]
        last = self.substitute(tail[0] if tail else "*", variables)
        return last is not None and matches(":".join([*segments, regex(last)]), self.resource)  # E133, E168, E179

    def substitute(self, pattern: str, variables: bool) -> str | None:
        """The pattern with its variables' values; None when one has no value and no default (E173-E179).

        Unspecified: wildcards in a value are literal (E181); a variable of a multivalued key has no value (E175).
        """
        if not variables:
            return pattern
        values: list[str | None] = []

        def value(found: re.Match[str]) -> str:
            given = found[1] if found[1] in {"*", "?", "$"} else self.context.get(found[1].lower())
            given = found[2] if given in (None, []) else None if found[1].lower() in MULTIVALUED else given
            values.append(None if given is None or isinstance(given, list) else text(given))
            return (values[-1] or "").translate(LITERAL)

        replaced = re.sub(r"\$\{([^},]*)(?:, '([^']*)')?\}", value, pattern)
        return None if None in values else replaced

    def principals(self, statement: JsonMap, layer: str) -> int:
        """Whom the Principal element reaches (E13-E20, E27, E70, E134-E140)."""
        if layer not in {"resource", "rcp", "endpoint"}:
            return DIRECT
        me, root = self.me, self.me["kind"] == "root"
        if "NotPrincipal" in statement:
            bounded = layer == "resource" and statement["Effect"] == "Deny" and "permissions_boundary" in self.policies
            caught = bounded and me["kind"] in TYPES and not root  # E27
            return DIRECT if caught or not self.excepted(names_in(statement["NotPrincipal"])) else 0
        names = names_in(statement.get("Principal", []))
        if "*" in names or me["arn"] in names:
            return DIRECT
        if me["role"] in names or me["user"] in names:
            return ROLE
        gateway = "gateway" if self.action.startswith(("s3:", "dynamodb:")) else "interface"
        if layer == "endpoint" and not root and self.settings.get("vpc_endpoint_type", gateway) == "gateway":
            return 0
        return (DIRECT if root else ACCOUNT) if self.accounts & names else 0

    def excepted(self, names: set[str]) -> bool:
        """Whether NotPrincipal lists session, role and account (E118). Unspecified: a user needs itself and account."""
        if "*" in names or self.me["kind"] not in TYPES:
            return "*" in names or self.me["arn"] in names
        own = {self.me["arn"], self.me["role"] or self.me["user"] or self.me["arn"]}
        return bool(self.accounts & names) and (self.me["kind"] == "root" or own <= names)

    def test(self, operator: str, key: str, values: Any, variables: bool) -> bool:
        """Whether one key of an operator holds (E151-E152, E188-E195, E223-E228). Unspecified: plain with [] (E263)."""
        quantifier, _, base = operator.rpartition(":")
        base, if_exists = base.removesuffix("IfExists"), base.endswith("IfExists")
        value, wanted = self.context.get(key.lower()), as_list(values)
        given = [] if value is None else [text(v) for v in as_list(value)]
        if given == [""] and key.lower() in MULTIVALUED and (quantifier or base == "Null"):
            given = []  # E280
        if base == "Null":
            return quantifier == "ForAllValues" or (not quantifier and (text(wanted[0]) == "true") is not bool(given))
        negated, base = "Not" in base, base.replace("Not", "")
        if quantifier == "ForAllValues" and given in ([], [""]):
            return True  # E192, E194
        if not given:
            return if_exists or (negated and not quantifier)
        held = [any(self.compare(base, v, text(w), variables) for w in wanted) != negated for v in given]
        return bool(wanted) and (all(held) if quantifier == "ForAllValues" else any(held))

    def compare(self, base: str, value: str, wanted: str, variables: bool) -> bool:
        """One value of the request against one of the policy (E197-E221)."""
        if base.startswith(("String", "Arn")):
            pattern = self.substitute(wanted, variables)
            if pattern is None:
                return False  # E178
            if base.startswith("String"):
                flags = re.IGNORECASE if base.endswith("IgnoreCase") else 0
                return matches(regex(pattern if base == "StringLike" else pattern.translate(LITERAL)), value, flags)
            left, right = pattern.split(":", 5), value.split(":", 5)
            return len(left) == len(right) == 6 and all(matches(regex(p), v) for p, v in zip(left, right, strict=True))
        if base == "IpAddress":  # E158, E214, E215
            bits = wanted.partition("/")[2].strip("0123456789")  # a netmask is no CIDR
            return not bits and ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
        read: Any = text if base in {"Bool", "BinaryEquals"} else float if base.startswith("Numeric") else moment
        found, bound = read(value), read(wanted)
        ordered = ("Less" in base and found < bound) or ("Greater" in base and found > bound)
        return ordered or (base.endswith(("Equals", "Bool")) and found == bound)


def names_in(element: Any) -> set[str]:
    """The values of a Principal element."""
    values = element.values() if isinstance(element, dict) else [element]
    return {name for value in values for name in as_list(value)}


def regex(pattern: str, one: str = ".") -> str:
    """A pattern as a regular expression; ``one`` is what a question mark matches (E162, E169, E172)."""
    signs = {"*": one + "*", "?": one, "\ue000": r"\*", "\ue001": r"\?"}
    return "".join(signs.get(sign, re.escape(sign)) for sign in pattern)


def matches(pattern: str, value: str, flags: int = 0) -> bool:
    """Whether the pattern covers the whole value."""
    return re.fullmatch(pattern, value, flags | re.DOTALL) is not None


def moment(value: str) -> float:
    """Epoch seconds of a date in ISO 8601, or as given (E206). Unspecified: without a zone it is UTC (E209)."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", value):
        return float(value)
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
