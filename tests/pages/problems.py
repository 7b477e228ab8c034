"""docs/problems.md: every problem code with what it means."""

from policygen.catalog import MEANINGS
from policygen.explained.explaining import problem_codes


def problems_page() -> str:
    """Return the page of the problem codes as Markdown."""
    lines = [
        "# Problem codes",
        "",
        "Every problem that policygen reports carries a code, the place (file, line, column, JSON pointer), what is",
        "wrong, and a hint where there is one. Codes are never reused. `validate` uses Access Analyzer's issue codes.",
        "`policygen explain CODE` says more, with a bad and a good example.",
        "",
        "| code | what it means |",
        "| --- | --- |",
    ]
    lines.extend(_row(code, meaning) for code, meaning in problem_codes().items())
    lines += [
        "",
        "## Warnings about requests",
        "",
        "What is odd about a request changes no decision; `--strict` makes it an error.",
        "",
        "| code | what it means |",
        "| --- | --- |",
    ]
    lines.extend(_row(code.value, meaning) for code, meaning in MEANINGS.items())
    return "\n".join(lines) + "\n"


def _row(code: str, meaning: str) -> str:
    return f'| <a id="{code.lower()}"></a>{code} | {meaning} |'
