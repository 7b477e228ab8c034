"""The picture of a spec: buckets, keys and roles by account and Region, and who does what to which of them.

Nodes and edges, each edge with an outcome; :mod:`policygen.report.mermaid` and :mod:`policygen.report.svg` draw them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from policygen.spec.kinds import KeyType, Sse
from policygen.spec.model import Batch, Bucket, Guards, Key, Replication, Role, Rule, Spec
from policygen.spec.paths import bucket_path, folder_of, key_path, role_path
from policygen.verification.checks import Check, Report

_KEY_KINDS = {KeyType.SINGLE_REGION: "single-Region key", KeyType.AWS_MANAGED: "AWS managed key"}
_BUCKET_KEYS = {"false": "no Bucket Key", "true": "Bucket Key", "mixed": "Bucket Key on some objects"}


class NodeKind(Enum):
    """What a node is."""

    BUCKET = "bucket"
    KEY = "key"
    ROLE = "role"


class EdgeKind(Enum):
    """What an edge is about."""

    RULE = "rule"
    ACCESS = "access"
    REPLICA_KEY = "replica key"
    ENCRYPTION = "default encryption"
    FOREIGN_KEY = "default encryption under a key of another account"


class Outcome(Enum):
    """How the checks about an edge came out."""

    NOT_ASKED = "not asked"
    HOLDS = "holds"
    WARNING = "warning"
    FAILS = "fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One bucket, key (in one Region) or role.

    Attributes:
        id: Unique in the picture: letters, digits and ``_``.
        kind: What it is.
        title: Its entry's name in the spec, or the role's name.
        details: Further lines: the bucket's name, the key's id …
        account: The account's name in the spec, and its 12-digit id where that is another text.
        region: The Region; empty for a role, which is global.
        failed: How many failed checks point to one of its documents.
    """

    id: str
    kind: NodeKind
    title: str
    details: tuple[str, ...]
    account: str
    region: str = ""
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What one node has to do with another.

    Attributes:
        start: Id of the node it begins at.
        end: Id of the node it ends at.
        kind: Whether it is a rule, what a role does, a key's replication, or a bucket's default encryption.
        label: What it does there.
        outcome: How the checks about it came out.
        count: How many checks there were.
        by: Id of the role that carries a rule out; empty for other edges.
    """

    start: str
    end: str
    kind: EdgeKind
    label: str
    outcome: Outcome = Outcome.NOT_ASKED
    count: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Nodes in the order of the spec, and edges."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def accounts(self) -> dict[str, dict[str, list[Node]]]:
        """Return the nodes by account and then by Region, in their order; roles stand under the Region ``""``."""
        found: dict[str, dict[str, list[Node]]] = {}
        for node in self.nodes:
            found.setdefault(node.account, {}).setdefault(node.region, []).append(node)
        return found


def picture_of(spec: Spec, report: Report | None = None) -> Picture:
    """Return the picture of a spec; with a report each edge that was asked about has its outcome."""
    checks = report.checks if report else ()
    failed = _failed_by_folder(checks)
    buckets = [_bucket_node(spec, bucket, failed) for bucket in spec.buckets]
    keys = [_key_node(spec, key, region, failed) for key in spec.keys for region in key.regions]
    roles = list(_role_nodes(spec, failed))
    nodes = {node.id: node for node in (*buckets, *keys, *roles)}
    edges = {(edge.start, edge.end, edge.label): edge for edge in _edges(spec, checks) if edge.end in nodes}
    return Picture(nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def _failed_by_folder(checks: Iterable[Check]) -> Counter[str]:
    """Return how many failed checks point to a document of each folder: a bucket's, a key's in one Region, a role's."""
    return Counter(folder_of(check.document) for check in checks if check.failed and check.document)


def _account(spec: Spec, account: str) -> str:
    name = next((name for name, number in spec.accounts if number == account), account)
    return name if name == account else f"{name} {account}"


def _id(*parts: str) -> str:
    """Join parts to an id of letters, digits and ``_``; names that differ give ids that differ."""
    return "_".join("".join(map(_id_char, part)) for part in parts)


