"""The page in a real browser: that it loads without complaint, copies, filters, and fits its window."""

import json

import pytest

import policygen as pg
from policygen.api.verifying import html_report
from policygen.report.picture import picture_of
from policygen.report.svg import svg
from tests.report.browser import CHROMIUM
from tests.report.specs import SAMPLES, SPECS, broken_documents, hostile_spec, load

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: apt-get install chromium")

_NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
_NO_COPYING = (
    "Object.defineProperty(navigator, 'clipboard', {value: {writeText: () => Promise.reject(new Error('refused'))}});"
    "Document.prototype.execCommand = () => false"
)
_BUTTON = "document.querySelector('.document > [data-copy]')"
_SOURCE = f"document.getElementById({_BUTTON}.dataset.copy)"
_PAUSE = "new Promise(resolve => setTimeout(resolve, 200))"
_TEXTS_OUTSIDE = """
(() => {
  const bad = [];
  for (const node of document.querySelectorAll(".pic .node")) {
    const box = node.querySelector(".box").getBBox();
    const texts = Array.from(node.querySelectorAll("text"), text => text.getBBox());
    for (const text of texts) {
      if (text.x < box.x + 6 || text.x + text.width > box.x + box.width
          || text.y < box.y || text.y + text.height > box.y + box.height) { bad.push(node.dataset.id); }
    }
    for (const one of texts) for (const other of texts) {
      if (one !== other && Math.abs(one.y - other.y) < 8 && one.x < other.x + other.width
          && other.x < one.x + one.width) { bad.push(node.dataset.id + " overlaps"); }
    }
  }
  for (const frame of document.querySelectorAll(".pic .account, .pic .region")) {
    const box = frame.querySelector("rect").getBBox(), text = frame.querySelector("text").getBBox();
    if (text.x < box.x || text.x + text.width > box.x + box.width || text.y < box.y) { bad.push(frame.textContent); }
  }
  return bad;
})()
"""


