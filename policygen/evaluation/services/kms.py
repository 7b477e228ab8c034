"""AWS KMS: key policies that must allow, operations that work across accounts, and grants."""

from __future__ import annotations

from policygen.document.model import PrincipalEntry
from policygen.evaluation.policies import Grant
from policygen.evaluation.results.traces import ElementReason, ElementTrace
from policygen.matching.principals import PrincipalMatch, match_entry
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

WITHOUT_KEY = frozenset(
    """
    kms:createkey kms:generaterandom kms:listkeys kms:listaliases kms:listretirablegrants kms:createcustomkeystore
    kms:deletecustomkeystore kms:updatecustomkeystore kms:connectcustomkeystore kms:disconnectcustomkeystore
    kms:describecustomkeystores
    """.split()
)
"""Actions that take no key (K11), in lower case.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

CROSS_ACCOUNT = frozenset(
    f"kms:{name}"
    for name in """
    encrypt decrypt reencryptfrom reencryptto generatedatakey generatedatakeywithoutplaintext generatedatakeypair
    generatedatakeypairwithoutplaintext generatemac verifymac sign verify derivesharedsecret encapsulate decapsulate
    getpublickey describekey creategrant listgrants revokegrant retiregrant getkeyrotationstatus
    """.split()
)
"""Actions that work on a key of another account (K5, E84), in lower case.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

_WITHOUT_CONTEXT = ("describekey", "retiregrant")
ALIAS_ACTIONS = ("kms:createalias", "kms:deletealias", "kms:updatealias")
_EQUALS = "EncryptionContextEquals"
_SUBSET = "EncryptionContextSubset"


def is_key_request(request: Request) -> bool:
    """Tell whether a key's policy takes part: in every KMS action but those that take no key, or the alias itself.

    The key behind the alias of an AWS managed key has a policy that nobody can read or change (K26): its alias stands
    for itself.

    Fact: E12, E79, K11, K12, K26
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    action = request.action.lower()
    if request.service != "kms" or action in WITHOUT_KEY or is_aws_managed_alias(request):
        return False
    return action not in ALIAS_ACTIONS or request.arn is None or not request.arn.resource.startswith("alias/")


def why_not_callable(request: Request) -> str | None:
    """Return why a caller can never make a KMS call: it has no credentials to sign it with; None when it can.

    ``"Principal": "*"`` in a key policy means every identity of every account that has rights of its own.

    Fact: K30
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/determining-access-key-policy.html
    """
    unsigned = (PrincipalKind.ANONYMOUS, PrincipalKind.IDENTITY_PROVIDER, PrincipalKind.ORIGIN_ACCESS_IDENTITY)
    if request.service == "kms" and request.principal.kind in unsigned:
        return "AWS KMS takes signed requests only, and this caller has no credentials"
    return None


def is_aws_managed_alias(request: Request) -> bool:
    """Tell whether the resource is an alias of an AWS managed key (``alias/aws/…``)."""
    return request.service == "kms" and request.arn is not None and request.arn.resource.startswith("alias/aws/")


def grant_allows(grant: Grant, request: Request) -> bool:
    """Tell whether a grant allows the request: key, grantee, operation and constraints.

    Fact: K21, K22, K28, N9, E88, E89, E90, E91, E92
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    return request.service == "kms" and all(check(grant, request) for check, _ in _CHECKS.values())


def trace_grant(grant: Grant, request: Request) -> tuple[ElementTrace, ...]:
    """Return the outcome of every part of a grant, named as ListGrants prints it."""
    constraints = [
        f"{name} {', '.join(f'{key}={value}' for key, value in pairs)}"
        for name, pairs in ((_EQUALS, grant.encryption_context_equals), (_SUBSET, grant.encryption_context_subset))
        if pairs is not None
    ]
    source = request.context.get("aws:sourcearn")
    found = [f"{key}={value}" for key, value in request.encryption_context().items()]
    shown = {
        "KeyId": ((grant.key or "*",), (request.resource,)),
        "GranteePrincipal": ((grant.grantee,), (request.principal.arn,)),
        "Operations": (grant.operations, (request.action.partition(":")[2],)),
        "Constraints": (
            (*constraints, *([f"SourceArn {grant.source_arn}"] if grant.source_arn else [])),
            (*found, *(source.values if source and grant.source_arn else ())),
        ),
    }
    return tuple(
        ElementTrace(
            element=name,
            matched=(matched := check(grant, request)),
            reason=(ElementReason.MATCHED if matched else otherwise).value,
            wanted=shown[name][0],
            found=shown[name][1],
        )
        for name, (check, otherwise) in _CHECKS.items()
    )


def _is_of_key(grant: Grant, request: Request) -> bool:
    return grant.key is None or grant.key == request.resource


