"""The checks, one module for each subject, with a JSON file of examples beside each module.

A module is found by lying here, a check by its decorator.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from policygen.lint.check import REGISTERED, Check


@cache
def load_checks() -> tuple[Check, ...]:
    """Import every module of this package; return the checks that they register, sorted by module."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
    return tuple(sorted(REGISTERED, key=lambda each: each.module))
