"""What the statements of policies give: actions, resources, principals, and the buckets in encryption contexts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from policygen.inference.known import Part
from policygen.matching.actions import compile_action
from policygen.verification.statements import conditions_of, listed, principals_of

CONTEXT = "kms:encryptioncontext:aws:s3:arn"


def statements(policy: Part | None) -> list[Part]:
    """Return the statements of a policy."""
    found = policy.at("Statement") if policy is not None else None
    return [each for each in found.items() if isinstance(each.value, Mapping)] if found is not None else []


def allows(policies: Iterable[Part]) -> Iterator[Part]:
    """Yield the statements of policies that allow."""
    return (each for policy in policies for each in statements(policy) if each.value.get("Effect") == "Allow")


def actions(statement: Part) -> list[str]:
    """Return what a statement names as Action."""
    return listed(statement.value.get("Action"))


def gives(statement: Part, action: str) -> bool:
    """Tell whether a statement names an action, by a pattern or itself."""
    return any(compile_action(pattern)(action.lower()) for pattern in actions(statement))


def resources(statement: Part) -> list[str]:
    """Return what a statement names as Resource."""
    return listed(statement.value.get("Resource"))


def principals(statement: Part) -> list[str]:
    """Return whom a statement names as Principal."""
    return principals_of(statement.value.get("Principal"))


def contexts(statement: Part) -> list[str]:
    """Return the ARNs of buckets and objects that a statement asks of the encryption context."""
    return [
        value for _, key, values in conditions_of(statement.value) if key.lower() == CONTEXT for value in listed(values)
    ]


def condition(statement: Part) -> dict[str, list[str]]:
    """Return a statement's Condition as one mapping: operator and key in small letters to a list of values."""
    return {
        f"{operator.lower()}/{key.lower()}": listed(values) for operator, key, values in conditions_of(statement.value)
    }
