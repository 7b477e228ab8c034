"""Why a check is not known, and the command that gets what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote
from urllib.parse import quote as encoded

from policygen.denials.model import Listed
from policygen.evaluation.results.checks import CheckType
from policygen.request import Request

_FOLDER = "FOLDER"
"""Where two answers lie beside each other: one that does not say of what it is, and one that does."""


def not_linked(lacking: Iterable[Listed]) -> str:
    """Return what is lacking of AWS's list: the texts of policies."""
    listed = list(lacking)
    more = f" and of {len(listed) - 1} more" if len(listed) > 1 else ""
    uri = listed[0].uri
    command = f"aws iam-toolbox get-request-authorization-policy --authorization-id ID --policy-uri {quote(uri)}"
    return f"the text of `{uri}`{more} is not here: {command} > {quote(encoded(uri, safe='') + '.json')}"


def not_attached(target: str | None) -> str:
    """Return what is lacking of AWS's list: any policy at a level."""
    return f"no policy that is attached to `{target}` is listed: AWS left it out"


def left_out() -> str:
    """Return that what AWS says follows from no policy that it lists."""
    return "AWS names no policy for it, or one that is not listed: it left out the one that decided"


def not_held(kind: CheckType, request: Request, authorization_id: str | None) -> str:
    """Return what is lacking of an environment, and the command that reads it."""
    if kind is CheckType.SESSION:
        asked = authorization_id or "ID"
        command = f"aws iam-toolbox get-request-authorization-details --authorization-id {asked}"
        return f"session policies stand in AWS's authorization details alone: {command}"
    what, command = _command(kind, request)
    where = next((each for each in (_FOLDER, "DIR") if each in command), "FILE")
    return f"{what} are not here: {command}, then `--environment {where}`"


def _command(kind: CheckType, request: Request) -> tuple[str, str]:
    """Return what is missing, and what reads it."""
    if kind in (CheckType.PRINCIPAL, CheckType.BOUNDARY):
        who = request.principal.role_arn or request.principal.arn
        return f"the policies of `{who}`", "aws iam get-account-authorization-details > FILE"
    if kind is CheckType.VPC_ENDPOINT:
        return "the policy of the VPC endpoint and its type", "aws ec2 describe-vpc-endpoints > FILE"
    if kind is CheckType.RESOURCE:
        return f"the policies of `{request.resource}`", _of_resource(request)
    words = "SCPs" if kind is CheckType.SERVICE_CONTROL else "RCPs"
    return f"the {words} of the organization", "policygen fetch account -o DIR"


def _of_resource(request: Request) -> str:
    arn = request.arn
    if arn is not None and arn.service == "s3":
        return f"aws s3api get-bucket-policy --bucket {quote(arn.resource.partition('/')[0])} > FILE"
    if arn is not None and arn.service == "kms":
        asked = f"--region {arn.region} --key-id {quote(str(arn))}"
        named = f"aws kms describe-key {asked} > {_FOLDER}/key.json"
        return f"{named}; aws kms get-key-policy {asked} --policy-name default > {_FOLDER}/policy.json"
    if arn is not None and arn.service == "iam" and arn.resource.startswith("role/"):
        return f"aws iam get-role --role-name {quote(arn.resource.rpartition('/')[2])} > FILE"
    return "save its policy as AWS gives it"
