"""What one call needs beside the action that is asked for: named in explanations, each with a verdict of its own.

The verdict on a request stays that on its own action, save for the calls of STS (:mod:`services.sts`), which AWS
refuses as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from policygen.aws.arns import parse_arn, via_service
from policygen.evaluation.policies import Settings
from policygen.evaluation.services import sts
from policygen.request.model import Request

_KMS_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_OF_UPLOADS = {
    "s3:PutObjectTagging": ("s3:requestobjecttag/", "s3:requestobjecttagkeys"),
    "s3:PutObjectAcl": ("s3:x-amz-acl", "s3:x-amz-grant-"),
    "s3:PutObjectRetention": ("s3:object-lock-mode", "s3:object-lock-retain-until-date"),
    "s3:PutObjectLegalHold": ("s3:object-lock-legal-hold",),
}
"""Actions that an upload needs when it carries keys that begin so."""

_OF_KEYS = {
    **dict.fromkeys(("s3:getobject", "s3:getobjectversion"), "kms:Decrypt"),
    "s3:putobject": "kms:GenerateDataKey",
}
"""What S3 asks of the key of an object under SSE-KMS, for the caller."""

_TAGGING = {
    "ec2": "CreateTags",
    "elasticloadbalancing": "AddTags",
    "sqs": "TagQueue",
    **dict.fromkeys("dynamodb ecs kms lambda logs s3 secretsmanager sns".split(), "TagResource"),
}
"""Services that ask for a right to tag when something is created with tags."""

_READING = re.compile("(batch)?(get|list|describe|head|delete|query|scan|decrypt)", re.IGNORECASE)
"""How actions begin that create nothing, whatever tags a request states."""

_PASSING = frozenset(
    """
    codebuild:createproject codepipeline:createpipeline glue:createjob lambda:createfunction s3:createjob
    s3:putreplicationconfiguration scheduler:createschedule states:createstatemachine
    """.split()
)
"""Actions that always pass a role to the service, in lower case."""


class Further(NamedTuple):
    """One more action; its request is None where the resource cannot be told from the call."""

    action: str
    resource: str
    request: Request | None


def further(request: Request, settings: Settings) -> Iterator[Further]:
    """Yield what a call needs beside its own action.

    Unspecified: whether the object's bucket has a Bucket Key, under which the encryption context names the bucket, is
    not known here; the object's own is taken.

    Fact: E75, E275, E282, E283, E284, E285, R7, R93
    Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    """
    for action in sts.further_actions(request):
        yield Further(action, request.resource, _asking(request, action))
    for each in on_same_resource(request):
        yield Further(each.action, request.resource, each)
    yield from _of_key(request, settings)
    if request.action.lower() in _PASSING:
        yield Further("iam:PassRole", "the role that is passed", None)


def on_same_resource(request: Request) -> Iterator[Request]:
    """Yield what a call needs beside its own action on the same resource: tags on what is made, an upload's ACL."""
    return (_asking(request, action) for action in _of_same_resource(request))


def _of_same_resource(request: Request) -> Iterator[str]:
    action, tagging = request.action.lower(), _tagging(request.service, request.action)
    if action == "lambda:invokefunctionurl":
        yield "lambda:InvokeFunction"
    if action == "s3:putobject":
        yield from (each for each, keys in _OF_UPLOADS.items() if _states(request, keys))
    if tagging is not None and _states(request, ("aws:requesttag/", "aws:tagkeys")):
        yield tagging


def _states(request: Request, beginnings: tuple[str, ...]) -> bool:
    return any(each.name.lower().startswith(beginnings) for each in request.stated)


@lru_cache(maxsize=8192)
def _tagging(service: str, action: str) -> str | None:
    """Return the action that a call needs beside its own when it states tags; None where it needs none."""
    verb = action.partition(":")[2]
    if service == "iam" and verb.startswith("Create"):
        return f"iam:Tag{verb.removeprefix('Create')}"
    if service in _TAGGING and "tag" not in verb.lower() and not _READING.match(verb):
        return f"{service}:{_TAGGING[service]}"
    return None


def _asking(request: Request, action: str) -> Request:
    """Return the request for a further action, with what tells it from a call of that action alone."""
    key = {"lambda:InvokeFunction": ("lambda:InvokedViaFunctionUrl", "true")}.get(action)
    if action.endswith((":CreateTags", ":AddTags")) or action == "ecs:TagResource":
        key = (f"{request.service}:CreateAction", request.action.partition(":")[2])
    return request.with_action(action).with_context(dict([key]) if key else {})


def _of_key(request: Request, settings: Settings) -> Iterator[Further]:
    """Yield what S3 asks of the KMS key for the caller, where the key is known: stated, or the bucket's default."""
    action = _OF_KEYS.get(request.action.lower())
    stated = request.context.get(_KMS_KEY)
    _, default = settings.default_encryption or (None, None)
    key = stated.values[0] if stated is not None and stated.values else default
    arn = parse_arn(key) if key else None
    if action is not None and key and arn is not None:
        context = {
            "kms:ViaService": via_service("s3", arn.region),
            "kms:EncryptionContext:aws:s3:arn": request.resource,
        }
        yield Further(action, key, Request(principal=request.principal, action=action, resource=key, context=context))
