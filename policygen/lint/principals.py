"""Checks of Principal and NotPrincipal.

Fact: E134, E136, E138, E139, E142, E146, E63
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re

from policygen.lint.policy import Element, Policy, texts
from policygen.source.nodes import Mapping, Scalar, Sequence

_KEYS = ("AWS", "CanonicalUser", "Federated", "Service")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|api\.aws)\Z")
_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]{4,}\Z")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/.*)?\Z")
_SAML = ":saml-provider/"
_OIDC = ":oidc-provider/"


def check_principals(policy: Policy, statement: Mapping) -> None:
    """Check the form of Principal and NotPrincipal."""
    for name in ("Principal", "NotPrincipal"):
        node = statement.get(name)
        if node is None:
            continue
        if policy.type == "rcp":
            _check_rcp(policy, name, statement)
        if isinstance(node, Scalar):
            _check_bare(policy, node, name)
        elif isinstance(node, Mapping):
            _check_map(policy, node, statement)
        else:
            details = f'{name} is `"*"` or a JSON object'
            policy.error("INVALID_PRINCIPAL_FORMAT", details, node.place)


def _check_rcp(policy: Policy, name: str, statement: Mapping) -> None:
    node = statement.get(name)
    if node is not None and (name == "NotPrincipal" or not (isinstance(node, Scalar) and node.text == "*")):
        policy.error("RCP_SYNTAX_ERROR_PRINCIPAL", 'the Principal of an RCP is exactly `"*"`', node.place)


def _check_bare(policy: Policy, node: Scalar, name: str) -> None:
    if node.text != "*":
        details = f'{name} is `"*"` or a JSON object such as {{"AWS": "{node.text}"}}'
        policy.error("INVALID_PRINCIPAL_FORMAT", details, node.place)
    elif policy.type == "trust":
        details = 'a role that trusts `"*"` can be assumed from every account'
        policy.error("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", details, node.place)


def _check_map(policy: Policy, node: Mapping, statement: Mapping) -> None:
    if not node.entries:
        policy.add("SUGGESTION", "EMPTY_OBJECT_PRINCIPAL", "an empty Principal names nobody", node.place)
    for key, child in node:
        if key.text not in _KEYS:
            details = f"`{key.text}` is no kind of principal: use {', '.join(_KEYS)}"
            policy.error("INVALID_PRINCIPAL_KEY", details, key.place)
            continue
        if isinstance(child, Sequence) and not child.items:
            policy.add("SUGGESTION", "EMPTY_ARRAY_PRINCIPAL", "an empty list names nobody", child.place)
        for element in texts(child):
            _check_value(policy, key.text, element, statement)


def _check_value(policy: Policy, kind: str, element: Element, statement: Mapping) -> None:
    text, place = element.text, element.place
    if kind == "AWS":
        _check_aws(policy, element)
    elif kind == "Service":
        if "*" in text:
            details = "no wildcard stands for services: name each one"
            policy.error("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", details, place)
        elif not _SERVICE.match(text):
            details = f"`{text}` is no service principal: they look like `s3.amazonaws.com`"
            policy.error("INVALID_SERVICE_PRINCIPAL_FORMAT", details, place)
    elif kind == "Federated":
        if policy.type != "trust":
            details = "Federated principals belong into role trust policies"
            policy.error("FEDERATED_PRINCIPAL_NOT_SUPPORTED", details, place)
        else:
            _check_federated(policy, element, statement)


def _check_aws(policy: Policy, element: Element) -> None:
    text, place = element.text, element.place
    if text == "*":
        if policy.type == "trust":
            details = 'a role that trusts `"*"` can be assumed from every account'
            policy.error("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", details, place)
    elif "*" in text or "?" in text:
        details = f"`{text}`: a wildcard stands for a whole principal only; test aws:PrincipalArn in a condition"
        policy.error("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", details, place)
    elif _UNIQUE_ID.match(text):
        code = "INVALID_ROLE_REFERENCE" if text.startswith("AROA") else "INVALID_USER_REFERENCE"
        details = f"`{text}` is the unique id of a principal that is gone, or that should be named by its ARN"
        policy.add("WARNING", code, details, place)


def _check_federated(policy: Policy, element: Element, statement: Mapping) -> None:
    text, place = element.text, element.place
    is_saml, is_oidc = _SAML in text, _OIDC in text or _DOMAIN.match(text) is not None
    if not is_saml and not is_oidc:
        details = f"`{text}` is no identity provider: a domain, or the ARN of a provider"
        policy.error("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", details, place)
        return
    wrong = "sts:AssumeRoleWithWebIdentity" if is_saml else "sts:AssumeRoleWithSAML"
    right = "sts:AssumeRoleWithSAML" if is_saml else "sts:AssumeRoleWithWebIdentity"
    for action in texts(statement.get("Action")):
        if action.text.lower() in (wrong.lower(), "sts:assumerole"):
            kind = "a SAML provider" if is_saml else "a web identity provider"
            policy.error("MISMATCHED_ACTION_FOR_PRINCIPAL", f"{kind} goes with {right}", action.place)
