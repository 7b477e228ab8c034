"""The forms in which a policy document may be given: text and plain values; files and more are added from above.

This room opens no files and knows no generator. Whoever can open another form registers with :func:`opened`.
"""

import re
from collections.abc import Mapping
from functools import singledispatch
from os import PathLike
from typing import Any, Protocol

from policygen.document.model import PolicyDocument


class Written(Protocol):
    """A generated document."""

    def to_json(self) -> str:
        """Return it as JSON text."""
        ...


Document = str | Mapping[str, Any] | PolicyDocument | PathLike[str] | Written
"""A policy document: JSON text, plain values, a parsed document, the path of a file, or a generated document."""

_FILE_NAME = re.compile(r"[^{}\[\]\"\n]*(?:\.[A-Za-z]\w*|[/\\][^{}\[\]\"\n]*)\Z")


@singledispatch
def opened(document: object, source: str) -> tuple[object, str]:
    """Return what a document is read from (JSON text, plain values or a parsed document), and its name.

    A form that nobody has registered is returned as it is.

    Args:
        document: The document as it was given.
        source: Its name where it brings none of its own.
    """
    return document, source


def names_a_file(text: str) -> bool:
    """Tell whether a text that should be JSON looks like the name of a file.

    >>> names_a_file("policies/bucket-policy.json"), names_a_file('{"Version": "2012-10-17"}')
    (True, False)
    """
    return _FILE_NAME.match(text) is not None
