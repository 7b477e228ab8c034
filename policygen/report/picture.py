"""What a picture of a spec is made of: nodes by account and Region, and edges with an outcome.

:mod:`policygen.report.drawn` makes it; :mod:`policygen.report.mermaid` and :mod:`policygen.report.svg` draw it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
