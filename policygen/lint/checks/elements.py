"""Checks of the elements: names, types, combinations, Version, Effect, Sid.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from policygen.aws.resource_types import ACCESS_POINTS, BUCKET, SERVICE_OF_RESOURCE
from policygen.catalog.spelling import WIDE, did_you_mean, hinted, shown
from policygen.document.write import DOCUMENT_ORDER, STATEMENT_ORDER
from policygen.errors import Place
from policygen.evaluation.layers import RESOURCE_IMPLIED
from policygen.lint.check import Hit, at, at_key, check, statement_check, text_check
from policygen.lint.findings import ERROR, SUGGESTION, WARNING, FindingType
from policygen.lint.policy import Policy, Statement, services_of
from policygen.lint.policy_types import (
    IAM_TYPES,
    IDENTITY_TYPES,
    POLICIES,
    WITH_FREE_SIDS,
    WITH_PRINCIPAL,
    PolicyType,
    is_text,
    statement_nodes,
)
from policygen.source.nodes import Mapping, Node, Scalar, Sequence

_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_IAM_SID = re.compile(r"[A-Za-z0-9]*\Z")
_BEYOND_LATIN = re.compile(r"[^\t\n\r\x20-\xff]")
_PUT_BUCKET_POLICY = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html"
_REPOSITORIES = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html"
_QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"


@text_check("JSON_SYNTAX_ERROR", ERROR)
def json_syntax_error(policy: Policy) -> Iterator[Hit]:
    """Text that is not JSON."""
    yield from (Hit(place=each.place, details=hinted(each.message, each.hint or "")) for each in policy.problems)


@check("CHARACTERS_BEFORE_POLICY", ERROR, facts="S51", url=_PUT_BUCKET_POLICY)
def characters_before_policy(policy: Policy) -> Iterator[Hit]:
    """A byte order mark or white space before the policy, which S3 refuses; a WARNING for other policies."""
    if policy.before:
        what = "a byte order mark (U+FEFF)" if "\ufeff" in policy.before else "white space"
        place = Place(source=policy.root.place.source, line=1, column=1)
        details = f"{what} stands before the policy: S3 wants `{{` as the first character"
        yield Hit(place=place, details=details, warning=policy.resource_type not in ACCESS_POINTS | {BUCKET})


@check("INVALID_POLICY_ELEMENT", ERROR, facts="E119 E123 E131")
def invalid_policy_element(policy: Policy) -> Iterator[Hit]:
    """An element that the policy language, or this policy type, does not have."""
    for key, _ in policy.root:
        if key.text == "Id" and policy.type in IDENTITY_TYPES:
            yield at_key(key, "Id belongs in resource-based policies")
        yield from _unknown(key, "a policy", DOCUMENT_ORDER)
    for statement in policy.statements:
        for key, _ in statement.node:
            yield from _unknown(key, "a statement", STATEMENT_ORDER)


def _unknown(key: Scalar, what: str, known: tuple[str, ...]) -> Iterator[Hit]:
    if key.text not in known:
        details = f"{what} has no element {shown(key.text)}"
        yield at_key(key, hinted(details, did_you_mean(key.text, known, WIDE)))


@text_check("DATA_TYPE_MISMATCH", ERROR, facts="E124 E125 E126 E130")
def data_type_mismatch(policy: Policy) -> Iterator[Hit]:
    """A JSON value of the wrong type for its element."""
    if policy.instead is not None:
        yield at(policy.instead, "a policy document is a JSON object")
    if policy.type in POLICIES:
        yield from _not_text(policy.root, "Version", "Id")
        for node in statement_nodes(policy.root):
            if not isinstance(node, Mapping):
                yield at(node, "a statement is a JSON object")
    for statement in policy.statements:
        yield from _not_text(statement.node, "Sid", "Effect")
        for key, node in statement.elements(*_LISTS):
            yield from _not_texts(node, key.text)
        for _, principal in statement.elements("Principal", "NotPrincipal"):
            for key, values in principal if isinstance(principal, Mapping) else ():
                yield from _not_texts(values, shown(key.text))
        for _, block in statement.elements("Condition"):
            yield from _not_conditions(block)


def _not_text(holder: Mapping, *names: str) -> Iterator[Hit]:
    for key, node in holder:
        if key.text in names and not is_text(node):
            yield at(node, f"{key.text} is text")


def _not_texts(node: Node, name: str) -> Iterator[Hit]:
    for each in node.items if isinstance(node, Sequence) else (node,):
        if not is_text(each):
            yield at(each, f"{name} is text or a list of texts")


def _not_conditions(block: Node) -> Iterator[Hit]:
    if not isinstance(block, Mapping):
        yield at(block, "Condition is a JSON object of operators")
        return
    for operator, keys in block:
        if not isinstance(keys, Mapping):
            yield at(keys, f"{shown(operator.text)} holds a JSON object of condition keys")
            continue
        for _, values in keys:
            for each in values.items if isinstance(values, Sequence) else (values,):
                if not isinstance(each, Scalar) or each.is_null:
                    yield at(each, "a condition value is text, a number, true, false, or a list of them")


@check("MISSING_STATEMENT", ERROR, facts="E119 E124")
def missing_statement(policy: Policy) -> Iterator[Hit]:
    """A policy without Statement, or without a statement in it."""
    node = policy.root.get("Statement")
    if node is None:
        yield at(policy.root, "Statement is missing")
    elif not statement_nodes(policy.root):
        yield at(node, "Statement holds no statement")


@check("MISSING_VERSION", WARNING, facts="E121 E122 E251")
def missing_version(policy: Policy) -> Iterator[Hit]:
    """A policy without Version."""
    if policy.root.get("Version") is None:
        yield at(policy.root, "Version is missing: without `2012-10-17` policy variables are literal text")


@check("INVALID_VERSION", ERROR, facts="E120")
def invalid_version(policy: Policy) -> Iterator[Hit]:
    """A Version that is neither 2012-10-17 nor 2008-10-17."""
    version = policy.root.get("Version")
    if is_text(version) and version.text not in ("2012-10-17", "2008-10-17"):
        yield at(version, f"{shown(version.text)} is not a version of the policy language: use `2012-10-17`")


@statement_check("MISSING_EFFECT", ERROR, facts="E128")
def missing_effect(statement: Statement) -> Iterator[Hit]:
    """A statement without Effect."""
    if not statement.elements("Effect"):
        yield at(statement.node, "Effect is missing: `Allow` or `Deny`")


@statement_check("INVALID_EFFECT", ERROR, facts="E128")
def invalid_effect(statement: Statement) -> Iterator[Hit]:
    """An Effect that is not exactly Allow or Deny."""
    effect = statement.get("Effect")
    if is_text(effect) and effect.text not in ("Allow", "Deny"):
        yield at(effect, f"{shown(effect.text)} is not an Effect: `Allow` or `Deny`, case-sensitive")


@statement_check("MISSING_ACTION", ERROR, facts="E129 E86")
def missing_action(statement: Statement) -> Iterator[Hit]:
    """A statement without Action and NotAction; a WARNING in a key policy, which KMS saves without effect."""
    yield from _missing(statement, "Action")


@statement_check("MISSING_RESOURCE", ERROR, facts="E129 E86 E281", types=POLICIES - {PolicyType.TRUST})
def missing_resource(statement: Statement) -> Iterator[Hit]:
    """A statement without Resource and NotResource; a WARNING in a key policy, which KMS saves without effect.

    Policies of some services imply the resource that they are attached to.
    """
    services = _services(statement)
    if statement.policy.type is not PolicyType.RESOURCE or not services or not services <= RESOURCE_IMPLIED:
        yield from _missing(statement, "Resource", '; `"*"` means this key')


def _services(statement: Statement) -> frozenset[str]:
    """Return whose resource a policy may stand on: that of its type, else of the actions beside it or in the policy."""
    policy = statement.policy
    owner = SERVICE_OF_RESOURCE.get(policy.resource_type or "")
    return frozenset({owner}) if owner else services_of(statement.actions) or policy.services


@statement_check(
    "RESOURCE_IN_REPOSITORY_POLICY", WARNING, facts="E281", types=frozenset({PolicyType.RESOURCE}), url=_REPOSITORIES
)
def resource_in_repository_policy(statement: Statement) -> Iterator[Hit]:
    """A named resource in the policy of an ECR repository, which means the repository in any case."""
    services = _services(statement)
    for each in statement.resources if services and services <= {"ecr", "ecr-public"} else ():
        if each.text != "*":
            yield at(
                each, "a repository policy means its repository, and ECR may refuse a named one: leave Resource out"
            )


def _missing(statement: Statement, name: str, advice: str = "") -> Iterator[Hit]:
    if not statement.elements(name, f"Not{name}"):
        saved = statement.policy.is_key_policy
        outcome = f"{name} is missing: KMS saves the statement, but it has no effect{advice}"
        yield at(statement.node, outcome if saved else f"{name} or Not{name} is missing", warning=saved)


@statement_check("MISSING_PRINCIPAL", ERROR, facts="E129 E149", types=WITH_PRINCIPAL)
def missing_principal(statement: Statement) -> Iterator[Hit]:
    """A statement of a resource-based policy without Principal and NotPrincipal."""
    if not statement.elements("Principal", "NotPrincipal"):
        everybody = statement.policy.type in (PolicyType.RCP, PolicyType.VPC_ENDPOINT)
        hint = '`"*"` stands for everybody' if everybody else 'write for example `{"AWS": "111122223333"}`'
        yield at(statement.node, f"Principal is missing: {hint}")


@statement_check("UNSUPPORTED_PRINCIPAL", ERROR, facts="E129 E149", types=IDENTITY_TYPES)
def unsupported_principal(statement: Statement) -> Iterator[Hit]:
    """Principal or NotPrincipal in a policy that stands on a principal."""
    for key, _ in statement.elements("Principal", "NotPrincipal"):
        yield at_key(key, f"{key.text} belongs in resource-based policies")


def _has_no(code: str, facts: str, policy_type: PolicyType, whose: str, *names: str, why: str = "") -> None:
    """Register the check of elements that a policy type does not have."""

    def find(statement: Statement) -> Iterator[Hit]:
        for key, _ in statement.elements(*names):
            yield at_key(key, f"{whose} has no {key.text}{why}")

    summary = f"{' or '.join(names)} in {whose}"
    statement_check(code, ERROR, facts=facts, types=frozenset({policy_type}), summary=summary)(find)


_ALL = ": it concerns everybody in its accounts"
_ITSELF = ": the role itself is the resource"
_has_no("SCP_SYNTAX_ERROR_PRINCIPAL", "E56", PolicyType.SCP, "an SCP", "Principal", "NotPrincipal", why=_ALL)
_has_no("RCP_SYNTAX_ERROR_NOTACTION", "E63", PolicyType.RCP, "an RCP", "NotAction")
_TRUST = (PolicyType.TRUST, "a role trust policy")
_has_no("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", "E78 E129", *_TRUST, "Resource", "NotResource", why=_ITSELF)
_has_no("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", "E78 E118", *_TRUST, "NotPrincipal")


@statement_check("UNSUPPORTED_ELEMENT_COMBINATION", ERROR, facts="E129 E118")
def unsupported_element_combination(statement: Statement) -> Iterator[Hit]:
    """An element together with its negation, or NotPrincipal together with Allow."""
    for key, _ in statement.elements("NotAction", "NotResource", "NotPrincipal"):
        name = key.text.removeprefix("Not")
        if statement.elements(name):
            yield at_key(key, f"{name} and {key.text} exclude each other")
        if key.text == "NotPrincipal" and statement.allows and statement.policy.type in WITH_PRINCIPAL:
            yield at_key(key, "NotPrincipal works with Deny only")


def _empty_list(name: str) -> None:
    """Register the check of empty lists in an element, or in its negation."""

    def find(statement: Statement) -> Iterator[Hit]:
        for key, node in statement.elements(name, f"Not{name}"):
            if isinstance(node, Sequence) and not node.items:
                yield at(node, f"an empty {key.text} leaves the statement without effect")

    summary = f"An empty list of {name.lower()}s"
    statement_check(f"EMPTY_ARRAY_{name.upper()}", SUGGESTION, facts="E150", summary=summary)(find)


_empty_list("Action")
_empty_list("Resource")


@statement_check("EMPTY_SID_VALUE", SUGGESTION, facts="E127")
def empty_sid_value(statement: Statement) -> Iterator[Hit]:
    """An empty Sid."""
    if statement.sid is not None and not statement.sid.text:
        yield at(statement.sid, "an empty Sid says nothing: leave it out")


@statement_check("UNSUPPORTED_SID", ERROR, facts="E127", types=POLICIES - WITH_FREE_SIDS)
def unsupported_sid(statement: Statement) -> Iterator[Hit]:
    """A Sid with more than letters and digits; services set their own rules for their resources."""
    if statement.sid is not None and not _IAM_SID.match(statement.sid.text):
        yield at(statement.sid, f"the Sid {shown(statement.sid.text)} holds more than letters and digits")


def _unique_sids(code: str, finding_type: FindingType, types: frozenset[PolicyType], where: str, why: str) -> None:
    """Register the check of Sids that are given twice, for the types where they must not be, or may be."""

    def find(policy: Policy) -> Iterator[Hit]:
        seen: set[str] = set()
        for sid in (each.sid for each in policy.statements if each.sid is not None and each.sid.text):
            if sid.text in seen:
                yield at(sid, f"the Sid {shown(sid.text)} is given twice{why}")
            seen.add(sid.text)

    check(code, finding_type, facts="E127", types=types, summary=f"A Sid that is given twice where it {where}")(find)


_unique_sids("UNIQUE_SIDS_REQUIRED", ERROR, POLICIES - WITH_FREE_SIDS, "must be unique", "")
_unique_sids(
    "UNIQUE_SIDS_RECOMMENDED", WARNING, WITH_FREE_SIDS, "may be", ": findings and logs cannot tell the statements apart"
)


@check("UNSUPPORTED_CHARACTER", ERROR, facts="E132", types=IAM_TYPES, url=_QUOTAS)
def unsupported_character(policy: Policy) -> Iterator[Hit]:
    """A character that IAM takes in no policy: only U+0009, U+000A, U+000D and U+0020 to U+00FF."""
    found = _BEYOND_LATIN.search(policy.text)
    if found:
        before = policy.text[: found.start()]
        column = found.start() - before.rfind("\n")
        place = replace(policy.root.place, line=before.count("\n") + 1, column=column)
        details = f"IAM does not take the character U+{ord(found.group()):04X}: write it as an escape"
        yield Hit(place=place, details=details)
