"""The documentation's pictures show what policygen prints and draws today, and need nothing that GitHub takes away."""

import json
import re
from xml.etree import ElementTree

import pytest

from tests.benchmarks.replay_growth import FIGURES
from tests.command import ROOT
from tests.pages.growth import MOST_MEGABYTES, growth_picture
from tests.pages.pictures import PICTURES, report_picture
from tests.pages.terminal import recording


def read(name):
    """Return a picture's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_report_is_up_to_date():
    """The picture is what the report draws: ``python -m tests.pages``."""
    assert read("docs/report.svg") == report_picture()


def test_the_terminal_shows_what_is_printed():
    """The recording holds every command and all that it prints, wherever its lines are broken."""
    assert squeezed(recording()) == squeezed(read("docs/terminal.svg"))


def squeezed(picture):
    """Return the text in a picture without its white space."""
    return re.sub(r"\s", "", "".join(ElementTree.fromstring(picture).itertext()))  # our own text


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_comes_from_outside(name):
    """No script, no link, no font or style from elsewhere; whoever cannot see a picture has its title."""
    root = ElementTree.fromstring(read(name))  # our own text
    kinds = {element.tag.partition("}")[2] for element in root.iter()}
    assert kinds.isdisjoint({"script", "image", "foreignObject", "a"})
    assert not re.search(r"@import|@font-face|url\((?!#)|href=", read(name))
    assert root.find("{http://www.w3.org/2000/svg}title").text


def test_the_figures_are_drawn():
    """The picture of growing replays is of the figures that were kept: ``python -m tests.pages``."""
    assert read("docs/replay-growth.svg") == growth_picture()


def test_the_figures_are_within_the_limit():
    """No process of a replay had more memory than the documentation says."""
    measured = json.loads(FIGURES.read_text(encoding="utf-8"))["measured"]
    assert max(each["megabytes"] for each in measured) <= MOST_MEGABYTES
    assert f"{MOST_MEGABYTES} MB" in read("docs/replay.md")
    assert f"{MOST_MEGABYTES} MB" in read("docs/replay-at-scale.md")


def test_every_picture_is_made():
    """What the README and the page about large replays show is what the command makes."""
    shown = re.findall(r'<img src="([^"]+)"', read("README.md"))
    shown += [f"docs/{each}" for each in re.findall(r'<img src="([^"]+)"', read("docs/replay-at-scale.md"))]
    assert sorted(shown) == sorted(PICTURES)
