"""How the edges of a picture run: level from box to box, and upright only in the gutters between the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from policygen.report.layout import BOX_WIDTH, LEFT, MIDDLE, PAD, RIGHT, ROLE_WIDTH, Box, Frame, Layout, laid_out
from policygen.report.picture import Edge, EdgeKind, Picture

_LABELS = 118
"""Room beside a role for what it does."""

_TRACK, _LEAST_TRACK, _MOST_TRACKS = 10, 4, 240
_MARGIN = 2 * PAD + 10
_HAIRPIN = 12
_STEP = 6
_BUS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An edge as drawn: its corners, and where its label stands (no label where ``anchor`` is empty)."""

    edge: Edge
    points: tuple[tuple[float, float], ...]
    x: float = 0
    y: float = 0
    anchor: str = ""
    room: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A picture with every place settled."""

    width: float
    height: float
    frames: tuple[tuple[Frame, Area], ...]
    boxes: tuple[tuple[Box, Area], ...]
    lines: tuple[Line, ...]


@dataclass(slots=True, kw_only=True)
class _Hop:
    """One way through a gutter (``LEFT`` is the left one), from a height at its left to one at its right."""

    gutter: int
    left: float
    right: float
    track: int = 0

    @property
    def ends(self) -> tuple[float, float]:
        return min(self.left, self.right), max(self.left, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """An edge's heights from its start to its end, with its hops; ``lane`` where it passes the middle."""

    edge: Edge
    hops: tuple[_Hop, ...]
    start: float
    end: float


def routed(picture: Picture) -> Routed:
    """Return the picture with a place for every frame, box and edge."""
    layout = laid_out(picture)
    edges = [edge for edge in picture.edges if edge.kind is not EdgeKind.ENCRYPTION]
    ports, lanes = _ports(edges, layout), {lane.edge: lane.y for lane in layout.lanes}
    ways = [_way(edge, layout, ports, lanes) for edge in edges]
    for gutter in (LEFT, MIDDLE):
        _into_tracks([hop for way in ways for hop in way.hops if hop.gutter == gutter])
    buses = _encryption(picture, layout)
    grid = _Grid(layout, ways, buses)
    areas = {key: grid.box(box) for key, box in layout.boxes.items()}
    at_left = {key: box.column == LEFT for key, box in layout.boxes.items()}
    lines = [grid.line(way, layout) for way in ways]
    lines += [_below_or_around(edge, bus, at_left[edge.start], areas) for edge, bus in buses.items()]
    order = {edge: number for number, edge in enumerate(picture.edges)}
    return Routed(
        width=grid.width,
        height=layout.height,
        frames=tuple((frame, grid.frame(frame)) for frame in layout.frames),
        boxes=tuple((box, areas[key]) for key, box in layout.boxes.items()),
        lines=tuple(sorted(lines, key=lambda line: order[line.edge])),
    )


_Ports = Mapping[tuple[Edge, str], float]


def _ports(edges: list[Edge], layout: Layout) -> _Ports:
    """Return the height at which each edge leaves and reaches its boxes: in the order of where they lead to."""
    lanes = {lane.edge: lane.y for lane in layout.lanes}
    sides: dict[tuple[str, int], list[tuple[float, int, Edge]]] = {}
    for number, edge in enumerate(edges):
        for node, other in ((edge.start, edge.end), (edge.end, edge.start)):
            box, far = layout.boxes[node], layout.boxes[other]
            side = far.column if box.column == MIDDLE else MIDDLE
            towards = lanes.get(edge, far.y + far.height / 2)
            sides.setdefault((node, side), []).append((towards, number, edge))
    found = {}
    for (node, _), leads in sides.items():
        box = layout.boxes[node]
        for place, (_, _, edge) in enumerate(sorted(leads, key=lambda lead: lead[:2]), start=1):
            found[edge, node] = box.y + box.height * place / (len(leads) + 1)
    return found


