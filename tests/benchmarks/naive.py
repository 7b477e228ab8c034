"""The plain walk: what one would write in an afternoon. It walks the dicts and matches regular expressions each time.

It knows what the workloads need: identity-based and resource-based policies of one account, SCPs, a boundary, the
operators in them. The engine's decisions on every workload are compared with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

Document = Mapping[str, Any]
Compile = Callable[[str], "re.Pattern[str]"]

ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern with ``*`` and ``?`` as a regular expression."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts) + r"\Z", re.DOTALL)


compile_once = lru_cache(maxsize=None)(compile_pattern)
"""The same, remembered for ever: the plain walk at its best."""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Walk:
    """The policies of a workload, and how patterns become regular expressions."""

    def __init__(self, workload: Any, *, remember: bool) -> None:
        """Walk the documents of ``workload``; with ``remember``, every regular expression is compiled once only."""
        self.workload = workload
        self.compile: Compile = compile_once if remember else compile_pattern

    def decide(self, request: Mapping[str, Any]) -> str:
        """Return the decision word for a request's arguments."""
        principal = request["principal"]
        role = principal.get("role", principal["arn"]) if isinstance(principal, dict) else principal
        context = self.context(request, role)
        attached = self.workload.roles[role]
        holder = (
            request["resource"].split("/")[0] if request["resource"].startswith("arn:aws:s3") else request["resource"]
        )
        resource_policy = self.workload.resources.get(holder)
        layers = [
            [effects for document in level for effects in self.effects(document, request, context)]
            for level in self.workload.service_control
        ]
        if attached.permissions_boundary:
            layers.append(self.effects(attached.permissions_boundary, request, context))
        identity = [e for document in attached.identity_based for e in self.effects(document, request, context)]
        resource = self.effects(resource_policy, request, context, role) if resource_policy else []
        if any("Deny" in effects for effects in (*layers, identity, resource)):
            return EXPLICIT_DENY
        if not all("Allow" in effects for effects in layers):
            return IMPLICIT_DENY
        if "AllowAccount" in resource or not request["action"].startswith("kms:"):
            return ALLOWED if "Allow" in identity or "Allow" in resource else IMPLICIT_DENY
        return ALLOWED if "Allow" in resource else IMPLICIT_DENY

    def context(self, request: Mapping[str, Any], role: str) -> dict[str, Any]:
        """Return the context by lower-case name, with the caller's tags."""
        found = {key.lower(): value for key, value in request["context"].items()}
        principal = request["principal"]
        for key, value in (principal.get("tags", {}) if isinstance(principal, dict) else {}).items():
            found[f"aws:principaltag/{key}".lower()] = value
        found["aws:principalarn"] = role
        return found

    def effects(
        self, document: Document, request: Mapping[str, Any], context: Mapping[str, Any], role: str | None = None
    ) -> list[str]:
        """Return the effects of the statements that apply; ``role`` is given for a resource's policy."""
        found = []
        for statement in _listed(document["Statement"]):
            if role is not None and not self.names(statement["Principal"], role):
                continue
            if self.applies(statement, request, context):
                delegates = isinstance(statement.get("Principal"), dict) and ":root" in statement["Principal"]["AWS"]
                found.append(statement["Effect"] + ("Account" if delegates else ""))
        return found

    def names(self, principal: Any, role: str) -> bool:
        """Tell whether a Principal element names a role, or its account."""
        return principal == "*" or principal["AWS"] in (role, f"arn:aws:iam::{role.split(':')[4]}:root")

    def applies(self, statement: Document, request: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        """Tell whether action, resource and conditions match."""
        action = request["action"].lower()
        if "NotAction" in statement:
            if self.any_matches([each.lower() for each in _listed(statement["NotAction"])], action):
                return False
        elif not self.any_matches([each.lower() for each in _listed(statement["Action"])], action):
            return False
        if not self.any_matches(_listed(statement["Resource"]), request["resource"]):
            return False
        conditions = statement.get("Condition", {})
        return all(
            self.holds(operator, context.get(key.lower()), _listed(values))
            for operator, keys in conditions.items()
            for key, values in keys.items()
        )

    def any_matches(self, patterns: list[str], text: str) -> bool:
        """Tell whether one of the patterns matches the whole text."""
        return any(self.compile(pattern).match(text) for pattern in patterns)

    def holds(self, operator: str, found: str | None, values: list[str]) -> bool:
        """Tell whether a condition holds."""
        if found is None:
            return operator.startswith("StringNot")
        if operator in ("StringEquals", "Bool"):
            return found in values
        if operator == "StringNotEquals":
            return found not in values
        if operator == "StringLike":
            return self.any_matches(values, found)
        if operator == "IpAddress":
            return any(ip_address(found) in ip_network(value) for value in values)
        message = f"the workloads have no {operator}"
        raise ValueError(message)
