"""Templates of one's own that do not end or make too much: a problem with a code, soon."""

import pytest

from tests.cli.test_commands import SAMPLE
from tests.command import policygen

ENDLESS = {
    "recursion": "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "text": "{% set n = namespace(x='x') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    "list": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "power": "{{ 10 ** (10 ** 10) }}",
    "repetition": "{{ 'x' * 10 ** 9 }}",
    "padding": "{{ 'x'.center(10 ** 11) }}",
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_template_without_end(text, tmp_path):
    """It is told where, and nothing is printed."""
    (tmp_path / "bucket-policy.json.j2").write_text(text)
    done = policygen("generate", SAMPLE, "--templates", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "bucket-policy.json.j2:1" in done.stderr
    assert "PG-G009 the template calls itself, loops or grows without end" in done.stderr


def test_blocks_that_python_does_not_nest(tmp_path):
    """A template that jinja2 takes and Python does not is no template."""
    (tmp_path / "bucket-policy.json.j2").write_text("{% for i in [1] %}" * 30 + "{% endfor %}" * 30)
    assert "PG-G002 not a template: too many statically nested blocks" in (
        policygen("generate", SAMPLE, "--templates", tmp_path).stderr
    )