def _way(edge: Edge, layout: Layout, ports: _Ports, lanes: Mapping[Edge, float]) -> _Way:
    start, end = layout.boxes[edge.start].column, layout.boxes[edge.end].column
    begin, finish = ports[edge, edge.start], ports[edge, edge.end]
    if edge not in lanes:
        # a small step would look like a slip of the pen
        if start == MIDDLE and abs(begin - finish) <= _STEP:
            finish = begin
        hops = [_hop(start, begin, finish) if start != MIDDLE else _hop(end, finish, begin)]
    else:
        lane = lanes[edge]
        back = lane + (_HAIRPIN if start == end else 0)
        begin = lane if abs(begin - lane) <= _STEP else begin
        finish = back if abs(finish - back) <= _STEP else finish
        hops = [_hop(start, begin, lane), _hop(end, finish, back)]
    return _Way(edge=edge, hops=tuple(hops), start=begin, end=finish)


def _hop(column: int, outer: float, inner: float) -> _Hop:
    """Return the way from a box in a column to a height in the middle."""
    if column == LEFT:
        return _Hop(gutter=LEFT, left=outer, right=inner)
    return _Hop(gutter=MIDDLE, left=inner, right=outer)


def _into_tracks(hops: list[_Hop]) -> None:
    """Give each hop an upright track of its own, so ordered that few cross; hops that are apart share one."""

    def order(hop: _Hop) -> tuple[bool, float]:
        down = hop.right > hop.left
        return down, -hop.left if down else hop.left

    done: list[_Hop] = []
    for hop in sorted(hops, key=order):
        low, high = hop.ends
        near = [each.track for each in done if each.ends[0] < high + PAD and low < each.ends[1] + PAD]
        hop.track = max(near, default=-1) + 1
        done.append(hop)


