"""Where the boxes of a picture stand: Regions at the left and the right, roles and the lanes of rules between them.

Accounts are frames around what is theirs; two accounts stand side by side where they use different columns, and one
below the other where they share one. Only heights are settled here: :mod:`policygen.report.routes` leads the edges
through the gutters between the columns, and the width of a gutter follows from how many there are.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from policygen.report.picture import Edge, EdgeKind, Node, NodeKind, Picture

LEFT, MIDDLE, RIGHT = 0, 1, 2
PAD, GAP, TITLE, LINE = 14, 22, 34, 17
LANE, ROLE_PORT, PORT = 30, 22, 14
BOX_WIDTH, ROLE_WIDTH = 292, 250
_NAME, _PROSE = 36, 42
"""Characters in a line: of a name, which has letters of one width, and of other text."""

_LONG, _MOST_GAP = 8, 60
_OF_KEYS = (EdgeKind.REPLICA_KEY, EdgeKind.FOREIGN_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node's place: its column, its top, its height, and its lines of text."""

    node: Node
    column: int
    y: float
    height: float
    title: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around an account (``region`` is empty) or a Region of one."""

    account: str
    region: str
    first: int
    last: int
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Where an edge passes through the middle; one that comes back to its column needs two lines."""

    edge: Edge
    y: float


@dataclass(slots=True, kw_only=True)
class Layout:
    """The boxes by node id, the frames (accounts first) and the lanes."""

    boxes: dict[str, Box] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    height: float = 0


_Block = tuple[Node | None, list[Edge]]
_Band = tuple[list[Frame], list[Box], list[Lane]]


def laid_out(picture: Picture) -> Layout:
    """Return the layout of a picture."""
    columns = _columns(picture)
    sizes = _sizes(picture, columns)
    layout, bottoms = Layout(), [float(PAD)] * 3
    for account, regions in picture.accounts().items():
        frames, boxes, lanes = _band(picture, account, regions, sizes)
        used = {box.column for box in boxes} | ({MIDDLE} if lanes else set())
        span = range(min(used), max(used) + 1)
        top = max(bottoms[column] for column in span)
        bottom = [frame.y + frame.height for frame in frames] + [box.y + box.height for box in boxes]
        height = max(bottom + [lane.y + LANE for lane in lanes]) + PAD
        layout.frames.insert(0, Frame(account=account, region="", first=span[0], last=span[-1], y=top, height=height))
        layout.frames += [replace(frame, y=frame.y + top) for frame in frames]
        layout.boxes |= {box.node.id: replace(box, y=box.y + top) for box in boxes}
        layout.lanes += [replace(lane, y=lane.y + top) for lane in lanes]
        for column in span:
            bottoms[column] = top + height + GAP
    layout.height = max(bottoms) - GAP + PAD
    return layout


def _columns(picture: Picture) -> dict[str, int]:
    """Put each node into a column: roles in the middle, Regions to which is replicated but nothing begins, right."""
    places = {node.id: (node.account, node.region) for node in picture.nodes}
    sides: dict[tuple[str, str], int] = {}
    links = [edge for edge in picture.edges if edge.kind is EdgeKind.RULE]
    links += [edge for edge in picture.edges if edge.kind in _OF_KEYS]
    for edge in links:
        start, end = places[edge.start], places[edge.end]
        other = sides.get(end, RIGHT)
        sides.setdefault(start, LEFT if other == RIGHT else RIGHT)
        sides.setdefault(end, RIGHT if sides[start] == LEFT else LEFT)
    return {
        node.id: MIDDLE if node.kind is NodeKind.ROLE else sides.get(places[node.id], LEFT) for node in picture.nodes
    }


def _sizes(picture: Picture, columns: Mapping[str, int]) -> dict[str, Box]:
    """Return every node's box at height 0: as high as its text, and as the edges that end at one of its sides."""
    ports: Counter[tuple[str, int]] = Counter()
    for edge in picture.edges:
        if edge.kind is not EdgeKind.ENCRYPTION:
            ports[edge.start, columns[edge.end]] += 1
            ports[edge.end, columns[edge.start]] += 1
    boxes = {}
    for node in picture.nodes:
        column = columns[node.id]
        role = node.kind is NodeKind.ROLE
        at = [ports[node.id, side] for side in range(3)]
        most = max(at[LEFT], at[RIGHT]) if role else sum(at)
        title = tuple(_wrapped(node.title, (22 if role else 26) - (4 if node.failed else 0))) or ("",)
        details = (_wrapped(each, _PROSE) if " " in each else textwrap.wrap(each, _NAME) for each in node.details)
        lines = tuple(line for wrapped in details for line in wrapped)
        text = 2 * PAD + LINE * (len(title) + len(lines)) - 5
        height = max(text, (ROLE_PORT if role else PORT) * (most + 1))
        boxes[node.id] = Box(node=node, column=column, y=0, height=height, title=title, lines=lines)
    return boxes


def _wrapped(text: str, most: int) -> list[str]:
    """Return text in lines; where more than the usual few letters are broad, a line has fewer of them."""
    broad = sum(char.isupper() or char in "mw@" or not char.isascii() for char in text) - len(text) / 8
    return textwrap.wrap(text, int(most / (1 + max(broad, 0) / (2 * len(text))))) if text else []


