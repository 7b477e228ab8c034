"""What a bucket policy shows that a spec can say: its Deny guards, what it asks of uploads, readers and writers.

A statement counts where it says as much as the one that a spec makes; whatever else stands in a policy is no part of
the spec.

Fact: S2, S3, S4, S7, S30, S31, S32, S33
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policygen.inference.given import actions, condition, gives, principals, resources, statements
from policygen.inference.known import Part
from policygen.inference.values import Taken, without_empty

_SSE = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_TLS = {"bool/aws:securetransport": ["false"]}
_DIFFERENT, _SPARED = "stringnotequals/", "arnnotequals/aws:principalarn"
_ENDPOINT, _ORGANIZATION, _SERVICES = "aws:sourcevpce", "aws:principalorgid", "aws:principalservicename"


def of_policy(policy: Part | None, bucket: str, *, roles: frozenset[str], organization: str | None) -> dict[str, Any]:
    """Return the fields of a bucket that its policy shows.

    Args:
        policy: The policy; None where there is none.
        bucket: The bucket's ARN.
        roles: The roles that S3 assumes.
        organization: The organization's id, where it is known.
    """
    if policy is None:
        return {}
    denies = [each for each in statements(policy) if _denies_everybody(each)]
    identity = policy.at("Id")
    return without_empty(
        {
            "tls_only": _transport(denies, bucket),
            "minimum_tls_version": _version(denies, bucket),
            "policy_id": Taken(identity.value, identity.where) if identity is not None else None,
            "guards": _guards(denies, bucket, roles, organization),
            "readers": list(_grantees(policy, bucket, "s3:GetObject", roles)),
            "writers": list(_grantees(policy, bucket, "s3:PutObject", roles)),
        }
    )


def _denies_everybody(statement: Part) -> bool:
    return statement.value.get("Effect") == "Deny" and "*" in principals(statement)


def _of_everything(statement: Part, bucket: str) -> bool:
    """Tell whether a statement is about every action on a bucket and its objects."""
    return actions(statement) in (["s3:*"], ["*"]) and {bucket, f"{bucket}/*"} <= set(resources(statement))


def _transport(denies: list[Part], bucket: str) -> Taken | None:
    found = (each for each in denies if _of_everything(each, bucket) and condition(each) == _TLS)
    return next((Taken(True, f"{each.where}/Condition") for each in found), None)


def _version(denies: list[Part], bucket: str) -> Taken | None:
    for each in denies:
        asked = condition(each)
        if _of_everything(each, bucket) and list(asked) == ["numericlessthan/s3:tlsversion"]:
            return Taken(next(iter(asked.values()))[0], f"{each.where}/Condition")
    return None


def _guards(denies: list[Part], bucket: str, roles: frozenset[str], organization: str | None) -> dict[str, Any]:
    """Return the guards that keep strangers out; a guard that spares nobody is none that a spec takes.

    What only the guard of the endpoints spares is no exemption of both: see :func:`deployer_of`.
    """
    found: dict[str, Any] = {}
    spared: dict[str, tuple[list[str], str]] = {}
    for each, key, asked in _guarding(denies, bucket):
        where = f"{each.where}/Condition"
        if key == _ENDPOINT:
            found["vpc_endpoints"] = Taken(asked[_DIFFERENT + key], where)
        elif asked[_DIFFERENT + key] == [organization]:
            found["organization"] = Taken(True, where)
        else:
            continue
        spared[key] = [one for one in asked.get(_SPARED, ()) if one not in roles], where
    both = [set(each) for each, _ in spared.values()]
    exempt = [each for each in next(iter(spared.values()))[0] if all(each in one for one in both)] if spared else []
    if not exempt:
        return {}
    return found | {"except": Taken(exempt, next(iter(spared.values()))[1])}


def _guarding(denies: list[Part], bucket: str) -> Iterator[tuple[Part, str, dict[str, list[str]]]]:
    """Yield the statements that keep out whoever comes from elsewhere, with the key that they ask for."""
    for each in denies:
        asked = condition(each)
        key = next((name.removeprefix(_DIFFERENT) for name in asked if name.startswith(_DIFFERENT)), "")
        rest = {name for name in asked if name not in (_DIFFERENT + key, _SPARED, _DIFFERENT + _SERVICES)}
        if not rest and key in (_ENDPOINT, _ORGANIZATION) and _of_everything(each, bucket):
            yield each, key, asked


def deployer_of(policies: Mapping[str, Part | None], roles: frozenset[str]) -> Taken | None:
    """Return whom the guard of a bucket's endpoints spares, and that of the organization does not (R7, R17)."""
    for bucket, policy in policies.items():
        denies = [each for each in statements(policy) if _denies_everybody(each)]
        spared = {key: (asked.get(_SPARED, []), each) for each, key, asked in _guarding(denies, bucket)}
        if len(spared) == 2:
            names, statement = spared[_ENDPOINT]
            extra = [one for one in names if one not in roles and one not in spared[_ORGANIZATION][0]]
            if len(extra) == 1:
                return Taken(extra[0], f"{statement.where}/Condition")
    return None


