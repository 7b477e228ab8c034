"""The fields of actions and resources: which of a policy's patterns can hold together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import TypeVar

from policygen.aws.arns import is_account_id, parse_arn
from policygen.evaluation.services import kms, organizations, s3, sts
from policygen.matching.arns import COLONS, arn_steps, compile_arn, compile_resource, complete_fields, fields_of
from policygen.matching.overlap import overlap
from policygen.matching.wildcards import ANY, Matcher, Step, Tokens, Wildcard, glob_steps, text_of, tokens_of
from policygen.proofs.automaton import JointAutomaton, TooRichError
from policygen.proofs.fields import Field
from policygen.proofs.kinds import Kind
from policygen.request.condition_keys import few_actions, find_condition_key

_ACCOUNT = 4
_MOST_CARRIERS = 5
_ACTION = re.compile(r"[a-z0-9-]+:[a-z0-9_-]+\Z")
_SOME: list[Step] = [("one", ""), ("star-in-field", "")]

_P = TypeVar("_P")
Listed = Mapping[_P, frozenset[object]]
"""Patterns, each with the elements that list it."""


def special_actions(kind: Kind, resources: Collection[str]) -> tuple[str, ...]:
    """Return the actions that are judged by rules of their own, in lower case, as far as a kind meets them."""
    if kind is Kind.KEY:
        return (*sorted(kms.CROSS_ACCOUNT), *sorted(kms.WITHOUT_KEY))
    if kind is Kind.RESOURCE:
        return s3.OF_BUCKET_POLICIES
    if kind is Kind.WHOLE:
        of_keys = (*sorted(kms.CROSS_ACCOUNT), *sorted(kms.WITHOUT_KEY))
        return (*s3.OF_BUCKET_POLICIES, *s3.TAGGED_UNDER_ABAC, *sts.WITH_RULES_OF_THEIR_OWN, *of_keys)
    of_keys = sorted(kms.CROSS_ACCOUNT) if any(":kms:" in each for each in resources) else ["kms:retiregrant"]
    return (*s3.OF_BUCKET_POLICIES, *sts.WITH_RULES_OF_THEIR_OWN, *of_keys)


def has_rules_of_its_own(action: str) -> bool:
    """Tell whether the evaluator may judge an action otherwise than the other ones of its service."""
    return action.startswith(("sts:", "kms:")) or action in s3.OF_BUCKET_POLICIES


def action_field(kind: Kind, patterns: Listed[str], resources: Collection[str], keys: Iterable[str]) -> Field:
    """Return the actions that patterns tell apart, in lower case.

    A policy on a resource is asked about the actions of the services that it names, by action or ARN. Of a condition
    key that only some calls carry, such calls are among them.

    Raises:
        TooRichError: There are too many.
    """
    literals = [each for each in patterns if _ACTION.match(each)]
    wild = {each: own for each, own in patterns.items() if "*" in each or "?" in each}
    automaton = JointAutomaton(
        (glob_steps(tokens_of(each)) for each in wild),
        shapes=[[*_SOME, ("literal", ":"), *_SOME]],
        elements=wild.values(),
    )
    carrying = [carrier for key in keys for carrier in _carriers(key)]
    literals += [each for each in carrying if ":" in each]
    apart = list(dict.fromkeys([*literals, *special_actions(kind, resources)]))
    services = _services(kind, patterns, resources)
    if services == [""]:
        services += [each for each in dict.fromkeys(carrying) if ":" not in each]
    try:
        found = [text for each in services for text in automaton.witnesses(f"{each}:" if each else "", apart)]
    except TooRichError:
        raise TooRichError("Action") from None
    found = [each for each in found if _ACTION.match(each)]
    if "" not in services:
        apart = [each for each in apart if each.partition(":")[0] in services]
    ordered = dict.fromkeys([*(each for each in apart if each in literals), *found, *apart])  # the plainest first
    skipped = kms.WITHOUT_KEY if kind is Kind.KEY else frozenset[str]()
    return Field("Action", tuple(each for each in ordered if each not in skipped))


def _carriers(key: str) -> Iterable[str]:
    """Return the only actions that carry a condition key, or the only service; nothing for a key that any may carry."""
    few, row = few_actions(key), find_condition_key(key)
    if few is not None:
        return sorted(few)[:_MOST_CARRIERS]
    return [row.service] if row is not None and row.service is not None else []


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


def resource_field(kind: Kind, patterns: Listed[Tokens], partitions: Sequence[str], services: Sequence[str]) -> Field:
    """Return the resources that patterns tell apart; for policies that do not stand on one, none (``*``) as well.

    Raises:
        TooRichError: There are too many.
    """
    literals = [text for each in patterns if (text := literal_resource(each)) is not None]
    shapes = [
        [*_literal(f"arn:{partition}:"), *(_literal(service) if service else _SOME), *_rest(service)]
        for partition in partitions
        for service in services
    ]
    wild = {each: own for each, own in patterns.items() if literal_resource(each) is None}
    automaton = JointAutomaton(map(resource_steps, wild), shapes=shapes, elements=wild.values())
    try:
        found = automaton.witnesses("arn:", literals)
    except TooRichError:
        raise TooRichError("Resource") from None
    return Field(
        "Resource",
        tuple(dict.fromkeys([*literals, *found, *([] if kind.is_of_resource or kind is Kind.RCP else ["*"])])),
    )


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
    literal = not any(isinstance(each, Wildcard) for each in tokens) and text.count(":") >= COLONS
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
