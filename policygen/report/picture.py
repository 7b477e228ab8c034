"""The picture of a spec: buckets, keys and roles by account and Region, and who does what to which of them.

Only nodes and edges; :mod:`policygen.report.mermaid` and :mod:`policygen.report.svg` draw them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from policygen.spec.model import Bucket, Key, KeyType, Replication, Role, Rule, Spec
from policygen.verification.checks import Check, Report


class NodeKind(Enum):
    """What a node is."""

    BUCKET = "bucket"
    KEY = "key"
    ROLE = "role"


class Verdict(Enum):
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
        account: The account's name in the spec.
        region: The Region; empty for a role, which is global.
    """

    id: str
    kind: NodeKind
    title: str
    details: tuple[str, ...]
    account: str
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What one node has to do with another.

    Attributes:
        start: Id of the node it begins at.
        end: Id of the node it ends at.
        label: What it does there.
        verdict: How the checks about it came out.
        count: How many checks there were.
    """

    start: str
    end: str
    label: str
    verdict: Verdict = Verdict.NOT_ASKED
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Nodes in the order of the spec, and edges."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def groups(self) -> dict[tuple[str, str], list[Node]]:
        """Return the nodes by account and Region, in their order."""
        found: dict[tuple[str, str], list[Node]] = {}
        for node in self.nodes:
            found.setdefault((node.account, node.region), []).append(node)
        return found


def picture_of(spec: Spec, report: Report | None = None) -> Picture:
    """Return the picture of a spec; with a report each edge has its verdict."""
    checks = report.checks if report else ()
    buckets = [_bucket_node(spec, bucket) for bucket in spec.buckets]
    keys = [_key_node(spec, key, region) for key in spec.keys for region in key.regions]
    roles = [_role_node(spec, replication.role) for replication in spec.replication]
    nodes = {node.id: node for node in (*buckets, *keys, *roles)}
    edges = {(edge.start, edge.end, edge.label): edge for edge in _edges(spec, checks) if edge.end in nodes}
    return Picture(nodes=tuple(nodes.values()), edges=tuple(edges.values()))


def _account(spec: Spec, account: str) -> str:
    return next((name for name, number in spec.accounts if number == account), account)


def _id(*parts: str) -> str:
    return "_".join("".join(char if char.isascii() and char.isalnum() else "_" for char in part) for part in parts)


def _bucket_id(bucket: Bucket) -> str:
    return _id("bucket", bucket.entry)


def _key_id(key: Key, region: str) -> str:
    return _id("key", key.name, region)


def _role_id(role: Role) -> str:
    return _id("role", role.account, role.name)


def _bucket_node(spec: Spec, bucket: Bucket) -> Node:
    encryption = bucket.encryption
    details = [bucket.name, encryption.sse.value]
    if encryption.key is not None:
        details[-1] += f", Bucket Key {encryption.bucket_key.value}"
    return Node(
        id=_bucket_id(bucket),
        kind=NodeKind.BUCKET,
        title=bucket.entry,
        details=tuple(details),
        account=_account(spec, bucket.account),
        region=bucket.region,
    )


def _key_node(spec: Spec, key: Key, region: str) -> Node:
    kinds = {KeyType.SINGLE_REGION: "single-Region key", KeyType.AWS_MANAGED: "AWS managed key"}
    multi = "primary key" if region == key.region else "replica key"
    return Node(
        id=_key_id(key, region),
        kind=NodeKind.KEY,
        title=key.name,
        details=(kinds.get(key.type, multi), key.id_or_placeholder),
        account=_account(spec, key.account),
        region=region,
    )


def _role_node(spec: Spec, role: Role) -> Node:
    return Node(
        id=_role_id(role),
        kind=NodeKind.ROLE,
        title=role.name,
        details=("IAM role that S3 assumes",),
        account=_account(spec, role.account),
    )


def _edges(spec: Spec, checks: Iterable[Check]) -> Iterator[Edge]:
    listed = tuple(checks)
    for key in spec.keys:
        for region in key.replica_regions:
            yield Edge(start=_key_id(key, key.region), end=_key_id(key, region), label="replicated")
    for bucket in spec.buckets:
        if bucket.encryption.key is not None:
            end = _key_id(bucket.encryption.key, bucket.region)
            yield Edge(start=_bucket_id(bucket), end=end, label="default encryption")
    for replication in spec.replication:
        yield from _replication_edges(replication, listed)


def _replication_edges(replication: Replication, checks: tuple[Check, ...]) -> Iterator[Edge]:
    role, source = _role_id(replication.role), replication.source
    own = tuple(check for check in checks if check.id.startswith(f"{replication.name}/"))
    yield _judged(role, _bucket_id(source), "reads", own, source.arn)
    if source.encryption.key is not None:
        key = source.encryption.key
        yield _judged(role, _key_id(key, source.region), "decrypts", own, key.arn(source.region))
    for rule in replication.rules:
        if rule.enabled:
            yield from _rule_edges(replication, rule, own)


def _rule_edges(replication: Replication, rule: Rule, checks: tuple[Check, ...]) -> Iterator[Edge]:
    role, source, destination = _role_id(replication.role), replication.source, rule.destination
    label = f"rule {rule.id}" + (f" ({rule.prefix}*)" if rule.prefix else "")
    of_rule = tuple(check for check in checks if check.id.startswith(f"{replication.name}/{rule.id}/"))
    yield _edge(_bucket_id(source), _bucket_id(destination), label, of_rule)
    yield _judged(role, _bucket_id(destination), "writes", checks, destination.arn)
    if rule.replica_key is not None:
        arn = rule.replica_key.arn(destination.region)
        yield _judged(role, _key_id(rule.replica_key, destination.region), "encrypts", checks, arn)


def _judged(start: str, end: str, label: str, checks: Iterable[Check], arn: str) -> Edge:
    """Return the edge with the verdict of the checks whose request is about the resource, or something in it."""
    about = (
        check
        for check in checks
        if check.request is not None and (check.request.resource == arn or check.request.resource.startswith(f"{arn}/"))
    )
    return _edge(start, end, label, tuple(about))


def _edge(start: str, end: str, label: str, checks: tuple[Check, ...]) -> Edge:
    verdict = Verdict.HOLDS if checks else Verdict.NOT_ASKED
    if any(check.failed for check in checks):
        verdict = Verdict.FAILS
    elif not all(check.passed for check in checks):
        verdict = Verdict.WARNING
    return Edge(start=start, end=end, label=label, verdict=verdict, count=len(checks))