def written(folder, spec, documents=None):
    """Return the file of a report."""
    path = folder / "report.html"
    path.write_text(html_report(spec, documents)[1], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    """A report in which something fails."""
    spec = pg.load_spec(SAMPLES / "two-destinations/spec.yaml")
    return written(tmp_path_factory.mktemp("red"), spec, broken_documents(spec))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_loads_without_complaint(browser, red, width, dark):
    """No error, no refusal by its own policy, no request but for itself, and nothing wider than the window."""
    browser.open(red, width=width, dark=dark)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [red.as_uri()]
    assert browser.run(_TEXTS_OUTSIDE) == []
    browser.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert browser.run("document.documentElement.scrollWidth") <= width
    background = browser.run("getComputedStyle(document.body).backgroundColor")
    paper = browser.run("getComputedStyle(document.querySelector('.pic .paper')).fill")
    assert background == paper == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


def test_a_refusal_would_be_seen(browser, tmp_path):
    """The test above can fail: what the policy refuses is a complaint, and an image is a request."""
    path = tmp_path / "page.html"
    policy = '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">'
    path.write_text(f"<!doctype html>{policy}<script>1</script><img src=missing.png>", encoding="utf-8")
    browser.open(path)
    assert len(browser.complaints()) >= 2
    assert len(browser.requests()) == 2


@pytest.mark.parametrize("first", ["", _NO_CLIPBOARD], ids=["clipboard", "without clipboard"])
def test_buttons_copy(browser, red, first):
    """A button copies its document whole, byte for byte, from a file, with and without the clipboard's interface."""
    browser.open(red, first=first)
    browser.call("Page.bringToFront")
    browser.run(f"{_BUTTON}.click()")
    browser.run(_PAUSE)
    assert browser.run(f"{_BUTTON}.textContent") == "Copied"
    assert browser.run("document.getElementById('said').textContent") == "Copied."
    browser.run("document.body.insertAdjacentHTML('beforeend', '<textarea id=paste></textarea>'); paste.focus()")
    browser.call("Input.dispatchKeyEvent", type="keyDown", commands=["paste"], key="v", code="KeyV", modifiers=2)
    browser.run(_PAUSE)
    pasted = browser.run("paste.value")
    assert pasted == browser.run(f"{_SOURCE}.textContent")
    assert json.loads(pasted)["Version"] == "2012-10-17"


def test_what_cannot_be_copied_is_selected(browser, red):
    """Where the browser refuses to copy, the text is selected in its open document, and the button says what to do."""
    browser.open(red, first=_NO_COPYING)
    browser.run(f"{_BUTTON}.click()")
    browser.run(_PAUSE)
    assert browser.run(f"{_BUTTON}.textContent") == "Press Ctrl+C"
    assert browser.run(f"{_SOURCE}.closest('details').open")
    selected = browser.run("getSelection().toString().trim()")
    assert selected == browser.run(f"{_SOURCE}.textContent.trim()")


def test_the_mending_statement_is_copied(browser, red):
    """The statement beside a failure has a button of its own; what of it changes is marked."""
    browser.open(red)
    browser.run("document.querySelector('.card [data-copy]').click()")
    browser.run(_PAUSE)
    assert browser.run("document.querySelector('.card [data-copy]').textContent") == "Copied"
    come = browser.run("document.querySelector('.card .difference .come').textContent")
    assert come.split() == ["+", '"kms:ViaService":', '"s3.us-west-1.amazonaws.com",']
    mended = json.loads(browser.run("document.querySelector('.card details pre').textContent"))
    assert mended["Condition"]["StringLike"]["kms:ViaService"] == "s3.us-west-1.amazonaws.com"


def test_filters(browser, red):
    """Words, kind and failure each narrow the list, together and back; the count is said."""
    browser.open(red)
    shown = "Array.from(document.querySelectorAll('.checks > li')).filter(row => row.offsetHeight > 0)"
    count, said = f"{shown}.length", "document.getElementById('shown').textContent"
    every = browser.run(count)
    assert browser.run(said) == f"{every} of {every} checks"
    browser.run("failed.click()")
    failed = browser.run(count)
    assert 0 < failed < every
    assert browser.run(f"{shown}.every(row => row.dataset.state === 'fails')")
    assert browser.run("failed.getAttribute('aria-pressed')") == "true"
    browser.run("failed.click()")
    browser.run("kind.value = 'must-deny'; kind.dispatchEvent(new Event('change'))")
    denied = browser.run(count)
    assert failed < denied < every
    browser.run("words.focus()")
    browser.call("Input.insertText", text="KMS no-via-service")
    assert 0 < browser.run(count) < denied
    assert browser.run(f"{shown}.every(row => row.textContent.includes('no-via-service'))")
    browser.run("words.select()")
    browser.call("Input.insertText", text="no such check")
    assert browser.run(said) == f"0 of {every} checks"


def test_a_link_opens_its_document(browser, red):
    """The path beside a failure leads to the document, and opens it."""
    browser.open(red)
    browser.run("document.querySelector('.card .where a').click()")
    browser.run(_PAUSE)
    assert browser.run("document.querySelector(location.hash + ' details').open")


def test_keys_reach_everything(browser, red):
    """With Tab alone one gets to a copy button and to a check, and Enter opens it."""
    browser.open(red)
    found = set()
    for _ in range(60):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        found.add(browser.run("document.activeElement.id || document.activeElement.tagName"))
    assert {"A", "BUTTON", "SUMMARY", "size", "words", "kind", "failed"} <= found
    for _ in range(60):
        if browser.run("document.activeElement.tagName") == "SUMMARY":
            break
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    browser.call(
        "Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
    )
    browser.call("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter", windowsVirtualKeyCode=13)
    assert browser.run("document.activeElement.parentElement.open")


def test_the_picture_at_full_size(browser, red):
    """On a narrow screen the picture can be seen as large as it was drawn."""
    browser.open(red, width=390)
    drawn = "document.querySelector('.picture svg').getBoundingClientRect().width"
    before = browser.run(drawn)
    browser.run("size.click()")
    assert browser.run(drawn) > before


@pytest.mark.parametrize("name", SPECS)
def test_texts_stand_in_their_boxes(browser, tmp_path, name):
    """As the browser sets them, no text leaves its box or frame, and none covers another."""
    page = tmp_path / "picture.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{svg(picture_of(load(tmp_path, SPECS[name])))}", "utf-8")
    browser.open(page)
    assert browser.complaints() == []
    assert browser.run(_TEXTS_OUTSIDE) == []


def test_hostile_names_run_nothing(browser, tmp_path):
    """A spec whose names hold markup and scripts stays text."""
    spec = hostile_spec(tmp_path)
    browser.open(written(tmp_path, spec, {}), first="window.ran = 0; window.hacked = () => { window.ran += 1 }")
    assert browser.complaints() == []
    assert browser.run("[document.querySelectorAll('img').length, document.scripts.length, window.ran]") == [0, 1, 0]
    assert browser.run("document.body.textContent.includes('<img src=x onerror=hacked()>')")
    assert browser.run(_TEXTS_OUTSIDE) == []
