"""Generation: from a spec to the documents to paste. Decides nothing about requests."""

from policygen.generator.bundle import Bundle, DocumentKind, GeneratedDocument
from policygen.generator.generate import generate_bundle
from policygen.generator.manifest import checksum
from policygen.generator.template_files import NAMES, TemplateSource, TemplateText, templates_root

__all__ = [
    "NAMES",
    "Bundle",
    "DocumentKind",
    "GeneratedDocument",
    "TemplateSource",
    "TemplateText",
    "checksum",
    "generate_bundle",
    "templates_root",
]
