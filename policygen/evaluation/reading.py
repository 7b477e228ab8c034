"""Reading policies: documents in any of their forms, and grants as ListGrants prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from policygen.document.given import Document
from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.errors import DocumentError, Place, PolicygenError, Problem, check_list
from policygen.evaluation.policies import Grant, NamedPolicy, compiled

_T = TypeVar("_T")


class PolicyReader:
    """Parses and compiles documents, collecting problems."""

    def __init__(self) -> None:
        """Find no problem yet."""
        self.problems: list[Problem] = []

    def several(self, values: Iterable[Document] | Document | None, kind: str) -> tuple[NamedPolicy, ...]:
        """Return the documents that can be read; ``kind`` and their number name those without a name."""
        listed: Iterable[Any] = () if values is None else (values,)
        if isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping, PolicyDocument)):
            listed = values
        found = [self._read(value, f"{kind} #{index}") for index, value in enumerate(listed)]
        return tuple(policy for policy in found if policy is not None)

    def levels(
        self, levels: Sequence[Iterable[Document]] | None, kind: str
    ) -> tuple[tuple[NamedPolicy, ...], ...] | None:
        """Return the documents of each level; None for no organization."""
        if levels is None:
            return None
        check_list(f"{kind}s", levels, "give a list of levels, root first, each a list of documents")
        if not levels:
            return None
        return tuple(self.several(level, f"{kind} of level {number}") for number, level in enumerate(levels))

    def sessions(self, values: Iterable[Any] | Document | None) -> tuple[tuple[NamedPolicy, ...], ...] | None:
        """Return session policies by session, from documents or from lists of them; None where none was passed.

        Raises:
            ArgumentError: PG-A001 for documents and lists of documents beside each other.
        """
        kind = "session policy"
        listed = list(values) if isinstance(values, (list, tuple)) else []
        if not any(isinstance(each, (list, tuple)) for each in listed):
            return None if values is None else (self.several(values, kind),)
        for each in listed:
            check_list(
                "session", each, "give documents, or a list of documents for each session, that of the role first"
            )
        return tuple(self.several(each, f"{kind} of level {number}") for number, each in enumerate(listed))

    def one(self, value: Document | None, name: str) -> NamedPolicy | None:
        """Return a document; None for none, and for one that cannot be read."""
        return None if value is None else self._read(value, name)

    def _read(self, value: Document, name: str) -> NamedPolicy | None:
        return self._caught(lambda: _named(value, name))

    def grants(self, values: Iterable[Mapping[str, Any] | Grant]) -> tuple[Grant, ...]:
        """Return grants; for one that cannot be read, one that allows nothing."""
        check_list("grants", values, "give a list of grants, each as ListGrants prints it")
        return tuple(self._grant(grant, index) for index, grant in enumerate(values))

    def _grant(self, value: Mapping[str, Any] | Grant, index: int) -> Grant:
        if isinstance(value, Grant):
            return value
        place = Place(source=f"grant #{index}")
        found = self._caught(lambda: parse_grant(value, place))
        return found if found is not None else Grant(grantee="", operations=())

    def _caught(self, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except PolicygenError as error:
            self.problems.extend(error.problems)
            return None


def _named(value: Document, name: str) -> NamedPolicy:
    if isinstance(value, Mapping) and "document" in value and "Statement" not in value:
        given = value.get("name")
        inner = value["document"]
        document = parse_policy(inner, str(given or name))
        return compiled(document, str(given) if given else document.source)
    document = parse_policy(value, name)
    return compiled(document, document.source)


_PAIR_CONSTRAINTS = ("EncryptionContextEquals", "EncryptionContextSubset")
_GRANTS = "https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html"


def parse_grant(value: Mapping[str, Any], place: Place) -> Grant:
    """Return the grant in one entry of ListGrants' answer; entries that do not decide (dates, issuer) are passed over.

    Raises:
        DocumentError: PG-D008 when the grantee or the operations are missing or of the wrong type, and for a grant that
            KMS would not make: see :func:`_why_not_made`.
    """
    if not isinstance(value, Mapping):
        message = "a grant is a JSON object"
        raise DocumentError(Problem(code="PG-D008", message=message, place=place, doc_url=_GRANTS))
    grantee = value.get("GranteePrincipal") or value.get("GranteeServicePrincipal")
    retiring = value.get("RetiringPrincipal") or value.get("RetiringServicePrincipal")
    operations = value.get("Operations")
    constraints = value.get("Constraints") or {}
    message = None
    if not isinstance(grantee, str):
        message = "a grant needs GranteePrincipal, an ARN"
    elif not isinstance(retiring, (str, type(None))):
        message = "RetiringPrincipal of a grant is an ARN"
    elif not isinstance(operations, (list, tuple)) or not all(isinstance(each, str) for each in operations):
        message = "a grant needs Operations, a list of operation names"
    elif not isinstance(constraints, Mapping) or not all(
        _is_pairs(constraints.get(name)) for name in _PAIR_CONSTRAINTS
    ):
        message = "the Constraints of a grant are a JSON object, its encryption contexts too"
    elif not all(isinstance(each, (str, type(None))) for each in (value.get("KeyId"), constraints.get("SourceArn"))):
        message = "KeyId and SourceArn of a grant are ARNs"
    message = message or _why_not_made(value, constraints)
    if message:
        raise DocumentError(Problem(code="PG-D008", message=message, place=place, doc_url=_GRANTS))
    return Grant(
        grantee=str(grantee),
        operations=tuple(operations or ()),
        key=value.get("KeyId"),
        name=str(value.get("Name") or value.get("GrantId") or "grant"),
        encryption_context_equals=_pairs(constraints.get("EncryptionContextEquals")),
        encryption_context_subset=_pairs(constraints.get("EncryptionContextSubset")),
        source_arn=constraints.get("SourceArn"),
        retiring=retiring,
    )


def plain_grant(grant: Grant) -> dict[str, Any]:
    """Return a grant as ListGrants prints it, as JSON-ready values."""
    constraints = {
        "EncryptionContextEquals": dict(grant.encryption_context_equals or ()) or None,
        "EncryptionContextSubset": dict(grant.encryption_context_subset or ()) or None,
        "SourceArn": grant.source_arn,
    }
    found = {
        "KeyId": grant.key,
        "Name": grant.name,
        "GranteePrincipal": grant.grantee,
        "RetiringPrincipal": grant.retiring,
        "Operations": list(grant.operations),
        "Constraints": {name: each for name, each in constraints.items() if each},
    }
    return {name: each for name, each in found.items() if each}


def _why_not_made(grant: Mapping[str, Any], constraints: Mapping[str, Any]) -> str | None:
    """Return why KMS would not make a grant; None where it would.

    A grant to a service is for one resource of it, and somebody can retire it; a principal stands in one place.

    Fact: N9
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
    """
    for who in ("Grantee", "Retiring"):
        if grant.get(f"{who}Principal") and grant.get(f"{who}ServicePrincipal"):
            return f"a grant has {who}Principal or {who}ServicePrincipal, not both"
    if not grant.get("GranteeServicePrincipal"):
        return None
    if not constraints.get("SourceArn"):
        return "a grant with GranteeServicePrincipal needs the constraint SourceArn"
    if not (grant.get("RetiringPrincipal") or grant.get("RetiringServicePrincipal")):
        return "a grant with GranteeServicePrincipal needs RetiringPrincipal or RetiringServicePrincipal"
    return None


def _pairs(value: Mapping[str, str] | None) -> tuple[tuple[str, str], ...] | None:
    return None if value is None else tuple(value.items())


def _is_pairs(value: object) -> bool:
    texts = isinstance(value, Mapping) and all(isinstance(each, str) for pair in value.items() for each in pair)
    return value is None or texts
