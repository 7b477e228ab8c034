"""What is said of a code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class CodeKind(Enum):
    """What a code is of; the value is its word for people and in JSON."""

    PROBLEM = "problem"
    CAUSE = "cause"
    ISSUE = "issue"
    WARNING = "warning"
    FACT = "fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What draws a code, or how it is written instead.

    Attributes:
        text: What is written.
        where: What it stands in; empty where it stands for itself.
        run: The command that shows it; empty where no command does.
    """

    text: str
    where: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A code, explained.

    Attributes:
        code: The code.
        kind: What it is of.
        what: What it means, in one sentence.
        why: Why it is so, and what follows; empty for nothing more to say.
        bad: An example that draws it; None where none can be written down.
        good: How it is written instead.
        facts: Ids of the facts about AWS that it rests on.
        pages: Addresses of AWS's pages, the one that says most first.
    """

    code: str
    kind: CodeKind
    what: str
    why: str = ""
    bad: Example | None = None
    good: Example | None = None
    facts: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON-ready values; ``doc_url`` is AWS's page."""
        found: dict[str, Any] = asdict(self) | {"kind": self.kind.value, "facts": list(self.facts)}
        pages = list(found.pop("pages"))
        return found | {"doc_url": pages[0] if pages else None, "pages": pages}
