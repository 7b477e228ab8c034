"""Which class a difference belongs to: one predicate a class, over the case that is left after cutting.

What is left matters: a pattern that could be ``*``, or a condition that could be away, is not there any more.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from policygen.evaluation.services.kms import CROSS_ACCOUNT
from policygen.request.principal import PrincipalKind
from tests.peers.differences import ALLOWED, EXPLICIT, IMPLICIT, Difference, variables

_BUCKET_POLICY = ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")
_SESSIONS = (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
_NEGATED = ("NotEquals", "NotLike", "NotEqualsIgnoreCase")


def _action(found: Difference) -> str:
    return found.request.action.lower()


def _is_kms(found: Difference) -> bool:
    return found.request.service == "kms"


def _is_trust(found: Difference) -> bool:
    return found.request.service == "sts" and found.request.resource != "*"


def key_without_credentials(found: Difference) -> bool:
    """A KMS operation of a caller without credentials."""
    return found.words == (IMPLICIT, ALLOWED) and found.caller.kind is PrincipalKind.ANONYMOUS and _is_kms(found)


def session_token_of_a_user(found: Difference) -> bool:
    """GetSessionToken of an IAM user or a root user."""
    users = (PrincipalKind.USER, PrincipalKind.ROOT)
    return found.ours == ALLOWED and found.caller.kind in users and _action(found) == "sts:getsessiontoken"


def caller_that_sts_does_not_take(found: Difference) -> bool:
    """An STS operation that credentials of this kind cannot call, whatever policies say."""
    kind, action = found.caller.kind, _action(found)
    refused = {
        PrincipalKind.FEDERATED_USER: found.request.service == "sts" and action != "sts:getcalleridentity",
        PrincipalKind.ROLE_SESSION: action in ("sts:getsessiontoken", "sts:getfederationtoken"),
        PrincipalKind.ROOT: action == "sts:assumerole",
        PrincipalKind.ANONYMOUS: action == "sts:assumerole",
    }
    return found.ours == IMPLICIT and refused.get(kind, False)


def federation_token_and_a_policy_of_a_resource(found: Difference) -> bool:
    """GetFederationToken, where the case states a resource-based policy too."""
    return _action(found) == "sts:getfederationtoken" and bool(found.of("resource_based"))


def named_root_user(found: Difference) -> bool:
    """A root user that the resource-based policy names by its account, alone, or with everybody.

    AssumeRole is none of these requests: no root user can call it.
    """
    return (
        found.words == (ALLOWED, IMPLICIT)
        and found.caller.kind is PrincipalKind.ROOT
        and _action(found) != "sts:assumerole"
        and found.grants_to("*", *found.account_names)
    )


def root_user_of_the_owner(found: Difference) -> bool:
    """The root user of the resource's account; keys and roles are exceptions."""
    return (
        found.words == (ALLOWED, IMPLICIT)
        and found.caller.kind is PrincipalKind.ROOT
        and not found.crosses
        and not _is_trust(found)
        and (not _is_kms(found) or found.request.resource == "*")
    )


def bucket_policy_of_another_account(found: Difference) -> bool:
    """Operations on a bucket policy from outside the owner's account."""
    outside = found.caller.account != found.request.resource_account
    return found.words == (IMPLICIT, ALLOWED) and _action(found) in _BUCKET_POLICY and outside


def wildcard_before_the_slash(found: Difference) -> bool:
    """A resource whose first part, as in ``key/``, has a wildcard, and perhaps Region or account too."""
    for statement in found.statements:
        for pattern in statement.listed("Resource") + statement.listed("NotResource"):
            fields = pattern.split(":", 5)
            if len(fields) == 6 and re.match(r"[^/]*[*?][^/]*/", fields[5]):
                if fields[2] != "s3" or re.search(r"[*?]", fields[3] + fields[4]):
                    return True
    return False


def federated_user_without_session_policy(found: Difference) -> bool:
    """A federated user that has no session policy, and no grant of its own."""
    return (
        found.words == (IMPLICIT, ALLOWED)
        and found.caller.kind is PrincipalKind.FEDERATED_USER
        and "session" not in found.case.policies
        and (found.crosses or not found.grants_to("*", found.caller.session_arn, plainly=True))
    )


