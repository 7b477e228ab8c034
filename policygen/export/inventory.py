"""What every form has to know of a spec: what is created, who must exist already, names that other tools take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.generator import Bundle, DocumentKind
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key, Replication, Role, Spec

AFTER_PLACEHOLDER = "A-Za-z0-9_.-"
"""Characters that a key's name can hold: where one follows, it is the placeholder of another key."""


def new_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the customer managed keys that are to be created: those whose id the spec does not know."""
    return tuple(key for key in customer_keys(spec) if key.id is None)


def customer_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the customer managed keys; AWS managed keys have AWS's key policy (K26)."""
    return tuple(key for key in spec.keys if key.type is not KeyType.AWS_MANAGED)


def unknown_managed_keys(spec: Spec) -> tuple[Key, ...]:
    """Return the AWS managed keys whose id is to be looked up by their alias."""
    return tuple(key for key in spec.keys if key.type is KeyType.AWS_MANAGED and key.id is None)


def alias_of_managed(key: Key) -> str:
    """Return the alias of an AWS managed key: S3's unless the spec names another."""
    return key.alias or "alias/aws/s3"


def roles_of(replication: Replication) -> tuple[tuple[str, Role], ...]:
    """Return a replication entry's roles with names for them: its own, and that of its batch job."""
    own = ((replication.name, replication.role),)
    return own if replication.batch is None else (*own, (f"{replication.name}_batch", replication.batch.role))


def roles(spec: Spec) -> dict[str, Role]:
    """Return the roles that are to be created, by the name of :func:`roles_of`; each role once."""
    found: dict[str, Role] = {}
    for name, role in (pair for each in spec.replication for pair in roles_of(each)):
        if role.arn not in {each.arn for each in found.values()}:
            found[name] = role
    return found


def names_role(text: str, role: Role) -> bool:
    """Tell whether a document's text names a role."""
    return f'"{role.arn}"' in text


def names_unknown_key(text: str, key: Key) -> bool:
    """Tell whether a text holds the placeholder of a key."""
    return key.id is None and re.search(placeholder(key), text) is not None


def placeholder(key: Key) -> str:
    """Return the regular expression of a key's placeholder."""
    return f"{re.escape(key.id_or_placeholder)}(?![{AFTER_PLACEHOLDER}])"


def must_exist(spec: Spec, bundle: Bundle) -> tuple[str, ...]:
    """Return the ARNs of users, roles and permissions boundaries that are named and not created here, sorted.

    KMS and S3 refuse a policy that names a principal which does not exist, IAM a boundary which does not.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    boundaries = {role.permissions_boundary for role in roles(spec).values() if role.permissions_boundary is not None}
    return tuple(sorted(_outsiders(spec, bundle) | boundaries))


def _outsiders(spec: Spec, bundle: Bundle) -> set[str]:
    created = {role.arn for role in roles(spec).values()}
    named = {
        arn
        for document in bundle.values()
        if document.kind in (DocumentKind.BUCKET_POLICY, DocumentKind.KEY_POLICY)
        for arn in _principals(document.value)
    }
    return {arn for arn in named - created if _is_user_or_role(arn)}


def _principals(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in (statements,) if isinstance(statements, Mapping) else statements:
        principal = statement.get("Principal")
        named = principal.get("AWS", ()) if isinstance(principal, Mapping) else ()
        yield from (named,) if isinstance(named, str) else named


def _is_user_or_role(text: str) -> bool:
    arn = parse_arn(text)
    return arn is not None and arn.resource.startswith(("user/", "role/"))


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return an identifier for each name: letters, digits and underscores, beginning with a letter, no two alike.

    >>> identifiers(["cold-archive", "cold.archive", "2024"])
    {'cold-archive': 'cold_archive', 'cold.archive': 'cold_archive_2', '2024': 'n2024'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "n"
        first = plain if plain[0].isalpha() else f"n{plain}"
        number, each = 1, first
        while each.lower() in taken:
            number += 1
            each = f"{first}_{number}"
        taken.add(each.lower())
        found[name] = each
    return found
