"""The command line: arguments, files, exit statuses. No decisions.

Commands are loaded when they are called, so ``--version`` and ``--help`` answer at once.
"""

from policygen.cli.main import main

__all__ = ["main"]
