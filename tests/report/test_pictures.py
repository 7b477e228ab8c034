"""The picture of a spec as Mermaid, SVG and HTML."""

import html.parser
import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

import policygen as pg
from policygen import api
from policygen.report.mermaid import mermaid
from policygen.report.picture import NodeKind, Verdict, picture_of
from policygen.report.svg import svg

SAMPLES = Path(__file__).parents[2] / "samples"
SPEC = SAMPLES / "two-destinations/spec.yaml"
GOLDEN = Path(__file__).parent
ODD = 'a"b<script>alert(1)</script>&`|#'


def broken_documents(spec):
    """Return the spec's documents with the ViaService of one Allow in the wrong Region."""
    texts = {path: json.dumps(json.loads(document.to_json())) for path, document in pg.generate(spec).items()}
    path = "111122223333/iam/s3-replication/permissions-policy.json"
    return texts | {path: texts[path].replace("s3.us-west-1.amazonaws.com", "s3.us-west-3.amazonaws.com")}


def verdicts(picture):
    """Return the verdict of each edge by its label and end."""
    return {(edge.label, edge.end): edge.verdict for edge in picture.edges}


def test_picture():
    """Every bucket, key and role is there once; every edge says how many checks there were."""
    spec = pg.load_spec(SPEC)
    picture = picture_of(spec, pg.verify(spec))
    kinds = [node.kind for node in picture.nodes]
    assert (kinds.count(NodeKind.BUCKET), kinds.count(NodeKind.KEY), kinds.count(NodeKind.ROLE)) == (3, 3, 1)
    asked = [edge for edge in picture.edges if edge.label != "default encryption"]
    assert all(edge.verdict is Verdict.HOLDS and edge.count for edge in asked)


def test_a_broken_document_shows_where():
    """Only the edges that the broken statement concerns fail."""
    spec = pg.load_spec(SPEC)
    found = verdicts(picture_of(spec, pg.verify(spec, broken_documents(spec))))
    assert {key for key, verdict in found.items() if verdict is Verdict.FAILS} == {
        ("encrypts", "key_california_us_west_1"),
        ("rule california (key-prefix1/*)", "bucket_california"),
    }


def test_a_picture_without_report():
    """Without a report nothing is asked."""
    assert set(verdicts(picture_of(pg.load_spec(SPEC))).values()) == {Verdict.NOT_ASKED}


def test_multi_region_keys_are_linked():
    """A primary key and its replica are joined by an edge."""
    picture = picture_of(pg.load_spec(SAMPLES / "mrk-replication/spec.yaml"))
    assert ("key_data_us_east_1", "key_data_us_west_1") in {(edge.start, edge.end) for edge in picture.edges}


def test_mermaid_is_golden(update_golden):
    """The whole text for one sample."""
    spec = pg.load_spec(SPEC)
    text = mermaid(picture_of(spec, pg.verify(spec)))
    golden = GOLDEN / "two-destinations.mmd"
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def odd_spec(tmp_path):
    """Return a spec whose names are made to break out of whatever they are written into."""
    text = (SAMPLES / "mrk-replication/spec.yaml").read_text(encoding="utf-8")
    path = tmp_path / "spec.yaml"
    path.write_text(text.replace("id: west", f"id: '{ODD}'"), encoding="utf-8")
    return pg.load_spec(path)


def test_names_cannot_break_out(tmp_path):
    """Names are escaped in every form of the picture."""
    spec = odd_spec(tmp_path)
    drawing = svg(picture_of(spec))
    assert "<script" not in drawing
    ElementTree.fromstring(drawing)  # our own text
    assert "<script" not in mermaid(picture_of(spec))
    _, page = api.html_report(spec)
    assert "<script>alert" not in page


@pytest.mark.parametrize("sample", sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml")))
def test_svg_holds_every_node_and_edge(sample):
    """The drawing is well-formed; nothing overlaps the frame."""
    picture = picture_of(pg.load_spec(SAMPLES / sample / "spec.yaml"))
    root = ElementTree.fromstring(svg(picture))  # our own text
    groups = [element.get("class") for element in root.iter("{http://www.w3.org/2000/svg}g")]
    assert groups.count("node") == len(picture.nodes)
    assert groups.count("edge") == len(picture.edges)
    width, height = (float(number) for number in root.get("viewBox").split()[2:])
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(box.get("x")) + float(box.get("width")) <= width
        assert float(box.get("y")) + float(box.get("height")) <= height


class Page(html.parser.HTMLParser):
    """Collects what a page asks for from outside, and its text."""

    def __init__(self):
        """Start empty."""
        super().__init__()
        self.outside = []
        self.words = []

    def handle_starttag(self, tag, attrs):
        """Note addresses of things that a browser would load."""
        self.outside += [
            value for name, value in attrs if name in ("src", "srcset") or (tag == "link" and name == "href")
        ]

    def handle_data(self, data):
        """Note text."""
        self.words.append(data)


def test_html_needs_nothing_from_outside():
    """The page holds the picture, every document and every check, and loads nothing."""
    spec = pg.load_spec(SPEC)
    report, text = api.html_report(spec, broken_documents(spec))
    assert not report.ok
    page = Page()
    page.feed(text)
    assert page.outside == []
    assert not re.search(r"url\((?!#)|@import|https?://[^\s\"'<]+\.(js|css)", text)
    said = " ".join(page.words)
    for check in report.checks:
        assert check.id in said
    for document in report.documents:
        assert str(document["path"]) in said
    assert f"{len(report.failures)} checks failed." in said
    assert "the request has `s3.us-west-1.amazonaws.com`" in said


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_html_in_a_browser(tmp_path):
    """A real browser draws the page without an error, and its scripts run."""
    spec = pg.load_spec(SPEC)
    _, text = api.html_report(spec, broken_documents(spec))
    page = tmp_path / "report.html"
    page.write_text(text.replace("apply();\n</script>", "failedOnly.click();\n</script>"), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--no-first-run", "--disable-sync", "--disable-component-update", f"--user-data-dir={tmp_path}/profile"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    assert re.search(r'id="shown"[^>]*>2 of \d+<', done.stdout)
    assert done.stdout.count('data-verdict="fails"') == 2


def test_command_line(tmp_path):
    """verify writes both forms to standard output; the exit status stays the verdict's."""
    import sys

    run = [sys.executable, "-m", "policygen", "verify", str(SPEC), "--format"]
    page = subprocess.run([*run, "html"], capture_output=True, text=True, check=False)
    assert (page.returncode, page.stdout.splitlines()[0], page.stderr) == (0, "<!doctype html>", "")
    text = subprocess.run([*run, "mermaid"], capture_output=True, text=True, check=False)
    assert (text.returncode, text.stdout.splitlines()[0]) == (0, "flowchart LR")
