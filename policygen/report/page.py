"""Pages of HTML that need nothing from outside: made of a template, with style and script in the page itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from policygen.source.shown import shown

if TYPE_CHECKING:
    from markupsafe import Markup


def page(template: str, *, styles: Sequence[str], script: str = "", further_style: str = "", **values: Any) -> str:
    """Return a page.

    Style and script stand in the page itself, and its Content-Security-Policy names them by their hashes: whatever
    else an input smuggles in, a browser does not run.

    Args:
        template: The template, which gets ``style``, ``script``, ``policy`` and ``words`` beside the values.
        styles: The files of its style.
        script: The file of its script.
        further_style: A style that a picture in the page brings along.
        values: What the template shows; every text is escaped.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    from policygen.generator.template_files import read_page

    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    style, code = "".join(map(read_page, styles)), read_page(script) if script else ""
    text = environment.from_string(read_page(template)).render(
        style=Markup(style),  # ours
        script=Markup(code),  # ours
        policy=_security_policy(filter(None, (style, further_style)), code),
        words=words,
        **values,
    )
    return shown(text) + "\n"


def words(text: str) -> Markup:
    """Return a text as markup: what stands in backticks as code.

    >>> words("`a<b` of c")
    Markup('<code>a&lt;b</code> of c')
    """
    from markupsafe import Markup, escape

    parts = text.split("`")
    code = Markup("<code>{}</code>").format
    pairs = enumerate(parts)
    return Markup("").join(code(each) if len(parts) % 2 and number % 2 else escape(each) for number, each in pairs)


def _security_policy(styles: Iterable[str], script: str) -> str:
    """Return the page's Content-Security-Policy: nothing is loaded, and only our own style and script count.

    Source: https://www.w3.org/TR/CSP3/
    """
    allowed = f"style-src {' '.join(map(_hash, styles))}" + (f"; script-src {_hash(script)}" if script else "")
    return f"default-src 'none'; {allowed}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
