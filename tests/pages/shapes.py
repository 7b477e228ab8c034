"""The table of what is read, made from the shapes that ship with the package."""

from collections.abc import Iterator
from pathlib import Path

from policygen.reading.records import KINDS
from policygen.source.nodes import Mapping, Scalar, Sequence
from policygen.source.yaml_text import parse_text

SHAPES = Path(__file__).parents[2] / "policygen" / "reading" / "shapes.yaml"
_TOOLS = {"terraform": "Terraform plans and states", "cloudformation": "CloudFormation templates"}


def shapes_table() -> Iterator[str]:
    """Yield the lines: answers of AWS one by one, types of resources by what they are."""
    root = parse_text(SHAPES.read_text(encoding="utf-8"), "shapes.yaml")
    rows = root.get("shapes") if isinstance(root, Mapping) else None
    assert isinstance(rows, Sequence)
    texts = [
        {key.text: value.text for key, value in row if isinstance(value, Scalar)}
        for row in rows.items
        if isinstance(row, Mapping)
    ]
    yield from ("| what | is read as |", "| --- | --- |")
    answers: dict[str, dict[str, None]] = {}
    for row in (each for each in texts if "when" in each):
        answers.setdefault(row["shape"], {})[KINDS[row["kind"]]] = None
    yield from (
        f"| `{name}` | {', '.join(kinds)} |" if name.startswith("aws") else f"| {name} | {', '.join(kinds)} |"
        for name, kinds in answers.items()
    )
    for tool, title in _TOOLS.items():
        yield from ("", f"| {title} | are read as |", "| --- | --- |")
        kinds: dict[str, list[str]] = {}
        for row in (each for each in texts if tool in each):
            kinds.setdefault(KINDS[row["kind"]], []).append(f"`{row[tool]}`")
        yield from (f"| {', '.join(types)} | {what} |" for what, types in kinds.items())
    yield ""