def enforced(policy: Part | None, bucket: str, sse: str, key: str | None) -> Taken | None:
    """Return what a policy asks of uploads: ``header-required``, ``key-required`` or ``header-optional``.

    Args:
        policy: The bucket's policy.
        bucket: The bucket's ARN.
        sse: The bucket's default encryption.
        key: The ARN of its key, or None.
    """
    if sse == "AES256" or policy is None:
        return None
    found: dict[str, Part] = {}
    for each in statements(policy):
        if _denies_everybody(each) and resources(each) == [f"{bucket}/*"] and gives(each, "s3:PutObject"):
            for name, wanted in _uploads(sse, key).items():
                if condition(each) == wanted:
                    found[name] = each
    for word, names in (
        ("header-optional", ("other type", "other key", "no key")),
        ("key-required", ("header", "wrong key")),
        ("header-required", ("header",)),
    ):
        if all(name in found for name in names):
            return Taken(word, found[names[0]].where)
    return None


def _uploads(sse: str, key: str | None) -> dict[str, dict[str, list[str]]]:
    """Return the conditions of the statements that a spec makes about uploads."""
    found = {
        "header": {f"stringnotequals/{_SSE}": [sse]},
        "other type": {f"null/{_SSE}": ["false"], f"stringnotequals/{_SSE}": [sse]},
        "no key": {f"stringequals/{_SSE}": [sse], f"null/{_KEY}": ["true"]},
    }
    if key is not None:
        found["wrong key"] = {f"arnnotequalsifexists/{_KEY}": [key]}
        found["other key"] = {f"null/{_KEY}": ["false"], f"arnnotequals/{_KEY}": [key]}
    return found


def _grantees(policy: Part, bucket: str, action: str, roles: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield the readers or writers whom a statement of their own names; readers list the bucket as well."""
    for each in statements(policy):
        below = resources(each)
        alone = actions(each) == [action] and each.value.get("Effect") == "Allow"
        if not alone or len(below) != 1 or not below[0].startswith(f"{bucket}/") or not below[0].endswith("*"):
            continue
        prefix, source = below[0].removeprefix(f"{bucket}/").removesuffix("*"), _source(each)
        if source is None or "*" in prefix:
            continue
        for who in principals(each):
            if who in roles or who == "*" or (action == "s3:GetObject" and not _lists(policy, bucket, who, prefix)):
                continue
            yield (
                {"principal": Taken(who, each.where)}
                | ({"prefix": Taken(prefix, each.where)} if prefix else {})
                | source
            )


def _source(statement: Part) -> dict[str, Any] | None:
    """Return the source that a service must act for; None for a condition that no spec makes."""
    names = {"stringequals/aws:sourceaccount": "source_account", "arnlike/aws:sourcearn": "source_arn"}
    asked = condition(statement)
    if not set(asked) <= set(names) or any(len(values) != 1 for values in asked.values()):
        return None
    return {names[name]: Taken(values[0], f"{statement.where}/Condition") for name, values in asked.items()}


def _lists(policy: Part, bucket: str, who: str, prefix: str) -> bool:
    wanted = [f"{prefix}*"] if prefix else None
    return any(
        each.value.get("Effect") == "Allow"
        and gives(each, "s3:ListBucket")
        and bucket in resources(each)
        and who in principals(each)
        and condition(each).get("stringlike/s3:prefix") == wanted
        for each in statements(policy)
    )
