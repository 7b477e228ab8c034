"""Where templates come from: the package's own, and a user's that take the place of single ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from policygen.errors import GenerationError, Place, Problem
from policygen.source.packaged import packaged

NAMES = (
    "batch-job.json.j2",
    "batch-permissions-policy.json.j2",
    "bucket-policy.json.j2",
    "key-policy.json.j2",
    "permissions-policy.json.j2",
    "replication-configuration.json.j2",
    "trust-policy.json.j2",
)
"""Every template of a document, by file name."""

PAGES = (
    "coverage.css",
    "coverage.html.j2",
    "deploy-functions.sh",
    "deploy-stacks.sh",
    "fact-pages.json",
    "picture.css",
    "replay.css",
    "replay.html.j2",
    "report.css",
    "report.html.j2",
    "report.js",
)
"""What pages and scripts are made of, which cannot be overridden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateText:
    """A template: its text, and the file it came from."""

    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSource:
    """The templates to render with: ``overrides`` take the place of the package's own, by file name."""

    overrides: Mapping[str, TemplateText] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse files that override nothing.

        Raises:
            GenerationError: PG-G005 for each of them.
        """
        problems = []
        for name in (name for name in self.overrides if name not in NAMES):
            near = get_close_matches(name, NAMES, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the templates are {', '.join(NAMES)}"
            place, message = Place(source=self.overrides[name].source), f"`{name}` overrides no template"
            problems.append(Problem(code="PG-G005", message=message, place=place, hint=hint))
        if problems:
            raise GenerationError(*problems)

    def read(self, name: str) -> TemplateText:
        """Return a template.

        Raises:
            SourceError: PG-F014 when the package's templates are missing.
        """
        if name in self.overrides:
            return self.overrides[name]
        return TemplateText(text=read_page(name), source=f"templates/{name}")


def read_page(name: str) -> str:
    """Return one of :data:`PAGES`, or a template of :data:`NAMES`.

    Raises:
        SourceError: PG-F014 when the package's templates are missing.
    """
    return packaged("templates").joinpath(name).read_text(encoding="utf-8")