def for_any_value_if_exists(found: Difference) -> bool:
    """ForAnyValue with IfExists on an absent key."""
    return any(
        operator.startswith("ForAnyValue:") and operator.endswith("IfExists") and not found.has(key)
        for operator, key, _ in found.tests()
    )


def not_principal_in_part(found: Difference) -> bool:
    """A Deny that spares something of the caller, but not all that must be listed."""
    caller = found.caller
    of_the_caller = {caller.arn, caller.role_arn, caller.user_arn, caller.session_arn, *found.account_names}
    return (
        found.ours == EXPLICIT
        and found.theirs != EXPLICIT
        and caller.kind in (*_SESSIONS, PrincipalKind.USER)
        and any(s.denies and of_the_caller.intersection(s.listed("NotPrincipal")) for s in found.of("resource_based"))
    )


def kms_operation_of_another_account(found: Difference) -> bool:
    """An operation on a key that works in the key's account only."""
    key = found.request.service == "kms" and found.request.resource != "*"
    return found.words == (IMPLICIT, ALLOWED) and key and found.crosses and _action(found) not in CROSS_ACCOUNT


def policies_of_a_root_user(found: Difference) -> bool:
    """A root user with policies that only users and roles can have."""
    return found.caller.kind is PrincipalKind.ROOT and bool(found.of("identity_based", "permissions_boundary"))


def role_with_tags_or_source_identity(found: Difference) -> bool:
    """AssumeRole that needs further permissions, one of which is missing or denied."""
    keys = found.request.context
    passes = any(key in ("aws:tagkeys", "sts:sourceidentity") or key.startswith("aws:requesttag/") for key in keys)
    return _action(found) == "sts:assumerole" and passes and found.ours != ALLOWED and found.theirs == ALLOWED


def role_that_trusts_nobody(found: Difference) -> bool:
    """A role of the caller's account whose trust policy does not allow."""
    return (
        found.words == (IMPLICIT, ALLOWED)
        and _is_trust(found)
        and not found.crosses
        and not any(not each.denies for each in found.of("resource_based"))
        and any(not each.denies for each in found.of("identity_based"))
    )


def session_that_is_named(found: Difference) -> bool:
    """An Allow for the session itself beside a silent limit of it."""
    return _is_silently_limited(found) and found.grants_to(found.caller.session_arn)


def session_of_everybody(found: Difference) -> bool:
    """An Allow for ``*`` beside a silent limit of the session."""
    return _is_silently_limited(found) and found.grants_to("*")


def _is_silently_limited(found: Difference) -> bool:
    session = found.caller.kind in _SESSIONS and "session" in found.case.policies
    return found.words == (ALLOWED, IMPLICIT) and session and not found.crosses


def negated_variable_without_value(found: Difference) -> bool:
    """A negated operator whose value is a variable that the request has no value for."""
    return any(
        any(word in operator for word in _NEGATED) and any(found.lacks_variable(value) for value in values)
        for statement in found.statements
        if statement.version == "2012-10-17"
        for operator, _, values in statement.tests()
    )


def not_resource_without_value(found: Difference) -> bool:
    """A NotResource with such a variable."""
    return any(
        found.lacks_variable(entry)
        for statement in found.statements
        if statement.version == "2012-10-17"
        for entry in statement.listed("NotResource")
    )


def variable_of_an_old_version(found: Difference) -> bool:
    """``${…}`` where the Version has no variables."""
    return any(
        "${" in text
        for statement in found.statements
        if statement.version != "2012-10-17"
        for text in (
            *statement.listed("Resource"),
            *statement.listed("NotResource"),
            *(value for _, _, values in statement.tests() for value in values),
        )
    )


def every_ipv4_address(found: Difference) -> bool:
    """A condition with 0.0.0.0/0 for a caller with an IPv4 address."""
    return _source_version(found) == 4 and any("0.0.0.0/0" in values for _, _, values in _addresses(found))


def not_ip_address_of_the_other_kind(found: Difference) -> bool:
    """NotIpAddress with one address of the other version."""
    version = _source_version(found)
    return version is not None and any(
        "NotIpAddress" in operator and "/" not in value and ip_address(value).version != version
        for operator, _, values in _addresses(found)
        for value in values
    )