def _band(picture: Picture, account: str, regions: Mapping[str, list[Node]], sizes: Mapping[str, Box]) -> _Band:
    """Return what stands in one account, from height 0 on."""
    frames: list[Frame] = []
    boxes: list[Box] = []
    blocks = _blocks(picture, regions)
    roles_of_all = [node for node in picture.nodes if node.kind is NodeKind.ROLE]
    middle = sum(_height(block, sizes) + GAP for block in _blocks(picture, {"": roles_of_all}))
    for column in (LEFT, RIGHT):
        y = float(TITLE)
        gap = _gap([sizes[node.id] for nodes in regions.values() for node in nodes], column, middle)
        for region, nodes in regions.items():
            if region and sizes[nodes[0].id].column == column:
                found = list(_stacked(_ordered(picture, nodes), sizes, y + TITLE, gap))
                bottom = found[-1].y + found[-1].height + PAD
                frames.append(Frame(account=account, region=region, first=column, last=column, y=y, height=bottom - y))
                boxes += found
                y = bottom + GAP
    frames, boxes = _centred(frames, boxes)
    roles, lanes = _middle(picture, blocks, sizes, {box.node.id: box for box in boxes})
    return frames, [*boxes, *roles], lanes


def _ordered(picture: Picture, nodes: list[Node]) -> list[Node]:
    """Put each key behind the last bucket that it encrypts; keys of no bucket stand last."""
    ids = [node.id for node in nodes]
    last = {
        edge.end: ids.index(edge.start)
        for edge in picture.edges
        if edge.kind is EdgeKind.ENCRYPTION and edge.start in ids
    }
    places = {
        each: (last.get(each, len(ids)) + 0.5) if node.kind is NodeKind.KEY else place
        for place, (each, node) in enumerate(zip(ids, nodes, strict=True))
    }
    return sorted(nodes, key=lambda node: places[node.id])


def _stacked(nodes: list[Node], sizes: Mapping[str, Box], y: float, gap: float) -> Iterator[Box]:
    for node in nodes:
        box = replace(sizes[node.id], y=y)
        yield box
        y += box.height + gap


def _gap(boxes: list[Box], column: int, middle: float) -> float:
    """Return what stands between two boxes of a column: many buckets are spread to stand beside their roles."""
    heights = [box.height for box in boxes if box.column == column and box.node.kind is NodeKind.BUCKET]
    if len(heights) < _LONG:
        return GAP
    return min(max((middle - sum(heights)) / len(heights), GAP), _MOST_GAP)


def _centred(frames: list[Frame], boxes: list[Box]) -> tuple[list[Frame], list[Box]]:
    """Move the shorter of the two columns to half its height."""
    bottoms = {
        side: max((each.y + each.height for each in frames if each.first == side), default=0) for side in (LEFT, RIGHT)
    }
    down = {side: (max(bottoms.values()) - bottom) / 2 for side, bottom in bottoms.items()}
    return (
        [replace(frame, y=frame.y + down[frame.first]) for frame in frames],
        [replace(box, y=box.y + down[box.column]) for box in boxes],
    )


def _blocks(picture: Picture, regions: Mapping[str, list[Node]]) -> list[_Block]:
    """Return what stands in the middle of an account: each role with its rules, and links between keys."""
    own = {node.id for nodes in regions.values() for node in nodes}
    of_keys = [edge for edge in picture.edges if edge.kind in _OF_KEYS and edge.start in own]
    blocks: list[_Block] = [(None, of_keys)] if of_keys else []
    return blocks + [(role, [edge for edge in picture.edges if edge.by == role.id]) for role in regions.get("", ())]


def _height(block: _Block, sizes: Mapping[str, Box]) -> float:
    role, lanes = block
    return LANE * len(lanes) + (PAD + sizes[role.id].height if role else 0)


def _middle(
    picture: Picture, blocks: list[_Block], sizes: Mapping[str, Box], placed: Mapping[str, Box]
) -> tuple[list[Box], list[Lane]]:
    """Return the roles of an account and the lanes that stand above each, beside the buckets they have to do with."""
    wanted = [(_wanted(picture, block, placed) - _height(block, sizes) / 2, block) for block in blocks]
    wanted.sort(key=lambda each: each[0])
    tops: list[float] = []
    y = float(TITLE)
    for want, block in wanted:
        tops.append(max(y, want))
        y = tops[-1] + _height(block, sizes) + GAP
    late = sum(top - want for top, (want, _) in zip(tops, wanted, strict=True)) / max(len(tops), 1)
    up = min(late, tops[0] - TITLE) if tops else 0
    boxes: list[Box] = []
    lanes: list[Lane] = []
    for top, (_, (role, edges)) in zip(tops, wanted, strict=True):
        lanes += [Lane(edge=edge, y=top - up + LANE * number - 8) for number, edge in enumerate(edges, start=1)]
        if role is not None:
            boxes.append(replace(sizes[role.id], y=top - up + LANE * len(edges) + PAD))
    return boxes, lanes


def _wanted(picture: Picture, block: _Block, placed: Mapping[str, Box]) -> float:
    """Return the height that suits a block best: the middle of its role's buckets; links between keys stand on top."""
    role, _ = block
    ends = [placed[edge.end] for edge in picture.edges if role and edge.start == role.id and edge.end in placed]
    ends = [box for box in ends if box.node.kind is NodeKind.BUCKET] or ends
    return sum(box.y + box.height / 2 for box in ends) / len(ends) if ends else 0
