"""Reading a spec: text → nodes → entries → model, with every problem of the text at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from policygen.errors import Place, Problem, SpecError, SuiteError
from policygen.source.nodes import Node, Scalar, Sequence
from policygen.source.yaml_text import parse_text
from policygen.spec.expect import resolve_expectations
from policygen.spec.fields import SPEC
from policygen.spec.guards import check_guards, resolve_guards
from policygen.spec.kinds import KeyType
from policygen.spec.migration import resolve_migration
from policygen.spec.model import Bucket, Key, Replication, Spec
from policygen.spec.organization import ReadFile, resolve_organization
from policygen.spec.read import Entry, Reader, Value
from policygen.spec.replication import check_bucket_key, check_uniqueness, resolve_replication
from policygen.spec.resolve import Scope, resolve_bucket, resolve_key
from policygen.suite import TestCase, parse_tests

_LOCKOUT = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"


def load_spec_text(text: str, source: str, read_file: ReadFile | None = None) -> Spec:
    """Return the spec in a YAML or JSON text.

    Args:
        text: The text.
        source: Its name, for problems.
        read_file: Reads the policy files that the spec names; None where there are no files to read.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is neither YAML nor JSON.
        SpecError: PG-S001 to PG-S030, and PG-T001 to PG-T005 for ``expect``: every problem of the text, in the order
            of its lines. What would only make replication fail (a bucket without versioning …) raises nothing by
            itself: it stands in ``Spec.blockers``.
    """
    reader = Reader()
    entry = reader.block(parse_text(text, source), SPEC)
    scope = Scope(reader, entry)
    spec = _resolve(entry, scope, source, read_file)
    blockers = sorted(dict.fromkeys(reader.blockers), key=partial(_order, source))
    if reader.problems:
        problems = dict.fromkeys((*reader.problems, *blockers))
        raise SpecError(*sorted(problems, key=partial(_order, source)))
    return replace(spec, blockers=tuple(blockers))


def _order(source: str, problem: Problem) -> tuple[bool, int, int]:
    """The spec's own problems first, by line."""
    return (problem.place.source != source, problem.place.line or 0, problem.place.column or 0)


def _resolve(entry: Entry, scope: Scope, source: str, read_file: ReadFile | None) -> Spec:
    keys = _keys(entry, scope)
    buckets = _buckets(entry, scope, keys)
    replication = _replication(entry, scope, buckets, keys)
    organization = resolve_organization(entry, scope, read_file)
    deployer = _deployer(entry, scope, replication)
    for name, bucket in buckets.items():
        item = entry.members("buckets")[name]
        check_guards(item, bucket, organization.id if organization else None, deployer, scope)
    _check_names(entry, scope)
    return Spec(
        source=source,
        partition=scope.partition,
        accounts=tuple(scope.accounts.items()),
        organization=organization,
        deployer=deployer,
        keys=tuple(keys.values()),
        buckets=tuple(buckets.values()),
        replication=tuple(replication),
        expect=_expect(entry, scope, keys, buckets, replication),
        migration=resolve_migration(entry, scope, keys, buckets),
    )


def _keys(entry: Entry, scope: Scope) -> dict[str, Key]:
    found: dict[str, Key] = {}
    for name, item in entry.members("keys").items():
        key = resolve_key(item, scope)
        if key is not None:
            found[name] = key
            _check_lockout(item, key, scope)
    return found


def _check_lockout(entry: Entry, key: Key, scope: Scope) -> None:
    """A key policy must let somebody change it again (K9)."""
    if key.enable_iam_policies or key.type is KeyType.AWS_MANAGED:
        return
    for region, grantees in key.grantees:
        if not grantees.administrators:
            message = f"nobody could change the key policy of `{key.name}` in `{region}` any more"
            hint = "name administrators, or leave `enable_iam_policies` at true"
            scope.reader.problem("PG-S012", message, entry.at("enable_iam_policies"), hint, _LOCKOUT)


def _replicated(entry: Entry) -> frozenset[str]:
    """Return the bucket entries that some replication entry names."""
    found = set()
    for item in entry.members("replication").values():
        found.add(item.data("source"))
        found.update(rule.data("destination") for rule in item.items("rules"))
    return frozenset(name for name in found if name is not None)


def _buckets(entry: Entry, scope: Scope, keys: dict[str, Key]) -> dict[str, Bucket]:
    replicated = _replicated(entry)
    found: dict[str, Bucket] = {}
    names: dict[str, str] = {}
    for name, item in entry.members("buckets").items():
        bucket = resolve_bucket(item, scope, keys, replicated)
        if bucket is None:
            continue
        grantees = (*bucket.readers, *bucket.writers)
        bucket = replace(bucket, guards=resolve_guards(item.entry("guards"), bucket.account, grantees, scope))
        check_bucket_key(item, bucket, scope)
        first = names.setdefault(bucket.name, name)
        if first != name:
            message = f"`{bucket.name}` is the bucket of `{first}` already"
            scope.reader.problem("PG-S013", message, item.at("name"), "bucket names are unique")
        found[name] = bucket
    return found


def _replication(entry: Entry, scope: Scope, buckets: dict[str, Bucket], keys: dict[str, Key]) -> list[Replication]:
    found: list[tuple[Entry, Replication]] = []
    for item in entry.members("replication").values():
        replication = resolve_replication(item, scope, buckets, keys)
        if replication is not None:
            found.append((item, replication))
    check_uniqueness(found, scope)
    return [replication for _, replication in found]


def _deployer(entry: Entry, scope: Scope, replication: list[Replication]) -> str | None:
    value = entry.values.get("deployer")
    if not isinstance(value, Value):
        return None
    accounts = [each.source.account for each in replication] or list(scope.accounts.values())
    return scope.principal(value, accounts[0]) if accounts else None


def _expect(
    entry: Entry,
    scope: Scope,
    keys: dict[str, Key],
    buckets: dict[str, Bucket],
    replication: list[Replication],
) -> tuple[TestCase, ...]:
    value = entry.values.get("expect")
    node: Node | None = value.data if isinstance(value, Value) else None
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    if not isinstance(node, Sequence):
        scope.reader.problem("PG-S003", "`expect` needs a list of tests", node.place)
        return ()
    try:
        tests = parse_tests(node)
    except SuiteError as error:
        scope.reader.problems.extend(error.problems)
        return ()
    return resolve_expectations(tests, scope, keys, buckets, replication)


def _check_names(entry: Entry, scope: Scope) -> None:
    """Entry names become folders: two that differ in case only would meet on some file systems."""
    for kind in ("keys", "buckets", "replication"):
        seen: dict[str, str] = {}
        for name, item in entry.members(kind).items():
            first = seen.setdefault(name.lower(), name)
            if first != name:
                place: Place = item.place
                message = f"`{name}` and `{first}` differ in letter case only"
                scope.reader.problem("PG-S006", message, place, "their folders would be the same on some systems")
