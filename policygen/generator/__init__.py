"""Generation: from a spec to the documents to paste. Decides nothing about requests."""

from policygen.generator.bundle import Bundle, GeneratedDocument
from policygen.generator.generate import bundle_of, generate_bundle, generate_documents
from policygen.generator.manifest import checksum, over_quota
from policygen.generator.paste_page import where_to_paste
from policygen.generator.template_files import NAMES, TemplateSource, TemplateText
from policygen.spec.paths import DocumentKind

__all__ = [
    "NAMES",
    "Bundle",
    "DocumentKind",
    "GeneratedDocument",
    "TemplateSource",
    "TemplateText",
    "bundle_of",
    "checksum",
    "generate_bundle",
    "generate_documents",
    "over_quota",
    "where_to_paste",
]
