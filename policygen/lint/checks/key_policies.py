"""Checks of KMS key policies: what KMS refuses to save.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from collections.abc import Iterator

from policygen.aws.arns import is_account_id, parse_arn
from policygen.catalog.spelling import shown
from policygen.lint.check import Hit, at, at_key, check, condition_check
from policygen.lint.findings import ERROR
from policygen.lint.policy import Condition, Policy, Statement
from policygen.lint.policy_types import PolicyType
from policygen.matching.overlap import overlap

_RESOURCE = frozenset({PolicyType.RESOURCE})
_PUT_KEY_POLICY = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
_CONDITIONS = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
_CHANGE = "kms:putkeypolicy"
_ANY_KEY = "arn:*:kms:*:*:key/*"
_REFUSED = ("kms:resourcealiases", "kms:resourcetag/", "aws:resourcetag/")


@check("KEY_POLICY_CANNOT_BE_CHANGED", ERROR, facts="K9 E118", types=_RESOURCE, url=_PUT_KEY_POLICY)
def key_policy_cannot_be_changed(policy: Policy) -> Iterator[Hit]:
    """A key policy that lets nobody change it; KMS saves it only with BypassPolicyLockoutSafetyCheck.

    A WARNING where only its looks say that it is a key policy, and no part of one, or an RCP.
    """
    if not policy.is_key_policy or not policy.statements or policy.functions:
        return
    statements = [each for each in policy.statements if each.covers(_CHANGE) and _is_about_the_key(each)]
    admitted = {who for each in statements if each.allows for who in _callers(each)}
    denying = [each for each in statements if each.denies and not each.conditions]
    if not admitted:
        details = "nobody may change this key policy: no Allow of kms:PutKeyPolicy names an account, user or role"
        hint = 'allow `kms:*` to `{"AWS": "arn:aws:iam::ACCOUNT:root"}`'
        yield at(policy.root, f"{details}; {hint}", warning=policy.by_looks)
    elif not _left(admitted, denying):
        details = "nobody may change this key policy: kms:PutKeyPolicy is denied to everybody whom it is allowed to"
        hint = "spare an administrator by a condition on aws:PrincipalArn"
        yield at(denying[0].node, f"{details}; {hint}", warning=policy.by_looks)


def _is_about_the_key(statement: Statement) -> bool:
    """Tell whether a statement's Resource can be a key; without Resource a key policy's statement has no effect."""
    return bool(statement.not_resources) or any(overlap(each.text[:2048], _ANY_KEY) for each in statement.resources)


def _named(statement: Statement) -> set[str]:
    return {each.value.text for each in statement.principals if each.kind in ("*", "AWS")}


def _callers(statement: Statement) -> set[str]:
    """Return whom Principal names that can call KMS themselves; all but those whom NotPrincipal names are everybody."""
    return {"*"} if statement.get("NotPrincipal") is not None else _named(statement)


def _left(admitted: set[str], denying: list[Statement]) -> list[str]:
    """Return those who are admitted and whom no Deny without conditions keeps out; an account's means all of it.

    A Deny with NotPrincipal spares those whose account it lists, too (E118).
    """
    named = {who for each in denying if each.get("NotPrincipal") is None for who in _named(each)}
    accounts = _accounts(named)
    spared = [_accounts(_named(each)) for each in denying if each.get("NotPrincipal") is not None]
    spared = [each for each in spared if "*" not in each]
    may = admitted - named if "*" not in named else set()
    if "*" in may and spared:
        may |= set.intersection(*spared)
    return [who for who in may if _account(who) not in accounts and all(_account(who) in each for each in spared)]


def _accounts(principals: set[str]) -> set[str]:
    """Return the accounts that are named as such; `*` is all of them."""
    return {_account(who) for who in principals if who == "*" or is_account_id(who) or who.endswith(":root")}


def _account(principal: str) -> str:
    arn = parse_arn(principal)
    return arn.account if arn is not None else principal


@condition_check("UNSUPPORTED_CONDITION_KEY_IN_KEY_POLICY", ERROR, facts="K31 K16", types=_RESOURCE, url=_CONDITIONS)
def unsupported_condition_key_in_key_policy(condition: Condition) -> Iterator[Hit]:
    """A key about the key's own aliases or tags, which IAM policies may test and key policies may not."""
    if condition.policy.is_key_policy and condition.name.startswith(_REFUSED):
        yield at_key(
            condition.key, f"KMS refuses {shown(condition.key.text)} in a key policy: test it in an IAM policy"
        )
