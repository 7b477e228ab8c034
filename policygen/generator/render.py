"""Rendering: what a document says and a template make a JSON value.

jinja2's sandbox, strict about undefined names; every value reaches the text through one ``json`` filter. The text is
parsed again, so white space and escapes of a template never reach a document.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from policygen.errors import GenerationError, Place, Problem, SourceError
from policygen.generator.bounds import TooMuchError, bounded, check_product
from policygen.generator.template_files import TemplateSource, TemplateText
from policygen.source.json_text import parse_json
from policygen.source.nodes import plain

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment


class Renderer:
    """Renders templates of one source."""

    def __init__(self, templates: TemplateSource) -> None:
        """Render templates of one source."""
        self._templates = templates

    def render(self, name: str, **values: Any) -> Any:
        """Return the JSON value that a template makes, by its file name, of the values that it can use.

        Raises:
            GenerationError: PG-G002 a syntax error, PG-G003 an undefined or unusable value, PG-G004 no JSON, PG-G009 no
                end.
        """
        from jinja2 import TemplateSyntaxError

        template = self._templates.read(name)
        limits = bounded(template.source) if name in self._templates.overrides else nullcontext()
        try:
            with limits:
                text = str(_compiled(name, template).render(**values))
        except (TemplateSyntaxError, SyntaxError) as error:
            said = error.message if isinstance(error, TemplateSyntaxError) else error.msg
            place = Place(source=template.source, line=error.lineno, column=1)
            message = f"not a template: {(said or 'syntax error').rstrip('.')}"
            raise GenerationError(Problem(code="PG-G002", message=message, place=place)) from None
        except Exception as error:  # whatever somebody's template comes to is a problem of the template
            place = Place(source=template.source, line=_failing_line(error, template.source), column=1)
            code, message = "PG-G003", f"the template fails: {str(error).rstrip('.')}"
            if isinstance(error, (TooMuchError, RecursionError, MemoryError)):
                code, message = "PG-G009", "the template calls itself, loops or grows without end"
            raise GenerationError(Problem(code=code, message=message, place=place)) from None
        return _parsed(text, template)


@cache
def _sandbox() -> SandboxedEnvironment:
    """Return the sandbox; it never changes once it is set up."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """A sandbox that neither works out a number nor repeats a text that would take forever."""

        intercepted_binops = frozenset({"*", "**"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            check_product(operator, left, right)
            return super().call_binop(context, operator, left, right)

    sandbox = Sandbox(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    sandbox.filters.clear()
    sandbox.globals.pop("lipsum")  # makes as many words as it is asked for
    sandbox.filters["json"] = _json
    return sandbox


@lru_cache(maxsize=64)
def _compiled(name: str, template: TemplateText) -> Template:
    """Return a template's code: a template is compiled once, whoever renders with it."""
    sandbox = _sandbox()
    code = sandbox.compile(template.text, name, template.source)
    return sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None))


def _json(value: Any) -> str:
    """Return a value as JSON; refuses what is undefined or no JSON."""
    from jinja2 import StrictUndefined

    if isinstance(value, StrictUndefined):
        str(value)  # raises UndefinedError, which names the value
    return json.dumps(value, ensure_ascii=False)


def _failing_line(error: BaseException, source: str) -> int | None:
    """Return the template's line in the traceback; jinja2 gives its frames the template's file name."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == source:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _parsed(text: str, template: TemplateText) -> Any:
    try:
        return plain(parse_json(text, template.source), typed=True)
    except SourceError as error:
        first = error.problems[0]
        around = text.splitlines()[(first.place.line or 1) - 1 :][:1]
        shown = around[0].strip()[:80] if around else ""
        hint = f"it makes `{shown}`" if shown else "it makes an empty text"
        place = Place(source=template.source)
        message = f"the template makes no JSON: {first.message.removeprefix('not JSON: ')}"
        raise GenerationError(Problem(code="PG-G004", message=message, place=place, hint=hint)) from None