def _addresses(found: Difference) -> list[tuple[str, str, list[str]]]:
    return [each for each in found.tests() if "IpAddress" in each[0]]


def _source_version(found: Difference) -> int | None:
    stated = found.values("aws:SourceIp")
    return ip_address(stated[0]).version if stated else None


def scps_of_a_service(found: Difference) -> bool:
    """SCPs beside a service principal."""
    return found.caller.kind is PrincipalKind.SERVICE and "service_control" in found.case.policies


def owner_and_a_bucket_policy_that_denies(found: Difference) -> bool:
    """The bucket owner's root user on the bucket policy that denies it; something silent may deny it all the same."""
    return (
        found.words in ((ALLOWED, EXPLICIT), (IMPLICIT, EXPLICIT))
        and found.caller.kind is PrincipalKind.ROOT
        and _action(found) in _BUCKET_POLICY
        and not found.crosses
        and any(each.denies for each in found.of("resource_based"))
    )


def key_that_is_left_out(found: Difference) -> bool:
    """A condition on a pair of the encryption context, or on the caller's account where no key is named."""
    keys = {key.lower() for _, key, _ in found.tests()}
    pair = any(key.startswith("kms:encryptioncontext:") for key in keys)
    return pair or (found.request.resource == "*" and "kms:calleraccount" in keys)


def caller_of_another_partition(found: Difference) -> bool:
    """A caller and a resource in two partitions."""
    partition = found.request.arn.partition if found.request.arn is not None else "aws"
    return found.words == (IMPLICIT, ALLOWED) and found.caller.partition not in ("", partition)


def rcps_that_do_not_apply(found: Difference) -> bool:
    """RCPs beside RetireGrant or the trust policy of a service-linked role."""
    exempt = _action(found) == "kms:retiregrant" or ":role/aws-service-role/" in found.request.resource
    return exempt and _is_denied_by_an_rcp(found)


def rcps_without_a_resource(found: Difference) -> bool:
    """RCPs beside an action that is authorized on no resource."""
    return found.request.resource == "*" and _is_denied_by_an_rcp(found)


def _is_denied_by_an_rcp(found: Difference) -> bool:
    """Only by them: where anything else denied, both would say so."""
    denies = any(each.denies for each in found.of("resource_control"))
    return found.theirs == EXPLICIT and found.ours != EXPLICIT and denies


def null_of_no_value(found: Difference) -> bool:
    """Null, without set operator, on a key with an empty list of values."""
    return any(operator == "Null" and found.has(key) and not found.values(key) for operator, key, _ in found.tests())


def null_with_a_set_operator(found: Difference) -> bool:
    """ForAllValues:Null or ForAnyValue:Null."""
    return any(operator.endswith(":Null") for operator, _, _ in found.tests())


def statement_of_nothing(found: Difference) -> bool:
    """An empty list of actions or resources."""
    elements = ("Action", "NotAction", "Resource", "NotResource")
    return any(each.parts.get(name) == [] for each in found.statements for name in elements)


def condition_of_nothing(found: Difference) -> bool:
    """An operator with an empty list of values."""
    return any(not values for _, _, values in found.tests())


def set_operator_on_an_empty_value(found: Difference) -> bool:
    """ForAllValues or ForAnyValue on a key whose only value is an empty text."""
    return any(operator.startswith("For") and found.is_empty(key) for operator, key, _ in found.tests())


def seconds_since_1970(found: Difference) -> bool:
    """A date condition whose value, or whose key's value, is a number of seconds."""
    return any(
        any(re.fullmatch(r"\d{5,}", each) for each in (*values, *found.values(key)))
        for operator, key, values in found.tests()
        if "Date" in operator
    )


def variable_of_an_empty_value(found: Difference) -> bool:
    """A policy variable whose value is empty, in a resource."""
    return any(
        found.is_empty(name)
        for statement in found.statements
        if statement.version == "2012-10-17"
        for pattern in statement.listed("Resource") + statement.listed("NotResource")
        for name in variables(pattern)
    )
