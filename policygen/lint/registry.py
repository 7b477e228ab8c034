"""Finding every check there is."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from policygen.lint import checks
from policygen.lint.check import REGISTERED, Check


@cache
def load_checks() -> tuple[Check, ...]:
    """Import every module of :mod:`policygen.lint.checks`; return what they register, sorted by module."""
    for module in iter_modules(checks.__path__, f"{checks.__name__}."):
        import_module(module.name)
    return tuple(sorted(REGISTERED, key=lambda each: each.module))
