"""A picture as a Mermaid flowchart, which GitHub and many editors draw.

Source: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterator

from policygen.report.picture import Edge, Node, NodeKind, Picture, Verdict

_SHAPES = {NodeKind.BUCKET: ("[(", ")]"), NodeKind.KEY: ("{{", "}}"), NodeKind.ROLE: ("([", "])")}
_MARKS = {Verdict.HOLDS: " ✓", Verdict.WARNING: " !", Verdict.FAILS: " ✗", Verdict.NOT_ASKED: ""}
_COLOURS = {Verdict.HOLDS: "#1a7f37", Verdict.WARNING: "#9a6700", Verdict.FAILS: "#cf222e"}


def mermaid(picture: Picture) -> str:
    """Return the picture as Mermaid text, one newline at the end."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    for number, ((account, region), nodes) in enumerate(picture.groups().items()):
        where = region or "global"
        yield f"  subgraph group{number}[{_quoted(f'{account} · {where}')}]"
        yield from (f"    {_node(node)}" for node in nodes)
        yield "  end"
    for edge in picture.edges:
        yield f"  {edge.start} -->|{_quoted(_label(edge))}| {edge.end}"
    for number, edge in enumerate(picture.edges):
        if edge.verdict in _COLOURS:
            yield f"  linkStyle {number} stroke:{_COLOURS[edge.verdict]}"


def _node(node: Node) -> str:
    opening, closing = _SHAPES[node.kind]
    lines = "<br>".join(_escaped(line) for line in (node.title, *node.details))
    return f'{node.id}{opening}"{lines}"{closing}'


def _label(edge: Edge) -> str:
    count = f" {edge.count}" if edge.count else ""
    return f"{edge.label}{_MARKS[edge.verdict]}{count}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Write what Mermaid reads as syntax as character codes."""
    return "".join(f"#{ord(char)};" if char in '"#<>&|`' else char for char in text)
