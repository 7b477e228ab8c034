"""Checks of the elements: names, types, combinations, Version, Effect, Sid.

Fact: E119, E120, E124, E127, E128, E129, E131, E149, E150
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from policygen.document.write import STATEMENT_ORDER
from policygen.errors import Place
from policygen.lint.policy import IDENTITY_TYPES, Policy, effect_of
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_TOP = ("Version", "Id", "Statement")
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_IAM_SID = re.compile(r"[A-Za-z0-9]*\Z")
_VERSIONS = ("2012-10-17", "2008-10-17")


def check_document(policy: Policy) -> None:
    """Check the document's own elements."""
    _check_names(policy, policy.root, _TOP, "a policy")
    version = policy.root.get("Version")
    if version is None:
        details = "Version is missing: without `2012-10-17` policy variables are literal text"
        policy.add("WARNING", "MISSING_VERSION", details, policy.root.place)
    elif not isinstance(version, Scalar) or version.kind != "str":
        policy.error("DATA_TYPE_MISMATCH", "Version is text", version.place)
    elif version.text not in _VERSIONS:
        policy.error("INVALID_VERSION", f"`{version.text}` is no version: use `2012-10-17`", version.place)
    statement = policy.root.get("Statement")
    if statement is None:
        policy.error("MISSING_STATEMENT", "Statement is missing", policy.root.place)
        return
    nodes = statement.items if isinstance(statement, Sequence) else (statement,)
    for node in nodes:
        if not isinstance(node, Mapping):
            policy.error("DATA_TYPE_MISMATCH", "a statement is a JSON object", node.place)


def _check_names(policy: Policy, node: Mapping, known: tuple[str, ...], what: str) -> None:
    for key, _ in node:
        if key.text not in known:
            near = get_close_matches(key.text, known, n=1)
            hint = f": did you mean `{near[0]}`?" if near else ""
            policy.error("INVALID_POLICY_ELEMENT", f"{what} has no element `{key.text}`{hint}", key.place)


def check_statement(policy: Policy, statement: Mapping) -> None:
    """Check the elements of one statement."""
    _check_names(policy, statement, STATEMENT_ORDER, "a statement")
    _check_effect(policy, statement)
    _check_types(policy, statement)
    for name, negation in _PAIRS:
        if statement.get(name) is not None and statement.get(negation) is not None:
            details = f"{name} and {negation} exclude each other"
            policy.error("UNSUPPORTED_ELEMENT_COMBINATION", details, _key_place(statement, negation))
    _check_action_and_resource(policy, statement)
    _check_principal_presence(policy, statement)
    _check_sid(policy, statement)


def _key_place(statement: Mapping, name: str) -> Place:
    key = statement.key(name)
    return key.place if key else statement.place


def _check_effect(policy: Policy, statement: Mapping) -> None:
    effect = statement.get("Effect")
    if effect is None:
        policy.error("MISSING_EFFECT", "Effect is missing: `Allow` or `Deny`", statement.place)
    elif effect_of(statement) not in ("Allow", "Deny"):
        shown = effect_of(statement)
        policy.error("INVALID_EFFECT", f"`{shown}` is no Effect: `Allow` or `Deny`, case-sensitive", effect.place)


def _check_types(policy: Policy, statement: Mapping) -> None:
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        node = statement.get(name)
        nodes: tuple[Node | None, ...] = node.items if isinstance(node, Sequence) else (node,)
        for each in nodes:
            if each is not None and not (isinstance(each, Scalar) and each.kind == "str"):
                policy.error("DATA_TYPE_MISMATCH", f"{name} is text or a list of texts", each.place)
        if isinstance(node, Sequence) and not node.items:
            code = "EMPTY_ARRAY_ACTION" if "Action" in name else "EMPTY_ARRAY_RESOURCE"
            policy.add("SUGGESTION", code, f"an empty {name} gives the statement no effect", node.place)


def _check_action_and_resource(policy: Policy, statement: Mapping) -> None:
    if statement.get("Action") is None and statement.get("NotAction") is None:
        policy.error("MISSING_ACTION", "Action or NotAction is missing", statement.place)
    resource = statement.get("Resource") or statement.get("NotResource")
    if policy.type == "trust":
        if resource is not None:
            name = "Resource" if statement.get("Resource") is not None else "NotResource"
            details = f"a role trust policy has no {name}: the role itself is the resource"
            policy.error("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", details, _key_place(statement, name))
    elif resource is None:
        policy.error("MISSING_RESOURCE", "Resource or NotResource is missing", statement.place)


def _check_principal_presence(policy: Policy, statement: Mapping) -> None:
    name = "Principal" if statement.get("Principal") is not None else "NotPrincipal"
    present = statement.get(name) is not None
    place = _key_place(statement, name)
    if policy.type in IDENTITY_TYPES and present:
        policy.error("UNSUPPORTED_PRINCIPAL", f"{name} belongs into resource-based policies", place)
    elif policy.type == "scp" and present:
        policy.error("SCP_SYNTAX_ERROR_PRINCIPAL", f"an SCP has no {name}", place)
    elif policy.type in ("resource", "trust", "rcp", "vpc-endpoint") and not present:
        policy.error("MISSING_PRINCIPAL", "Principal is missing", statement.place)
    if policy.type == "trust" and statement.get("NotPrincipal") is not None:
        details = "a role trust policy has no NotPrincipal"
        policy.error("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", details, _key_place(statement, "NotPrincipal"))
    elif statement.get("NotPrincipal") is not None and effect_of(statement) == "Allow":
        details = "NotPrincipal goes with Deny only"
        policy.error("UNSUPPORTED_ELEMENT_COMBINATION", details, _key_place(statement, "NotPrincipal"))
        details = "Allow with NotPrincipal admits everybody who is not listed"
        policy.add("SECURITY_WARNING", "ALLOW_WITH_NOT_PRINCIPAL", details, _key_place(statement, "NotPrincipal"))


def _check_sid(policy: Policy, statement: Mapping) -> None:
    sid = statement.get("Sid")
    if not isinstance(sid, Scalar):
        return
    if sid.text == "":
        policy.add("SUGGESTION", "EMPTY_SID_VALUE", "an empty Sid says nothing: leave it out", sid.place)
    elif policy.type != "resource" and not _IAM_SID.match(sid.text):
        policy.error("UNSUPPORTED_SID", f"the Sid `{sid.text}` holds more than letters and digits", sid.place)


def check_sids(policy: Policy) -> None:
    """Check that Sids are unique: IAM requires it, other services recommend it."""
    seen: set[str] = set()
    for statement in policy.statements():
        sid = statement.get("Sid")
        if not isinstance(sid, Scalar) or not sid.text:
            continue
        if sid.text in seen:
            details = f"the Sid `{sid.text}` is given twice"
            if policy.type == "resource":
                policy.add("WARNING", "UNIQUE_SIDS_RECOMMENDED", details, sid.place)
            else:
                policy.error("UNIQUE_SIDS_REQUIRED", details, sid.place)
        seen.add(sid.text)