def _operation(request: Request) -> str:
    return request.action.partition(":")[2].lower()


def _names_operation(grant: Grant, request: Request) -> bool:
    return _operation(request) in {name.lower() for name in grant.operations} or _retires(grant, request)


def _retires(grant: Grant, request: Request) -> bool:
    """A grant can be retired by its retiring principal, whatever its operations (K28)."""
    return _operation(request) == "retiregrant" and grant.retiring is not None and _is_named(grant.retiring, request)


def _passes_on_its_own(grant: Grant, request: Request) -> bool:
    """A right to create grants that comes from a grant passes on its operations only, constraints as strict (E91).

    The pairs of the new grant's constraint are compared with those of any other operation; a constraint that must
    only contain them is looser than one that must be them.
    """
    asked = request.context.get("kms:grantoperations")
    kind = request.context.get("kms:grantconstrainttype")
    if grant.encryption_context_equals is not None and kind is not None and kind.values != (_EQUALS,):
        return False
    values = asked.values if asked is not None and asked.values != ("",) else ()  # one empty value is none (E280)
    return {each.lower() for each in values} <= {each.lower() for each in grant.operations}


def _is_grantee(grant: Grant, request: Request) -> bool:
    return _is_named(grant.grantee, request) or _retires(grant, request)


def _is_named(principal: str, request: Request) -> bool:
    if request.principal.kind is PrincipalKind.SERVICE:
        return principal == request.principal.arn
    match = match_entry(PrincipalEntry(kind="AWS", value=principal), request.principal)
    return principal != "*" and match >= PrincipalMatch.PARENT


def _constraints_hold(grant: Grant, request: Request) -> bool:
    """Compare the pairs, names and values case-sensitively (K22: AWS's pages disagree about the names).

    A constraint on the source is asked of DescribeKey too, though it has no encryption context; RetireGrant is free of
    both (N9).
    """
    operation = _operation(request)
    if operation == "creategrant" and not _passes_on_its_own(grant, request):
        return False
    found, source = request.encryption_context(), request.context.get("aws:sourcearn")
    pairs, subset = grant.encryption_context_equals, grant.encryption_context_subset
    of_source = grant.source_arn is None or (source is not None and source.values == (grant.source_arn,))
    if operation in _WITHOUT_CONTEXT:
        return of_source or operation == "retiregrant"
    return (
        of_source
        and (pairs is None or found == dict(pairs))
        and (subset is None or dict(subset).items() <= found.items())
    )


def grant_condition(grant: Grant, action: str) -> dict[str, dict[str, list[str]]]:
    """Return what a request for an action must carry for a grant to allow it, as a Condition element says it.

    It means what :func:`grant_allows` decides of one request, for whoever asks about all of them.
    """
    operation, pairs = action.partition(":")[2].lower(), grant.encryption_context_equals
    if operation in _WITHOUT_CONTEXT:
        asked = grant.source_arn is not None and operation != "retiregrant"
        return {"StringEquals": {"aws:SourceArn": [str(grant.source_arn)]}} if asked else {}
    equal = {f"kms:EncryptionContext:{name}": [value] for name, value in grant.encryption_context_subset or ()}
    found: dict[str, dict[str, list[str]]] = {
        "ForAllValues:StringEquals": {},
        "ForAllValues:StringEqualsIgnoreCase": {},
    }
    if pairs is not None:
        equal |= {f"kms:EncryptionContext:{name}": [value] for name, value in pairs}
        found["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": [name for name, _ in pairs]}
    if operation == "creategrant":
        found["ForAllValues:StringEqualsIgnoreCase"] = {"kms:GrantOperations": list(grant.operations)}
        if pairs is not None:
            found["StringEqualsIfExists"] = {"kms:GrantConstraintType": [_EQUALS]}
    if grant.source_arn is not None:
        equal["aws:SourceArn"] = [grant.source_arn]
    return {name: keys for name, keys in (found | {"StringEquals": equal}).items() if keys}


def names_grantee(grant: Grant, request: Request) -> bool:
    """Tell whether a grant gives caller and operation something, whatever the request carries."""
    return request.service == "kms" and _names_operation(grant, request) and _is_grantee(grant, request)


_CHECKS = {
    "KeyId": (_is_of_key, ElementReason.GRANT_OF_ANOTHER_KEY),
    "GranteePrincipal": (_is_grantee, ElementReason.GRANTEE_IS_ANOTHER),
    "Operations": (_names_operation, ElementReason.OPERATION_NOT_GRANTED),
    "Constraints": (_constraints_hold, ElementReason.CONSTRAINT_NOT_MET),
}
"""The parts of a grant, each with its check and what it says when it fails."""
