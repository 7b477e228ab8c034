"""Remakes every page, JSON Schema and data file that is made from the code: ``python -m tests.pages``."""

from tests.pages.made import ROOT, made

for name, text in made().items():
    (ROOT / name).write_text(text, encoding="utf-8")
