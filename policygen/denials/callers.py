"""Who called, and whose the resource is: what the context keys of a denied call, and the policies asked, tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policygen.aws.arns import is_account_id, parse_arn
from policygen.denials.model import WORDS, Listed, ShownCheck
from policygen.evaluation.results.checks import CheckType

_OF_PRINCIPALS = (WORDS[CheckType.PRINCIPAL], WORDS[CheckType.BOUNDARY], WORDS[CheckType.SESSION])


def principal_of(context: Mapping[str, Any], policies: Iterable[Listed], action: str) -> str | dict[str, Any] | None:
    """Return the caller as requests take it; None where nothing tells.

    Args:
        context: The context keys of the call.
        policies: The policies that were asked about it.
        action: ``service:Action``.

    Fact: G1, G2
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    keys = {name.lower(): text for name, value in context.items() if (text := _text(value)) is not None}
    attached = [arn for each in policies if each.type in _OF_PRINCIPALS for arn in each.attached_to]
    provider = keys.get("aws:federatedprovider")
    if action.lower().startswith("sts:assumerolewith") and provider:
        return provider
    named = keys.get("aws:principalarn")
    if named is None and keys.get("aws:principalisawsservice") == "true":
        return keys.get("aws:principalservicename")
    if named is None and "anonymous" in (keys.get("aws:principalaccount"), keys.get("aws:principaltype", "").lower()):
        return "anonymous"
    named = named or next(iter(attached), None)
    return None if named is None else _of_arn(named, keys.get("aws:userid", ""), attached)


def _of_arn(named: str, userid: str, attached: Iterable[str]) -> str | dict[str, Any]:
    """Return a caller by its ARN: a role's is that of a session, whose name ``aws:userid`` ends in."""
    arn = parse_arn(named)
    unique_id, _, session = userid.partition(":")
    if arn is None:
        return named
    if arn.service == "iam" and arn.resource.startswith("role/") and session:
        name = arn.resource.rpartition("/")[2]
        of_session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{name}/{session}"
        return {"arn": of_session, "role": named, "unique_id": unique_id}
    if arn.resource.startswith("federated-user/"):
        user = next((each for each in attached if ":user/" in each), None)
        return {"arn": named} | ({"user": user} if user else {})
    is_user = arn.service == "iam" and arn.resource.startswith("user/")
    return {"arn": named, "unique_id": userid} if is_user and userid else named


def owner_of(context: Mapping[str, Any], checks: Iterable[ShownCheck]) -> str | None:
    """Return the account of the resource: as the context says it, else that at which its RCPs end; None for neither."""
    for name, value in context.items():
        if name.lower() in ("aws:resourceaccount", "s3:resourceaccount") and is_account_id(_text(value) or ""):
            return _text(value)
    of_account = (each.target for each in checks if each.type is CheckType.RESOURCE_CONTROL and each.target)
    found = [target.rpartition("/")[2] for target in of_account if ":account/" in target]
    return found[-1] if found else None


def _text(value: Any) -> str | None:
    """Return the one value of a key as text."""
    if isinstance(value, (list, tuple)):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
