"""A picture as SVG: one column an account and Region, roles in the middle, every edge in the colour of its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from policygen.report.picture import Edge, Node, NodeKind, Picture, Verdict

_WIDTH, _GAP_X, _GAP_Y, _PAD, _TOP, _LINE = 270, 170, 34, 16, 46, 16
_APART = 20
"""Between two edges that arrive at one node."""

_MOST_CHARACTERS = 40
_ROLES_BELOW = 110
"""Roles stand lower, so that the edges from bucket to bucket pass above them."""

_COLOURS = {
    Verdict.HOLDS: "#1a7f37",
    Verdict.WARNING: "#9a6700",
    Verdict.FAILS: "#cf222e",
    Verdict.NOT_ASKED: "#8c959f",
}
_FILLS = {NodeKind.BUCKET: "#dafbe1", NodeKind.KEY: "#fff8c5", NodeKind.ROLE: "#ddf4ff"}
_WORDS = {NodeKind.BUCKET: "bucket", NodeKind.KEY: "key", NodeKind.ROLE: "role"}
_MARKS = {Verdict.HOLDS: "✓ ", Verdict.WARNING: "! ", Verdict.FAILS: "✗ ", Verdict.NOT_ASKED: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """Where a node stands."""

    node: Node
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where a group of nodes stands."""

    name: str
    x: float
    y: float
    height: float
    boxes: tuple[_Box, ...]


def svg(picture: Picture) -> str:
    """Return the picture as one ``<svg>`` element that needs nothing from outside."""
    columns = _in_columns(picture)
    frames = [frame for number, groups in enumerate(columns) for frame in _column(number, groups)]
    boxes = {box.node.id: box for frame in frames for box in frame.boxes}
    width = len(columns) * (_WIDTH + 2 * _PAD + _GAP_X) - _GAP_X + 2 * _PAD
    height = max((frame.y + frame.height for frame in frames), default=_TOP) + _PAD
    view = f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {view}>',
        "<title>Buckets, keys and roles by account and Region</title>",
        _markers(),
        *(_framed(frame) for frame in frames),
        *_edges(picture, boxes),
        *(_drawn(box) for box in boxes.values()),
        "</svg>",
    ]
    return "\n".join(parts)


_Group = tuple[tuple[str, str], list[Node]]


def _in_columns(picture: Picture) -> list[list[_Group]]:
    """Put the groups into columns: where replication begins, the roles, everything else."""
    rules = [edge for edge in picture.edges if edge.label.startswith("rule ")]
    first = rules[0].start if rules else ""
    only_sources = {edge.start for edge in rules} - {edge.end for edge in rules} | {first}
    columns: list[list[_Group]] = [[], [], []]
    for group in picture.groups().items():
        (_, region), nodes = group
        begins = not rules or any(node.id in only_sources for node in nodes)
        columns[1 if not region else 0 if begins else 2].append(group)
    return [column for column in columns if column]


def _column(number: int, groups: list[_Group]) -> Iterator[_Frame]:
    x, y = _left(number), float(_PAD)
    for (account, region), nodes in groups:
        top = y
        y += _TOP + (0 if region else _ROLES_BELOW)
        boxes = []
        for node in nodes:
            height = 2 * _PAD + _LINE * (1 + len(node.details)) - 6
            boxes.append(_Box(node=node, x=x + _PAD, y=y, height=height))
            y += height + _GAP_Y
        y += _PAD - _GAP_Y
        yield _Frame(name=f"{account} · {region or 'global'}", x=x, y=top, height=y - top, boxes=tuple(boxes))
        y += _GAP_Y


def _left(column: int) -> int:
    return _PAD + column * (_WIDTH + 2 * _PAD + _GAP_X)


def _markers() -> str:
    arrows = "".join(
        f'<marker id="arrow-{verdict.name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto"><path d="M 0 0 L 8 4 L 0 8 z" fill="{colour}"/></marker>'
        for verdict, colour in _COLOURS.items()
    )
    return f"<defs>{arrows}</defs>"


def _framed(frame: _Frame) -> str:
    return (
        f'<rect x="{frame.x}" y="{frame.y}" width="{_WIDTH + 2 * _PAD}" height="{frame.height}" rx="10" '
        'fill="#f6f8fa" stroke="#d0d7de"/>'
        f'<text x="{frame.x + _PAD}" y="{frame.y + 26}" font-weight="600" fill="#1f2328">'
        f"{escape(_short(frame.name))}</text>"
    )


def _drawn(box: _Box) -> str:
    node = box.node
    lines = [
        f'<text x="{box.x + 12}" y="{box.y + 26 + _LINE * (number + 1)}" fill="#57606a">{escape(_short(line))}</text>'
        for number, line in enumerate(node.details)
    ]
    full = escape(" · ".join((node.title, *node.details)))
    return (
        f'<g class="node" data-id="{node.id}"><title>{full}</title>'
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{box.height}" rx="8" '
        f'fill="{_FILLS[node.kind]}" stroke="#8c959f"/>'
        f'<text x="{box.x + 12}" y="{box.y + 26}" font-weight="600" fill="#1f2328">{escape(_short(node.title))}</text>'
        f'<text x="{box.x + _WIDTH - 12}" y="{box.y + 26}" text-anchor="end" fill="#57606a">{_WORDS[node.kind]}</text>'
        f"{''.join(lines)}</g>"
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def _edges(picture: Picture, boxes: dict[str, _Box]) -> Iterator[str]:
    leaving = Counter(edge.start for edge in picture.edges)
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for edge in picture.edges:
        start, end = boxes[edge.start], boxes[edge.end]
        share = (out[edge.start] + 1) / (leaving[edge.start] + 1)
        yield _edge(edge, start, end, share, into[edge.end])
        out[edge.start] += 1
        into[edge.end] += 1


def _edge(edge: Edge, start: _Box, end: _Box, share: float, into: int) -> str:
    """Draw an edge that leaves at a share of its start's side; ``into`` edges arrive at its end already."""
    colour = _COLOURS[edge.verdict]
    if start.x == end.x:
        x = start.x + 24 + _APART * into
        down = end.y > start.y
        y1, y2 = (start.y + start.height, end.y) if down else (start.y, end.y + end.height)
        path = f"M{x} {y1}L{x} {y2}"
        label_x, label_y, anchor = x + 8, y1 + (20 if down else -12), "start"
    else:
        forward = end.x > start.x
        y1, y2 = start.y + start.height * share, end.y + 20 + _APART * into
        x1 = start.x + (_WIDTH if forward else 0)
        x2 = end.x + (0 if forward else _WIDTH)
        bend = (x2 - x1) / 2
        path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        # near its end an edge is apart from the others
        label_x, label_y, anchor = x2 + (-14 if forward else 14), y2 - 4, "end" if forward else "start"
    dashes = ' stroke-dasharray="4 4"' if edge.verdict is Verdict.NOT_ASKED else ""
    count = f" ({edge.count})" if edge.count else ""
    text = escape(f"{_MARKS[edge.verdict]}{edge.label}{count}")
    return (
        f'<g class="edge" data-verdict="{edge.verdict.value}"><title>{text}</title>'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes} '
        f'marker-end="url(#arrow-{edge.verdict.name})"/>'
        f'<text x="{label_x}" y="{label_y}" text-anchor="{anchor}" font-size="11" fill="{colour}" '
        f'paint-order="stroke" stroke="#ffffff" stroke-width="3">{text}</text></g>'
    )
