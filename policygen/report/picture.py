"""The picture of a spec: buckets, keys and roles by account and Region, and who does what to which of them.

Nodes and edges, each edge with an outcome; :mod:`policygen.report.mermaid` and :mod:`policygen.report.svg` draw them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from policygen.spec.covered import Covered
from policygen.spec.kinds import KeyType, Sse
from policygen.spec.model import Batch, Bucket, Key, Replication, Role, Spec
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
    """One bucket, key (in one Region) or role, which is global and has no Region.

    ``failed`` is how many failed checks point to one of its documents.
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
    """What one node has to do with another: their ids, how the checks about it came out, and how many there were.

    ``by`` is the id of the role that carries a rule out.
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
    # by folder: a bucket's, a key's in one Region, a role's
    failed = Counter(folder_of(check.document) for check in checks if check.failed and check.document)
    nodes = {node.id: node for node in _nodes(spec, failed)}
    edges = {(edge.start, edge.end, edge.label): edge for edge in _edges(spec, checks) if edge.end in nodes}
    return Picture(nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def _id(*parts: str) -> str:
    """Join parts to an id of letters, digits and ``_``; names that differ give ids that differ."""
    joined = "_".join(part.replace("_", "_x5f_").replace("-", "_") for part in parts)
    return re.sub(r"[^A-Za-z0-9_]", lambda match: f"_x{ord(match[0]):02x}_", joined)


def _bucket_id(bucket: Bucket) -> str:
    return _id("bucket", bucket.entry)


def _key_id(key: Key, region: str) -> str:
    return _id("key", key.name, region)


def _role_id(role: Role) -> str:
    return _id("role", role.account, role.name)


def _details_of_bucket(bucket: Bucket) -> Iterator[str]:
    """Say what a bucket is called, how it encrypts, and whom its guards let in."""
    yield bucket.name
    encryption, guards = bucket.encryption, bucket.guards
    parts = [encryption.sse.value]
    if encryption.sse is not Sse.SSE_S3:
        parts.append(f"key {encryption.key.name}" if encryption.key else "key aws/s3")
        parts.append(_BUCKET_KEYS[encryption.bucket_key.value])
    yield " · ".join(parts)
    spared = ["its organization"] if guards.organization else []
    if guards.vpc_endpoints:
        yield f"only through {' and '.join([*spared, ', '.join(guards.vpc_endpoints)])}"
    elif spared:
        yield f"only for {spared[0]}"


def _nodes(spec: Spec, failed: Counter[str]) -> Iterator[Node]:
    names = {number: name for name, number in reversed(spec.accounts)}
    accounts = {number: f"{name} {number}" for number, name in names.items() if name != number}

    def node(kind: NodeKind, title: str, account: str, path: str, **more: Any) -> Node:
        count = failed[folder_of(path)]
        return Node(kind=kind, title=title, account=accounts.get(account, account), failed=count, **more)

    for bucket in spec.buckets:
        more = {"id": _bucket_id(bucket), "details": tuple(_details_of_bucket(bucket)), "region": bucket.region}
        yield node(NodeKind.BUCKET, bucket.entry, bucket.account, bucket_path(bucket), **more)
    for key in spec.keys:
        for region in key.regions:
            multi = "multi-Region, primary key" if region == key.region else "multi-Region, replica key"
            details = (_KEY_KINDS.get(key.type, multi), key.id_or_placeholder)
            more = {"id": _key_id(key, region), "details": details, "region": region}
            yield node(NodeKind.KEY, key.name, key.account, key_path(key, region), **more)
    for replication in spec.replication:
        first = "S3 and S3 Batch Operations assume it" if replication.one_role else "S3 assumes it"
        for role, what in zip(replication.roles, (first, "S3 Batch Operations assumes it"), strict=False):
            more = {"id": _role_id(role), "details": (what,)}
            yield node(NodeKind.ROLE, role.name, role.account, role_path(role), **more)


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
        rest = [check for check in own if batch is None or not _is_of_job(check, replication, batch)]
        yield from _replication_edges(replication, _RoleEdges(replication.role, rest))
        if batch is not None:
            of_job = [check for check in own if _is_of_job(check, replication, batch)]
            yield from _batch_edges(replication.source, batch, _RoleEdges(batch.role, of_job))


def _is_of_job(check: Check, replication: Replication, batch: Batch) -> bool:
    """Tell whether a check is about what the batch job does; it may have the replication's own role."""
    by = check.request is not None and check.request.principal.role_arn == batch.role.arn
    return by and (not replication.one_role or check.id.startswith(f"{replication.name}/batch/"))


class _RoleEdges:
    """What one role does, with the checks about it by what they ask for: a configuration may have a thousand rules."""

    def __init__(self, role: Role, checks: Iterable[Check]) -> None:
        self.role = _role_id(role)
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

    def bucket(self, bucket: Bucket, label: str) -> Edge:
        """Return what the role does to a bucket, or to something in it."""
        return _edge(self.role, _bucket_id(bucket), EdgeKind.ACCESS, label, self._about.get(bucket.arn, ()))

    def key(self, key: Key | None, region: str, label: str) -> Iterator[Edge]:
        """Yield what the role does with a key in a Region, where there is one."""
        if key is not None:
            checks = self._about.get(key.arn(region), ())
            yield _edge(self.role, _key_id(key, region), EdgeKind.ACCESS, label, checks)


def _replication_edges(replication: Replication, does: _RoleEdges) -> Iterator[Edge]:
    source = replication.source
    yield does.bucket(source, "reads")
    for key in replication.source_keys or (source.encryption.key,):
        yield from does.key(key, source.region, "decrypts")
    for rule in replication.enabled_rules:
        destination = rule.destination
        label = f"rule {rule.id}" + _objects(rule.covered)
        of_rule = does.under(f"{replication.name}/{rule.id}/")
        yield _edge(_bucket_id(source), _bucket_id(destination), EdgeKind.RULE, label, of_rule, by=does.role)
        yield does.bucket(destination, "writes")
        for key in rule.replica_keys:
            yield from does.key(key, destination.region, "encrypts")


def _objects(covered: Covered) -> str:
    """Return which keys a rule is for, in brackets; nothing where it is for all."""
    left_out = f"but {covered.left_out()}" if covered.excludes else ""
    parts = [each for each in (f"{covered.prefix}*" if covered.prefix else "", left_out) if each]
    return f" ({' '.join(parts)})" if parts else ""


def _batch_edges(source: Bucket, batch: Batch, does: _RoleEdges) -> Iterator[Edge]:
    yield does.bucket(source, "initiates")
    yield does.bucket(batch.manifest_bucket, "manifest")
    yield does.bucket(batch.report_bucket, "report")
    for bucket in (batch.manifest_bucket, batch.report_bucket):
        yield from does.key(bucket.encryption.key, bucket.region, "uses")


def _edge(start: str, end: str, kind: EdgeKind, label: str, checks: Sequence[Check], by: str = "") -> Edge:
    outcome = Outcome.HOLDS if checks else Outcome.NOT_ASKED
    if any(check.failed for check in checks):
        outcome = Outcome.FAILS
    elif not all(check.passed for check in checks):
        outcome = Outcome.WARNING
    return Edge(start=start, end=end, kind=kind, label=label, outcome=outcome, count=len(checks), by=by)
