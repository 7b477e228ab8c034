"""A picture as a Mermaid flowchart, which GitHub and many editors draw.

Source: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.report.picture import EdgeKind, Node, NodeKind, Outcome, Picture

_SHAPES = {NodeKind.BUCKET: ("[(", ")]"), NodeKind.KEY: ("{{", "}}"), NodeKind.ROLE: ("([", "])")}
_MARKS = {Outcome.HOLDS: " ✓", Outcome.WARNING: " !", Outcome.FAILS: " ✗", Outcome.NOT_ASKED: ""}
_COLOURS = {Outcome.HOLDS: "#1a7f37", Outcome.WARNING: "#9a6700", Outcome.FAILS: "#cf222e"}
_ARROWS = {EdgeKind.RULE: "==>", EdgeKind.ENCRYPTION: "-.->", EdgeKind.FOREIGN_KEY: "-.->"}


def mermaid(picture: Picture) -> str:
    """Return the picture as Mermaid text, one newline at the end: a subgraph an account, and in it one a Region."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    for number, (account, regions) in enumerate(picture.accounts().items()):
        yield f"  subgraph account{number}[{_quoted(f'account {account}')}]"
        for place, (region, nodes) in enumerate(regions.items()):
            yield f"    subgraph account{number}_{place}[{_quoted(region or 'IAM, every Region')}]"
            yield from (f"      {_node(node)}" for node in nodes)
            yield "    end"
        yield "  end"
    for edge in picture.edges:
        label = f"{edge.label}{_MARKS[edge.outcome]}" + (f" {edge.count}" if edge.count else "")
        yield f"  {edge.start} {_ARROWS.get(edge.kind, '-->')}|{_quoted(label)}| {edge.end}"
    broken = [node.id for node in picture.nodes if node.failed]
    if broken:
        yield f"  classDef broken stroke:{_COLOURS[Outcome.FAILS]},stroke-width:3px"
        yield f"  class {','.join(broken)} broken"
    for number, edge in enumerate(picture.edges):
        if edge.outcome in _COLOURS:
            yield f"  linkStyle {number} stroke:{_COLOURS[edge.outcome]}"


def _node(node: Node) -> str:
    opening, closing = _SHAPES[node.kind]
    failed = (f"✗ {node.failed} failed",) if node.failed else ()
    lines = "<br>".join(_escaped(line) for line in (node.title, *node.details, *failed))
    return f'{node.id}{opening}"{lines}"{closing}'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Write what Mermaid reads as syntax, and what ends a line, as character codes."""
    return "".join(f"#{ord(char)};" if char in '"#<>&|`\\' or not char.isprintable() else char for char in text)
