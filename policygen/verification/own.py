"""The further statements that a spec writes itself: what they allow is asked for, and they must stand where it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from policygen.document import PolicyDocument, parse_policy
from policygen.document.write import thaw
from policygen.lint import validate_text
from policygen.spec.kinds import KeyType
from policygen.spec.model import Spec, Statement
from policygen.spec.paths import bucket_path, key_path, role_path
from policygen.verification.checks import Check, configuration_check
from policygen.verification.documents import Documents
from policygen.verification.statements import Written, differing_elements, statements_of


class OwnStatements:
    """The further statements of a spec, by the path of the document in which they stand."""

    def __init__(self, spec: Spec) -> None:
        """Collect the statements of buckets, keys and roles."""
        found: dict[str, tuple[Statement, ...]] = {bucket_path(each): each.statements for each in spec.buckets}
        for key in spec.keys:
            if key.type is not KeyType.AWS_MANAGED:
                found |= {key_path(key, region): key.statements for region in key.regions}
        found |= {role_path(each.role): each.role.statements for each in spec.replication}
        self._by_path = {path: statements for path, statements in found.items() if statements}

    def checks(self, documents: Documents) -> Iterator[Check]:
        """Yield a check for each statement: it stands in its document, under whatever name."""
        for path, statements in self._by_path.items():
            written = statements_of(documents.policies.get(path))
            for number, wanted in enumerate(statements):
                name = f"`{wanted['Sid']}`" if "Sid" in wanted else f"number {number + 1}"
                yield configuration_check(
                    f"{path}/statements/{number}",
                    f"the spec's own statement {name} stands in the policy",
                    any(_same(each, wanted) for each in written),
                    document=path,
                    statement=wanted.get("Sid"),
                    fix=dict(wanted),
                )
            if written:
                yield _acceptance(path, documents.policies[path])

    def without(self, documents: Documents, effect: str | None = None) -> Documents:
        """Return documents without the spec's own statements, or without those of one effect."""
        if not self._by_path:
            return documents
        policies = dict(documents.policies)
        for path, statements in self._by_path.items():
            left = [each for each in statements if effect in (None, each.get("Effect"))]
            document = policies.get(path)
            if document is not None:
                policies[path] = _left(document, [each for each in statements_of(document) if not _any(left, each)])
        return replace(documents, policies=policies)


def _acceptance(path: str, policy: PolicyDocument) -> Check:
    """Return whether AWS would take a policy that holds statements which nobody but the spec's author has seen."""
    found = validate_text(json.dumps(thaw(policy.written)), path).errors
    return configuration_check(
        f"{path}/accepted",
        f"AWS takes `{path}`",
        not found,
        detail="; ".join(f"{each.place.pointer} {each.issueCode}: {each.findingDetails}" for each in found) or None,
        document=path,
    )


def _same(written: Written, wanted: Statement) -> bool:
    return written.get("Effect") == wanted.get("Effect") and not differing_elements(written, wanted)


def _any(statements: list[Statement], written: Written) -> bool:
    return any(_same(written, each) for each in statements)


def _left(document: PolicyDocument, statements: list[Written]) -> PolicyDocument:
    """Return a document with some of its statements."""
    written = thaw(document.written)
    return parse_policy({**written, "Statement": statements}, document.source)
