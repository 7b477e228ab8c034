"""Remakes every page, picture, JSON Schema and data file that is made from the code: ``python -m tests.pages``."""

from tests.pages.made import ROOT, made
from tests.pages.pictures import PICTURES

for name, text in {**made(), **{name: draw() for name, draw in PICTURES.items()}}.items():
    (ROOT / name).write_text(text, encoding="utf-8")
