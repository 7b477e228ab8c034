"""A picture as SVG that needs nothing from outside: it follows the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from policygen.generator.template_files import read_page
from policygen.report.layout import LINE, PAD, Box, Frame
from policygen.report.picture import Node, NodeKind, Outcome, Picture
from policygen.report.routes import Area, Line, routed

_MARKS = {Outcome.HOLDS: "✓ ", Outcome.WARNING: "! ", Outcome.FAILS: "✗ ", Outcome.NOT_ASKED: ""}
_SAID = {Outcome.HOLDS: "holds", Outcome.WARNING: "warning", Outcome.FAILS: "fails"}
_ATTRIBUTES = 'xmlns="http://www.w3.org/2000/svg" class="pic" role="img" aria-labelledby="picture-title"'
_CHARACTER = 6.3
_ROUND = 7.0


def svg(picture: Picture) -> str:
    """Return the picture as one ``<svg>`` element."""
    drawn = routed(picture)
    worst_last = sorted(drawn.lines, key=lambda line: list(Outcome).index(line.edge.outcome))
    opening = (
        f'<svg {_ATTRIBUTES} width="{drawn.width:g}" height="{drawn.height:g}" '
        f'viewBox="0 0 {drawn.width:g} {drawn.height:g}">'
    )
    parts = [
        opening,
        '<title id="picture-title">Buckets, keys and roles by account and Region, and what they do</title>',
        f"<style>{picture_style()}</style>",
        _markers(),
        f'<rect class="paper" width="{drawn.width:g}" height="{drawn.height:g}"/>',
        *(_frame(frame, area) for frame, area in drawn.frames),
        *(_edge(line, _titles(picture.nodes)) for line in worst_last),
        *(_node(box, area) for box, area in drawn.boxes),
        "</svg>",
    ]
    return "\n".join(parts)


def picture_style() -> str:
    """Return the style of every picture, as it stands between ``<style>`` and ``</style>``."""
    return read_page("picture.css")


def _titles(nodes: Iterable[Node]) -> dict[str, str]:
    return {
        node.id: f"{node.kind.value} {node.title}" + (f" in {node.region}" if node.region else "") for node in nodes
    }


def _markers() -> str:
    arrows = "".join(
        f'<marker id="arrow-{_css(outcome)}" class="{_css(outcome)}" viewBox="0 0 8 8" refX="7.5" refY="4" '
        'markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M 0 0L8 4L0 8z"/></marker>'
        for outcome in Outcome
    )
    return f"<defs>{arrows}</defs>"


def _css(outcome: Outcome) -> str:
    return outcome.value.replace(" ", "-")


def _text(text: str) -> str:
    """Return text for XML: escaped, and without the characters that XML cannot hold."""
    return escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))


def _rect(area: Area, radius: int, name: str = "") -> str:
    named = f' class="{name}"' if name else ""
    return f'<rect{named} x="{area.x:g}" y="{area.y:g}" width="{area.width:g}" height="{area.height:g}" rx="{radius}"/>'


def _frame(frame: Frame, area: Area) -> str:
    name = frame.region or f"account {frame.account}"
    kind = "region" if frame.region else "account"
    text = f'<text x="{area.x + PAD:g}" y="{area.y + 22:g}">{_text(_short(name, area.width - 2 * PAD))}</text>'
    return f'<g class="{kind}">{_rect(area, 8 if frame.region else 12)}{text}</g>'


def _node(box: Box, area: Area) -> str:
    node, x = box.node, area.x + 16
    y = area.y + (area.height - LINE * (len(box.title) + len(box.lines))) / 2 + 12
    lines = []
    for number, line in enumerate(box.title):
        lines.append(f'<text class="name" x="{x:g}" y="{y + LINE * number:g}">{_text(line)}</text>')
    kind = node.kind.value + (f" ✗ {node.failed}" if node.failed else "")
    right = area.x + area.width - 12
    lines.append(f'<text class="kind" x="{right:g}" y="{y:g}" text-anchor="end">{kind}</text>')
    for number, line in enumerate(box.lines, start=len(box.title)):
        mono = " mono" if _is_name(node, line) else ""
        lines.append(f'<text class="detail{mono}" x="{x:g}" y="{y + LINE * number:g}">{_text(line)}</text>')
    bar = Area(x=area.x, y=area.y, width=6, height=area.height)
    mended = (f"{node.failed} failed checks point to its documents",) if node.failed else ()
    full = _text(" · ".join((node.title, *node.details, *mended)))
    return (
        f'<g class="node {node.kind.value}{" broken" if node.failed else ""}" data-id="{node.id}"><title>{full}</title>'
        f"{_rect(area, 6, 'box')}{_rect(bar, 3, 'bar')}{''.join(lines)}</g>"
    )


def _is_name(node: Node, line: str) -> bool:
    """Whether a line is (a part of) a bucket's name or a key's id."""
    names = {NodeKind.BUCKET: node.details[0], NodeKind.KEY: node.details[-1], NodeKind.ROLE: ""}
    return line in names[node.kind]


def _short(text: str, room: float) -> str:
    most = int(room / _CHARACTER)
    return text if len(text) <= most else text[: most - 1] + "…"


def _edge(line: Line, titles: dict[str, str]) -> str:
    edge = line.edge
    outcome = _css(edge.outcome)
    count = f" {edge.count}" if edge.count else ""
    said = f": {_SAID[edge.outcome]}, {edge.count} checks" if edge.outcome in _SAID else ""
    full = _text(f"{titles[edge.start]} → {titles[edge.end]}: {edge.label}{said}")
    label = ""
    if line.anchor:
        room = line.room - _CHARACTER * (len(count) + 2)
        text = _text(f"{_MARKS[edge.outcome]}{_short(edge.label, room)}{count}")
        label = f'<text x="{line.x:g}" y="{line.y:g}" text-anchor="{line.anchor}">{text}</text>'
    return (
        f'<g class="edge {edge.kind.name.lower().replace("_", "-")} {outcome}" data-verdict="{outcome}" '
        f"data-start={quoteattr(edge.start)} data-end={quoteattr(edge.end)}><title>{full}</title>"
        f'<path d="{_path(line.points)}" marker-end="url(#arrow-{outcome})"/>{label}</g>'
    )


def _path(points: tuple[tuple[float, float], ...]) -> str:
    """Return level and upright strokes with round corners."""
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        if corner in (before, after):
            continue
        near, far = _towards(corner, before), _towards(corner, after)
        parts.append(f"L{near[0]:g} {near[1]:g}Q{corner[0]:g} {corner[1]:g} {far[0]:g} {far[1]:g}")
    parts.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(parts)


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return the point at which a corner's round begins, half the way at most."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(_ROUND, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share
