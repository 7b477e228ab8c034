"""What is there already: looked at, compared and kept before anything is changed.

A put of AWS's takes the place of what was there, without a word. So the script reads first every document that it is
going to put, and stops where that is not what it put itself.

Fact: K9, K29
Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from policygen.aws.arns import parse_arn
from policygen.export import inventory
from policygen.export.shell import Context, Option, Raw, Word, indented, line, when
from policygen.generator.settings import BUCKET_DOCUMENTS
from policygen.spec.model import Role
from policygen.spec.paths import DocumentKind, bucket_path, key_path, role_path

_TRUST, _BOUNDARY = DocumentKind.TRUST_POLICY, DocumentKind.PERMISSIONS_BOUNDARY


def documents_of_role(role: Role) -> list[str]:
    """Return the paths of what is put for a role; that of its boundary holds the boundary's ARN here."""
    kinds = [_TRUST, DocumentKind.PERMISSIONS_POLICY] + ([_BOUNDARY] if role.permissions_boundary else [])
    return [role_path(role, kind) for kind in kinds]


def there(context: Context, documents: Collection[str]) -> str:
    """Return the function that prints what is there in the place of each of some documents."""
    cases = []
    for path, call in _reading(context, documents):
        cases += [f"  {line(path)})", *indented(indented([f"{call} ;;"]))]
    head = ["# Prints what is there in the place of a document: PATH", "there() {", '  case "$1" in']
    return "\n".join((*head, *cases, "  esac", "}"))


def _reading(context: Context, documents: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the path of each document that a script puts, with the call that reads what is there."""
    for key in inventory.customer_keys(context.spec):
        named = (("--key-id", context.key_id(key)), ("--policy-name", "default"), *_printed("Policy", "text"))
        for region in key.regions:
            if key_path(key, region) in documents:
                yield key_path(key, region), context.kms(key, region, "get-key-policy", *named)
    for bucket in context.spec.buckets:
        for kind, how in BUCKET_DOCUMENTS.items():
            if bucket_path(bucket, kind) in documents:
                printed = _printed(how.query, "text" if kind is DocumentKind.BUCKET_POLICY else "json")
                yield bucket_path(bucket, kind), context.s3api(bucket, f"get-{how.subject}", *printed)
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        if role_path(role) in documents:
            trust, boundary = "Role.AssumeRolePolicyDocument", "Role.PermissionsBoundary.PermissionsBoundaryArn"
            inline = (("--policy-name", role.name), *_printed("PolicyDocument", "json"))
            yield role_path(role, _TRUST), context.iam(role, "get-role", *_printed(trust, "json"))
            yield role_path(role), context.iam(role, "get-role-policy", *inline)
            if role.permissions_boundary:
                yield role_path(role, _BOUNDARY), context.iam(role, "get-role", *_printed(boundary, "json"))


def _printed(query: str, form: str) -> tuple[Option, ...]:
    return (("--query", query), ("--output", form))


def check_principals(context: Context) -> Iterator[str]:
    """Yield what looks for the principals and boundaries that documents name, as far as there is a profile for them.

    A role that is to be made and exists under another path has another ARN than the documents say (R15).
    """
    for role in (each.role for each in inventory.new_roles(context.spec).values()):
        call = context.iam(role, "get-role", *_printed("Role.Arn", "text"))
        yield f"check_other {line(f'role {role.name}', role.arn)} \\\n  {call}"
    for text in inventory.must_exist(context.spec, context.bundle):
        arn = parse_arn(text)
        if arn is None or arn.account not in context.regions:
            continue
        kind, *path = arn.resource.split("/")
        name, expected = path[-1], text
        if kind == "assumed-role":  # the session of a role whose path it does not tell
            kind, name, expected = "role", path[0], ""
        which: Option = ("--policy-arn", text) if kind == "policy" else (f"--{kind}-name", name)
        shown = _printed(f"{kind.capitalize()}.Arn", "text")
        call = context.aws(arn.account, context.regions[arn.account], f"iam get-{kind}", which, *shown)
        yield f"check_principal {line(text, expected)} \\\n  {call}"
    yield from when('[ "$MISSING" -gt 0 ]', "exit 1")


def compare(context: Context, documents: Collection[str]) -> Iterator[str]:
    """Yield what compares what is there with some documents, and stops before something would be lost."""
    own = {key_path(key, region) for key in inventory.new_keys(context.spec) for region in key.regions}
    roles = (each.role for each in inventory.new_roles(context.spec).values())
    boundaries = {role_path(role, _BOUNDARY): role.permissions_boundary for role in roles}
    for path, _ in _reading(context, documents):
        if boundary := boundaries.get(path):
            before = [f'printf \'"%s"\\n\' {line(boundary)} >"$WORK/boundary"']
            document: Word = Raw('"$WORK/boundary"')
        else:
            before, document = context.document(path)
        lines = [*before, f"compare {line(path, document)}"]
        # a key that the script creates itself has nobody's policy before it was put
        yield from when(f"[ -e {line(f'put/{path}')} ]", *lines) if path in own else lines
    yield "stop_if_replaced"