class _Grid:
    """The columns' and gutters' places from left to right."""

    def __init__(self, layout: Layout, ways: list[_Way], around: Mapping[Edge, int]) -> None:
        columns = {box.column for box in layout.boxes.values()}
        buses = {LEFT: 0, RIGHT: 0}
        for edge, bus in around.items():
            column = layout.boxes[edge.start].column
            buses[column] = max(buses[column], _BUS * bus)
        widths = [BOX_WIDTH if LEFT in columns else 0, 0, BOX_WIDTH if RIGHT in columns else 0]
        if MIDDLE in columns or layout.lanes:
            widths[MIDDLE] = ROLE_WIDTH + 2 * _LABELS
        self.buses = buses
        self._steps: dict[int, float] = {}
        self._tracks: dict[int, float] = {}
        self.left: list[float] = []
        x = PAD + 2.0 * PAD + buses[LEFT]
        for column in (LEFT, MIDDLE, RIGHT):
            self.left.append(x)
            x += widths[column]
            if column != RIGHT:
                x = self._gutter(column, x, ways) if widths[column + 1] and widths[column] else x
        self.right = [left + width for left, width in zip(self.left, widths, strict=True)]
        outer = buses[RIGHT] if widths[RIGHT] else 0
        self.width = max(self.right) + 3 * PAD + outer

    def _gutter(self, gutter: int, x: float, ways: list[_Way]) -> float:
        count = 1 + max((hop.track for way in ways for hop in way.hops if hop.gutter == gutter), default=0)
        step = max(_LEAST_TRACK, min(_TRACK, _MOST_TRACKS / count))
        self._steps[gutter], self._tracks[gutter] = step, x + _MARGIN
        return x + 2 * _MARGIN + step * (count - 1)

    def track(self, hop: _Hop) -> float:
        return self._tracks[hop.gutter] + self._steps[hop.gutter] * hop.track

    def box(self, box: Box) -> Area:
        if box.column == MIDDLE:
            return Area(x=self.left[MIDDLE] + _LABELS, y=box.y, width=ROLE_WIDTH, height=box.height)
        return Area(x=self.left[box.column], y=box.y, width=BOX_WIDTH, height=box.height)

    def frame(self, frame: Frame) -> Area:
        around = PAD if frame.region else 2 * PAD
        first = self.left[frame.first] - around - (self.buses[LEFT] if frame.first == LEFT else 0)
        last = self.right[frame.last] + around + (self.buses[RIGHT] if frame.last == RIGHT else 0)
        return Area(x=first, y=frame.y, width=last - first, height=frame.height)

    def line(self, way: _Way, layout: Layout) -> Line:
        """Return an edge as corners: from its start through its hops to its end."""
        start, end = layout.boxes[way.edge.start], layout.boxes[way.edge.end]
        if len(way.hops) == 1:
            return self._to_role(way, start, end)
        first, last = way.hops
        inner = [first.right if start.column == LEFT else first.left, last.right if end.column == LEFT else last.left]
        points = [(self._side(start), way.start), (self.track(first), way.start), (self.track(first), inner[0])]
        if start.column == end.column:
            tip = self.left[MIDDLE] + 10 if start.column == LEFT else self.right[MIDDLE] - 10
            points += [(tip, inner[0]), (tip, inner[1])]
        points += [(self.track(last), inner[1]), (self.track(last), way.end), (self._side(end), way.end)]
        room = self.right[MIDDLE] - self.left[MIDDLE] - 30
        if start.column == end.column:
            x, anchor = (tip + 8, "start") if start.column == LEFT else (tip - 8, "end")
            return Line(edge=way.edge, points=tuple(points), x=x, y=inner[0] + 10, anchor=anchor, room=room)
        middle = (self.left[MIDDLE] + self.right[MIDDLE]) / 2
        return Line(edge=way.edge, points=tuple(points), x=middle, y=inner[0] - 6, anchor="middle", room=room)

    def _to_role(self, way: _Way, start: Box, end: Box) -> Line:
        role, other = (start, end) if start.column == MIDDLE else (end, start)
        at_left = other.column == LEFT
        role_x = self.left[MIDDLE] + _LABELS + (0 if at_left else ROLE_WIDTH)
        role_y, other_y = (way.start, way.end) if role is start else (way.end, way.start)
        track = self.track(way.hops[0])
        points = [(role_x, role_y), (track, role_y), (track, other_y), (self._side(other), other_y)]
        label_x, anchor = (role_x - 8, "end") if at_left else (role_x + 8, "start")
        ordered = tuple(points if role is start else reversed(points))
        return Line(edge=way.edge, points=ordered, x=label_x, y=role_y - 6, anchor=anchor, room=_LABELS)

    def _side(self, box: Box) -> float:
        return self.right[LEFT] if box.column == LEFT else self.left[RIGHT]


def _encryption(picture: Picture, layout: Layout) -> dict[Edge, int]:
    """Return the default encryption of buckets: 0 where the key stands right below, else which way round it takes."""
    edges = [edge for edge in picture.edges if edge.kind is EdgeKind.ENCRYPTION]
    users = Counter(edge.end for edge in edges)
    around: dict[tuple[str, str], list[str]] = {}
    found = {}
    for edge in edges:
        start, end = layout.boxes[edge.start], layout.boxes[edge.end]
        if users[edge.end] == 1 and 0 < end.y - start.y - start.height <= 2 * PAD:
            found[edge] = 0
            continue
        keys = around.setdefault((end.node.account, end.node.region), [])
        if edge.end not in keys:
            keys.append(edge.end)
        found[edge] = keys.index(edge.end) + 1
    return found


def _below_or_around(edge: Edge, bus: int, at_left: bool, areas: Mapping[str, Area]) -> Line:
    start, end = areas[edge.start], areas[edge.end]
    if not bus:
        x = start.x + start.width / 2
        return Line(edge=edge, points=((x, start.y + start.height), (x, end.y)))
    side = start.x if at_left else start.x + start.width
    out = side + (-1 if at_left else 1) * _BUS * bus
    ys = start.y + start.height / 2, end.y + end.height / 2
    return Line(edge=edge, points=((side, ys[0]), (out, ys[0]), (out, ys[1]), (side, ys[1])))
