"""Reading a spec: text → nodes → entries → model, with every problem of the text at once."""

from __future__ import annotations

from policygen.errors import Problem, SpecError
from policygen.fields.read import Codes, Entry, Reader
from policygen.source.yaml_text import parse_text
from policygen.spec.expect import resolve_expectations
from policygen.spec.fields import SPEC
from policygen.spec.migration import resolve_migration
from policygen.spec.model import Replication, Spec
from policygen.spec.organization import ReadFile, resolve_organization
from policygen.spec.replication import check_uniqueness, resolve_replication
from policygen.spec.resolve import check_guards, resolve_bucket, resolve_key
from policygen.spec.scope import Scope
from policygen.suite import TestCase, build_tests

_CODES = Codes(unknown="PG-S001", kind="PG-S003", missing="PG-S004", choice="PG-S005", form="PG-S006")


def load_spec_text(text: str, source: str, read_file: ReadFile | None = None) -> Spec:
    """Return the spec in a YAML or JSON text.

    Args:
        text: The text.
        source: Its name, for problems.
        read_file: Reads the policy files that the spec names; None where there are no files to read.

    Raises:
        SourceError: PG-F005 to PG-F010 when it is neither YAML nor JSON.
        SpecError: PG-S001 to PG-S035, and for ``expect`` PG-T005 and PG-R001 to PG-R007: every problem of the text, in
            the order of its lines. What would only make replication fail (a bucket without versioning …) raises nothing
            by itself: it stands in ``Spec.blockers``. What may be a mistake (PG-S031, PG-S033) stands in
            ``Spec.warnings``.
    """
    # in a JSON text, the statements of a policy keep numbers and Booleans
    is_json = source.endswith(".json") or text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
    reader = Reader(_CODES, typed=is_json)
    entry = reader.block(parse_text(text, source), SPEC)
    scope = Scope(reader, entry)
    tests = build_tests(entry.items("expect"), reader)
    spec = _resolve(entry, scope, source, read_file, tests)
    scope.check_partition()
    if reader.problems:
        raise SpecError(*_sorted([*reader.problems, *scope.blockers], source))
    return spec


def _sorted(problems: list[Problem], source: str) -> list[Problem]:
    """Return each problem once, the spec's own first, by line."""

    def order(problem: Problem) -> tuple[bool, int, int]:
        return (problem.place.source != source, problem.place.line or 0, problem.place.column or 0)

    return sorted(dict.fromkeys(problems), key=order)


def _resolve(entry: Entry, scope: Scope, source: str, read_file: ReadFile | None, tests: tuple[TestCase, ...]) -> Spec:
    _keys_and_buckets(entry, scope)
    replication = _replication(entry, scope)
    organization = resolve_organization(entry, scope, read_file)
    deployer = _deployer(entry, scope, replication)
    for name, bucket in scope.buckets.items():
        item = entry["buckets"][name]
        check_guards(item, bucket, organization.id if organization else None, deployer, scope)
    for kind in ("keys", "buckets", "replication"):
        _check_names(entry[kind], scope)
    return Spec(
        source=source,
        partition=scope.partition,
        accounts=tuple(scope.accounts.items()),
        organization=organization,
        deployer=deployer,
        keys=tuple(scope.keys.values()),
        buckets=tuple(scope.buckets.values()),
        replication=tuple(replication),
        expect=resolve_expectations(tests, scope, replication),
        migration=resolve_migration(entry, scope),
        blockers=tuple(_sorted(scope.blockers, source)),
        warnings=tuple(_sorted(list(scope.warnings), source)),
    )


def _keys_and_buckets(entry: Entry, scope: Scope) -> None:
    """Put the keys and buckets that stand into ``scope``."""
    for name, item in entry["keys"].items():
        key = resolve_key(item, scope)
        if key is not None:
            scope.keys[name] = key
    replicated = _replicated(entry)
    names: dict[str, str] = {}
    for name, item in entry["buckets"].items():
        bucket = resolve_bucket(item, scope, replicated)
        if bucket is None:
            continue
        scope.buckets[name] = bucket
        first = names.setdefault(bucket.name, name)
        if first != name:
            message = f"`{bucket.name}` is the bucket of `{first}` already"
            scope.problem("PG-S013", message, item.at("name"), "bucket names are unique")


def _replicated(entry: Entry) -> frozenset[str]:
    """Return the bucket entries that some replication entry names."""
    items = entry["replication"].values()
    destinations = (rule["destination"] for item in items for rule in item["rules"])
    return frozenset((*(item["source"] for item in items), *destinations))


def _replication(entry: Entry, scope: Scope) -> list[Replication]:
    found: list[tuple[Entry, Replication]] = []
    for item in entry["replication"].values():
        replication = resolve_replication(item, scope)
        if replication is not None:
            found.append((item, replication))
    check_uniqueness(found, scope)
    return [replication for _, replication in found]


def _deployer(entry: Entry, scope: Scope, replication: list[Replication]) -> str | None:
    accounts = [each.source.account for each in replication] or list(scope.accounts.values())
    if not entry.given("deployer") or not accounts:
        return None
    return scope.principal(entry.placed("deployer"), accounts[0])


def _check_names(entries: dict[str, Entry], scope: Scope) -> None:
    """Entry names become folders: two that differ in case only would meet on some file systems."""
    seen: dict[str, str] = {}
    for name, item in entries.items():
        first = seen.setdefault(name.lower(), name)
        if first != name:
            message = f"`{name}` and `{first}` differ in letter case only"
            hint = "their folders would be the same on some systems"
            scope.problem("PG-S006", message, item.place, hint)
