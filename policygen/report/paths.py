"""Names of files as the tools of a repository take them: relative, with slashes."""

from __future__ import annotations

import os
from pathlib import Path


def relative(name: str) -> str:
    """Return the path of a file from the working folder, with slashes; one that lies outside it as it was given."""
    path = Path(os.path.normpath(name))
    if not path.is_absolute():
        return path.as_posix()
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
