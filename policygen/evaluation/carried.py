"""Which context keys a request can carry: that depends on its caller, its way and the service that is asked."""

from __future__ import annotations

from policygen.request.condition_keys import CONDITION_KEYS, ConditionKey, Way, few_actions, find_condition_key
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind


def way_of(request: Request, *, through_endpoint: bool = False) -> Way | None:
    """Return the way that a request takes; None when nothing tells it.

    An endpoint's policy tells it (``through_endpoint``), and so do keys that are sent on one way alone.

    Unspecified: AWS does not say what is left of the first call's way when a service forwards it; here a stated key of
    an endpoint counts for more than ``aws:ViaAWSService``.
    """
    if through_endpoint or not _ONLY_THROUGH_ENDPOINTS.isdisjoint(request.context):
        return Way.VPC_ENDPOINT
    forwarded = request.context.get("aws:viaawsservice")
    if forwarded is not None and "true" in map(str.lower, forwarded.values):
        return Way.FORWARDED
    return Way.NETWORK if "aws:sourceip" in request.context else None


_ONLY_THROUGH_ENDPOINTS = frozenset(key.name.lower() for key in CONDITION_KEYS if key.ways == {Way.VPC_ENDPOINT})
"""Keys, in lower case, that are sent through a VPC endpoint alone; none of them is a family."""


def why_not_carried(request: Request, name: str, way: Way | None) -> str | None:
    """Return why a request of this caller, on this way, to this service never carries a key; None when it may.

    >>> request = Request(principal="s3.amazonaws.com", action="sqs:SendMessage", resource="arn:aws:sqs:::q")
    >>> why_not_carried(request, "aws:PrincipalOrgID", None)
    'a service principal never carries `aws:PrincipalOrgID`'
    """
    known = find_condition_key(name)
    carrying = few_actions(name)
    if carrying is not None and name.partition(":")[0].lower() == request.service:
        return None if request.action.lower() in carrying else f"requests for {request.action} never carry `{name}`"
    if known is None:
        return _why_unknown(request, name)
    caller = request.principal.kind
    if not known.can_be_carried(caller):
        return f"{caller_in_words(request)} never carries `{name}`"
    if way is not None and not known.can_be_carried(caller, way):
        return f"a request that is sent {way.value} never carries `{name}`"
    if not known.can_be_carried(caller, way, request.service):
        return f"requests of this kind to {request.service} never carry `{name}`"
    return None


def _why_unknown(request: Request, name: str) -> str | None:
    """Keys of services belong to requests to the service alone; claims of identity providers to sessions (E243)."""
    prefix, colon, _ = name.lower().partition(":")
    if not colon or prefix == "aws":
        return f"`{name}` is no condition key that AWS knows"
    if prefix == "saml" or "." in prefix:
        of_sessions = request.principal.kind in (PrincipalKind.ROLE_SESSION, PrincipalKind.IDENTITY_PROVIDER)
        return None if of_sessions else f"{caller_in_words(request)} never carries `{name}`"
    if prefix == request.service:
        return None
    return f"requests to {request.service} never carry `{name}`"


def caller_in_words(request: Request) -> str:
    """Return what kind of caller it is, with its article."""
    kind = request.principal.kind
    if kind is PrincipalKind.ANONYMOUS:
        return "an anonymous caller"
    return f"{'an' if kind.value[0].lower() in 'aeiou' else 'a'} {kind.value}"


def is_never_left_out(request: Request, key: ConditionKey, way: Way | None) -> bool:
    """Tell whether every request like this one carries a key; a way that nothing tells is the network."""
    return key.always is not None and key.can_be_carried(request.principal.kind, way or Way.NETWORK, request.service)


_ON_ANOTHER_WAY = {
    (Way.VPC_ENDPOINT, "aws:sourceip"): ("aws:VpcSourceIp", "aws:SourceVpce"),
    (Way.FORWARDED, "aws:sourceip"): ("aws:CalledVia", "aws:ViaAWSService"),
    (Way.NETWORK, "aws:sourcevpce"): ("aws:SourceIp",),
    (Way.NETWORK, "aws:sourcevpc"): ("aws:SourceIp",),
    (Way.NETWORK, "aws:vpcsourceip"): ("aws:SourceIp",),
}
_OF_SERVICES = {
    "aws:principalorgid": ("aws:SourceOrgID", "aws:SourceAccount"),
    "aws:principalorgpaths": ("aws:SourceOrgPaths", "aws:SourceOrgID"),
    "aws:principalaccount": ("aws:SourceAccount", "aws:SourceOrgID"),
    "aws:principalarn": ("aws:SourceArn", "aws:PrincipalServiceName"),
}
_OF_OTHERS = {
    "aws:sourceorgid": ("aws:PrincipalOrgID",),
    "aws:sourceorgpaths": ("aws:PrincipalOrgPaths",),
    "aws:sourceaccount": ("aws:PrincipalAccount",),
    "aws:username": ("aws:userid", "aws:PrincipalArn"),
}
_BY_CALLER = {
    PrincipalKind.SERVICE: ("aws:SourceArn", "aws:SourceAccount"),
    PrincipalKind.ANONYMOUS: ("aws:SourceIp", "aws:SourceVpce"),
    PrincipalKind.ORIGIN_ACCESS_IDENTITY: (),
    PrincipalKind.IDENTITY_PROVIDER: (),
}


def instead_of(request: Request, name: str, way: Way | None) -> tuple[str, ...]:
    """Return keys that tell the same, or nearly so, and that this request can carry; the closest first.

    Fact: G1, G3, G31, G57, G58, G59, G60
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    kind, key = request.principal.kind, name.lower()
    known = find_condition_key(name)
    if known is None or (known.service is not None and known.service != request.service):
        return ()
    if way is not None and known.can_be_carried(kind):
        return _ON_ANOTHER_WAY.get((way, key), ())
    of_identities = _OF_OTHERS.get(key, ("aws:PrincipalArn", "aws:PrincipalAccount"))
    found = _BY_CALLER.get(kind, of_identities)
    if kind is PrincipalKind.SERVICE:
        found = _OF_SERVICES.get(key, found)
    return tuple(each for each in found if why_not_carried(request, each, way) is None)
