"""Every problem code of files and of YAML or JSON text: what it means."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PG-F001": "A file or folder that cannot be read.",
    "PG-F002": "A file that is too large.",
    "PG-F003": "A file that is not UTF-8.",
    "PG-F004": "A file that cannot be written; nothing has been changed.",
    "PG-F005": "Text that is not YAML.",
    "PG-F006": "Text that is not JSON.",
    "PG-F007": "A name that is given twice in one mapping.",
    "PG-F008": "Text that is nested too deep.",
    "PG-F009": "YAML anchors, aliases or tags, which are not supported.",
    "PG-F010": "An empty text.",
    "PG-F011": "A pattern that matches no document.",
    "PG-F012": "An output folder that holds edited or foreign files.",
    "PG-F013": "A file that exists already and would be overwritten.",
    "PG-F014": "Something that ships with policygen is not where it belongs.",
    "PG-F015": "A folder into which another run of policygen writes, and does not end.",
    "PG-F016": "A policygen.toml that cannot be used.",
    "PG-F017": "An entry of policygen.toml that matches nothing any more: a warning.",
}
"""Code → what it means."""