def _id_char(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    return "_" if char == "-" else f"_x{ord(char):02x}_"


def _bucket_id(bucket: Bucket) -> str:
    return _id("bucket", bucket.entry)


def _key_id(key: Key, region: str) -> str:
    return _id("key", key.name, region)


def _role_id(role: Role) -> str:
    return _id("role", role.account, role.name)


def _bucket_node(spec: Spec, bucket: Bucket, failed: Counter[str]) -> Node:
    encryption = bucket.encryption
    parts = [encryption.sse.value]
    if encryption.sse is not Sse.SSE_S3:
        parts.append(f"key {encryption.key.name}" if encryption.key else "key aws/s3")
        parts.append(_BUCKET_KEYS[encryption.bucket_key.value])
    return Node(
        id=_bucket_id(bucket),
        kind=NodeKind.BUCKET,
        title=bucket.entry,
        details=(bucket.name, " · ".join(parts), *_guards(bucket.guards)),
        account=_account(spec, bucket.account),
        region=bucket.region,
        failed=failed[folder_of(bucket_path(bucket))],
    )


def _guards(guards: Guards) -> Iterator[str]:
    """Say whom a bucket's guards let in."""
    parts = ["its organization"] if guards.organization else []
    parts += [", ".join(guards.vpc_endpoints)] if guards.vpc_endpoints else []
    if parts:
        yield f"only through {' and '.join(parts)}" if guards.vpc_endpoints else f"only for {parts[0]}"


def _key_node(spec: Spec, key: Key, region: str, failed: Counter[str]) -> Node:
    multi = "multi-Region, primary key" if region == key.region else "multi-Region, replica key"
    return Node(
        id=_key_id(key, region),
        kind=NodeKind.KEY,
        title=key.name,
        details=(_KEY_KINDS.get(key.type, multi), key.id_or_placeholder),
        account=_account(spec, key.account),
        region=region,
        failed=failed[folder_of(key_path(key, region))],
    )


def _role_nodes(spec: Spec, failed: Counter[str]) -> Iterator[Node]:
    for replication in spec.replication:
        yield _role_node(spec, replication.role, "S3 assumes it", failed)
        if replication.batch is not None:
            yield _role_node(spec, replication.batch.role, "S3 Batch Operations assumes it", failed)


def _role_node(spec: Spec, role: Role, what: str, failed: Counter[str]) -> Node:
    return Node(
        id=_role_id(role),
        kind=NodeKind.ROLE,
        title=role.name,
        details=(what,),
        account=_account(spec, role.account),
        failed=failed[folder_of(role_path(role))],
    )


def _edges(spec: Spec, checks: tuple[Check, ...]) -> Iterator[Edge]:
    for key in spec.keys:
        for region in key.replica_regions:
            start, end = _key_id(key, key.region), _key_id(key, region)
            yield Edge(start=start, end=end, kind=EdgeKind.REPLICA_KEY, label="replica key")
    for bucket in spec.buckets:
        if bucket.encryption.key is not None:
            key = bucket.encryption.key
            kind = EdgeKind.ENCRYPTION if key.account == bucket.account else EdgeKind.FOREIGN_KEY
            yield Edge(start=_bucket_id(bucket), end=_key_id(key, bucket.region), kind=kind, label="default encryption")
    for replication in spec.replication:
        own = [check for check in checks if check.id.startswith(f"{replication.name}/")]
        batch = replication.batch
        yield from _replication_edges(
            replication, _Asked([each for each in own if not (batch and _is_by(each, batch))])
        )
        if batch is not None:
            yield from _batch_edges(replication.source, batch, _Asked([each for each in own if _is_by(each, batch)]))


def _is_by(check: Check, batch: Batch) -> bool:
    return check.request is not None and check.request.principal.role_arn == batch.role.arn


class _Asked:
    """The checks about one role, by what they are about: a configuration may have a thousand rules."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = sorted(checks, key=lambda check: check.id)
        self._ids = [check.id for check in self._checks]
        self._about: dict[str, list[Check]] = {}
        for check in self._checks:
            if check.request is not None:
                resource = check.request.resource
                bucket = resource.partition("/")[0] if resource.split(":")[2] == "s3" else resource
                self._about.setdefault(bucket, []).append(check)

    def under(self, prefix: str) -> list[Check]:
        """Return the checks whose ids begin so."""
        first = bisect_left(self._ids, prefix)
        return self._checks[first : bisect_left(self._ids, prefix + "\U0010ffff", first)]

    def about(self, arn: str) -> list[Check]:
        """Return the checks whose request is about a key, or about a bucket or something in it."""
        return self._about.get(arn, [])


def _replication_edges(replication: Replication, asked: _Asked) -> Iterator[Edge]:
    role, source = _role_id(replication.role), replication.source
    yield _access(role, _bucket_id(source), "reads", asked.about(source.arn))
    if source.encryption.key is not None:
        key = source.encryption.key
        yield _access(role, _key_id(key, source.region), "decrypts", asked.about(key.arn(source.region)))
    for rule in replication.rules:
        if rule.enabled:
            yield from _rule_edges(replication, rule, asked)


def _rule_edges(replication: Replication, rule: Rule, asked: _Asked) -> Iterator[Edge]:
    role, source, destination = _role_id(replication.role), replication.source, rule.destination
    label = f"rule {rule.id}" + (f" ({rule.prefix}*)" if rule.prefix else "")
    of_rule = asked.under(f"{replication.name}/{rule.id}/")
    yield _edge(_bucket_id(source), _bucket_id(destination), EdgeKind.RULE, label, of_rule, by=role)
    yield _access(role, _bucket_id(destination), "writes", asked.about(destination.arn))
    if rule.replica_key is not None:
        arn = rule.replica_key.arn(destination.region)
        yield _access(role, _key_id(rule.replica_key, destination.region), "encrypts", asked.about(arn))


def _batch_edges(source: Bucket, batch: Batch, asked: _Asked) -> Iterator[Edge]:
    role, manifest, report = _role_id(batch.role), batch.manifest_bucket, batch.report_bucket
    yield _access(role, _bucket_id(source), "initiates", asked.about(source.arn))
    yield _access(role, _bucket_id(manifest), "manifest", asked.about(manifest.arn))
    yield _access(role, _bucket_id(report), "report", asked.about(report.arn))
    for bucket in (manifest, report):
        key = bucket.encryption.key
        if key is not None:
            yield _access(role, _key_id(key, bucket.region), "uses", asked.about(key.arn(bucket.region)))


def _access(start: str, end: str, label: str, checks: Sequence[Check]) -> Edge:
    return _edge(start, end, EdgeKind.ACCESS, label, checks)


def _edge(start: str, end: str, kind: EdgeKind, label: str, checks: Sequence[Check], by: str = "") -> Edge:
    outcome = Outcome.HOLDS if checks else Outcome.NOT_ASKED
    if any(check.failed for check in checks):
        outcome = Outcome.FAILS
    elif not all(check.passed for check in checks):
        outcome = Outcome.WARNING
    return Edge(start=start, end=end, kind=kind, label=label, outcome=outcome, count=len(checks), by=by)
