"""The fields of actions and resources: which of a policy's patterns can hold together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from policygen.aws.arns import is_account_id, parse_arn
from policygen.evaluation.services import kms, organizations
from policygen.matching.arns import arn_steps, compile_arn, compile_resource, complete_fields, fields_of
from policygen.matching.overlap import overlap
from policygen.matching.wildcards import ANY, Matcher, Step, Tokens, Wildcard, glob_steps, text_of, tokens_of
from policygen.proofs.automaton import JointAutomaton, TooRichError
from policygen.proofs.fields import Field
from policygen.proofs.kinds import Kind

_COLONS = 5
_ACCOUNT = 4
_ACTION = re.compile(r"[a-z0-9-]+:[a-z0-9_-]+\Z")
_SOME: list[Step] = [("one", ""), ("star-in-field", "")]

SPECIAL = {
    Kind.KEY: (*sorted(kms.CROSS_ACCOUNT), *sorted(kms.WITHOUT_KEY)),
    Kind.RESOURCE: ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"),
}
"""Actions that the evaluator judges by rules of their own, in lower case, by the kind of policy that meets them."""
_OF_STS = tuple(
    f"sts:{name}"
    for name in """
    getcalleridentity getsessiontoken getfederationtoken assumerole assumeroot assumerolewithsaml
    assumerolewithwebidentity""".split()
)


def action_field(kind: Kind, patterns: Iterable[str], resources: Collection[str]) -> Field:
    """Return the actions that patterns tell apart, in lower case.

    A policy on a resource is asked about the actions of the services that it names, by action or ARN.

    Raises:
        TooRichError: There are too many.
    """
    lowered = list(dict.fromkeys(each.lower() for each in patterns))
    literals = [each for each in lowered if "*" not in each and "?" not in each and _ACTION.match(each)]
    automaton = JointAutomaton(
        (glob_steps(tokens_of(each)) for each in lowered if "*" in each or "?" in each),
        shapes=[[*_SOME, ("literal", ":"), *_SOME]],
    )
    special = SPECIAL.get(kind, _OF_STS)
    if not kind.is_of_resource and any(":kms:" in each for each in resources):
        special = (*special, *sorted(kms.CROSS_ACCOUNT))
    apart = list(dict.fromkeys([*literals, *special]))
    services = _services(kind, lowered, resources)
    try:
        found = [text for each in services for text in automaton.witnesses(f"{each}:" if each else "", apart)]
    except TooRichError:
        raise TooRichError("Action") from None
    found = [each for each in found if _ACTION.match(each)]
    if services != [""]:
        apart = [each for each in apart if each.partition(":")[0] in services]
    skipped = kms.WITHOUT_KEY if kind is Kind.KEY else frozenset[str]()
    return Field("Action", tuple(each for each in dict.fromkeys([*apart, *found]) if each not in skipped))


def _services(kind: Kind, actions: Iterable[str], resources: Iterable[str]) -> list[str]:
    """Return the services whose actions a policy of a kind is asked about; an empty text for any."""
    if kind is Kind.RCP:
        return sorted(organizations.RCP_SERVICES)
    if not kind.is_of_resource:
        return [""]
    if kind is not Kind.RESOURCE:
        return ["kms" if kind is Kind.KEY else "sts"]
    named = {each.partition(":")[0] for each in actions if ":" in each}
    named |= {arn.service for each in resources if (arn := parse_arn(each)) is not None}
    return sorted(each for each in named if re.fullmatch(r"[a-z0-9-]+", each)) or ["s3"]


def resource_field(kind: Kind, patterns: Iterable[Tokens], partitions: Sequence[str], services: Sequence[str]) -> Field:
    """Return the resources that patterns tell apart; for policies that do not stand on one, none (``*``) as well.

    Raises:
        TooRichError: There are too many.
    """
    asked = list(dict.fromkeys(patterns))
    literals = [text for each in asked if (text := literal_resource(each)) is not None]
    shapes = [
        [*_literal(f"arn:{partition}:"), *(_literal(service) if service else _SOME), *_rest(service)]
        for partition in partitions
        for service in services
    ]
    steps = (resource_steps(each) for each in asked if literal_resource(each) is None)
    try:
        found = JointAutomaton(steps, shapes=shapes).witnesses("arn:", literals)
    except TooRichError:
        raise TooRichError("Resource") from None
    return Field("Resource", tuple(dict.fromkeys([*literals, *found, *([] if kind.is_of_resource or kind is Kind.RCP else ["*"])])))


def _literal(text: str) -> list[Step]:
    return [("literal", char) for char in text]


def _rest(service: str) -> list[Step]:
    """Return the fields of an ARN behind the service; of KMS, of keys."""
    empty: list[Step] = [("literal", ":"), ("star-in-field", "")]
    last: list[Step] = [("one-anywhere", ""), ("star", "")]
    return [*empty, *empty, ("literal", ":"), *(_literal("key/") if service == "kms" else []), *last]


def literal_resource(tokens: Tokens) -> str | None:
    """Return the only resource that a pattern matches; None where there are several."""
    text = text_of(tokens)
    literal = not any(isinstance(each, Wildcard) for each in tokens) and text.count(":") >= _COLONS
    return text if literal else None


def resource_steps(tokens: Tokens) -> list[Step]:
    """Return a pattern of resources as an automaton's steps."""
    return glob_steps(tokens) if tokens == (ANY,) else arn_steps(tokens, crossing=_crosses(tokens))


def resource_matcher(tokens: Tokens) -> Matcher:
    """Return the matcher of a pattern of resources, as proofs read it."""
    return compile_resource(tokens) if tokens == (ANY,) or _crosses(tokens) else compile_arn(tokens)


@cache
def _crosses(tokens: Tokens) -> bool:
    """Tell whether a ``*`` that ends a field is meant to run on past the colon.

    It is where the pattern could match nothing otherwise, for what stands in the account's field is no account:
    ``arn:aws:lambda:*:function:name``. In any other pattern it would match only resources whose names look like the
    rest of an ARN (``arn:aws:sqs:::a:b`` by ``arn:aws:sqs:*:*:b``); requests for these are left out of proofs.
    """
    account = text_of(complete_fields(fields_of(tokens))[_ACCOUNT])
    return not any(overlap(account, each) for each in ("", "?" * 12, "aws")) or not (
        "?" in account or "*" in account or account in ("", "aws") or is_account_id(account)
    )
